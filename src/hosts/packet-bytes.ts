import { checksum } from 'openflow-ts'
import type { Ip } from '../model/address.js'

/** Packets as bytes: Ethernet, IPv4 or IPv6, and TCP, UDP or an ICMP echo request. */

export interface PacketSpec {
  readonly ethSrc: bigint
  readonly ethDst: bigint
  readonly src: Ip
  readonly dst: Ip
  /** Six bits. */
  readonly dscp: number
  readonly ttl: number
  readonly payload:
    | { readonly protocol: 'TCP' | 'UDP' | 'SCTP'; readonly sourcePort: number; readonly destinationPort: number }
    | { readonly protocol: 'ICMP'; readonly id: number }
}

const ETHERNET_BYTES = 14
const SYN = 0x02
const WINDOW = 64_240

export function packetBytes(spec: PacketSpec): Buffer {
  const { src, dst } = spec
  const inner = transport(spec)
  const network = src.family === 4 ? ipv4(spec, inner) : ipv6(spec, inner)
  const ethernet = Buffer.alloc(ETHERNET_BYTES)
  ethernet.writeUIntBE(Number(spec.ethDst), 0, 6)
  ethernet.writeUIntBE(Number(spec.ethSrc), 6, 6)
  ethernet.writeUInt16BE(dst.family === 4 ? 0x0800 : 0x86dd, 12)
  return Buffer.concat([ethernet, network, inner])
}

/** IP protocol numbers. */
function protocolOf({ payload, src }: PacketSpec): number {
  if (payload.protocol === 'ICMP') return src.family === 4 ? 1 : 58
  return { TCP: 6, UDP: 17, SCTP: 132 }[payload.protocol]
}

/** RFC 791. */
function ipv4(spec: PacketSpec, inner: Buffer): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt8(spec.dscp << 2, 1)
  header.writeUInt16BE(header.length + inner.length, 2)
  header.writeUInt16BE(0x4000, 6)
  header.writeUInt8(spec.ttl, 8)
  header.writeUInt8(protocolOf(spec), 9)
  addressBytes(spec.src).copy(header, 12)
  addressBytes(spec.dst).copy(header, 16)
  header.writeUInt16BE(checksum(header), 10)
  return header
}

/** RFC 8200. */
function ipv6(spec: PacketSpec, inner: Buffer): Buffer {
  const header = Buffer.alloc(40)
  header.writeUInt32BE(((6 << 28) | (spec.dscp << 22)) >>> 0, 0)
  header.writeUInt16BE(inner.length, 4)
  header.writeUInt8(protocolOf(spec), 6)
  header.writeUInt8(spec.ttl, 7)
  addressBytes(spec.src).copy(header, 8)
  addressBytes(spec.dst).copy(header, 24)
  return header
}

function transport(spec: PacketSpec): Buffer {
  const { payload } = spec
  switch (payload.protocol) {
    case 'TCP':
      return tcp(spec, payload.sourcePort, payload.destinationPort)
    case 'UDP':
      return udp(spec, payload.sourcePort, payload.destinationPort)
    case 'SCTP':
      return sctp(payload.sourcePort, payload.destinationPort)
    case 'ICMP':
      return echoRequest(spec, payload.id)
  }
}

/** RFC 9293: a SYN. */
function tcp(spec: PacketSpec, sourcePort: number, destinationPort: number): Buffer {
  const segment = Buffer.alloc(20)
  segment.writeUInt16BE(sourcePort, 0)
  segment.writeUInt16BE(destinationPort, 2)
  segment.writeUInt8(5 << 4, 12)
  segment.writeUInt8(SYN, 13)
  segment.writeUInt16BE(WINDOW, 14)
  segment.writeUInt16BE(checksum(pseudoHeader(spec, segment.length), segment), 16)
  return segment
}

/** RFC 768, without data; a checksum that comes out as zero is sent as all ones. */
function udp(spec: PacketSpec, sourcePort: number, destinationPort: number): Buffer {
  const datagram = Buffer.alloc(8)
  datagram.writeUInt16BE(sourcePort, 0)
  datagram.writeUInt16BE(destinationPort, 2)
  datagram.writeUInt16BE(datagram.length, 4)
  datagram.writeUInt16BE(checksum(pseudoHeader(spec, datagram.length), datagram) || 0xffff, 6)
  return datagram
}

/** RFC 9260: an INIT chunk; its CRC32c is of no use to switches and stays zero. */
function sctp(sourcePort: number, destinationPort: number): Buffer {
  const packet = Buffer.alloc(12 + 20)
  packet.writeUInt16BE(sourcePort, 0)
  packet.writeUInt16BE(destinationPort, 2)
  packet.writeUInt8(1, 12)
  packet.writeUInt16BE(20, 14)
  packet.writeUInt32BE(1, 16)
  packet.writeUInt32BE(WINDOW, 20)
  packet.writeUInt16BE(1, 24)
  packet.writeUInt16BE(1, 26)
  packet.writeUInt32BE(1, 28)
  return packet
}

/** RFC 792 and RFC 4443; the latter's checksum covers a pseudo-header, too. */
function echoRequest(spec: PacketSpec, id: number): Buffer {
  const message = Buffer.alloc(8)
  message.writeUInt8(spec.src.family === 4 ? 8 : 128, 0)
  message.writeUInt16BE(id, 4)
  const before = spec.src.family === 4 ? [] : [pseudoHeader(spec, message.length)]
  message.writeUInt16BE(checksum(...before, message), 2)
  return message
}

function pseudoHeader(spec: PacketSpec, length: number): Buffer {
  const rest = Buffer.alloc(spec.src.family === 4 ? 4 : 8)
  if (spec.src.family === 4) {
    rest.writeUInt8(protocolOf(spec), 1)
    rest.writeUInt16BE(length, 2)
  } else {
    rest.writeUInt32BE(length, 0)
    rest.writeUInt8(protocolOf(spec), 7)
  }
  return Buffer.concat([addressBytes(spec.src), addressBytes(spec.dst), rest])
}

function addressBytes({ family, value }: Ip): Buffer {
  return Buffer.from(value.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex')
}
