/**
 * What there is to know of the resource kinds besides their schemas. Apart from `kinds.ts` because the schema library
 * takes longer to load than a command like `heddle get` may take to answer.
 */

/** Field names that make up a resource's path, outermost first. The last one is its own name. */
export type PathField = 'tenant' | 'network' | 'name'

export interface CatalogEntry {
  readonly kind: KindName
  /** Plural, as in URLs and in the store's keys. */
  readonly plural: string
  /** What may be typed for it, besides singular and plural. */
  readonly short: string
  readonly path: readonly PathField[]
  /** URL template under /v1, one parameter a path field. */
  readonly route: string
  /** Columns of `heddle get`: title and path into the resource. */
  readonly columns: readonly (readonly [title: string, path: string])[]
  readonly description: string
}

export type KindName = 'Tenant' | 'Network' | 'Host' | 'Pod' | 'NetworkPolicy' | 'AdminPolicy' | 'Peering' | 'BandwidthProfile'

export const CATALOG = {
  Tenant: {
    kind: 'Tenant',
    plural: 'tenants',
    short: 'tn',
    path: ['name'],
    route: '/tenants',
    columns: [
      ['NAME', 'name'],
      ['NETWORKS', 'status.networks'],
      ['PODS', 'status.pods'],
      ['DESCRIPTION', 'description'],
    ],
    description: 'A customer: its networks reach each other and nothing of any other tenant.',
  },
  Network: {
    kind: 'Network',
    plural: 'networks',
    short: 'net',
    path: ['tenant', 'name'],
    route: '/tenants/:tenant/networks',
    columns: [
      ['TENANT', 'tenant'],
      ['NAME', 'name'],
      ['CIDRS', 'cidrs'],
      ['ENCAPSULATION', 'encapsulation'],
      ['KEY', 'status.tunnelKey'],
      ['MTU', 'status.mtu'],
      ['PODS', 'status.pods'],
    ],
    description: 'Address ranges of a tenant and the tunnel that carries them.',
  },
  Host: {
    kind: 'Host',
    plural: 'hosts',
    short: 'ho',
    path: ['name'],
    route: '/hosts',
    columns: [
      ['NAME', 'name'],
      ['TUNNEL ADDRESS', 'tunnelAddress'],
      ['CONNECTED', 'status.connected'],
      ['REALIZED', 'status.realized'],
      ['PODS', 'status.pods'],
      ['FLOWS', 'status.flows'],
      ['OVS', 'status.ovsVersion'],
    ],
    description: 'A machine with Open vSwitch.',
  },
  Pod: {
    kind: 'Pod',
    plural: 'pods',
    short: 'po',
    path: ['tenant', 'network', 'name'],
    route: '/tenants/:tenant/networks/:network/pods',
    columns: [
      ['TENANT', 'tenant'],
      ['NETWORK', 'network'],
      ['NAME', 'name'],
      ['HOST', 'host'],
      ['INTERFACE', 'status.interface'],
      ['ADDRESS', 'status.address'],
      ['MAC', 'status.mac'],
      ['REALIZED', 'status.realized'],
    ],
    description: 'An endpoint: an interface on a host with an address in a network.',
  },
  NetworkPolicy: {
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    short: 'netpol',
    path: ['tenant', 'name'],
    route: '/tenants/:tenant/networkpolicies',
    columns: [
      ['TENANT', 'tenant'],
      ['NAME', 'name'],
      ['NETWORK', 'network'],
      ['TYPES', 'status.policyTypes'],
      ['PODS', 'status.pods'],
      ['RULES', 'status.rules'],
    ],
    description: "Isolates pods of a tenant, and says who may reach them and whom they may reach, as Kubernetes' NetworkPolicy.",
  },
  AdminPolicy: {
    kind: 'AdminPolicy',
    plural: 'adminpolicies',
    short: 'anp',
    path: ['name'],
    route: '/adminpolicies',
    columns: [
      ['NAME', 'name'],
      ['TIER', 'tier'],
      ['PRIORITY', 'priority'],
      ['PODS', 'status.pods'],
      ['RULES', 'status.rules'],
    ],
    description: 'Rules for pods of all tenants, before (Admin) or after (Baseline) the NetworkPolicies of the tenants.',
  },
  Peering: {
    kind: 'Peering',
    plural: 'peerings',
    short: 'peer',
    path: ['tenant', 'name'],
    route: '/tenants/:tenant/peerings',
    columns: [
      ['TENANT', 'tenant'],
      ['NAME', 'name'],
      ['PEER', 'peer'],
      ['ACTIVE', 'status.active'],
    ],
    description: 'Joins two tenants: once each has one with the other, their networks are routed to each other.',
  },
  BandwidthProfile: {
    kind: 'BandwidthProfile',
    plural: 'bandwidthprofiles',
    short: 'bw',
    path: ['tenant', 'name'],
    route: '/tenants/:tenant/bandwidthprofiles',
    columns: [
      ['TENANT', 'tenant'],
      ['NAME', 'name'],
      ['GUARANTEED', 'egress.guaranteed'],
      ['MAX', 'egress.max'],
      ['PACKETS', 'egress.packetRate'],
      ['MAX IN', 'ingress.max'],
      ['PODS', 'status.pods'],
    ],
    description: 'How much a pod, or all pods of a tenant on a host, may send and receive, and how much is theirs for certain.',
  },
} as const satisfies Record<KindName, CatalogEntry>

/** In the order in which `apply` creates them: what others refer to first. */
export const KIND_ORDER: readonly KindName[] = [
  'Tenant',
  'Host',
  'BandwidthProfile',
  'Network',
  'Peering',
  'AdminPolicy',
  'NetworkPolicy',
  'Pod',
]

/** Which resource of a kind: the values of its path fields. */
export interface Ref {
  readonly tenant?: string
  readonly network?: string
  readonly name: string
}

/** Store key of a resource: `pods/TENANT/NETWORK/NAME`. */
export function resourceKey(kind: KindName, ref: Ref): string {
  const { plural, path } = CATALOG[kind]
  return [plural, ...path.map((field) => ref[field] ?? '')].join('/')
}

/** `pod red/web/a`, as messages name a resource. */
export function describeRef(kind: KindName, ref: Ref): string {
  return `${kind.toLowerCase()} ${CATALOG[kind].path.map((field) => ref[field] ?? '').join('/')}`
}
