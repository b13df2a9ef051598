import type { FieldName } from 'openflow-ts'

/**
 * The pipeline of br-int: tables, registers, priorities, ports and cookies, named once. Flows are written in the files
 * beside this one, a table or a subject each; `verify.ts` holds every compiled flow to what is declared here.
 *
 * Way of a packet: a pod's port -> classify -> anti_spoof -> arp | neighbour | outbound -> route -> tunnel | segment |
 * receive; a tunnel port -> classify -> receive; the segment -> classify -> remote -> receive; then receive -> isolation ->
 * deliver, where no policy is about either end.
 *
 * Where one is, the packet goes isolation -> track -> connection -> the rules -> accept -> deliver. An answer goes
 * outbound -> track_outbound -> reply -> the rules -> accept -> route, marked as accepted for whoever receives it.
 */

export interface TableSpec {
  readonly id: number
  readonly doc: string
  /** Tables that its flows may continue in. Numbers only grow, but for packets that `resubmits` sends back. */
  readonly next: readonly TableName[]
  readonly matches: readonly FieldName[]
  /** Whether its flows may send the packet out. */
  readonly outputs?: boolean
  /** A table before this one that takes the packet up again: each packet goes this way once, or is dropped. */
  readonly resubmits?: TableName
  /** Whether its flows are conjunctive: rules. */
  readonly conjunctive?: boolean
}

export type TableName =
  | 'classify'
  | 'remote'
  | 'anti_spoof'
  | 'arp'
  | 'neighbour'
  | 'advertise'
  | 'outbound'
  | 'track_outbound'
  | 'reply'
  | 'receive'
  | 'isolation'
  | 'track'
  | 'connection'
  | 'addresses'
  | 'egress_admin'
  | 'egress'
  | 'ingress_admin'
  | 'ingress'
  | 'accept'
  | 'route'
  | 'segment'
  | 'deliver'

const RULE_MATCHES: readonly FieldName[] = [
  'metadata',
  'conj_id',
  'ct_state',
  'reg1',
  'reg3',
  'reg4',
  'reg6',
  'eth_type',
  'reg8',
  'reg12',
  'xxreg2',
  'xxreg3',
]

export const TABLES: Readonly<Record<TableName, TableSpec>> = {
  classify: {
    id: 0,
    doc:
      'Where the packet comes from: a pod (by port) or another host (by tunnel key, or by its MAC and the range of a direct ' +
      'network). Sets metadata and the source identity.',
    next: ['anti_spoof', 'remote', 'receive'],
    matches: ['in_port', 'tun_id', 'vlan_vid', 'eth_src', 'eth_dst', 'eth_type', 'nw_dst', 'ipv6_dst'],
  },
  remote: {
    id: 2,
    doc:
      'What came over the segment carries no identity: it is looked up by the source address, where the tenant has policy. ' +
      'Who is not listed has identity 0.',
    next: ['receive'],
    matches: ['metadata', 'eth_type', 'nw_src', 'ipv6_src'],
  },
  anti_spoof: {
    id: 10,
    doc:
      "A pod may send only untagged packets from its own MAC and IP addresses, to the router's MAC, as ARP or as " +
      'neighbour solicitation.',
    next: ['arp', 'neighbour', 'outbound'],
    matches: [
      'in_port',
      'vlan_vid',
      'eth_src',
      'eth_dst',
      'eth_type',
      'nw_src',
      'arp_sha',
      'arp_spa',
      'arp_tpa',
      'ipv6_src',
      'nw_proto',
      'icmpv6_type',
      'icmpv6_code',
      'nd_target',
    ],
  },
  arp: {
    id: 20,
    doc: 'The router answers ARP for every address with its one MAC: pods see nothing but a router.',
    next: [],
    matches: ['eth_type', 'arp_op'],
    outputs: true,
  },
  neighbour: {
    id: 22,
    doc: 'The same for IPv6: a neighbour solicitation becomes the advertisement of the router for whatever target.',
    next: ['advertise'],
    matches: ['eth_type', 'nw_proto', 'icmpv6_type', 'icmpv6_code'],
  },
  advertise: {
    id: 24,
    doc: "Writes the router's MAC into that advertisement, which only a packet that is one already has room for.",
    next: [],
    matches: ['eth_type', 'nw_proto', 'icmpv6_type', 'icmpv6_code'],
    outputs: true,
  },
  outbound: {
    id: 30,
    doc: 'Packets that may be answers in a tracked connection go through conntrack; the rest of what pods send does not.',
    next: ['track_outbound', 'route'],
    matches: ['metadata', 'reg1', 'eth_type', 'nw_dst', 'ipv6_dst'],
  },
  track_outbound: {
    id: 31,
    doc: "Looks the packet up in the zone of the pod's network.",
    next: ['reply'],
    matches: ['eth_type'],
  },
  reply: {
    id: 32,
    doc: 'An answer is put as the connection that it belongs to: sender from ct_mark, receiver this pod, service its source port.',
    next: ['addresses', 'route'],
    matches: ['ct_state', 'eth_type', 'nw_proto', 'icmp_type', 'icmpv6_type'],
  },
  receive: {
    id: 34,
    doc: 'Looks up the local pod that has the address: its MAC, port, identity and zone.',
    next: ['isolation'],
    matches: ['metadata', 'eth_type', 'nw_dst', 'ipv6_dst'],
  },
  isolation: {
    id: 36,
    doc: 'Packets from or to a pod that some policy is about go on to conntrack; all others, and accepted answers, are delivered.',
    next: ['track', 'deliver'],
    matches: ['metadata', 'reg0', 'reg1', 'reg3'],
  },
  track: {
    id: 37,
    doc: "Looks the packet up in the zone of the receiver's network.",
    next: ['connection'],
    matches: ['eth_type'],
  },
  connection: {
    id: 38,
    doc: 'Puts the service (protocol and port, or ICMP type and code) into a register; drops what conntrack calls invalid.',
    next: ['addresses', 'deliver'],
    matches: ['ct_state', 'eth_type', 'nw_proto'],
  },
  addresses: {
    id: 40,
    doc: 'Where rules speak of addresses: puts those of sender and receiver into registers, whichever way the packet goes.',
    next: ['egress_admin'],
    matches: ['metadata', 'reg0', 'eth_type'],
  },
  egress_admin: {
    id: 46,
    doc: "AdminPolicies of tier Admin on what the sender may reach.",
    next: ['egress', 'ingress_admin'],
    matches: RULE_MATCHES,
    conjunctive: true,
  },
  egress: {
    id: 48,
    doc: 'NetworkPolicies, AdminPolicies of tier Baseline and the default of the network on what the sender may reach.',
    next: ['ingress_admin'],
    matches: RULE_MATCHES,
    conjunctive: true,
  },
  ingress_admin: {
    id: 50,
    doc: 'The same as egress_admin on who may reach the receiver.',
    next: ['ingress', 'accept'],
    matches: RULE_MATCHES,
    conjunctive: true,
  },
  ingress: {
    id: 52,
    doc: 'The same as egress on who may reach the receiver.',
    next: ['accept'],
    matches: RULE_MATCHES,
    conjunctive: true,
  },
  accept: {
    id: 54,
    doc: 'Remembers a new connection with its sender; sends an answer on its way, marked as accepted.',
    next: ['route', 'deliver'],
    matches: ['metadata', 'reg0', 'reg1', 'ct_state', 'ct_mark', 'eth_type'],
  },
  route: {
    id: 60,
    doc:
      "Longest-prefix match within the tenant's domain: to a local pod, or to the host that owns the block, by tunnel or over " +
      'the segment.',
    next: ['segment'],
    resubmits: 'receive',
    matches: [
      'metadata',
      'eth_type',
      'nw_dst',
      'ipv6_dst',
      'nw_ttl',
      'nw_proto',
      'icmp_type',
      'icmp_code',
      'icmpv6_type',
      'icmpv6_code',
    ],
    outputs: true,
  },
  segment: {
    id: 62,
    doc: "To the segment that hosts share, from this host's own MAC there; accepted answers are marked in it.",
    next: [],
    matches: [],
    outputs: true,
  },
  deliver: {
    id: 90,
    doc: "To the pod's port.",
    next: [],
    matches: [],
    outputs: true,
  },
}

export interface RegisterSpec {
  readonly field: FieldName
  readonly bits: readonly [low: number, high: number]
  readonly doc: string
}

/** Who uses which bits; `verify.ts` refuses overlaps. */
export const REGISTERS = {
  domain: { field: 'metadata', bits: [32, 63], doc: "routing domain of the packet's tenant" },
  network: { field: 'metadata', bits: [0, 31], doc: 'tunnel key of the network that the packet came from' },
  flags: { field: 'reg0', bits: [0, 1], doc: 'bit 0: an answer, before the rules; bit 1: an answer that they accepted' },
  seen: { field: 'reg0', bits: [2, 2], doc: 'of a packet that a trace watches: that it came was reported' },
  sender: {
    field: 'reg1',
    bits: [0, 31],
    doc: 'security identity of the sender (before the rules: of the connection); between hosts it rides in eth_src[0..31]',
  },
  receiver: { field: 'reg3', bits: [0, 31], doc: 'security identity of the receiver' },
  ofport: { field: 'reg4', bits: [0, 15], doc: 'port of the local pod' },
  zone: { field: 'reg5', bits: [0, 15], doc: "conntrack zone of the local pod's network" },
  service: {
    field: 'reg6',
    bits: [0, 23],
    doc: "what the connection is for: protocol << 16, and the receiver's port or ICMP type << 8 and code",
  },
  senderAddress: { field: 'xxreg2', bits: [0, 127], doc: 'address of the sender; IPv4 in reg8' },
  receiverAddress: { field: 'xxreg3', bits: [0, 127], doc: 'address of the receiver; IPv4 in reg12' },
} as const satisfies Record<string, RegisterSpec>

/** Bits of `flags`. */
export const FLAGS = { reply: 1, accepted: 2 } as const

/** The 32 bits of an address register that hold an IPv4 address. */
export const IPV4_REGISTERS = { xxreg2: 'reg8', xxreg3: 'reg12' } as const satisfies Record<string, FieldName>

/** Every table ends in a drop at priority 0, so that `dump-flows` shows how much was dropped where. */
export const PRIORITY = {
  miss: 0,
  /** Where what nothing else takes goes on. */
  otherwise: 1,
  /** Protocols that have no ports that a service could be told by. */
  portless: 50,
  normal: 100,
  /** Neighbour solicitations, which are among the IPv6 packets that `normal` allows. */
  solicitation: 150,
  /** Exceptions to what these allow. */
  guard: 200,
  /** Longest-prefix match: this plus the prefix length (0 to 128), plus 1 for a pod's own route. */
  routeBase: 1000,
  /** Packets without a hop left, whatever their route. */
  expired: 1900,
  /** Addresses of the router itself, before any route. */
  router: 2000,
  /** Rules, in the order of tiers; admin and baseline have tables or bands of their own. */
  defaultDeny: 1000,
  /** Minus the rule's order, 0 to 50,049. */
  orderedRules: 55_000,
  isolation: 59_000,
  /** Plus the rule's chunk, 0 to 63. */
  rules: 60_000,
} as const

/** Port numbers asked for on br-int; pods have 16 and up. */
export const TUNNEL_OFPORTS = { vxlan: 1, gre: 2 } as const
export const PATCH_OFPORT = 3

/**
 * The inner source MAC between hosts: locally administered; the identity fills the lower 32 bits, and the bit above says
 * that the packet is an accepted answer. MACs of hosts on the segment have that bit, too (HOST_MAC of `reserved.ts`).
 */
export const IDENTITY_MAC = 0x0648_0000_0000n
export const ACCEPTED_BIT = 32

/** Limits how many packets a second are reported to the controller by rules that log. */
export const LOG_METER = 1

/** Upper 16 bits of every cookie of ours, "He": flows with other cookies are somebody else's and stay. */
export const COOKIE_MAGIC = 0x4865n

/** The units that flows come from; see `src/compile`. */
export const UNIT_KINDS = [
  'host',
  'network',
  'route',
  'stray',
  'pod',
  'peer_route',
  'peer_stray',
  'sender',
  'receiver',
  'policed',
  'addresses',
  'rule',
  'clause',
  'remote',
] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

/**
 * Cookie: magic (16 bits), unit kind (8), hash of the unit's subject (40). A pure function of these, the same on every
 * host, so that a restarted controller computes the same flows again, and every flow can be traced back to what it is for.
 */
export function cookieOf(kind: UnitKind, subject: string): bigint {
  return (COOKIE_MAGIC << 48n) | (BigInt(UNIT_KINDS.indexOf(kind) + 1) << 40n) | hash40(subject)
}

/** All cookies of a kind, as value and mask. */
export function cookiesOf(kind: UnitKind): readonly [cookie: bigint, mask: bigint] {
  return [cookieOf(kind, '') & ~HASH_MASK, 0xffff_ffff_ffff_ffffn & ~HASH_MASK]
}

const HASH_MASK = (1n << 40n) - 1n

export function isOurCookie(cookie: bigint): boolean {
  return cookie >> 48n === COOKIE_MAGIC
}

/** FNV-1a, two 32-bit lanes, cut to 40 bits. */
function hash40(text: string): bigint {
  let low = 0x811c9dc5
  let high = 0x01000193
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    low = Math.imul(low ^ c, 0x01000193)
    high = Math.imul(high ^ c, 0x85ebca6b)
  }
  return (BigInt(high >>> 24) << 32n) | BigInt(low >>> 0)
}
