import type { Extraction } from './extract.js'
import type { PacketView } from './view.js'

/** ip_frag: any fragment, and one that is not the first. */
const FRAGMENT = 1
const LATER_FRAGMENT = 3

const MAX_PADDING = 0xffff

/** The fields that IPv4 and IPv6 share. */
interface IpHeader {
  readonly tos: number
  readonly ttl: number
  readonly protocol: number
  readonly fragment: number
}

function setIp({ fields }: Extraction, { tos, ttl, protocol, fragment }: IpHeader): void {
  fields.nw_proto = protocol
  fields.ip_dscp = tos >>> 2
  fields.nw_ecn = tos & 3
  fields.nw_ttl = ttl
  fields.ip_frag = fragment
}

const NO_IP: IpHeader = { tos: 0, ttl: 0, protocol: 0, fragment: 0 }

const IPV4_BYTES = 20
const MORE_FRAGMENTS = 0x2000
const FRAGMENT_OFFSET = 0x1fff

/** Bytes of header and of the whole packet, where both are in order. */
function ipv4Lengths(view: PacketView): { header: number; total: number } | undefined {
  if (view.size < IPV4_BYTES) return undefined
  const header = (view.u8(0) & 0xf) * 4
  const total = view.u16(2)
  const isSane = header >= IPV4_BYTES && header <= view.size && total <= view.size && header <= total
  return isSane && view.size - total <= MAX_PADDING ? { header, total } : undefined
}

export function readIpv4(x: Extraction): boolean {
  const { view, fields } = x
  fields.nw_src = 0
  fields.nw_dst = 0
  setIp(x, NO_IP)
  const lengths = ipv4Lengths(view)
  if (lengths === undefined) return false
  view.end = view.at + lengths.total
  fields.nw_src = view.u32(12)
  fields.nw_dst = view.u32(16)
  const offset = view.u16(6)
  const fragment = (offset & FRAGMENT_OFFSET) !== 0 ? LATER_FRAGMENT : (offset & MORE_FRAGMENTS) !== 0 ? FRAGMENT : 0
  setIp(x, { tos: view.u8(1), ttl: view.u8(8), protocol: view.u8(9), fragment })
  return view.pull(lengths.header)
}

const IPV6_BYTES = 40
const [HOP_BY_HOP, ROUTING, FRAGMENT_HEADER, AUTHENTICATION, DESTINATION] = [0, 43, 44, 51, 60]
const EXTENSION_BYTES = 8

/** Steps over extension headers to the protocol; undefined when one is cut short. */
function readExtensions(view: PacketView, first: number): { protocol: number; fragment: number } | undefined {
  let protocol = first
  let fragment = 0
  for (;;) {
    const isOptions = protocol === HOP_BY_HOP || protocol === ROUTING || protocol === DESTINATION
    if (!isOptions && protocol !== AUTHENTICATION && protocol !== FRAGMENT_HEADER) return { protocol, fragment }
    if (view.size < EXTENSION_BYTES) return undefined
    const next = view.u8(0)
    if (protocol === FRAGMENT_HEADER) {
      const offset = view.u16(2)
      view.pull(EXTENSION_BYTES)
      if ((offset & 0xfff8) !== 0) return { protocol, fragment: LATER_FRAGMENT }
      if (offset !== 0) fragment = FRAGMENT
    } else if (!view.pull(protocol === AUTHENTICATION ? (view.u8(1) + 2) * 4 : (view.u8(1) + 1) * 8)) {
      return undefined
    }
    protocol = next
  }
}

export function readIpv6(x: Extraction): boolean {
  const { view, fields } = x
  fields.ipv6_src = 0n
  fields.ipv6_dst = 0n
  fields.ipv6_label = 0
  setIp(x, NO_IP)
  const payload = view.size < IPV6_BYTES ? 0 : view.u16(4)
  const padding = view.size - IPV6_BYTES - payload
  if (padding < 0 || padding > MAX_PADDING) return false
  view.end -= padding
  fields.ipv6_src = view.u128(8)
  fields.ipv6_dst = view.u128(24)
  const flow = view.u32(0)
  const ttl = view.u8(7)
  const protocol = view.u8(6)
  view.pull(IPV6_BYTES)
  const found = readExtensions(view, protocol)
  if (found === undefined) return false
  fields.ipv6_label = flow & 0xfffff
  setIp(x, { tos: (flow >>> 20) & 0xff, ttl, ...found })
  return true
}

const ARP_BYTES = 28
/** Ethernet, IPv4, and the lengths of their addresses. */
const ARP_KIND = [0x0001, 0x0800, 0x0604] as const

export function readArp({ view, fields }: Extraction): boolean {
  Object.assign(fields, { arp_spa: 0, arp_tpa: 0, arp_op: 0, arp_sha: 0n, arp_tha: 0n })
  if (view.size < ARP_BYTES || ARP_KIND.some((part, i) => view.u16(i * 2) !== part)) return false
  const op = view.u16(6)
  fields.arp_op = op <= 0xff ? op : 0
  fields.arp_sha = view.mac(8)
  fields.arp_spa = view.u32(14)
  fields.arp_tha = view.mac(18)
  fields.arp_tpa = view.u32(24)
  return false
}

const MAX_LABELS = 3
const BOTTOM_OF_STACK = 0x100

export function readMpls({ view, fields, mpls }: Extraction): boolean {
  while (view.size >= 4) {
    const entry = view.u32(0)
    view.pull(4)
    if (mpls.length < MAX_LABELS) mpls.push(entry)
    if ((entry & BOTTOM_OF_STACK) !== 0) break
  }
  const [outer = 0] = mpls
  fields.mpls_label = outer >>> 12
  fields.mpls_tc = (outer >>> 9) & 7
  fields.mpls_bos = (outer >>> 8) & 1
  fields.mpls_ttl = outer & 0xff
  return false
}

const NSH_BYTES = 8
const NSH_MD1 = 1
const NSH_MD2 = 2
const NSH_MD1_BYTES = 24

export function readNsh({ view, fields }: Extraction): boolean {
  Object.assign(fields, { nsh_flags: 0, nsh_ttl: 0, nsh_mdtype: 0, nsh_np: 0, nsh_spi: 0, nsh_si: 0 })
  if (view.size < NSH_BYTES) return false
  const base = view.u16(0)
  const bytes = (base & 0x3f) * 4
  const version = base >>> 14
  const mdtype = view.u8(2)
  const isMd1 = mdtype === NSH_MD1
  if (version !== 0 || bytes > view.size || (isMd1 && bytes !== NSH_MD1_BYTES)) return false
  if (mdtype === NSH_MD2 && bytes < NSH_BYTES) return false
  Object.assign(fields, { nsh_flags: (base >>> 12) & 3, nsh_ttl: (base >>> 6) & 0x3f, nsh_mdtype: mdtype })
  Object.assign(fields, { nsh_np: view.u8(3), nsh_spi: view.u32(4) >>> 8, nsh_si: view.u8(7) })
  if (!isMd1) return false
  Object.assign(fields, { nsh_c1: view.u32(8), nsh_c2: view.u32(12), nsh_c3: view.u32(16), nsh_c4: view.u32(20) })
  return false
}
