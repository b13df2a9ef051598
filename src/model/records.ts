import type { HostSpec, NetworkSpec, PodSpec, TenantSpec } from './kinds.js'
import type { AdminPolicySpec, NetworkPolicySpec, PeeringSpec } from './policy.js'

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
  /** One of each family that the network has (or had at the pod's last write), IPv4 first. */
  readonly addresses: readonly string[]
  /** Those of `addresses` that are outside its host's blocks: remote hosts need a route for each alone. */
  readonly strays: readonly string[]
  readonly mac: string
  readonly interface: string
  /** OpenFlow port number asked for on the host's br-int. */
  readonly ofport: number
  readonly identity: number
}

/** Key `blocks/TENANT/NETWORK/CIDR`: who owns a block, and which of its addresses are taken. */
export interface BlockRecord {
  readonly host: string
  /** Bitmap in hex: address `i` of the block is bit `i % 8` of byte `i / 8`. */
  readonly used: string
  /** Where the search for a free address begins: a released address rests as long as others are free. */
  readonly cursor: number
  /** Taken addresses that are pods'; the rest of `used` is reserved. */
  readonly pods: number
}

/** Key `hostblocks/TENANT/NETWORK/HOST`. */
export interface HostBlocksRecord {
  readonly blocks: readonly string[]
}

/** `rules`: the number of each of its rules, in the order in which `policy-rules.ts` makes them. */
export interface NetworkPolicyRecord extends ResourceRecord<NetworkPolicySpec> {
  readonly rules: readonly number[]
}

export interface AdminPolicyRecord extends ResourceRecord<AdminPolicySpec> {
  readonly rules: readonly number[]
}

export type PeeringRecord = ResourceRecord<PeeringSpec>

/** Key `rules/HASH`, the hash of all that a rule says: rules that say the same share one number. */
export interface RuleRecord {
  readonly id: number
  readonly users: number
}

/** Key `zones/HOST/TENANT/NETWORK`: the conntrack zone of a network's pods on the host. */
export interface ZoneRecord {
  readonly zone: number
}

/** Key `identities/TENANT/NETWORK/HASH`: one security identity a distinct set of labels of a network's pods. */
export interface IdentityRecord {
  readonly id: number
  readonly labels: Readonly<Record<string, string>>
  readonly pods: number
  /** Since when no pod has it; it is kept for a while, see `identities.ts`. */
  readonly unusedSince?: string
}

/** Keys `counters/SPACE` (where to look next) and `numbers/SPACE/N` (who has it). */
export interface CounterRecord {
  readonly next: number
}

/** Keys `interfaces/HOST/DEVICE`, `numbers/SPACE/N`, `systems/ID`, `tunnels/ADDRESS`, `hostmacs/MAC`, `strays/T/N/ADDRESS`: the owner's key. */
export interface OwnerRecord {
  readonly owner: string
}
