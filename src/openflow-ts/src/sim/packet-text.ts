import { TextError } from '../errors.js'
import { and } from '../match/builder.js'
import type { MatchTerm } from '../match/terms.js'
import type { Value } from '../spec/fields.js'
import { ETH_MPLS, ETH_MPLS_MCAST, type PacketKind, PREREQS } from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { TextContext } from '../text/context.js'
import { formatMatch } from '../text/match-format.js'
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
const TUNNEL_FIELDS = new Set([
  ...['tun_id', 'tun_src', 'tun_dst', 'tun_ipv6_src', 'tun_ipv6_dst', 'tun_gbp_id', 'tun_gbp_flags', 'tun_tos'],
  ...['tun_ttl', 'tun_erspan_ver', 'tun_gtpu_flags', 'tun_gtpu_msgtype'],
])

const isZero = (value: Value): boolean => value === 0 || value === 0n
const isTunnelled = (packet: Packet): boolean => packet.get('tun_dst') !== 0 || packet.get('tun_ipv6_dst') !== 0n

interface Kind {
  /** It is known how the packet's connection began. */
  readonly original: boolean
  readonly tunnelled: boolean
}

/** Whether a packet's text has the field, of a packet that has it. */
function isSaid({ name }: FieldInfo, value: Value, { original, tunnelled }: Kind): boolean {
  if (UNSAID.has(name)) return false
  if (TUNNEL.test(name)) return isSaidOfTunnel(name, value, tunnelled)
  if (CONTEXT.has(name)) return !isZero(value)
  return original || !name.startsWith('ct_')
}

/** The outer header of a packet that came through a tunnel; of others, the key that they would leave with. */
const isSaidOfTunnel = (name: string, value: Value, tunnelled: boolean): boolean =>
  tunnelled ? TUNNEL_FIELDS.has(name) || !isZero(value) : name === 'tun_id' && !isZero(value)

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

function formatInnerTag(packet: Packet): string {
  if (packet.get('vlan_tci') === 0) return ''
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

/** As OVS, which shows type and code of the later fragments of ICMPv6, though they have none. */
const isShown = ({ prereq }: FieldInfo, kind: PacketKind): boolean =>
  PREREQS[prereq].met(kind) && !(prereq === 'icmpv4' && kind.laterFragment)

/** The packet as a trace shows it. */
export function formatSimPacket(packet: Packet, ctx: TextContext = {}): string {
  const kind = packet.kind()
  const how = { original: kind.ctState !== 0 && kind.ctNwProto !== 0, tunnelled: isTunnelled(packet) }
  const terms: MatchTerm[] = []
  for (const info of FIELD_INFOS) {
    if (info.view !== undefined || !isShown(info, kind)) continue
    const value = packet.read(info)
    if (isSaid(info, value, how)) terms.push({ field: info.name, value })
  }
  const text = formatMatch(terms, ctx)
  const inner = formatInnerTag(packet)
  const tagged = inner === '' ? text : text.replace(/,dl_src=|$/, (next) => `,${inner}${next}`)
  return `${tagged}${formatLabels(packet, kind)}`
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
