import Type, { type Static } from 'typebox'
import type { KindName } from '../model/kinds.js'

/** What the API adds to a resource's spec, read-only. `represent.ts` fills it; the OpenAPI document describes it. */

const metadata = Type.Object(
  {
    uid: Type.String({ description: 'of this resource and no other, also after it was deleted and created anew' }),
    revision: Type.Integer({ description: 'store revision that wrote it; the entity tag is this in quotes' }),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { description: 'read-only' },
)

const reason = Type.Optional(Type.String({ description: 'why it is not realized' }))

const notEnforceable = Type.Array(Type.String(), { description: 'what of the profile does not act, and why' })

const tenantStatus = Type.Object({
  networks: Type.Integer(),
  pods: Type.Integer(),
  bandwidth: Type.Optional(Type.Object({ notEnforceable }, { description: "of the tenant's total, where it has one" })),
})

const networkStatus = Type.Object({
  tunnelKey: Type.Integer({ description: 'VNI or GRE key; of direct networks its number on the hosts alone' }),
  mtu: Type.Integer({ description: "of the pods' interfaces: what the smallest underlay leaves, or less" }),
  blocks: Type.Integer({ description: 'address blocks that hosts own' }),
  pods: Type.Integer(),
})

const hostStatus = Type.Object({
  connected: Type.Boolean({ description: 'both connections, OVSDB and OpenFlow, are up' }),
  realized: Type.Boolean({ description: 'everything wanted is there' }),
  reason,
  realizedRevision: Type.Integer({ description: 'store revision up to which the host has everything' }),
  pods: Type.Integer(),
  flows: Type.Integer({ description: 'wanted on br-int' }),
  foreignFlows: Type.Optional(Type.Integer({ description: "on br-int, and not Heddle's: they stay" })),
  underlayProblems: Type.Optional(
    Type.Array(Type.String(), { description: 'what probes of the underlay found wrong: frames that do not arrive' }),
  ),
  ovsVersion: Type.Optional(Type.String()),
  datapathId: Type.Optional(Type.String()),
  sent: Type.Optional(
    Type.Object(
      { flowMods: Type.Integer(), transactions: Type.Integer() },
      { description: 'since the controller started' },
    ),
  ),
})

const podAddress = {
  address: Type.String(),
  prefixLength: Type.Integer({ description: "of the network's range that holds the address" }),
  gateway: Type.String(),
}

const podStatus = Type.Object({
  realized: Type.Boolean({ description: 'its host has its port and its flows' }),
  reason,
  ...podAddress,
  addresses: Type.Array(Type.Object(podAddress), {
    description: "one of each family that the network has, IPv4 first; the first is the pod's `address`",
  }),
  mac: Type.String(),
  mtu: Type.Integer(),
  interface: Type.String({ description: 'network device on the host' }),
  ofport: Type.Integer({ description: 'OpenFlow port number on br-int' }),
  bandwidth: Type.Optional(
    Type.Object(
      {
        profile: Type.String({ description: "its own, or its network's" }),
        notEnforceable,
        dropped: Type.Record(Type.String(), Type.Integer(), { description: 'packets over each limit that is a meter' }),
      },
      { description: 'where it has a profile' },
    ),
  ),
  identity: Type.Integer({ description: 'security identity: the same for pods of a network with the same labels' }),
})

const policyStatus = {
  pods: Type.Integer({ description: 'that it is about' }),
  rules: Type.Integer(),
}

const networkPolicyStatus = Type.Object({
  policyTypes: Type.Array(Type.Union([Type.Literal('Ingress'), Type.Literal('Egress')]), {
    description: 'directions in which it isolates its pods',
  }),
  ...policyStatus,
})

const adminPolicyStatus = Type.Object(policyStatus)

const peeringStatus = Type.Object({
  active: Type.Boolean({ description: 'the other tenant has a peering with this one, too' }),
})

const bandwidthProfileStatus = Type.Object({
  networks: Type.Integer({ description: 'whose default it is' }),
  pods: Type.Integer({ description: 'that have it, by their own word or by their network' }),
})

export const METADATA = metadata

export const STATUS = {
  Tenant: tenantStatus,
  Network: networkStatus,
  Host: hostStatus,
  Pod: podStatus,
  NetworkPolicy: networkPolicyStatus,
  AdminPolicy: adminPolicyStatus,
  Peering: peeringStatus,
  BandwidthProfile: bandwidthProfileStatus,
} as const satisfies Record<KindName, unknown>

export type Metadata = Static<typeof metadata>
export type PodAddress = Static<typeof podStatus>['addresses'][number]
export interface StatusOf {
  Tenant: Static<typeof tenantStatus>
  Network: Static<typeof networkStatus>
  Host: Static<typeof hostStatus>
  Pod: Static<typeof podStatus>
  NetworkPolicy: Static<typeof networkPolicyStatus>
  AdminPolicy: Static<typeof adminPolicyStatus>
  Peering: Static<typeof peeringStatus>
  BandwidthProfile: Static<typeof bandwidthProfileStatus>
}
