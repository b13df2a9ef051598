import type { Flow } from '../../flow/flow.js'
import { formatActions } from '../../text/action-text.js'
import { formatFlow, formatFlowFlags, formatPriorityAndMatch } from '../../text/flow-format.js'
import { formatPort } from '../../text/ports.js'
import { PORTS } from '../../ports.js'
import type { MessageOf } from '../table.js'
import type { AggregateStats, FlowStats, FlowStatsRequest } from '../spec/flow.js'
import { ALL_TABLES, NO_BUFFER, UNKNOWN_U64 } from '../spec/parts.js'
import { hex, type PrintContext, printDuration } from './common.js'

const DEFAULT_PRIORITY = 0x8000

/** A flow with its counters as dump-flows prints it, without the space in front. */
export function printFlow(flow: FlowStats, ctx: PrintContext, showStats = true): string {
  if (!showStats) return formatFlow(flow, ctx)
  return formatFlow(flow, ctx, {
    duration_sec: flow.duration_sec,
    duration_nsec: flow.duration_nsec,
    ...(flow.n_packets !== UNKNOWN_U64 && { n_packets: flow.n_packets }),
    ...(flow.n_bytes !== UNKNOWN_U64 && { n_bytes: flow.n_bytes }),
    ...(flow.idle_age !== undefined && { idle_age: flow.idle_age }),
  })
}

export const printFlowStats = (entries: readonly FlowStats[], ctx: PrintContext): string =>
  `\n${entries.map((flow) => ` ${printFlow(flow, ctx)}\n`).join('')}`

export const printAggregate = (entries: readonly AggregateStats[]): string =>
  entries
    .map(
      (all) =>
        ` packet_count=${all.packet_count.toString()} byte_count=${all.byte_count.toString()} ` +
        `flow_count=${all.flow_count}\n`,
    )
    .join('')

const COMMANDS = { add: 'ADD', modify: 'MOD', modify_strict: 'MOD_STRICT', delete: 'DEL', delete_strict: 'DEL_STRICT' }

const tableText = (table: number, ctx: PrintContext): string => ctx.tableName?.(table) ?? String(table)

/** OFPT_FLOW_MOD as ofp-print shows it. */
export function printFlowMod(mod: MessageOf<'FLOW_MOD'>, ctx: PrintContext): string {
  const { cookie = 0n, cookie_mask = 0n, idle_timeout = 0, hard_timeout = 0, importance = 0 } = mod
  const { buffer_id = NO_BUFFER, out_port = PORTS.ANY, flags = [], actions = [] } = mod
  let text = ` ${COMMANDS[mod.command]}`
  if (mod.table_id !== 0) text += ` table:${mod.table_id === ALL_TABLES ? '255' : tableText(mod.table_id, ctx)}`
  const what = formatPriorityAndMatch({ priority: mod.priority, match: mod.match }, ctx)
  text += what === '' ? ' ' : ` ${what} `
  const changes = mod.command === 'add' || cookie_mask === 0n
  if (changes && cookie !== 0n && cookie !== UNKNOWN_U64) text += `cookie:${hex(cookie)} `
  if (!changes) text += `cookie:${hex(cookie)}/${hex(cookie_mask)} `
  if (idle_timeout !== 0) text += `idle:${idle_timeout} `
  if (hard_timeout !== 0) text += `hard:${hard_timeout} `
  if (importance !== 0) text += `importance:${importance} `
  if (buffer_id !== NO_BUFFER) text += `buf:${hex(buffer_id)} `
  if (out_port !== PORTS.ANY) text += `out_port:${formatPort(out_port, ctx)} `
  text += formatFlowFlags(flags)
  return `${text}actions=${formatActions(actions, ctx)}\n`
}

/** The part of a request for flows or an aggregate that ovs-ofctl shows. */
export function printFlowStatsRequest(request: FlowStatsRequest, ctx: PrintContext): string {
  const { table_id = ALL_TABLES, out_port = PORTS.ANY } = request
  let text = ''
  if (table_id !== ALL_TABLES) text += ` table=${tableText(table_id, ctx)}`
  if (out_port !== PORTS.ANY) text += ` out_port=${formatPort(out_port, ctx)}`
  const match = formatPriorityAndMatch({ priority: DEFAULT_PRIORITY, match: request.match ?? [] }, ctx)
  return `${text}${match === '' ? '' : ` ${match}`}\n`
}

/** OFPT_FLOW_REMOVED as ofp-print shows it. */
export function printFlowRemoved(m: MessageOf<'FLOW_REMOVED'>, ctx: PrintContext): string {
  const flow: Pick<Flow, 'priority' | 'match'> = m
  const what = formatPriorityAndMatch(flow, ctx)
  let text = what === '' ? '' : ` ${what}`
  text += ` reason=${String(m.reason)}`
  if (m.table_id !== ALL_TABLES) text += ` table_id=${tableText(m.table_id, ctx)}`
  if (m.cookie !== 0n) text += ` cookie:${hex(m.cookie)}`
  text += ` duration${printDuration(m.duration_sec, m.duration_nsec)} idle${m.idle_timeout}`
  if (m.hard_timeout !== 0) text += ` hard${m.hard_timeout}`
  return `${text} pkts${m.n_packets.toString()} bytes${m.n_bytes.toString()}\n`
}
