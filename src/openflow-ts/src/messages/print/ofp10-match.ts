import { Reader } from '../../binary.js'
import { ETH_ARP, ETH_IPV4, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../../spec/prereqs.js'
import { formatIpv4, formatMac } from '../../text/addresses.js'
import { formatPort } from '../../text/ports.js'
import { OFPFW10, openBitsOf, readWireMatch10 } from '../../match/ofp10.js'
import type { PrintContext } from './common.js'

const FW = OFPFW10
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' }
const TYPES: Readonly<Record<number, string>> = {
  [ETH_ARP]: 'arp',
  [ETH_RARP]: 'rarp',
  [ETH_MPLS]: 'mpls',
  [ETH_MPLS_MCAST]: 'mplsm',
}
const ICMP = 1

function addressText(address: number, open: number): string {
  if (open === 32) return '*'
  return `${formatIpv4(address)}${open === 0 ? '' : `/${32 - open}`}`
}

/** A fixed match of OpenFlow 1.0 with all it leaves open, as ovs-ofctl prints it when it says the most. */
export function printOfp10Match(raw: Buffer, ctx: PrintContext): string {
  const m = readWireMatch10(new Reader(raw))
  const { wildcards: fw, dl_type, nw_proto } = m
  const parts: string[] = []
  const put = (name: string, bit: number, text: string): void => {
    parts.push(`${name}=${(fw & bit) === 0 ? text : '*'}`)
  }
  const hasType = (fw & FW.DL_TYPE) === 0
  const hasProto = (fw & FW.NW_PROTO) === 0
  const protocol = hasType && dl_type === ETH_IPV4 && hasProto ? PROTOCOLS[nw_proto] : undefined
  const short = protocol ?? (hasType ? (dl_type === ETH_IPV4 ? 'ip' : TYPES[dl_type]) : undefined)
  if (short !== undefined) parts.push(short)
  put('in_port', FW.IN_PORT, formatPort(m.in_port, ctx))
  put('dl_vlan', FW.DL_VLAN, String(m.dl_vlan))
  put('dl_vlan_pcp', FW.DL_VLAN_PCP, String(m.dl_vlan_pcp))
  put('dl_src', FW.DL_SRC, formatMac(BigInt(m.dl_src)))
  put('dl_dst', FW.DL_DST, formatMac(BigInt(m.dl_dst)))
  if (short === undefined) put('dl_type', FW.DL_TYPE, `0x${dl_type.toString(16).padStart(4, '0')}`)
  parts.push(`nw_src=${addressText(m.nw_src, openBitsOf(fw, FW.NW_SRC_SHIFT))}`)
  parts.push(`nw_dst=${addressText(m.nw_dst, openBitsOf(fw, FW.NW_DST_SHIFT))}`)
  if (protocol === undefined) {
    put(dl_type === ETH_ARP || dl_type === ETH_RARP ? 'arp_op' : 'nw_proto', FW.NW_PROTO, String(nw_proto))
  }
  put('nw_tos', FW.NW_TOS, String(m.nw_tos))
  const names = nw_proto === ICMP ? ['icmp_type', 'icmp_code'] : ['tp_src', 'tp_dst']
  put(names[0] ?? '', FW.TP_SRC, String(m.tp_src))
  put(names[1] ?? '', FW.TP_DST, String(m.tp_dst))
  return parts.join(',')
}
