import { TextError } from '../errors.js'
import { widenPort } from '../ports.js'
import { FLOW_MONITOR_FLAGS, type FlowMonitorFlag, type FlowMonitorRequest } from '../messages/spec/flow-monitor.js'
import type { TextContext } from './context.js'
import { MatchText } from './match-parse.js'
import { atoi } from './numbers.js'
import { type KeyValue, scanKeyValues } from './scan.js'
import { parseTable } from './tables.js'

type Draft = { -readonly [K in keyof FlowMonitorRequest]: FlowMonitorRequest[K] }

const SETTERS: Readonly<Record<string, (to: Draft, value: string, ctx: TextContext) => void>> = {
  table(to, value, ctx) {
    const table = parseTable(value, ctx)
    if (table === undefined) throw new TextError(`unknown table "${value}"`)
    to.table_id = table
  },
  out_port: (to, value) => (to.out_port = widenPort(atoi(value, 16))),
  out_group: (to, value) => (to.out_group = atoi(value, 32)),
}

const isFlag = (name: string): name is FlowMonitorFlag => Object.hasOwn(FLOW_MONITOR_FLAGS, name)

function takePair(draft: Draft, match: MatchText, pair: KeyValue, whole: string, ctx: TextContext): void {
  const { key, value } = pair
  const flag = key.startsWith('!') ? key.slice(1) : ''
  if (isFlag(flag)) {
    draft.flags = draft.flags.filter((one) => one !== flag)
    return
  }
  if (match.take(pair)) return
  if (value === '') throw new TextError(`${whole}: field ${key} missing value`)
  const set = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined
  if (set === undefined) throw new TextError(`${whole}: unknown keyword ${key}`)
  set(draft, value, ctx)
}

/**
 * What `ovs-ofctl monitor` takes behind `watch:`: a match, `table`, `out_port`, `out_group`, and `!initial`, `!add`,
 * `!delete`, `!modify`, `!actions`, `!own` for what is not to be told.
 * @throws TextError
 */
export function parseFlowMonitor(text: string, id: number, ctx: TextContext = {}): FlowMonitorRequest {
  const flags = Object.keys(FLOW_MONITOR_FLAGS) as FlowMonitorFlag[]
  const draft: Draft = { id, flags, match: [], command: 'add' }
  const match = new MatchText(ctx)
  for (const pair of scanKeyValues(text)) takePair(draft, match, pair, text, ctx)
  return { ...draft, match: match.build() }
}
