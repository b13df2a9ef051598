import type { Action } from '../action/types.js'
import type { Flow } from '../flow/flow.js'
import { formatActions } from '../text/action-text.js'
import { formatMatch } from '../text/match-format.js'
import { hex } from '../text/values.js'
import type { Step } from './result.js'

/** The step of an action. Its text is made when it is asked for: most traces are not printed. */
export const actionStep = (action: Action): Step => ({
  type: 'action',
  action,
  get text() {
    return formatActions([action])
  },
  steps: [],
})

/** The step of a table; `why`, where there is no flow. */
export const tableStep = (table_id: number, flow: Flow | undefined, why: string): Step => ({
  type: 'table',
  table_id,
  flow,
  get text() {
    return `${String(table_id).padStart(2)}. ${flow === undefined ? why : flowText(flow)}`
  },
  steps: [],
})

function flowText(flow: Flow): string {
  const match = formatMatch(flow.match)
  const cookie = flow.cookie === 0n ? '' : `, cookie ${hex(flow.cookie)}`
  return `${match === '' ? '' : `${match}, `}priority ${flow.priority}${cookie}`
}
