import type { TunnelType } from './kinds.js'

/** What Heddle keeps for itself on every host: no pod may have it. */

/** The one router that every pod sees, on every host: locally administered. */
export const ROUTER_MAC = 0x0248_0000_0001n

/**
 * A host's MAC on the segment of direct networks: locally administered; 32 bits are its own, and the bit above them is left
 * out of the mask. With it set, it is a second MAC of the host, from which it sends accepted answers of tracked connections.
 */
export const HOST_MAC = { prefix: 0x0e48_0000_0000n, mask: 0xfffe_0000_0000n } as const

/** br-int's flow-based tunnel ports, one a type; the prefix keeps clear of an operator's own ports. */
export const TUNNEL_PORTS: Readonly<Record<TunnelType, string>> = { vxlan: 'heddle-vxlan', gre: 'heddle-gre' }

/** The two ends of the patch by which br-int is on the segment: its own, and that on the host's uplink bridge. */
export const PATCH_PORTS = { inner: 'heddle-direct', outer: 'heddle-uplink' } as const

/** Ports of ours, the bridges that every host has, and the loopback device. */
export const RESERVED_DEVICES: ReadonlySet<string> = new Set([
  ...Object.values(TUNNEL_PORTS),
  ...Object.values(PATCH_PORTS),
  'br-int',
  'lo',
])
