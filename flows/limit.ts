import type { Action, MatchInit } from 'openflow-ts'
import { FLOOD_KINDS, type FloodKind } from '../src/model/bandwidth.js'
import { ctState } from './connection.js'
import type { LimitedPod, Limiting } from './facts.js'
import { PRIORITY, REGISTERS, type TableName, TABLES } from './layout.js'
import { both, ETH_TYPE_IP, ETH_TYPE_IPV6, type FlowTerm, gotoTable, inDomain, IPPROTO_ICMP, IPPROTO_ICMPV6 } from './terms.js'

/**
 * The tables of limits: of what pods send (guard_sent, limit_sent, new_sent), of what leaves the host (tenant_uplink,
 * uplink) and of what pods receive (deliver, guard_received, limit_received, new_received). A flow has one meter at most,
 * and as its first action: until OpenFlow 1.4 that is an instruction, which stands before all actions.
 */

interface Way {
  readonly guard: TableName
  readonly limit: TableName
  readonly fresh: TableName
  readonly next: TableName
  /** The field that says whose packet it is. */
  readonly port: 'in_port' | typeof REGISTERS.ofport.field
  /** New connections are counted in zones of their own, apart from those of policies, and apart for each direction. */
  readonly zones: number
}

const SENT: Way = { guard: 'guard_sent', limit: 'limit_sent', fresh: 'new_sent', next: 'outbound', port: 'in_port', zones: 0x8000 }
const RECEIVED: Way = {
  guard: 'guard_received',
  limit: 'limit_received',
  fresh: 'new_received',
  next: 'output',
  port: REGISTERS.ofport.field,
  zones: 0xc000,
}

const OUTPUT: Action = { type: 'output_reg', src: { field: REGISTERS.ofport.field, ofs: 0, n_bits: 16 }, max_len: 0xffff }

/** What is not limited goes on. */
export function limitMisses(): FlowTerm[] {
  const next: readonly (readonly [TableName, TableName])[] = [
    ...[SENT, RECEIVED].flatMap((way) => [
      [way.guard, way.limit] as const,
      [way.limit, way.next] as const,
      [way.fresh, way.next] as const,
    ]),
    ['tenant_uplink', 'uplink'],
    ['deliver', 'guard_received'],
  ]
  return [
    ...next.map(([table, then]): FlowTerm => ({ table, priority: PRIORITY.otherwise, match: {}, actions: [gotoTable(then)] })),
    { table: 'uplink', priority: PRIORITY.otherwise, match: {}, actions: [OUTPUT] },
  ]
}

/** In: packets that may go to the pod, within its limits. Out: its port. One flow serves all. */
export function deliver(): FlowTerm[] {
  return [{ table: 'output', priority: PRIORITY.normal, match: {}, actions: [OUTPUT] }]
}

export function limitSent(pod: LimitedPod): FlowTerm[] {
  return limitWay(SENT, pod, pod.sent)
}

export function limitReceived(pod: LimitedPod): FlowTerm[] {
  return limitWay(RECEIVED, pod, pod.received)
}

function limitWay(way: Way, { ofport, zone }: LimitedPod, { floods, packets, newConnections, dscp }: Limiting): FlowTerm[] {
  const own = { [way.port]: ofport }
  return [
    ...FLOOD_KINDS.flatMap((kind) => guard(way, own, kind, floods[kind])),
    ...limit(way, own, zone, { packets, tracked: newConnections !== undefined, dscp }),
    ...(newConnections === undefined ? [] : countNew(way, own, zone, newConnections)),
  ]
}

/** TCP segments that have SYN and not ACK. */
const SYN = [0x002, 0x012] as const

const FLOODS: Readonly<Record<FloodKind, readonly MatchInit[]>> = {
  syn: both((eth_type) => ({ eth_type, nw_proto: 6, tcp_flags: SYN })),
  udp: both((eth_type) => ({ eth_type, nw_proto: 17 })),
  icmp: [
    { eth_type: ETH_TYPE_IP, nw_proto: IPPROTO_ICMP },
    { eth_type: ETH_TYPE_IPV6, nw_proto: IPPROTO_ICMPV6 },
  ],
}

function guard(way: Way, own: MatchInit, kind: FloodKind, meter: number | undefined): FlowTerm[] {
  if (meter === undefined) return []
  return FLOODS[kind].map((packets) => ({
    table: way.guard,
    priority: PRIORITY.normal,
    match: { ...own, ...packets },
    actions: [...through(meter), gotoTable(way.limit)],
  }))
}

interface PacketLimit {
  readonly packets: number | undefined
  readonly tracked: boolean
  readonly dscp: number | undefined
}

/** Conntrack and the mark want to know the family; a mere meter does not. */
function limit(way: Way, own: MatchInit, zone: number, { packets, tracked, dscp }: PacketLimit): FlowTerm[] {
  const term = (match: MatchInit): FlowTerm => ({
    table: way.limit,
    priority: PRIORITY.normal,
    match: { ...own, ...match },
    actions: [
      ...through(packets),
      ...(dscp === undefined ? [] : [{ type: 'set_field', field: 'ip_dscp', value: dscp } as const]),
      tracked ? lookUp(way, zone) : gotoTable(way.next),
    ],
  })
  if (tracked || dscp !== undefined) return both((eth_type) => term({ eth_type }))
  return packets === undefined ? [] : [term({})]
}

function lookUp({ fresh, zones }: Way, zone: number): Action {
  return { type: 'ct', flags: [], zone: zones + zone, table: TABLES[fresh].id, actions: [] }
}

/** Only what the meter lets through is remembered: a connection is new until then. */
function countNew({ fresh, next, zones }: Way, own: MatchInit, zone: number, meter: number): FlowTerm[] {
  const remember: Action = { type: 'ct', flags: ['commit'], zone: zones + zone, actions: [] }
  return both((eth_type) => ({
    table: fresh,
    priority: PRIORITY.normal,
    match: { ...own, ...ctState(['trk', 'new']), eth_type },
    actions: [...through(meter), remember, gotoTable(next)],
  }))
}

/** In: packets of the pod with their tunnel set. Out: the tunnel port, by the pod's queue or through its meter. */
export function limitUplink({ ofport, queue, uplinkMeter }: LimitedPod): FlowTerm[] {
  if (queue === undefined && uplinkMeter === undefined) return []
  return [
    {
      table: 'uplink',
      priority: PRIORITY.normal,
      match: { in_port: ofport },
      actions: [...through(uplinkMeter), ...(queue === undefined ? [] : [{ type: 'set_queue', queue_id: queue } as const]), OUTPUT],
    },
  ]
}

/** The total of a tenant's pods on the host: of what leaves it, and of what they receive. */
export function totalOf(domain: number, meters: { readonly egress?: number; readonly ingress?: number }): FlowTerm[] {
  const term = (table: TableName, next: TableName, meter: number | undefined): FlowTerm[] =>
    meter === undefined
      ? []
      : [{ table, priority: PRIORITY.normal, match: inDomain(domain), actions: [...through(meter), gotoTable(next)] }]
  return [...term('tenant_uplink', 'uplink', meters.egress), ...term('deliver', 'guard_received', meters.ingress)]
}

function through(meter: number | undefined): Action[] {
  return meter === undefined ? [] : [{ type: 'meter', meter_id: meter }]
}
