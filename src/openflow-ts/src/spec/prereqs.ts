import type { PrereqName } from './field-spec.js'

export const ETH_IPV4 = 0x0800
export const ETH_ARP = 0x0806
export const ETH_RARP = 0x8035
export const ETH_IPV6 = 0x86dd
export const ETH_MPLS = 0x8847
export const ETH_MPLS_MCAST = 0x8848
export const ETH_NSH = 0x894f
/** What OVS takes for the ethertype of a packet that has none. */
export const ETH_NONE = 0x05ff

const VLAN_PRESENT = 0x1000
const FRAG_LATER = 2
/** Namespace of packet types that are ethertypes. */
const NS_ETHERTYPE = 1

/** What a match says so far of the packets it accepts, as far as prerequisites ask. What it does not say is 0. */
export class PacketKind {
  packetType = 0
  /** The value of the field eth_type. */
  dlType = 0
  /** The ethertype, which packets without Ethernet header have in their packet type. */
  ethType = 0
  nwProto = 0
  tpSrc = 0
  tpDst = 0
  vlanPresent = false
  laterFragment = false
  ctState = 0
  ctStateMask = 0
  ctNwProto = 0

  reset(): void {
    this.packetType = 0
    this.dlType = 0
    this.ethType = 0
    this.nwProto = 0
    this.tpSrc = 0
    this.tpDst = 0
    this.vlanPresent = false
    this.laterFragment = false
    this.ctState = 0
    this.ctStateMask = 0
    this.ctNwProto = 0
  }

  /** Takes over packet type and eth_type into `ethType`. */
  settle(): void {
    if (this.packetType === 0) this.ethType = this.dlType
    else this.ethType = this.packetType >>> 16 === NS_ETHERTYPE ? this.packetType & 0xffff : ETH_NONE
  }
}

const CT_INVALID = 0x10
const CT_TRACKED = 0x20
/** new, est, rel, rpl, snat, dnat: each implies a valid connection. */
const CT_IMPLIES_VALID = 0xcf

const ICMP = 1
const TCP = 6
const UDP = 17
const ICMPV6 = 58
const SCTP = 132
const SOLICIT = 135
const ADVERT = 136

export const always = (): boolean => true
const isMpls = (k: PacketKind): boolean => k.ethType === ETH_MPLS || k.ethType === ETH_MPLS_MCAST
const isArp = (k: PacketKind): boolean => k.ethType === ETH_ARP || k.ethType === ETH_RARP
const isIpv4 = (k: PacketKind): boolean => k.ethType === ETH_IPV4
const isIpv6 = (k: PacketKind): boolean => k.ethType === ETH_IPV6
export const isIp = (k: PacketKind): boolean => isIpv4(k) || isIpv6(k)
const isIcmp4 = (k: PacketKind): boolean => isIpv4(k) && k.nwProto === ICMP
const isIcmp6 = (k: PacketKind): boolean => isIpv6(k) && k.nwProto === ICMPV6
const isSolicit = (k: PacketKind): boolean => isIcmp6(k) && k.tpDst === 0 && k.tpSrc === SOLICIT
const isAdvert = (k: PacketKind): boolean => isIcmp6(k) && k.tpDst === 0 && k.tpSrc === ADVERT
const isNd = (k: PacketKind): boolean => isSolicit(k) || isAdvert(k)

function isCtValid(k: PacketKind): boolean {
  const valid = (k.ctState & CT_TRACKED) !== 0 && (k.ctStateMask & CT_INVALID) !== 0 && (k.ctState & CT_INVALID) === 0
  return (k.ctState & CT_IMPLIES_VALID) !== 0 || valid
}

/** When a field may be matched, and when one that is matched all the same is sent. */
interface Prereq {
  readonly met: (kind: PacketKind) => boolean
  readonly sent: (kind: PacketKind) => boolean
}

const both = (met: Prereq['met']): Prereq => ({ met, sent: met })

/** A transport protocol; only the first fragment of a packet has its header. */
function transport(proto: number): Prereq {
  const sent = (k: PacketKind): boolean => isIp(k) && k.nwProto === proto
  return { met: (k) => sent(k) && !k.laterFragment, sent }
}

/** One entry a prerequisite, ovs-fields(7). */
export const PREREQS: Readonly<Record<PrereqName, Prereq>> = {
  none: both(always),
  ethernet: { met: (k) => k.packetType === 0, sent: always },
  vlan: { met: (k) => k.packetType === 0 && k.vlanPresent, sent: always },
  mpls: both(isMpls),
  ipv4: both(isIpv4),
  ipv6: both(isIpv6),
  ip: both(isIp),
  arp: both(isArp),
  nsh: { met: (k) => k.ethType === ETH_NSH, sent: always },
  tcp: transport(TCP),
  udp: transport(UDP),
  sctp: transport(SCTP),
  icmpv4: both(isIcmp4),
  icmpv6: both(isIcmp6),
  nd: both(isNd),
  nd_solicit: both(isSolicit),
  nd_advert: both(isAdvert),
  ct: { met: isCtValid, sent: always },
  ct_proto: { met: isCtValid, sent: (k) => k.ctNwProto !== 0 },
}

/**
 * How what is stored in a place changes what is known of the packet, by the name of the place. Values of these places
 * fit a number.
 */
export const NOTES: Readonly<Record<string, (kind: PacketKind, value: number, mask: number) => void>> = {
  packet_type: (k, value) => {
    k.packetType = value
    k.settle()
  },
  eth_type: (k, value) => {
    k.dlType = value
    k.settle()
  },
  vlan_tci: (k, value, mask) => {
    k.vlanPresent = (value & mask & VLAN_PRESENT) !== 0
  },
  ip_frag: (k, value, mask) => {
    k.laterFragment = (value & mask & FRAG_LATER) !== 0
  },
  nw_proto: (k, value) => {
    k.nwProto = value
  },
  tp_src: (k, value) => {
    k.tpSrc = value
  },
  tp_dst: (k, value) => {
    k.tpDst = value
  },
  ct_state: (k, value, mask) => {
    k.ctState = value
    k.ctStateMask = mask
  },
  ct_nw_proto: (k, value) => {
    k.ctNwProto = value
  },
}
