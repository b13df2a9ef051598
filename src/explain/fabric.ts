import { Connections, type CtModel, type Output, type Packet, type Trace, trace, withoutMetadata } from 'openflow-ts'
import { hostMac, isOnSegment } from '../intent/segment.js'
import { formatIp, formatMac, type Ip, parseIp } from '../model/address.js'
import { ipKey } from './addresses.js'
import { FabricHost, type FabricPort } from './fabric-host.js'
import type { FabricSource } from './source.js'
import { decisive, endsOf, type Verdict } from './verdict.js'

/** Where a packet leaves a host: to a pod there, to another host (with the packet as it arrives), or nowhere. */
export type Exit =
  | { readonly type: 'pod'; readonly port: FabricPort; readonly pod: string; readonly packet: Packet }
  | WireExit
  | { readonly type: 'lost'; readonly why: string }

/** By tunnel or over the segment. */
export interface WireExit {
  readonly type: 'wire'
  readonly port: FabricPort
  readonly host: string
  readonly arrival: FabricPort
  readonly packet: Packet
}

/** A packet in one host's pipeline. */
export interface Hop {
  readonly host: string
  /** The port through which it came. */
  readonly port: FabricPort
  readonly packet: Packet
  readonly trace: Trace
  readonly exits: readonly Exit[]
}

/** A packet's way from the pod that sends it to wherever it ends. */
export interface Journey {
  readonly hops: readonly Hop[]
  readonly verdict: Verdict
  /** What became of it altogether: more than the verdict only where flows make copies. */
  readonly ends: readonly Verdict[]
}

/** What hosts' connection tracking knows. Packets of one exchange share it: the reply is known by what came before. */
export class Exchange {
  readonly #byHost = new Map<string, Connections>()

  at(host: string): Connections {
    let connections = this.#byHost.get(host)
    if (connections === undefined) this.#byHost.set(host, (connections = new Connections()))
    return connections
  }
}

/** Longer ways go in circles: the longest there should be is two hosts. */
const MAX_HOPS = 16

/**
 * All hosts' pipelines and the underlay between them, as one thing that packets are sent through. Of one moment: a host is
 * read when a packet first comes to it, and not again.
 */
export class Fabric {
  readonly source: FabricSource
  readonly #hosts = new Map<string, FabricHost>()
  readonly #tunnelEnds = new Map<string, string>()
  readonly #tunnelAddresses = new Map<string, Ip>()
  /** Hosts by their MACs there. */
  readonly #segment = new Map<bigint, string>()

  constructor(source: FabricSource) {
    this.source = source
    for (const [host, record] of source.view.hosts) {
      const { spec } = record
      if (isOnSegment(spec)) this.#segment.set(hostMac(record), host)
      const ip = parseIp(spec.tunnelAddress)
      if (ip === undefined) continue
      this.#tunnelEnds.set(ipKey(ip), host)
      this.#tunnelAddresses.set(host, ip)
    }
  }

  host(name: string): FabricHost {
    let host = this.#hosts.get(name)
    if (host === undefined) this.#hosts.set(name, (host = new FabricHost(name, this.source)))
    return host
  }

  /** Where a pod's packets enter; undefined: Open vSwitch has not numbered its port. */
  entryOf(pod: string): { readonly host: FabricHost; readonly port: FabricPort } | undefined {
    const record = this.source.view.pods.get(pod)?.record
    const host = record && this.host(record.spec.host)
    const port = record && host?.port(record.interface)
    return host && port && { host, port }
  }

  /** Follows a packet that a pod sends, through all hosts. */
  send(pod: string, packet: Packet, exchange = new Exchange()): Journey {
    const entry = this.entryOf(pod)
    if (entry === undefined) {
      const host = this.source.view.pods.get(pod)?.record.spec.host ?? ''
      const verdict: Verdict = { result: 'dropped', host, why: `the port of ${pod} has no number yet` }
      return { hops: [], verdict, ends: [verdict] }
    }
    return this.follow(this.enter(entry.host, entry.port, packet, exchange.at(entry.host.name)), exchange)
  }

  /** Goes on from a hop that a packet has made already. */
  follow(first: Hop, exchange: Exchange): Journey {
    const hops = [first]
    const ends: Verdict[] = []
    for (const hop of hops) {
      ends.push(...endsOf(hop, first))
      for (const exit of hop.exits) {
        if (exit.type !== 'wire') continue
        if (hops.length < MAX_HOPS) hops.push(this.arrive(exit, exchange))
        else ends.push({ result: 'looped', hosts: [...hops.map(({ host }) => host), exit.host] })
      }
    }
    return { hops, verdict: decisive(ends), ends }
  }

  /** The hop that a packet makes which comes from another host. */
  arrive({ host, arrival, packet }: WireExit, exchange: Exchange): Hop {
    return this.enter(this.host(host), arrival, packet, exchange.at(host))
  }

  /** The hop that a packet makes which comes through a port. `model`: another than the host's whole switch. */
  enter(host: FabricHost, port: FabricPort, given: Packet, ct: CtModel, model = host.model): Hop {
    const packet = given.clone().set('in_port', port.ofport)
    const traced = trace(model, packet, { ct })
    const exits = traced.outputs.map((output) => this.#exitOf(host, output))
    return { host: host.name, port, packet, trace: traced, exits }
  }

  #exitOf(host: FabricHost, { port: ofport, packet }: Output): Exit {
    const port = host.portAt(ofport)
    if (port === undefined) return { type: 'lost', why: `port ${ofport} is nobody's` }
    if (port.pod !== undefined) return { type: 'pod', port, pod: port.pod, packet }
    const to = port.type === 'patch' ? this.#overSegment(packet) : this.#throughTunnel(packet)
    if ('why' in to) return { type: 'lost', why: to.why }
    const arrival = this.host(to.host).underlay(port.type)
    if (arrival === undefined) return { type: 'lost', why: `host ${to.host} has no port of type ${port.type}` }
    return { type: 'wire', port, host: to.host, arrival, packet: this.arriving(host.name, port, packet) }
  }

  #throughTunnel(packet: Packet): Peer {
    const end = tunnelEnd(packet)
    const host = this.#tunnelEnds.get(ipKey(end))
    return host === undefined ? { why: `no host has the tunnel address ${formatIp(end)}` } : { host }
  }

  /** A frame that no host has the MAC of is flooded, and wanted by none. */
  #overSegment(packet: Packet): Peer {
    const mac = packet.get('eth_dst')
    const host = this.#segment.get(mac)
    if (host === undefined) return { why: `no host has the MAC ${formatMac(mac)}` }
    return { host }
  }

  /** The packet as it comes to the other host: of what the sending one knew, only a tunnel's key and addresses come along. */
  arriving(from: string, port: FabricPort, packet: Packet): Packet {
    const arriving = withoutMetadata(packet)
    if (port.type === 'patch') return arriving
    arriving.set('tun_id', packet.get('tun_id'))
    const own = this.#tunnelAddresses.get(from)
    if (packet.get('tun_dst') === 0) {
      arriving.set('tun_ipv6_dst', packet.get('tun_ipv6_dst'))
      if (own?.family === 6) arriving.set('tun_ipv6_src', own.value)
    } else {
      arriving.set('tun_dst', packet.get('tun_dst'))
      if (own?.family === 4) arriving.set('tun_src', Number(own.value))
    }
    return arriving
  }
}

/** The host that a packet goes to, or why there is none. */
type Peer = { readonly host: string } | { readonly why: string }

/** The address that a tunnelled packet is sent to. */
function tunnelEnd(packet: Packet): Ip {
  const v4 = packet.get('tun_dst')
  return v4 === 0 ? { family: 6, value: packet.get('tun_ipv6_dst') } : { family: 4, value: BigInt(v4) }
}
