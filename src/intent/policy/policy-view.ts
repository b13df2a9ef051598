import type { Direction } from '../../model/policy.js'
import type { AdminPolicyRecord, NetworkPolicyRecord } from '../../model/records.js'
import { CheckIndex, type Checks, type ChecksChange, type Subject } from './checks.js'
import { Groups, type GroupWorld, type IdentityView } from './groups.js'
import {
  directionsOf,
  type Rule,
  rulesOfAdminPolicy,
  rulesOfNetworkPolicy,
  subjectOfAdminPolicy,
  subjectOfNetworkPolicy,
} from './rule.js'
import { type Residence, type RuleChange, RuleIndex } from './rule-index.js'

export interface PolicyWorld extends GroupWorld, Residence {
  deniesByDefault(network: string): boolean
}

/** What changed for the switches; the compiler derives from it which units are dirty. */
export type PolicyChange =
  | RuleChange
  | ChecksChange
  /** The identity is new, or gone. */
  | { readonly type: 'identity'; readonly identity: number; readonly tenant: string }

interface Policy {
  readonly rules: readonly { readonly id: number; readonly rule: Rule; readonly origin: string }[]
  readonly subject: Subject
}

/**
 * All policies in force. Changes are noted first, then `settle` brings rules and checks up to date at once and tells
 * what came of it.
 */
export class PolicyView {
  readonly groups: Groups
  readonly rules: RuleIndex
  readonly #checks: CheckIndex
  readonly #policies = new Map<string, Policy>()
  readonly #dirtyRules = new Set<number>()
  readonly #dirtyIdentities = new Set<number>()
  readonly #changes: PolicyChange[] = []
  readonly #moved: { readonly host: string; readonly identity: number }[] = []

  constructor(world: PolicyWorld) {
    this.groups = new Groups(world)
    this.rules = new RuleIndex(this.groups, world)
    this.#checks = new CheckIndex(this.groups, (network) => world.deniesByDefault(network))
  }

  checks(identity: number): Checks {
    return this.#checks.get(identity)
  }

  /** What isolates an identity in a direction: policies by their store keys, then the default of its network. */
  isolatedBy(identity: number, direction: Direction): string[] {
    const network = this.groups.identities.get(identity)?.network
    const byDefault = network !== undefined && this.checks(identity).deniesByDefault ? [`networks/${network} default`] : []
    return [...this.#checks.isolatedBy(identity, direction), ...byDefault]
  }

  checkedIdentities(network: string): readonly number[] {
    return this.#checks.checkedIdentities(network)
  }

  isPoliced(network: string): boolean {
    return this.#checks.isPoliced(network)
  }

  /** Identities that a policy (by its store key) is about. */
  subjectOf(policy: string): ReadonlySet<number> {
    const term = this.#policies.get(policy)?.subject.term
    return (term && this.groups.get(this.groups.keyOf(term))?.members) ?? new Set()
  }

  /** Numbers of a policy's rules (by its store key), in the order in which they are said: ingress, egress. */
  rulesOf(policy: string): readonly number[] {
    return (this.#policies.get(policy)?.rules ?? []).map(({ id }) => id)
  }

  /** `key` is the store's. */
  setNetworkPolicy(key: string, record: NetworkPolicyRecord | undefined): void {
    const [, tenant = ''] = key.split('/')
    this.#setPolicy(
      key,
      record && {
        rules: numbered(key, rulesOfNetworkPolicy(tenant, record.spec), record.rules),
        subject: { term: subjectOfNetworkPolicy(tenant, record.spec), isolates: directionsOf(record.spec) },
      },
    )
  }

  /** `key` is the store's. */
  setAdminPolicy(key: string, record: AdminPolicyRecord | undefined): void {
    this.#setPolicy(
      key,
      record && {
        rules: numbered(key, rulesOfAdminPolicy(record.spec), record.rules),
        subject: { term: subjectOfAdminPolicy(record.spec), isolates: [] },
      },
    )
  }

  setIdentity(id: number, identity: IdentityView | undefined): void {
    const tenant = (identity ?? this.groups.identities.get(id))?.tenant
    if (tenant !== undefined) this.#changes.push({ type: 'identity', identity: id, tenant })
    this.#dirtyIdentities.add(id)
    for (const group of this.groups.setIdentity(id, identity)) this.#noteGroup(group)
  }

  /** Labels of a network or its tenant changed, or the network's default, or who its tenant's peers are. */
  noteNetwork(network: string): void {
    for (const id of this.groups.identitiesOf(network)) {
      const identity = this.groups.identities.get(id)
      if (identity === undefined) continue
      this.#dirtyIdentities.add(id)
      for (const group of this.groups.reconsider(identity)) this.#noteGroup(group)
    }
  }

  /** An identity came to a host, or left one. */
  noteResidence(host: string, identity: number): void {
    this.#moved.push({ host, identity })
    for (const group of this.groups.groupsOf(identity)) this.#noteRules(this.rules.rulesOfGroup(group))
  }

  /** A tenant came to a host, or left one. */
  noteTenancy(tenant: string): void {
    this.#noteRules(this.rules.openRules(tenant))
  }

  /** Who the tenant's peers are changed. */
  notePeers(tenant: string): void {
    this.#noteRules(this.rules.rulesFor(tenant))
    this.#noteRules(this.rules.openRules(tenant))
  }

  settle(): PolicyChange[] {
    const rules = [...this.#dirtyRules].flatMap((id) => this.rules.settle(id))
    this.#dirtyRules.clear()
    const checks = [...this.#dirtyIdentities].flatMap((id) => this.#checks.settle(id))
    this.#dirtyIdentities.clear()
    const receivers = this.#moved.splice(0).flatMap(({ host, identity }) =>
      Array.from(this.rules.clausesOfReceiver(identity), (clause) => ({ type: 'clause', host, clause }) as const),
    )
    return [...this.#changes.splice(0), ...rules, ...receivers, ...checks]
  }

  #setPolicy(key: string, after: Policy | undefined): void {
    const before = this.#policies.get(key)
    for (const { id, origin } of before?.rules ?? []) this.rules.remove(id, origin)
    for (const { id, rule, origin } of after?.rules ?? []) this.rules.add(id, rule, origin)
    this.#noteRules(inOneOnly(before?.rules ?? [], after?.rules ?? []))
    for (const group of this.#checks.setSubject(key, before?.subject, after?.subject)) this.#noteMembers(group)
    if (before !== undefined) this.groups.release(before.subject.term)
    if (after === undefined) this.#policies.delete(key)
    else this.#policies.set(key, after)
  }

  #noteGroup(group: string): void {
    this.#noteRules(this.rules.rulesOfGroup(group))
  }

  #noteMembers(group: string): void {
    for (const id of this.groups.get(group)?.members ?? []) this.#dirtyIdentities.add(id)
  }

  #noteRules(ids: Iterable<number>): void {
    for (const id of ids) this.#dirtyRules.add(id)
  }
}

/** Rules that came or went: one that stays says the same as before. */
function inOneOnly(before: Policy['rules'], after: Policy['rules']): ReadonlySet<number> {
  const ids = new Set(before.map(({ id }) => id))
  const stay = new Set(after.flatMap(({ id }) => (ids.has(id) ? [id] : [])))
  return new Set([...before, ...after].map(({ id }) => id).filter((id) => !stay.has(id)))
}

function numbered(key: string, rules: readonly Rule[], ids: readonly number[]): Policy['rules'] {
  const count = { Ingress: 0, Egress: 0 }
  return rules.map((rule, i) => {
    const id = ids[i]
    if (id === undefined) throw new TypeError(`${key} has ${rules.length} rules and ${ids.length} numbers`)
    return { id, rule, origin: `${key} ${rule.direction.toLowerCase()} ${count[rule.direction]++}` }
  })
}
