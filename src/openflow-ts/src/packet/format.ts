import type { MatchTerm } from '../match/terms.js'
import type { FieldName } from '../spec/fields.js'
import { ETH_NSH } from '../spec/prereqs.js'
import { formatMatch } from '../text/match-format.js'
import { type ExtractedPacket, extractFields } from './extract.js'
import { HEADER_BYTES, PROTOCOLS } from './transport.js'

/** Fields of a packet that ovs-ofctl does not print. */
const UNPRINTED: readonly FieldName[] = ['nd_reserved', 'nd_options_type']

const termsOf = ({ fields }: ExtractedPacket): MatchTerm[] =>
  Object.entries(fields)
    .map(([field, value]) => ({ field: field as FieldName, value }))
    .filter(({ field }) => !UNPRINTED.includes(field))

/** The second VLAN tag, which no field names; where there is one at all, also that there is no second. */
function innerVlan({ vlans }: ExtractedPacket): string {
  if (vlans.length === 0) return ''
  const [, inner] = vlans
  return inner === undefined ? 'vlan_tci1=0x0000,' : `dl_vlan1=${inner & 0xfff},dl_vlan_pcp1=${inner >>> 13},`
}

const MAX_LABELS = 3
const BOTTOM_OF_STACK = 0x100

/** MPLS labels below the first, down to the bottom of the stack. */
function innerLabels({ fields, mpls }: ExtractedPacket): string {
  if (fields.mpls_label === undefined) return ''
  let text = ''
  for (let i = 0; i + 1 < MAX_LABELS && ((mpls[i] ?? 0) & BOTTOM_OF_STACK) === 0; i++) {
    text += `,mpls_lse${i + 1}=${mpls[i + 1] ?? 0}`
  }
  return text
}

/** Protocols with a type and a code that have no fields for them: IGMP, and ICMP of the other IP version. */
function typeAndCode(packet: Buffer, { fields, l4 }: ExtractedPacket): string {
  const { nw_proto: protocol, icmp_type, icmpv6_type, ip_frag } = fields
  const hasType = protocol === PROTOCOLS.IGMP || protocol === PROTOCOLS.ICMP || protocol === PROTOCOLS.ICMPV6
  const hasFields = icmp_type !== undefined || icmpv6_type !== undefined
  if (!hasType || hasFields || l4 === undefined || Number(ip_frag) > 1) return ''
  const isWhole = l4.size >= HEADER_BYTES.ICMP
  return `,tp_src=${isWhole ? packet.readUInt8(l4.offset) : 0},tp_dst=${isWhole ? packet.readUInt8(l4.offset + 1) : 0}`
}

type Checksum = readonly [name: string, header: number, at: number, bytes: 2 | 4]

const CHECKSUMS: Readonly<Record<number, Checksum>> = {
  [PROTOCOLS.TCP]: ['tcp', HEADER_BYTES.TCP, 16, 2],
  [PROTOCOLS.UDP]: ['udp', HEADER_BYTES.UDP, 6, 2],
  [PROTOCOLS.SCTP]: ['sctp', HEADER_BYTES.SCTP, 8, 4],
  [PROTOCOLS.ICMP]: ['icmp', HEADER_BYTES.ICMP, 2, 2],
  [PROTOCOLS.ICMPV6]: ['icmp6', HEADER_BYTES.ICMPV6, 2, 2],
}

function checksum(packet: Buffer, { fields, l4 }: ExtractedPacket): string {
  const found = CHECKSUMS[Number(fields.nw_proto)]
  if (found === undefined || l4 === undefined) return ''
  const [name, header, at, bytes] = found
  return l4.size < header ? '' : ` ${name}_csum:${packet.readUIntBE(l4.offset + at, bytes).toString(16)}`
}

/**
 * A packet as ovs-ofctl prints it: the match that it alone fits, and its checksum. With its line end.
 * @param packetType of a packet that does not begin with Ethernet
 */
export function formatPacket(packet: Uint8Array, packetType = 0): string {
  const found = extractFields(packet, packetType)
  const bytes = asBuffer(packet)
  return `${flowText(bytes, found, [])}${checksum(bytes, found)}\n`
}

/** The match that a packet alone fits that came in through a port, as ovs-ofctl prints the flows of packets. */
export function formatPacketFlow(packet: Uint8Array, in_port: number): string {
  return `${flowText(asBuffer(packet), extractFields(packet), [{ field: 'in_port', value: in_port }])}\n`
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

function flowText(bytes: Buffer, found: ExtractedPacket, more: readonly MatchTerm[]): string {
  const text = formatMatch([...more, ...termsOf(found)]).replace('dl_src=', `${innerVlan(found)}dl_src=`)
  const nsh = found.fields.eth_type === ETH_NSH ? ',nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no' : ''
  return `${text}${nsh}${innerLabels(found)}${typeAndCode(bytes, found)}`
}
