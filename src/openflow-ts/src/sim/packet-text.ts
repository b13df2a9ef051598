import { TextError } from '../errors.js'
import { and } from '../match/builder.js'
import type { MatchTerm } from '../match/terms.js'
import { PROTOCOLS } from '../packet/transport.js'
import type { Value } from '../spec/fields.js'
import { ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_NSH, isIp, type PacketKind, PREREQS } from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { TextContext } from '../text/context.js'
import { ALL_TUN_FLAGS, formatMatch } from '../text/match-format.js'
import { parseMatch } from '../text/match-parse.js'
import { Packet, slotOf } from './packet.js'

/** Fields of which text may give some bits, the others being zero. */
const FLAGS = new Set(['vlan_tci', 'ct_state', 'tun_flags', 'tcp_flags'])

/**
 * A packet in the syntax of a match without masks, as ofproto/trace takes it:
 * `in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80`. What is not said is zero.
 * @throws TextError
 */
export function parsePacket(text: string, ctx: TextContext = {}): Packet {
  const packet = new Packet()
  for (const { field, value, mask } of parseMatch(text, ctx)) {
    if (mask !== undefined && !FLAGS.has(field)) throw new TextError(`${field}: a packet has no masks`)
    packet.write(fieldInfo(field), value)
  }
  if (packet.get('packet_type') >>> 16 === 1) packet.set('eth_type', packet.get('packet_type') & 0xffff)
  return packet
}

const REGISTERS = FIELD_INFOS.flatMap(({ name }) => (/^reg\d/.test(name) ? [name] : []))

/** Metadata that a packet's text leaves out where it is zero. */
const CONTEXT = new Set([
  ...['in_port', 'skb_priority', 'pkt_mark', 'recirc_id', 'dp_hash', 'packet_type', 'metadata'],
  ...['ct_state', 'ct_zone', 'ct_mark', 'ct_label'],
  ...REGISTERS,
])
/** Of these a packet's text says nothing, or says it apart. */
const UNSAID = new Set(['conj_id', 'actset_output', 'nd_reserved', 'nd_options_type'])
const TUNNEL = /^tun_/
const OUTER_HEADER = [
  ...['tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_gbp_id', 'tun_gbp_flags', 'tun_tos'],
  ...['tun_ttl', 'tun_erspan_ver', 'tun_gtpu_flags', 'tun_gtpu_msgtype'],
]
const TUNNEL_FIELDS = new Set(['tun_id', ...OUTER_HEADER])
/** The same of packets that were only described: whether their tunnel has a key is not known. */
const DESCRIBED_TUNNEL_FIELDS = new Set([
  ...['tun_flags', 'tun_erspan_idx', 'tun_erspan_dir', 'tun_erspan_hwid'],
  ...OUTER_HEADER,
])

const isZero = (value: Value): boolean => value === 0 || value === 0n
const isTunnelled = (packet: Packet): boolean => packet.get('tun_dst') !== 0 || packet.get('tun_ipv6_dst') !== 0n

interface Kind {
  /** It is known how the packet's connection began. */
  readonly original: boolean
  readonly tunnelled: boolean
  readonly described: boolean
  readonly kind: PacketKind
}

/** Whether a packet's text has the field, of a packet that has it. */
function isSaid({ name }: FieldInfo, value: Value, how: Kind): boolean {
  if (UNSAID.has(name)) return false
  if (TUNNEL.test(name)) return isSaidOfTunnel(name, value, how)
  if (CONTEXT.has(name)) return !isZero(value)
  return !name.startsWith('ct_') || isSaidOfOriginal(name, how)
}

/**
 * The addresses with which a connection began are of the packet's own version of IP. As OVS, which shows them of every
 * packet that has its ethertype from its packet type.
 */
function isSaidOfOriginal(name: string, { original, kind }: Kind): boolean {
  const version = ORIGINAL_ADDRESSES.get(name)
  if (version === undefined) return original && isIp(kind)
  return kind.ethType === version && (original || kind.dlType !== version)
}

const ORIGINAL_ADDRESSES = new Map([
  ['ct_nw_src', ETH_IPV4],
  ['ct_nw_dst', ETH_IPV4],
  ['ct_ipv6_src', ETH_IPV6],
  ['ct_ipv6_dst', ETH_IPV6],
])

/** The outer header of a packet that came through a tunnel; of others, the key that they would leave with. */
function isSaidOfTunnel(name: string, value: Value, { tunnelled, described }: Kind): boolean {
  if (!tunnelled) return name === 'tun_id' && !isZero(value)
  return described ? DESCRIBED_TUNNEL_FIELDS.has(name) : TUNNEL_FIELDS.has(name) || !isZero(value)
}

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

function formatInnerTag(packet: Packet): string {
  if (packet.get('vlan_tci') === 0 || packet.get('packet_type') !== 0) return ''
  const tci = packet.hidden('vlan_tci1')
  const tagged = (tci & 0x1000) !== 0
  return tagged ? `dl_vlan1=${tci & 0xfff},dl_vlan_pcp1=${tci >>> 13}` : `vlan_tci1=${hex4(tci)}`
}

/** Labels below the top one, down to the bottom of the stack. */
function formatLabels(packet: Packet, kind: PacketKind): string {
  if (kind.ethType !== ETH_MPLS && kind.ethType !== ETH_MPLS_MCAST) return ''
  let text = ''
  let bottom = packet.get('mpls_bos') === 1
  for (const [i, name] of (['mpls_lse1', 'mpls_lse2'] as const).entries()) {
    const lse = packet.hidden(name)
    if (!bottom) text += `,mpls_lse${i + 1}=${lse}`
    bottom ||= (lse & 0x100) !== 0
  }
  return text
}

/**
 * As OVS, which shows code and type of the later fragments of ICMPv6, though they have none, and both link-layer
 * addresses in either direction of neighbour discovery. It looks at the code first, and at the type of such a fragment
 * only where the code may be one of neighbour discovery.
 */
function isShown({ prereq, name }: FieldInfo, kind: PacketKind): boolean {
  if (ORIGINAL_ADDRESSES.has(name)) return true
  if (name === 'icmpv6_type' && kind.laterFragment && kind.tpDst !== 0) return false
  if (prereq === 'nd_solicit' || prereq === 'nd_advert') return PREREQS.nd.met(kind)
  return PREREQS[prereq].met(kind) && !(prereq === 'icmpv4' && kind.laterFragment)
}

const NSH_IP = ',nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no'
const TYPED: readonly number[] = [PROTOCOLS.ICMP, PROTOCOLS.IGMP, PROTOCOLS.ICMPV6]

/** What OVS shows of packets behind their fields: NSH is to it a kind of IP, and IGMP, too, has a type and a code. */
function formatRest(kind: PacketKind): string {
  if (kind.ethType === ETH_NSH) return NSH_IP
  if (!isIp(kind) || kind.laterFragment || !TYPED.includes(kind.nwProto)) return ''
  const hasFields = PREREQS.icmpv4.met(kind) || PREREQS.icmpv6.met(kind)
  return hasFields ? '' : `,tp_src=${kind.tpSrc},tp_dst=${kind.tpDst}`
}

/** A field's value; of those of ERSPAN with the bits beyond the field, which OVS keeps and shows. */
export const wholeValue = (packet: Packet, info: FieldInfo): Value =>
  info.valueIsMask ? (packet.values[slotOf(info)] ?? 0) : packet.read(info)

/** How a packet is to be shown. */
export interface PacketTextOptions extends TextContext {
  /** It was given in text, and did not come from a tunnel that it says it did. */
  readonly described?: boolean
}

/** The packet as a trace shows it. */
export function formatSimPacket(packet: Packet, ctx: PacketTextOptions = {}): string {
  const kind = packet.kind()
  const original = PREREQS.ct.met(kind) && kind.ctNwProto !== 0
  const how = { original, tunnelled: isTunnelled(packet), described: ctx.described ?? false, kind }
  const terms: MatchTerm[] = []
  for (const info of FIELD_INFOS) {
    if (info.view !== undefined || !isShown(info, kind)) continue
    const value = wholeValue(packet, info)
    const isFlags = how.described && info.name === 'tun_flags'
    if (isSaid(info, value, how)) terms.push({ field: info.name, value, ...(isFlags && { mask: ALL_TUN_FLAGS }) })
  }
  const text = formatMatch(terms, ctx)
  const inner = formatInnerTag(packet)
  const tagged = inner === '' ? text : text.replace(/,dl_src=|$/, (next) => `,${inner}${next}`)
  return `${tagged}${formatRest(kind)}${formatLabels(packet, kind)}`
}

/** Metadata that decides nothing outside of this switch. */
const OWN = new Set(['conj_id', 'actset_output', 'metadata', ...REGISTERS])

/**
 * What the way depends on, as a match: the bits that were consulted, with the packet's values. Left out is metadata
 * that no other switch sees, and what says no more than that the packet has no VLAN tag and came through no tunnel.
 */
export function formatConsulted(packet: Packet, consulted: readonly Value[], ctx: TextContext = {}): string {
  const kind = packet.kind()
  const terms: MatchTerm[] = []
  for (const info of FIELD_INFOS) {
    if (info.view !== undefined || !PREREQS[info.prereq].met(kind) || OWN.has(info.name)) continue
    if ((info.name === 'vlan_tci' && !kind.vlanPresent) || (TUNNEL.test(info.name) && !isTunnelled(packet))) continue
    const bits = consulted[slotOf(info)] ?? 0
    const mask = typeof bits === 'number' ? (bits & Number(info.ones)) >>> 0 : bits
    if (isZero(mask)) continue
    const value = and(packet.read(info), mask)
    terms.push(mask === info.ones ? { field: info.name, value } : { field: info.name, value, mask })
  }
  return formatMatch(terms, ctx)
}
