import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_NONE, ETH_RARP } from '../spec/prereqs.js'
import { checksum } from './checksum.js'
import { composeTransport } from './compose-transport.js'
import type { ExtractedPacket, PacketFields } from './extract.js'

/** What to make a packet of; a field or tag that is not there is 0 or none. */
export interface PacketContents extends Pick<ExtractedPacket, 'fields'> {
  /** VLAN tags from the outside; without them there is that of the field `vlan_tci`, where its bit says so. */
  readonly vlans?: readonly number[]
  /** MPLS labels from the outside; the first is as the fields say. */
  readonly mpls?: readonly number[]
}

const VLAN_PRESENT = 0x1000
const DOT1Q = 0x8100
const MAC_BYTES = 6

const numberOf = (fields: PacketFields, name: keyof PacketFields): number => Number(fields[name] ?? 0)

function putIpv6(bytes: Buffer, value: bigint, at: number): void {
  bytes.writeBigUInt64BE(value >> 64n, at)
  bytes.writeBigUInt64BE(value & 0xffffffffffffffffn, at + 8)
}

const putMac = (bytes: Buffer, value: unknown, at: number): unknown =>
  bytes.writeUIntBE(Number(value ?? 0), at, MAC_BYTES)

const IPV4_BYTES = 20
const IPV4_NO_OPTIONS = 0x45
const MORE_FRAGMENTS = 0x2000
/** Any place behind the first fragment. */
const LATER_OFFSET = 100
const LATER = 2

const tosOf = (fields: PacketFields): number => (numberOf(fields, 'ip_dscp') << 2) | numberOf(fields, 'nw_ecn')

/** ip_frag, as the IPv4 header has it. */
function fragmentOf(fields: PacketFields): number {
  const fragment = numberOf(fields, 'ip_frag')
  return fragment === 0 ? 0 : MORE_FRAGMENTS | ((fragment & LATER) === 0 ? 0 : LATER_OFFSET)
}

function composeIpv4({ fields }: PacketContents, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(IPV4_BYTES)
  header.writeUInt8(IPV4_NO_OPTIONS, 0)
  header.writeUInt8(tosOf(fields), 1)
  header.writeUInt16BE(fragmentOf(fields), 6)
  header.writeUInt8(numberOf(fields, 'nw_ttl'), 8)
  header.writeUInt8(numberOf(fields, 'nw_proto'), 9)
  header.writeUInt32BE(numberOf(fields, 'nw_src'), 12)
  header.writeUInt32BE(numberOf(fields, 'nw_dst'), 16)
  const transport = composeTransport(fields, payload, header.subarray(12))
  header.writeUInt16BE((IPV4_BYTES + transport.length) & 0xffff, 2)
  header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([header, transport])
}

const IPV6_BYTES = 40
const IPV6_VERSION = 0x60000000

/** Without extension headers, so that a fragment is like a whole packet. */
function composeIpv6({ fields }: PacketContents, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(IPV6_BYTES)
  header.writeUInt32BE(IPV6_VERSION + tosOf(fields) * 0x100000 + numberOf(fields, 'ipv6_label'), 0)
  header.writeUInt8(numberOf(fields, 'nw_proto'), 6)
  header.writeUInt8(numberOf(fields, 'nw_ttl'), 7)
  putIpv6(header, BigInt(fields.ipv6_src ?? 0), 8)
  putIpv6(header, BigInt(fields.ipv6_dst ?? 0), 24)
  const transport = composeTransport(fields, payload, header.subarray(8))
  header.writeUInt16BE(transport.length & 0xffff, 4)
  return Buffer.concat([header, transport])
}

const ARP_BYTES = 28
/** Ethernet, IPv4, and the lengths of their addresses. */
const ARP_KIND = 0x000108000604
const [REQUEST, REPLY] = [1, 2]

/** Operations other than requests and replies have no addresses. */
function composeArp({ fields }: PacketContents): Buffer {
  const arp = Buffer.alloc(ARP_BYTES)
  const op = numberOf(fields, 'arp_op')
  arp.writeUIntBE(ARP_KIND, 0, 6)
  arp.writeUInt16BE(op, 6)
  if (op !== REQUEST && op !== REPLY) return arp
  putMac(arp, fields.arp_sha, 8)
  arp.writeUInt32BE(numberOf(fields, 'arp_spa'), 14)
  putMac(arp, fields.arp_tha, 18)
  arp.writeUInt32BE(numberOf(fields, 'arp_tpa'), 24)
  return arp
}

const MAX_LABELS = 3
const BOTTOM_OF_STACK = 0x100

/** Labels down to the bottom of the stack, three at most, and nothing below. */
function composeMpls({ fields, mpls = [] }: PacketContents): Buffer {
  const low = (numberOf(fields, 'mpls_tc') << 9) | (numberOf(fields, 'mpls_bos') << 8) | numberOf(fields, 'mpls_ttl')
  const given = [numberOf(fields, 'mpls_label') * 0x1000 + low, ...mpls.slice(1)]
  const labels: number[] = []
  do labels.push(given[labels.length] ?? 0)
  while (labels.length < MAX_LABELS && ((labels.at(-1) ?? 0) & BOTTOM_OF_STACK) === 0)
  const bytes = Buffer.alloc(labels.length * 4)
  for (const [i, label] of labels.entries()) bytes.writeUInt32BE(label, i * 4)
  return bytes
}

/** What follows the Ethernet header, by ethertype; of others nothing does. */
const NETWORK: Readonly<Record<number, (contents: PacketContents, payload: Uint8Array) => Buffer>> = {
  [ETH_IPV4]: composeIpv4,
  [ETH_IPV6]: composeIpv6,
  [ETH_ARP]: composeArp,
  [ETH_RARP]: composeArp,
  [ETH_MPLS]: composeMpls,
  [ETH_MPLS_MCAST]: composeMpls,
}

/** Ethertype or length, from 0. */
function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

const ETHERNET_BYTES = 14

/**
 * A frame with given fields, such that `extractFields` finds them in it; what a switch does not match on is 0.
 * Lengths and checksums are right, but for that of SCTP, which is 0. TCP (without SYN, FIN and RST), UDP and echoes of
 * ICMP carry `payload`; other packets have none. As with ovs-ofctl, not all that fields can say is put into a frame:
 * it has no extension headers of IPv6, thus no fragments of it, and no header of NSH.
 * @throws RangeError when a value has more bits than its field
 * @example
 * composePacket({ fields: { eth_type: 0x800, nw_proto: 17, nw_dst: 0x0a000001, udp_dst: 53 } }, Buffer.from('?'))
 */
export function composePacket(contents: PacketContents, payload: Uint8Array = new Uint8Array()): Buffer {
  const { fields } = contents
  const addresses = Buffer.alloc(2 * MAC_BYTES)
  putMac(addresses, fields.eth_dst, 0)
  putMac(addresses, fields.eth_src, MAC_BYTES)
  const type = numberOf(fields, 'eth_type')
  if (type === ETH_NONE) return Buffer.concat([addresses, u16(ETHERNET_BYTES)])
  const vlans = contents.vlans ?? [numberOf(fields, 'vlan_tci')]
  const tags = vlans.filter((tci) => (tci & VLAN_PRESENT) !== 0).map((tci) => [u16(DOT1Q), u16(tci & ~VLAN_PRESENT)])
  const network = NETWORK[type]?.(contents, payload) ?? Buffer.alloc(0)
  return Buffer.concat([addresses, ...tags.flat(), u16(type), network])
}
