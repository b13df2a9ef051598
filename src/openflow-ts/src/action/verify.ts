import { OF15, type OfVersion } from '../version.js'
import { type ActionSpec, INSTRUCTIONS, type InstructionName } from './spec.js'
import type { ActionTable } from './table.js'
import type { Action, ActionType } from './types.js'

/** Rules for a list of actions that hold wherever packets come from: order, and what may stand within what. */
export interface VerifyPlace {
  readonly version: OfVersion
  /** Whether instructions may stand there that are no actions. */
  readonly instructions: boolean
  /** OVS's name of the action that the list is within. */
  readonly within?: string | undefined
  readonly table: ActionTable
}

/** A broken rule: in words, and as OVS answers it (OFPBAC_*, OFPBIC_*). */
export interface Breach {
  readonly message: string
  readonly reply: string
}

const isCtField = (field: string): boolean => field === 'ct_mark' || field === 'ct_label'

/** The field that an action sets, as far as nesting cares. */
function fieldSet(action: Action): string | undefined {
  if (action.type === 'set_field') return action.field
  return action.type === 'load' || action.type === 'move' ? action.dst.field : undefined
}

const nested = (outer: string, inner: string): Breach => ({
  message: `${outer} action doesn't support nested action ${inner}`,
  reply: 'OFPBAC_BAD_ARGUMENT',
})

function verifyNesting(action: Action, name: string, within: string | undefined): Breach | undefined {
  const field = fieldSet(action)
  const setsCt = field !== undefined && isCtField(field)
  if (setsCt && within !== 'ct') {
    return { message: 'cannot set CT fields outside of ct action', reply: 'OFPBAC_BAD_SET_ARGUMENT' }
  }
  if (action.type === 'nat') {
    if (within === 'ct') return undefined
    return { message: 'Cannot have NAT action outside of "ct" action', reply: 'OFPBAC_BAD_SET_ARGUMENT' }
  }
  if (within === 'ct') {
    if (field === undefined) return nested(within, name)
    if (!setsCt) {
      return { message: `ct action doesn't support nested modification of ${field}`, reply: 'OFPBAC_BAD_ARGUMENT' }
    }
  }
  return within !== undefined && action.type === 'meter' ? nested(within, name) : undefined
}

/** A conjunction stands with others of its kind, and with notes, but with nothing else. */
function verifyAlone(actions: readonly Action[], nameOf: (action: Action) => string, alone: string): Breach | undefined {
  const other = actions.find((action) => action.type !== 'note' && nameOf(action) !== alone)
  if (other === undefined) return undefined
  const kind = `(such as the "${nameOf(other)}" action used here)`
  return {
    message: `"${alone}" actions may be used along with "note" but not any other kind of action ${kind}`,
    reply: 'NXBAC_BAD_CONJUNCTION',
  }
}

function verifyOrder(before: InstructionName, own: InstructionName): Breach | undefined {
  const last = INSTRUCTIONS.indexOf(before)
  const rank = INSTRUCTIONS.indexOf(own)
  if (before === 'apply_actions' ? rank >= last : rank > last) return undefined
  const why = 'for OpenFlow 1.1+ compatibility'
  const message =
    rank === last
      ? `duplicate ${before} instruction not allowed, ${why}`
      : `invalid instruction ordering: ${own} must appear before ${before}, ${why}`
  return { message, reply: 'OFPBAC_UNSUPPORTED_ORDER' }
}

/** The instruction that an entry is, or is part of. */
export function instructionOfSpec(type: ActionType, version: OfVersion, spec: ActionSpec | undefined): InstructionName {
  if (type === 'meter' && version >= OF15) return 'apply_actions'
  return spec?.instruction?.name ?? 'apply_actions'
}

/** What `verifyNesting` knows by type; of some, rules depend on the field that is set. */
const RULED_TYPES: readonly Action['type'][] = ['nat', 'meter', 'set_field', 'load', 'move']

/** Whether rules may have something to say of such actions, outside of ct. */
export const mayBreakRules = ({ alone, instruction, types }: ActionSpec): boolean =>
  alone === true || instruction !== undefined || types.some((type) => RULED_TYPES.includes(type))

/** The same of one such action. */
export function isRuled(action: Action): boolean {
  const field = fieldSet(action)
  return field === undefined || isCtField(field)
}

/** The first rule that a list breaks, in the order in which OVS looks. */
export function verifyActions(actions: readonly Action[], place: VerifyPlace): Breach | undefined {
  const { version, table, within } = place
  let before: InstructionName | undefined
  for (const action of actions) {
    const spec = table.byType(action.type)
    const name = spec?.name ?? action.type
    if (spec?.alone === true) {
      return verifyAlone(actions, (other) => table.byType(other.type)?.name ?? other.type, name)
    }
    const own = instructionOfSpec(action.type, version, spec)
    // Nearly always actions follow actions.
    const breach =
      verifyNesting(action, name, within) ??
      (before === undefined || (before === own && own === 'apply_actions') ? undefined : verifyOrder(before, own))
    if (breach !== undefined) return breach
    if (own !== 'apply_actions' && own !== 'meter' && !place.instructions) {
      return { message: `${own} instruction not allowed here`, reply: 'OFPBIC_UNSUP_INST' }
    }
    before = own
  }
  return undefined
}
