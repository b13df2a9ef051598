import { OF10, OF12, OF13, OF15, type OfVersion } from '../version.js'
import type { FieldSpec, WireId } from './field-spec.js'

const NX_VENDOR = 0x00002320
const ONF_VENDOR = 0x4f4e4600
const NSH_VENDOR = 0x005ad650
const ERICSSON_CLASS = 0x1000

const nxmOf = (name: string, number: number, bytes?: number): WireId => ({
  name: `NXM_OF_${name}`,
  oxmClass: 0x0000,
  number,
  since: OF10,
  ...(bytes === undefined ? {} : { bytes }),
})
const nxmNx = (name: string, number: number): WireId => ({
  name: `NXM_NX_${name}`,
  oxmClass: 0x0001,
  number,
  since: OF10,
})
const oxm = (name: string, number: number, since: OfVersion = OF12): WireId => ({
  name: `OXM_OF_${name}`,
  oxmClass: name.startsWith('PKT_REG') ? 0x8001 : 0x8000,
  number,
  since,
})
const experimenter = (prefix: string, vendor: number, since: OfVersion) => (name: string, number: number): WireId => ({
  name: `${prefix}_${name}`,
  oxmClass: 0xffff,
  number,
  experimenter: vendor,
  since,
})
const onf = experimenter('ONFOXM_ET', ONF_VENDOR, OF13)
const nxEt = experimenter('NXOXM_ET', NX_VENDOR, OF10)
const nsh = experimenter('NXOXM_NSH', NSH_VENDOR, OF10)
const eric = (name: string, number: number): WireId => ({
  name: `ERICOXM_OF_ICMPV6_${name}`,
  oxmClass: ERICSSON_CLASS,
  number,
  since: OF10,
})

/** A tunnel option of up to 124 bytes. */
const tunMetadata = <N extends number>(n: N) => ({
  name: `tun_metadata${n}` as const,
  bits: 992 as const,
  variableLength: true,
  format: 'hexadecimal' as const,
  maskable: true,
  writable: true,
  prereq: 'none' as const,
  wire: [nxmNx(`TUN_METADATA${n}`, 40 + n)],
})

/**
 * Every field, ovs-fields(7) of Open vSwitch 3.1, in the order in which OVS writes them into a match (which is also
 * the order of a canonical match). Adding a field is adding an entry.
 */
export const FIELDS = [
  // Metadata of the packet's way
  {
    name: 'packet_type', bits: 32, format: 'packet_type', maskable: false, writable: false,
    prereq: 'none', wire: [oxm('PACKET_TYPE', 44, OF15)],
  },
  {
    name: 'dp_hash', bits: 32, format: 'hexadecimal', maskable: true, writable: false,
    prereq: 'none', wire: [nxmNx('DP_HASH', 35), nxEt('DP_HASH', 0)],
  },
  {
    name: 'recirc_id', bits: 32, format: 'decimal', maskable: false, writable: false,
    prereq: 'none', wire: [nxmNx('RECIRC_ID', 36)],
  },
  {
    name: 'conj_id', bits: 32, format: 'decimal', maskable: false, writable: false,
    prereq: 'none', wire: [nxmNx('CONJ_ID', 37)],
  },
  {
    name: 'in_port', bits: 32, subfieldBits: 16, format: 'port', maskable: false, writable: true,
    prereq: 'none', of10: 'exact', of11: 'exact', wire: [nxmOf('IN_PORT', 0, 2)],
  },
  {
    name: 'in_port_oxm', bits: 32, format: 'port', maskable: false, writable: true,
    prereq: 'none', of11: 'exact', view: { of: ['in_port'] }, wire: [oxm('IN_PORT', 0)],
  },
  { name: 'skb_priority', bits: 32, format: 'hexadecimal', maskable: false, writable: false, prereq: 'none', wire: [] },
  {
    name: 'actset_output', bits: 32, format: 'port', maskable: false, writable: false,
    prereq: 'none', wire: [onf('ACTSET_OUTPUT', 43), oxm('ACTSET_OUTPUT', 43, OF15)],
  },
  // Ethernet and VLAN
  {
    name: 'eth_src', aliases: ['dl_src'], bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'bitwise', wire: [nxmOf('ETH_SRC', 2), oxm('ETH_SRC', 4)],
  },
  {
    name: 'eth_dst', aliases: ['dl_dst'], bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'bitwise', wire: [nxmOf('ETH_DST', 1), oxm('ETH_DST', 3)],
  },
  {
    name: 'eth_type', aliases: ['dl_type'], bits: 16, format: 'hexadecimal', maskable: false, writable: false,
    prereq: 'ethernet', of10: 'exact', of11: 'exact', wire: [nxmOf('ETH_TYPE', 3), oxm('ETH_TYPE', 5)],
  },
  {
    name: 'vlan_tci', bits: 16, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'exact', wire: [nxmOf('VLAN_TCI', 4)],
  },
  {
    name: 'dl_vlan', bits: 12, bytes: 2, format: 'decimal', maskable: false, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'exact', view: { of: ['vlan_tci'], set: 0x1000 }, wire: [],
  },
  {
    name: 'vlan_vid', bits: 13, subfieldBits: 12, format: 'decimal', maskable: true, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'exact', view: { of: ['vlan_tci'] }, wire: [oxm('VLAN_VID', 6)],
  },
  {
    name: 'dl_vlan_pcp', bits: 3, format: 'decimal', maskable: false, writable: true,
    prereq: 'ethernet', of10: 'exact', of11: 'exact', view: { of: ['vlan_tci'], shift: 13, set: 0x1000 }, wire: [],
  },
  {
    name: 'vlan_pcp', bits: 3, format: 'decimal', maskable: false, writable: true,
    prereq: 'vlan', of10: 'exact', of11: 'exact',
    view: { of: ['vlan_tci'], shift: 13, set: 0x1000 }, wire: [oxm('VLAN_PCP', 7)],
  },
  // MPLS
  {
    name: 'mpls_tc', bits: 3, keptBits: 3, format: 'decimal', maskable: false, writable: true,
    prereq: 'mpls', of11: 'exact', wire: [oxm('MPLS_TC', 35)],
  },
  {
    name: 'mpls_bos', bits: 1, keptBits: 1, format: 'decimal', maskable: false, writable: false,
    prereq: 'mpls', wire: [oxm('MPLS_BOS', 36, OF13)],
  },
  {
    name: 'mpls_ttl', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'mpls', wire: [nxmNx('MPLS_TTL', 30)],
  },
  {
    name: 'mpls_label', bits: 20, bytes: 4, keptBits: 20, format: 'decimal', maskable: false, writable: true,
    prereq: 'mpls', of11: 'exact', wire: [oxm('MPLS_LABEL', 34)],
  },
  // IPv4, IPv6 and ARP
  {
    name: 'nw_src', aliases: ['ip_src'], printName: 'ip_src', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'ipv4', of10: 'cidr', of11: 'bitwise', place: 'nw_src', wire: [nxmOf('IP_SRC', 7), oxm('IPV4_SRC', 11)],
  },
  {
    name: 'nw_dst', aliases: ['ip_dst'], printName: 'ip_dst', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'ipv4', of10: 'cidr', of11: 'bitwise', place: 'nw_dst', wire: [nxmOf('IP_DST', 8), oxm('IPV4_DST', 12)],
  },
  {
    name: 'ipv6_src', bits: 128, format: 'ipv6', maskable: true, writable: true,
    prereq: 'ipv6', wire: [nxmNx('IPV6_SRC', 19), oxm('IPV6_SRC', 26)],
  },
  {
    name: 'ipv6_dst', bits: 128, format: 'ipv6', maskable: true, writable: true,
    prereq: 'ipv6', wire: [nxmNx('IPV6_DST', 20), oxm('IPV6_DST', 27)],
  },
  {
    name: 'ip_frag', aliases: ['nw_frag'], bits: 2, keptBits: 2, format: 'frag', maskable: true, writable: false,
    prereq: 'ip', wire: [nxmNx('IP_FRAG', 26)],
  },
  {
    name: 'ip_dscp', bits: 6, keptBits: 6, format: 'decimal', maskable: false, writable: true,
    prereq: 'ip', of10: 'exact', of11: 'exact', wire: [oxm('IP_DSCP', 8)],
  },
  {
    name: 'nw_tos', bits: 8, validMask: 0xfc, format: 'decimal', maskable: false, writable: true,
    prereq: 'ip', of10: 'exact', of11: 'exact', view: { of: ['ip_dscp'], shift: -2 }, wire: [nxmOf('IP_TOS', 5)],
  },
  {
    name: 'nw_ecn', aliases: ['ip_ecn'], bits: 2, keptBits: 2, format: 'decimal', maskable: false, writable: true,
    prereq: 'ip', of11: 'exact', wire: [nxmNx('IP_ECN', 28), oxm('IP_ECN', 9)],
  },
  {
    name: 'nw_ttl', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'ip', wire: [nxmNx('IP_TTL', 29)],
  },
  {
    name: 'ipv6_label', bits: 20, bytes: 4, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'ipv6', sentFor: 'ip', wire: [nxmNx('IPV6_LABEL', 27), oxm('IPV6_FLABEL', 28)],
  },
  {
    name: 'nw_proto', aliases: ['ip_proto'], bits: 8, format: 'decimal', maskable: false, writable: false,
    prereq: 'ip', of10: 'exact', of11: 'exact', place: 'nw_proto', wire: [nxmOf('IP_PROTO', 6), oxm('IP_PROTO', 10)],
  },
  // Transport
  {
    name: 'tcp_src', aliases: ['tp_src'], bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'tcp', of10: 'exact', of11: 'exact', place: 'tp_src', wire: [nxmOf('TCP_SRC', 9), oxm('TCP_SRC', 13)],
  },
  {
    name: 'tcp_dst', aliases: ['tp_dst'], bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'tcp', of10: 'exact', of11: 'exact', place: 'tp_dst', wire: [nxmOf('TCP_DST', 10), oxm('TCP_DST', 14)],
  },
  {
    name: 'tcp_flags', bits: 12, bytes: 2, format: 'tcp_flags', maskable: true, writable: false,
    prereq: 'tcp', wire: [nxmNx('TCP_FLAGS', 34), onf('TCP_FLAGS', 42), oxm('TCP_FLAGS', 42, OF15)],
  },
  {
    name: 'udp_src', bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'udp', of10: 'exact', of11: 'exact', place: 'tp_src', wire: [nxmOf('UDP_SRC', 11), oxm('UDP_SRC', 15)],
  },
  {
    name: 'udp_dst', bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'udp', of10: 'exact', of11: 'exact', place: 'tp_dst', wire: [nxmOf('UDP_DST', 12), oxm('UDP_DST', 16)],
  },
  {
    name: 'sctp_src', bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'sctp', of11: 'exact', place: 'tp_src', wire: [oxm('SCTP_SRC', 17)],
  },
  {
    name: 'sctp_dst', bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'sctp', of11: 'exact', place: 'tp_dst', wire: [oxm('SCTP_DST', 18)],
  },
  {
    name: 'icmp_type', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'icmpv4', of10: 'exact', of11: 'exact', place: 'tp_src',
    wire: [nxmOf('ICMP_TYPE', 13), oxm('ICMPV4_TYPE', 19)],
  },
  {
    name: 'icmp_code', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'icmpv4', of10: 'exact', of11: 'exact', place: 'tp_dst',
    wire: [nxmOf('ICMP_CODE', 14), oxm('ICMPV4_CODE', 20)],
  },
  {
    name: 'icmpv6_type', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'icmpv6', place: 'tp_src', wire: [nxmNx('ICMPV6_TYPE', 21), oxm('ICMPV6_TYPE', 29)],
  },
  {
    name: 'icmpv6_code', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'icmpv6', place: 'tp_dst', wire: [nxmNx('ICMPV6_CODE', 22), oxm('ICMPV6_CODE', 30)],
  },
  {
    name: 'nd_reserved', bits: 32, format: 'decimal', maskable: false, writable: true,
    prereq: 'nd', wire: [eric('ND_RESERVED', 1)],
  },
  {
    name: 'nd_target', bits: 128, format: 'ipv6', maskable: true, writable: true,
    prereq: 'nd', wire: [nxmNx('ND_TARGET', 23), oxm('IPV6_ND_TARGET', 31)],
  },
  {
    name: 'nd_options_type', bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'nd', place: 'tcp_flags', wire: [eric('ND_OPTIONS_TYPE', 2)],
  },
  {
    name: 'nd_sll', bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'nd_solicit', wire: [nxmNx('ND_SLL', 24), oxm('IPV6_ND_SLL', 32)],
  },
  {
    name: 'nd_tll', bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'nd_advert', wire: [nxmNx('ND_TLL', 25), oxm('IPV6_ND_TLL', 33)],
  },
  {
    name: 'arp_op', bits: 8, subfieldBits: 16, bytes: 2, keptBits: 8,
    format: 'decimal', maskable: false, writable: true,
    prereq: 'arp', of10: 'exact', of11: 'exact', place: 'nw_proto', wire: [nxmOf('ARP_OP', 15), oxm('ARP_OP', 21)],
  },
  {
    name: 'arp_spa', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'arp', of10: 'cidr', of11: 'bitwise', place: 'nw_src', wire: [nxmOf('ARP_SPA', 16), oxm('ARP_SPA', 22)],
  },
  {
    name: 'arp_tpa', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'arp', of10: 'cidr', of11: 'bitwise', place: 'nw_dst', wire: [nxmOf('ARP_TPA', 17), oxm('ARP_TPA', 23)],
  },
  {
    name: 'arp_sha', bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'arp', place: 'nd_sll', wire: [nxmNx('ARP_SHA', 17), oxm('ARP_SHA', 24)],
  },
  {
    name: 'arp_tha', bits: 48, format: 'ethernet', maskable: true, writable: true,
    prereq: 'arp', place: 'nd_tll', wire: [nxmNx('ARP_THA', 18), oxm('ARP_THA', 25)],
  },
  // Tunnel
  {
    name: 'tun_id', aliases: ['tunnel_id'], bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_ID', 16), oxm('TUNNEL_ID', 38, OF13)],
  },
  {
    name: 'tun_flags', bits: 1, bytes: 2, keptBits: 1, alwaysMasked: true,
    format: 'tun_flags', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_FLAGS', 104)],
  },
  {
    name: 'tun_src', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_IPV4_SRC', 31)],
  },
  {
    name: 'tun_dst', bits: 32, format: 'ipv4', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_IPV4_DST', 32)],
  },
  {
    name: 'tun_ipv6_src', bits: 128, format: 'ipv6', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_IPV6_SRC', 109)],
  },
  {
    name: 'tun_ipv6_dst', bits: 128, format: 'ipv6', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_IPV6_DST', 110)],
  },
  { name: 'tun_tos', bits: 8, format: 'decimal', maskable: false, writable: false, prereq: 'none', wire: [] },
  { name: 'tun_ttl', bits: 8, format: 'decimal', maskable: false, writable: false, prereq: 'none', wire: [] },
  {
    name: 'tun_gbp_id', bits: 16, format: 'decimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_GBP_ID', 38)],
  },
  {
    name: 'tun_gbp_flags', bits: 8, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('TUN_GBP_FLAGS', 39)],
  },
  // Options of Geneve; the switch's TLV table says which
  tunMetadata(0), tunMetadata(1), tunMetadata(2), tunMetadata(3), tunMetadata(4), tunMetadata(5),
  tunMetadata(6), tunMetadata(7), tunMetadata(8), tunMetadata(9), tunMetadata(10), tunMetadata(11),
  tunMetadata(12), tunMetadata(13), tunMetadata(14), tunMetadata(15), tunMetadata(16), tunMetadata(17),
  tunMetadata(18), tunMetadata(19), tunMetadata(20), tunMetadata(21), tunMetadata(22), tunMetadata(23),
  tunMetadata(24), tunMetadata(25), tunMetadata(26), tunMetadata(27), tunMetadata(28), tunMetadata(29),
  tunMetadata(30), tunMetadata(31), tunMetadata(32), tunMetadata(33), tunMetadata(34), tunMetadata(35),
  tunMetadata(36), tunMetadata(37), tunMetadata(38), tunMetadata(39), tunMetadata(40), tunMetadata(41),
  tunMetadata(42), tunMetadata(43), tunMetadata(44), tunMetadata(45), tunMetadata(46), tunMetadata(47),
  tunMetadata(48), tunMetadata(49), tunMetadata(50), tunMetadata(51), tunMetadata(52), tunMetadata(53),
  tunMetadata(54), tunMetadata(55), tunMetadata(56), tunMetadata(57), tunMetadata(58), tunMetadata(59),
  tunMetadata(60), tunMetadata(61), tunMetadata(62), tunMetadata(63),
  {
    name: 'tun_erspan_idx', bits: 20, bytes: 4, validMask: 0xffffffff,
    format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxEt('ERSPAN_IDX', 11)],
  },
  {
    name: 'tun_erspan_ver', bits: 4, validMask: 0xff, valueIsMask: true,
    format: 'decimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxEt('ERSPAN_VER', 12)],
  },
  {
    name: 'tun_erspan_dir', bits: 1, validMask: 0xff, valueIsMask: true,
    format: 'decimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxEt('ERSPAN_DIR', 13)],
  },
  {
    name: 'tun_erspan_hwid', bits: 6, validMask: 0xff, valueIsMask: true,
    format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxEt('ERSPAN_HWID', 14)],
  },
  {
    name: 'tun_gtpu_flags', bits: 8, valueIsMask: true, format: 'hexadecimal', maskable: true, writable: false,
    prereq: 'none', wire: [nxEt('GTPU_FLAGS', 15)],
  },
  {
    name: 'tun_gtpu_msgtype', bits: 8, valueIsMask: true, format: 'decimal', maskable: true, writable: false,
    prereq: 'none', wire: [nxEt('GTPU_MSGTYPE', 16)],
  },
  // NSH
  {
    name: 'nsh_flags', bits: 8, format: 'decimal', maskable: true, writable: true,
    prereq: 'nsh', wire: [nsh('FLAGS', 1)],
  },
  {
    name: 'nsh_ttl', bits: 8, validMask: 0x3f, format: 'decimal', maskable: false, writable: true,
    prereq: 'nsh', wire: [nsh('TTL', 10)],
  },
  {
    name: 'nsh_mdtype', bits: 8, validValues: [1, 2], format: 'decimal', maskable: false, writable: false,
    prereq: 'nsh', wire: [nsh('MDTYPE', 2)],
  },
  { name: 'nsh_np', bits: 8, format: 'decimal', maskable: false, writable: false, prereq: 'nsh', wire: [nsh('NP', 3)] },
  {
    name: 'nsh_spi', aliases: ['nsp'], bits: 24, bytes: 4, keptBits: 24,
    format: 'hexadecimal', maskable: false, writable: true,
    prereq: 'nsh', wire: [nsh('SPI', 4)],
  },
  {
    name: 'nsh_si', aliases: ['nsi'], bits: 8, format: 'decimal', maskable: false, writable: true,
    prereq: 'nsh', wire: [nsh('SI', 5)],
  },
  {
    name: 'nsh_c1', aliases: ['nshc1'], bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'nsh', wire: [nsh('C1', 6)],
  },
  {
    name: 'nsh_c2', aliases: ['nshc2'], bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'nsh', wire: [nsh('C2', 7)],
  },
  {
    name: 'nsh_c3', aliases: ['nshc3'], bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'nsh', wire: [nsh('C3', 8)],
  },
  {
    name: 'nsh_c4', aliases: ['nshc4'], bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'nsh', wire: [nsh('C4', 9)],
  },
  // Registers
  {
    name: 'reg0', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG0', 0)],
  },
  {
    name: 'reg1', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG1', 1)],
  },
  {
    name: 'reg2', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG2', 2)],
  },
  {
    name: 'reg3', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG3', 3)],
  },
  {
    name: 'reg4', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG4', 4)],
  },
  {
    name: 'reg5', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG5', 5)],
  },
  {
    name: 'reg6', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG6', 6)],
  },
  {
    name: 'reg7', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG7', 7)],
  },
  {
    name: 'reg8', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG8', 8)],
  },
  {
    name: 'reg9', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG9', 9)],
  },
  {
    name: 'reg10', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG10', 10)],
  },
  {
    name: 'reg11', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG11', 11)],
  },
  {
    name: 'reg12', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG12', 12)],
  },
  {
    name: 'reg13', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG13', 13)],
  },
  {
    name: 'reg14', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG14', 14)],
  },
  {
    name: 'reg15', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('REG15', 15)],
  },
  {
    name: 'xreg0', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg0', 'reg1'], packedSince: OF15 }, wire: [oxm('PKT_REG0', 0, OF13)],
  },
  {
    name: 'xreg1', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg2', 'reg3'], packedSince: OF15 }, wire: [oxm('PKT_REG1', 1, OF13)],
  },
  {
    name: 'xreg2', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg4', 'reg5'], packedSince: OF15 }, wire: [oxm('PKT_REG2', 2, OF13)],
  },
  {
    name: 'xreg3', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg6', 'reg7'], packedSince: OF15 }, wire: [oxm('PKT_REG3', 3, OF13)],
  },
  {
    name: 'xreg4', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg8', 'reg9'], packedSince: OF15 }, wire: [oxm('PKT_REG4', 4, OF13)],
  },
  {
    name: 'xreg5', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg10', 'reg11'], packedSince: OF15 }, wire: [oxm('PKT_REG5', 5, OF13)],
  },
  {
    name: 'xreg6', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg12', 'reg13'], packedSince: OF15 }, wire: [oxm('PKT_REG6', 6, OF13)],
  },
  {
    name: 'xreg7', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg14', 'reg15'], packedSince: OF15 }, wire: [oxm('PKT_REG7', 7, OF13)],
  },
  {
    name: 'xxreg0', bits: 128, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg0', 'reg1', 'reg2', 'reg3'] }, wire: [nxmNx('XXREG0', 111)],
  },
  {
    name: 'xxreg1', bits: 128, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg4', 'reg5', 'reg6', 'reg7'] }, wire: [nxmNx('XXREG1', 112)],
  },
  {
    name: 'xxreg2', bits: 128, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg8', 'reg9', 'reg10', 'reg11'] }, wire: [nxmNx('XXREG2', 113)],
  },
  {
    name: 'xxreg3', bits: 128, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', view: { of: ['reg12', 'reg13', 'reg14', 'reg15'] }, wire: [nxmNx('XXREG3', 114)],
  },
  // Packet mark, connection tracking and metadata
  {
    name: 'pkt_mark', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('PKT_MARK', 33)],
  },
  {
    name: 'ct_state', bits: 32, keptBits: 8, validMask: 0xff, alwaysMasked: true,
    format: 'ct_state', maskable: true, writable: false,
    prereq: 'none', wire: [nxmNx('CT_STATE', 105)],
  },
  {
    name: 'ct_zone', bits: 16, format: 'hexadecimal', maskable: false, writable: false,
    prereq: 'none', wire: [nxmNx('CT_ZONE', 106)],
  },
  {
    name: 'ct_mark', bits: 32, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('CT_MARK', 107)],
  },
  {
    name: 'ct_label', bits: 128, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', wire: [nxmNx('CT_LABEL', 108)],
  },
  {
    name: 'ct_nw_src', bits: 32, format: 'ipv4', maskable: true, writable: false,
    prereq: 'ct', wire: [nxmNx('CT_NW_SRC', 120)],
  },
  {
    name: 'ct_ipv6_src', bits: 128, format: 'ipv6', maskable: true, writable: false,
    prereq: 'ct', wire: [nxmNx('CT_IPV6_SRC', 122)],
  },
  {
    name: 'ct_nw_dst', bits: 32, format: 'ipv4', maskable: true, writable: false,
    prereq: 'ct', wire: [nxmNx('CT_NW_DST', 121)],
  },
  {
    name: 'ct_ipv6_dst', bits: 128, format: 'ipv6', maskable: true, writable: false,
    prereq: 'ct', wire: [nxmNx('CT_IPV6_DST', 123)],
  },
  {
    name: 'ct_nw_proto', bits: 8, format: 'decimal', maskable: false, writable: false,
    prereq: 'ct', sentFor: 'ct_proto', wire: [nxmNx('CT_NW_PROTO', 119)],
  },
  {
    name: 'ct_tp_src', bits: 16, format: 'decimal', maskable: true, writable: false,
    prereq: 'ct', sentFor: 'ct_proto', wire: [nxmNx('CT_TP_SRC', 124)],
  },
  {
    name: 'ct_tp_dst', bits: 16, format: 'decimal', maskable: true, writable: false,
    prereq: 'ct', sentFor: 'ct_proto', wire: [nxmNx('CT_TP_DST', 125)],
  },
  {
    name: 'metadata', bits: 64, format: 'hexadecimal', maskable: true, writable: true,
    prereq: 'none', of11: 'bitwise', wire: [oxm('METADATA', 2)],
  },
] as const satisfies readonly FieldSpec[]

type Entry = (typeof FIELDS)[number]

/** Names of fields as OVS spells them. */
export type FieldName = Entry['name']

/** A field's value: a number for fields of up to 32 bits, a bigint beyond. */
export type Value = number | bigint

type WideBits = 48 | 64 | 128 | 992

/** The type of a field's values, which its width decides. */
export type ValueOf<F extends FieldName> = Extract<Entry, { name: F }>['bits'] extends WideBits ? bigint : number
