import type { LocalPod } from './facts.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY, REGISTERS } from './layout.js'
import { type FlowTerm, gotoTable, inDomain, toAddress } from './terms.js'

/** In: IP packets for a pod of this host, from here or from a tunnel. Out: all that the next tables ask about it. */
export function receive({ domain, addresses, mac, ofport, identity, zone }: LocalPod): FlowTerm[] {
  return addresses.map((address) => ({
    table: 'receive',
    priority: PRIORITY.normal,
    match: { ...inDomain(domain), ...toAddress(address) },
    actions: [
      { type: 'set_field', field: 'eth_src', value: ROUTER_MAC },
      { type: 'set_field', field: 'eth_dst', value: mac },
      { type: 'set_field', field: REGISTERS.receiver.field, value: identity },
      { type: 'set_field', field: REGISTERS.ofport.field, value: ofport },
      { type: 'set_field', field: REGISTERS.zone.field, value: zone },
      gotoTable('isolation'),
    ],
  }))
}
