import type { Packet, SwitchModel, Value } from 'openflow-ts'
import type { Family } from './addresses.js'
import type { Fabric } from './fabric.js'
import type { FabricHost, FabricPort } from './fabric-host.js'
import { Front } from './front.js'
import { replay } from './replay.js'
import { ALONE, type DestinationField, type Entry, type Leg, Stage } from './stage.js'
import { tableName } from './tables.js'
import { type Tracked, UNTRACKED } from './tracked.js'

/** The hosts of a fabric in stages for packets of a family, made when packets first come there. */
export class Stages {
  readonly fabric: Fabric
  readonly family: Family
  readonly destination: DestinationField
  readonly #fronts = new Map<string, Front | undefined>()
  readonly #stages = new Map<string, Stage>()

  constructor(fabric: Fabric, family: Family) {
    this.fabric = fabric
    this.family = family
    this.destination = family === 4 ? 'nw_dst' : 'ipv6_dst'
  }

  front(host: FabricHost): Front | undefined {
    if (!this.#fronts.has(host.name)) this.#fronts.set(host.name, Front.of(host, this.destination))
    return this.#fronts.get(host.name)
  }

  /** What comes behind the front, from this table on. */
  behind(host: FabricHost, front: Front, table: number): Stage {
    return this.#stage(`${host.name} ${table}`, () => this.#make(host, front.behind(table), true))
  }

  whole(host: FabricHost): Stage {
    return this.#stage(host.name, () => this.#make(host, host.model, false))
  }

  #make(host: FabricHost, model: SwitchModel, anyPort: boolean): Stage {
    return new Stage(this.fabric, host, model, this.destination, anyPort)
  }

  #stage(key: string, make: () => Stage): Stage {
    let stage = this.#stages.get(key)
    if (stage === undefined) this.#stages.set(key, (stage = make()))
    return stage
  }
}

/** Past the front: a packet before the tables behind it, or the end. */
type Start = { readonly packet: Packet; readonly entry: Entry } | { readonly leg: Leg } | typeof ALONE

/** Packets of one pod to whatever destinations, in one state of its host's connection tracking. */
export class Way {
  readonly #stages: Stages
  readonly #host: FabricHost
  readonly #port: FabricPort
  readonly #packet: Packet
  readonly #tracked: Tracked
  readonly #starts = new Map<number, Start>()
  readonly #arrivals = new Map<Leg, Map<string, Entry>>()

  constructor(stages: Stages, host: FabricHost, port: FabricPort, packet: Packet, tracked: Tracked) {
    this.#stages = stages
    this.#host = host
    this.#port = port
    this.#packet = packet.clone().set('in_port', port.ofport)
    this.#tracked = tracked
  }

  /** Through all hosts. `before`: what came before it in the same connection. */
  send(destination: Value, before?: Sent): Sent | typeof ALONE {
    const start = this.#startTo(destination)
    if (start === ALONE) return ALONE
    if ('leg' in start) return new Sent(start.leg, this.#host.name)
    const leg = start.entry.to(destination)
    if (leg === ALONE || leg.onward === undefined) return leg === ALONE ? ALONE : new Sent(leg, this.#host.name)
    const { host } = leg.onward.exit
    const second = this.#arrival(leg, start.packet, before?.trackedAt(host) ?? UNTRACKED).to(destination)
    // What goes on from there goes a way that should not be.
    if (second === ALONE || second.onward !== undefined) return ALONE
    return new Sent(leg, this.#host.name, second, host)
  }

  #startTo(destination: Value): Start {
    const front = this.#stages.front(this.#host)
    if (front === undefined) return ALONE
    const known = front.classOf(destination)
    let start = this.#starts.get(known)
    if (start === undefined) this.#starts.set(known, (start = this.#throughFront(front, destination)))
    return start
  }

  #throughFront(front: Front, destination: Value): Start {
    const passed = front.pass(this.#packet.clone().set(this.#stages.destination, destination as never))
    if (passed === undefined) return ALONE
    if (passed.type === 'dropped') {
      const ending = { result: 'dropped', host: this.#host.name, table: tableName(passed.table) } as const
      return { leg: { ending, tracked: UNTRACKED } }
    }
    const { packet } = passed
    const stage = this.#stages.behind(this.#host, front, passed.table)
    return { packet, entry: stage.entry(this.#port, packet, this.#tracked) }
  }

  /** At the other host: the packet as this pod's becomes by what was done to it. */
  #arrival(leg: Leg, packet: Packet, tracked: Tracked): Entry {
    let byState = this.#arrivals.get(leg)
    if (byState === undefined) this.#arrivals.set(leg, (byState = new Map<string, Entry>()))
    let entry = byState.get(tracked.key)
    if (entry === undefined && leg.onward !== undefined) {
      const { fabric } = this.#stages
      const { exit, writes } = leg.onward
      const arriving = fabric.arriving(this.#host.name, exit.port, replay(packet, writes)).set('in_port', exit.arrival.ofport)
      const stage = this.#stages.whole(fabric.host(exit.host))
      entry = stage.entry(exit.arrival, arriving, tracked)
      byState.set(tracked.key, entry)
    }
    if (entry === undefined) throw new TypeError('only what left for another host arrives')
    return entry
  }
}

/** A packet's way, leg by leg. */
export class Sent {
  readonly #first: Leg
  readonly #firstHost: string
  readonly #second: Leg | undefined
  readonly #secondHost: string | undefined

  constructor(first: Leg, firstHost: string, second?: Leg, secondHost?: string) {
    this.#first = first
    this.#firstHost = firstHost
    this.#second = second
    this.#secondHost = secondHost
  }

  get ending(): NonNullable<Leg['ending']> {
    const { ending } = this.#second ?? this.#first
    if (ending === undefined) throw new TypeError('a way has an end')
    return ending
  }

  /** What a host then knows of the connection. */
  trackedAt(host: string): Tracked {
    if (host === this.#firstHost) return this.#first.tracked
    return host === this.#secondHost && this.#second !== undefined ? this.#second.tracked : UNTRACKED
  }
}
