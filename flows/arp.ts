import { PORTS } from 'openflow-ts'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY } from './layout.js'
import { ETH_TYPE_ARP, exchange, type FlowTerm, returnToSender } from './terms.js'

const ARP_REQUEST = 1
const ARP_REPLY = 2

/** In: ARP of pods, sender checked. Out: the answer, to the port it came from. One flow serves every pod. */
export function answerArp(): FlowTerm[] {
  return [
    {
      table: 'arp',
      priority: PRIORITY.normal,
      match: { eth_type: ETH_TYPE_ARP, arp_op: ARP_REQUEST },
      actions: [
        ...returnToSender,
        { type: 'set_field', field: 'arp_op', value: ARP_REPLY },
        { type: 'move', src: { field: 'arp_sha', ofs: 0, n_bits: 48 }, dst: { field: 'arp_tha', ofs: 0, n_bits: 48 } },
        { type: 'set_field', field: 'arp_sha', value: ROUTER_MAC },
        ...exchange('arp_spa', 'arp_tpa', 32),
        { type: 'output', port: PORTS.IN_PORT },
      ],
    },
  ]
}
