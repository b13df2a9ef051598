import { type Connection, flowMod, type MatchInit, type MessageOf, PORTS } from 'openflow-ts'
import { readTraceCookie, traceCookies, traceFlows, type TraceStage } from '../../flows/index.js'
import { addressOf } from '../explain/addresses.js'
import type { Probe, Service } from '../explain/probe.js'
import type { IntentView, PodView } from '../intent/view.js'
import { HeddleError } from '../model/errors.js'
import { type Family, type Ip, mustParseMac } from '../model/address.js'
import { ROUTER_MAC } from '../model/reserved.js'
import type { HostSession } from './host-session.js'
import { packetBytes, type PacketSpec } from './packet-bytes.js'
import type { Clock } from './worker.js'

/** Where the packet was seen, and how long after it was sent. */
export interface Sighting {
  readonly host: string
  readonly stage: TraceStage
  readonly afterMs: number
}

export interface LiveTrace {
  /** It came as far as the port of the pod that it was sent to, to which it was not given. */
  readonly delivered: boolean
  /** In the order of the way: those of the sender's host first, of one host as they came. */
  readonly sightings: readonly Sighting[]
}

interface Running {
  readonly onSeen: (host: string, stage: TraceStage) => void
}

export interface LiveTracerOptions {
  readonly view: () => IntentView
  readonly session: (host: string) => HostSession | undefined
  readonly clock: Clock
}

const TTL = 64
/** Confirmed flows act on packets of known kinds only when the revalidators have gone through the datapath's cache, a little later. */
const SETTLE_MS = 200
/** Of the ephemeral range; one of them and a mark in the header tell a traced packet from the pod's own. */
const FIRST_PORT = 61_000
const PORT_COUNT = 4_000

/** Sends real packets in the name of pods, and watches where they come by. */
export class LiveTracer {
  readonly #options: LiveTracerOptions
  readonly #running = new Map<number, Running>()
  #last = 0

  constructor(options: LiveTracerOptions) {
    this.#options = options
  }

  /** A packet-in of a flow of ours that watches; false: of something else. */
  onPacketIn(host: string, { cookie }: MessageOf<'PACKET_IN'>): boolean {
    const seen = cookie === undefined ? undefined : readTraceCookie(cookie)
    if (seen === undefined) return false
    this.#running.get(seen.trace)?.onSeen(host, seen.stage)
    return true
  }

  /** Resolves when the packet was delivered, or after `timeoutMs`; by then nothing of the trace is left on the hosts. */
  async trace({ from, to, family, service }: Probe, timeoutMs: number): Promise<LiveTrace> {
    if (!('pod' in to)) throw new HeddleError('INVALID', 'a live trace goes to a pod', [{ pointer: '/to', detail: 'must be a pod' }])
    const sender = this.#end(from, '/from')
    const receiver = this.#end(to.pod, '/to')
    const spec = packetSpec(sender.pod, receiver.pod, family, service, ++this.#last)
    const trace = this.#last
    const hosts = new Map([sender, receiver].map(({ host, connection }) => [host, connection]))
    try {
      const flows = traceFlows(trace, matchOf(spec))
      await Promise.all(Array.from(hosts.values(), (connection) => connection.bundle(flows.map((flow) => flowMod('add', flow)))))
      await new Promise<void>((resolve) => this.#options.clock.setTimeout(resolve, SETTLE_MS))
      return await this.#watch(trace, sender.host, timeoutMs, () => {
        sender.connection.send({
          type: 'PACKET_OUT',
          in_port: sender.ofport,
          actions: [{ type: 'output', port: PORTS.TABLE }],
          data: packetBytes(spec),
        })
      })
    } finally {
      await Promise.all(Array.from(hosts, ([, connection]) => clean(connection, trace)))
      forget(receiver.connection, this.#options.view().zone(receiver.host, networkOf(receiver.pod)), spec)
    }
  }

  #end(key: string, pointer: string) {
    const view = this.#options.view()
    const pod = view.pods.get(key)
    if (pod === undefined) throw refusal(pointer, `pod ${key} does not exist`)
    const { host } = pod.record.spec
    const session = this.#options.session(host)
    const connection = session?.openflow
    const ofport = session?.rows.ofportOf(pod.record.interface)
    if (connection === undefined) throw refusal(pointer, `host ${host} of pod ${key} is not connected`, 'UNAVAILABLE')
    if (ofport === undefined) throw refusal(pointer, `pod ${key} has no port on host ${host} yet`, 'UNAVAILABLE')
    return { pod, host, connection, ofport }
  }

  /** Hosts tell what they see over connections of their own: the receiver's word may be here before that of the sender's. */
  async #watch(trace: number, first: string, timeoutMs: number, send: () => void): Promise<LiveTrace> {
    const { clock } = this.#options
    const sightings: Sighting[] = []
    const delivered = (): boolean => sightings.some(({ stage }) => stage === 'delivered')
    const began = clock.now()
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, timeoutMs)
      this.#running.set(trace, {
        onSeen: (host, stage) => {
          sightings.push({ host, stage, afterMs: clock.now() - began })
          if (!delivered() || sightings.every((seen) => seen.host !== first)) return
          timer.cancel()
          resolve()
        },
      })
      send()
    })
    this.#running.delete(trace)
    const away = ({ host }: Sighting): number => Number(host !== first)
    return { delivered: delivered(), sightings: sightings.toSorted((a, b) => away(a) - away(b)) }
  }
}

function refusal(pointer: string, detail: string, code: 'INVALID' | 'UNAVAILABLE' = 'INVALID'): HeddleError {
  return new HeddleError(code, detail, [{ pointer, detail }])
}

function networkOf({ tenant, network }: PodView): string {
  return `${tenant}/${network}`
}

function addressAt(pod: PodView, family: Family, pointer: string): Ip {
  const ip = addressOf(pod, family)
  if (ip === undefined) throw refusal(pointer, `pod ${pod.key} has no IPv${family} address`)
  return ip
}

function packetSpec(from: PodView, to: PodView, family: Family, service: Service, trace: number): PacketSpec {
  const mark = 1 + (trace % 63)
  const ephemeral = FIRST_PORT + (trace % PORT_COUNT)
  return {
    ethSrc: mustParseMac(from.record.mac),
    ethDst: ROUTER_MAC,
    src: addressAt(from, family, '/from'),
    dst: addressAt(to, family, '/to'),
    dscp: mark,
    ttl: TTL,
    payload:
      service.protocol === 'ICMP'
        ? { protocol: 'ICMP', id: ephemeral }
        : { protocol: service.protocol, sourcePort: ephemeral, destinationPort: service.port },
  }
}

/** All by which the packet can be told from others wherever it is seen. */
function matchOf({ src, dst, dscp, payload }: PacketSpec): MatchInit {
  const ends: MatchInit =
    src.family === 4
      ? { eth_type: 0x0800, nw_src: Number(src.value), nw_dst: Number(dst.value) }
      : { eth_type: 0x86dd, ipv6_src: src.value, ipv6_dst: dst.value }
  const common = { ...ends, ip_dscp: dscp }
  switch (payload.protocol) {
    case 'TCP':
      return { ...common, nw_proto: 6, tcp_src: payload.sourcePort, tcp_dst: payload.destinationPort }
    case 'UDP':
      return { ...common, nw_proto: 17, udp_src: payload.sourcePort, udp_dst: payload.destinationPort }
    case 'SCTP':
      return { ...common, nw_proto: 132, sctp_src: payload.sourcePort, sctp_dst: payload.destinationPort }
    case 'ICMP':
      return src.family === 4 ? { ...common, nw_proto: 1, icmp_type: 8 } : { ...common, nw_proto: 58, icmpv6_type: 128 }
  }
}

/** A connection that ended meanwhile leaves flows that the switch takes out by itself. */
async function clean(connection: Connection, trace: number): Promise<void> {
  if (connection.closed) return
  const [cookie, cookie_mask] = traceCookies(trace)
  connection.send({ type: 'FLOW_MOD', command: 'delete', table_id: 0xff, priority: 0, cookie, cookie_mask, match: [], actions: [] })
  await connection.barrier().catch(() => undefined)
}

/** Takes the connection that the packet began out of conntrack. */
function forget(connection: Connection, zone: number | undefined, { src, dst, payload }: PacketSpec): void {
  if (zone === undefined || connection.closed || payload.protocol === 'ICMP') return
  connection.send({
    type: 'CT_FLUSH',
    ip_proto: { TCP: 6, UDP: 17, SCTP: 132 }[payload.protocol],
    zone_id: zone,
    orig: { src: mapped(src), dst: mapped(dst), src_port: payload.sourcePort, dst_port: payload.destinationPort },
  })
}

/** As NXT_CT_FLUSH has addresses: those of IPv4 as `::ffff:a.b.c.d`. */
function mapped({ family, value }: Ip): bigint {
  return family === 4 ? (0xffffn << 32n) | value : value
}
