import { type Flow, flowKey, sameFlow } from 'openflow-ts'
import { isOurCookie } from '../../flows/index.js'

export interface FlowDiff {
  /** To add: missing, or there with other actions, cookie or timeouts. */
  readonly add: Flow[]
  /** To delete: ours, but not wanted. */
  readonly remove: Flow[]
  /** Flows with a cookie that is not ours, which stay. */
  readonly foreign: number
}

/** From what a switch has to what it should have. Order: as in `wanted`, then as in `actual`. */
export function diffFlows(wanted: ReadonlyMap<string, Flow>, actual: Iterable<Flow>): FlowDiff {
  const missing = new Map(wanted)
  const remove: Flow[] = []
  let foreign = 0
  for (const flow of actual) {
    const key = flowKey(flow)
    const target = wanted.get(key)
    if (target === undefined) {
      if (isOurCookie(flow.cookie)) remove.push(flow)
      else foreign++
    } else if (sameFlow(flow, target)) {
      missing.delete(key)
    }
  }
  return { add: [...missing.values()], remove, foreign }
}
