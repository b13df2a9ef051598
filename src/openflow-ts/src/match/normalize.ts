import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP, type PacketKind } from '../spec/prereqs.js'
import { fieldInfo, type Place } from '../spec/registry.js'
import { MatchBuilder } from './builder.js'
import type { Match } from './terms.js'

const TRANSPORTS = [6, 17, 132]
const ICMP = 1
const ICMPV6 = 58
const SOLICIT = 135
const ADVERT = 136

const isArp = (k: PacketKind): boolean => k.ethType === ETH_ARP || k.ethType === ETH_RARP
const isIp = (k: PacketKind): boolean => k.ethType === ETH_IPV4 || k.ethType === ETH_IPV6
const isNeighbor = (k: PacketKind, type: number): boolean =>
  k.ethType === ETH_IPV6 && k.nwProto === ICMPV6 && k.tpSrc === type

function hasPorts(k: PacketKind): boolean {
  if (!isIp(k)) return false
  return TRANSPORTS.includes(k.nwProto) || k.nwProto === (k.ethType === ETH_IPV4 ? ICMP : ICMPV6)
}

const isEthernet = (k: PacketKind): boolean => k.packetType === 0
const hasAddresses = (k: PacketKind): boolean => k.ethType === ETH_IPV4 || isArp(k)
const isMpls = (k: PacketKind): boolean => k.ethType === ETH_MPLS || k.ethType === ETH_MPLS_MCAST

/** The packets that have what is in a place, by a field that lies there. Other places are in all packets. */
const RULES: readonly (readonly [place: Place, may: (k: PacketKind) => boolean])[] = [
  [fieldInfo('eth_src').place, isEthernet],
  [fieldInfo('eth_dst').place, isEthernet],
  [fieldInfo('nw_src').place, hasAddresses],
  [fieldInfo('nw_dst').place, hasAddresses],
  [fieldInfo('tcp_src').place, hasPorts],
  [fieldInfo('tcp_dst').place, hasPorts],
  [fieldInfo('nw_proto').place, (k) => isIp(k) || isArp(k)],
  [fieldInfo('ip_dscp').place, isIp],
  [fieldInfo('nw_ecn').place, isIp],
  [fieldInfo('nw_ttl').place, isIp],
  [fieldInfo('arp_sha').place, (k) => isArp(k) || isNeighbor(k, SOLICIT)],
  [fieldInfo('arp_tha').place, (k) => isArp(k) || isNeighbor(k, ADVERT)],
  [fieldInfo('ipv6_src').place, (k) => k.ethType === ETH_IPV6],
  [fieldInfo('ipv6_dst').place, (k) => k.ethType === ETH_IPV6],
  [fieldInfo('ipv6_label').place, (k) => k.ethType === ETH_IPV6],
  [fieldInfo('nd_target').place, (k) => isNeighbor(k, SOLICIT) || isNeighbor(k, ADVERT)],
  [fieldInfo('mpls_label').place, isMpls],
  [fieldInfo('mpls_tc').place, isMpls],
  [fieldInfo('mpls_bos').place, isMpls],
  [fieldInfo('mpls_ttl').place, isMpls],
]

/** Asks no more for what no packet has that is asked for. */
export function dropImpossible(builder: MatchBuilder): void {
  // Which packets there are is decided before anything is dropped.
  const { kind } = builder
  let dropped: Place[] | undefined
  for (const [place, may] of RULES) if (!may(kind)) (dropped ??= []).push(place)
  for (const place of dropped ?? []) builder.remove(place)
}

/** The match without what no packet has that it can accept, as switches and ovs-ofctl take it. */
export function normalizeMatch(match: Match): Match {
  const builder = MatchBuilder.of(match)
  dropImpossible(builder)
  return builder.build()
}
