import { type Reader, type Writer } from '../binary.js'
import { DecodeError, TextError } from '../errors.js'
import { type FieldName } from '../spec/fields.js'
import { formatMac, formatIpv4, parseIpv4, parseMac } from '../text/addresses.js'
import { parseU64, parseUint, scanKeyValues } from '../text/scan.js'
import { hex } from '../text/values.js'
import { formatPort, parsePort } from '../text/ports.js'
import { widenPort } from '../match/oxm.js'
import { asSetField } from './set-field.js'
import { formatHexBytes, parseHexBytes } from './output.js'
import {
  type ActionForm,
  type ActionSpec,
  define,
  empty,
  nicira,
  OF10,
  OF11,
  OF12,
  OF13,
  OF15,
  standard,
} from './spec.js'
import {
  type Action,
  type ConjunctionAction,
  type DecTtlAction,
  type EthertypeAction,
  type FinTimeoutAction,
  type MeterAction,
  type ModAction,
  type ModPortAction,
  type ModTtlAction,
  type ModVlanAction,
  type NoteAction,
  type PlainAction,
  type ResubmitAction,
  type SetQueueAction,
  type SetTunnelAction,
} from './types.js'

/** Actions without arguments, with their forms. */
function plain(type: PlainAction['type'], form: (action: PlainAction) => ActionForm<PlainAction>[], keywords: string[]) {
  const action: PlainAction = { type }
  return define<PlainAction>({
    types: [type],
    forms: form(action),
    keywords,
    parse(arg) {
      if (arg !== '') throw new TextError(`${type}: takes no argument`)
      return action
    },
    format: () => type,
  })
}

export const plainSpecs: readonly ActionSpec<PlainAction>[] = [
  define<PlainAction>({
    types: ['pop_vlan'],
    forms: [standard(18, empty({ type: 'pop_vlan' }), OF11)],
    lower: (_a, version) => (version === OF10 ? [{ type: 'strip_vlan' }] : undefined),
    parse: () => ({ type: 'pop_vlan' }),
    format: () => 'pop_vlan',
  }),
  define<PlainAction>({
    types: ['strip_vlan'],
    forms: [standard(3, empty({ type: 'strip_vlan' }), OF10, OF10)],
    lower: (_a, version) => (version === OF10 ? undefined : [{ type: 'pop_vlan' }]),
    parse: () => ({ type: 'strip_vlan' }),
    format: () => 'strip_vlan',
  }),
  plain('dec_mpls_ttl', (a) => [standard(16, empty(a), OF11), nicira(26, empty(a), OF10, OF10)], ['dec_mpls_ttl']),
  plain('dec_nsh_ttl', (a) => [nicira(48, empty(a), OF13)], ['dec_nsh_ttl']),
  plain('pop_queue', (a) => [nicira(5, empty(a))], ['pop_queue']),
  plain('exit', (a) => [nicira(17, empty(a))], ['exit']),
  plain('ct_clear', (a) => [nicira(43, empty(a))], ['ct_clear']),
  plain('debug_slow', (a) => [nicira(254, empty(a))], ['debug_slow']),
  plain('debug_recirc', (a) => [nicira(255, empty(a))], ['debug_recirc']),
]

/** How the setters of OpenFlow 1.0 read, and where later versions set the same. */
const MODS = {
  mod_dl_src: { code: 4, field: 'eth_src', bytes: 6, parse: parseMac, print: (v: bigint) => formatMac(v) },
  mod_dl_dst: { code: 5, field: 'eth_dst', bytes: 6, parse: parseMac, print: (v: bigint) => formatMac(v) },
  mod_nw_src: { code: 6, field: 'nw_src', bytes: 4, parse: parseIpv4, print: (v: bigint) => formatIpv4(Number(v)) },
  mod_nw_dst: { code: 7, field: 'nw_dst', bytes: 4, parse: parseIpv4, print: (v: bigint) => formatIpv4(Number(v)) },
  mod_nw_tos: { code: 8, field: 'ip_dscp', bytes: 1, parse: parseTos, print: String },
  mod_nw_ecn: { code: 8, field: 'nw_ecn', bytes: 1, parse: (t: string) => parseUint(t, 3, 'ECN'), print: String },
} as const satisfies Record<ModAction['type'], unknown>

function parseTos(text: string): number {
  const tos = parseUint(text, 0xff, 'TOS')
  if ((tos & 3) !== 0) throw new TextError(`${text}: not a valid TOS value`)
  return tos
}

const MOD_TYPES = Object.keys(MODS) as ModAction['type'][]

export const modSpecs: readonly ActionSpec<ModAction>[] = MOD_TYPES.map((type) => {
  const { code, field, bytes, parse, print } = MODS[type]
  const body = {
    encode(w: Writer, a: ModAction): void {
      w.uint(a.value, bytes)
    },
    decode: (r: Reader): ModAction => ({ type, value: r.uint(bytes) }),
  }
  // OpenFlow 1.1 numbers them one lower, but nw_ecn, which is new there.
  const in11 = type === 'mod_nw_ecn' ? 8 : code - 1
  const forms = [standard(in11, body, OF11, OF11)]
  if (type !== 'mod_nw_ecn') forms.push(standard(code, body, OF10, OF10))
  return define<ModAction>({
    types: [type],
    forms,
    lower(a, version) {
      if (type === 'mod_nw_ecn' && version === OF10) return asSetField(field, a.value)
      if (version < OF12) return undefined
      return asSetField(field, type === 'mod_nw_tos' ? Number(a.value) >>> 2 : a.value)
    },
    parse: (arg) => ({ type, value: parse(arg) }),
    format: (a) => `${type}:${print(BigInt(a.value))}`,
  })
})

const PORT_FIELDS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
}

export const modPortSpecs: readonly ActionSpec<ModPortAction>[] = (['mod_tp_src', 'mod_tp_dst'] as const).map(
  (type, which) => {
    const body = {
      encode(w: Writer, a: ModPortAction): void {
        w.u16(a.value)
      },
      decode: (r: Reader): ModPortAction => ({ type, value: r.u16() }),
    }
    return define<ModPortAction>({
      types: [type],
      forms: [standard(9 + which, body, OF10, OF11)],
      lower(a, version) {
        if (version < OF12) return undefined
        const field = (PORT_FIELDS[a.ip_proto ?? 6] ?? PORT_FIELDS[6])?.[which]
        return field === undefined ? undefined : asSetField(field, a.value)
      },
      parse: (arg) => ({ type, value: parseUint(arg, 0xffff, 'port') }),
      format: (a) => `${type}:${a.value}`,
    })
  },
)

const VLAN_PRESENT = 0x1000

export const modVlanSpecs: readonly ActionSpec<ModVlanAction>[] = (['vlan_vid', 'vlan_pcp'] as const).map(
  (part, which) => {
    const bytes = which === 0 ? 2 : 1
    const mod = `mod_${part}` as const
    const set = `set_${part}` as const
    const form = (type: ModVlanAction['type'], since: typeof OF10 | typeof OF11): ActionForm<ModVlanAction> =>
      standard(
        1 + which,
        {
          encode(w: Writer, a: ModVlanAction) {
            w.uint(a.value, bytes)
          },
          decode: (r: Reader): ModVlanAction => ({ type, value: Number(r.uint(bytes)) }),
        },
        since,
        since,
      )
    return define<ModVlanAction>({
      types: [mod, set],
      forms: [form(mod, OF10), form(set, OF11)],
      lower(a, version) {
        const push = a.type === mod && a.flow_has_vlan !== true
        if (version < OF12 && !(version === OF11 && push)) return undefined
        const tag: readonly Action[] = push ? [{ type: 'push_vlan', ethertype: 0x8100 }] : []
        if (version === OF11) return [...tag, { type: set, value: a.value }]
        return [...tag, ...asSetField(part, which === 0 ? a.value | VLAN_PRESENT : a.value)]
      },
      parse(arg, _env, keyword) {
        const value = parseUint(arg, which === 0 ? 0xfff : 7, part)
        return { type: keyword === set ? set : mod, value }
      },
      format: (a) => `${a.type}:${a.value}`,
    })
  },
)

const byteForm = (type: ModTtlAction['type'], code: number): ActionForm<ModTtlAction> =>
  standard(code, {
    encode(w: Writer, a: ModTtlAction) {
      w.u8(a.value)
    },
    decode: (r: Reader): ModTtlAction => ({ type, value: r.u8() }),
  })

export const modTtlSpecs: readonly ActionSpec<ModTtlAction>[] = [
  define<ModTtlAction>({
    types: ['mod_nw_ttl'],
    forms: [byteForm('mod_nw_ttl', 23)],
    lower: (a, version) => (version === OF10 ? asSetField('nw_ttl', a.value) : undefined),
    parse: (arg) => ({ type: 'mod_nw_ttl', value: parseUint(arg, 0xff, 'TTL') }),
    format: (a) => `mod_nw_ttl:${a.value}`,
  }),
  define<ModTtlAction>({
    types: ['set_mpls_ttl'],
    forms: [
      byteForm('set_mpls_ttl', 15),
      nicira(
        25,
        {
          encode(w, a) {
            w.u8(a.value)
          },
          decode: (r) => ({ type: 'set_mpls_ttl', value: r.u8() }),
        },
        OF10,
        OF10,
      ),
    ],
    parse: (arg) => ({ type: 'set_mpls_ttl', value: parseUint(trimParens(arg), 0xff, 'TTL') }),
    format: (a) => `set_mpls_ttl(${a.value})`,
  }),
  mplsPart('set_mpls_label', 'mpls_label', { nx: 30, of11: 13, bytes: 4, max: 0xfffff }),
  mplsPart('set_mpls_tc', 'mpls_tc', { nx: 31, of11: 14, bytes: 1, max: 7 }),
]

const trimParens = (arg: string): string => arg.replace(/^\(|\)$/g, '')

function mplsPart(
  type: 'set_mpls_label' | 'set_mpls_tc',
  field: FieldName,
  wire: { nx: number; of11: number; bytes: number; max: number },
): ActionSpec<ModTtlAction> {
  const body = (padding: number) => ({
    encode(w: Writer, a: ModTtlAction): void {
      w.zeros(padding)
      w.uint(a.value, wire.bytes)
    },
    decode(r: Reader): ModTtlAction {
      r.skip(padding)
      return { type, value: Number(r.uint(wire.bytes)) }
    },
  })
  return define<ModTtlAction>({
    types: [type],
    forms: [
      nicira(wire.nx, body(wire.bytes === 4 ? 2 : 0), OF10, OF10),
      standard(wire.of11, body(0), OF11, OF11),
    ],
    lower: (a, version) => (version < OF12 ? undefined : asSetField(field, a.value)),
    parse: (arg) => ({ type, value: parseUint(trimParens(arg), wire.max, type) }),
    format: (a) => `${type}(${a.value})`,
  })
}

const ETHERTYPES = { push_vlan: [17, 0], push_mpls: [19, 23], pop_mpls: [20, 24] } as const

export const ethertypeSpecs: readonly ActionSpec<EthertypeAction>[] = (
  ['push_vlan', 'push_mpls', 'pop_mpls'] as const
).map((type) => {
  const [code, nx] = ETHERTYPES[type]
  const body = {
    encode(w: Writer, a: EthertypeAction): void {
      w.u16(a.ethertype)
    },
    decode: (r: Reader): EthertypeAction => ({ type, ethertype: r.u16() }),
  }
  return define<EthertypeAction>({
    types: [type],
    forms: nx === 0 ? [standard(code, body)] : [standard(code, body), nicira(nx, body, OF10, OF10)],
    parse(arg) {
      const ethertype = parseUint(arg, 0xffff, 'ethertype')
      if (type === 'push_vlan' && ethertype !== 0x8100 && ethertype !== 0x88a8) {
        throw new TextError(`${arg}: not a valid VLAN ethertype`)
      }
      return { type, ethertype }
    },
    format: (a) => `${type}:0x${a.ethertype.toString(16).padStart(4, '0')}`,
  })
})

export const decTtlSpec = define<DecTtlAction>({
  types: ['dec_ttl'],
  forms: [
    standard(24, empty<DecTtlAction>({ type: 'dec_ttl' })),
    nicira(18, empty<DecTtlAction>({ type: 'dec_ttl' }), OF10, OF10),
    nicira(21, {
      encode(w, a) {
        const ids = a.ids ?? []
        w.u16(ids.length)
        w.zeros(4)
        for (const id of ids) w.u16(id)
      },
      decode(r) {
        const count = r.u16()
        r.skip(4)
        const ids: number[] = []
        for (let i = 0; i < count; i++) ids.push(r.u16())
        return { type: 'dec_ttl', ids }
      },
    }),
  ],
  choose: (a, version) => (a.ids !== undefined ? 2 : version === OF10 ? 1 : 0),
  parse(arg) {
    if (arg === '') return { type: 'dec_ttl' }
    return { type: 'dec_ttl', ids: arg.split(/[ ,]+/).map((id) => parseUint(id, 0xffff, 'controller id')) }
  },
  format: (a) => (a.ids === undefined ? 'dec_ttl' : `dec_ttl(${a.ids.join(',')})`),
})

export const setTunnelSpec = define<SetTunnelAction>({
  types: ['set_tunnel', 'set_tunnel64'],
  forms: [
    nicira(2, {
      encode(w, a) {
        w.zeros(2)
        w.u32(Number(a.tun_id))
      },
      decode(r) {
        r.skip(2)
        return { type: 'set_tunnel', tun_id: BigInt(r.u32()) }
      },
    }),
    nicira(9, {
      encode(w, a) {
        w.zeros(6)
        w.u64(a.tun_id)
      },
      decode(r) {
        r.skip(6)
        return { type: 'set_tunnel64', tun_id: r.u64() }
      },
    }),
  ],
  choose: (a) => (a.type === 'set_tunnel' && a.tun_id <= 0xffffffffn ? 0 : 1),
  lower: (a, version) => (version < OF12 ? undefined : asSetField('tun_id', a.tun_id)),
  parse: (arg, _env, keyword) => ({
    type: keyword === 'set_tunnel64' ? 'set_tunnel64' : 'set_tunnel',
    tun_id: parseU64(arg, 'tunnel id'),
  }),
  format: (a) => `set_tunnel${a.type === 'set_tunnel64' || a.tun_id > 0xffffffffn ? '64' : ''}:${hex(a.tun_id)}`,
})

export const setQueueSpec = define<SetQueueAction>({
  types: ['set_queue'],
  forms: [
    standard(21, {
      encode(w: Writer, a: SetQueueAction) {
        w.u32(a.queue_id)
      },
      decode: (r: Reader): SetQueueAction => ({ type: 'set_queue', queue_id: r.u32() }),
    }),
    nicira(
      4,
      {
        encode(w, a) {
          w.zeros(2)
          w.u32(a.queue_id)
        },
        decode(r) {
          r.skip(2)
          return { type: 'set_queue', queue_id: r.u32() }
        },
      },
      OF10,
      OF10,
    ),
  ],
  parse: (arg) => ({ type: 'set_queue', queue_id: parseUint(arg, 0xffffffff, 'queue') }),
  format: (a) => `set_queue:${a.queue_id}`,
})

const NO_PORT = 0xfff8
const THIS_TABLE = 0xff

function resubmit(port: number, table: number | undefined, ct: boolean): ResubmitAction {
  return {
    type: 'resubmit',
    ...(port === NO_PORT ? {} : { port: widenPort(port) }),
    ...(table === undefined ? {} : { table }),
    ...(ct ? { ct } : {}),
  }
}

const resubmitBody = (ct: boolean) => ({
  encode(w: Writer, a: ResubmitAction): void {
    w.u16((a.port ?? NO_PORT) & 0xffff)
    w.u8(a.table ?? THIS_TABLE)
  },
  decode(r: Reader): ResubmitAction {
    const port = r.u16()
    return resubmit(port, r.u8(), ct)
  },
})

export const resubmitSpec = define<ResubmitAction>({
  types: ['resubmit'],
  forms: [
    nicira(1, {
      encode(w, a) {
        w.u16((a.port ?? NO_PORT) & 0xffff)
      },
      decode: (r) => resubmit(r.u16(), undefined, false),
    }),
    nicira(14, resubmitBody(false)),
    nicira(44, resubmitBody(true)),
  ],
  choose: (a) => (a.ct === true ? 2 : a.table === undefined ? 0 : 1),
  parse(arg, env) {
    const [portText = '', tableText = '', ct, ...rest] = arg.split(',').map((part) => part.trim())
    if (rest.length > 0 || (ct !== undefined && ct !== 'ct')) throw new TextError(`resubmit: unknown argument "${ct ?? ''}"`)
    const port = portText === '' ? 0xfffffff8 : parsePort(portText, env.ctx, 'resubmit to port')
    const table =
      tableText === '' ? THIS_TABLE : (env.ctx.tableNumber?.(tableText) ?? parseUint(tableText, 255, 'resubmit to table'))
    if (port === 0xfffffff8 && table === THIS_TABLE) {
      throw new TextError('at least one "in_port" or "table" must be specified  on resubmit')
    }
    return resubmit(port & 0xffff, table, ct === 'ct')
  },
  format(a, env) {
    const port = a.port === undefined ? '' : formatPort(a.port, env.ctx)
    const table = a.table === undefined || a.table === THIS_TABLE ? undefined : a.table
    if (table === undefined && a.port !== undefined && a.ct !== true) return `resubmit:${port}`
    const tableText = table === undefined ? '' : (env.ctx.tableName?.(table) ?? String(table))
    return `resubmit(${port},${tableText}${a.ct === true ? ',ct' : ''})`
  },
})

export const conjunctionSpec = define<ConjunctionAction>({
  types: ['conjunction'],
  forms: [
    nicira(34, {
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
          throw new DecodeError(`conjunction ${clause}/${nClauses}`, { offset, reply: 'NXBAC_BAD_CONJUNCTION' })
        }
        return { type: 'conjunction', id: r.u32(), clause, n_clauses: nClauses }
      },
    }),
  ],
  parse(arg) {
    const parts = /^\s*(\w+)\s*,\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(arg)
    if (parts === null) throw new TextError('"conjunction" syntax is "conjunction(id,i/n)"')
    const clause = Number(parts[2])
    const nClauses = Number(parts[3])
    if (nClauses < 2) throw new TextError('conjunction must have at least 2 clauses')
    if (nClauses > 64) throw new TextError('conjunction must have at most 64 clauses')
    if (clause < 1) throw new TextError('clause index must be positive')
    if (clause > nClauses) throw new TextError('clause index must be less than or equal to number of clauses')
    return { type: 'conjunction', id: parseUint(parts[1] ?? '', 0xffffffff, 'conjunction id'), clause, n_clauses: nClauses }
  },
  format: (a) => `conjunction(${a.id},${a.clause}/${a.n_clauses})`,
})

export const noteSpec = define<NoteAction>({
  types: ['note'],
  forms: [
    nicira(8, {
      encode(w, a) {
        w.bytes(a.data)
      },
      decode: (r) => ({ type: 'note', data: Uint8Array.from(r.bytes(r.remaining)) }),
    }),
  ],
  parse(arg) {
    const data = parseHexBytes(arg, "`note' argument")
    const padded = new Uint8Array(Math.ceil((data.length + 10) / 8) * 8 - 10)
    padded.set(data)
    return { type: 'note', data: padded }
  },
  format: (a) => `note:${formatHexBytes(a.data)}`,
})

export const finTimeoutSpec = define<FinTimeoutAction>({
  types: ['fin_timeout'],
  forms: [
    nicira(19, {
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
      if (key === 'idle_timeout') idle = parseUint(value, 0xffff, key)
      else if (key === 'hard_timeout') hard = parseUint(value, 0xffff, key)
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
})

/** An instruction until OpenFlow 1.4, an action from 1.5 on. */
export const meterSpec = define<MeterAction>({
  types: ['meter'],
  forms: [
    standard(
      29,
      {
        encode(w, a) {
          w.u32(a.meter_id)
        },
        decode: (r) => ({ type: 'meter', meter_id: r.u32() }),
      },
      OF15,
      OF15,
    ),
  ],
  parse: (arg) => ({ type: 'meter', meter_id: parseUint(arg, 0xffffffff, 'meter id') }),
  format: (a) => `meter:${a.meter_id}`,
})
