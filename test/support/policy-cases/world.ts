import type {
  AdminPolicySpec,
  Labels,
  NetworkPolicySpec,
  NetworkSpec,
  PodPort,
  PodSpec,
  Requirement,
  Resource,
  Selector,
  TenantSpec,
} from '../../../tools/conformance/netpol/resources.js'

/**
 * The world of the cases: tenant red with networks x, y and z of pods a, b and c each; tenant blue with network q of pods
 * a and b; tenant green with network r of pod a. Networks are called otherwise in each tenant, so that "q/a" says it all.
 * Addresses end in 10, 11 and 20: .10/31 holds a and b, .16/28 holds c alone. Pods of each network are on three hosts.
 */

/** What a case adds to the world, or changes in it. */
export interface Situation {
  /** NetworkPolicies, of tenant red unless they say otherwise. */
  readonly policies?: readonly (NetworkPolicySpec & { readonly tenant?: string })[]
  readonly admin?: readonly AdminPolicySpec[]
  /** `red>blue`: red has a Peering with blue. */
  readonly peerings?: readonly string[]
  /** Changes of pods by NETWORK/NAME, of networks and of tenants. */
  readonly pods?: Readonly<Record<string, Partial<PodSpec>>>
  readonly networks?: Readonly<Record<string, Partial<NetworkSpec>>>
  readonly tenants?: Readonly<Record<string, TenantSpec>>
}

const HOSTS = ['h1', 'h2', 'h3'] as const

const TENANTS: Readonly<Record<string, Labels>> = {
  red: { grade: 'gold' },
  blue: { grade: 'gold', zone: 'eu' },
  green: { zone: 'eu' },
}

interface NetworkOfWorld {
  readonly tenant: string
  readonly labels: Labels
  /** The parts of its prefixes: 10.PREFIX.0/24 and fd00:PREFIX::/64. */
  readonly v4: string
  readonly v6: string
}

const NETWORKS: Readonly<Record<string, NetworkOfWorld>> = {
  x: { tenant: 'red', labels: { env: 'prod', team: 'one' }, v4: '10.1.1', v6: 'fd00:1:1' },
  y: { tenant: 'red', labels: { env: 'test', team: 'one' }, v4: '10.1.2', v6: 'fd00:1:2' },
  z: { tenant: 'red', labels: { env: 'prod' }, v4: '10.1.3', v6: 'fd00:1:3' },
  q: { tenant: 'blue', labels: { env: 'prod' }, v4: '10.2.1', v6: 'fd00:2:1' },
  r: { tenant: 'green', labels: { env: 'test' }, v4: '10.3.1', v6: 'fd00:3:1' },
}

const POD_LABELS: Readonly<Record<string, Labels>> = {
  'x/a': { pod: 'a', app: 'web' },
  'x/b': { pod: 'b', app: 'db', version: 'v1' },
  'x/c': { pod: 'c' },
  'y/a': { pod: 'a', app: 'web' },
  'y/b': { pod: 'b', app: 'db', version: 'v2' },
  'y/c': { pod: 'c' },
  'z/a': { pod: 'a', app: 'web', version: 'v1' },
  'z/b': { pod: 'b', app: 'db' },
  'z/c': { pod: 'c', debug: '' },
  'q/a': { pod: 'a', app: 'web' },
  'q/b': { pod: 'b', app: 'db' },
  'r/a': { pod: 'a', app: 'web' },
}

/** `http` is another port on each pod that has it; a has DNS of two protocols, b of one. */
const POD_PORTS: Readonly<Record<string, readonly PodPort[]>> = {
  a: [
    { name: 'http', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ],
  b: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
  c: [
    { name: 'metrics', port: 9090, protocol: 'TCP' },
    { name: 'diameter', port: 3868, protocol: 'SCTP' },
  ],
}

const LAST_BYTES: Readonly<Record<string, number>> = { a: 10, b: 11, c: 20 }

/** All pods as NETWORK/NAME. */
export const PODS: readonly string[] = Object.keys(POD_LABELS)

export function tenantOf(pod: string): string {
  return NETWORKS[networkOf(pod)]?.tenant ?? ''
}

/** A pod's full name, TENANT/NETWORK/NAME. */
export function fullName(pod: string): string {
  return `${tenantOf(pod)}/${pod}`
}

const networkOf = (pod: string): string => pod.split('/')[0] ?? ''
const nameOf = (pod: string): string => pod.split('/')[1] ?? ''

/**
 * Everything that there is in a situation, in an order in which it can be created. `direct`: networks without encapsulation;
 * what is allowed is the same with any.
 */
export function resourcesOf(situation: Situation, direct: readonly string[] = []): Resource[] {
  return [
    ...HOSTS.map((name, i): Resource => {
      const uplink = direct.length === 0 ? {} : { uplink: { bridge: 'br-phy' } }
      return { kind: 'Host', ref: { name }, spec: { tunnelAddress: `192.0.2.${i + 1}`, ...uplink } }
    }),
    ...Object.entries(TENANTS).map(([name, labels]): Resource => ({
      kind: 'Tenant',
      ref: { name },
      spec: { labels, ...situation.tenants?.[name] },
    })),
    ...Object.entries(NETWORKS).map(([name, { tenant, labels, v4, v6 }]): Resource => {
      const encapsulation = direct.includes(name) ? ({ encapsulation: 'direct' } as const) : {}
      const spec = { cidrs: [`${v4}.0/24`, `${v6}::/64`], labels, ...encapsulation, ...situation.networks?.[name] }
      return { kind: 'Network', ref: { tenant, name }, spec }
    }),
    ...(situation.peerings ?? []).map((peering): Resource => {
      const [tenant = '', peer = ''] = peering.split('>')
      return { kind: 'Peering', ref: { tenant, name: `with-${peer}` }, spec: { peer } }
    }),
    ...(situation.admin ?? []).map((spec): Resource => {
      // No two have one tier and priority; so named, one that takes the place of another never stands in its way.
      const name = `${spec.tier ?? 'Admin'}-${spec.priority}`.toLowerCase()
      return { kind: 'AdminPolicy', ref: { name }, spec }
    }),
    ...(situation.policies ?? []).map(({ tenant = 'red', ...spec }, i): Resource => ({
      kind: 'NetworkPolicy',
      ref: { tenant, name: `policy-${i}` },
      spec,
    })),
    ...PODS.map((pod): Resource => {
      const ref = { tenant: tenantOf(pod), network: networkOf(pod), name: nameOf(pod) }
      return { kind: 'Pod', ref, spec: { ...podSpec(pod), ...situation.pods?.[pod] } }
    }),
  ]
}

function podSpec(pod: string): PodSpec {
  const network = networkOf(pod)
  const name = nameOf(pod)
  const { v4 = '', v6 = '' } = NETWORKS[network] ?? {}
  const last = LAST_BYTES[name] ?? 0
  // Namesakes of two networks are neighbours on a host, or not.
  const host = 'abc'.indexOf(name) + (network === 'z' ? 1 : 0)
  return {
    host: HOSTS[host % HOSTS.length] ?? 'h1',
    labels: POD_LABELS[pod] ?? {},
    ports: POD_PORTS[name] ?? [],
    addresses: [`${v4}.${last}`, `${v6}::${last}`],
  }
}

/** The beginning of a policy: the pods NETWORK/NAME that it is about; `*` for all pods, or for all networks of the tenant. */
export function on(pods: string): Pick<NetworkPolicySpec, 'network' | 'podSelector'> {
  const network = networkOf(pods)
  const name = nameOf(pods)
  return {
    ...(network !== '*' && { network }),
    podSelector: name === '*' ? {} : pod(name),
  }
}

/** Selects pods by their names in this world. */
export function pod(...names: string[]): Selector {
  const [only = '', ...others] = names
  return others.length === 0 ? { matchLabels: { pod: only } } : where('pod', 'In', ...names)
}

/** Selects a network, or a tenant, by the label that its name is. */
export function named(...names: string[]): Selector {
  const [only = '', ...others] = names
  return others.length === 0 ? { matchLabels: { 'heddle.io/name': only } } : where('heddle.io/name', 'In', ...names)
}

/** Selects by one expression. */
export function where(key: string, operator: Requirement['operator'], ...values: string[]): Selector {
  return { matchExpressions: [requirement(key, operator, ...values)] }
}

export function requirement(key: string, operator: Requirement['operator'], ...values: string[]): Requirement {
  return { key, operator, ...(values.length > 0 && { values }) }
}

export const tcp = (
  ...ports: (number | string)[]
): { readonly ports: readonly { readonly port: number | string }[] } => ({
  ports: ports.map((port) => ({ port })),
})
