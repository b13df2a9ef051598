import { type Flow, FLOW_FLAGS, type FlowFlag } from '../flow/flow.js'
import { formatActions } from './action-text.js'
import type { TextContext } from './context.js'
import { formatMatch } from './match-format.js'
import { hex } from './values.js'

/** The priority that text leaves out. */
export const DEFAULT_PRIORITY = 0x8000

/** What a switch tells of a flow beyond the flow itself. Durations in seconds and nanoseconds, ages in seconds. */
export interface FlowStatsText {
  readonly duration_sec: number
  readonly duration_nsec: number
  /** Absent: the switch does not count. */
  readonly n_packets?: bigint | undefined
  readonly n_bytes?: bigint | undefined
  readonly idle_age?: number | undefined
  readonly hard_age?: number | undefined
}

export const NSEC_PER_MSEC = 1_000_000

/** What follows the seconds: nothing, whole milliseconds with three digits, or anything finer without trailing zeros. */
export function formatFraction(nsec: number): string {
  if (nsec === 0) return ''
  if (nsec % NSEC_PER_MSEC === 0) return `.${String(nsec / NSEC_PER_MSEC).padStart(3, '0')}`
  return `.${String(nsec).padStart(9, '0').replace(/0+$/, '')}`
}

/** `12.030s` */
export const formatDuration = (sec: number, nsec: number): string => `${sec}${formatFraction(nsec)}s`

const FLAG_ORDER = Object.keys(FLOW_FLAGS) as FlowFlag[]

/** Flags in the order in which ovs-ofctl prints them, each with a space after it. */
export function formatFlowFlags(flags: readonly FlowFlag[] = []): string {
  let text = ''
  if (flags.length === 0) return text
  for (const flag of FLAG_ORDER) if (flags.includes(flag)) text += `${flag} `
  return text
}

/** The priority, where it is not the default, and the match; empty when there is nothing to say. */
export function formatPriorityAndMatch(f: Pick<Flow, 'priority' | 'match'>, ctx: TextContext = {}): string {
  const match = formatMatch(f.match, ctx)
  if (f.priority === DEFAULT_PRIORITY) return match
  return match === '' ? `priority=${f.priority}` : `priority=${f.priority},${match}`
}

function formatHead(f: Flow, ctx: TextContext, stats: FlowStatsText | undefined): string {
  const table = ctx.tableName?.(f.table_id) ?? String(f.table_id)
  if (stats === undefined) {
    return `${f.cookie === 0n ? '' : `cookie=${hex(f.cookie)}, `}${f.table_id === 0 ? '' : `table=${table}, `}`
  }
  let text = `cookie=${hex(f.cookie)}, duration=${formatDuration(stats.duration_sec, stats.duration_nsec)}, `
  text += `table=${table}, `
  text += `n_packets=${stats.n_packets?.toString() ?? '?'}, n_bytes=${stats.n_bytes?.toString() ?? '?'}, `
  return text
}

/**
 * A flow as `ovs-ofctl dump-flows` prints it, without the space before it: with `stats` as usual, without them as with
 * --no-stats (where table 0 and cookie 0 go without saying).
 */
export function formatFlow(f: Flow, ctx: TextContext = {}, stats?: FlowStatsText): string {
  let text = formatHead(f, ctx, stats)
  if ((f.idle_timeout ?? 0) !== 0) text += `idle_timeout=${f.idle_timeout ?? 0}, `
  if ((f.hard_timeout ?? 0) !== 0) text += `hard_timeout=${f.hard_timeout ?? 0}, `
  text += formatFlowFlags(f.flags)
  if ((f.importance ?? 0) !== 0) text += `importance=${f.importance ?? 0}, `
  if (stats?.idle_age !== undefined) text += `idle_age=${stats.idle_age}, `
  if (stats?.hard_age !== undefined) text += `hard_age=${stats.hard_age}, `
  const match = formatPriorityAndMatch(f, ctx)
  return `${text}${match === '' ? '' : `${match} `}actions=${formatActions(f.actions, ctx)}`
}
