import type { Flow } from '../flow/flow.js'
import type { FlowModCommand } from './spec/flow-mod.js'
import type { MessageOf } from './table.js'

/** The flow-mod that adds, modifies or deletes `flow`. Deleting leaves out what plays no part in it. */
export function flowMod(command: FlowModCommand, flow: Flow): MessageOf<'FLOW_MOD'> {
  const { table_id, priority, cookie, match } = flow
  if (command === 'delete' || command === 'delete_strict') {
    return { type: 'FLOW_MOD', command, table_id, priority, match, actions: [] }
  }
  return {
    type: 'FLOW_MOD',
    command,
    table_id,
    priority,
    cookie,
    match,
    actions: flow.actions,
    ...(flow.idle_timeout !== undefined && { idle_timeout: flow.idle_timeout }),
    ...(flow.hard_timeout !== undefined && { hard_timeout: flow.hard_timeout }),
    ...(flow.importance !== undefined && { importance: flow.importance }),
    ...(flow.flags !== undefined && { flags: flow.flags }),
  }
}
