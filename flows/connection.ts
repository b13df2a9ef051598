import type { Action, MatchInit } from 'openflow-ts'
import { FLAGS, PRIORITY, REGISTERS, type TableName } from './layout.js'
import {
  both,
  ctFrom,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  type FlowTerm,
  gotoTable,
  inDomain,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  loadEnds,
  moveWhole,
  setFlags,
  withFlag,
} from './terms.js'

/**
 * The tables that track connections. A connection is checked and tracked on the host of its receiver alone: the first
 * packet by the rules, all others by the rules again (so that a policy that is tightened acts at once), packets of the
 * other direction by the same rules for the connection that they belong to. Those are then marked as accepted, so that
 * the other end need not know the connection.
 */

export const CT_STATE = { new: 1, est: 2, rel: 4, rpl: 8, inv: 16, trk: 32 } as const
type StateName = keyof typeof CT_STATE

/** `+est-rpl`: what must be, and what must not. */
export function ctState(present: readonly StateName[], absent: readonly StateName[] = []): Pick<MatchInit, 'ct_state'> {
  const bits = (names: readonly StateName[]): number => names.reduce((sum, name) => sum | CT_STATE[name], 0)
  return { ct_state: [bits(present), bits([...present, ...absent])] }
}

const PORT_PROTOCOLS = [
  { nw_proto: 6, src: 'tcp_src', dst: 'tcp_dst' },
  { nw_proto: 17, src: 'udp_src', dst: 'udp_dst' },
  { nw_proto: 132, src: 'sctp_src', dst: 'sctp_dst' },
] as const

/** In: packets of pods, sender checked. Out: through conntrack where they may answer a tracked connection, else on. */
export function outboundMiss(): FlowTerm[] {
  return [{ table: 'outbound', priority: PRIORITY.otherwise, match: {}, actions: [gotoTable('route')] }]
}

/** Connections to a checked pod are tracked here, so what it sends may be an answer. */
export function outboundOfIdentity(domain: number, identity: number): FlowTerm[] {
  const match = { ...inDomain(domain), [REGISTERS.sender.field]: identity }
  return [{ table: 'outbound', priority: PRIORITY.normal, match, actions: [gotoTable('track_outbound')] }]
}

/** So are connections from checked pods, to whomever. */
export function outboundToNetwork(domain: number, prefixes: readonly MatchInit[]): FlowTerm[] {
  return prefixes.map((prefix) => ({
    table: 'outbound',
    priority: PRIORITY.normal,
    match: { ...inDomain(domain), ...prefix },
    actions: [gotoTable('track_outbound')],
  }))
}

/** Conntrack takes each family by itself. */
export function trackBoth(): FlowTerm[] {
  return [
    ...both((eth_type): FlowTerm => ({
      table: 'track_outbound',
      priority: PRIORITY.normal,
      match: { eth_type },
      actions: [ctFrom('reply')],
    })),
    ...both((eth_type): FlowTerm => ({
      table: 'track',
      priority: PRIORITY.normal,
      match: { eth_type },
      actions: [ctFrom('connection')],
    })),
  ]
}

/**
 * In: packets of pods, tracked. Out: answers to the rules as the connection that they belong to, so with the ends
 * exchanged: its sender is in ct_mark, its receiver is the pod itself.
 */
export function checkReplies(): FlowTerm[] {
  const ofReply: Action[] = [
    setFlags(FLAGS.reply),
    moveWhole('sender', 'receiver'),
    { type: 'move', src: { field: 'ct_mark', ofs: 0, n_bits: 32 }, dst: { field: REGISTERS.sender.field, ofs: 0, n_bits: 32 } },
    { type: 'move', src: { field: 'in_port', ofs: 0, n_bits: 16 }, dst: { field: REGISTERS.ofport.field, ofs: 0, n_bits: 16 } },
  ]
  const state = ctState(['trk', 'est', 'rpl'])
  return [
    {
      // Errors about packets of a connection; which one, only conntrack knows.
      table: 'reply',
      priority: PRIORITY.guard,
      match: ctState(['trk', 'rel', 'rpl']),
      actions: [setFlags(FLAGS.accepted), gotoTable('route')],
    },
    ...services('reply', state, 'src').map((term) => ({ ...term, actions: [...ofReply, ...term.actions] })),
    ...echoReplies(state).map((term) => ({ ...term, actions: [...ofReply, ...term.actions] })),
    ...both((eth_type): FlowTerm => ({
      table: 'reply',
      priority: PRIORITY.portless,
      match: { ...state, eth_type },
      actions: [...ofReply, protocolIntoService, gotoTable('addresses')],
    })),
    { table: 'reply', priority: PRIORITY.otherwise, match: {}, actions: [gotoTable('route')] },
  ]
}

/** In: packets for pods of this host that some policy is about, tracked. Out: to the rules, with the service in a register. */
export function checkConnections(): FlowTerm[] {
  return [
    { table: 'connection', priority: PRIORITY.guard + 1, match: ctState(['trk', 'inv']), actions: [] },
    { table: 'connection', priority: PRIORITY.guard, match: ctState(['trk', 'rel']), actions: [gotoTable('deliver')] },
    // Its host let it through unmarked, so it began before there was a policy.
    {
      table: 'connection',
      priority: PRIORITY.guard,
      match: ctState(['trk', 'est', 'rpl']),
      actions: [gotoTable('deliver')],
    },
    ...services('connection', {}, 'dst'),
    ...echoRequests(),
    ...both((eth_type): FlowTerm => ({
      table: 'connection',
      priority: PRIORITY.portless,
      match: { eth_type },
      actions: [protocolIntoService, gotoTable('addresses')],
    })),
  ]
}

const protocolIntoService: Action = {
  type: 'move',
  src: { field: 'nw_proto', ofs: 0, n_bits: 8 },
  dst: { field: REGISTERS.service.field, ofs: 16, n_bits: 8 },
}

/** Ports of the receiving end: `dst` of packets to it, `src` of its answers. */
function services(table: TableName, state: MatchInit, end: 'src' | 'dst'): FlowTerm[] {
  return PORT_PROTOCOLS.flatMap((protocol) =>
    both((eth_type): FlowTerm => ({
      table,
      priority: PRIORITY.normal,
      match: { ...state, eth_type, nw_proto: protocol.nw_proto },
      actions: [
        protocolIntoService,
        { type: 'move', src: { field: protocol[end], ofs: 0, n_bits: 16 }, dst: { field: REGISTERS.service.field, ofs: 0, n_bits: 16 } },
        gotoTable('addresses'),
      ],
    })),
  )
}

const ICMP_FAMILIES = [
  { eth_type: ETH_TYPE_IP, nw_proto: IPPROTO_ICMP, type: 'icmp_type', code: 'icmp_code' },
  { eth_type: ETH_TYPE_IPV6, nw_proto: IPPROTO_ICMPV6, type: 'icmpv6_type', code: 'icmpv6_code' },
] as const

function echoRequests(): FlowTerm[] {
  return ICMP_FAMILIES.map(({ eth_type, nw_proto, type, code }) => ({
    table: 'connection',
    priority: PRIORITY.normal,
    match: { eth_type, nw_proto },
    actions: [
      protocolIntoService,
      { type: 'move', src: { field: type, ofs: 0, n_bits: 8 }, dst: { field: REGISTERS.service.field, ofs: 8, n_bits: 8 } },
      { type: 'move', src: { field: code, ofs: 0, n_bits: 8 }, dst: { field: REGISTERS.service.field, ofs: 0, n_bits: 8 } },
      gotoTable('addresses'),
    ],
  }))
}

/** Answers by the requests that conntrack takes them for: echo, timestamp, information, address mask. */
const ICMP_ANSWERS = [
  { eth_type: ETH_TYPE_IP, nw_proto: IPPROTO_ICMP, field: 'icmp_type', answers: [[0, 8], [14, 13], [16, 15], [18, 17]] },
  { eth_type: ETH_TYPE_IPV6, nw_proto: IPPROTO_ICMPV6, field: 'icmpv6_type', answers: [[129, 128]] },
] as const

function echoReplies(state: MatchInit): FlowTerm[] {
  return ICMP_ANSWERS.flatMap(({ eth_type, nw_proto, field, answers }) =>
    answers.map(([answer, request]) => ({
      table: 'reply' as const,
      priority: PRIORITY.normal,
      match: { ...state, eth_type, nw_proto, [field]: answer },
      actions: [
        { type: 'set_field', field: REGISTERS.service.field, value: (nw_proto << 16) | (request << 8) } as const,
        gotoTable('addresses'),
      ],
    })),
  )
}

/** In: packets for a pod of this host. Out: tracked where a policy is about either end, else to the pod. */
export function isolationMiss(): FlowTerm[] {
  return [
    { table: 'isolation', priority: PRIORITY.guard, match: withFlag(FLAGS.accepted), actions: [gotoTable('deliver')] },
    { table: 'isolation', priority: PRIORITY.otherwise, match: {}, actions: [gotoTable('deliver')] },
  ]
}

export function trackEnd(domain: number, end: 'sender' | 'receiver', identity: number): FlowTerm[] {
  const match = { ...inDomain(domain), [REGISTERS[end].field]: identity }
  return [{ table: 'isolation', priority: PRIORITY.normal, match, actions: [gotoTable('track')] }]
}

/** Where no rule speaks of addresses, they stay out of the way: flows of the datapath then need not tell them apart. */
export function addressesMiss(): FlowTerm[] {
  return [{ table: 'addresses', priority: PRIORITY.otherwise, match: {}, actions: [gotoTable('egress_admin')] }]
}

/** In: connections of receivers of the tenant. Out: the addresses of both ends in registers, whichever way the packet goes. */
export function loadAddresses(domain: number): FlowTerm[] {
  return [false, true].flatMap((reply) =>
    both((eth_type): FlowTerm => ({
      table: 'addresses',
      priority: PRIORITY.normal,
      match: { ...inDomain(domain), ...withFlag(FLAGS.reply, reply), eth_type },
      actions: [...loadEnds(eth_type, reply), gotoTable('egress_admin')],
    })),
  )
}

/** In: what the rules let through. Out: to the pod, remembered with its sender; or, of an answer, on its way, marked. */
export function acceptAll(): FlowTerm[] {
  return [
    {
      table: 'accept',
      priority: PRIORITY.guard,
      match: withFlag(FLAGS.reply),
      actions: [moveWhole('receiver', 'sender'), setFlags(FLAGS.accepted), gotoTable('route')],
    },
    ...both((eth_type): FlowTerm => ({
      table: 'accept',
      priority: PRIORITY.otherwise,
      match: { eth_type },
      actions: [commit, gotoTable('deliver')],
    })),
  ]
}

const commit: Action = {
  type: 'ct',
  flags: ['commit'],
  zone: { field: REGISTERS.zone.field, ofs: 0, n_bits: 16 },
  actions: [
    {
      type: 'move',
      src: { field: REGISTERS.sender.field, ofs: 0, n_bits: 32 },
      dst: { field: 'ct_mark', ofs: 0, n_bits: 32 },
    },
  ],
}

/** Remembered already with this sender: a commit a packet would be costly, and needless. */
export function acceptKnown(domain: number, identity: number): FlowTerm[] {
  return [
    {
      table: 'accept',
      priority: PRIORITY.normal,
      match: { ...inDomain(domain), ...ctState(['trk', 'est']), [REGISTERS.sender.field]: identity, ct_mark: identity },
      actions: [gotoTable('deliver')],
    },
  ]
}
