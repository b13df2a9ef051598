/** Which numbers in a flow are free: to change one of them changes the flow's bytes and its text only there. */
import type { Action } from '../action/types.js'
import type { MatchTerm } from '../match/terms.js'
import type { FlowStats } from '../messages/spec/flow-stats.js'
import type { FlowMod } from '../messages/spec/flow-mod.js'
import type { Value } from '../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'

/** What a value may be: any number in the bits of `mask` from `min` to `max`. */
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
  return { mask, min, max, special: [...new Set([min, max, ...special])] }
}

/** Ports that are no reserved ones. */
const PORT = range(bitsOf(16), { min: 1n, max: 0xfeffn })
const GROUP = range(bitsOf(32), { max: 0xfffffeffn })
const METER = range(bitsOf(32), { min: 1n, max: 0xfffeffffn })
const U16 = range(bitsOf(16))
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

const isFree = (info: FieldInfo): boolean => info.plain && info.anyValue && PLAIN_FORMATS.has(info.format)

/** The values of a field in a match. */
function ofTerm({ field, mask }: MatchTerm): Range | undefined {
  const info = fieldInfo(field)
  if (field === 'in_port') return PORT
  if (!isFree(info) || (info.note !== undefined && !TRANSPORTS.has(info.prereq))) return undefined
  return range(BigInt(mask ?? info.ones))
}

const ofField = (info: FieldInfo, mask: Value | undefined): Range | undefined =>
  isFree(info) ? range(BigInt(mask ?? info.ones)) : undefined

type Values = Readonly<Record<string, Range | undefined>>

/** The free values of actions by their type, under the path that leads to each. Other actions have none. */
const OF_ACTIONS: { readonly [T in Action['type']]?: (action: Extract<Action, { type: T }>) => Values } = {
  output: () => ({ port: PORT }),
  group: () => ({ group_id: GROUP }),
  meter: () => ({ meter_id: METER }),
  set_queue: () => ({ queue_id: U32 }),
  set_field: ({ field, mask }) => ({ value: ofField(fieldInfo(field), mask) }),
  load: ({ dst }) => ({ value: isFree(fieldInfo(dst.field)) ? range(bitsOf(dst.n_bits)) : undefined }),
  mod_dl_src: () => ({ value: U48 }),
  mod_dl_dst: () => ({ value: U48 }),
  mod_nw_src: () => ({ value: U32 }),
  mod_nw_dst: () => ({ value: U32 }),
  mod_tp_src: () => ({ value: U16 }),
  mod_tp_dst: () => ({ value: U16 }),
  set_tunnel: () => ({ tun_id: U32 }),
  conjunction: () => ({ id: U32 }),
  write_metadata: ({ mask }) => ({ value: range(mask) }),
  ct: ({ zone }) => ({ zone: typeof zone === 'number' ? U16 : undefined }),
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

function* ofMatchAndActions({ match, actions = [] }: Pick<FlowMod, 'match' | 'actions'>, path: Path): Generator<FreeValue> {
  for (const [i, term] of match.entries()) {
    const found = ofTerm(term)
    if (found !== undefined) yield { ...found, path: [...path, 'match', i, 'value'] }
  }
  yield* ofActions(actions, [...path, 'actions'])
}

/** The free values of a flow-mod, those of its header among them when it is given with one. */
export function* freeOfFlowMod(mod: FlowMod & { readonly xid?: number }, path: Path = []): Generator<FreeValue> {
  if (mod.xid !== undefined) yield { ...XID, path: [...path, 'xid'] }
  // A cookie to look for may have ones only in its mask.
  if (mod.cookie !== undefined && (mod.cookie_mask ?? 0n) === 0n) yield { ...COOKIE, path: [...path, 'cookie'] }
  yield { ...PRIORITY, path: [...path, 'priority'] }
  yield* ofMatchAndActions(mod, path)
}

/** The free values of an entry of a reply to a request for flows. */
export function* freeOfFlowStats(flow: FlowStats, path: Path = []): Generator<FreeValue> {
  yield { ...COOKIE, path: [...path, 'cookie'] }
  yield { ...PRIORITY, path: [...path, 'priority'] }
  yield { ...COUNTER, path: [...path, 'n_packets'] }
  yield { ...COUNTER, path: [...path, 'n_bytes'] }
  // An age is not said when it is the same as the duration.
  if (flow.hard_age === undefined) yield { ...U32, path: [...path, 'duration_sec'] }
  yield { ...NANOSECONDS, path: [...path, 'duration_nsec'] }
  yield* ofMatchAndActions(flow, path)
}

/** What stands there. */
export function valueAt(message: unknown, path: Path): bigint {
  const found = path.reduce<unknown>((within, key) => (within as Record<string | number, unknown>)[key], message)
  return BigInt(found as Value)
}

/** A copy with another value there, in the type of that which it replaces. */
export function withValueAt<T>(message: T, path: Path, value: bigint): T {
  const [key, ...rest] = path
  if (key === undefined) return (typeof message === 'bigint' ? value : Number(value)) as T
  const copy = (Array.isArray(message) ? [...(message as unknown[])] : { ...message }) as Record<string | number, unknown>
  copy[key] = withValueAt(copy[key], rest, value)
  return copy as T
}
