import { ETH_IPV4, ETH_IPV6 } from '../spec/prereqs.js'
import type { Extraction } from './extract.js'

/** ip_frag of fragments that have no transport header. */
const LATER = 2

export const PROTOCOLS = { ICMP: 1, IGMP: 2, TCP: 6, UDP: 17, ICMPV6: 58, SCTP: 132 } as const
export const HEADER_BYTES = { ICMP: 8, TCP: 20, UDP: 8, ICMPV6: 4, SCTP: 12 } as const

type Names = readonly [source: 'tcp_src' | 'udp_src' | 'sctp_src', destination: 'tcp_dst' | 'udp_dst' | 'sctp_dst']

function readPorts({ view, fields }: Extraction, [source, destination]: Names, isWhole: boolean): void {
  fields[source] = isWhole ? view.u16(0) : 0
  fields[destination] = isWhole ? view.u16(2) : 0
}

function readTcp(x: Extraction): void {
  const { view, fields } = x
  const header = view.size < HEADER_BYTES.TCP ? 0 : (view.u8(12) >>> 4) * 4
  const isWhole = header >= HEADER_BYTES.TCP && header <= view.size
  readPorts(x, ['tcp_src', 'tcp_dst'], isWhole)
  fields.tcp_flags = isWhole ? view.u16(12) & 0xfff : 0
}

function readIcmp({ view, fields }: Extraction): void {
  const isWhole = view.size >= HEADER_BYTES.ICMP
  fields.icmp_type = isWhole ? view.u8(0) : 0
  fields.icmp_code = isWhole ? view.u8(1) : 0
}

const ICMPV6_BYTES = 8
const [SOLICITATION, ADVERTISEMENT] = [135, 136]
const [SOURCE_LINK, TARGET_LINK] = [1, 2]
const LINK_OPTION_BYTES = 8

function readIcmpv6(x: Extraction): void {
  const { view, fields } = x
  const isWhole = view.size >= ICMPV6_BYTES
  const type = isWhole ? view.u8(0) : 0
  const code = isWhole ? view.u8(1) : 0
  fields.icmpv6_type = type
  fields.icmpv6_code = code
  if (code === 0 && (type === SOLICITATION || type === ADVERTISEMENT)) readNeighbour(x)
}

/** Neighbour discovery. An address that is given twice makes all of it void. */
function readNeighbour(x: Extraction): void {
  const { view, fields } = x
  const nothing = { nd_target: 0n, nd_sll: 0n, nd_tll: 0n, nd_options_type: 0 }
  Object.assign(fields, nothing, { nd_reserved: view.u32(4) })
  view.pull(ICMPV6_BYTES)
  if (view.size < 16) return
  fields.nd_target = view.u128(0)
  view.pull(16)
  if (!readLinkAddresses(x)) Object.assign(fields, { nd_target: 0n, nd_sll: 0n, nd_tll: 0n })
}

/** False when an address is given twice. */
function readLinkAddresses({ view, fields }: Extraction): boolean {
  while (view.size >= 8) {
    const type = view.u8(0)
    const bytes = view.u8(1) * 8
    if (bytes === 0 || bytes > view.size) return true
    const name = type === SOURCE_LINK ? 'nd_sll' : type === TARGET_LINK ? 'nd_tll' : undefined
    if (name !== undefined && bytes === LINK_OPTION_BYTES) {
      if (fields[name] !== 0n) return false
      fields[name] = view.mac(2)
      if (fields.nd_options_type === 0) fields.nd_options_type = type
    }
    view.pull(bytes)
  }
  return true
}

/** Reads the transport layer of an IP packet, where this fragment has it. */
export function readTransport(x: Extraction): void {
  const { view, fields } = x
  if ((Number(fields.ip_frag) & LATER) !== 0) return
  const protocol = fields.nw_proto
  if (protocol === PROTOCOLS.TCP) readTcp(x)
  else if (protocol === PROTOCOLS.UDP) readPorts(x, ['udp_src', 'udp_dst'], view.size >= HEADER_BYTES.UDP)
  else if (protocol === PROTOCOLS.SCTP) readPorts(x, ['sctp_src', 'sctp_dst'], view.size >= HEADER_BYTES.SCTP)
  else if (protocol === PROTOCOLS.ICMP && fields.eth_type === ETH_IPV4) readIcmp(x)
  else if (protocol === PROTOCOLS.ICMPV6 && fields.eth_type === ETH_IPV6) readIcmpv6(x)
}
