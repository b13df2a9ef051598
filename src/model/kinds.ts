import Type, { type Static, type TObject } from 'typebox'
import { CATALOG, type CatalogEntry, type KindName } from './catalog.js'
import {
  adminPolicySpec,
  type AdminPolicySpec,
  labelsOf,
  networkPolicySpec,
  type NetworkPolicySpec,
  peeringSpec,
  type PeeringSpec,
  podPorts,
} from './policy.js'

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

const tenantSpec = Type.Object(
  {
    description: Type.Optional(Type.String({ maxLength: 1024 })),
    labels: Type.Optional(labelsOf('what policies may select the tenant by')),
  },
  { additionalProperties: false },
)

const networkSpec = Type.Object(
  {
    cidrs: Type.Array(Type.String({ description: 'IPv4 or IPv6 prefix without host bits' }), {
      minItems: 1,
      maxItems: 16,
      description:
        "address ranges, of either family or both: a pod has an address of each; may overlap other tenants', not this " +
        "tenant's other networks",
    }),
    encapsulation: Type.Optional(
      Type.Union([Type.Literal('vxlan'), Type.Literal('gre'), Type.Literal('direct')], {
        default: 'vxlan',
        description:
          'tunnel between hosts; direct: none, packets travel as they are on the segment that all its hosts share (Host.uplink)',
      }),
    ),
    labels: Type.Optional(labelsOf('what policies may select the network by')),
    default: Type.Optional(
      Type.Union([Type.Literal('allow'), Type.Literal('deny')], {
        default: 'allow',
        description: 'what becomes of connections of its pods, in either direction, about which no policy says anything',
      }),
    ),
    blockPrefix: Type.Optional(
      Type.Integer({ minimum: 20, maximum: 32, description: "prefix length of the hosts' blocks of IPv4 addresses" }),
    ),
    blockPrefix6: Type.Optional(
      Type.Integer({ minimum: 112, maximum: 128, description: "prefix length of the hosts' blocks of IPv6 addresses" }),
    ),
    mtu: Type.Optional(
      Type.Integer({
        minimum: 576,
        maximum: 9216,
        description:
          "of the pods' interfaces; at most, and by default, what the smallest underlay leaves; at least 1280 with IPv6",
      }),
    ),
  },
  { additionalProperties: false },
)

const uplink = Type.Object(
  {
    bridge: Type.String({
      minLength: 1,
      maxLength: 255,
      description: "bridge of the host that holds its interface on the segment; of the same datapath type",
    }),
  },
  { additionalProperties: false, description: 'how the host is on the underlay: what direct networks need' },
)

const hostSpec = Type.Object(
  {
    tunnelAddress: Type.String({ description: 'IPv4 or IPv6 address of the host on the underlay: tunnels end there' }),
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
    uplink: Type.Optional(uplink),
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
    labels: Type.Optional(
      labelsOf('labels as Kubernetes has them; pods of one network with equal labels share a security identity'),
    ),
    ports: Type.Optional(podPorts),
    address: Type.Optional(Type.String({ description: "fixed address of either family within the network's CIDRs" })),
    addresses: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        maxItems: 2,
        description: 'fixed addresses, at most one of each family; instead of `address`',
      }),
    ),
    mac: Type.Optional(Type.String({ description: 'fixed unicast Ethernet address' })),
  },
  { additionalProperties: false },
)

export type TenantSpec = Static<typeof tenantSpec>
export type NetworkSpec = Static<typeof networkSpec>
export type HostSpec = Static<typeof hostSpec>
export type PodSpec = Static<typeof podSpec>
export type Encapsulation = NonNullable<NetworkSpec['encapsulation']>
export type TunnelType = Exclude<Encapsulation, 'direct'>

export {
  describeRef,
  KIND_ORDER,
  type KindName,
  type PathField,
  type Ref,
  resourceKey,
} from './catalog.js'

export interface Kind extends CatalogEntry {
  readonly spec: TObject
}

export const KINDS = {
  Tenant: { ...CATALOG.Tenant, spec: tenantSpec },
  Network: { ...CATALOG.Network, spec: networkSpec },
  Host: { ...CATALOG.Host, spec: hostSpec },
  Pod: { ...CATALOG.Pod, spec: podSpec },
  NetworkPolicy: { ...CATALOG.NetworkPolicy, spec: networkPolicySpec },
  AdminPolicy: { ...CATALOG.AdminPolicy, spec: adminPolicySpec },
  Peering: { ...CATALOG.Peering, spec: peeringSpec },
} as const satisfies Record<KindName, Kind>

export interface SpecOf {
  Tenant: TenantSpec
  Network: NetworkSpec
  Host: HostSpec
  Pod: PodSpec
  NetworkPolicy: NetworkPolicySpec
  AdminPolicy: AdminPolicySpec
  Peering: PeeringSpec
}
