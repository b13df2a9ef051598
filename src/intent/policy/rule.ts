import { createHash } from 'node:crypto'
import {
  ADMIN_RULES,
  type AdminAction,
  type AdminPolicySpec,
  type Direction,
  type IpBlock,
  type NetworkPolicySpec,
  type PolicyPeer,
  type PolicyPort,
  type Selector,
} from '../../model/policy.js'
import { canonicalSelector } from './selector.js'

/**
 * Policies taken apart into rules: who sends, who receives, which service, what becomes of it. A rule says all that
 * it means, so that rules of different policies that say the same are one.
 */

export type Tier = 'admin' | 'policy' | 'baseline'

/** Pods by where they are and their labels; what is absent does not matter. */
export interface PodsTerm {
  /** The tenant whose policy it is: its own pods, or, with `tenantSelector`, also those of its peers. */
  readonly tenant?: string
  readonly tenantSelector?: Selector
  readonly network?: string
  readonly networkSelector?: Selector
  readonly podSelector?: Selector
}

/** One end of a connection: any of these. */
export interface Side {
  readonly pods: readonly PodsTerm[]
  readonly blocks: readonly IpBlock[]
}

export interface Rule {
  readonly direction: Direction
  readonly tier: Tier
  /** Place within the tier, lower first; 0 in the tier of NetworkPolicies, where order does not matter. */
  readonly order: number
  readonly action: AdminAction
  readonly log: boolean
  /** The tenant whose policy it is; absent: of all. */
  readonly tenant?: string
  /** Absent: everyone. */
  readonly sender?: Side
  readonly receiver?: Side
  /** Absent: every service. */
  readonly ports?: readonly PolicyPort[]
}

/** In the order ingress, egress. As in Kubernetes, rules of a direction that `policyTypes` does not name say nothing. */
export function rulesOfNetworkPolicy(tenant: string, spec: NetworkPolicySpec): Rule[] {
  const subject: Side = { pods: [subjectOfNetworkPolicy(tenant, spec)], blocks: [] }
  const common = { tier: 'policy', order: 0, action: 'Allow', tenant } as const
  const peersOf = (peers: readonly PolicyPeer[] | undefined) =>
    sideOf(peers, (peer) => peerOfNetworkPolicy(tenant, spec.network, peer))
  const directions = directionsOf(spec)
  return [
    ...(directions.includes('Ingress') ? (spec.ingress ?? []) : []).map((rule) =>
      makeRule({ ...common, direction: 'Ingress', log: rule.log ?? false }, peersOf(rule.from), subject, rule.ports),
    ),
    ...(directions.includes('Egress') ? (spec.egress ?? []) : []).map((rule) =>
      makeRule({ ...common, direction: 'Egress', log: rule.log ?? false }, subject, peersOf(rule.to), rule.ports),
    ),
  ]
}

/** In the order ingress, egress. */
export function rulesOfAdminPolicy(spec: AdminPolicySpec): Rule[] {
  const term = subjectOfAdminPolicy(spec)
  const subject = Object.keys(term).length === 0 ? undefined : { pods: [term], blocks: [] }
  const tier = spec.tier === 'Baseline' ? 'baseline' : 'admin'
  const order = (i: number): number => spec.priority * ADMIN_RULES + i
  return [
    ...(spec.ingress ?? []).map(({ action, from, ports, log = false }, i) =>
      makeRule({ direction: 'Ingress', tier, order: order(i), action, log }, sideOf(from, termOf), subject, ports),
    ),
    ...(spec.egress ?? []).map(({ action, to, ports, log = false }, i) =>
      makeRule({ direction: 'Egress', tier, order: order(i), action, log }, subject, sideOf(to, termOf), ports),
    ),
  ]
}

/** The pods that a NetworkPolicy isolates. */
export function subjectOfNetworkPolicy(tenant: string, { network, podSelector }: NetworkPolicySpec): PodsTerm {
  return { ...termOf({ podSelector }), tenant, ...(network !== undefined && { network }) }
}

/** Directions in which a NetworkPolicy isolates its pods. */
export function directionsOf({ policyTypes, egress = [] }: NetworkPolicySpec): readonly Direction[] {
  return policyTypes ?? (egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
}

/** The pods that an AdminPolicy is about; an empty term: all. */
export function subjectOfAdminPolicy({ subject = {} }: AdminPolicySpec): PodsTerm {
  return termOf(subject)
}

/** A hash of all that the rule says. */
export function ruleKey(rule: Rule): string {
  return createHash('sha256').update(JSON.stringify(rule)).digest('hex').slice(0, 32)
}

type Plain = Pick<Rule, 'direction' | 'tier' | 'order' | 'action' | 'log' | 'tenant'>

function makeRule(plain: Plain, sender: Side | undefined, receiver: Side | undefined, ports?: readonly PolicyPort[]): Rule {
  const distinct = ports === undefined || ports.length === 0 ? undefined : canonicalPorts(ports)
  return {
    ...plain,
    ...(sender !== undefined && { sender }),
    ...(receiver !== undefined && { receiver }),
    ...(distinct !== undefined && { ports: distinct }),
  }
}

function sideOf(peers: readonly PolicyPeer[] | undefined, term: (peer: PolicyPeer) => PodsTerm): Side | undefined {
  if (peers === undefined || peers.length === 0) return undefined
  return {
    pods: distinct(peers.filter(({ ipBlock }) => ipBlock === undefined).map(term)),
    blocks: distinct(peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : [canonicalBlock(ipBlock)]))),
  }
}

/** As Kubernetes reads peers: a selector of pods alone is about the policy's own network. */
function peerOfNetworkPolicy(tenant: string, network: string | undefined, peer: PolicyPeer): PodsTerm {
  const own = peer.networkSelector === undefined && peer.tenantSelector === undefined ? network : undefined
  return {
    ...termOf(peer),
    tenant,
    // An empty selector of tenants is not the same as none: it takes the peers, too.
    ...(peer.tenantSelector !== undefined && { tenantSelector: canonicalSelector(peer.tenantSelector) ?? {} }),
    ...(own !== undefined && { network: own }),
  }
}

function termOf(peer: { readonly [K in 'podSelector' | 'networkSelector' | 'tenantSelector']?: Selector | undefined }): PodsTerm {
  const term: Record<string, Selector> = {}
  for (const name of ['tenantSelector', 'networkSelector', 'podSelector'] as const) {
    const selector = canonicalSelector(peer[name])
    if (selector !== undefined) term[name] = selector
  }
  return term
}

function canonicalBlock({ cidr, except = [] }: IpBlock): IpBlock {
  return except.length === 0 ? { cidr } : { cidr, except: [...new Set(except)].sort() }
}

/** In one form of all that say the same by order or repetition. */
function canonicalPorts(ports: readonly PolicyPort[]): PolicyPort[] {
  return distinct(
    ports.map(({ protocol = 'TCP', port, endPort, icmpType, icmpCode }): PolicyPort => ({
      protocol,
      ...(port !== undefined && { port }),
      ...(endPort !== undefined && endPort !== port && { endPort }),
      ...(icmpType !== undefined && { icmpType }),
      ...(icmpCode !== undefined && { icmpCode }),
    })),
  )
}

function distinct<T>(values: readonly T[]): T[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]))
  return [...byText.keys()].sort().flatMap((key) => byText.get(key) ?? [])
}
