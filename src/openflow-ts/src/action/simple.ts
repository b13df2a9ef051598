import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { widenPort } from '../match/oxm.js'
import { PORTS } from '../ports.js'
import { PROTOCOLS } from '../protocols.js'
import { ETH_MPLS, ETH_MPLS_MCAST, ETH_NSH, type PacketKind, PREREQS } from '../spec/prereqs.js'
import { formatHexBytes, parseHexBytes } from '../text/hex-bytes.js'
import { atoi, strToU16, strToU32, strToU64 } from '../text/numbers.js'
import { formatPort, portFromText } from '../text/ports.js'
import { scanKeyValues } from '../text/scan.js'
import { parseTable } from '../text/tables.js'
import { hexOrZero } from '../text/values.js'
import { forms32 } from './output.js'
import { asSetField } from './set-field.js'
import { type ActionForm, type ActionSpec, define, empty, nicira, OF10, OF11, OF12, OF13, OF14, OF15, standard } from './spec.js'
import type { PacketState } from './state.js'
import type {
  ConjunctionAction,
  DecTtlAction,
  EthertypeAction,
  FinTimeoutAction,
  MeterAction,
  NoteAction,
  PlainAction,
  ResubmitAction,
  SetQueueAction,
  SetTunnelAction,
} from './types.js'
import { bad, expectZeros } from './wire-fields.js'

function needMpls(_a: PlainAction, state: PacketState): undefined {
  if (!state.isMpls) state.inconsistent()
}

const PT_NSH = 0x1894f

function needNsh(_a: PlainAction, state: PacketState): undefined {
  const { kind } = state
  if (kind.packetType !== PT_NSH && kind.dlType !== ETH_NSH) state.inconsistent()
}

function popTag(_a: PlainAction, state: PacketState): undefined {
  const [outer, inner] = state.tags
  if (!outer) state.inconsistent()
  else state.setTags(inner, false)
}

/** Actions without arguments, with their forms. Arguments that text gives them all the same are not looked at. */
function plain(
  type: PlainAction['type'],
  doc: string,
  form: (action: PlainAction) => ActionForm<PlainAction>[],
  more: Partial<ActionSpec<PlainAction>> = {},
): ActionSpec<PlainAction> {
  const action: PlainAction = { type }
  return define<PlainAction>({
    name: type,
    doc,
    syntax: type,
    types: [type],
    forms: form(action),
    parse: () => action,
    format: () => type,
    ...more,
  })
}

export const plainSpecs: readonly ActionSpec<PlainAction>[] = [
  plain('pop_vlan', 'Takes the outermost VLAN tag off.', (a) => [standard('POP_VLAN', 18, empty(a))], {
    name: 'strip_vlan',
    inActionSet: true,
    lower: (_a, version) => (version === OF10 ? [{ type: 'strip_vlan' }] : undefined),
    check: popTag,
  }),
  plain(
    'strip_vlan',
    'Takes the outermost VLAN tag off: the name of OpenFlow 1.0.',
    (a) => [standard('STRIP_VLAN', 3, empty(a), { since: OF10, until: OF10 })],
    {
      inActionSet: true,
      lower: (_a, version) => (version === OF10 ? undefined : [{ type: 'pop_vlan' }]),
      check: popTag,
    },
  ),
  plain(
    'dec_mpls_ttl',
    'Decrements the TTL of the outermost MPLS label stack entry.',
    (a) => [standard('DEC_MPLS_TTL', 16, empty(a)), nicira('DEC_MPLS_TTL', 26, empty(a), { until: OF10 })],
    { inActionSet: true, check: needMpls },
  ),
  plain(
    'dec_nsh_ttl',
    'Decrements the TTL of the network service header.',
    (a) => [nicira('DEC_NSH_TTL', 48, empty(a), { since: OF13, sentSince: OF10 })],
    { inActionSet: true, check: needNsh },
  ),
  plain('pop_queue', 'Goes back to the queue that set_queue replaced.', (a) => [nicira('POP_QUEUE', 5, empty(a))]),
  plain('exit', 'Executes no more actions.', (a) => [nicira('EXIT', 17, empty(a))]),
  plain('ct_clear', 'Forgets what connection tracking said of the packet.', (a) => [nicira('CT_CLEAR', 43, empty(a))], {
    inActionSet: true,
  }),
  plain('debug_slow', 'For tests of switches: sends the packet the slow way.', (a) => [
    nicira('DEBUG_SLOW', 254, empty(a)),
  ]),
  plain('debug_recirc', 'For tests of switches: recirculates the packet.', (a) => [
    nicira('DEBUG_RECIRC', 255, empty(a)),
  ]),
]

const VLAN_ETHERTYPES: readonly number[] = [0x8100, 0x88a8]
const MPLS_ETHERTYPES: readonly number[] = [ETH_MPLS, ETH_MPLS_MCAST]

const ethertypeBody = (type: EthertypeAction['type'], allowed?: readonly number[]) => ({
  encode(w: Writer, a: EthertypeAction): void {
    w.u16(a.ethertype)
  },
  decode(r: Reader): EthertypeAction {
    const offset = r.offset
    const ethertype = r.u16()
    if (allowed?.includes(ethertype) === false) throw bad(`${type}: ${ethertype}`, offset, 'OFPBAC_BAD_ARGUMENT')
    return { type, ethertype }
  },
})

const formatEthertype = (a: EthertypeAction): string => `${a.type}:0x${a.ethertype.toString(16).padStart(4, '0')}`

const pushMpls = ethertypeBody('push_mpls', MPLS_ETHERTYPES)
const popMpls = ethertypeBody('pop_mpls')

export const ethertypeSpecs: readonly ActionSpec<EthertypeAction>[] = [
  define<EthertypeAction>({
    name: 'push_vlan',
    doc: 'Puts a VLAN tag on the packet. OpenFlow 1.0 has no such thing; setting part of a tag adds it there.',
    syntax: 'push_vlan:ETHERTYPE',
    types: ['push_vlan'],
    inActionSet: true,
    protocols: () => PROTOCOLS.OF11_UP,
    forms: [standard('PUSH_VLAN', 17, ethertypeBody('push_vlan', VLAN_ETHERTYPES))],
    lower: (_a, version) => (version === OF10 ? [] : undefined),
    parse(arg) {
      const ethertype = strToU16(arg, 'ethertype')
      if (!VLAN_ETHERTYPES.includes(ethertype)) throw new TextError(`${arg}: not a valid VLAN ethertype`)
      return { type: 'push_vlan', ethertype }
    },
    format: (a) => `push_vlan:0x${a.ethertype.toString(16)}`,
    check(_a, state) {
      const [outer, inner] = state.tags
      if (inner) return 'OFPBAC_BAD_TAG'
      state.setTags(true, outer)
      return undefined
    },
  }),
  define<EthertypeAction>({
    name: 'push_mpls',
    doc: 'Puts an MPLS label stack entry on the packet.',
    syntax: 'push_mpls:ETHERTYPE',
    types: ['push_mpls'],
    inActionSet: true,
    forms: [standard('PUSH_MPLS', 19, pushMpls), nicira('PUSH_MPLS', 23, pushMpls, { until: OF10 })],
    parse: (arg) => ({ type: 'push_mpls', ethertype: strToU16(arg, 'push_mpls') }),
    format: formatEthertype,
    check(a, state) {
      if (!state.isEthernet) state.inconsistent()
      state.become(state.kind.packetType, a.ethertype)
      state.kind.nwProto = 0
      return undefined
    },
  }),
  define<EthertypeAction>({
    name: 'pop_mpls',
    doc: 'Takes the outermost MPLS label stack entry off; what is left has the ethertype.',
    syntax: 'pop_mpls:ETHERTYPE',
    types: ['pop_mpls'],
    inActionSet: true,
    forms: [standard('POP_MPLS', 20, popMpls), nicira('POP_MPLS', 24, popMpls, { until: OF10 })],
    parse: (arg) => ({ type: 'pop_mpls', ethertype: strToU16(arg, 'pop_mpls') }),
    format: formatEthertype,
    check(a, state) {
      if (!state.isEthernet || !state.isMpls) state.inconsistent()
      state.become(state.kind.packetType, a.ethertype)
      return undefined
    },
  }),
]

const plainDecTtl = empty<DecTtlAction>({ type: 'dec_ttl' })

export const decTtlSpec = define<DecTtlAction>({
  name: 'dec_ttl',
  doc: 'Decrements the TTL or hop limit of IP. At zero the packet goes to the controllers of the ids (0 by default).',
  syntax: 'dec_ttl, dec_ttl(ID,...)',
  types: ['dec_ttl'],
  inActionSet: true,
  forms: [
    standard('DEC_NW_TTL', 24, plainDecTtl),
    nicira('DEC_TTL', 18, plainDecTtl, { until: OF10 }),
    nicira(
      'DEC_TTL_CNT_IDS',
      21,
      {
        encode(w, a) {
          const ids = a.ids ?? []
          w.u16(ids.length)
          w.zeros(4)
          for (const id of ids) w.u16(id)
        },
        decode(r) {
          const offset = r.offset
          const count = r.u16()
          expectZeros(r, 'NXBRC_MUST_BE_ZERO', 4)
          if (r.remaining < 2 * count) throw bad(`dec_ttl: no room for ${count} ids`, offset, 'OFPBAC_BAD_LEN')
          const ids: number[] = []
          for (let i = 0; i < count; i++) ids.push(r.u16())
          return { type: 'dec_ttl', ids }
        },
      },
      { longer: true },
    ),
  ],
  choose: (a, version) => (a.ids !== undefined ? 2 : version === OF10 ? 1 : 0),
  parse(arg) {
    if (arg === '') return { type: 'dec_ttl' }
    const ids = arg.split(/[ ,]+/).filter((id) => id !== '')
    if (ids.length === 0) throw new TextError('dec_ttl_cnt_ids: expected at least one controller id.')
    return { type: 'dec_ttl', ids: ids.map((id) => atoi(id, 16)) }
  },
  format: (a) => (a.ids === undefined ? 'dec_ttl' : `dec_ttl(${a.ids.join(',')})`),
  check(_a, state) {
    if (!state.isIp) state.inconsistent()
    return undefined
  },
})

export const setTunnelSpec = define<SetTunnelAction>({
  name: 'set_tunnel',
  doc: 'Sets the tunnel key. From OpenFlow 1.2 on it is sent as a set_field.',
  syntax: 'set_tunnel:KEY, set_tunnel64:KEY',
  types: ['set_tunnel', 'set_tunnel64'],
  inActionSet: true,
  forms: [
    nicira('SET_TUNNEL', 2, {
      encode(w, a) {
        w.zeros(2)
        w.u32(Number(a.tun_id))
      },
      decode(r) {
        r.skip(2)
        return { type: 'set_tunnel', tun_id: BigInt(r.u32()) }
      },
    }),
    nicira(
      'SET_TUNNEL64',
      9,
      {
        encode(w, a) {
          w.zeros(6)
          w.u64(a.tun_id)
        },
        decode(r) {
          r.skip(6)
          return { type: 'set_tunnel64', tun_id: r.u64() }
        },
      },
      { bytes: 24 },
    ),
  ],
  choose: (a) => (a.type === 'set_tunnel' && a.tun_id <= 0xffffffffn ? 0 : 1),
  lower: (a, version) => (version < OF12 ? undefined : asSetField('tun_id', a.tun_id)),
  parse: (arg, _env, keyword) => ({
    type: keyword === 'set_tunnel64' ? 'set_tunnel64' : 'set_tunnel',
    tun_id: strToU64(arg),
  }),
  format(a) {
    const wide = a.type === 'set_tunnel64' || a.tun_id > 0xffffffffn
    return `set_tunnel${wide ? '64' : ''}:${hexOrZero(a.tun_id)}`
  },
})

export const setQueueSpec = define<SetQueueAction>({
  name: 'set_queue',
  doc: 'Chooses the queue in which the packet waits at the port that it is sent to.',
  syntax: 'set_queue:QUEUE',
  types: ['set_queue'],
  inActionSet: true,
  forms: forms32(
    'SET_QUEUE',
    { of11: 21, nx: 4 },
    (queue_id): SetQueueAction => ({ type: 'set_queue', queue_id }),
    (a) => a.queue_id,
  ),
  parse: (arg) => ({ type: 'set_queue', queue_id: strToU32(arg) }),
  format: (a) => `set_queue:${a.queue_id}`,
})

const IN_PORT_16 = 0xfff8
const THIS_TABLE = 0xff

function resubmit(port: number, table: number | undefined, ct: boolean): ResubmitAction {
  return {
    type: 'resubmit',
    ...(port === IN_PORT_16 ? {} : { port: widenPort(port) }),
    ...(table === undefined ? {} : { table }),
    ...(ct ? { ct } : {}),
  }
}

const resubmitBody = (ct: boolean) => ({
  encode(w: Writer, a: ResubmitAction): void {
    w.u16((a.port ?? IN_PORT_16) & 0xffff)
    w.u8(a.table ?? THIS_TABLE)
  },
  decode(r: Reader): ResubmitAction {
    const port = r.u16()
    const table = r.u8()
    expectZeros(r, 'OFPBAC_BAD_ARGUMENT')
    return resubmit(port, table, ct)
  },
})

const isTracked = (kind: PacketKind): boolean => PREREQS.ct.met(kind)

export const resubmitSpec = define<ResubmitAction>({
  name: 'resubmit',
  doc:
    'Searches a table (this one by default) as if the packet had come in through a port (its own by default); with ' +
    '`ct` as if its addresses were those of its connection.',
  syntax: 'resubmit:PORT, resubmit([PORT],[TABLE][,ct])',
  types: ['resubmit'],
  inActionSet: true,
  forms: [
    nicira('RESUBMIT', 1, {
      encode(w, a) {
        w.u16((a.port ?? IN_PORT_16) & 0xffff)
      },
      decode: (r) => resubmit(r.u16(), undefined, false),
    }),
    nicira('RESUBMIT_TABLE', 14, resubmitBody(false)),
    nicira('RESUBMIT_TABLE_CT', 44, resubmitBody(true)),
  ],
  choose: (a) => (a.ct === true ? 2 : a.table === undefined ? 0 : 1),
  parse(arg, env) {
    const [portText = '', tableText = '', ct = ''] = arg.split(',')
    const port = portText === '' ? PORTS.IN_PORT : portFromText(portText, env.ctx)
    if (port === undefined) throw new TextError(`${portText}: resubmit to unknown port`)
    const table = tableText === '' ? THIS_TABLE : parseTable(tableText, env.ctx)
    if (table === undefined) throw new TextError(`${tableText}: resubmit to unknown table`)
    if (ct !== '' && ct !== 'ct') throw new TextError(`${ct}: unknown parameter`)
    if (port === PORTS.IN_PORT && table === THIS_TABLE) {
      throw new TextError('at least one "in_port" or "table" must be specified on resubmit')
    }
    return resubmit(port & 0xffff, table, ct === 'ct')
  },
  format(a, env) {
    const port = a.port === undefined ? '' : formatPort(a.port, env.ctx)
    const table = a.table === undefined || a.table === THIS_TABLE ? undefined : a.table
    if (table === undefined && a.port !== undefined) return `resubmit:${port}`
    const tableText = table === undefined ? '' : (env.ctx.tableName?.(table) ?? String(table))
    return `resubmit(${port},${tableText}${a.ct === true ? ',ct' : ''})`
  },
  check: (a, { kind }) => (a.ct === true && !isTracked(kind) ? 'OFPBAC_MATCH_INCONSISTENT' : undefined),
})

/** `ID,CLAUSE/N` with spaces about each sign, as ovs_scan reads it. */
const CONJUNCTION = /^\s*([+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+))\s*,\s*([+-]?[0-9]+)\s*\/\s*([+-]?[0-9]+)\s*$/

export const conjunctionSpec = define<ConjunctionAction>({
  name: 'conjunction',
  doc: 'Says that the flow is one of the choices of a clause of a conjunction, whose flow matches on `conj_id`.',
  syntax: 'conjunction(ID,CLAUSE/N)',
  types: ['conjunction'],
  alone: true,
  forms: [
    nicira('CONJUNCTION', 34, {
      encode(w, a) {
        w.u8(a.clause - 1)
        w.u8(a.n_clauses)
        w.u32(a.id)
      },
      decode(r) {
        const offset = r.offset
        const clause = r.u8() + 1
        const nClauses = r.u8()
        if (nClauses < 2 || nClauses > 64 || clause > nClauses) {
          throw bad(`conjunction ${clause}/${nClauses}`, offset, 'NXBAC_BAD_CONJUNCTION')
        }
        return { type: 'conjunction', id: r.u32(), clause, n_clauses: nClauses }
      },
    }),
  ],
  parse(arg) {
    const [, id, clauseText, countText] = CONJUNCTION.exec(arg) ?? []
    if (id === undefined) throw new TextError('"conjunction" syntax is "conjunction(id,i/n)"')
    const clause = Number(clauseText) & 0xff
    const nClauses = Number(countText) & 0xff
    if (nClauses < 2) throw new TextError('conjunction must have at least 2 clauses')
    if (nClauses > 64) throw new TextError('conjunction must have at most 64 clauses')
    if (clause < 1) throw new TextError('clause index must be positive')
    if (clause > nClauses) throw new TextError('clause index must be less than or equal to number of clauses')
    return { type: 'conjunction', id: strToU32(id), clause, n_clauses: nClauses }
  },
  format: (a) => `conjunction(${a.id},${a.clause}/${a.n_clauses})`,
})

/** The least multiple of 8 that holds a note and the 10 bytes before it, less these. */
const notePadded = (length: number): number => Math.ceil((length + 10) / 8) * 8 - 10

export const noteSpec = define<NoteAction>({
  name: 'note',
  doc: 'Does nothing; bytes for the user to remember.',
  syntax: 'note:HEX',
  types: ['note'],
  forms: [
    nicira(
      'NOTE',
      8,
      {
        encode(w, a) {
          w.bytes(a.data)
        },
        decode: (r) => ({ type: 'note', data: Uint8Array.from(r.bytes(r.remaining)) }),
      },
      { longer: true },
    ),
  ],
  parse(arg) {
    const data = parseHexBytes(arg, "`note' argument")
    const padded = new Uint8Array(notePadded(data.length))
    padded.set(data)
    return { type: 'note', data: padded }
  },
  format: (a) => `note:${formatHexBytes(a.data)}`,
})

const IP_PROTO_TCP = 6

export const finTimeoutSpec = define<FinTimeoutAction>({
  name: 'fin_timeout',
  doc: "Shortens the flow's timeouts when a TCP packet ends the connection.",
  syntax: 'fin_timeout(idle_timeout=SECONDS,hard_timeout=SECONDS)',
  types: ['fin_timeout'],
  forms: [
    nicira('FIN_TIMEOUT', 19, {
      encode(w, a) {
        w.u16(a.idle_timeout)
        w.u16(a.hard_timeout)
      },
      decode: (r) => ({ type: 'fin_timeout', idle_timeout: r.u16(), hard_timeout: r.u16() }),
    }),
  ],
  parse(arg) {
    let idle = 0
    let hard = 0
    for (const { key, value } of scanKeyValues(arg)) {
      if (key === 'idle_timeout') idle = strToU16(value, key)
      else if (key === 'hard_timeout') hard = strToU16(value, key)
      else throw new TextError(`invalid key '${key}' in 'fin_timeout' argument`)
    }
    return { type: 'fin_timeout', idle_timeout: idle, hard_timeout: hard }
  },
  format(a) {
    const parts: string[] = []
    if (a.idle_timeout !== 0) parts.push(`idle_timeout=${a.idle_timeout}`)
    if (a.hard_timeout !== 0) parts.push(`hard_timeout=${a.hard_timeout}`)
    return `fin_timeout(${parts.join(',')})`
  },
  check(_a, state) {
    if (state.kind.nwProto !== IP_PROTO_TCP) state.inconsistent()
    return undefined
  },
})

const MAX_METER = 0xffff0000

const meterBody = {
  encode(w: Writer, a: MeterAction): void {
    w.u32(a.meter_id)
  },
  decode: (r: Reader): MeterAction => ({ type: 'meter', meter_id: r.u32() }),
}

export const meterSpec = define<MeterAction>({
  name: 'meter',
  doc: 'Counts the packet with a meter, which may drop it. An instruction until OpenFlow 1.4, an action from 1.5 on.',
  syntax: 'meter:ID',
  types: ['meter'],
  protocols: () => PROTOCOLS.OF13_UP,
  forms: [standard('METER', 29, meterBody, { since: OF15 })],
  instruction: { type: 6, name: 'meter', since: OF11, until: OF14, bytes: 8, longer: false, isEmpty: (_a, version) => version < OF13, ...meterBody },
  parse: (arg) => ({ type: 'meter', meter_id: strToU32(arg) }),
  format: (a) => `meter:${a.meter_id}`,
  check: (a) => (a.meter_id === 0 || a.meter_id > MAX_METER ? 'OFPMMFC_INVALID_METER' : undefined),
})
