import type { LocalPod } from './facts.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY } from './layout.js'
import { type FlowTerm, inDomain, toAddress } from './terms.js'

/** In: IP packets for a pod of this host, from here or from a tunnel. Out: the pod's port. */
export function deliver({ domain, addresses, mac, ofport }: LocalPod): FlowTerm[] {
  return addresses.map((ip) => ({
    table: 'deliver',
    priority: PRIORITY.normal,
    match: { ...inDomain(domain), ...toAddress(ip) },
    actions: [
      { type: 'set_field', field: 'eth_src', value: ROUTER_MAC },
      { type: 'set_field', field: 'eth_dst', value: mac },
      { type: 'output', port: ofport },
    ],
  }))
}
