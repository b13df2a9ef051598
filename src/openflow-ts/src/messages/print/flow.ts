import { Reader } from '../../binary.js'
import type { Flow } from '../../flow/flow.js'
import { formatMatchTlvs } from '../../match/nx-text.js'
import { isExactOfp10 } from '../../match/ofp10.js'
import { formatActions } from '../../text/action-text.js'
import {
  type FlowStatsText,
  formatDuration,
  formatFlow,
  formatFlowFlags,
  formatPriorityAndMatch,
} from '../../text/flow-format.js'
import { formatPort } from '../../text/ports.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF15 } from '../../version.js'
import { bytesOfNx, bytesOfOfp10 } from '../nx-match.js'
import type { FlowModCommand } from '../spec/flow-mod.js'
import type { MessageOf } from '../table.js'
import type { AggregateStats, FlowStats, FlowStatsRequest } from '../spec/flow-stats.js'
import { ALL_TABLES, NO_BUFFER, UNKNOWN_U64 } from '../spec/parts.js'
import { hex, type PrintContext } from './common.js'
import { printOfp10Match } from './ofp10-match.js'

const DEFAULT_PRIORITY = 0x8000

/** A flow with its counters as dump-flows prints it, without the space in front. */
export function printFlow(flow: FlowStats, ctx: PrintContext, showStats = true): string {
  return formatFlow(flow, ctx, showStats ? statsText(flow) : undefined)
}

const known = (counter: bigint): bigint | undefined => (counter === UNKNOWN_U64 ? undefined : counter)

const statsText = (flow: FlowStats): FlowStatsText => ({
  duration_sec: flow.duration_sec,
  duration_nsec: flow.duration_nsec,
  n_packets: known(flow.n_packets),
  n_bytes: known(flow.n_bytes),
  idle_age: flow.idle_age,
  // That of a flow that has not been changed since it was added goes without saying.
  hard_age: flow.hard_age === flow.duration_sec ? undefined : flow.hard_age,
})

export function printFlowStats(entries: readonly FlowStats[], ctx: PrintContext): string {
  let text = ''
  for (const flow of entries) text += `\n ${printFlow(flow, ctx)}`
  return text
}

export const printAggregate = (entries: readonly AggregateStats[]): string =>
  entries
    .map(
      (all) =>
        ` packet_count=${all.packet_count.toString()} byte_count=${all.byte_count.toString()} ` +
        `flow_count=${all.flow_count}\n`,
    )
    .join('')

const COMMANDS = { add: 'ADD', modify: 'MOD', modify_strict: 'MOD_STRICT', delete: 'DEL', delete_strict: 'DEL_STRICT' }

export const tableText = (table: number, ctx: PrintContext): string => ctx.tableName?.(table) ?? String(table)

/** From here on, matches of OpenFlow 1.0 and NXM are shown as they stand in the message. */
const RAW_VERBOSITY = 3
const HIGHEST_PRIORITY = 0xffff

interface MatchText {
  readonly text: string
  /** Whether it tells the priority. */
  readonly withPriority: boolean
}

/** Terms that a match of OpenFlow 1.0 must have to leave nothing open. */
const TERMS_OF_EXACT = 11

/** OpenFlow 1.0 gives flows that leave nothing open the highest priority, whatever they say. */
function priorityOf(mod: MessageOf<'FLOW_MOD'>): number {
  if (mod.version !== OF10 || mod.form !== undefined) return mod.priority
  const mayBeExact = mod.raw_match !== undefined || mod.match.length >= TERMS_OF_EXACT
  return mayBeExact && isExactOfp10(bytesOfOfp10(mod)) ? HIGHEST_PRIORITY : mod.priority
}

function matchText(mod: MessageOf<'FLOW_MOD'>, ctx: PrintContext): MatchText {
  const isRaw = (ctx.verbosity ?? 0) >= RAW_VERBOSITY
  if (isRaw && mod.form === 'NXT_FLOW_MOD') {
    return { text: formatMatchTlvs(new Reader(bytesOfNx(mod))), withPriority: false }
  }
  if (isRaw && mod.version === OF10) return { text: printOfp10Match(bytesOfOfp10(mod), ctx), withPriority: false }
  return { text: formatPriorityAndMatch({ priority: priorityOf(mod), match: mod.match }, ctx), withPriority: true }
}

/** The cookies of a flow-mod: that which it sets, and that which it looks for. */
function cookieText(mod: MessageOf<'FLOW_MOD'>): string {
  const { version = OF15, command, cookie = 0n, cookie_mask = 0n, new_cookie = 0n } = mod
  const searches = cookie_mask !== 0n && command !== 'add'
  const set = searches ? new_cookie : setsCookie(version, command) ? cookie : 0n
  let text = set === 0n || set === UNKNOWN_U64 ? '' : `cookie:${hex(set)} `
  if (searches) text += `cookie:${hex(cookie)}/${hex(cookie_mask)} `
  return text
}

/** From OpenFlow 1.2 on only an added flow's cookie is one to set; in 1.1 a modified one's, too. */
const setsCookie = (version: number, command: FlowModCommand): boolean =>
  version < OF11 || command === 'add' || (version === OF11 && (command === 'modify' || command === 'modify_strict'))

/** OFPT_FLOW_MOD as ofp-print shows it. */
export function printFlowMod(mod: MessageOf<'FLOW_MOD'>, ctx: PrintContext): string {
  const { idle_timeout = 0, hard_timeout = 0, importance = 0 } = mod
  const { buffer_id = NO_BUFFER, out_port = PORTS.ANY, flags = [], actions = [] } = mod
  let text = ` ${COMMANDS[mod.command]}`
  if (mod.table_id !== 0) text += ` table:${mod.table_id === ALL_TABLES ? '255' : tableText(mod.table_id, ctx)}`
  const what = matchText(mod, ctx)
  text += what.text === '' ? ' ' : ` ${what.text} `
  text += cookieText(mod)
  if (idle_timeout !== 0) text += `idle:${idle_timeout} `
  if (hard_timeout !== 0) text += `hard:${hard_timeout} `
  if (importance !== 0 && mod.command === 'add') text += `importance:${importance} `
  if (!what.withPriority && priorityOf(mod) !== DEFAULT_PRIORITY) text += `pri:${priorityOf(mod)} `
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
  text += ` duration${formatDuration(m.duration_sec, m.duration_nsec)} idle${m.idle_timeout}`
  if (m.hard_timeout !== 0) text += ` hard${m.hard_timeout}`
  return `${text} pkts${m.n_packets.toString()} bytes${m.n_bytes.toString()}\n`
}
