import type { LocalPod } from './facts.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY } from './layout.js'
import { ETH_TYPE_ARP, ETH_TYPE_IP, type FlowTerm, gotoTable, NO_VLAN } from './terms.js'

/** In: packets of pods. Out: only those without a VLAN tag whose Ethernet, IP and ARP sender addresses are the pod's own. */
export function antiSpoof({ ofport, mac, address }: LocalPod): FlowTerm[] {
  return [
    {
      table: 'anti_spoof',
      priority: PRIORITY.normal,
      match: {
        in_port: ofport,
        vlan_vid: NO_VLAN,
        eth_src: mac,
        eth_dst: ROUTER_MAC,
        eth_type: ETH_TYPE_IP,
        nw_src: address,
      },
      actions: [gotoTable('route')],
    },
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
