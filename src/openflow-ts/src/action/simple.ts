import type { Reader, Writer } from '../binary.js'
import { DecodeError, TextError } from '../errors.js'
import { PROTOCOLS } from '../protocols.js'
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

/** Actions without arguments, with their forms. */
function plain(
  type: PlainAction['type'],
  form: (action: PlainAction) => ActionForm<PlainAction>[],
): ActionSpec<PlainAction> {
  const action: PlainAction = { type }
  return define<PlainAction>({
    types: [type],
    forms: form(action),
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
  plain('dec_mpls_ttl', (a) => [standard(16, empty(a), OF11), nicira(26, empty(a), OF10, OF10)]),
  plain('dec_nsh_ttl', (a) => [nicira(48, empty(a), OF13)]),
  plain('pop_queue', (a) => [nicira(5, empty(a))]),
  plain('exit', (a) => [nicira(17, empty(a))]),
  plain('ct_clear', (a) => [nicira(43, empty(a))]),
  plain('debug_slow', (a) => [nicira(254, empty(a))]),
  plain('debug_recirc', (a) => [nicira(255, empty(a))]),
]

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
    ...(type === 'push_vlan' && { protocols: () => PROTOCOLS.OF11_UP }),
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
    if (rest.length > 0 || (ct !== undefined && ct !== 'ct')) {
      throw new TextError(`resubmit: unknown argument "${ct ?? ''}"`)
    }
    const port = portText === '' ? 0xfffffff8 : parsePort(portText, env.ctx, 'resubmit to port')
    const named = env.ctx.tableNumber?.(tableText)
    const table = tableText === '' ? THIS_TABLE : (named ?? parseUint(tableText, 255, 'resubmit to table'))
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
    const id = parseUint(parts[1] ?? '', 0xffffffff, 'conjunction id')
    return { type: 'conjunction', id, clause, n_clauses: nClauses }
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
  protocols: () => PROTOCOLS.OF13_UP,
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
