import type { FieldName } from '../spec/fields.js'
import { checksum } from './checksum.js'
import type { PacketFields } from './extract.js'
import { PROTOCOLS } from './transport.js'

/** A field's place in a header: where it begins, and its bytes. */
type Slot = readonly [field: FieldName, at: number, bytes: 1 | 2]

/** A protocol's header. */
interface Header {
  readonly bytes: number
  readonly slots: readonly Slot[]
  readonly checksumAt?: number
  /** The checksum is over the addresses, too. */
  readonly pseudo?: boolean
  /** What stands for a checksum of 0, which says that there is none. */
  readonly zeroChecksum?: number
  /** What there is in it beside fields, of `length` bytes with what follows. */
  readonly more?: (header: Buffer, fields: PacketFields, length: number) => void
  /** What follows; nothing by default. */
  readonly rest?: (fields: PacketFields, payload: Uint8Array) => Uint8Array
}

const NOTHING = new Uint8Array()
const numberOf = (fields: PacketFields, name: FieldName): number => Number(fields[name] ?? 0)

/** SYN, FIN and RST, which come without data. */
const TCP_CONTROL = 0x007
const TCP_WORDS = 5

const [ECHO_REPLY, ECHO_REQUEST] = [0, 8]
const [ECHO_REQUEST6, ECHO_REPLY6] = [128, 129]
const [SOLICITATION, ADVERTISEMENT] = [135, 136]

function isNeighbour(fields: PacketFields): boolean {
  const type = numberOf(fields, 'icmpv6_type')
  return numberOf(fields, 'icmpv6_code') === 0 && (type === SOLICITATION || type === ADVERTISEMENT)
}

/** Link-layer addresses of neighbour discovery, each with the number of its option. */
const LINK_OPTIONS = [
  ['nd_sll', 1],
  ['nd_tll', 2],
] as const
const OPTION_BYTES = 8

/** Target and the link-layer addresses that are not 0. */
function neighbour(fields: PacketFields): Buffer {
  const target = Buffer.from(BigInt(fields.nd_target ?? 0).toString(16).padStart(32, '0'), 'hex')
  const options = LINK_OPTIONS.filter(([field]) => numberOf(fields, field) !== 0).map(([field, type]) => {
    const option = Buffer.alloc(OPTION_BYTES)
    option.writeUInt8(type, 0)
    option.writeUInt8(1, 1)
    option.writeUIntBE(numberOf(fields, field), 2, 6)
    return option
  })
  return Buffer.concat([target, ...options])
}

function restOfIcmpv6(fields: PacketFields, payload: Uint8Array): Uint8Array {
  if (isNeighbour(fields)) return neighbour(fields)
  const type = numberOf(fields, 'icmpv6_type')
  const isEcho = type === ECHO_REQUEST6 || type === ECHO_REPLY6
  return isEcho && numberOf(fields, 'icmpv6_code') === 0 ? payload : NOTHING
}

function restOfIcmp(fields: PacketFields, payload: Uint8Array): Uint8Array {
  const type = numberOf(fields, 'icmp_type')
  const isEcho = type === ECHO_REQUEST || type === ECHO_REPLY
  return isEcho && numberOf(fields, 'icmp_code') === 0 ? payload : NOTHING
}

const HEADERS: Readonly<Record<number, Header>> = {
  [PROTOCOLS.TCP]: {
    bytes: 20,
    slots: [['tcp_src', 0, 2], ['tcp_dst', 2, 2]],
    checksumAt: 16,
    pseudo: true,
    more: (header, fields) => header.writeUInt16BE((TCP_WORDS << 12) | numberOf(fields, 'tcp_flags'), 12),
    rest: (fields, payload) => ((numberOf(fields, 'tcp_flags') & TCP_CONTROL) === 0 ? payload : NOTHING),
  },
  [PROTOCOLS.UDP]: {
    bytes: 8,
    slots: [['udp_src', 0, 2], ['udp_dst', 2, 2]],
    checksumAt: 6,
    pseudo: true,
    zeroChecksum: 0xffff,
    more: (header, _fields, length) => header.writeUInt16BE(length & 0xffff, 4),
    rest: (_fields, payload) => payload,
  },
  [PROTOCOLS.SCTP]: { bytes: 12, slots: [['sctp_src', 0, 2], ['sctp_dst', 2, 2]] },
  [PROTOCOLS.ICMP]: {
    bytes: 8,
    slots: [['icmp_type', 0, 1], ['icmp_code', 1, 1]],
    checksumAt: 2,
    rest: restOfIcmp,
  },
  [PROTOCOLS.IGMP]: { bytes: 8, slots: [], checksumAt: 2 },
  [PROTOCOLS.ICMPV6]: {
    bytes: 8,
    slots: [['icmpv6_type', 0, 1], ['icmpv6_code', 1, 1]],
    checksumAt: 2,
    pseudo: true,
    more: (header, fields) => header.writeUInt32BE(numberOf(fields, 'nd_reserved'), 4),
    rest: restOfIcmpv6,
  },
}

/** ip_frag of fragments that have no transport header. */
const LATER = 2

/** What the checksum covers beside the packet: its addresses, protocol and length. */
function pseudoHeader(addresses: Buffer, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(addresses.length + 8)
  addresses.copy(header)
  header.writeUInt32BE(length & 0xffff, addresses.length)
  header.writeUInt32BE(protocol, addresses.length + 4)
  return header
}

/**
 * The transport layer of an IP packet, where this fragment has one and the protocol is known.
 * @param addresses of the IP header, source and destination
 */
export function composeTransport(fields: PacketFields, payload: Uint8Array, addresses: Buffer): Buffer {
  const protocol = numberOf(fields, 'nw_proto')
  const spec = HEADERS[protocol]
  if (spec === undefined || (numberOf(fields, 'ip_frag') & LATER) !== 0) return Buffer.alloc(0)
  const { bytes, slots, checksumAt, pseudo = false, zeroChecksum = 0, more, rest } = spec
  const packet = Buffer.concat([Buffer.alloc(bytes), rest?.(fields, payload) ?? NOTHING])
  for (const [field, at, width] of slots) packet.writeUIntBE(numberOf(fields, field), at, width)
  more?.(packet, fields, packet.length)
  if (checksumAt !== undefined) {
    const covered = pseudo ? [pseudoHeader(addresses, protocol, packet.length), packet] : [packet]
    packet.writeUInt16BE(checksum(...covered) || zeroChecksum, checksumAt)
  }
  return packet
}
