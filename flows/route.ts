import { type Action, type MatchInit, PORTS } from 'openflow-ts'
import type { Family, Ip } from '../src/model/address.js'
import type { DirectRoute, LocalNetwork, LocalRoute, RemoteRoute } from './facts.js'
import { PRIORITY, TABLES } from './layout.js'
import {
  ETH_TYPE_IP,
  enterDomain,
  ETH_TYPE_IPV6,
  exchange,
  type FlowTerm,
  gotoTable,
  ICMPV6,
  icmpv6,
  identityIntoMac,
  inDomain,
  IPPROTO_ICMP,
  returnToSender,
  toAddress,
  toDestination,
} from './terms.js'

/** In: IP packets of local pods, sender checked. Out: to `receive` on this host, or to the host that has the address. */

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
        tunnelTo(route.tunnelAddress),
        { type: 'output', port: route.tunnelOfport },
      ],
    },
  ]
}

/** Made so that it is the same on all hosts: what is each host's own comes in `segment`. */
export function routeDirect(route: DirectRoute): FlowTerm[] {
  return [
    {
      table: 'route',
      priority: routePriority(route),
      match: { ...inDomain(route.domain), ...toDestination(route.destination) },
      actions: [
        { type: 'dec_ttl' },
        { type: 'set_field', field: 'eth_dst', value: route.mac },
        gotoTable('segment'),
      ],
    },
  ]
}

function tunnelTo({ family, value }: Ip): Action {
  return family === 4
    ? { type: 'set_field', field: 'tun_dst', value: Number(value) }
    : { type: 'set_field', field: 'tun_ipv6_dst', value }
}

export function routeLocal(route: LocalRoute): FlowTerm[] {
  return [
    {
      table: 'route',
      priority: routePriority(route),
      match: { ...inDomain(route.domain), ...toDestination(route.destination) },
      actions: [
        { type: 'dec_ttl' },
        ...(route.peerDomain === undefined ? [] : [enterDomain(route.peerDomain)]),
        { type: 'resubmit', table: TABLES.receive.id },
      ],
    },
  ]
}

function routePriority({ destination, stray }: LocalRoute): number {
  return PRIORITY.routeBase + destination.prefix + (stray ? 1 : 0)
}

/** `dec_ttl` would hand each of these to ovs-vswitchd, for a controller that does not ask for them. */
export function dropExpired(): FlowTerm[] {
  return [ETH_TYPE_IP, ETH_TYPE_IPV6].flatMap((type) =>
    [0, 1].map((ttl) => ({
      table: 'route',
      priority: PRIORITY.expired,
      match: { eth_type: type, nw_ttl: ttl },
      actions: [],
    })),
  )
}

const ECHO_REQUEST = 8
const ECHO_REPLY = 0

const ECHO: Readonly<Record<Family, { readonly request: MatchInit; readonly reply: readonly Action[] }>> = {
  4: {
    request: { nw_proto: IPPROTO_ICMP, icmp_type: ECHO_REQUEST, icmp_code: 0 },
    reply: [
      ...exchange('nw_src', 'nw_dst', 32),
      { type: 'set_field', field: 'icmp_type', value: ECHO_REPLY },
    ],
  },
  6: {
    request: icmpv6(ICMPV6.echoRequest),
    reply: [
      ...exchange('ipv6_src', 'ipv6_dst', 128),
      { type: 'set_field', field: 'icmpv6_type', value: ICMPV6.echoReply },
    ],
  },
}

/** The gateway answers pings, so that a pod can tell a dead network from a dead neighbour. */
export function answerPing({ domain, gateways }: LocalNetwork): FlowTerm[] {
  return gateways.map((gateway) => ({
    table: 'route',
    priority: PRIORITY.router,
    match: { ...inDomain(domain), ...toAddress(gateway), ...ECHO[gateway.family].request },
    actions: [
      ...returnToSender,
      ...ECHO[gateway.family].reply,
      { type: 'set_field', field: 'nw_ttl', value: 64 },
      { type: 'output', port: PORTS.IN_PORT },
    ],
  }))
}
