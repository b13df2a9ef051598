import { linkLocalOf } from '../src/model/address.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import type { LocalPod } from './facts.js'
import { PRIORITY } from './layout.js'
import {
  ETH_TYPE_ARP,
  ETH_TYPE_IPV6,
  type FlowTerm,
  fromAddress,
  gotoTable,
  ICMPV6,
  icmpv6,
  IPPROTO_ICMPV6,
  NO_VLAN,
} from './terms.js'

/**
 * In: packets of pods. Out: only those without a VLAN tag whose Ethernet, IP, ARP and neighbour discovery sender addresses
 * are the pod's own.
 */
export function antiSpoof(pod: LocalPod): FlowTerm[] {
  const { ofport, mac, addresses } = pod
  const packets = addresses.map(
    (ip): FlowTerm => ({
      table: 'anti_spoof',
      priority: PRIORITY.normal,
      match: { in_port: ofport, vlan_vid: NO_VLAN, eth_src: mac, eth_dst: ROUTER_MAC, ...fromAddress(ip) },
      actions: [gotoTable('guard_sent')],
    }),
  )
  const resolution = addresses.map(({ family, value }) =>
    family === 4 ? arpOf(pod, Number(value)) : neighbourDiscoveryOf(pod, value),
  )
  return [...packets, ...resolution.flat()]
}

function arpOf({ ofport, mac }: LocalPod, address: number): FlowTerm[] {
  return [
    {
      table: 'anti_spoof',
      priority: PRIORITY.normal,
      match: {
        in_port: ofport,
        vlan_vid: NO_VLAN,
        eth_src: mac,
        eth_type: ETH_TYPE_ARP,
        arp_sha: mac,
        arp_spa: address,
      },
      actions: [gotoTable('arp')],
    },
    {
      // Gratuitous ARP and duplicate address detection ask for the pod's own address: an answer would be a conflict.
      table: 'anti_spoof',
      priority: PRIORITY.guard,
      match: { in_port: ofport, eth_type: ETH_TYPE_ARP, arp_tpa: address },
      actions: [],
    },
  ]
}

/** The link-local address that a pod makes up for itself is good for solicitations, and for nothing else. */
function neighbourDiscoveryOf({ ofport, mac }: LocalPod, address: bigint): FlowTerm[] {
  const linkLocal = linkLocalOf(mac).value
  const solicitation = icmpv6(ICMPV6.neighbourSolicitation)
  return [
    ...[address, linkLocal].map(
      (own): FlowTerm => ({
        table: 'anti_spoof',
        priority: PRIORITY.solicitation,
        match: { in_port: ofport, vlan_vid: NO_VLAN, eth_src: mac, ...solicitation, ipv6_src: own },
        actions: [gotoTable('neighbour')],
      }),
    ),
    ...[address, linkLocal].map(
      (own): FlowTerm => ({
        // As with ARP: whoever asks for an address of its own must hear nothing.
        table: 'anti_spoof',
        priority: PRIORITY.guard,
        match: { in_port: ofport, ...solicitation, nd_target: own },
        actions: [],
      }),
    ),
  ]
}

/** What every device with IPv6 says on its link, and no router here answers: not worth being counted as spoofed. */
export function dropLinkTalk(): FlowTerm[] {
  const { routerSolicitation, groupReport, groupDone, groupReportV2, neighbourSolicitation } = ICMPV6
  const probe = { ...icmpv6(neighbourSolicitation), ipv6_src: 0n }
  const talk = [routerSolicitation, groupReport, groupDone, groupReportV2].map((type) => ({
    eth_type: ETH_TYPE_IPV6,
    nw_proto: IPPROTO_ICMPV6,
    icmpv6_type: type,
  }))
  return [probe, ...talk].map((match) => ({ table: 'anti_spoof', priority: PRIORITY.guard, match, actions: [] }))
}
