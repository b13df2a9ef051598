import { PORTS } from '../../ports.js'
import { formatActions } from '../../text/action-text.js'
import { formatPriorityAndMatch } from '../../text/flow-format.js'
import { formatPort } from '../../text/ports.js'
import type { FlowMonitorRequest, FlowUpdate } from '../spec/flow-monitor.js'
import { ALL_TABLES, ANY_GROUP } from '../spec/parts.js'
import { hex, hexOrZero, type PrintContext } from './common.js'
import { tableText } from './flow.js'

const DEFAULT_PRIORITY = 0x8000

function printMonitor(monitor: FlowMonitorRequest, ctx: PrintContext): string {
  if (monitor.command === 'delete') return `\n id=${monitor.id} command=delete`
  const { out_port = PORTS.ANY, out_group = ANY_GROUP, table_id = ALL_TABLES } = monitor
  let text = `\n id=${monitor.id} flags=${monitor.flags.join(',')}`
  if (out_port !== PORTS.ANY) text += ` out_port=${formatPort(out_port, ctx)}`
  if (out_group !== ANY_GROUP && out_group !== 0) text += ` out_group=${out_group | 0}`
  if (table_id !== ALL_TABLES) text += ` table=${tableText(table_id, ctx)}`
  const match = formatPriorityAndMatch({ priority: DEFAULT_PRIORITY, match: monitor.match }, ctx)
  return match === '' ? text : `${text} ${match}`
}

/** A request of monitors, a line each. */
export const printFlowMonitors = (monitors: readonly FlowMonitorRequest[], ctx: PrintContext): string =>
  monitors.map((monitor) => printMonitor(monitor, ctx)).join('')

function printFull(update: FlowUpdate, ctx: PrintContext): string {
  const { idle_timeout = 0, hard_timeout = 0, cookie = 0n, actions = [], match = [] } = update
  let text = update.event === 'deleted' ? ` reason=${String(update.reason)}` : ''
  text += ` table=${tableText(update.table_id ?? 0, ctx)}`
  if (idle_timeout !== 0) text += ` idle_timeout=${idle_timeout}`
  if (hard_timeout !== 0) text += ` hard_timeout=${hard_timeout}`
  text += ` cookie=${hexOrZero(cookie)}`
  const what = formatPriorityAndMatch({ priority: DEFAULT_PRIORITY, match }, ctx)
  text += ` ${what}`
  if (actions.length === 0) return text
  return `${text}${what === '' ? '' : ' '}actions=${formatActions(actions, ctx)}`
}

function printUpdate(update: FlowUpdate, ctx: PrintContext): string {
  const head = `\n event=${update.event.toUpperCase()}`
  if (update.event === 'abbrev') return `${head} xid=${hex(update.xid ?? 0)}`
  return update.event === 'paused' || update.event === 'resumed' ? head : head + printFull(update, ctx)
}

/** What monitors tell, a line each. */
export const printFlowUpdates = (updates: readonly FlowUpdate[], ctx: PrintContext): string =>
  updates.map((update) => printUpdate(update, ctx)).join('').trimEnd()
