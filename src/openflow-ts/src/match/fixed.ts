import type { FieldName, Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import { fieldInfo } from '../spec/registry.js'
import type { Match, MatchTerm } from './terms.js'

/**
 * What the fixed matches of OpenFlow 1.0 and 1.1 hold, as OVS's flow key has it: one place for the fields that share
 * it, each with its mask (0: any).
 */
export interface FixedMatch {
  in_port: number
  in_port_mask: number
  dl_src: number
  dl_src_mask: number
  dl_dst: number
  dl_dst_mask: number
  vlan_tci: number
  vlan_tci_mask: number
  dl_type: number
  dl_type_mask: number
  nw_dscp: number
  nw_dscp_mask: number
  nw_proto: number
  nw_proto_mask: number
  nw_src: number
  nw_src_mask: number
  nw_dst: number
  nw_dst_mask: number
  tp_src: number
  tp_src_mask: number
  tp_dst: number
  tp_dst_mask: number
  mpls_label: number
  mpls_label_mask: number
  mpls_tc: number
  mpls_tc_mask: number
  metadata: bigint
  metadata_mask: bigint
}

export const VLAN_CFI = 0x1000
export const VLAN_VID = 0x0fff
export const VLAN_PCP = 0xe000
export const VLAN_PCP_SHIFT = 13
export const DSCP_SHIFT = 2

/** A match of everything, to be filled. */
export function emptyFixed(): FixedMatch {
  return {
    in_port: 0,
    in_port_mask: 0,
    dl_src: 0,
    dl_src_mask: 0,
    dl_dst: 0,
    dl_dst_mask: 0,
    vlan_tci: 0,
    vlan_tci_mask: 0,
    dl_type: 0,
    dl_type_mask: 0,
    nw_dscp: 0,
    nw_dscp_mask: 0,
    nw_proto: 0,
    nw_proto_mask: 0,
    nw_src: 0,
    nw_src_mask: 0,
    nw_dst: 0,
    nw_dst_mask: 0,
    tp_src: 0,
    tp_src_mask: 0,
    tp_dst: 0,
    tp_dst_mask: 0,
    mpls_label: 0,
    mpls_label_mask: 0,
    mpls_tc: 0,
    mpls_tc_mask: 0,
    metadata: 0n,
    metadata_mask: 0n,
  }
}

type Place = {
  [K in keyof FixedMatch]: K extends `${infer P}_mask` ? P : never
}[keyof FixedMatch]

/** The place of each field that a fixed match can hold. */
const PLACES: Readonly<Partial<Record<FieldName, Exclude<Place, 'metadata'>>>> = {
  in_port: 'in_port',
  eth_src: 'dl_src',
  eth_dst: 'dl_dst',
  vlan_tci: 'vlan_tci',
  eth_type: 'dl_type',
  ip_dscp: 'nw_dscp',
  nw_proto: 'nw_proto',
  arp_op: 'nw_proto',
  nw_src: 'nw_src',
  arp_spa: 'nw_src',
  nw_dst: 'nw_dst',
  arp_tpa: 'nw_dst',
  tcp_src: 'tp_src',
  udp_src: 'tp_src',
  sctp_src: 'tp_src',
  icmp_type: 'tp_src',
  icmpv6_type: 'tp_src',
  tcp_dst: 'tp_dst',
  udp_dst: 'tp_dst',
  sctp_dst: 'tp_dst',
  icmp_code: 'tp_dst',
  icmpv6_code: 'tp_dst',
  mpls_label: 'mpls_label',
  mpls_tc: 'mpls_tc',
}

/** What of a match has a place; the rest is left out. */
export function fixedOf(match: Match): FixedMatch {
  const fixed = emptyFixed()
  for (const { field, value, mask } of match) {
    if (field === 'metadata') {
      fixed.metadata = BigInt(value)
      fixed.metadata_mask = BigInt(mask ?? fieldInfo(field).ones)
      continue
    }
    const place = PLACES[field]
    if (place === undefined) continue
    fixed[place] = Number(value)
    fixed[`${place}_mask`] = Number(mask ?? fieldInfo(field).ones)
  }
  return fixed
}

const TP_FIELDS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
}
const ICMP = 1
const ICMPV6 = 58

/** Names of the fields in shared places; without a protocol they go by the first that could be meant. */
function tpFields({ dl_type, nw_proto }: FixedMatch): readonly [FieldName, FieldName] {
  if (dl_type === ETH_IPV4 && nw_proto === ICMP) return ['icmp_type', 'icmp_code']
  if (dl_type === ETH_IPV6 && nw_proto === ICMPV6) return ['icmpv6_type', 'icmpv6_code']
  return TP_FIELDS[nw_proto] ?? ['tcp_src', 'tcp_dst']
}

/** The terms of a fixed match, also those whose prerequisites it does not match: OVS keeps and prints them. */
export function matchOfFixed(fixed: FixedMatch): Match {
  const arp = fixed.dl_type === ETH_ARP || fixed.dl_type === ETH_RARP
  const [tpSrc, tpDst] = tpFields(fixed)
  const terms: MatchTerm[] = []
  const put = (field: FieldName, value: Value, mask: Value): void => {
    if (mask === 0 || mask === 0n) return
    terms.push(mask === fieldInfo(field).ones ? { field, value } : { field, value, mask })
  }
  put('in_port', fixed.in_port, fixed.in_port_mask)
  put('eth_src', BigInt(fixed.dl_src), BigInt(fixed.dl_src_mask))
  put('eth_dst', BigInt(fixed.dl_dst), BigInt(fixed.dl_dst_mask))
  put('eth_type', fixed.dl_type, fixed.dl_type_mask)
  put('vlan_tci', fixed.vlan_tci, fixed.vlan_tci_mask)
  put('mpls_tc', fixed.mpls_tc, fixed.mpls_tc_mask)
  put('mpls_label', fixed.mpls_label, fixed.mpls_label_mask)
  if (!arp) put('nw_src', fixed.nw_src, fixed.nw_src_mask)
  if (!arp) put('nw_dst', fixed.nw_dst, fixed.nw_dst_mask)
  put('ip_dscp', fixed.nw_dscp, fixed.nw_dscp_mask)
  if (!arp) put('nw_proto', fixed.nw_proto, fixed.nw_proto_mask)
  put(tpSrc, fixed.tp_src, fieldMask(tpSrc, fixed.tp_src_mask))
  put(tpDst, fixed.tp_dst, fieldMask(tpDst, fixed.tp_dst_mask))
  if (arp) put('arp_op', fixed.nw_proto, fixed.nw_proto_mask)
  if (arp) put('arp_spa', fixed.nw_src, fixed.nw_src_mask)
  if (arp) put('arp_tpa', fixed.nw_dst, fixed.nw_dst_mask)
  put('metadata', fixed.metadata, fixed.metadata_mask)
  return terms
}

/** A mask of a 16-bit place for the field that goes there, which may be narrower. */
const fieldMask = (field: FieldName, mask: number): number => mask & Number(fieldInfo(field).ones)

const TRANSPORTS_IPV4 = [ICMP, 6, 17, 132]

/** Clears what cannot be in a packet of the type that is matched, as OVS normalizes a flow-mod of OpenFlow 1.0. */
export function normalizeFixed(fixed: FixedMatch): void {
  const { dl_type, nw_proto } = fixed
  const ipv4 = dl_type === ETH_IPV4
  const ip = ipv4 || dl_type === ETH_IPV6
  const arp = dl_type === ETH_ARP || dl_type === ETH_RARP
  if (!ipv4 && !arp) clear(fixed, 'nw_src', 'nw_dst')
  const transport = TRANSPORTS_IPV4.includes(nw_proto) && (ipv4 || (ip && nw_proto !== ICMP))
  if (!transport && !(dl_type === ETH_IPV6 && nw_proto === ICMPV6)) clear(fixed, 'tp_src', 'tp_dst')
  if (!ip && !arp) clear(fixed, 'nw_proto')
  if (!ip) clear(fixed, 'nw_dscp')
  if (dl_type !== ETH_MPLS && dl_type !== ETH_MPLS_MCAST) clear(fixed, 'mpls_label', 'mpls_tc')
}

function clear(fixed: FixedMatch, ...places: readonly Exclude<Place, 'metadata'>[]): void {
  for (const place of places) {
    fixed[place] = 0
    fixed[`${place}_mask`] = 0
  }
}
