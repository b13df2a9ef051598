import { OF10, OF15, type OfVersion } from '../version.js'
import { cloneSpec, ctSpec, natSpec } from './ct.js'
import { instructionSpecs } from './instructions.js'
import * as legacy from './legacy.js'
import { checkPktLargerSpec, moveSpec, popSpec, pushSpec } from './move.js'
import { controllerSpec, enqueueSpec, groupSpec, outputRegSpec, outputSpec, outputTruncSpec } from './output.js'
import { loadSpec, setFieldSpec } from './set-field.js'
import * as simple from './simple.js'
import type { ActionForm, ActionSpec } from './spec.js'
import type { Action, ActionType } from './types.js'

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
  pushSpec,
  popSpec,
  checkPktLargerSpec,
  ctSpec,
  natSpec,
  cloneSpec,
  ...simple.plainSpecs,
  ...legacy.modSpecs,
  ...legacy.modPortSpecs,
  ...legacy.modVlanSpecs,
  ...legacy.modTtlSpecs,
  ...simple.ethertypeSpecs,
  simple.decTtlSpec,
  simple.setTunnelSpec,
  simple.setQueueSpec,
  simple.resubmitSpec,
  simple.conjunctionSpec,
  simple.noteSpec,
  simple.finTimeoutSpec,
  simple.meterSpec,
  ...instructionSpecs,
]

const byType = new Map<string, ActionSpec>()
const byKeyword = new Map<string, ActionSpec>()
/** By version; then by vendor * 2^16 + code. */
const byWire: Map<number, ActionForm<Action>>[] = []

const wireKey = (vendor: number, code: number): number => vendor * 0x10000 + code

for (let version: number = OF10; version <= OF15; version++) byWire[version] = new Map()
for (const spec of ACTIONS) {
  for (const type of spec.types) {
    if (byType.has(type)) throw new Error(`the action table has ${type} twice`)
    byType.set(type, spec)
  }
  for (const keyword of spec.keywords ?? spec.types) byKeyword.set(keyword, spec)
  for (const form of spec.forms) {
    for (let version: number = form.since; version <= form.until; version++) {
      const forms = byWire[version]
      const key = wireKey(form.vendor, form.code)
      if (forms?.has(key) === true) throw new Error(`two actions claim ${form.vendor}:${form.code}`)
      forms?.set(key, form)
    }
  }
}

export const specByType = (type: ActionType): ActionSpec | undefined => byType.get(type)
export const specByKeyword = (keyword: string): ActionSpec | undefined => byKeyword.get(keyword)
export const formByWire = (version: OfVersion, vendor: number, code: number): ActionForm<Action> | undefined =>
  byWire[version]?.get(wireKey(vendor, code))
