import Type, { type Static, type TObject } from 'typebox'

/**
 * The resource kinds: what an operator may say (`spec`), declared once. Validation, REST routes, OpenAPI, and the CLI's
 * `apply` derive from this table. A resource travels flat: `kind`, its names, its spec's fields, and, read-only,
 * `status` and `metadata`.
 */

/** RFC 1123 label: what Kubernetes allows for names, so that names can be shared. */
export const NAME_PATTERN = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'

const name = Type.String({
  pattern: NAME_PATTERN,
  maxLength: 63,
  description: 'lower-case letters, digits and "-", at most 63, beginning and ending with a letter or digit',
})

const LABEL_KEY = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'
const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$'

const labels = Type.Record(Type.String({ pattern: LABEL_KEY }), Type.String({ pattern: LABEL_VALUE, maxLength: 63 }), {
  maxProperties: 64,
  additionalProperties: false,
  description: 'labels as Kubernetes has them; pods of one tenant with equal labels share a security identity',
})

const tenantSpec = Type.Object(
  { description: Type.Optional(Type.String({ maxLength: 1024 })) },
  { additionalProperties: false },
)

const networkSpec = Type.Object(
  {
    cidrs: Type.Array(Type.String({ description: 'IPv4 prefix without host bits' }), {
      minItems: 1,
      maxItems: 16,
      description: "address ranges; may overlap other tenants', not this tenant's other networks",
    }),
    encapsulation: Type.Optional(
      Type.Union([Type.Literal('vxlan'), Type.Literal('gre')], {
        default: 'vxlan',
        description: 'tunnel between hosts',
      }),
    ),
    blockPrefix: Type.Optional(
      Type.Integer({ minimum: 20, maximum: 32, description: "prefix length of the hosts' address blocks" }),
    ),
    mtu: Type.Optional(
      Type.Integer({
        minimum: 576,
        maximum: 9216,
        description: "of the pods' interfaces; at most, and by default, what the smallest underlay leaves",
      }),
    ),
  },
  { additionalProperties: false },
)

const hostSpec = Type.Object(
  {
    tunnelAddress: Type.String({ description: 'IPv4 address of the host on the underlay: tunnels end there' }),
    underlayMtu: Type.Optional(Type.Integer({ minimum: 576, maximum: 65535, default: 1500 })),
    systemId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: "external_ids:system-id of the host's Open_vSwitch row; the host's name by default",
      }),
    ),
    ovsdb: Type.Optional(
      Type.String({
        pattern: '^(tcp:.+:[0-9]{1,5}|unix:/.+)$',
        maxLength: 255,
        description: 'tcp:HOST:PORT or unix:PATH to dial; without it the host dials the controller (set-manager)',
      }),
    ),
    datapathType: Type.Optional(
      Type.Union([Type.Literal('system'), Type.Literal('netdev')], {
        default: 'system',
        description: 'kernel or userspace datapath (Bridge.datapath_type)',
      }),
    ),
  },
  { additionalProperties: false },
)

const podSpec = Type.Object(
  {
    host: name,
    interface: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][-A-Za-z0-9_.]{0,14}$',
        maxLength: 15,
        description: 'network device on the host that becomes the port; by default derived from the pod',
      }),
    ),
    labels: Type.Optional(labels),
    address: Type.Optional(Type.String({ description: "fixed IPv4 address within the network's CIDRs" })),
    mac: Type.Optional(Type.String({ description: 'fixed unicast Ethernet address' })),
  },
  { additionalProperties: false },
)

export type TenantSpec = Static<typeof tenantSpec>
export type NetworkSpec = Static<typeof networkSpec>
export type HostSpec = Static<typeof hostSpec>
export type PodSpec = Static<typeof podSpec>
export type Encapsulation = NonNullable<NetworkSpec['encapsulation']>

/** Field names that make up a resource's path, outermost first. The last one is its own name. */
export type PathField = 'tenant' | 'network' | 'name'

export interface Kind {
  readonly kind: KindName
  /** Plural, as in URLs and in the store's keys. */
  readonly plural: string
  readonly path: readonly PathField[]
  /** URL template under /v1, one parameter a path field. */
  readonly route: string
  readonly spec: TObject
  /** Columns of `heddle get`: title and path into the resource. */
  readonly columns: readonly (readonly [title: string, path: string])[]
  readonly description: string
}

export type KindName = 'Tenant' | 'Network' | 'Host' | 'Pod'

export const KINDS = {
  Tenant: {
    kind: 'Tenant',
    plural: 'tenants',
    path: ['name'],
    route: '/tenants',
    spec: tenantSpec,
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
    path: ['tenant', 'name'],
    route: '/tenants/:tenant/networks',
    spec: networkSpec,
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
    path: ['name'],
    route: '/hosts',
    spec: hostSpec,
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
    path: ['tenant', 'network', 'name'],
    route: '/tenants/:tenant/networks/:network/pods',
    spec: podSpec,
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
} as const satisfies Record<KindName, Kind>

/** In the order in which `apply` creates them: what others refer to first. */
export const KIND_ORDER: readonly KindName[] = ['Tenant', 'Host', 'Network', 'Pod']

export interface SpecOf {
  Tenant: TenantSpec
  Network: NetworkSpec
  Host: HostSpec
  Pod: PodSpec
}

/** Which resource of a kind: the values of its path fields. */
export interface Ref {
  readonly tenant?: string
  readonly network?: string
  readonly name: string
}

/** Store key of a resource: `pods/TENANT/NETWORK/NAME`. */
export function resourceKey(kind: KindName, ref: Ref): string {
  const { plural, path } = KINDS[kind]
  return [plural, ...path.map((field) => ref[field] ?? '')].join('/')
}

/** `pod red/web/a`, as messages name a resource. */
export function describeRef(kind: KindName, ref: Ref): string {
  return `${kind.toLowerCase()} ${KINDS[kind].path.map((field) => ref[field] ?? '').join('/')}`
}
