/**
 * A Kubernetes cluster as a tenant of Heddle: each namespace is a network with its labels, each pod has its address and its
 * ports, each NetworkPolicy is one of the network of its namespace.
 */
import { createHash } from 'node:crypto'
import { type Cluster, type KubernetesPeer, type KubernetesPolicy, namespaceOf, type NetpolInput } from './cluster.js'
import { outermost, rangesFor, withoutHostBits } from './ranges.js'
import type { IpBlock, NetworkPolicySpec, PolicyPeer, Resource } from './resources.js'

export const TENANT = 'cluster'
const HOSTS = ['h1', 'h2', 'h3']
const LONGEST_NAME = 63

/** The networks' ranges: known from all pods that a vector ever has, since a range does not change under its pods. */
export type Ranges = ReadonlyMap<string, readonly string[]>

export function rangesOf({ world, steps }: NetpolInput): Ranges {
  const addresses = new Map<string, Set<string>>()
  const add = (namespace: string, ip: string): void => {
    addresses.set(namespace, (addresses.get(namespace) ?? new Set()).add(ip))
  }
  for (const { namespace, ip } of world.pods) add(namespace, ip)
  for (const action of steps.flatMap(({ actions }) => actions)) {
    if (action.action === 'createPod') add(action.namespace, action.ip)
  }
  return new Map(Array.from(addresses, ([namespace, ips]) => [namespace, rangesFor([...ips])]))
}

/** Everything that there is, in an order in which it can be created. */
export function resourcesOf(cluster: Cluster, ranges: Ranges): Resource[] {
  // A namespace that never has a pod needs no network: there is nothing to reach, and nothing to isolate.
  const networks = [...cluster.namespaces].filter(([name]) => ranges.has(name))
  const policies = [...cluster.policies.values()].filter((policy) => ranges.has(namespaceOf(policy)))
  return [
    { kind: 'Tenant', ref: { name: TENANT }, spec: {} },
    ...HOSTS.map((name, i): Resource => ({ kind: 'Host', ref: { name }, spec: { tunnelAddress: `192.0.2.${i + 1}` } })),
    ...networks.map(([name, labels]): Resource => ({
      kind: 'Network',
      ref: { tenant: TENANT, name },
      spec: { cidrs: ranges.get(name) ?? [], labels },
    })),
    ...policies.map(policyOf),
    ...Array.from(cluster.pods.values(), ({ namespace, name, labels, ip, ports }): Resource => ({
      kind: 'Pod',
      ref: { tenant: TENANT, network: namespace, name },
      spec: { host: hostOf(ip), labels, ports, addresses: [ip] },
    })),
  ]
}

/** By the last bits of the address: pods stay where they are, and pods of one network are on several hosts. */
function hostOf(ip: string): string {
  return HOSTS[Number(ip.split('.').at(-1)) % HOSTS.length] ?? ''
}

function policyOf(policy: KubernetesPolicy): Resource {
  const namespace = namespaceOf(policy)
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = policy.spec
  const spec: NetworkPolicySpec = {
    network: namespace,
    podSelector,
    ...(policyTypes.length > 0 && { policyTypes }),
    ingress: ingress.map(({ from, ports = [] }) => ({ from: peersOf(from), ports })),
    egress: egress.map(({ to, ports = [] }) => ({ to: peersOf(to), ports })),
  }
  return { kind: 'NetworkPolicy', ref: { tenant: TENANT, name: policyName(namespace, policy.metadata.name) }, spec }
}

/** Kubernetes' names may have dots, and be longer than ours. */
function policyName(namespace: string, name: string): string {
  const full = `${namespace}--${name.replaceAll('.', '--')}`
  if (full.length <= LONGEST_NAME) return full
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 16)
  return `${full.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`
}

function peersOf(peers: readonly KubernetesPeer[] = []): PolicyPeer[] {
  return peers.map(({ podSelector, namespaceSelector, ipBlock }) => ({
    ...(podSelector && { podSelector }),
    ...(namespaceSelector && { networkSelector: namespaceSelector }),
    ...(ipBlock && { ipBlock: blockOf(ipBlock) }),
  }))
}

/** Kubernetes takes prefixes with host bits and exceptions within exceptions; Heddle has one way to say a block. */
function blockOf({ cidr, except = [] }: IpBlock): IpBlock {
  // The pods of the vectors have IPv4 addresses only.
  if (cidr.includes(':')) return { cidr, except }
  return { cidr: withoutHostBits(cidr), except: outermost(except.map(withoutHostBits)) }
}
