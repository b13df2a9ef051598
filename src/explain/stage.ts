import { type Flow, type Packet, type SwitchModel, termOf, type Value } from 'openflow-ts'
import { Alike } from './alike.js'
import { bitsOf, slotOf } from './bits.js'
import type { Fabric, Hop, WireExit } from './fabric.js'
import type { FabricHost, FabricPort } from './fabric-host.js'
import { type Write, writesOf } from './replay.js'
import { OneConnection, type Tracked } from './tracked.js'
import { complaintsOf, endsOf, type Verdict } from './verdict.js'

/** What is left of a verdict where only kind and place matter. */
export interface Ending {
  readonly result: Verdict['result']
  readonly host: string
  readonly pod?: string
  readonly table?: string
}

/** What one host does with packets that it cannot tell apart. */
export interface Leg {
  readonly ending?: Ending
  /** Where it does not end there: the way to the next host, with what was done to the packet. */
  readonly onward?: { readonly exit: WireExit; readonly writes: readonly Write[] }
  /** What the host then knows of the connection. */
  readonly tracked: Tracked
}

/** Where what is done with one packet says nothing of others: it must be sent by itself. */
export const ALONE = Symbol('alone')

export type DestinationField = 'nw_dst' | 'ipv6_dst'

const REGISTERS = Array.from({ length: 16 }, (_, i) => slotOf(`reg${i}` as 'reg0'))
const IN_PORT = slotOf('in_port')
const DESTINATIONS: ReadonlySet<number> = new Set([slotOf('nw_dst'), slotOf('ipv6_dst')])
/** Fields whose values flows may be unable to tell apart; of all others they are taken to tell. */
const SENDER = [
  ...(['metadata', 'eth_src', 'nw_src', 'ipv6_src', 'tun_src', 'tun_ipv6_src'] as const).map(slotOf),
  ...REGISTERS,
]
/** Fields that name the connection: where flows rewrite these, nothing is concluded from one packet for others. */
const ENDS: ReadonlySet<number> = new Set(
  (['eth_type', 'nw_proto', 'nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'tcp_src', 'tcp_dst'] as const).map(slotOf),
)

/** Tables of a host, from some way in: what they do with packets, worked out once for all that they cannot tell apart. */
export class Stage {
  readonly fabric: Fabric
  readonly host: FabricHost
  readonly model: SwitchModel
  readonly destination: DestinationField
  readonly slot: number
  readonly #alike: Alike
  readonly #told: ReadonlySet<number>
  readonly #legs = new Map<string, Map<number, Leg | typeof ALONE>>()

  /** @param anyPort packets of different ports may be alike, too */
  constructor(fabric: Fabric, host: FabricHost, model: SwitchModel, destination: DestinationField, anyPort: boolean) {
    this.fabric = fabric
    this.destination = destination
    this.slot = slotOf(destination)
    this.host = host
    this.model = model
    this.#alike = new Alike(flowsFor(destination, model.flows()))
    this.#told = new Set(anyPort ? [...SENDER, IN_PORT] : SENDER)
  }

  /** Packets like this one, to whatever destination. */
  entry(port: FabricPort, packet: Packet, tracked: Tracked): Entry {
    const key = `${this.#keyOf(packet)}|${tracked.key}`
    let legs = this.#legs.get(key)
    if (legs === undefined) this.#legs.set(key, (legs = new Map<number, Leg | typeof ALONE>()))
    return new Entry(this, port, packet, tracked, legs)
  }

  classOf(destination: Value): number {
    return this.#alike.classOf(this.slot, destination)
  }

  /** All that the tables can tell of a packet, but its destination. */
  #keyOf({ values }: Packet): string {
    let key = ''
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot] ?? 0
      if (DESTINATIONS.has(slot)) continue
      if (this.#told.has(slot)) key += `${slot}:${this.#alike.classOf(slot, value)} `
      else if (value !== 0 && value !== 0n) key += `${slot}=${value} `
    }
    return key
  }
}

/** A packet before a stage, but for its destination. */
export class Entry {
  readonly #stage: Stage
  readonly #port: FabricPort
  readonly #packet: Packet
  readonly #tracked: Tracked
  readonly #legs: Map<number, Leg | typeof ALONE>

  constructor(
    stage: Stage,
    port: FabricPort,
    packet: Packet,
    tracked: Tracked,
    legs: Map<number, Leg | typeof ALONE>,
  ) {
    this.#stage = stage
    this.#port = port
    this.#packet = packet
    this.#tracked = tracked
    this.#legs = legs
  }

  to(destination: Value): Leg | typeof ALONE {
    const known = this.#stage.classOf(destination)
    let leg = this.#legs.get(known)
    if (leg === undefined) this.#legs.set(known, (leg = this.#run(destination)))
    return leg
  }

  #run(destination: Value): Leg | typeof ALONE {
    const { fabric, host, model } = this.#stage
    const packet = this.#packet.clone().set(this.#stage.destination, destination as never)
    const connection = new OneConnection(packet, this.#tracked)
    const hop = fabric.enter(host, this.#port, packet, connection, model)
    return connection.strange ? ALONE : legOf(hop, connection.tracked)
  }
}

const ETH_TYPES = { nw_dst: 0x0800, ipv6_dst: 0x86dd } as const

/** Without those of packets of other types, which keep addresses in the same places. */
export function flowsFor(destination: DestinationField, flows: Iterable<Flow>): Flow[] {
  return [...flows].filter(({ match }) => {
    const [ethType = ETH_TYPES[destination]] = termOf(match, 'eth_type') ?? []
    return Number(ethType) === ETH_TYPES[destination]
  })
}

function legOf(hop: Hop, tracked: Tracked): Leg | typeof ALONE {
  const [exit, ...more] = hop.exits
  if (more.length > 0 || complaintsOf(hop.trace).length > 0) return ALONE
  if (exit === undefined || exit.type === 'lost') return { ending: endingOf(endsOf(hop, hop)[0]), tracked }
  const writes = writesOf(hop.trace)
  if (writes === undefined || writes.some(concernsEnds)) return ALONE
  if (exit.type === 'wire') return exit.host === hop.host ? ALONE : { onward: { exit, writes }, tracked }
  // To its own port by IN_PORT: for another sender that is another port.
  if (exit.pod === hop.port.pod) return ALONE
  return { ending: { result: 'delivered', host: hop.host, pod: exit.pod }, tracked }
}

/** Whether an action writes what names the connection, or copies the destination, which an entry leaves open. */
function concernsEnds(write: Write): boolean {
  if (write.type === 'dec_ttl') return false
  if (write.type === 'set_field') return ENDS.has(slotOf(write.field))
  const copied = write.type === 'move' && bitsOf(write.src).some(({ slot }) => DESTINATIONS.has(slot))
  return copied || bitsOf(write.dst).some(({ slot }) => ENDS.has(slot))
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
