import type { TextContext } from '../text/context.js'
import { parseFlowFor, type ParsedFlow } from '../text/flow-parse.js'
import type { FlowModCommand } from './spec/flow-mod.js'
import type { FlowStatsRequest } from './spec/flow-stats.js'
import { ALL_TABLES } from './spec/parts.js'
import type { MessageOf } from './table.js'

/** Deleting is about all tables unless one is named; a flow cannot be added to all, which is taken for table 0. */
function tableOf(flow: ParsedFlow, command: FlowModCommand): number {
  const deletes = command === 'delete' || command === 'delete_strict'
  if (deletes) return flow.given.has('table') ? flow.table_id : ALL_TABLES
  return command === 'add' && flow.table_id === ALL_TABLES ? 0 : flow.table_id
}

/** The flow-mod of a text that was parsed for the same command. */
export function flowModOf(command: FlowModCommand, flow: ParsedFlow): MessageOf<'FLOW_MOD'> {
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

/**
 * The flow-mod that `ovs-ofctl` makes of a flow's text for add-flow, mod-flows or del-flows.
 * @throws TextError, also on words that the command does not allow
 */
export const parseFlowMod = (command: FlowModCommand, text: string, ctx: TextContext = {}): MessageOf<'FLOW_MOD'> =>
  flowModOf(command, parseFlowFor(command, text, ctx))

/** What a text that was parsed for `list` asks for. */
export function flowStatsRequestOf(flow: ParsedFlow): FlowStatsRequest {
  return {
    match: flow.match,
    ...(flow.given.has('table') && { table_id: flow.table_id }),
    ...(flow.cookie_mask !== undefined && { cookie: flow.cookie, cookie_mask: flow.cookie_mask }),
    ...(flow.out_port !== undefined && { out_port: flow.out_port }),
    ...(flow.out_group !== undefined && { out_group: flow.out_group }),
  }
}

/** What dump-flows and dump-aggregate ask for when they are given a flow. @throws TextError */
export const parseFlowStatsRequest = (text: string, ctx: TextContext = {}): FlowStatsRequest =>
  flowStatsRequestOf(parseFlowFor('list', text, ctx))
