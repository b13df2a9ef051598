import type { Action, ActionType } from '../action/types.js'

/** Each of these is executed once, the last that was written, in this order. */
const FIRST: readonly (readonly ActionType[])[] = [
  ['strip_vlan', 'pop_vlan'],
  ['pop_mpls'],
  ['decap'] as unknown as readonly ActionType[],
  ['encap'] as unknown as readonly ActionType[],
  ['push_mpls'],
  ['push_vlan'],
  ['dec_ttl'],
  ['dec_mpls_ttl'],
  ['dec_nsh_ttl'],
]

/** Of these only the first kind that is there is executed, at the end. Without any, nothing is. */
const FINAL: readonly (readonly ActionType[])[] = [['group'], ['output'], ['resubmit'], ['ct']]

const lastOf = (set: readonly Action[], types: readonly ActionType[]): Action[] => {
  const last = set.findLast((action) => types.includes(action.type))
  return last === undefined ? [] : [last]
}

const SINGLE = new Set<ActionType>([...FIRST.flat(), ...FINAL.flat()])

/** The actions of an action set in the order in which they are executed; of what fields are set to, all. */
export function executionOrder(set: readonly Action[]): Action[] {
  const final = FINAL.map((types) => lastOf(set, types)).find((found) => found.length > 0)
  if (final === undefined) return []
  return [
    ...FIRST.flatMap((types) => lastOf(set, types)),
    ...set.filter((action) => !SINGLE.has(action.type)),
    ...final,
  ]
}
