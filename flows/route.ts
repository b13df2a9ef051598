import { PORTS } from 'openflow-ts'
import type { LocalNetwork, LocalRoute, RemoteRoute } from './facts.js'
import { ROUTER_MAC } from '../src/model/reserved.js'
import { PRIORITY } from './layout.js'
import {
  ETH_TYPE_IP,
  exchange,
  type FlowTerm,
  gotoTable,
  identityIntoMac,
  inDomain,
  IPPROTO_ICMP,
  toDestination,
} from './terms.js'

/** In: IP packets of local pods, sender checked. Out: to `deliver` on this host, or to the host that has the address. */

export function routeRemote(route: RemoteRoute): FlowTerm[] {
  return [
    {
      table: 'route',
      priority: routePriority(route),
      match: { ...inDomain(route.domain), ...toDestination(route.destination) },
      actions: [
        { type: 'dec_ttl' },
        ...identityIntoMac,
        { type: 'set_field', field: 'tun_id', value: BigInt(route.tunnelKey) },
        { type: 'set_field', field: 'tun_dst', value: route.tunnelAddress },
        { type: 'output', port: route.tunnelOfport },
      ],
    },
  ]
}

export function routeLocal(route: LocalRoute): FlowTerm[] {
  return [
    {
      table: 'route',
      priority: routePriority(route),
      match: { ...inDomain(route.domain), ...toDestination(route.destination) },
      actions: [{ type: 'dec_ttl' }, gotoTable('deliver')],
    },
  ]
}

function routePriority({ destination, stray }: LocalRoute): number {
  return PRIORITY.routeBase + destination.prefix + (stray ? 1 : 0)
}

/** `dec_ttl` would hand each of these to ovs-vswitchd, for a controller that does not ask for them. */
export function dropExpired(): FlowTerm[] {
  return [0, 1].map((ttl) => ({
    table: 'route',
    priority: PRIORITY.expired,
    match: { eth_type: ETH_TYPE_IP, nw_ttl: ttl },
    actions: [],
  }))
}

const ECHO_REQUEST = 8
const ECHO_REPLY = 0

/** The gateway answers pings, so that a pod can tell a dead network from a dead neighbour. */
export function answerPing({ domain, gateways }: LocalNetwork): FlowTerm[] {
  return gateways.map((gateway) => ({
    table: 'route',
    priority: PRIORITY.router,
    match: {
      ...inDomain(domain),
      ...toDestination({ address: gateway, prefix: 32 }),
      nw_proto: IPPROTO_ICMP,
      icmp_type: ECHO_REQUEST,
      icmp_code: 0,
    },
    actions: [
      { type: 'move', src: { field: 'eth_src', ofs: 0, n_bits: 48 }, dst: { field: 'eth_dst', ofs: 0, n_bits: 48 } },
      { type: 'set_field', field: 'eth_src', value: ROUTER_MAC },
      ...exchange('nw_src', 'nw_dst'),
      { type: 'set_field', field: 'icmp_type', value: ECHO_REPLY },
      { type: 'set_field', field: 'nw_ttl', value: 64 },
      { type: 'output', port: PORTS.IN_PORT },
    ],
  }))
}
