import fc from 'fast-check'
import { formatIp } from '../../../src/model/address.js'
import type { Connection } from '../../../tools/conformance/netpol/reachability.js'
import type {
  AdminPolicySpec,
  IpBlock,
  NetworkPolicySpec,
  PodPort,
  PolicyPeer,
  PolicyPort,
  Resource,
  Selector,
} from '../../../tools/conformance/netpol/resources.js'

/** Random worlds of policy, all of them valid, and connections that are likely to meet what their policies are about. */

/** Few keys and values, so that selectors and labels meet. */
const KEYS = ['a', 'example.org/b']
const VALUES = ['', 'one', 'Two_2']
const TENANTS = ['red', 'blue', 'green']
const NETWORKS = ['x', 'y', 'z']
const HOSTS = ['h1', 'h2', 'h3']
/** Neighbours, and both ends of all there are. */
const PORTS = [1, 79, 80, 81, 65_535]
const PORT_NAMES = ['http', 'dns', 'other']
const WITH_PORTS = ['TCP', 'UDP', 'SCTP'] as const
/** Last bytes of pods' addresses: neighbours, and both sides of prefixes' ends. */
const LAST_BYTES = [2, 3, 4, 7, 8, 15, 16, 127, 128, 254]

const few = (maxLength: number) => ({ maxLength })
const optional = { requiredKeys: [] }
const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const labels = fc.dictionary(oneOf(KEYS), oneOf(VALUES), { maxKeys: 3 }).map((own) => ({ ...own }))

function selectorOf(names: readonly string[]): fc.Arbitrary<Selector> {
  const values = (key: string): readonly string[] => (key === 'heddle.io/name' ? names : VALUES)
  const key = oneOf(names.length > 0 ? [...KEYS, 'heddle.io/name'] : KEYS)
  const matchLabels = key.chain((key) => oneOf(values(key)).map((value) => ({ [key]: value })))
  const listed = key.chain((key) =>
    fc.record({
      key: fc.constant(key),
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.array(oneOf(values(key)), { minLength: 1, maxLength: 3 }),
    }),
  )
  const present = fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) })
  return fc.record({ matchLabels, matchExpressions: fc.array(fc.oneof(listed, present), few(2)) }, optional)
}

const podSelector = selectorOf([])
const networkSelector = selectorOf(NETWORKS)
const tenantSelector = selectorOf(TENANTS)

const v4 = fc
  .tuple(fc.constantFrom(0n, 1n), fc.constantFrom(0n, 1n, 2n), oneOf(LAST_BYTES))
  .map(([tenant, network, last]) => (10n << 24n) | (tenant << 16n) | (network << 8n) | BigInt(last))
const v6 = fc
  .tuple(fc.constantFrom(0n, 1n), fc.constantFrom(0n, 1n, 2n), oneOf(LAST_BYTES))
  .map(([tenant, network, last]) => (0xfd00n << 112n) | (tenant << 96n) | (network << 80n) | BigInt(last))

/** Around an address that a pod may have, with parts around other addresses left out. */
function blockOf(address: fc.Arbitrary<bigint>, width: number, family: 4 | 6): fc.Arbitrary<IpBlock> {
  const format = (value: bigint, prefix: number): string => `${formatIp({ family, value })}/${prefix}`
  const cut = (value: bigint, prefix: number): bigint => (value >> BigInt(width - prefix)) << BigInt(width - prefix)
  return fc.tuple(address, fc.integer({ min: 0, max: width }), fc.array(fc.tuple(address, fc.integer({ min: 1, max: width })), few(2))).map(
    ([value, prefix, parts]) => {
      const base = cut(value, prefix)
      const except = parts
        .filter(([part, length]) => length > prefix && cut(part, prefix) === base)
        .map(([part, length]) => format(cut(part, length), length))
      return { cidr: format(base, prefix), ...(except.length > 0 && { except }) }
    },
  )
}

const ipBlock = fc.oneof(
  blockOf(v4, 32, 4),
  blockOf(v6, 128, 6),
)

/** Selectors of which at least one is there. */
const selectors: fc.Arbitrary<PolicyPeer> = fc
  .record({ podSelector, networkSelector, tenantSelector }, optional)
  .map((peer) => (Object.keys(peer).length === 0 ? { podSelector: {} } : peer))
const peer: fc.Arbitrary<PolicyPeer> = fc.oneof(
  { weight: 4, arbitrary: selectors },
  { weight: 1, arbitrary: fc.record({ ipBlock }) },
)

const range = fc
  .tuple(oneOf(PORTS), oneOf(PORTS))
  .map(([a, b]) => ({ port: Math.min(a, b), endPort: Math.max(a, b) }))
const icmp = fc.constantFrom({}, { icmpType: 8 }, { icmpType: 13 }, { icmpType: 8, icmpCode: 1 }, { icmpType: 128 })
const port: fc.Arbitrary<PolicyPort> = fc
  .oneof(
    fc.tuple(oneOf(WITH_PORTS), fc.oneof(fc.constant({}), oneOf(PORTS).map((port) => ({ port })), range)),
    fc.tuple(oneOf(WITH_PORTS), oneOf(PORT_NAMES).map((port) => ({ port }))),
    fc.tuple(fc.constantFrom('ICMP' as const, 'ICMPv6' as const), icmp),
  )
  .map(([protocol, rest]) => ({ ...(protocol === 'TCP' ? {} : { protocol }), ...rest }))

function ruleOf<T extends object>(side: 'from' | 'to', more: fc.Arbitrary<T>): fc.Arbitrary<T> {
  const parts = { [side]: fc.array(peer, few(2)), ports: fc.array(port, few(2)), log: fc.boolean() }
  return fc.tuple(more, fc.record(parts, optional)).map(([own, rest]) => ({ ...own, ...rest }))
}

const nothing = fc.constant({})

const networkPolicy: fc.Arbitrary<Resource> = fc
  .tuple(
    oneOf(['red', 'red', 'blue']),
    fc.record(
      {
        network: oneOf(NETWORKS),
        podSelector,
        policyTypes: fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 }),
        ingress: fc.array(ruleOf('from', nothing), few(3)),
        egress: fc.array(ruleOf('to', nothing), few(3)),
      },
      optional,
    ),
  )
  .map(([tenant, spec]) => ({ kind: 'NetworkPolicy', ref: { tenant, name: '' }, spec: spec satisfies NetworkPolicySpec }))

function adminPolicyOf(tier: 'Admin' | 'Baseline', actions: readonly ('Allow' | 'Deny' | 'Pass')[]): fc.Arbitrary<AdminPolicySpec> {
  const action = fc.record({ action: oneOf(actions) })
  return fc.record(
    {
      tier: fc.constant(tier),
      priority: fc.constantFrom(0, 1, 2, 1000),
      subject: fc.record({ podSelector, networkSelector, tenantSelector }, optional),
      ingress: fc.array(ruleOf('from', action), few(3)),
      egress: fc.array(ruleOf('to', action), few(3)),
    },
    { requiredKeys: ['tier', 'priority'] },
  )
}

const adminPolicies = fc
  .uniqueArray(fc.oneof(adminPolicyOf('Admin', ['Allow', 'Deny', 'Pass']), adminPolicyOf('Baseline', ['Allow', 'Deny'])), {
    maxLength: 3,
    selector: ({ tier, priority }) => `${tier ?? ''} ${priority}`,
  })
  .map((specs) =>
    specs.map((spec): Resource => ({ kind: 'AdminPolicy', ref: { name: `${spec.tier ?? ''}-${spec.priority}`.toLowerCase() }, spec })),
  )

const podPort: fc.Arbitrary<PodPort> = fc.record(
  { name: oneOf(PORT_NAMES), port: oneOf(PORTS), protocol: oneOf(WITH_PORTS) },
  { requiredKeys: ['name', 'port'] },
)

/** What may change of a pod while it is there. */
const podOf = fc.record({
  labels,
  ports: fc.uniqueArray(podPort, {
    maxLength: 3,
    comparator: (a, b) => a.name === b.name || (a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP')),
  }),
})

/** Where pods are: fixed in a world, as are their networks' ranges. */
const places = fc.uniqueArray(
  fc.record({ tenant: oneOf(['red', 'red', 'blue']), network: oneOf(NETWORKS), last: oneOf(LAST_BYTES), host: oneOf(HOSTS) }),
  { minLength: 2, maxLength: 8, selector: ({ tenant, network, last }) => `${tenant} ${network} ${last}` },
)

const families = fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6], [4, 6])

interface Frame {
  readonly places: readonly { readonly tenant: string; readonly network: string; readonly last: number; readonly host: string }[]
  readonly families: readonly (readonly (4 | 6)[])[]
}

/** Everything there is at one moment, in an order in which it can be created. */
function resourcesIn({ places, families }: Frame): fc.Arbitrary<Resource[]> {
  return fc
    .record({
      tenantLabels: fc.tuple(labels, labels),
      networks: fc.array(fc.record({ labels, default: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const), encapsulation: fc.constantFrom('vxlan' as const, 'gre' as const) }), {
        minLength: 6,
        maxLength: 6,
      }),
      pods: fc.array(podOf, { minLength: places.length, maxLength: places.length }),
      policies: fc.array(networkPolicy, few(4)),
      adminPolicies,
      peerings: fc.constantFrom<readonly string[]>([], ['red'], ['red', 'blue'], ['red', 'blue'], ['red', 'blue']),
    })
    .map(({ tenantLabels, networks, pods, policies, adminPolicies, peerings }) => [
      ...HOSTS.map((name, i): Resource => ({ kind: 'Host', ref: { name }, spec: { tunnelAddress: `192.0.2.${i + 1}` } })),
      ...tenantLabels.map((labels, i): Resource => ({ kind: 'Tenant', ref: { name: TENANTS[i] ?? '' }, spec: { labels } })),
      ...networks.map((spec, i): Resource => {
        const ref = { tenant: TENANTS[Math.floor(i / 3)] ?? '', name: NETWORKS[i % 3] ?? '' }
        return { kind: 'Network', ref, spec: { ...spec, cidrs: (families[i] ?? [4]).map((family) => rangeOf(ref.tenant, ref.name, family)) } }
      }),
      ...peerings.map((tenant): Resource => ({
        kind: 'Peering',
        ref: { tenant, name: 'peering' },
        spec: { peer: tenant === 'red' ? 'blue' : 'red' },
      })),
      ...adminPolicies,
      ...policies.map(({ ref, ...policy }, i) => ({ ...policy, ref: { ...ref, name: `policy-${i}` } })),
      ...places.map(({ tenant, network, last, host }, i): Resource => {
        const own = families[networkNumber(tenant, network)] ?? [4]
        const addresses = own.map((family) => addressOf(tenant, network, family, last))
        return { kind: 'Pod', ref: { tenant, network, name: `p${i}` }, spec: { host, addresses, ...pods[i] } }
      }),
    ])
}

const networkNumber = (tenant: string, network: string): number =>
  TENANTS.indexOf(tenant) * NETWORKS.length + NETWORKS.indexOf(network)

function rangeOf(tenant: string, network: string, family: 4 | 6): string {
  const [t, n] = [TENANTS.indexOf(tenant), NETWORKS.indexOf(network)]
  return family === 4 ? `10.${t}.${n}.0/24` : `fd00:${t}:${n}::/64`
}

function addressOf(tenant: string, network: string, family: 4 | 6, last: number): string {
  const range = rangeOf(tenant, network, family)
  return family === 4 ? range.replace('0/24', String(last)) : range.replace('/64', last.toString(16))
}

/** What is asked for: of TCP, UDP and SCTP a port, of ICMP type and code. */
export type Service = Pick<Connection, 'family' | 'protocol' | 'port' | 'icmpType' | 'icmpCode'>

const service: fc.Arbitrary<Service> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ family: fc.constantFrom<4 | 6>(4, 6), protocol: oneOf(WITH_PORTS), port: oneOf(PORTS) }) },
  {
    weight: 1,
    arbitrary: fc.record({ icmpType: fc.constantFrom(8, 13), icmpCode: fc.constantFrom(0, 1) }).map((icmp) => ({
      family: 4 as const,
      protocol: 'ICMP' as const,
      ...icmp,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1).map((icmpCode) => ({ family: 6 as const, protocol: 'ICMPv6' as const, icmpType: 128, icmpCode })),
  },
)

export interface Moment {
  readonly resources: readonly Resource[]
  /** Each is asked of all pods by all. */
  readonly services: readonly Service[]
}

/** The same pods at two or three moments, between which labels, ports, policies, peerings and defaults change. */
export const history: fc.Arbitrary<Moment[]> = fc
  .record({ places, families: fc.array(families, { minLength: 6, maxLength: 6 }) })
  .chain((frame) =>
    fc.array(
      fc.record({ resources: resourcesIn(frame), services: fc.array(service, { minLength: 3, maxLength: 6 }) }),
      { minLength: 1, maxLength: 3 },
    ),
  )
