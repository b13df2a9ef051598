/** Which numbers in a flow are free: to change one of them changes the flow's bytes and its text only there. */
import type { Action } from '../action/types.js'
import type { MatchTerm } from '../match/terms.js'
import type { FlowStats } from '../messages/spec/flow-stats.js'
import type { FlowMod } from '../messages/spec/flow-mod.js'
import type { Message, MessageOf } from '../messages/table.js'
import type { Value } from '../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'

/** What a value may be: any number from `min` to `max` in the bits of `mask`, whatever its other bits are. */
export interface Range {
  readonly mask: bigint
  readonly min: bigint
  readonly max: bigint
  /** Values that may be said in another way than those around them: defaults, for which there is silence. */
  readonly special: readonly bigint[]
}

/** Where the value is in the message, and what it may be. */
export interface FreeValue extends Range {
  readonly path: readonly (string | number)[]
}

const bitsOf = (bits: number): bigint => (1n << BigInt(bits)) - 1n

function range(mask: bigint, limits: { readonly min?: bigint; readonly max?: bigint; readonly special?: readonly bigint[] } = {}): Range {
  const { min = 0n, max = mask, special = [] } = limits
  return { mask, min, max, special: [...new Set([min, max, ...special])].filter((value) => (value & ~mask) === 0n) }
}

/** Ports that are no reserved ones. */
const PORT = range(bitsOf(16), { min: 1n, max: 0xfeffn })
const GROUP = range(bitsOf(32), { max: 0xfffffeffn })
const METER = range(bitsOf(32), { min: 1n, max: 0xfffeffffn })
/** 255 stands for all tables, or for none. */
const TABLE = range(bitsOf(8), { max: 254n })
const VLAN = range(bitsOf(12))
const U8 = range(bitsOf(8))
const U16 = range(bitsOf(16))
const U20 = range(bitsOf(20))
const U32 = range(bitsOf(32))
const U48 = range(bitsOf(48))
const COOKIE = range(bitsOf(64))
const PRIORITY = range(bitsOf(16), { special: [0x8000n] })
/** As far as a double counts. */
const COUNTER = range(bitsOf(53))
const NANOSECONDS = range(bitsOf(30), { max: 999_999_999n })
const XID = U32

/** Ports of transports are in no prerequisites, though types of ICMP, in the same place, are. */
const TRANSPORTS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp'])
const PLAIN_FORMATS: ReadonlySet<string> = new Set(['decimal', 'hexadecimal', 'ethernet', 'ipv4', 'ipv6'])

const isFree = (info: FieldInfo): boolean =>
  info.plain && info.validValues === undefined && PLAIN_FORMATS.has(info.format)

/** Any bits of a field that it keeps and that are asked for. */
const ofField = (info: FieldInfo, mask: Value | undefined): Range | undefined =>
  isFree(info) ? range(BigInt(mask ?? info.ones) & BigInt(info.validMask) & BigInt(info.kept)) : undefined

const VLAN_PRESENT = 0x1000

/** The values of a field in a match. */
function ofTerm({ field, value, mask }: MatchTerm): Range | undefined {
  const info = fieldInfo(field)
  if (field === 'in_port') return PORT
  if (field === 'vlan_tci') {
    const asked = mask === undefined ? 0xffff : Number(mask)
    return (asked & 0x1fff) === 0x1fff && (Number(value) & VLAN_PRESENT) !== 0 ? VLAN : undefined
  }
  return info.note === undefined || TRANSPORTS.has(info.prereq) ? ofField(info, mask) : undefined
}

type Values = Readonly<Record<string, Range | undefined>>

const ifGiven = (value: number | undefined, found: Range): Range | undefined => (value === undefined ? undefined : found)

/** The free values of actions by their type, under the path that leads to each. Other actions have none. */
const OF_ACTIONS: { readonly [T in Action['type']]?: (action: Extract<Action, { type: T }>) => Values } = {
  output: () => ({ port: PORT }),
  group: () => ({ group_id: GROUP }),
  meter: () => ({ meter_id: METER }),
  set_queue: () => ({ queue_id: U32 }),
  enqueue: () => ({ port: PORT, queue_id: U32 }),
  resubmit: ({ port, table }) => ({ port: ifGiven(port, PORT), table: ifGiven(table, TABLE) }),
  check_pkt_larger: () => ({ pkt_len: U16 }),
  set_field: ({ field, mask }) => ({ value: ofField(fieldInfo(field), mask) }),
  load: ({ dst }) => ({ value: isFree(fieldInfo(dst.field)) && fieldInfo(dst.field).anyValue ? range(bitsOf(dst.n_bits)) : undefined }),
  mod_dl_src: () => ({ value: U48 }),
  mod_dl_dst: () => ({ value: U48 }),
  mod_nw_src: () => ({ value: U32 }),
  mod_nw_dst: () => ({ value: U32 }),
  mod_tp_src: () => ({ value: U16 }),
  mod_tp_dst: () => ({ value: U16 }),
  mod_nw_ttl: () => ({ value: U8 }),
  mod_vlan_vid: () => ({ value: VLAN }),
  set_vlan_vid: () => ({ value: VLAN }),
  set_mpls_label: () => ({ value: U20 }),
  set_mpls_ttl: () => ({ value: U8 }),
  set_tunnel: () => ({ tun_id: U32 }),
  conjunction: () => ({ id: U32 }),
  write_metadata: ({ mask }) => ({ value: range(mask) }),
  ct: ({ zone, table }) => ({ zone: typeof zone === 'number' ? U16 : undefined, table: ifGiven(table, TABLE) }),
  nat: ({ addr, port }) => ({
    'addr.min': addr === undefined || addr.max !== undefined ? undefined : range(bitsOf(typeof addr.min === 'number' ? 32 : 128)),
    'port.min': port === undefined || port.max !== undefined ? undefined : U16,
  }),
}

type Path = FreeValue['path']

function* ofActions(actions: readonly Action[], path: Path): Generator<FreeValue> {
  for (const [i, action] of actions.entries()) {
    const here = [...path, i]
    const values = (OF_ACTIONS[action.type] as ((action: Action) => Values) | undefined)?.(action) ?? {}
    for (const [name, found] of Object.entries(values)) {
      if (found !== undefined) yield { ...found, path: [...here, ...name.split('.')] }
    }
    if ('actions' in action) yield* ofActions(action.actions, [...here, 'actions'])
  }
}

/** What of a flow both flow-mods and switches tell. */
type Common = Pick<FlowMod, 'match' | 'actions' | 'idle_timeout' | 'hard_timeout' | 'importance'>

function* ofFlow({ match, actions = [], ...times }: Common, path: Path): Generator<FreeValue> {
  yield { ...PRIORITY, path: [...path, 'priority'] }
  for (const name of ['idle_timeout', 'hard_timeout', 'importance'] as const) {
    if (times[name] !== undefined) yield { ...U16, path: [...path, name] }
  }
  // A flow may go on only to tables behind its own.
  if (!actions.some(({ type }) => type === 'goto_table')) yield { ...TABLE, path: [...path, 'table_id'] }
  for (const [i, term] of match.entries()) {
    const found = ofTerm(term)
    if (found !== undefined) yield { ...found, path: [...path, 'match', i, 'value'] }
  }
  yield* ofActions(actions, [...path, 'actions'])
}

/** Those of a flow-mod, that of its header among them when it is given with one. */
function* freeOfFlowMod(mod: FlowMod & { readonly xid?: number }, path: Path = []): Generator<FreeValue> {
  if (mod.xid !== undefined) yield { ...XID, path: [...path, 'xid'] }
  // A cookie to look for may have ones only in its mask.
  if (mod.cookie !== undefined && (mod.cookie_mask ?? 0n) === 0n) yield { ...COOKIE, path: [...path, 'cookie'] }
  yield* ofFlow(mod, path)
}

/** The free values of an entry of a reply to a request for flows. */
export function* freeOfFlowStats(flow: FlowStats, path: Path = []): Generator<FreeValue> {
  yield { ...COOKIE, path: [...path, 'cookie'] }
  yield { ...COUNTER, path: [...path, 'n_packets'] }
  yield { ...COUNTER, path: [...path, 'n_bytes'] }
  // An age is not said when it is the same as the duration.
  if (flow.hard_age === undefined) yield { ...U32, path: [...path, 'duration_sec'] }
  yield { ...NANOSECONDS, path: [...path, 'duration_nsec'] }
  yield* ofFlow(flow, path)
}

/** The free values of a flow-mod, or of one that is added to a bundle; of other messages none. */
export function freeOf(message: Message): Iterable<FreeValue> {
  if (message.type === 'BUNDLE_ADD_MESSAGE') {
    const { message: inner } = message
    return inner.type === 'FLOW_MOD' ? freeOfFlowMod(inner as MessageOf<'FLOW_MOD'>, ['message']) : []
  }
  return message.type === 'FLOW_MOD' ? freeOfFlowMod(message) : []
}

/** The bits of the mask of what stands there. */
export function valueAt(message: unknown, { path, mask }: FreeValue): bigint {
  const found = path.reduce<unknown>((within, key) => (within as Record<string | number, unknown>)[key], message)
  return BigInt(found as Value) & mask
}

/** A copy in which these bits are others. */
export const withValueAt = <M>(message: M, { path, mask }: FreeValue, value: bigint): M =>
  changed(message, path, (old) => (BigInt(old) & ~mask) | value) as M

/** A copy with another value at the end of a path, in the type of that which it replaces. */
function changed(within: unknown, [key, ...rest]: Path, change: (old: Value) => bigint): unknown {
  if (key === undefined) {
    const value = change(within as Value)
    return typeof within === 'bigint' ? value : Number(value)
  }
  const copy = (Array.isArray(within) ? [...(within as unknown[])] : { ...(within as object) }) as Record<string | number, unknown>
  copy[key] = changed(copy[key], rest, change)
  return copy
}
