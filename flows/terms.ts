import type { Action, FieldName, MatchInit } from 'openflow-ts'
import { type Cidr, hostCidr, type Ip, netmask } from '../src/model/address.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { IDENTITY_MAC, REGISTERS, type RegisterSpec, type TableName, TABLES } from './layout.js'

/** Vocabulary that several tables share. */

export const ETH_TYPE_IP = 0x0800
export const ETH_TYPE_ARP = 0x0806
export const ETH_TYPE_IPV6 = 0x86dd
export const IPPROTO_ICMP = 1
export const IPPROTO_ICMPV6 = 58
/** Types of RFC 4443, 4861, 2710 and 3810. */
export const ICMPV6 = {
  echoRequest: 128,
  echoReply: 129,
  groupReport: 131,
  groupDone: 132,
  routerSolicitation: 133,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  groupReportV2: 143,
} as const
/** OFPVID_NONE: eth_type alone says nothing about a tag, and a tag would ride along to wherever the packet goes. */
export const NO_VLAN = 0

/** A flow before it has the cookie of its unit. */
export interface FlowTerm {
  readonly table: TableName
  readonly priority: number
  readonly match: MatchInit
  readonly actions: readonly Action[]
}

const DOMAIN_MASK = 0xffff_ffff_0000_0000n

/** Packets of a tenant, whatever its network. */
export function inDomain(domain: number): Pick<MatchInit, 'metadata'> {
  return { metadata: [BigInt(domain) << 32n, DOMAIN_MASK] }
}

/**
 * Enters a packet into a tenant's network. Not write_metadata: after an action, ovs-ofctl cannot print that instruction in
 * OpenFlow 1.0, which is what a plain `ovs-ofctl dump-flows` speaks.
 */
export function enterNetwork(domain: number, tunnelKey: number): Action {
  return { type: 'set_field', field: 'metadata', value: (BigInt(domain) << 32n) | BigInt(tunnelKey) }
}

export function toDestination({ family, address, prefix }: Cidr): MatchInit {
  const mask = netmask(family, prefix)
  return family === 4
    ? { eth_type: ETH_TYPE_IP, nw_dst: [Number(address), Number(mask)] }
    : { eth_type: ETH_TYPE_IPV6, ipv6_dst: [address, mask] }
}

export function icmpv6(type: number): MatchInit {
  return { eth_type: ETH_TYPE_IPV6, nw_proto: IPPROTO_ICMPV6, icmpv6_type: type, icmpv6_code: 0 }
}

export function toAddress(ip: Ip): MatchInit {
  return toDestination(hostCidr(ip))
}

export function fromAddress({ family, value }: Ip): MatchInit {
  return family === 4
    ? { eth_type: ETH_TYPE_IP, nw_src: Number(value) }
    : { eth_type: ETH_TYPE_IPV6, ipv6_src: value }
}

export function gotoTable(table: TableName): Action {
  return { type: 'goto_table', table_id: TABLES[table].id }
}

const IDENTITY = { field: REGISTERS.identity.field, ofs: 0, n_bits: 32 } as const
const ETH_SRC_LOW = { field: 'eth_src', ofs: 0, n_bits: 32 } as const

/** Between hosts the inner source MAC carries no meaning, so the sender's identity travels there. */
export const identityIntoMac: readonly Action[] = [
  { type: 'set_field', field: 'eth_src', value: IDENTITY_MAC },
  { type: 'move', src: IDENTITY, dst: ETH_SRC_LOW },
]
export const identityFromMac: Action = { type: 'move', src: ETH_SRC_LOW, dst: IDENTITY }

/** Back to where the packet came from, from the router. */
export const returnToSender: readonly Action[] = [
  { type: 'move', src: { field: 'eth_src', ofs: 0, n_bits: 48 }, dst: { field: 'eth_dst', ofs: 0, n_bits: 48 } },
  { type: 'set_field', field: 'eth_src', value: ROUTER_MAC },
]

/** Exchanges two fields of the packet that are as wide as the scratch register. */
export function exchange(a: FieldName, b: FieldName, scratch: Pick<RegisterSpec, 'field' | 'bits'>): Action[] {
  const whole = (field: FieldName) => ({ field, ofs: 0, n_bits: scratch.bits[1] + 1 })
  return [
    { type: 'move', src: whole(a), dst: whole(scratch.field) },
    { type: 'move', src: whole(b), dst: whole(a) },
    { type: 'move', src: whole(scratch.field), dst: whole(b) },
  ]
}
