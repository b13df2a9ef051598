import { type Flow, match, type Packet, type SwitchModel, termOf, type Value } from 'openflow-ts'
import type { Fabric, Hop, WireExit } from './fabric.js'
import type { FabricHost, FabricPort } from './fabric-host.js'
import {
  carriedBy,
  copiesAfter,
  DESTINATIONS,
  isTold,
  MARKS,
  partOf,
  type Places,
  placesAtFirst,
  put,
  throughTunnel,
} from './origins.js'
import { Tables } from './questions.js'
import { OneConnection, type Tracked, UNTRACKED, trackedOf } from './tracked.js'
import { Tree } from './tree.js'
import { complaintsOf, endsOf, type Verdict } from './verdict.js'
import { type Event, type Mark, type Moment, walk } from './walk.js'

/** What is left of a verdict where only kind and place matter. */
export interface Ending {
  readonly result: Verdict['result']
  readonly host: string
  readonly pod?: string
  readonly table?: string
}

/** What one stage does with packets that it cannot tell apart. */
export interface Leg {
  readonly ending?: Ending
  /** Where it does not end there: where it goes on, and the packet as it then is. */
  readonly onward?: Onward
  /** What the host then knows of the connection. */
  readonly committed: readonly Committed[]
}

export interface Onward {
  readonly to: { readonly table: number } | { readonly exit: WireExit }
  readonly packet: Packet
  readonly places: Places
  /** By the state of the connection there. */
  readonly kinds: Map<string, Kind>
}

interface Committed {
  readonly zone: number
  readonly mark: Mark
  readonly label: bigint
}

/** Where what is done with one packet says nothing of others: it must be sent by itself. */
export const ALONE = Symbol('alone')

export type DestinationField = keyof typeof DESTINATIONS

/** Packets that are the same but for values that flows may be unable to tell apart, in one state of their connection. */
export type Kind = Tree<Leg>

/** Tables of a host, from one on: what they do with packets, worked out once for all that they cannot tell apart. */
export class Stage {
  readonly fabric: Fabric
  readonly host: FabricHost
  readonly destination: DestinationField
  readonly table: number
  readonly model: SwitchModel
  readonly #stops: ReadonlySet<number>
  readonly #tables: Tables
  readonly #kinds = new Map<string, Kind>()

  /** @param stops tables before which the stage ends: there the next one begins */
  constructor(fabric: Fabric, host: FabricHost, destination: DestinationField, table: number, stops: ReadonlySet<number>) {
    this.fabric = fabric
    this.host = host
    this.destination = destination
    this.table = table
    this.#stops = new Set([...stops].filter((stop) => stop !== table && stop !== 0))
    const flows = [...host.model.flows()].filter(({ table_id: id }) => !this.#stops.has(id) && (id !== 0 || table === 0))
    const begin: Flow = { table_id: 0, priority: 0, cookie: 0n, match: match({}), actions: [{ type: 'goto_table', table_id: table }] }
    if (table !== 0) flows.push(begin)
    this.model = host.switchWith(flows)
    this.#tables = new Tables(flowsFor(destination, flows))
  }

  kindOf({ values }: Packet, fromPod: boolean, tracked: Tracked): Kind {
    let key = `${fromPod}|${stateOf(tracked)}|`
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot] ?? 0
      if (value !== 0 && value !== 0n && !isTold(slot, fromPod)) key += `${slot}=${value} `
    }
    let kind = this.#kinds.get(key)
    if (kind === undefined) this.#kinds.set(key, (kind = new Tree<Leg>(this.#tables)))
    return kind
  }

  /** Sends one packet. */
  run(port: FabricPort, packet: Packet, tracked: Tracked, kind: Kind, valueOf: (origin: number) => Value): Leg | typeof ALONE {
    const { fabric, host, model } = this
    const connection = new OneConnection(packet, tracked)
    const hop = fabric.enter(host, port, packet, connection, model)
    if (connection.strange || complaintsOf(hop.trace).length > 0) return ALONE
    const way = walk(hop.trace, placesAtFirst(port.pod !== undefined), tracked)
    if (way === undefined) return ALONE
    const committed: Committed[] = []
    for (const { zone, label } of connection.tracked.entries) {
      const mark = way.marks.get(zone)
      if (mark === undefined) return ALONE
      committed.push({ zone, mark, label })
    }
    const leg = this.#legOf(hop, way.sent, way.events.at(-1), committed)
    if (leg !== ALONE) kind.add(way.events, valueOf, leg)
    return leg
  }

  #legOf(hop: Hop, sent: Moment | undefined, last: Event | undefined, committed: readonly Committed[]): Leg | typeof ALONE {
    const { exits, trace } = hop
    const [exit, ...more] = exits
    if (more.length > 0) return ALONE
    const stops = trace.tablesVisited.filter(({ table_id }) => this.#stops.has(table_id))
    if (stops.length > 0) {
      const ended = stops.length === 1 && last?.type === 'visit' && this.#stops.has(last.table)
      // What a controller was told counts for a packet that is dropped later.
      if (!ended || exit !== undefined || committed.length > 0 || endsOf(hop, hop)[0]?.result !== 'dropped') return ALONE
      return { onward: onward({ table: last.table }, last.at), committed }
    }
    if (exit === undefined || exit.type === 'lost') return { ending: endingOf(endsOf(hop, hop)[0]), committed }
    if (sent === undefined) return ALONE
    if (exit.type === 'wire') {
      const left = { packet: exit.packet, places: throughTunnel(sent.places) }
      return exit.host === hop.host ? ALONE : { onward: onward({ exit }, left), committed }
    }
    // To its own port by IN_PORT: for another sender that is another port.
    if (exit.pod === hop.port.pod) return ALONE
    return { ending: { result: 'delivered', host: hop.host, pod: exit.pod }, committed }
  }
}

const onward = (to: Onward['to'], { packet, places }: Moment): Onward => ({ to, packet, places, kinds: new Map<string, Kind>() })

/** A packet whose destination is still open, and where else that is to be. */
export interface Open {
  readonly packet: Packet
  readonly copies: Places
}

/** A packet before a stage, but for its destination. */
export class Entry {
  readonly stage: Stage
  readonly #packet: Packet
  readonly #copies: Places
  readonly #port: FabricPort
  readonly #tracked: Tracked
  readonly #kind: Kind
  readonly #destination: number
  #to: Value = 0
  #alone: Set<Value> | undefined
  readonly #valueOf = (origin: number): Value => {
    if (origin === this.#destination) return this.#to
    if (origin >= MARKS) return this.#tracked.entries[origin - MARKS]?.mark ?? 0
    return this.#packet.values[origin] ?? 0
  }

  constructor(stage: Stage, port: FabricPort, { packet, copies }: Open, tracked: Tracked, kind: Kind) {
    this.stage = stage
    this.#port = port
    this.#packet = packet
    this.#copies = copies
    this.#tracked = tracked
    this.#kind = kind
    this.#destination = DESTINATIONS[stage.destination]
  }

  /** Nothing is asked of packets of this kind: there is one leg for all of them. */
  get isDecided(): boolean {
    return this.#kind.isLeaf
  }

  to(destination: Value): Leg | typeof ALONE {
    this.#to = destination
    for (const copy of this.#copies) put(this.#packet, copy, destination)
    const known = this.#kind.find(this.#valueOf)
    if (known !== undefined) return known
    if (this.#alone?.has(destination) === true) return ALONE
    const { stage } = this
    const packet = this.#packet.clone().set(stage.destination, destination as never)
    const leg = stage.run(this.#port, packet, this.#tracked, this.#kind, this.#valueOf)
    if (leg === ALONE) this.#alone = (this.#alone ?? new Set<Value>()).add(destination)
    return leg
  }

  /** The packet as this one becomes by a leg, its destination still open. Undefined: that cannot be told. */
  after({ packet, places }: Onward): Open | undefined {
    const slot = this.#destination
    const copies = copiesAfter(places, slot, this.#copies)
    if (copies === undefined) return undefined
    const others = places.filter(({ origin }) => origin !== slot)
    return { packet: carriedBy(packet, others, this.#valueOf), copies }
  }

  /** What the host knows of the connection after a leg. */
  trackedAfter({ committed }: Leg): Tracked {
    if (committed.length === 0) return UNTRACKED
    this.#to = 0
    return trackedOf(
      committed.map(({ zone, label, mark }) => ({
        zone,
        label,
        mark: typeof mark === 'number' ? mark : Number(partOf(BigInt(this.#valueOf(mark.origin)), mark) & 0xffffffffn),
      })),
    )
  }
}

/** All of it that packets of one kind have in common. */
export function stateOf({ entries }: Tracked): string {
  return entries.map(({ zone, label }) => `${zone} ${label}`).join()
}

const ETH_TYPES = { nw_dst: 0x0800, ipv6_dst: 0x86dd } as const

/** Without those of packets of other types, which keep addresses in the same places. */
export function flowsFor(destination: DestinationField, flows: Iterable<Flow>): Flow[] {
  return [...flows].filter(({ match }) => {
    const [ethType = ETH_TYPES[destination]] = termOf(match, 'eth_type') ?? []
    return Number(ethType) === ETH_TYPES[destination]
  })
}

export function endingOf(verdict: Verdict | undefined): Ending {
  switch (verdict?.result) {
    case 'delivered':
      return { result: 'delivered', host: verdict.host, pod: verdict.pod }
    case 'dropped':
    case 'controller': {
      const { result, host, table } = verdict
      return { result, host, ...(table === undefined ? {} : { table }) }
    }
    case 'answered':
      return { result: 'answered', host: verdict.host }
    case 'looped':
      return { result: 'looped', host: verdict.hosts.at(-1) ?? '' }
    case undefined:
      throw new TypeError('a packet that goes nowhere has an end')
  }
}
