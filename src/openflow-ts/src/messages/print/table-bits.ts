import type { FieldName } from '../../spec/fields.js'

/** Fields by the bits of OpenFlow 1.0's wildcards (OFPFW_*); those of addresses count how many bits are free. */
const OFPFW10: readonly (readonly [bits: number, field: FieldName])[] = [
  [1 << 0, 'in_port'],
  [1 << 1, 'vlan_vid'],
  [1 << 2, 'eth_src'],
  [1 << 3, 'eth_dst'],
  [1 << 4, 'eth_type'],
  [1 << 5, 'nw_proto'],
  [1 << 6, 'tcp_src'],
  [1 << 7, 'tcp_dst'],
  [0x3f << 8, 'nw_src'],
  [0x3f << 14, 'nw_dst'],
  [1 << 20, 'vlan_pcp'],
  [1 << 21, 'nw_tos'],
]

/** Fields by the bits of OpenFlow 1.1 (OFPFMF_*, and those of the table statistics). */
const OFPFMF11: readonly (readonly [bits: number, field: FieldName])[] = [
  [1 << 0, 'in_port'],
  [1 << 1, 'vlan_vid'],
  [1 << 2, 'vlan_pcp'],
  [1 << 3, 'eth_type'],
  [1 << 4, 'nw_tos'],
  [1 << 5, 'nw_proto'],
  [1 << 6, 'tcp_src'],
  [1 << 7, 'tcp_dst'],
  [1 << 8, 'mpls_label'],
  [1 << 9, 'mpls_tc'],
  [1 << 11, 'eth_src'],
  [1 << 12, 'eth_dst'],
  [1 << 13, 'nw_src'],
  [1 << 14, 'nw_dst'],
  [1 << 15, 'metadata'],
]

/** Fields by the numbers of OXM in OpenFlow 1.2 (OFPXMT_OFB_*). */
const OXM12: readonly (FieldName | undefined)[] = [
  ...(['in_port_oxm', undefined, 'metadata', 'eth_dst', 'eth_src', 'eth_type', 'vlan_vid', 'vlan_pcp'] as const),
  ...(['ip_dscp', 'nw_ecn', 'nw_proto', 'nw_src', 'nw_dst', 'tcp_src', 'tcp_dst', 'udp_src', 'udp_dst'] as const),
  ...(['sctp_src', 'sctp_dst', 'icmp_type', 'icmp_code'] as const),
  ...(['arp_op', 'arp_spa', 'arp_tpa', 'arp_sha', 'arp_tha'] as const),
  ...(['ipv6_src', 'ipv6_dst', 'ipv6_label', 'icmpv6_type', 'icmpv6_code', 'nd_target', 'nd_sll', 'nd_tll'] as const),
  ...(['mpls_label', 'mpls_tc'] as const),
]

const pick = (table: readonly (readonly [number, FieldName])[], bits: number): FieldName[] =>
  table.filter(([mask]) => (bits & mask) !== 0).map(([, field]) => field)

export const fieldsOf10 = (bits: number): FieldName[] => pick(OFPFW10, bits)
export const fieldsOf11 = (bits: number): FieldName[] => pick(OFPFMF11, bits)
export const fieldsOf12 = (bits: bigint | number): FieldName[] =>
  OXM12.filter((field, bit): field is FieldName => field !== undefined && ((BigInt(bits) >> BigInt(bit)) & 1n) !== 0n)
