import { type Action, type Packet, PORTS, type Value } from 'openflow-ts'
import { TABLES } from '../../flows/index.js'
import type { Family } from '../model/address.js'
import type { Fabric } from './fabric.js'
import type { FabricHost, FabricPort } from './fabric-host.js'
import { ALONE, type DestinationField, Entry, type Leg, type Onward, type Open, Stage, stateOf } from './stage.js'
import { type Tracked, UNTRACKED } from './tracked.js'

/**
 * Where stages begin. Until `outbound`, flows look at whom a packet says it is from; `route` looks at where it goes, whoever
 * sent it; `receive` and the tables behind it look at one receiver. Each by itself tells few packets apart; together, it
 * would be the product.
 */
const BEGINNINGS = [TABLES.classify.id, TABLES.outbound.id, TABLES.route.id, TABLES.receive.id] as const
const WHOLE: ReadonlySet<number> = new Set()

/** The hosts of a fabric in stages for packets of a family, made when packets first come there. */
export class Stages {
  readonly fabric: Fabric
  readonly family: Family
  readonly destination: DestinationField
  readonly #stops = new Map<string, ReadonlySet<number>>()
  readonly #stages = new Map<string, Stage>()

  constructor(fabric: Fabric, family: Family) {
    this.fabric = fabric
    this.family = family
    this.destination = family === 4 ? 'nw_dst' : 'ipv6_dst'
  }

  at(host: FabricHost, table: number): Stage {
    const key = `${host.name} ${table}`
    let stage = this.#stages.get(key)
    if (stage === undefined) {
      stage = new Stage(this.fabric, host, this.destination, table, this.#stopsOf(host))
      this.#stages.set(key, stage)
    }
    return stage
  }

  /** None where something leads back to the first table, in which a stage's packets are put on their way. */
  #stopsOf(host: FabricHost): ReadonlySet<number> {
    let stops = this.#stops.get(host.name)
    if (stops === undefined) {
      const whole = [...host.model.flows()].some(({ actions }) => actions.some(leadsToStart))
      this.#stops.set(host.name, (stops = whole ? WHOLE : new Set(BEGINNINGS)))
    }
    return stops
  }
}

function leadsToStart(action: Action): boolean {
  switch (action.type) {
    case 'goto_table':
      return action.table_id === 0
    case 'resubmit':
      return action.table === 0
    case 'output':
      return action.port === PORTS.TABLE
    case 'ct':
      return action.table === 0 || action.actions.some(leadsToStart)
    case 'clone':
    case 'write_actions':
      return action.actions.some(leadsToStart)
    default:
      return false
  }
}

/** Longer ways go in circles. */
const MAX_LEGS = 8

/** Packets of one pod to whatever destinations. */
export class Way {
  readonly #stages: Stages
  readonly #host: FabricHost
  readonly #port: FabricPort
  readonly #packet: Packet
  readonly #starts = new Map<string, Step>()

  constructor(stages: Stages, host: FabricHost, port: FabricPort, packet: Packet) {
    this.#stages = stages
    this.#host = host
    this.#port = port
    this.#packet = packet.clone().set('in_port', port.ofport)
  }

  /** Through all hosts, in a state of the first one's connection tracking. */
  send(destination: Value, tracked = UNTRACKED): Sent | typeof ALONE {
    let step = this.#starts.get(tracked.key)
    if (step === undefined) {
      const stage = this.#stages.at(this.#host, 0)
      const kind = stage.kindOf(this.#packet, true, tracked)
      step = new Step(this.#stages, new Entry(stage, this.#port, { packet: this.#packet, copies: [] }, tracked, kind), this.#port, tracked)
      this.#starts.set(tracked.key, step)
    }
    let before: Step | undefined
    let by: Onward | undefined
    for (let i = 0; i < MAX_LEGS; i++) {
      const leg = step.entry.to(destination)
      if (leg === ALONE) return ALONE
      if (leg.onward === undefined) return new Sent(leg, step)
      const next = step.next(leg.onward)
      // A second tunnel is a way that should not be; and only of the last host it is told what it remembers.
      if (next === undefined || leg.committed.length > 0 || (step.host !== this.#host && next.host !== step.host)) return ALONE
      if (step.entry.isDecided) {
        // Whatever the destination, this is what comes: the next time, the stage is left out.
        if (before === undefined || by === undefined) this.#starts.set(tracked.key, next)
        else before.goOnWith(by, next)
      } else {
        before = step
        by = leg.onward
      }
      step = next
    }
    return ALONE
  }
}

/** A packet before a stage, and what comes behind that. */
class Step {
  readonly entry: Entry
  readonly #stages: Stages
  readonly #port: FabricPort
  readonly #tracked: Tracked
  #next: Map<Onward, Step | undefined> | undefined
  /** What comes next most of the time: where nothing is asked, always. */
  #usual: Onward | undefined
  #usualStep: Step | undefined

  constructor(stages: Stages, entry: Entry, port: FabricPort, tracked: Tracked) {
    this.#stages = stages
    this.entry = entry
    this.#port = port
    this.#tracked = tracked
  }

  get host(): FabricHost {
    return this.entry.stage.host
  }

  next(onward: Onward): Step | undefined {
    if (this.#usual === onward) return this.#usualStep
    this.#next ??= new Map<Onward, Step | undefined>()
    let step = this.#next.get(onward)
    if (step === undefined && !this.#next.has(onward)) this.#next.set(onward, (step = this.#make(onward)))
    this.#usual = onward
    this.#usualStep = step
    return step
  }

  goOnWith(onward: Onward, step: Step): void {
    this.#next?.set(onward, step)
    this.#usual = undefined
  }

  #make(onward: Onward): Step | undefined {
    const { to } = onward
    const left = this.entry.after(onward)
    if (left === undefined) return undefined
    if ('table' in to) return this.#step(this.host, to.table, this.#port, left, this.#tracked, onward)
    const { fabric } = this.#stages
    const { arrival, host } = to.exit
    left.packet.set('in_port', arrival.ofport)
    // Only the host that a packet came to remembers its connection, and that is where the answer begins.
    return this.#step(fabric.host(host), 0, arrival, left, UNTRACKED, onward)
  }

  #step(host: FabricHost, table: number, port: FabricPort, open: Open, tracked: Tracked, { kinds }: Onward): Step {
    const stage = this.#stages.at(host, table)
    const state = stateOf(tracked)
    let kind = kinds.get(state)
    if (kind === undefined) kinds.set(state, (kind = stage.kindOf(open.packet, port.pod !== undefined, tracked)))
    return new Step(this.#stages, new Entry(stage, port, open, tracked, kind), port, tracked)
  }
}

/** A packet's way to its end. */
export class Sent {
  readonly #leg: Leg
  readonly #last: Step

  constructor(leg: Leg, last: Step) {
    this.#leg = leg
    this.#last = last
  }

  get ending(): NonNullable<Leg['ending']> {
    const { ending } = this.#leg
    if (ending === undefined) throw new TypeError('a way has an end')
    return ending
  }

  /** What the last host then knows of the connection. The others remember nothing of it. */
  get tracked(): Tracked {
    return this.#last.entry.trackedAfter(this.#leg)
  }
}
