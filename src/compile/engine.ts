import { cookieOf } from '../../flows/index.js'
import { IndexOfSets } from '../intent/index-of-sets.js'
import type { IntentView } from '../intent/view.js'
import type { Change, Commit } from '../store/store.js'
import { compileUnit, type SharedFlows } from './compile-unit.js'
import { HostState } from './host-state.js'
import { Ofports } from './ofports.js'
import { Touched } from './touched.js'
import { Tracker } from './tracker.js'
import { allUnits, candidatesOf, INPUT, inputsOf, type Unit, unitKey } from './units.js'
import type { HostDelta, HostWanted, UnitOutput } from './wanted.js'

interface Compiled {
  readonly unit: Unit
  readonly inputs: ReadonlySet<string>
  readonly output: UnitOutput
}

const NOTHING: UnitOutput = { flows: [], ports: [], meters: [] }
const EMPTY: HostWanted = { flows: new Map(), ports: new Map(), meters: new Map() }

/**
 * Intent in, wanted state of every host out. A commit recompiles the units whose inputs it changed and those it brings
 * into being; that equals compiling everything anew (a property test holds it to that).
 */
export class Compiler {
  readonly #view: IntentView
  readonly #units = new Map<string, Compiled>()
  readonly #unitsByInput = new IndexOfSets()
  readonly #hosts = new Map<string, HostState>()
  readonly #ofports = new Map<string, Ofports>()
  readonly #shared: SharedFlows = new Map()
  #recompiled = 0

  /** Takes over the view: from now on it changes through `apply` alone. */
  constructor(view: IntentView) {
    this.#view = view
    // Nobody asks what differs from nothing, so nothing is noted.
    for (const unit of allUnits(view)) this.#state(unit.host).add(this.#step(unit).after)
  }

  /** How many units have been compiled so far. */
  get recompiled(): number {
    return this.#recompiled
  }

  get view(): IntentView {
    return this.#view
  }

  wanted(host: string): HostWanted {
    return this.#hosts.get(host) ?? EMPTY
  }

  /** The number of a wanted port, as its flows have it; undefined: it is not known, or the port is not wanted. */
  ofport(host: string, port: string): number | undefined {
    const requested = this.wanted(host).ports.get(port)?.ofport_request
    if (requested === undefined || requested === null) return undefined
    const ofports = this.#ofports.get(host)
    return ofports === undefined ? requested : ofports.get(port, requested)
  }

  /**
   * The units of a host by the cookie of their flows, to tell what a flow is for. Looked up among all units when asked:
   * an index kept beside them would cost memory for every flow of every host, and people ask for a few.
   */
  unitsOf(host: string): ReadonlyMap<bigint, Unit> {
    const units = new Map<bigint, Unit>()
    for (const { unit } of this.#units.values()) {
      if (unit.host === host) units.set(cookieOf(unit.kind, unit.subject), unit)
    }
    return units
  }

  /** Brings view and wanted state to the commit; returns what differs, for the hosts where something does. */
  apply(commit: Commit): HostDelta[] {
    const changes = this.#view.apply(commit)
    const dirty = new Map<string, Unit>()
    for (const change of changes) {
      for (const input of inputsOf(change)) this.#addReaders(input, dirty)
      for (const unit of candidatesOf(change, this.#view)) dirty.set(unitKey(unit), unit)
    }
    const deltas = this.#recompile(dirty.values())
    return [...deltas, ...deltas.flatMap((delta) => this.#forgetPorts(delta))]
  }

  /**
   * Shows what a commit of these changes would bring, and takes it back: `look` sees view and wanted state as they would
   * be, and the difference. Nobody else may look meanwhile, so `look` is synchronous.
   */
  rehearse<T>(changes: readonly Change[], look: (deltas: readonly HostDelta[]) => T): T {
    const { revision } = this.#view
    const numbers = Array.from(this.#ofports, ([host, known]) => Array.from(known.all(), (own) => [host, ...own] as const))
    const deltas = this.apply({ revision, changes })
    try {
      return look(deltas)
    } finally {
      this.apply({ revision, changes: changes.map(inverse).reverse() })
      // Numbers of ports that went were forgotten with them.
      for (const [host, port, ofport] of numbers.flat()) this.observeOfport(host, port, ofport)
    }
  }

  /**
   * OVS gave a port another number than asked for (the request was taken), or `undefined`: as asked.
   * Returns the difference for the host, if any.
   */
  observeOfport(host: string, port: string, ofport: number | undefined): HostDelta | undefined {
    let ofports = this.#ofports.get(host)
    if (ofports === undefined) {
      if (ofport === undefined) return undefined
      ofports = new Ofports()
      this.#ofports.set(host, ofports)
    }
    const { ports, numbers } = ofports.set(port, ofport)
    const dirty = new Map<string, Unit>()
    for (const name of ports) this.#addReaders(INPUT.ofport(host, name), dirty)
    for (const number of numbers) this.#addReaders(INPUT.ofportNumber(host, number), dirty)
    return this.#recompile(dirty.values())[0]
  }

  /** Numbers of ports that are not wanted any more: OVS may give them to others, and nobody reports that. */
  #forgetPorts({ host, ports }: HostDelta): HostDelta[] {
    const wanted = this.wanted(host).ports
    return ports
      .filter((port) => !wanted.has(port))
      .map((port) => this.observeOfport(host, port, undefined))
      .filter((delta) => delta !== undefined)
  }

  #addReaders(input: string, dirty: Map<string, Unit>): void {
    for (const key of this.#unitsByInput.get(input)) {
      const compiled = this.#units.get(key)
      if (compiled !== undefined) dirty.set(key, compiled.unit)
    }
  }

  #recompile(units: Iterable<Unit>): HostDelta[] {
    const steps = Array.from(units, (unit) => this.#step(unit))
    const touched = new Map<string, Touched>()
    // All that goes before anything that comes: a flow may pass from one unit to another.
    for (const { unit, before } of steps) this.#touch(unit.host, touched).remove(before)
    for (const { unit, after } of steps) this.#touch(unit.host, touched).add(after)
    return Array.from(touched.values(), (host) => host.delta(this.#view.revision)).filter(
      (delta) => delta !== undefined,
    )
  }

  /** Compiles one unit and keeps the index of inputs true. */
  #step(unit: Unit): { readonly unit: Unit; readonly before: UnitOutput; readonly after: UnitOutput } {
    const key = unitKey(unit)
    const old = this.#units.get(key)
    const tracker = new Tracker(this.#view, this.#ofports)
    const output = compileUnit(unit, tracker, this.#shared)
    this.#recompiled++
    for (const input of old?.inputs ?? []) this.#unitsByInput.delete(input, key)
    if (output === undefined) {
      this.#units.delete(key)
    } else {
      for (const input of tracker.inputs) this.#unitsByInput.add(input, key)
      this.#units.set(key, { unit, inputs: tracker.inputs, output })
    }
    return { unit, before: old?.output ?? NOTHING, after: output ?? NOTHING }
  }

  #touch(host: string, touched: Map<string, Touched>): Touched {
    let entry = touched.get(host)
    if (entry === undefined) {
      entry = new Touched(host, this.#state(host))
      touched.set(host, entry)
    }
    return entry
  }

  #state(host: string): HostState {
    let state = this.#hosts.get(host)
    if (state === undefined) {
      state = new HostState()
      this.#hosts.set(host, state)
    }
    return state
  }
}

function inverse({ key, entry, previous }: Change): Change {
  return { key, ...(previous !== undefined && { entry: previous }), ...(entry !== undefined && { previous: entry }) }
}
