import type { Ip } from '../src/model/address.js'
import { HOST_MAC } from '../src/model/reserved.js'
import type { DirectNetwork, SegmentPort } from './facts.js'
import { PRIORITY, REGISTERS } from './layout.js'
import {
  acceptedFromMac,
  enterNetwork,
  type FlowTerm,
  fromAddress,
  gotoTable,
  hostIntoMac,
  inDomain,
  NO_VLAN,
  toDestination,
} from './terms.js'

/**
 * Direct networks: packets of pods go as they are over the segment that their hosts share, from host's MAC to host's MAC. No
 * key says whose they are, so the ranges of direct networks are all different ones; and no identity comes along, so that of
 * the sender is looked up by its address.
 */

/** In: packets with the MAC of another host as destination. Out: to the uplink bridge. One flow serves all. */
export function sendToSegment({ ofport, mac }: SegmentPort): FlowTerm[] {
  return [
    {
      table: 'segment',
      priority: PRIORITY.normal,
      match: {},
      actions: [...hostIntoMac(mac), { type: 'output', port: ofport }],
    },
  ]
}

/**
 * In: what comes from the segment. Only from MACs that hosts have: in those of others the bit of accepted answers may mean
 * anything. Broadcasts, and what switches flood for others, is not to this host's MAC.
 */
export function classifyDirect({ domain, tunnelKey, cidrs }: DirectNetwork, { ofport, mac }: SegmentPort): FlowTerm[] {
  return cidrs.map((cidr) => ({
    table: 'classify',
    priority: PRIORITY.normal,
    match: {
      in_port: ofport,
      vlan_vid: NO_VLAN,
      eth_src: [HOST_MAC.prefix, HOST_MAC.mask],
      eth_dst: mac,
      ...toDestination(cidr),
    },
    actions: [acceptedFromMac, enterNetwork(domain, tunnelKey), gotoTable('remote')],
  }))
}

export function remoteMiss(): FlowTerm[] {
  return [{ table: 'remote', priority: PRIORITY.otherwise, match: {}, actions: [gotoTable('receive')] }]
}

/** A pod of another host that may send to pods of the tenant. */
export function identifyRemote(domain: number, addresses: readonly Ip[], identity: number): FlowTerm[] {
  return addresses.map((address) => ({
    table: 'remote',
    priority: PRIORITY.normal,
    match: { ...inDomain(domain), ...fromAddress(address) },
    actions: [{ type: 'set_field', field: REGISTERS.sender.field, value: identity }, gotoTable('receive')],
  }))
}
