import type { FieldName } from 'openflow-ts'

/**
 * The pipeline of br-int: tables, registers, priorities, ports and cookies, named once. Flows are written in the files
 * beside this one, a table each; `verify.ts` holds every compiled flow to what is declared here.
 *
 * Way of a packet: a pod's port -> classify -> anti_spoof -> arp | neighbour | route -> deliver | tunnel;
 * a tunnel port -> classify -> deliver.
 */

export interface TableSpec {
  readonly id: number
  readonly doc: string
  /** Tables that its flows may continue in; numbers only grow, so nothing loops. */
  readonly next: readonly TableName[]
  readonly matches: readonly FieldName[]
  /** Whether its flows may send the packet out. */
  readonly outputs: boolean
}

export type TableName = 'classify' | 'anti_spoof' | 'arp' | 'neighbour' | 'advertise' | 'route' | 'deliver'

/** Ids leave room: policy will stand before `route` (egress) and before `deliver` (ingress). */
export const TABLES: Readonly<Record<TableName, TableSpec>> = {
  classify: {
    id: 0,
    doc: 'Where the packet comes from: a pod (by port) or another host (by tunnel key). Sets metadata and the source identity.',
    next: ['anti_spoof', 'deliver'],
    matches: ['in_port', 'tun_id'],
    outputs: false,
  },
  anti_spoof: {
    id: 10,
    doc:
      "A pod may send only untagged packets from its own MAC and IP addresses, to the router's MAC, as ARP or as " +
      'neighbour solicitation.',
    next: ['arp', 'neighbour', 'route'],
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
    outputs: false,
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
    outputs: false,
  },
  advertise: {
    id: 24,
    doc: "Writes the router's MAC into that advertisement, which only a packet that is one already has room for.",
    next: [],
    matches: ['eth_type', 'nw_proto', 'icmpv6_type', 'icmpv6_code'],
    outputs: true,
  },
  route: {
    id: 40,
    doc: "Longest-prefix match within the tenant's domain: to a local pod, or into the tunnel to the host that owns the block.",
    next: ['deliver'],
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
  deliver: {
    id: 60,
    doc: 'To the local pod that has the address, with its MAC.',
    next: [],
    matches: ['metadata', 'eth_type', 'nw_dst', 'ipv6_dst'],
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
  identity: {
    field: 'reg1',
    bits: [0, 31],
    doc: 'security identity of the sender; between hosts it rides in eth_src[0..31]',
  },
  scratch: { field: 'reg2', bits: [0, 31], doc: 'within one flow only: exchange of two fields' },
  scratch6: { field: 'xxreg3', bits: [0, 127], doc: 'the same for two IPv6 addresses; is reg12 to reg15' },
} as const satisfies Record<string, RegisterSpec>

/** Every table ends in a drop at priority 0, so that `dump-flows` shows how much was dropped where. */
export const PRIORITY = {
  miss: 0,
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
} as const

/** Port numbers asked for on br-int; pods have 16 and up. */
export const TUNNEL_OFPORTS = { vxlan: 1, gre: 2 } as const

/** The inner source MAC between hosts: locally administered; the identity fills the lower 32 bits. */
export const IDENTITY_MAC = 0x0648_0000_0000n

/** Upper 16 bits of every cookie of ours, "He": flows with other cookies are somebody else's and stay. */
export const COOKIE_MAGIC = 0x4865n

/** The units that flows come from; see `src/compile`. */
export const UNIT_KINDS = ['host', 'network', 'route', 'stray', 'pod'] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

/**
 * Cookie: magic (16 bits), unit kind (8), hash of the unit's subject (40). A pure function of these, the same on every
 * host, so that a restarted controller computes the same flows again, and every flow can be traced back to what it is for.
 */
export function cookieOf(kind: UnitKind, subject: string): bigint {
  return (COOKIE_MAGIC << 48n) | (BigInt(UNIT_KINDS.indexOf(kind) + 1) << 40n) | hash40(subject)
}

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
