import type { Match, MatchTerm } from '../match/terms.js'
import type { FieldName, Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { TextContext } from './context.js'
import { formatPort } from './ports.js'
import { formatValue, hex, hexOrZero } from './values.js'

/** Names for an ethertype, and for a protocol within it. */
interface TypeNames {
  readonly alone: string
  readonly protocols?: Readonly<Record<number, string>>
}

const TYPES: Readonly<Record<number, TypeNames>> = {
  [ETH_IPV4]: { alone: 'ip', protocols: { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' } },
  [ETH_IPV6]: { alone: 'ipv6', protocols: { 6: 'tcp6', 17: 'udp6', 58: 'icmp6', 132: 'sctp6' } },
  [ETH_ARP]: { alone: 'arp' },
  [ETH_RARP]: { alone: 'rarp' },
  [ETH_MPLS]: { alone: 'mpls' },
  [ETH_MPLS_MCAST]: { alone: 'mplsm' },
}

/** The order in which ovs-ofctl prints fields; '*' is the place of the short name (`ip`, `tcp` ...). */
const ORDER: readonly (FieldName | '*')[] = [
  ...(['pkt_mark', 'recirc_id', 'dp_hash', 'conj_id', 'actset_output'] as const),
  ...(['ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'ct_nw_src', 'ct_ipv6_src', 'ct_nw_dst', 'ct_ipv6_dst'] as const),
  ...(['ct_nw_proto', 'ct_tp_src', 'ct_tp_dst', 'packet_type', '*'] as const),
  ...(['reg0', 'reg1', 'reg2', 'reg3', 'reg4', 'reg5', 'reg6', 'reg7'] as const),
  ...(['reg8', 'reg9', 'reg10', 'reg11', 'reg12', 'reg13', 'reg14', 'reg15'] as const),
  ...(['tun_id', 'tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_gbp_id', 'tun_gbp_flags'] as const),
  ...(['tun_erspan_ver', 'tun_erspan_idx', 'tun_erspan_dir', 'tun_erspan_hwid'] as const),
  ...(['tun_gtpu_flags', 'tun_gtpu_msgtype', 'tun_flags', 'metadata', 'in_port'] as const),
  ...(['vlan_tci', 'eth_src', 'eth_dst', 'eth_type', 'arp_spa', 'arp_tpa', 'nw_src', 'nw_dst'] as const),
  ...(['ipv6_src', 'ipv6_dst', 'ipv6_label', 'arp_op', 'nw_proto', 'arp_sha', 'arp_tha'] as const),
  ...(['nsh_flags', 'nsh_ttl', 'nsh_mdtype', 'nsh_np', 'nsh_spi', 'nsh_si', 'nsh_c1', 'nsh_c2'] as const),
  ...(['nsh_c3', 'nsh_c4', 'ip_dscp', 'nw_ecn', 'nw_ttl', 'mpls_label', 'mpls_tc', 'mpls_ttl', 'mpls_bos'] as const),
  ...(['ip_frag', 'icmp_type', 'icmp_code', 'icmpv6_type', 'icmpv6_code', 'nd_target', 'nd_sll', 'nd_tll'] as const),
  ...(['nd_reserved', 'nd_options_type', 'tcp_src', 'tcp_dst', 'udp_src', 'udp_dst'] as const),
  ...(['sctp_src', 'sctp_dst', 'tcp_flags'] as const),
]

/** Printing place by field index; fields that ORDER does not name come last, in table order. */
const PLACES: number[] = FIELD_INFOS.map((info) => {
  const at = ORDER.indexOf(info.name)
  return at < 0 ? ORDER.length + info.index : at
})
const SHORT_NAME_PLACE = ORDER.indexOf('*')

type Printer = (value: Value, mask: Value | undefined, ctx: TextContext) => string

const hex4 = (value: Value): string => `0x${value.toString(16).padStart(4, '0')}`
const hex5 = (value: Value): string => `0x${value.toString(16).padStart(5, '0')}`

const VID = 0x0fff
const PRESENT = 0x1000
const PCP = 0xe000

function printVlan(tci: number, mask: number): string {
  const vid = mask & VID
  const pcp = mask & PCP
  const whole = (vid === 0 || vid === VID) && (pcp === 0 || pcp === PCP) && (vid !== 0 || pcp !== 0)
  if ((mask & tci & PRESENT) !== 0 && whole) {
    const parts: string[] = []
    if (vid !== 0) parts.push(`dl_vlan=${tci & VID}`)
    if (pcp !== 0) parts.push(`dl_vlan_pcp=${tci >>> 13}`)
    return parts.join(',')
  }
  return mask === 0xffff ? `vlan_tci=${hex4(tci)}` : `vlan_tci=${hex4(tci)}/${hex4(mask)}`
}

const portNumber =
  (name: string): Printer =>
  (value, mask) =>
    mask === undefined ? `${name}=${String(value)}` : `${name}=${hex(value)}/${hex(mask)}`

/** Fields that matches print in another way, or under another name, than actions do. */
const PRINTERS: Readonly<Partial<Record<FieldName, Printer>>> = {
  vlan_tci: (value, mask) => printVlan(Number(value), Number(mask ?? 0xffff)),
  eth_src: (value, mask, ctx) => `dl_src=${formatValue(fieldInfo('eth_src'), value, mask, ctx)}`,
  eth_dst: (value, mask, ctx) => `dl_dst=${formatValue(fieldInfo('eth_dst'), value, mask, ctx)}`,
  eth_type: (value) => `dl_type=${hex4(value)}`,
  ip_dscp: (value) => `nw_tos=${Number(value) << 2}`,
  ip_frag: (value, mask, ctx) => `nw_frag=${formatValue(fieldInfo('ip_frag'), value, mask, ctx)}`,
  ipv6_label: (value, mask) =>
    mask === undefined ? `ipv6_label=${hex5(value)}` : `ipv6_label=${hex5(value)}/${hex5(mask)}`,
  // 0 is what OVS takes for "not matched" here.
  ct_nw_proto: (value) => (value === 0 ? '' : `ct_nw_proto=${String(value)}`),
  ct_zone: (value) => `ct_zone=${String(value)}`,
  tun_gtpu_flags: (value, mask) => `gtpu_flags=${hexOrZero(value)}${mask === undefined ? '' : `/${hex(mask)}`}`,
  tun_gtpu_msgtype: portNumber('gtpu_msgtype'),
  tun_gbp_flags: (value) => `tun_gbp_flags=${hexOrZero(value)}`,
  in_port: (value, _mask, ctx) => `in_port=${formatPort(Number(value), ctx)}`,
  actset_output: (value, _mask, ctx) => `actset_output=${formatPort(Number(value), ctx)}`,
  tcp_src: portNumber('tp_src'),
  tcp_dst: portNumber('tp_dst'),
  udp_src: portNumber('tp_src'),
  udp_dst: portNumber('tp_dst'),
  sctp_src: portNumber('tp_src'),
  sctp_dst: portNumber('tp_dst'),
  icmpv6_type: (value) => `icmp_type=${String(value)}`,
  icmpv6_code: (value) => `icmp_code=${String(value)}`,
}

function defaultPrinter(info: FieldInfo): Printer {
  // Masked decimals are printed in hex, both halves.
  if (info.format === 'decimal' && info.maskable) return portNumber(info.name)
  return (value, mask, ctx) => `${info.name}=${formatValue(info, value, mask, ctx)}`
}

const PRINT: readonly Printer[] = FIELD_INFOS.map((info) => PRINTERS[info.name] ?? defaultPrinter(info))

/** The short name of what the match asks of eth_type and nw_proto, and which of both it makes superfluous. */
function shortName(ethType: number, protocol: number | undefined): { name: string; skipProtocol: boolean } | undefined {
  const names = TYPES[ethType]
  if (names === undefined) return undefined
  const name = protocol === undefined ? undefined : names.protocols?.[protocol]
  return name === undefined ? { name: names.alone, skipProtocol: false } : { name, skipProtocol: true }
}

/** The terms of a match as ovs-ofctl prints them, without the priority; empty for a match of everything. */
export function formatMatch(m: Match, ctx: TextContext = {}): string {
  let ethType = -1
  let protocol: number | undefined
  for (const term of m) {
    if (term.field === 'eth_type') ethType = Number(term.value)
    else if (term.field === 'nw_proto') protocol = Number(term.value)
    else if (term.field === 'packet_type' && Number(term.value) >>> 16 === 1) ethType = Number(term.value) & 0xffff
  }
  const short = shortName(ethType, protocol)
  const printed: { place: number; text: string }[] = []
  if (short !== undefined) printed.push({ place: SHORT_NAME_PLACE, text: short.name })
  for (const term of m) {
    if (short !== undefined && isImplied(term, short.skipProtocol)) continue
    if (term.field === 'packet_type' && term.value === 0) continue
    const { index } = fieldInfo(term.field)
    const text = PRINT[index]?.(term.value, term.mask, ctx) ?? ''
    if (text !== '') printed.push({ place: PLACES[index] ?? index, text })
  }
  printed.sort((a, b) => a.place - b.place)
  return printed.map((part) => part.text).join(',')
}

const isImplied = (term: MatchTerm, skipProtocol: boolean): boolean =>
  term.field === 'eth_type' || (skipProtocol && term.field === 'nw_proto')
