import { PROTOCOLS, type Protocols } from '../protocols.js'
import type { TextContext } from '../text/context.js'
import { parseFlowFor, type ParsedFlow } from '../text/flow-parse.js'
import type { FlowModCommand } from './spec/flow-mod.js'
import type { FlowStatsRequest } from './spec/flow-stats.js'
import { ALL_TABLES } from './spec/parts.js'
import type { MessageOf } from './table.js'

const ALL_BITS = 0xffffffffffffffffn

const deletes = (command: FlowModCommand): boolean => command === 'delete' || command === 'delete_strict'
const modifies = (command: FlowModCommand): boolean => command === 'modify' || command === 'modify_strict'

/** The table as a format names it. All tables are for deleting alone; without the extension none is named. */
function tableOf(flow: ParsedFlow, command: FlowModCommand, protocol: Protocols): number {
  if ((protocol & PROTOCOLS.OF10_ANY) !== 0) {
    const named = flow.given.has('table') ? flow.table_id : ALL_TABLES
    return (protocol & PROTOCOLS.TID) === 0 ? 0 : named
  }
  const table = flow.given.has('table') ? flow.table_id : ALL_TABLES
  return table === ALL_TABLES && (protocol === PROTOCOLS.OF11_STD || !deletes(command)) ? 0 : table
}

/** The cookie that is set: what the text says; a flow found by another and modified keeps its own. */
function newCookie(flow: ParsedFlow, command: FlowModCommand): bigint {
  if (flow.cookie_mask === undefined) return flow.cookie
  return flow.new_cookie ?? (modifies(command) && flow.cookie_mask !== 0n ? ALL_BITS : 0n)
}

type Cookies = Pick<MessageOf<'FLOW_MOD'>, 'cookie' | 'cookie_mask' | 'new_cookie'>

function cookiesOf(flow: ParsedFlow, command: FlowModCommand, protocol: Protocols): Cookies {
  const { cookie_mask = 0n } = flow
  const set = newCookie(flow, command)
  if ((protocol & PROTOCOLS.OF10_STD_ANY) !== 0) return { cookie: set }
  if ((protocol & PROTOCOLS.OF10_NXM_ANY) !== 0) {
    return cookie_mask === 0n ? { cookie: set } : { cookie: flow.cookie, cookie_mask, new_cookie: set }
  }
  const sets = command === 'add' || (protocol === PROTOCOLS.OF11_STD && modifies(command) && cookie_mask === 0n)
  if (sets) return set === 0n ? {} : { cookie: set, cookie_mask }
  return cookie_mask === 0n ? {} : { cookie: flow.cookie & cookie_mask, cookie_mask }
}

/**
 * The flow-mod of a text that was parsed for the same command, as it goes in a flow format (OpenFlow 1.3 unless another
 * is given).
 */
export function flowModOf(
  command: FlowModCommand,
  flow: ParsedFlow,
  protocol: Protocols = PROTOCOLS.OF13_OXM,
): MessageOf<'FLOW_MOD'> {
  return {
    type: 'FLOW_MOD',
    ...((protocol & PROTOCOLS.OF10_NXM_ANY) !== 0 && { form: 'NXT_FLOW_MOD' }),
    command,
    table_id: tableOf(flow, command, protocol),
    priority: flow.priority,
    match: flow.match,
    actions: flow.actions,
    ...cookiesOf(flow, command, protocol),
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
