import { Reader } from '../../binary.js'
import { ETH_ARP, ETH_IPV4, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../../spec/prereqs.js'
import { formatIpv4, formatMac } from '../../text/addresses.js'
import { formatPort } from '../../text/ports.js'
import { widenPort } from '../../match/oxm.js'
import type { PrintContext } from './common.js'

/** Bits of the wildcards that this text looks at. */
const FW = {
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
} as const

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' }
const TYPES: Readonly<Record<number, string>> = {
  [ETH_ARP]: 'arp',
  [ETH_RARP]: 'rarp',
  [ETH_MPLS]: 'mpls',
  [ETH_MPLS_MCAST]: 'mplsm',
}
const ICMP = 1

function addressText(address: number, wildcards: number): string {
  const open = wildcards & 0x3f
  if (open >= 32) return '*'
  return `${formatIpv4(address)}${open === 0 ? '' : `/${32 - open}`}`
}

/** A fixed match of OpenFlow 1.0 with all it leaves open, as ovs-ofctl prints it when it says the most. */
export function printOfp10Match(raw: Buffer, ctx: PrintContext): string {
  const r = new Reader(raw)
  const fw = r.u32()
  const inPort = widenPort(r.u16())
  const [src, dst] = [BigInt(r.uint(6)), BigInt(r.uint(6))]
  const [vlan, pcp] = [r.u16(), r.u8()]
  r.skip(1)
  const type = r.u16()
  const [tos, proto] = [r.u8(), r.u8()]
  r.skip(2)
  const [nwSrc, nwDst, tpSrc, tpDst] = [r.u32(), r.u32(), r.u16(), r.u16()]
  const parts: string[] = []
  const put = (name: string, bit: number, text: string): void => {
    parts.push(`${name}=${(fw & bit) === 0 ? text : '*'}`)
  }
  const hasType = (fw & FW.DL_TYPE) === 0
  const hasProto = (fw & FW.NW_PROTO) === 0
  const protocol = hasType && type === ETH_IPV4 && hasProto ? PROTOCOLS[proto] : undefined
  const short = protocol ?? (hasType ? (type === ETH_IPV4 ? 'ip' : TYPES[type]) : undefined)
  if (short !== undefined) parts.push(short)
  put('in_port', FW.IN_PORT, formatPort(inPort, ctx))
  put('dl_vlan', FW.DL_VLAN, String(vlan))
  put('dl_vlan_pcp', FW.DL_VLAN_PCP, String(pcp))
  put('dl_src', FW.DL_SRC, formatMac(src))
  put('dl_dst', FW.DL_DST, formatMac(dst))
  if (short === undefined) put('dl_type', FW.DL_TYPE, `0x${type.toString(16).padStart(4, '0')}`)
  parts.push(`nw_src=${addressText(nwSrc, fw >>> FW.NW_SRC_SHIFT)}`)
  parts.push(`nw_dst=${addressText(nwDst, fw >>> FW.NW_DST_SHIFT)}`)
  if (protocol === undefined) {
    put(type === ETH_ARP || type === ETH_RARP ? 'arp_op' : 'nw_proto', FW.NW_PROTO, String(proto))
  }
  put('nw_tos', FW.NW_TOS, String(tos))
  const names = proto === ICMP ? ['icmp_type', 'icmp_code'] : ['tp_src', 'tp_dst']
  put(names[0] ?? '', FW.TP_SRC, String(tpSrc))
  put(names[1] ?? '', FW.TP_DST, String(tpDst))
  return parts.join(',')
}
