import type { Match } from '../match/terms.js'
import type { Protocols } from '../protocols.js'
import { type ActionPlace, PacketState } from './state.js'
import { specByType } from './table.js'
import type { Action } from './types.js'

export type { ActionPlace } from './state.js'

/** What a check of actions against the match of their flow finds. */
export interface CheckedActions {
  /** The actions; what OpenFlow 1.0 leaves to the flow (`ip_proto`, `flow_has_vlan`) is made explicit. */
  readonly actions: readonly Action[]
  /** Flow formats that do not mind: actions that do not suit the match are for OpenFlow 1.0 alone. */
  readonly usable: Protocols
  /** What OVS answers (OFPBAC_*, OFPBIC_*, OFPMMFC_*) to what suits no format. */
  readonly error?: string
}

function checkList(list: readonly Action[], state: PacketState): readonly Action[] | string {
  let checked = list
  for (let i = 0; i < list.length; i++) {
    const action = list[i]
    if (action === undefined) break
    const result = specByType(action.type)?.check?.(action, state)
    if (typeof result === 'string') return result
    if (result !== undefined) checked = checked.with(i, result)
  }
  return checked
}

/** Checks actions against the match of their flow: ofpacts_check of OVS. */
export function checkActions(list: readonly Action[], match: Match, place: ActionPlace = {}): CheckedActions {
  const state = new PacketState(match, place, checkList)
  const result = checkList(list, state)
  return typeof result === 'string'
    ? { actions: list, usable: state.usable, error: result }
    : { actions: result, usable: state.usable }
}

/** The error that OVS answers to actions that do not suit the match in one of the formats `needed`, if any. */
export function checkConsistency(
  list: readonly Action[],
  match: Match,
  needed: Protocols,
  place: ActionPlace = {},
): string | undefined {
  const { error, usable } = checkActions(list, match, place)
  return error ?? ((needed & ~usable) === 0 ? undefined : 'OFPBAC_MATCH_INCONSISTENT')
}
