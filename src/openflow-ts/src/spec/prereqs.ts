import type { PrereqName } from './field-spec.js'

/** What a match says so far of the packets it accepts, as far as prerequisites ask. -1: nothing. */
export class PacketKind {
  packetType = 0
  ethType = -1
  nwProto = -1
  icmpType = -1
  /** What is not matched counts as 0 here, as in OVS. */
  icmpCode = 0
  vlanPresent = false
  laterFragment = false
  ctState = 0
  ctStateMask = 0
  ctNwProto = -1

  reset(): void {
    this.packetType = 0
    this.ethType = -1
    this.nwProto = -1
    this.icmpType = -1
    this.icmpCode = 0
    this.vlanPresent = false
    this.laterFragment = false
    this.ctState = 0
    this.ctStateMask = 0
    this.ctNwProto = -1
  }
}

export const ETH_IPV4 = 0x0800
export const ETH_ARP = 0x0806
export const ETH_RARP = 0x8035
export const ETH_IPV6 = 0x86dd
export const ETH_MPLS = 0x8847
export const ETH_MPLS_MCAST = 0x8848
export const ETH_NSH = 0x894f

const CT_INVALID = 0x10
const CT_TRACKED = 0x20
/** new, est, rel, rpl, snat, dnat: each implies a valid connection. */
const CT_IMPLIES_VALID = 0xcf

const isIp = (k: PacketKind): boolean => k.ethType === ETH_IPV4 || k.ethType === ETH_IPV6
const isTransport = (k: PacketKind, proto: number): boolean => isIp(k) && k.nwProto === proto && !k.laterFragment
const isIcmp6 = (k: PacketKind): boolean => k.ethType === ETH_IPV6 && k.nwProto === 58 && !k.laterFragment
const isNd = (k: PacketKind, type: number): boolean => isIcmp6(k) && k.icmpType === type && k.icmpCode === 0

function isCtValid(k: PacketKind): boolean {
  const valid = (k.ctState & CT_TRACKED) !== 0 && (k.ctStateMask & CT_INVALID) !== 0 && (k.ctState & CT_INVALID) === 0
  return (k.ctState & CT_IMPLIES_VALID) !== 0 || valid
}

/** One predicate a prerequisite, ovs-fields(7). */
export const PREREQS: Readonly<Record<PrereqName, (kind: PacketKind) => boolean>> = {
  none: () => true,
  ethernet: (k) => k.packetType === 0,
  vlan: (k) => k.packetType === 0 && k.vlanPresent,
  mpls: (k) => k.ethType === ETH_MPLS || k.ethType === ETH_MPLS_MCAST,
  ipv4: (k) => k.ethType === ETH_IPV4,
  ipv6: (k) => k.ethType === ETH_IPV6,
  ip: isIp,
  arp: (k) => k.ethType === ETH_ARP || k.ethType === ETH_RARP,
  nsh: (k) => k.ethType === ETH_NSH,
  tcp: (k) => isTransport(k, 6),
  udp: (k) => isTransport(k, 17),
  sctp: (k) => isTransport(k, 132),
  icmpv4: (k) => k.ethType === ETH_IPV4 && k.nwProto === 1 && !k.laterFragment,
  icmpv6: isIcmp6,
  nd: (k) => isNd(k, 135) || isNd(k, 136),
  nd_solicit: (k) => isNd(k, 135),
  nd_advert: (k) => isNd(k, 136),
  ct: isCtValid,
  ct_ipv4: (k) => isCtValid(k) && k.ethType === ETH_IPV4,
  ct_ipv6: (k) => isCtValid(k) && k.ethType === ETH_IPV6,
  ct_tp: (k) => isCtValid(k) && k.ctNwProto >= 0,
}

/** How a term changes what is known of the packet. Values of these fields fit a number. */
export const NOTES: Readonly<Record<string, (kind: PacketKind, value: number, mask: number) => void>> = {
  packet_type: (k, value) => {
    k.packetType = value
    // A packet without Ethernet header says its type in the low half of an ethertype-namespace packet type.
    if (value >>> 16 === 1) k.ethType = value & 0xffff
  },
  eth_type: (k, value) => {
    k.ethType = value
  },
  vlan_tci: (k, value, mask) => {
    if ((value & mask & 0x1000) !== 0) k.vlanPresent = true
  },
  ip_frag: (k, value, mask) => {
    k.laterFragment = (value & mask & 2) !== 0
  },
  nw_proto: (k, value) => {
    k.nwProto = value
  },
  icmpv6_type: (k, value) => {
    k.icmpType = value
  },
  icmpv6_code: (k, value) => {
    k.icmpCode = value
  },
  ct_state: (k, value, mask) => {
    k.ctState = value
    k.ctStateMask = mask
  },
  ct_nw_proto: (k, value) => {
    k.ctNwProto = value
  },
}
