import type { Reader, Writer } from '../binary.js'
import { DecodeError } from '../errors.js'
import { isPort } from '../ports.js'
import { ETH_ARP, ETH_IPV4, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import {
  DSCP_SHIFT,
  emptyFixed,
  type FixedMatch,
  fixedOf,
  matchOfFixed,
  VLAN_CFI,
  VLAN_PCP,
  VLAN_PCP_SHIFT,
  VLAN_VID,
} from './fixed.js'
import type { Match } from './terms.js'

/** Bytes of struct ofp_match of OpenFlow 1.1, its header included. */
export const OFP11_MATCH_BYTES = 88
const OFPMT_STANDARD = 0

/** OFPFW_* of OpenFlow 1.1: a bit that is on lets a field be anything. */
const FW = {
  IN_PORT: 1 << 0,
  DL_VLAN: 1 << 1,
  DL_VLAN_PCP: 1 << 2,
  DL_TYPE: 1 << 3,
  NW_TOS: 1 << 4,
  NW_PROTO: 1 << 5,
  TP_SRC: 1 << 6,
  TP_DST: 1 << 7,
  MPLS_LABEL: 1 << 8,
  MPLS_TC: 1 << 9,
} as const

/** OFPVID_*: any tag, no tag. */
const VID_ANY = 0xfffe
const VID_NONE = 0xffff
const MAC = 0xffffffffffff
const ALL64 = 0xffffffffffffffffn
const ICMP = 1
const PORT_PROTOCOLS = [6, 17, 132]

/** Reads the fixed match of OpenFlow 1.1 with its header. @throws DecodeError OFPBMC_* */
export function decodeOfp11Match(r: Reader): Match {
  const start = r.offset
  const bad = (what: string, reply: string): DecodeError => new DecodeError(what, { offset: start, reply })
  const type = r.u16()
  const length = r.u16()
  if (type !== OFPMT_STANDARD) throw bad(`match of type ${type}`, 'OFPBMC_BAD_TYPE')
  if (length !== OFP11_MATCH_BYTES || r.remaining < length - 4) throw bad(`match of ${length} bytes`, 'OFPBMC_BAD_LEN')
  const m = emptyFixed()
  const inPort = r.u32()
  const fw = r.u32()
  const wants = (bit: number): boolean => (fw & bit) === 0
  if (wants(FW.IN_PORT)) {
    if (!isPort(inPort)) throw bad(`port ${inPort}`, 'OFPBMC_BAD_VALUE')
    m.in_port = inPort
    m.in_port_mask = 0xffffffff
  }
  ;[m.dl_src, m.dl_src_mask] = maskedMac(r)
  ;[m.dl_dst, m.dl_dst_mask] = maskedMac(r)
  const vlan = r.u16()
  const pcp = r.u8()
  r.skip(1)
  if (wants(FW.DL_VLAN)) readVlan(m, vlan, wants(FW.DL_VLAN_PCP) ? pcp : undefined, bad)
  const dlType = r.u16()
  if (wants(FW.DL_TYPE)) {
    m.dl_type = dlType
    m.dl_type_mask = 0xffff
  }
  const ipv4 = m.dl_type === ETH_IPV4
  const tos = r.u8()
  if (ipv4 && wants(FW.NW_TOS)) {
    if ((tos & 3) !== 0) throw bad(`TOS ${tos}`, 'OFPBMC_BAD_VALUE')
    m.nw_dscp = tos >>> DSCP_SHIFT
    m.nw_dscp_mask = 0x3f
  }
  const hasAddresses = ipv4 || m.dl_type === ETH_ARP || m.dl_type === ETH_RARP
  const proto = r.u8()
  if (hasAddresses && wants(FW.NW_PROTO)) {
    m.nw_proto = proto
    m.nw_proto_mask = 0xff
  }
  const [src, srcMask] = maskedAddress(r)
  const [dst, dstMask] = maskedAddress(r)
  if (hasAddresses) Object.assign(m, { nw_src: src, nw_src_mask: srcMask, nw_dst: dst, nw_dst_mask: dstMask })
  const ports = [r.u16(), r.u16()] as const
  if (ipv4) readPorts(m, ports, [wants(FW.TP_SRC), wants(FW.TP_DST)], bad)
  const label = r.u32()
  const tc = r.u8()
  r.skip(3)
  if (m.dl_type === ETH_MPLS || m.dl_type === ETH_MPLS_MCAST) {
    if (wants(FW.MPLS_LABEL)) {
      m.mpls_label = label & 0xfffff
      m.mpls_label_mask = 0xfffff
    }
    if (wants(FW.MPLS_TC)) {
      m.mpls_tc = tc & 7
      m.mpls_tc_mask = 7
    }
  }
  const metadata = r.u64()
  m.metadata_mask = r.u64() ^ ALL64
  m.metadata = metadata & m.metadata_mask
  return matchOfFixed(m, false)
}

/** An address of 48 bits and its mask, which stands there inverted. */
function maskedMac(r: Reader): readonly [value: number, mask: number] {
  const value = r.uint(6)
  const mask = BigInt(r.uint(6)) ^ BigInt(MAC)
  return [Number(BigInt(value) & mask), Number(mask)]
}

function maskedAddress(r: Reader): readonly [value: number, mask: number] {
  const value = r.u32()
  const mask = ~r.u32() >>> 0
  return [(value & mask) >>> 0, mask]
}

type Bad = (what: string, reply: string) => DecodeError

function readVlan(to: FixedMatch, vlan: number, pcp: number | undefined, bad: Bad): void {
  if (vlan === VID_NONE) {
    to.vlan_tci_mask = 0xffff
    return
  }
  if (vlan !== VID_ANY && vlan > VLAN_VID) throw bad(`VLAN ${vlan}`, 'OFPBMC_BAD_VALUE')
  to.vlan_tci = VLAN_CFI | (vlan === VID_ANY ? 0 : vlan)
  to.vlan_tci_mask = VLAN_CFI | (vlan === VID_ANY ? 0 : VLAN_VID)
  if (pcp === undefined) return
  if (pcp > 7) throw bad(`VLAN priority ${pcp}`, 'OFPBMC_BAD_VALUE')
  to.vlan_tci |= pcp << VLAN_PCP_SHIFT
  to.vlan_tci_mask |= VLAN_PCP
}

function readPorts(
  to: FixedMatch,
  [src, dst]: readonly [number, number],
  [wantsSrc, wantsDst]: readonly [boolean, boolean],
  bad: Bad,
): void {
  const icmp = to.nw_proto === ICMP
  if (!icmp && !PORT_PROTOCOLS.includes(to.nw_proto)) return
  if (wantsSrc) {
    if (icmp && src > 0xff) throw bad(`ICMP type ${src}`, 'OFPBMC_BAD_FIELD')
    to.tp_src = src
    to.tp_src_mask = 0xffff
  }
  if (wantsDst) {
    if (icmp && dst > 0xff) throw bad(`ICMP code ${dst}`, 'OFPBMC_BAD_FIELD')
    to.tp_dst = dst
    to.tp_dst_mask = 0xffff
  }
}

function vlanFields({ vlan_tci, vlan_tci_mask }: FixedMatch): { fw: number; vlan: number; pcp: number } {
  if (vlan_tci_mask === 0) return { fw: FW.DL_VLAN | FW.DL_VLAN_PCP, vlan: 0, pcp: 0 }
  if ((vlan_tci_mask & VLAN_CFI) !== 0 && (vlan_tci & VLAN_CFI) === 0) {
    return { fw: FW.DL_VLAN_PCP, vlan: VID_NONE, pcp: 0 }
  }
  const anyPcp = (vlan_tci_mask & VLAN_PCP) === 0
  return {
    fw: anyPcp ? FW.DL_VLAN_PCP : 0,
    vlan: (vlan_tci_mask & VLAN_VID) === 0 ? VID_ANY : vlan_tci & VLAN_VID,
    pcp: anyPcp ? 0 : vlan_tci >>> VLAN_PCP_SHIFT,
  }
}

/** Writes a match as OpenFlow 1.1 has it, with its header. What has no place there is left out. */
export function encodeOfp11Match(w: Writer, match: Match): void {
  const m = fixedOf(match)
  const { fw, vlan, pcp } = vlanFields(m)
  const any = (mask: number, bit: number): number => (mask === 0 ? bit : 0)
  w.u16(OFPMT_STANDARD)
  w.u16(OFP11_MATCH_BYTES)
  w.u32(m.in_port)
  w.u32(
    fw |
      any(m.in_port_mask, FW.IN_PORT) |
      any(m.dl_type_mask, FW.DL_TYPE) |
      any(m.nw_dscp_mask, FW.NW_TOS) |
      any(m.nw_proto_mask, FW.NW_PROTO) |
      any(m.tp_src_mask, FW.TP_SRC) |
      any(m.tp_dst_mask, FW.TP_DST) |
      any(m.mpls_label_mask, FW.MPLS_LABEL) |
      any(m.mpls_tc_mask, FW.MPLS_TC),
  )
  w.uint(BigInt(m.dl_src), 6)
  w.uint(BigInt(MAC - m.dl_src_mask), 6)
  w.uint(BigInt(m.dl_dst), 6)
  w.uint(BigInt(MAC - m.dl_dst_mask), 6)
  w.u16(vlan)
  w.u8(pcp)
  w.u8(0)
  w.u16(m.dl_type)
  w.u8(m.nw_dscp << DSCP_SHIFT)
  w.u8(m.nw_proto & 0xff)
  w.u32(m.nw_src)
  w.u32(~m.nw_src_mask >>> 0)
  w.u32(m.nw_dst)
  w.u32(~m.nw_dst_mask >>> 0)
  w.u16(m.tp_src)
  w.u16(m.tp_dst)
  w.u32(m.mpls_label)
  w.u8(m.mpls_tc)
  w.zeros(3)
  w.u64(m.metadata)
  w.u64(m.metadata_mask ^ ALL64)
}
