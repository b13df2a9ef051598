import { TextError } from '../errors.js'
import type { TextContext } from '../text/context.js'
import { parseFlow, type ParsedFlow } from '../text/flow-parse.js'
import type { FlowModCommand, FlowStatsRequest } from './spec/flow.js'
import { ALL_TABLES } from './spec/parts.js'
import type { MessageOf } from './table.js'

type Part = 'priority' | 'timeouts' | 'importance' | 'flags' | 'actions' | 'out'

/** What the text of a flow may say for each use of it; `list`: dump-flows and dump-aggregate. */
const ALLOWED: Readonly<Record<FlowModCommand | 'list', readonly Part[]>> = {
  add: ['priority', 'timeouts', 'importance', 'flags', 'actions'],
  modify: ['priority', 'timeouts', 'flags', 'actions'],
  modify_strict: ['priority', 'timeouts', 'flags', 'actions'],
  delete: ['out'],
  delete_strict: ['priority', 'out'],
  list: ['out'],
}

/** The parts that a parsed text gives, each with the word that gave it. */
function partsOf(flow: ParsedFlow): (readonly [Part, string])[] {
  const parts: (readonly [Part, string])[] = []
  if (flow.given.has('priority')) parts.push(['priority', 'priority'])
  if (flow.idle_timeout !== undefined) parts.push(['timeouts', 'idle_timeout'])
  if (flow.hard_timeout !== undefined) parts.push(['timeouts', 'hard_timeout'])
  if (flow.importance !== undefined) parts.push(['importance', 'importance'])
  if (flow.out_port !== undefined) parts.push(['out', 'out_port'])
  if (flow.out_group !== undefined) parts.push(['out', 'out_group'])
  for (const flag of flow.flags ?? []) parts.push(['flags', flag])
  if (flow.given.has('actions')) parts.push(['actions', 'actions'])
  return parts
}

function parseFor(use: FlowModCommand | 'list', text: string, ctx: TextContext): ParsedFlow {
  const flow = parseFlow(text, ctx)
  for (const [part, word] of partsOf(flow)) {
    if (!ALLOWED[use].includes(part)) throw new TextError(`unknown keyword ${word}`)
  }
  if (use === 'add' && flow.cookie_mask !== undefined) throw new TextError('flow additions cannot use a cookie mask')
  const searches = use === 'list' || use === 'delete' || use === 'delete_strict'
  if (searches && flow.given.has('cookie') && flow.cookie_mask === undefined) {
    const cookie = /\bcookie=([^,\s]*)/.exec(text)?.[1] ?? ''
    throw new TextError(`cannot set cookie (to match on a cookie, specify a mask, e.g. cookie=${cookie}/-1)`)
  }
  if (ALLOWED[use].includes('actions') && !flow.given.has('actions')) throw new TextError('must specify an action')
  return flow
}

/** Deleting is about all tables unless one is named; a flow cannot be added to all, which is taken for table 0. */
function tableOf(flow: ParsedFlow, command: FlowModCommand): number {
  const deletes = command === 'delete' || command === 'delete_strict'
  if (deletes) return flow.given.has('table') ? flow.table_id : ALL_TABLES
  return command === 'add' && flow.table_id === ALL_TABLES ? 0 : flow.table_id
}

/**
 * The flow-mod that `ovs-ofctl` makes of a flow's text for add-flow, mod-flows or del-flows.
 * @throws TextError, also on words that the command does not allow
 */
export function parseFlowMod(command: FlowModCommand, text: string, ctx: TextContext = {}): MessageOf<'FLOW_MOD'> {
  const flow = parseFor(command, text, ctx)
  const usesCookie = command === 'add' || flow.cookie_mask !== undefined
  return {
    type: 'FLOW_MOD',
    command,
    table_id: tableOf(flow, command),
    priority: flow.priority,
    match: flow.match,
    actions: flow.actions,
    ...(usesCookie && { cookie: flow.cookie, cookie_mask: flow.cookie_mask ?? 0n }),
    ...(flow.idle_timeout !== undefined && { idle_timeout: flow.idle_timeout }),
    ...(flow.hard_timeout !== undefined && { hard_timeout: flow.hard_timeout }),
    ...(flow.importance !== undefined && { importance: flow.importance }),
    ...(flow.flags !== undefined && { flags: flow.flags }),
    ...(flow.out_port !== undefined && { out_port: flow.out_port }),
    ...(flow.out_group !== undefined && { out_group: flow.out_group }),
  }
}

/** What dump-flows and dump-aggregate ask for when they are given a flow. @throws TextError */
export function parseFlowStatsRequest(text: string, ctx: TextContext = {}): FlowStatsRequest {
  const flow = parseFor('list', text, ctx)
  return {
    match: flow.match,
    ...(flow.given.has('table') && { table_id: flow.table_id }),
    ...(flow.cookie_mask !== undefined && { cookie: flow.cookie, cookie_mask: flow.cookie_mask }),
    ...(flow.out_port !== undefined && { out_port: flow.out_port }),
    ...(flow.out_group !== undefined && { out_group: flow.out_group }),
  }
}
