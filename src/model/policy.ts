import Type, { type Static } from 'typebox'

/**
 * Who may talk to whom. `NetworkPolicy` means what Kubernetes' NetworkPolicy means, with networks where Kubernetes has
 * namespaces; `AdminPolicy` what its cluster-wide network policy means (tiers, priority, allow, deny and pass).
 */

export const LABEL_KEY = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'
export const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$'

/** Shared by all kinds that have labels. */
export function labelsOf(description: string) {
  return Type.Record(Type.String({ pattern: LABEL_KEY }), Type.String({ pattern: LABEL_VALUE, maxLength: 63 }), {
    maxProperties: 64,
    additionalProperties: false,
    description,
  })
}

const operator = Type.Union([
  Type.Literal('In'),
  Type.Literal('NotIn'),
  Type.Literal('Exists'),
  Type.Literal('DoesNotExist'),
])

function selector(of: string) {
  return Type.Object(
    {
      matchLabels: Type.Optional(labelsOf('all of these labels must be there')),
      matchExpressions: Type.Optional(
        Type.Array(
          Type.Object(
            {
              key: Type.String({ pattern: LABEL_KEY }),
              operator,
              values: Type.Optional(
                Type.Array(Type.String({ pattern: LABEL_VALUE, maxLength: 63 }), { maxItems: 256 }),
              ),
            },
            { additionalProperties: false },
          ),
          { maxItems: 64, description: 'all must hold; NotIn and DoesNotExist also hold where the label is absent' },
        ),
      ),
    },
    { additionalProperties: false, description: `${of}; an empty selector takes all` },
  )
}

const ipBlock = Type.Object(
  {
    cidr: Type.String({ description: 'IPv4 or IPv6 prefix' }),
    except: Type.Optional(
      Type.Array(Type.String({ description: 'prefix within cidr' }), {
        maxItems: 1024,
        description: 'prefixes that are left out',
      }),
    ),
  },
  { additionalProperties: false, description: 'addresses, whoever has them' },
)

const peer = Type.Object(
  {
    podSelector: Type.Optional(selector('pods with these labels')),
    networkSelector: Type.Optional(selector('of networks with these labels (and heddle.io/name: the name)')),
    tenantSelector: Type.Optional(
      selector('of tenants with these labels (and heddle.io/name: the name), where a Peering joins them'),
    ),
    ipBlock: Type.Optional(ipBlock),
  },
  {
    additionalProperties: false,
    description:
      'either ipBlock, or selectors that all must hold. Without tenantSelector: this tenant. Without networkSelector: ' +
      "the policy's own network where it has one and no tenantSelector is given, else all networks.",
  },
)

const protocol = Type.Union(
  [
    Type.Literal('TCP'),
    Type.Literal('UDP'),
    Type.Literal('SCTP'),
    Type.Literal('ICMP'),
    Type.Literal('ICMPv6'),
  ],
  { default: 'TCP' },
)
export type Protocol = Static<typeof protocol>

/** With a letter, as Kubernetes asks: "80" would be a name that no pod has, where the number was meant. */
export const PORT_NAME = '^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$'

const port = Type.Object(
  {
    protocol: Type.Optional(protocol),
    port: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 65535 }), Type.String({ pattern: PORT_NAME })], {
        description: "number, or name of a port of the receiving pod; absent: all the protocol's",
      }),
    ),
    endPort: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65535, description: 'port to endPort, both included; port is a number then' }),
    ),
    icmpType: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: 'of ICMP and ICMPv6' })),
    icmpCode: Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: 'together with icmpType' })),
  },
  { additionalProperties: false },
)

const MAX_RULES = 10_000

const peers = (description: string) => Type.Optional(Type.Array(peer, { maxItems: 1024, description }))
const ports = Type.Optional(Type.Array(port, { maxItems: 1024, description: 'any of these; absent or empty: all' }))
const log = Type.Optional(
  Type.Boolean({ default: false, description: 'report new connections that the rule decides, as events; rate-limited' }),
)

const ingressRule = Type.Object(
  { from: peers('any of these; absent or empty: everyone'), ports, log },
  { additionalProperties: false },
)
const egressRule = Type.Object(
  { to: peers('any of these; absent or empty: everyone'), ports, log },
  { additionalProperties: false },
)

const direction = Type.Union([Type.Literal('Ingress'), Type.Literal('Egress')])

export const networkPolicySpec = Type.Object(
  {
    network: Type.Optional(
      Type.String({ description: "whose pods it is about; absent: the pods of all the tenant's networks" }),
    ),
    podSelector: Type.Optional(selector('the pods that it isolates')),
    policyTypes: Type.Optional(
      Type.Array(direction, {
        minItems: 1,
        maxItems: 2,
        description: 'by default Ingress, and Egress where there are egress rules',
      }),
    ),
    ingress: Type.Optional(
      Type.Array(ingressRule, { maxItems: MAX_RULES, description: 'what the pods may receive: any of these' }),
    ),
    egress: Type.Optional(
      Type.Array(egressRule, { maxItems: MAX_RULES, description: 'what the pods may send: any of these' }),
    ),
  },
  { additionalProperties: false },
)

const action = Type.Union([Type.Literal('Allow'), Type.Literal('Deny'), Type.Literal('Pass')], {
  description: 'Pass: this tier says nothing; NetworkPolicies decide',
})
const ruleName = Type.Optional(Type.String({ maxLength: 100 }))

const adminIngressRule = Type.Object(
  { name: ruleName, action, from: peers('any of these; absent or empty: everyone'), ports, log },
  { additionalProperties: false },
)
const adminEgressRule = Type.Object(
  { name: ruleName, action, to: peers('any of these; absent or empty: everyone'), ports, log },
  { additionalProperties: false },
)

/** So that a rule's place is one OpenFlow priority: (priority, number of the rule). */
export const ADMIN_RULES = 50
export const ADMIN_PRIORITIES = 1000

const adminRules = { maxItems: ADMIN_RULES, description: 'in order: the first that takes a packet decides' }

export const adminPolicySpec = Type.Object(
  {
    tier: Type.Optional(
      Type.Union([Type.Literal('Admin'), Type.Literal('Baseline')], {
        default: 'Admin',
        description: 'Admin: before all NetworkPolicies; Baseline: for pods that no NetworkPolicy isolates',
      }),
    ),
    priority: Type.Integer({
      minimum: 0,
      maximum: ADMIN_PRIORITIES,
      description: 'lower goes first; one policy a tier has each',
    }),
    subject: Type.Optional(
      Type.Object(
        {
          podSelector: Type.Optional(selector('pods with these labels')),
          networkSelector: Type.Optional(selector('of networks with these labels')),
          tenantSelector: Type.Optional(selector('of tenants with these labels')),
        },
        { additionalProperties: false, description: 'the pods that it is about; absent: all' },
      ),
    ),
    ingress: Type.Optional(Type.Array(adminIngressRule, adminRules)),
    egress: Type.Optional(Type.Array(adminEgressRule, adminRules)),
  },
  { additionalProperties: false },
)

export const peeringSpec = Type.Object(
  { peer: Type.String({ description: 'the other tenant; in effect once that has a Peering with this one' }) },
  { additionalProperties: false },
)

/** Ports of a pod, which policies may name. */
export const podPorts = Type.Array(
  Type.Object(
    {
      name: Type.String({ pattern: PORT_NAME }),
      port: Type.Integer({ minimum: 1, maximum: 65535 }),
      protocol: Type.Optional(
        Type.Union([Type.Literal('TCP'), Type.Literal('UDP'), Type.Literal('SCTP')], { default: 'TCP' }),
      ),
    },
    { additionalProperties: false },
  ),
  { maxItems: 64, description: 'ports by the names that policies may use' },
)

export type NetworkPolicySpec = Static<typeof networkPolicySpec>
export type AdminPolicySpec = Static<typeof adminPolicySpec>
export type PeeringSpec = Static<typeof peeringSpec>
export type PolicyPeer = Static<typeof peer>
export type PolicyPort = Static<typeof port>
export type IpBlock = Static<typeof ipBlock>
export type PodPort = Static<typeof podPorts>[number]
export type Selector = Static<ReturnType<typeof selector>>
export type AdminAction = Static<typeof action>
export type Direction = Static<typeof direction>
