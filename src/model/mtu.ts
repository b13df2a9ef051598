import type { Family } from './address.js'
import type { Encapsulation, TunnelType } from './kinds.js'

/**
 * Bytes that a tunnel adds to the pod's IP packet within the outer IP packet: the tunnel's header and the inner Ethernet
 * header (14). VXLAN: UDP 8 + VXLAN 8 (RFC 7348). GRE: 4 + key 4 (RFC 2890).
 */
const TUNNEL: Readonly<Record<TunnelType, number>> = {
  vxlan: 8 + 8 + 14,
  gre: 4 + 4 + 14,
}

/** The outer IP header. */
const OUTER_IP: Readonly<Record<Family, number>> = { 4: 20, 6: 40 }

export function encapsulationOverhead(encapsulation: Encapsulation, outer: Family): number {
  return encapsulation === 'direct' ? 0 : OUTER_IP[outer] + TUNNEL[encapsulation]
}

/** The MTU of a pod's interface so that its packets fit the underlay without fragments. */
export function podMtu(encapsulation: Encapsulation, { mtu, family }: Underlay): number {
  return mtu - encapsulationOverhead(encapsulation, family)
}

/** A host's side of the underlay; `family`: of its tunnel address, and so of the packets that others send it. */
export interface Underlay {
  readonly mtu: number
  readonly family: Family
}

/** What Ethernet carries where no host says otherwise. */
export const DEFAULT_UNDERLAY_MTU = 1500

/** What every link with IPv6 must carry (RFC 8200): Linux has no IPv6 on a device with less. */
export const LEAST_IPV6_MTU = 1280

/**
 * A network's MTU: what the smallest underlay leaves, or what its spec asks for where that is lower. A packet leaves by one
 * host's underlay for another's address, so the smallest MTU may meet the largest header.
 */
export function networkMtu(encapsulation: Encapsulation, underlays: Iterable<Underlay>, wanted?: number): number {
  let mtu: number | undefined
  let family: Family = 4
  for (const underlay of underlays) {
    mtu = mtu === undefined ? underlay.mtu : Math.min(mtu, underlay.mtu)
    if (underlay.family === 6) family = 6
  }
  const most = podMtu(encapsulation, { mtu: mtu ?? DEFAULT_UNDERLAY_MTU, family })
  return wanted === undefined ? most : Math.min(wanted, most)
}
