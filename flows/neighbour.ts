import { PORTS } from 'openflow-ts'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY } from './layout.js'
import { type FlowTerm, gotoTable, ICMPV6, icmpv6, returnToSender } from './terms.js'

/** RFC 4861, 4.4: what is told is told by a router, because somebody asked, and counts more than what was known. */
const ROUTER_SOLICITED_OVERRIDE = 0xe000_0000
/** RFC 4861, 4.6.1: the option of a solicitation (1) has the sender's MAC, that of an advertisement the target's. */
const TARGET_LINK_LAYER_ADDRESS = 2

/**
 * In: neighbour solicitations of pods, sender checked. Out: the answer, to the port it came from; one flow serves every
 * pod. The answer is made in two tables: its option may be written once the packet is known to be an advertisement.
 */
export function answerNeighbours(): FlowTerm[] {
  return [
    {
      table: 'neighbour',
      priority: PRIORITY.normal,
      match: icmpv6(ICMPV6.neighbourSolicitation),
      actions: [
        ...returnToSender,
        { type: 'move', src: whole('ipv6_src'), dst: whole('ipv6_dst') },
        { type: 'move', src: whole('nd_target'), dst: whole('ipv6_src') },
        { type: 'set_field', field: 'nd_reserved', value: ROUTER_SOLICITED_OVERRIDE },
        { type: 'set_field', field: 'nd_options_type', value: TARGET_LINK_LAYER_ADDRESS },
        { type: 'set_field', field: 'icmpv6_type', value: ICMPV6.neighbourAdvertisement },
        gotoTable('advertise'),
      ],
    },
    {
      table: 'advertise',
      priority: PRIORITY.normal,
      match: icmpv6(ICMPV6.neighbourAdvertisement),
      actions: [
        { type: 'set_field', field: 'nd_tll', value: ROUTER_MAC },
        { type: 'output', port: PORTS.IN_PORT },
      ],
    },
  ]
}

function whole(field: 'ipv6_src' | 'ipv6_dst' | 'nd_target') {
  return { field, ofs: 0, n_bits: 128 } as const
}
