import type { Writer } from '../binary.js'
import { EncodeError } from '../errors.js'
import { OF10, OF15, VERSION_NAMES, type OfVersion } from '../version.js'
import { type ActionForm, type ActionSpec, type EncodeEnv, INSTRUCTIONS, type InstructionForm } from './spec.js'
import { ACTION_TABLE, type ActionTable } from './table.js'
import type { Action, ActionType } from './types.js'
import { instructionOfSpec } from './verify.js'

const EXPERIMENTER = 0xffff
export const APPLY_RANK = INSTRUCTIONS.indexOf('apply_actions')

/** What a version makes of the actions of one type. */
export interface Encoding {
  readonly spec: ActionSpec
  /** Others may have to say what they say. */
  readonly mayLower: boolean
  readonly instruction: InstructionForm<Action> | undefined
  /** The form that they have, where the version alone decides. */
  readonly form: ActionForm<Action> | undefined
  /** Place among the instructions of that which they are, or are part of: the order in which a switch executes them. */
  readonly rank: number
}

/** Writes actions of one version. */
export class ActionEncoder implements EncodeEnv {
  readonly version: OfVersion
  readonly #table: ActionTable
  readonly #encodings = new Map<ActionType, Encoding>()

  constructor(version: OfVersion, table: ActionTable) {
    this.version = version
    this.#table = table
  }

  /** Undefined for types that the table does not have. */
  encodingOf(type: ActionType): Encoding | undefined {
    return this.#encodings.get(type) ?? this.#prepare(type)
  }

  #prepare(type: ActionType): Encoding | undefined {
    const spec = this.#table.byType(type)
    if (spec === undefined) return undefined
    const { version } = this
    const fits = ({ sentSince, until }: ActionForm<Action>): boolean => version >= sentSince && version <= until
    const form = spec.choose === undefined ? spec.forms.find(fits) : undefined
    const rank = INSTRUCTIONS.indexOf(instructionOfSpec(type, version, spec))
    const encoding = { spec, mayLower: spec.lower !== undefined, instruction: spec.instruction, form, rank }
    this.#encodings.set(type, encoding)
    return encoding
  }

  actions(w: Writer, list: readonly Action[]): void {
    for (const action of list) this.action(w, action, this.encodingOf(action.type))
  }

  action(w: Writer, action: Action, encoding: Encoding | undefined): void {
    if (action.type === 'unknown') {
      w.bytes(action.raw)
      return
    }
    if (encoding === undefined) throw new EncodeError(`unknown action ${action.type}`)
    const lowered = encoding.mayLower ? encoding.spec.lower?.(action, this.version) : undefined
    if (lowered === undefined) this.#form(w, action, encoding.form ?? this.#choose(encoding.spec, action))
    else this.actions(w, lowered)
  }

  /** The form that the action itself chooses. */
  #choose(spec: ActionSpec, action: Action): ActionForm<Action> {
    const { version } = this
    const form = spec.choose === undefined ? undefined : spec.forms[spec.choose(action, version)]
    if (form !== undefined && version >= form.sentSince && version <= form.until) return form
    throw new EncodeError(`${action.type} cannot be sent in ${VERSION_NAMES[version]}`)
  }

  #form(w: Writer, action: Action, form: ActionForm<Action>): void {
    const start = w.length
    const { bytes } = form
    if (form.vendor === 0) {
      w.u32(form.code * 0x10000 + bytes)
    } else {
      w.u32(EXPERIMENTER * 0x10000 + bytes)
      w.u32(form.vendor)
      w.u16(form.code)
    }
    form.encode(w, action, this)
    const written = w.length - start
    if (written < bytes) w.zeros(bytes - written)
    else w.alignFrom(start, 8)
    const length = w.length - start
    if (length === bytes) return
    if (length > 0xffff) throw new EncodeError(`${action.type} is ${length} bytes long`)
    w.patch16(start + 2, length)
  }
}

/** What writes actions of one version. */
export const encoderOf = (version: OfVersion, table: ActionTable = ACTION_TABLE): EncodeEnv =>
  new ActionEncoder(version, table)

const encoders: ActionEncoder[] = []
for (let version: number = OF10; version <= OF15; version++) {
  encoders[version] = new ActionEncoder(version as OfVersion, ACTION_TABLE)
}

/** The writer of all actions in a version. */
export const encoderOfVersion = (version: OfVersion): ActionEncoder | undefined => encoders[version]

/**
 * Writes an action list, as in packet-outs and buckets, without a length of its own.
 * @throws EncodeError when the version cannot express an action
 */
export function encodeActions(w: Writer, a: readonly Action[], v: OfVersion): void {
  encoders[v]?.actions(w, a)
}
