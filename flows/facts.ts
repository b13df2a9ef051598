import type { Cidr, Ip } from '../src/model/address.js'

/** What a table's flows are made from: plain facts, gathered from the intent by `src/compile`. */

/** A pod on the host for which flows are made. */
export interface LocalPod {
  readonly ofport: number
  readonly mac: bigint
  /** At most one of each family. */
  readonly addresses: readonly Ip[]
  readonly domain: number
  readonly tunnelKey: number
  readonly identity: number
  /** Conntrack zone of its network on this host. */
  readonly zone: number
}

/** A network that has pods on the host. */
export interface LocalNetwork {
  readonly domain: number
  readonly tunnelKey: number
  readonly gateways: readonly Ip[]
}

/** A direct network that has pods on the host. */
export interface DirectNetwork extends LocalNetwork {
  readonly cidrs: readonly Cidr[]
}

/** How the host is on the segment that hosts of direct networks share. */
export interface SegmentPort {
  /** Of the patch to the uplink bridge. */
  readonly ofport: number
  readonly mac: bigint
}

/** Addresses that are found on another host, which is reached over the segment. */
export interface DirectRoute extends LocalRoute {
  /** Of the host. */
  readonly mac: bigint
}

/** Addresses that are found on another host, which is reached by a tunnel. */
export interface RemoteRoute extends LocalRoute {
  readonly tunnelKey: number
  readonly tunnelOfport: number
  readonly tunnelAddress: Ip
}

/** Addresses that are found, if anywhere, on the host itself. */
export interface LocalRoute {
  /** Of the senders. */
  readonly domain: number
  /** Of the addresses' owner, where that is a peer of the senders' tenant. */
  readonly peerDomain?: number
  readonly destination: Cidr
  /** A pod's own route: it wins even over a block of one address. */
  readonly stray: boolean
}
