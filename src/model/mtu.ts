import type { Encapsulation } from './kinds.js'

/**
 * Bytes that a tunnel adds to the pod's IP packet on the underlay, over IPv4: outer IPv4 (20), the tunnel's header, and
 * the inner Ethernet header (14). VXLAN: UDP 8 + VXLAN 8 (RFC 7348). GRE: 4 + key 4 (RFC 2890).
 */
const OVERHEAD: Readonly<Record<Encapsulation, number>> = {
  vxlan: 20 + 8 + 8 + 14,
  gre: 20 + 4 + 4 + 14,
}

export function encapsulationOverhead(encapsulation: Encapsulation): number {
  return OVERHEAD[encapsulation]
}

/** The MTU of a pod's interface so that its packets fit the underlay without fragments. */
export function podMtu(encapsulation: Encapsulation, underlayMtu: number): number {
  return underlayMtu - OVERHEAD[encapsulation]
}

/** What Ethernet carries where no host says otherwise. */
export const DEFAULT_UNDERLAY_MTU = 1500

/** A network's MTU: what the smallest underlay leaves, or what its spec asks for where that is lower. */
export function networkMtu(encapsulation: Encapsulation, underlayMtus: Iterable<number>, wanted?: number): number {
  let smallest: number | undefined
  for (const mtu of underlayMtus) smallest = smallest === undefined ? mtu : Math.min(smallest, mtu)
  const most = podMtu(encapsulation, smallest ?? DEFAULT_UNDERLAY_MTU)
  return wanted === undefined ? most : Math.min(wanted, most)
}
