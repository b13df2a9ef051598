import { type HostSpec, type NetworkSpec, type PodSpec, type TenantSpec } from './kinds.js'

/**
 * What the store keeps: for each resource its spec with what was allocated for it, and the allocators' own books.
 * Everything that the switches are programmed from is here, so that a restart computes the same again.
 */

interface ResourceRecord<Spec> {
  readonly uid: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly spec: Spec
}

/** `domain`: the tenant's routing domain, in the upper half of OpenFlow `metadata`. */
export interface TenantRecord extends ResourceRecord<TenantSpec> {
  readonly domain: number
}

/** `tunnelKey`: VNI or GRE key, and the lower half of `metadata`. */
export interface NetworkRecord extends ResourceRecord<NetworkSpec> {
  readonly tunnelKey: number
}

export type HostRecord = ResourceRecord<HostSpec>

export interface PodRecord extends ResourceRecord<PodSpec> {
  readonly address: string
  readonly mac: string
  readonly interface: string
  /** OpenFlow port number asked for on the host's br-int. */
  readonly ofport: number
  readonly identity: number
  /** True where the address is outside its host's blocks: remote hosts need a /32 route. */
  readonly stray: boolean
}

/** Key `blocks/TENANT/NETWORK/CIDR`. `used` is a bitmap in hex, bit 0 (the rightmost) the block's first address. */
export interface BlockRecord {
  readonly host: string
  readonly used: string
  /** Where the search for a free address begins: released addresses rest as long as possible. */
  readonly cursor: number
}

/** Key `identities/TENANT/HASH`. */
export interface IdentityRecord {
  readonly id: number
  readonly labels: Readonly<Record<string, string>>
  readonly pods: number
}

/** Key `hostports/HOST`: OpenFlow ports in use on a host's br-int. */
export interface HostPortsRecord {
  readonly next: number
  readonly free: readonly number[]
}

/** Key `counters/NAME`. */
export interface CounterRecord {
  readonly next: number
}
