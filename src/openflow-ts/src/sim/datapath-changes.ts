import { ENCAP_TYPES } from '../action/types.js'
import type { FieldName, Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import { fieldInfo } from '../spec/registry.js'
import { formatIpv4, formatIpv6, formatMac } from '../text/addresses.js'
import { hex, hexOrZero } from '../text/values.js'
import type { Packet } from './packet.js'

const mac = (value: Value): string => formatMac(BigInt(value))
const ipv4 = (value: Value): string => formatIpv4(Number(value))
const ipv6 = (value: Value): string => formatIpv6(BigInt(value))

/** A header of the datapath, and the names that its parts have there. */
interface HeaderSpec {
  readonly name: string
  readonly has: (packet: Packet) => boolean
  /** Only the slow path can change it. */
  readonly slow?: true
  readonly parts: readonly (readonly [name: string, field: FieldName, print: (value: Value) => string])[]
}

const ofType =
  (...types: readonly number[]) =>
  (packet: Packet): boolean =>
    types.includes(packet.get('eth_type'))
const isIp = ofType(ETH_IPV4, ETH_IPV6)
const transport = (name: string, proto: number): HeaderSpec => ({
  name,
  has: (packet) => isIp(packet) && packet.get('nw_proto') === proto && (packet.get('ip_frag') & 2) === 0,
  parts: [
    ['src', 'tcp_src', String],
    ['dst', 'tcp_dst', String],
  ],
})

/** In the order in which changes are committed. Of a packet whose protocol is 0, OVS takes IP for not known. */
const HEADERS: readonly HeaderSpec[] = [
  {
    name: 'eth',
    has: (packet) => packet.get('packet_type') === 0,
    parts: [['src', 'eth_src', mac], ['dst', 'eth_dst', mac]],
  },
  {
    name: 'ipv4',
    has: (packet) => packet.get('eth_type') === ETH_IPV4 && packet.get('nw_proto') !== 0,
    parts: [['src', 'nw_src', ipv4], ['dst', 'nw_dst', ipv4], ['tos', 'ip_dscp', hex], ['ttl', 'nw_ttl', String]],
  },
  {
    name: 'ipv6',
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') !== 0,
    parts: [
      ['src', 'ipv6_src', ipv6],
      ['dst', 'ipv6_dst', ipv6],
      ['label', 'ipv6_label', hex],
      ['tclass', 'ip_dscp', hex],
      ['hlimit', 'nw_ttl', String],
    ],
  },
  {
    name: 'arp',
    slow: true,
    has: ofType(ETH_ARP, ETH_RARP),
    parts: [
      ['sip', 'arp_spa', ipv4],
      ['tip', 'arp_tpa', ipv4],
      ['op', 'arp_op', String],
      ['sha', 'arp_sha', mac],
      ['tha', 'arp_tha', mac],
    ],
  },
  transport('tcp', 6),
  transport('udp', 17),
  transport('sctp', 132),
  {
    name: 'icmp',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV4 && packet.get('nw_proto') === 1,
    parts: [['type', 'icmp_type', String], ['code', 'icmp_code', String]],
  },
  {
    name: 'icmpv6',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') === 58,
    parts: [['type', 'icmpv6_type', String], ['code', 'icmpv6_code', String]],
  },
  {
    name: 'nd',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') === 58,
    parts: [['target', 'nd_target', ipv6], ['sll', 'nd_sll', mac], ['tll', 'nd_tll', mac]],
  },
]

const DSCP = fieldInfo('ip_dscp')

/** Both parts of the TOS byte are one in the datapath; unless both change, with a mask. */
function printTos(name: string, from: Packet, to: Packet): string {
  const dscp = to.read(DSCP) !== from.read(DSCP)
  const ecn = to.get('nw_ecn') !== from.get('nw_ecn')
  if (!dscp && !ecn) return ''
  const value = (dscp ? to.get('ip_dscp') << 2 : 0) | (ecn ? to.get('nw_ecn') : 0)
  const mask = dscp && ecn ? '' : dscp ? '/0xfc' : '/0x3'
  return `${name}=${value === 0 ? '0' : hex(value)}${mask}`
}

function headerChange(spec: HeaderSpec, from: Packet, to: Packet): string[] {
  if (!spec.has(to) || !spec.has(from)) return []
  const changed: string[] = []
  for (const [name, field, print] of spec.parts) {
    const info = fieldInfo(field)
    if (info === DSCP) {
      const tos = printTos(name, from, to)
      if (tos !== '') changed.push(tos)
    } else if (from.read(info) !== to.read(info)) changed.push(`${name}=${print(to.read(info))}`)
  }
  return changed.length === 0 ? [] : [`set(${spec.name}(${changed.join(',')}))`]
}

interface Tag {
  readonly tpid: number
  readonly tci: number
}

const VLAN_PRESENT = 0x1000

function tagsOf(p: Packet): Tag[] {
  const tags = [
    { tpid: p.hidden('vlan_tpid'), tci: p.get('vlan_tci') },
    { tpid: p.hidden('vlan_tpid1'), tci: p.hidden('vlan_tci1') },
  ]
  return tags.filter(({ tci }) => (tci & VLAN_PRESENT) !== 0)
}

const sameTag = (a: Tag | undefined, b: Tag | undefined): boolean => a?.tci === b?.tci && a?.tpid === b?.tpid

function vlanChange(from: Packet, to: Packet): string[] {
  const [before, after] = [tagsOf(from), tagsOf(to)]
  while (before.length > 0 && after.length > 0 && sameTag(before.at(-1), after.at(-1))) {
    before.pop()
    after.pop()
  }
  const pushes = after.reverse().map(({ tpid, tci }) => {
    const type = tpid === 0x8100 ? '' : `tpid=${hex(tpid)},`
    return `push_vlan(${type}vid=${tci & 0xfff},pcp=${tci >>> 13})`
  })
  return [...before.map(() => 'pop_vlan'), ...pushes]
}

const isMpls = ofType(ETH_MPLS, ETH_MPLS_MCAST)

function labelsOf(p: Packet): number[] {
  if (!isMpls(p)) return []
  const top = (p.get('mpls_label') << 12) | (p.get('mpls_tc') << 9) | (p.get('mpls_bos') << 8) | p.get('mpls_ttl')
  const all = [top >>> 0, p.hidden('mpls_lse1'), p.hidden('mpls_lse2')]
  const bottom = all.findIndex((lse) => (lse & 0x100) !== 0)
  return bottom < 0 ? all : all.slice(0, bottom + 1)
}

const printLabel = (lse: number): string =>
  `label=${lse >>> 12},tc=${(lse >>> 9) & 7},ttl=${lse & 0xff},bos=${(lse >>> 8) & 1}`

function mplsChange(from: Packet, to: Packet): string[] {
  const [before, after] = [labelsOf(from), labelsOf(to)]
  let common = 0
  while (common < Math.min(before.length, after.length) && before.at(-1 - common) === after.at(-1 - common)) common++
  const replaced = before.length === after.length && common === after.length - 1
  if (replaced) return [`set(mpls(${printLabel(after[0] ?? 0)}))`]
  const ethType = hex(to.get('eth_type'))
  const pops = before.slice(common).map((_, i) => {
    const last = before.length - 1 - i === 0
    return `pop_mpls(eth_type=${last && !isMpls(to) ? ethType : hex(ETH_MPLS)})`
  })
  const fresh = after.slice(0, after.length - common).reverse()
  return [...pops, ...fresh.map((lse) => `push_mpls(${printLabel(lse)},eth_type=${ethType})`)]
}

const NSH_PARTS = [
  ...([['flags', 'nsh_flags', String], ['ttl', 'nsh_ttl', String], ['mdtype', 'nsh_mdtype', String]] as const),
  ...([['np', 'nsh_np', String], ['spi', 'nsh_spi', hex], ['si', 'nsh_si', String]] as const),
] as const

/** Headers that encap and decap put on and take off. */
function outerChange(from: Packet, to: Packet): string[] {
  const [before, after] = [from.get('packet_type'), to.get('packet_type')]
  if (before === after) return []
  if (after === 0) return [`push_eth(src=${mac(to.get('eth_src'))},dst=${mac(to.get('eth_dst'))})`]
  if (after === ENCAP_TYPES.nsh) {
    return [`push_nsh(${NSH_PARTS.map(([name, field, print]) => `${name}=${print(to.get(field))}`).join(',')})`]
  }
  return before === ENCAP_TYPES.nsh ? ['pop_nsh()'] : before === 0 ? ['pop_eth'] : []
}

/** The actions of the datapath that make one packet of the other. */
export function changes(from: Packet, to: Packet): string[] {
  const unlabelled = isMpls(from) && !isMpls(to)
  const labels = mplsChange(from, to)
  const priority = to.get('skb_priority')
  return [
    ...outerChange(from, to),
    ...(unlabelled ? labels : []),
    ...HEADERS.flatMap((spec) => headerChange(spec, from, to)),
    ...(unlabelled ? [] : labels),
    ...vlanChange(from, to),
    ...(priority === from.get('skb_priority') ? [] : [`set(skb_priority(${hexOrZero(priority)}))`]),
    ...(to.get('pkt_mark') === from.get('pkt_mark') ? [] : [`set(skb_mark(${hexOrZero(to.get('pkt_mark'))}))`]),
  ]
}

/** Whether a change is one that only the slow path makes. */
export const isSlow = (from: Packet, to: Packet): boolean =>
  HEADERS.some((spec) => spec.slow === true && headerChange(spec, from, to).length > 0)
