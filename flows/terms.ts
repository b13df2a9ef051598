import type { Action, MatchInit } from 'openflow-ts'
import { netmask, type Cidr } from '../src/model/address.js'
import { IDENTITY_MAC, REGISTERS, type TableName, TABLES } from './layout.js'

/** Vocabulary that several tables share. */

export const ETH_TYPE_IP = 0x0800
export const ETH_TYPE_ARP = 0x0806
export const IPPROTO_ICMP = 1
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

export function toDestination({ address, prefix }: Cidr): Pick<MatchInit, 'eth_type' | 'nw_dst'> {
  return { eth_type: ETH_TYPE_IP, nw_dst: [address, netmask(prefix)] }
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

/** Exchanges two 32-bit fields of the packet. */
export function exchange(a: 'arp_spa' | 'nw_src', b: 'arp_tpa' | 'nw_dst'): Action[] {
  const whole = (field: 'arp_spa' | 'nw_src' | 'arp_tpa' | 'nw_dst' | 'reg2') =>
    ({ field, ofs: 0, n_bits: 32 }) as const
  const scratch = whole(REGISTERS.scratch.field)
  return [
    { type: 'move', src: whole(a), dst: scratch },
    { type: 'move', src: whole(b), dst: whole(a) },
    { type: 'move', src: scratch, dst: whole(b) },
  ]
}
