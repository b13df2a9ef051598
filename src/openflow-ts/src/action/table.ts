import { OF10, OF15, type OfVersion } from '../version.js'
import { controllerSpec } from './controller.js'
import { cloneSpec, ctSpec } from './ct.js'
import { encapSpecs } from './encap.js'
import * as flow from './flow.js'
import { bundleSpec, multipathSpec } from './hash.js'
import { instructionSpecs } from './instructions.js'
import { learnSpec } from './learn.js'
import * as legacy from './legacy.js'
import { checkPktLargerSpec, deleteFieldSpec, moveSpec, stackSpecs } from './move.js'
import { natSpec } from './nat.js'
import { enqueueSpec, groupSpec, outputRegSpec, outputSpec, outputTruncSpec } from './output.js'
import { sampleSpec } from './sample.js'
import { loadSpec, setFieldSpec } from './set-field.js'
import * as simple from './simple.js'
import { type ActionForm, type ActionSpec, type InstructionForm, NX } from './spec.js'
import type { Action, ActionType } from './types.js'
import { mayBreakRules } from './verify.js'

/** Every action, ovs-actions(7). Adding one is adding its entry here (and its type to `Action`). */
export const ACTIONS: readonly ActionSpec[] = [
  outputSpec,
  outputRegSpec,
  outputTruncSpec,
  controllerSpec,
  enqueueSpec,
  groupSpec,
  setFieldSpec,
  loadSpec,
  moveSpec,
  ...stackSpecs,
  checkPktLargerSpec,
  deleteFieldSpec,
  ctSpec,
  natSpec,
  cloneSpec,
  learnSpec,
  multipathSpec,
  bundleSpec,
  sampleSpec,
  ...encapSpecs,
  ...simple.plainSpecs,
  ...legacy.modSpecs,
  ...legacy.modPortSpecs,
  ...legacy.modVlanSpecs,
  ...legacy.modTtlSpecs,
  ...simple.ethertypeSpecs,
  simple.decTtlSpec,
  simple.setTunnelSpec,
  simple.setQueueSpec,
  flow.resubmitSpec,
  flow.conjunctionSpec,
  flow.noteSpec,
  flow.finTimeoutSpec,
  flow.meterSpec,
  ...instructionSpecs,
]

const wireKey = (vendor: number, code: number): number => vendor * 0x10000 + code

/** Codes and types below this are found by index, by version and code in one. */
const DIRECT = 256
const directKey = (version: number, code: number): number => version * DIRECT + code
const directTable = <T>(): (T | undefined)[] => Array.from({ length: directKey(OF15 + 1, 0) }, () => undefined)

/** What the bytes of an action say it is. */
export interface KnownForm {
  readonly form: ActionForm<Action>
  /** Rules of order and nesting may have something to say of it. */
  readonly mayBreakRules: boolean
}

/** A list of actions, looked up by type, by word and by what is on the wire. @throws Error where two claim the same */
export class ActionTable {
  readonly #byType = new Map<string, ActionSpec>()
  readonly #byKeyword = new Map<string, ActionSpec>()
  /** By version; then by vendor * 2^16 + code. */
  readonly #byWire: Map<number, KnownForm>[] = []
  /** Standard actions and Nicira's, which are nearly all. */
  readonly #standard = directTable<KnownForm>()
  readonly #nicira = directTable<KnownForm>()
  readonly #instructions = directTable<InstructionForm<Action>>()

  constructor(specs: readonly ActionSpec[]) {
    for (let version: number = OF10; version <= OF15; version++) this.#byWire[version] = new Map()
    for (const spec of specs) this.#add(spec)
  }

  #add(spec: ActionSpec): void {
    for (const type of spec.types) claim(this.#byType, type, spec, type)
    for (const keyword of spec.keywords ?? spec.types) claim(this.#byKeyword, keyword, spec, keyword)
    for (const form of spec.forms) this.#addForm({ form, mayBreakRules: mayBreakRules(spec) })
    const { instruction } = spec
    if (instruction === undefined) return
    const { type, since, until } = instruction
    for (let version: number = since; version <= until; version++) {
      const key = directKey(version, type)
      if (this.#instructions[key] !== undefined) throw twice(spec.name)
      this.#instructions[key] = instruction
    }
  }

  #addForm(known: KnownForm): void {
    const { vendor, code, name, since, until } = known.form
    for (let version: number = since; version <= until; version++) {
      const map = this.#byWire[version]
      if (map !== undefined) claim(map, wireKey(vendor, code), known, name)
      if (code >= DIRECT) continue
      if (vendor === 0) this.#standard[directKey(version, code)] = known
      else if (vendor === NX) this.#nicira[directKey(version, code)] = known
    }
  }

  byType(type: ActionType): ActionSpec | undefined {
    return this.#byType.get(type)
  }

  byKeyword(keyword: string): ActionSpec | undefined {
    return this.#byKeyword.get(keyword)
  }

  byWire(version: OfVersion, vendor: number, code: number): KnownForm | undefined {
    if (code < DIRECT && vendor === 0) return this.#standard[directKey(version, code)]
    if (code < DIRECT && vendor === NX) return this.#nicira[directKey(version, code)]
    return this.#byWire[version]?.get(wireKey(vendor, code))
  }

  instruction(version: OfVersion, type: number): InstructionForm<Action> | undefined {
    return type < DIRECT ? this.#instructions[directKey(version, type)] : undefined
  }
}

function claim<K, V>(map: Map<K, V>, key: K, value: V, what: string): void {
  if (map.has(key)) throw twice(what)
  map.set(key, value)
}

const twice = (what: string): Error => new Error(`the action table has ${what} twice`)

/** The table of all actions. */
export const ACTION_TABLE = new ActionTable(ACTIONS)

export const specByType = (type: ActionType): ActionSpec | undefined => ACTION_TABLE.byType(type)
