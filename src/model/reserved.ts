import type { Encapsulation } from './kinds.js'

/** What Heddle keeps for itself on every host: no pod may have it. */

/** The one router that every pod sees, on every host: locally administered. */
export const ROUTER_MAC = 0x0248_0000_0001n

/** br-int's flow-based tunnel ports, one a type; the prefix keeps clear of an operator's own ports. */
export const TUNNEL_PORTS: Readonly<Record<Encapsulation, string>> = { vxlan: 'heddle-vxlan', gre: 'heddle-gre' }

/** Tunnel ports, the bridges that every host has, and the loopback device. */
export const RESERVED_DEVICES: ReadonlySet<string> = new Set([...Object.values(TUNNEL_PORTS), 'br-int', 'lo'])
