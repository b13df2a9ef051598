import type { Match } from '../match/terms.js'
import { Ranked } from '../ranked.js'
import type { FieldName, Value } from '../spec/fields.js'
import * as ether from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo, type Place } from '../spec/registry.js'
import type { TextContext } from './context.js'
import { formatFlags, formatFlagSet, TUN_FLAG_NAMES } from './flags.js'
import { joined } from './joined.js'
import { formatPort } from './ports.js'
import { formatValue, hex, hexOrZero, VALUE_FORMS } from './values.js'

/** Names for an ethertype, and for a protocol within it. */
interface TypeNames {
  readonly alone: string
  readonly protocols?: Readonly<Record<number, string>>
}

const TYPES: Readonly<Record<number, TypeNames>> = {
  [ether.ETH_IPV4]: { alone: 'ip', protocols: { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' } },
  [ether.ETH_IPV6]: { alone: 'ipv6', protocols: { 6: 'tcp6', 17: 'udp6', 58: 'icmp6', 132: 'sctp6' } },
  [ether.ETH_ARP]: { alone: 'arp' },
  [ether.ETH_RARP]: { alone: 'rarp' },
  [ether.ETH_MPLS]: { alone: 'mpls' },
  [ether.ETH_MPLS_MCAST]: { alone: 'mplsm' },
}

/** What a match asks of packets, as far as it decides how its terms are printed. */
interface Shown {
  ethType: number
  nwProto: number | undefined
  erspanVersion: number
  nshMdType: number | undefined
  hasCtProto: boolean
  hasRecircId: boolean
  hasEthType: boolean
  /** A packet type, or that of a field that only Ethernet packets have. */
  packetType: number | undefined
}

const isIp = ({ ethType }: Shown): boolean => ethType === ether.ETH_IPV4 || ethType === ether.ETH_IPV6
const isArp = ({ ethType }: Shown): boolean => ethType === ether.ETH_ARP || ethType === ether.ETH_RARP
const isIpv6 = ({ ethType }: Shown): boolean => ethType === ether.ETH_IPV6
const isNsh = ({ ethType }: Shown): boolean => ethType === ether.ETH_NSH
const isIcmp = (shown: Shown): boolean => shown.ethType === ether.ETH_IPV4 && shown.nwProto === 1
const isIcmp6 = (shown: Shown): boolean => isIpv6(shown) && shown.nwProto === 58
const isTcp = (shown: Shown): boolean => isIp(shown) && shown.nwProto === 6

/** The order in which ovs-ofctl prints fields; '*' is the place of the short name (`ip`, `tcp` ...). */
const ORDER: readonly (FieldName | '*')[] = [
  ...(['pkt_mark', 'recirc_id', 'dp_hash', 'conj_id', 'skb_priority', 'actset_output'] as const),
  ...(['ct_state', 'ct_zone', 'ct_mark', 'ct_label', 'ct_nw_src', 'ct_ipv6_src', 'ct_nw_dst', 'ct_ipv6_dst'] as const),
  ...(['ct_nw_proto', 'ct_tp_src', 'ct_tp_dst', 'packet_type', '*'] as const),
  ...(['reg0', 'reg1', 'reg2', 'reg3', 'reg4', 'reg5', 'reg6', 'reg7'] as const),
  ...(['reg8', 'reg9', 'reg10', 'reg11', 'reg12', 'reg13', 'reg14', 'reg15'] as const),
  ...(['tun_id', 'tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_gbp_id', 'tun_gbp_flags'] as const),
  ...(['tun_tos', 'tun_ttl', 'tun_erspan_ver', 'tun_erspan_idx', 'tun_erspan_dir', 'tun_erspan_hwid'] as const),
  ...(['tun_gtpu_flags', 'tun_gtpu_msgtype', 'tun_flags'] as const),
  ...FIELD_INFOS.filter((info) => info.variableLength).map((info) => info.name),
  ...(['metadata', 'in_port', 'vlan_tci', 'eth_src', 'eth_dst', 'eth_type', 'arp_spa', 'arp_tpa'] as const),
  ...(['nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'ipv6_label', 'arp_op', 'nw_proto', 'arp_sha', 'arp_tha'] as const),
  ...(['nsh_flags', 'nsh_ttl', 'nsh_mdtype', 'nsh_np', 'nsh_spi', 'nsh_si', 'nsh_c1', 'nsh_c2'] as const),
  ...(['nsh_c3', 'nsh_c4', 'ip_dscp', 'nw_ecn', 'nw_ttl', 'mpls_label', 'mpls_tc', 'mpls_ttl', 'mpls_bos'] as const),
  ...(['ip_frag', 'icmp_type', 'icmp_code', 'icmpv6_type', 'icmpv6_code', 'nd_target', 'nd_sll', 'nd_tll'] as const),
  ...(['nd_reserved', 'nd_options_type', 'tcp_src', 'tcp_dst', 'tcp_flags'] as const),
]

/** Printing place by field index; fields that ORDER does not name come last, in table order. */
const PLACES: number[] = FIELD_INFOS.map((info) => {
  const at = ORDER.indexOf(info.name)
  return at < 0 ? ORDER.length + info.index : at
})
const SHORT_NAME_PLACE = ORDER.indexOf('*')

/**
 * As which field a place is printed that several share; undefined: not at all. Unlike what is sent, it does not depend
 * on all the prerequisites.
 */
const SHARED: Readonly<Record<string, (shown: Shown) => FieldName | undefined>> = {
  nw_src: (shown) => (isArp(shown) ? 'arp_spa' : isIpv6(shown) || isNsh(shown) ? undefined : 'nw_src'),
  nw_dst: (shown) => (isArp(shown) ? 'arp_tpa' : isIpv6(shown) || isNsh(shown) ? undefined : 'nw_dst'),
  nw_proto: (shown) => (isArp(shown) ? 'arp_op' : 'nw_proto'),
  tp_src: (shown) => (isIcmp(shown) ? 'icmp_type' : isIcmp6(shown) ? 'icmpv6_type' : 'tcp_src'),
  tp_dst: (shown) => (isIcmp(shown) ? 'icmp_code' : isIcmp6(shown) ? 'icmpv6_code' : 'tcp_dst'),
  nd_sll: (shown) => (isArp(shown) ? 'arp_sha' : isIcmp6(shown) ? 'nd_sll' : undefined),
  nd_tll: (shown) => (isArp(shown) ? 'arp_tha' : isIcmp6(shown) ? 'nd_tll' : undefined),
  tcp_flags: (shown) => (isTcp(shown) ? 'tcp_flags' : isIcmp6(shown) ? 'nd_options_type' : undefined),
}

/** When fields are printed that are not printed in every match. */
const CONDITIONS: Readonly<Partial<Record<FieldName, (shown: Shown) => boolean>>> = {
  packet_type: ({ packetType, hasRecircId }) => packetType !== 0 || hasRecircId,
  ipv6_src: isIpv6,
  ipv6_dst: isIpv6,
  ipv6_label: isIpv6,
  nsh_flags: isNsh,
  nsh_ttl: isNsh,
  nsh_mdtype: isNsh,
  nsh_np: isNsh,
  nsh_spi: isNsh,
  nsh_si: isNsh,
  nsh_c1: (shown) => isNsh(shown) && shown.nshMdType === 1,
  nsh_c2: (shown) => isNsh(shown) && shown.nshMdType === 1,
  nsh_c3: (shown) => isNsh(shown) && shown.nshMdType === 1,
  nsh_c4: (shown) => isNsh(shown) && shown.nshMdType === 1,
  nd_target: isIcmp6,
  nd_reserved: isIcmp6,
  ct_tp_src: ({ hasCtProto }) => hasCtProto,
  ct_tp_dst: ({ hasCtProto }) => hasCtProto,
  tun_erspan_idx: ({ erspanVersion }) => erspanVersion === 1,
  tun_erspan_dir: ({ erspanVersion }) => erspanVersion === 2,
  tun_erspan_hwid: ({ erspanVersion }) => erspanVersion === 2,
}

type Printer = (value: Value, mask: Value | undefined, shown: Shown, ctx: TextContext, bytes?: number) => string

const padded = (value: Value, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

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
  return mask === 0xffff ? `vlan_tci=${padded(tci, 4)}` : `vlan_tci=${padded(tci, 4)}/${padded(mask, 4)}`
}

/** In decimal; both halves in hex where there is a mask. */
const decimal =
  (name: string, digits = 0): Printer =>
  (value, mask) =>
    mask === undefined ? `${name}=${String(value)}` : `${name}=${padded(value, digits)}/${padded(mask, digits)}`

const hexadecimal =
  (name: string, digits = 0): Printer =>
  (value, mask) =>
    mask === undefined
      ? `${name}=${padded(value, digits)}`
      : `${name}=${padded(value, digits)}/${padded(mask, digits)}`

/** Without its mask. */
const valueAlone =
  (name: string, one: (value: Value) => string): Printer =>
  (value) =>
    `${name}=${one(value)}`

const port =
  (name: string): Printer =>
  (value, _mask, _shown, ctx) =>
    `${name}=${formatPort(Number(value), ctx)}`

const FRAG_ANY = 1
const FRAG_LATER = 2

function printFrag(value: number, mask: number): string {
  const later = (value & FRAG_LATER) !== 0
  if (mask === FRAG_LATER) return later ? 'later' : 'not_later'
  if ((value & FRAG_ANY) === 0) return later ? '<error>' : 'no'
  if (mask === FRAG_ANY) return 'yes'
  return later ? 'later' : 'first'
}

/** Tunnel options are printed without a mask that covers all their bytes, and alone where it covers none. */
function option(info: FieldInfo): Printer {
  return (value, mask, _shown, _ctx, bytes) => {
    if (mask === 0n) return info.name
    const digits = mask?.toString(16) ?? ''
    const whole = mask === undefined || (digits.length === 2 * (bytes ?? Math.ceil(digits.length / 2)) && /^f+$/.test(digits))
    return whole ? `${info.name}=${hexOrZero(value)}` : `${info.name}=${hexOrZero(value)}/${hex(mask)}`
  }
}

function asField(name: string, info: FieldInfo): Printer {
  const { print } = VALUE_FORMS[info.format]
  return (value, mask, _shown, ctx) => `${name}=${print(info, value, mask === info.ones ? undefined : mask, ctx)}`
}

/** The mask of the tunnel flags of a packet, which no match has. */
export const ALL_TUN_FLAGS = 0xffff

/** Fields that matches print in another way, or under another name, than actions do. */
const PRINTERS: Readonly<Partial<Record<FieldName, Printer>>> = {
  vlan_tci: (value, mask) => printVlan(Number(value), Number(mask ?? 0xffff)),
  recirc_id: valueAlone('recirc_id', hexOrZero),
  eth_src: asField('dl_src', fieldInfo('eth_src')),
  eth_dst: asField('dl_dst', fieldInfo('eth_dst')),
  eth_type: (_value, _mask, { ethType }) => `dl_type=${padded(ethType, 4)}`,
  packet_type: (value, mask, _shown, ctx) => formatValue(fieldInfo('packet_type'), value, mask, ctx),
  ip_dscp: (value) => `nw_tos=${Number(value) << 2}`,
  ip_frag: (value, mask) => `nw_frag=${printFrag(Number(value), Number(mask ?? FRAG_ANY | FRAG_LATER))}`,
  ipv6_label: hexadecimal('ipv6_label', 5),
  ct_nw_proto: valueAlone('ct_nw_proto', String),
  ct_zone: decimal('ct_zone'),
  // There is but one flag, and matches always give its sign; packets are as if other bits counted, too.
  tun_flags: (value, mask = 1) =>
    mask === ALL_TUN_FLAGS
      ? `tun_flags=${formatFlagSet(TUN_FLAG_NAMES, Number(value))}`
      : `tun_flags=${formatFlags(TUN_FLAG_NAMES, Number(value), Number(mask))}`,
  tun_gbp_flags: valueAlone('tun_gbp_flags', hexOrZero),
  tun_tos: valueAlone('tun_tos', (value) => value.toString(16)),
  tun_ttl: valueAlone('tun_ttl', String),
  tun_erspan_ver: valueAlone('tun_erspan_ver', String),
  tun_erspan_idx: valueAlone('tun_erspan_idx', hexOrZero),
  tun_erspan_dir: valueAlone('tun_erspan_dir', String),
  tun_erspan_hwid: valueAlone('tun_erspan_hwid', hexOrZero),
  tun_gtpu_flags: valueAlone('gtpu_flags', hexOrZero),
  tun_gtpu_msgtype: valueAlone('gtpu_msgtype', String),
  in_port: port('in_port'),
  actset_output: port('actset_output'),
  nsh_flags: decimal('nsh_flags', 2),
  nsh_spi: hexadecimal('nsh_spi'),
  nsh_c1: hexadecimal('nsh_c1'),
  nsh_c2: hexadecimal('nsh_c2'),
  nsh_c3: hexadecimal('nsh_c3'),
  nsh_c4: hexadecimal('nsh_c4'),
  arp_op: valueAlone('arp_op', String),
  icmp_type: decimal('icmp_type'),
  icmp_code: decimal('icmp_code'),
  icmpv6_type: decimal('icmp_type'),
  icmpv6_code: decimal('icmp_code'),
  tcp_src: decimal('tp_src'),
  tcp_dst: decimal('tp_dst'),
}

function defaultPrinter(info: FieldInfo): Printer {
  if (info.variableLength) return option(info)
  return info.format === 'decimal' ? decimal(info.name) : asField(info.name, info)
}

const PRINT: readonly Printer[] = FIELD_INFOS.map((info) => PRINTERS[info.name] ?? defaultPrinter(info))

/** The short name of what the match asks of eth_type and nw_proto, and whether it says the latter. */
function shortName({ ethType, nwProto }: Shown): { name: string; skipProtocol: boolean } | undefined {
  const names = TYPES[ethType]
  if (names === undefined) return undefined
  const name = nwProto === undefined ? undefined : names.protocols?.[nwProto]
  return name === undefined ? { name: names.alone, skipProtocol: false } : { name, skipProtocol: true }
}

const NS_ETHERTYPE = 1

function survey(m: Match): Shown {
  const shown: Shown = {
    ethType: 0,
    nwProto: undefined,
    erspanVersion: 0,
    nshMdType: undefined,
    hasCtProto: false,
    hasRecircId: false,
    hasEthType: false,
    packetType: undefined,
  }
  let isEthernet = false
  for (const { field, value } of m) {
    if (field === 'eth_type') {
      shown.hasEthType = true
      shown.ethType = Number(value)
    } else if (field === 'nw_proto' || field === 'arp_op') shown.nwProto = Number(value)
    else if (field === 'packet_type') shown.packetType = Number(value)
    else if (field === 'recirc_id') shown.hasRecircId = true
    else if (field === 'ct_nw_proto') shown.hasCtProto = true
    else if (field === 'tun_erspan_ver') shown.erspanVersion = Number(value)
    else if (field === 'nsh_mdtype') shown.nshMdType = Number(value)
    if (!isEthernet && fieldInfo(field).prereq !== 'none') isEthernet = true
  }
  if (shown.packetType === undefined && isEthernet) shown.packetType = 0
  const type = shown.packetType ?? 0
  if (type >>> 16 === NS_ETHERTYPE) shown.ethType = type & 0xffff
  return shown
}

/** The field as which a place is printed in this match, if it is. */
function fieldShown(place: Place, info: FieldInfo, shown: Shown): FieldInfo | undefined {
  if (place.fields.length > 1) {
    const name = SHARED[place.name]?.(shown)
    return name === undefined ? undefined : fieldInfo(name)
  }
  const condition = CONDITION[info.index]
  return condition === undefined || condition(shown) ? info : undefined
}

const CONDITION = FIELD_INFOS.map((info) => CONDITIONS[info.name])

const PACKET_TYPE = fieldInfo('packet_type')

/** The terms of a match as ovs-ofctl prints them, without the priority; empty for a match of everything. */
export function formatMatch(m: Match, ctx: TextContext = {}): string {
  const shown = survey(m)
  const short = shown.hasEthType ? shortName(shown) : undefined
  const texts = new Ranked<string>()
  if (short !== undefined) texts.put(SHORT_NAME_PLACE, short.name)
  let saysPacketType = false
  for (const { field, value, mask, bytes } of m) {
    if (short !== undefined && (field === 'eth_type' || (short.skipProtocol && field === 'nw_proto'))) continue
    if (field === 'packet_type') saysPacketType = true
    const own = fieldInfo(field)
    const info = fieldShown(own.place, own, shown)
    if (info !== undefined) {
      texts.put(PLACES[info.index] ?? info.index, PRINT[info.index]?.(value, mask, shown, ctx, bytes) ?? '')
    }
  }
  // Fields of Ethernet packets alone ask for it, too.
  if (!saysPacketType && shown.packetType === 0 && shown.hasRecircId) {
    texts.put(PLACES[PACKET_TYPE.index] ?? 0, formatValue(PACKET_TYPE, 0, undefined, ctx))
  }
  return joined(texts.items)
}
