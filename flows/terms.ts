import type { Action, FieldName, MatchInit } from 'openflow-ts'
import { type Cidr, hostCidr, type Ip, netmask } from '../src/model/address.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import {
  ACCEPTED_BIT,
  IDENTITY_MAC,
  IPV4_REGISTERS,
  REGISTERS,
  type TableName,
  TABLES,
} from './layout.js'

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

/** To a tenant's domain, whatever the network. */
export function enterDomain(domain: number): Action {
  return { type: 'set_field', field: 'metadata', value: BigInt(domain) << 32n, mask: DOMAIN_MASK }
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

const IDENTITY = { field: REGISTERS.sender.field, ofs: 0, n_bits: 32 } as const
const ETH_SRC_LOW = { field: 'eth_src', ofs: 0, n_bits: 32 } as const
const ACCEPTED = { field: REGISTERS.flags.field, ofs: 1, n_bits: 1 } as const
const ETH_SRC_ACCEPTED = { field: 'eth_src', ofs: ACCEPTED_BIT, n_bits: 1 } as const

/** Between hosts the inner source MAC carries no meaning, so the sender's identity travels there. */
export const identityIntoMac: readonly Action[] = [
  { type: 'set_field', field: 'eth_src', value: IDENTITY_MAC },
  { type: 'move', src: IDENTITY, dst: ETH_SRC_LOW },
  { type: 'move', src: ACCEPTED, dst: ETH_SRC_ACCEPTED },
]

/** On the segment that MAC is the host's own: identities there would make one address of many places. */
export function hostIntoMac(mac: bigint): Action[] {
  return [
    { type: 'set_field', field: 'eth_src', value: mac },
    { type: 'move', src: ACCEPTED, dst: ETH_SRC_ACCEPTED },
  ]
}

export const identityFromMac: Action = { type: 'move', src: ETH_SRC_LOW, dst: IDENTITY }
export const acceptedFromMac: Action = { type: 'move', src: ETH_SRC_ACCEPTED, dst: ACCEPTED }

/** The other bits of `flags` become zero. */
export function setFlags(flags: number): Action {
  return { type: 'set_field', field: REGISTERS.flags.field, value: flags }
}

export function withFlag(flag: number, set = true): MatchInit {
  return { [REGISTERS.flags.field]: [set ? flag : 0, flag] }
}

/** From one 32-bit register to another. */
export function moveWhole(src: 'sender' | 'receiver', dst: 'sender' | 'receiver'): Action {
  const whole = (name: 'sender' | 'receiver') => ({ field: REGISTERS[name].field, ofs: 0, n_bits: 32 })
  return { type: 'move', src: whole(src), dst: whole(dst) }
}

/** The same for both families, which conntrack and ports need by name. */
export function both<T>(make: (eth_type: number) => T): T[] {
  return [ETH_TYPE_IP, ETH_TYPE_IPV6].map(make)
}

/** Looks the packet up in the zone of the local pod's network, and goes on in `table`. */
export function ctFrom(table: TableName): Action {
  const zone = { field: REGISTERS.zone.field, ofs: 0, n_bits: 16 }
  return { type: 'ct', flags: [], zone, table: TABLES[table].id, actions: [] }
}

/** Addresses of a connection's ends into their registers; `reply`: the packet goes from receiver to sender. */
export function loadEnds(eth_type: number, reply: boolean): Action[] {
  const [src, dst]: [FieldName, FieldName] = eth_type === ETH_TYPE_IP ? ['nw_src', 'nw_dst'] : ['ipv6_src', 'ipv6_dst']
  const n_bits = eth_type === ETH_TYPE_IP ? 32 : 128
  const load = (from: FieldName, to: 'xxreg2' | 'xxreg3'): Action => ({
    type: 'move',
    src: { field: from, ofs: 0, n_bits },
    dst: { field: eth_type === ETH_TYPE_IP ? IPV4_REGISTERS[to] : to, ofs: 0, n_bits },
  })
  const [sender, receiver] = reply ? [dst, src] : [src, dst]
  return [load(sender, REGISTERS.senderAddress.field), load(receiver, REGISTERS.receiverAddress.field)]
}

/** An address of an end of the connection, in its register. */
export function endWithin(end: 'sender' | 'receiver', { family, address, prefix }: Cidr): MatchInit {
  const { field } = REGISTERS[end === 'sender' ? 'senderAddress' : 'receiverAddress']
  const mask = netmask(family, prefix)
  return family === 4
    ? { eth_type: ETH_TYPE_IP, [IPV4_REGISTERS[field]]: [Number(address), Number(mask)] }
    : { eth_type: ETH_TYPE_IPV6, [field]: [address, mask] }
}

/** Back to where the packet came from, from the router. */
export const returnToSender: readonly Action[] = [
  { type: 'move', src: { field: 'eth_src', ofs: 0, n_bits: 48 }, dst: { field: 'eth_dst', ofs: 0, n_bits: 48 } },
  { type: 'set_field', field: 'eth_src', value: ROUTER_MAC },
]

/** Exchanges two fields of the packet, by way of the stack. */
export function exchange(a: FieldName, b: FieldName, n_bits: number): Action[] {
  const whole = (field: FieldName) => ({ field, ofs: 0, n_bits })
  return [
    { type: 'push', src: whole(a) },
    { type: 'push', src: whole(b) },
    { type: 'pop', dst: whole(a) },
    { type: 'pop', dst: whole(b) },
  ]
}
