import type { Action } from '../action/types.js'
import { matchKey } from '../match/match.js'
import type { Match } from '../match/terms.js'

/** Flags of a flow by their names in text; values are OFPFF_* of OpenFlow 1.3+. */
export const FLOW_FLAGS = {
  send_flow_rem: 1,
  check_overlap: 2,
  reset_counts: 4,
  no_packet_counts: 8,
  no_byte_counts: 16,
} as const
export type FlowFlag = keyof typeof FLOW_FLAGS

/** A flow as it is asked for; timeouts are seconds, 0 or absent: never. */
export interface Flow {
  readonly table_id: number
  readonly priority: number
  readonly cookie: bigint
  readonly match: Match
  readonly actions: readonly Action[]
  readonly idle_timeout?: number
  readonly hard_timeout?: number
  readonly importance?: number
  readonly flags?: readonly FlowFlag[]
}

/** A flow's identity on a switch, as a string: equal for flows that replace each other. */
export function flowKey(f: Pick<Flow, 'table_id' | 'priority' | 'match'>): string {
  return `${f.table_id},${f.priority},${matchKey(f.match)}`
}
