import { type Packet, packetOf } from 'openflow-ts'
import { type Family, type Ip, mustParseMac } from '../model/address.js'
import { addressOf } from './addresses.js'
import { ROUTER_MAC } from '../model/reserved.js'
import { Exchange, type Fabric, type Journey } from './fabric.js'

/** What is asked of the receiver. */
export type Service =
  | { readonly protocol: PortProtocol; readonly port: number }
  /** ICMP or ICMPv6, as the family has it. Without `type`, an echo request. */
  | { readonly protocol: 'ICMP'; readonly type?: number; readonly code?: number }

export type PortProtocol = 'TCP' | 'UDP' | 'SCTP'
export const PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMP'] as const satisfies readonly Service['protocol'][]
export type Protocol = Service['protocol']

export interface Probe {
  readonly from: string
  readonly to: { readonly pod: string } | { readonly address: Ip }
  readonly family: Family
  readonly service: Service
}

/** A probe's two packets, each with what became of it. */
export interface ProbeResult {
  readonly forward: Journey
  /** Absent where nothing answers: the packet arrived at no pod, or is of a kind that has no answer. */
  readonly reply?: Journey
  /** Both ways: it came to whom it was sent to, and the answer, if any, came back. */
  readonly reaches: boolean
}

const TTL = 64
/** Of the range that systems take the ports of clients from. */
const EPHEMERAL_PORT = 49152
export const IP_PROTOCOLS = { TCP: 6, UDP: 17, SCTP: 132 } as const
const SYN = 0x002
const SYN_ACK = 0x012
export const ECHO = { 4: { protocol: 1, request: 8, reply: 0 }, 6: { protocol: 58, request: 128, reply: 129 } } as const

/** `TCP 80`, `ICMP type 8`. */
export function serviceText(service: Service): string {
  if (service.protocol !== 'ICMP') return `${service.protocol} ${service.port}`
  if (service.type === undefined) return 'ICMP'
  return `ICMP type ${service.type}${service.code === undefined ? '' : ` code ${service.code}`}`
}

/** Sends the probe and, if it is delivered, its reply. Undefined: the sender or receiver has no address of the family. */
export function sendProbe(fabric: Fabric, probe: Probe): ProbeResult | undefined {
  const packet = probePacket(fabric, probe)
  if (packet === undefined) return undefined
  const exchange = new Exchange()
  const forward = fabric.send(probe.from, packet, exchange)
  const { verdict } = forward
  if (verdict.result !== 'delivered') return { forward, reaches: verdict.result === 'answered' && 'address' in probe.to }
  const arrived = 'address' in probe.to || probe.to.pod === verdict.pod
  const back = replyTo(fabric, verdict.pod, verdict.packet)
  if (back === undefined) return { forward, reaches: arrived }
  const reply = fabric.send(verdict.pod, back, exchange)
  const returned = reply.verdict.result === 'delivered' && reply.verdict.pod === probe.from
  return { forward, reply, reaches: arrived && returned }
}

/** The packet as the stack of the sending pod makes it: to the router, which all pods have for their gateway. */
export function probePacket(fabric: Fabric, { from, to, family, service }: Probe): Packet | undefined {
  const { pods } = fabric.source.view
  const sender = pods.get(from)
  const receiver = 'pod' in to ? pods.get(to.pod) : undefined
  const source = sender && addressOf(sender, family)
  const destination = 'address' in to ? to.address : receiver && addressOf(receiver, family)
  if (sender === undefined || source === undefined || destination?.family !== family) return undefined
  const packet = fromPod(sender.record.mac)
  setEnds(packet, source, destination)
  setService(packet, service, family)
  return packet
}

/** What the pod that a packet was delivered to answers; undefined: nothing. */
export function replyTo(fabric: Fabric, pod: string, packet: Packet): Packet | undefined {
  const record = fabric.source.view.pods.get(pod)?.record
  if (record === undefined) return undefined
  const reply = fromPod(record.mac)
  const v4 = packet.get('eth_type') === ETH_TYPES[4]
  const end = (four: 'nw_src' | 'nw_dst', six: 'ipv6_src' | 'ipv6_dst'): Ip =>
    v4 ? { family: 4, value: BigInt(packet.get(four)) } : { family: 6, value: packet.get(six) }
  setEnds(reply, end('nw_dst', 'ipv6_dst'), end('nw_src', 'ipv6_src'))
  const protocol = packet.get('nw_proto')
  reply.set('nw_proto', protocol)
  const echo = ECHO[v4 ? 4 : 6]
  if (protocol === echo.protocol) {
    const [type, code] = v4 ? (['icmp_type', 'icmp_code'] as const) : (['icmpv6_type', 'icmpv6_code'] as const)
    if (packet.get(type) !== echo.request) return undefined
    // Systems send the code back that they were asked with, and rules may name it.
    return reply.set(type, echo.reply).set(code, packet.get(code))
  }
  reply.set('tcp_src', packet.get('tcp_dst')).set('tcp_dst', packet.get('tcp_src'))
  return protocol === IP_PROTOCOLS.TCP ? reply.set('tcp_flags', SYN_ACK) : reply
}

const ETH_TYPES = { 4: 0x0800, 6: 0x86dd } as const

function fromPod(mac: string): Packet {
  return packetOf({ eth_src: mustParseMac(mac), eth_dst: ROUTER_MAC, nw_ttl: TTL })
}

function setEnds(packet: Packet, source: Ip, destination: Ip): void {
  packet.set('eth_type', ETH_TYPES[source.family])
  if (source.family === 4) packet.set('nw_src', Number(source.value)).set('nw_dst', Number(destination.value))
  else packet.set('ipv6_src', source.value).set('ipv6_dst', destination.value)
}

/** Fields of all protocols' ports are one, as in OVS. */
function setService(packet: Packet, service: Service, family: Family): void {
  if (service.protocol === 'ICMP') {
    const { protocol, request } = ECHO[family]
    const { type = request, code = 0 } = service
    packet.set('nw_proto', protocol)
    if (family === 4) packet.set('icmp_type', type).set('icmp_code', code)
    else packet.set('icmpv6_type', type).set('icmpv6_code', code)
    return
  }
  packet.set('nw_proto', IP_PROTOCOLS[service.protocol]).set('tcp_src', EPHEMERAL_PORT).set('tcp_dst', service.port)
  if (service.protocol === 'TCP') packet.set('tcp_flags', SYN)
}
