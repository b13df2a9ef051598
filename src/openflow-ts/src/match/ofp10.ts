import type { Reader, Writer } from '../binary.js'
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
import { widenPort } from '../ports.js'
import type { Match } from './terms.js'

/** Bytes of struct ofp_match of OpenFlow 1.0. */
export const OFP10_MATCH_BYTES = 40

/** OFPFW_*: a bit that is on lets a field be anything; of addresses, so many of their last bits. */
export const OFPFW10 = {
  IN_PORT: 1 << 0,
  DL_VLAN: 1 << 1,
  DL_SRC: 1 << 2,
  DL_DST: 1 << 3,
  DL_TYPE: 1 << 4,
  NW_PROTO: 1 << 5,
  TP_SRC: 1 << 6,
  TP_DST: 1 << 7,
  NW_SRC_SHIFT: 8,
  NW_DST_SHIFT: 14,
  DL_VLAN_PCP: 1 << 20,
  NW_TOS: 1 << 21,
  ALL: (1 << 22) - 1,
} as const
const FW = OFPFW10
const ADDRESS_BITS = 0x3f
const VLAN_NONE = 0xffff
const MAC = 0xffffffffffff

/** How many of the last bits of an address are open, where its wildcards begin at bit `shift`. */
export const openBitsOf = (wildcards: number, shift: number): number =>
  Math.min((wildcards >>> shift) & ADDRESS_BITS, 32)

const netmask = (wildcards: number, shift: number): number => {
  const bits = openBitsOf(wildcards, shift)
  return bits < 32 ? (0xffffffff << bits) >>> 0 : 0
}

/** struct ofp10_match as it stands in bytes. */
export interface WireMatch10 {
  readonly wildcards: number
  readonly in_port: number
  readonly dl_src: number
  readonly dl_dst: number
  readonly dl_vlan: number
  readonly dl_vlan_pcp: number
  readonly dl_type: number
  readonly nw_tos: number
  readonly nw_proto: number
  readonly nw_src: number
  readonly nw_dst: number
  readonly tp_src: number
  readonly tp_dst: number
}

const WORD = 0x100000000

/** An Ethernet address, which a double holds. */
const readMac = (r: Reader): number => r.u16() * WORD + r.u32()

function writeMac(w: Writer, mac: number): void {
  w.u16(mac / WORD)
  w.u32(mac % WORD)
}

export function readWireMatch10(r: Reader): WireMatch10 {
  const [wildcards, in_port] = [r.u32(), widenPort(r.u16())]
  const [dl_src, dl_dst] = [readMac(r), readMac(r)]
  const [dl_vlan, dl_vlan_pcp] = [r.u16(), r.u8()]
  r.skip(1)
  const [dl_type, nw_tos, nw_proto] = [r.u16(), r.u8(), r.u8()]
  r.skip(2)
  const [nw_src, nw_dst, tp_src, tp_dst] = [r.u32(), r.u32(), r.u16(), r.u16()]
  return {
    wildcards, in_port, dl_src, dl_dst, dl_vlan, dl_vlan_pcp, dl_type, nw_tos, nw_proto, nw_src, nw_dst, tp_src, tp_dst,
  }
}

/** How many of the last bits of an address a mask leaves open; of a mask with holes, those before its last one. */
const openBits = (mask: number): number => (mask === 0 ? 32 : 31 - Math.clz32(mask & -mask))

function readFixed(r: Reader): FixedMatch {
  const wire = readWireMatch10(r)
  const fw = wire.wildcards & FW.ALL
  const fixed = emptyFixed()
  const maskOf = (bit: number, mask: number): number => ((fw & bit) === 0 ? mask : 0)
  fixed.in_port_mask = maskOf(FW.IN_PORT, 0xffffffff)
  fixed.in_port = (wire.in_port & fixed.in_port_mask) >>> 0
  fixed.dl_src_mask = maskOf(FW.DL_SRC, MAC)
  fixed.dl_src = fixed.dl_src_mask === 0 ? 0 : wire.dl_src
  fixed.dl_dst_mask = maskOf(FW.DL_DST, MAC)
  fixed.dl_dst = fixed.dl_dst_mask === 0 ? 0 : wire.dl_dst
  readVlan(fixed, fw, wire.dl_vlan, wire.dl_vlan_pcp)
  fixed.dl_type_mask = maskOf(FW.DL_TYPE, 0xffff)
  fixed.dl_type = wire.dl_type & fixed.dl_type_mask
  fixed.nw_dscp_mask = maskOf(FW.NW_TOS, 0x3f)
  fixed.nw_dscp = (wire.nw_tos >>> DSCP_SHIFT) & fixed.nw_dscp_mask
  fixed.nw_proto_mask = maskOf(FW.NW_PROTO, 0xff)
  fixed.nw_proto = wire.nw_proto & fixed.nw_proto_mask
  fixed.nw_src_mask = netmask(fw, FW.NW_SRC_SHIFT)
  fixed.nw_src = (wire.nw_src & fixed.nw_src_mask) >>> 0
  fixed.nw_dst_mask = netmask(fw, FW.NW_DST_SHIFT)
  fixed.nw_dst = (wire.nw_dst & fixed.nw_dst_mask) >>> 0
  fixed.tp_src_mask = maskOf(FW.TP_SRC, 0xffff)
  fixed.tp_src = wire.tp_src & fixed.tp_src_mask
  fixed.tp_dst_mask = maskOf(FW.TP_DST, 0xffff)
  fixed.tp_dst = wire.tp_dst & fixed.tp_dst_mask
  return fixed
}

function readVlan(to: FixedMatch, fw: number, vlan: number, pcp: number): void {
  if ((fw & FW.DL_VLAN) === 0 && vlan === VLAN_NONE) {
    to.vlan_tci_mask = 0xffff
    return
  }
  if ((fw & FW.DL_VLAN) === 0) to.vlan_tci_mask |= VLAN_VID | VLAN_CFI
  if ((fw & FW.DL_VLAN_PCP) === 0) to.vlan_tci_mask |= VLAN_PCP | VLAN_CFI
  to.vlan_tci = ((vlan & VLAN_VID) | ((pcp << VLAN_PCP_SHIFT) & VLAN_PCP) | VLAN_CFI) & to.vlan_tci_mask
}

/** Reads the fixed match of OpenFlow 1.0. `normalize`: without fields that its packets do not have. */
export const decodeOfp10Match = (r: Reader, normalize = false): Match => matchOfFixed(readFixed(r), normalize)

/** Whether a match, given in bytes, leaves no field open: OpenFlow 1.0 gives such flows the highest priority. */
export const isExactOfp10 = (raw: Buffer): boolean => (raw.readUInt32BE(0) & FW.ALL) === 0

function vlanWildcards({ vlan_tci, vlan_tci_mask }: FixedMatch): { fw: number; vlan: number; pcp: number } {
  if (vlan_tci_mask === 0) return { fw: FW.DL_VLAN | FW.DL_VLAN_PCP, vlan: 0, pcp: 0 }
  if ((vlan_tci_mask & VLAN_CFI) !== 0 && (vlan_tci & VLAN_CFI) === 0) return { fw: 0, vlan: VLAN_NONE, pcp: 0 }
  const anyVid = (vlan_tci_mask & VLAN_VID) === 0
  const anyPcp = (vlan_tci_mask & VLAN_PCP) === 0
  return {
    fw: (anyVid ? FW.DL_VLAN : 0) | (anyPcp ? FW.DL_VLAN_PCP : 0),
    vlan: anyVid ? 0 : vlan_tci & VLAN_VID,
    pcp: anyPcp ? 0 : vlan_tci >>> VLAN_PCP_SHIFT,
  }
}

/** Writes a match as OpenFlow 1.0 has it. What has no place there is left out, and masks where it knows none. */
export function encodeOfp10Match(w: Writer, match: Match): void {
  const m = fixedOf(match)
  const { fw, vlan, pcp } = vlanWildcards(m)
  const any = (mask: number, bit: number): number => (mask === 0 ? bit : 0)
  w.u32(
    fw |
      any(m.in_port_mask, FW.IN_PORT) |
      any(m.dl_src_mask, FW.DL_SRC) |
      any(m.dl_dst_mask, FW.DL_DST) |
      any(m.dl_type_mask, FW.DL_TYPE) |
      any(m.nw_dscp_mask, FW.NW_TOS) |
      any(m.nw_proto_mask, FW.NW_PROTO) |
      (openBits(m.nw_src_mask) << FW.NW_SRC_SHIFT) |
      (openBits(m.nw_dst_mask) << FW.NW_DST_SHIFT) |
      any(m.tp_src_mask, FW.TP_SRC) |
      any(m.tp_dst_mask, FW.TP_DST),
  )
  w.u16(m.in_port & 0xffff)
  writeMac(w, m.dl_src)
  writeMac(w, m.dl_dst)
  w.u16(vlan)
  w.u8(pcp)
  w.u8(0)
  w.u16(m.dl_type)
  w.u8(m.nw_dscp << DSCP_SHIFT)
  w.u8(m.nw_proto & 0xff)
  w.u16(0)
  w.u32(m.nw_src)
  w.u32(m.nw_dst)
  w.u16(m.tp_src)
  w.u16(m.tp_dst)
}
