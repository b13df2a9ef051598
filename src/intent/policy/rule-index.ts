import { formatCidr } from '../../model/address.js'
import { IndexOfSets } from '../index-of-sets.js'
import { type Clause, clausesOfPort, dimensionsOf, prefixesOf } from './clauses.js'
import type { Groups } from './groups.js'
import type { PodsTerm, Rule, Side } from './rule.js'

/** A rule in force, by its number. */
export interface RuleView {
  readonly id: number
  readonly rule: Rule
  /** Where it is said, like `networkpolicies/red/web ingress 0`. */
  readonly origins: ReadonlySet<string>
}

/** Where pods are, as far as rules ask. */
export interface Residence {
  tenantNames(): Iterable<string>
  peersOf(tenant: string): ReadonlySet<string>
  hostsOfTenant(tenant: string): ReadonlySet<string>
  hostsOfIdentity(identity: number): ReadonlySet<string>
}

export type RuleChange =
  /** Flows of a clause (a key as of `clauseKey`) on the host. */
  | { readonly type: 'clause'; readonly host: string; readonly clause: string }
  /** The rule came into force, or out of it, for receivers of the tenant on the host. */
  | { readonly type: 'rule'; readonly host: string; readonly tenant: string; readonly rule: number }
  /** Whether rules for receivers of the tenant speak of addresses has changed. */
  | { readonly type: 'addresses'; readonly tenant: string }

/** What a clause's flow matches, and where: rules of one stage and order in which it stands share the flow. */
export interface ClausePlace {
  /** Of the receivers. */
  readonly tenant: string
  readonly direction: Rule['direction']
  readonly tier: Rule['tier']
  readonly order: number
  /** Rules of one chunk share flows: no flow gets longer than a message can be. */
  readonly chunk: number
  readonly clause: Clause
}

interface Instance {
  readonly clauses: ReadonlySet<string>
  readonly hosts: ReadonlySet<string>
}

interface Entry extends RuleView {
  readonly origins: Set<string>
  /** By the tenant of the receivers. */
  instances: ReadonlyMap<string, Instance>
}

/** A conjunction action has 16 bytes and a message 65,535: a flow names at most so many rules. */
const CHUNK = 2048

const NO_INSTANCES: ReadonlyMap<string, Instance> = new Map()

/**
 * Which rules are in force where, and which flows they share. A rule is in force on the hosts where one of its receivers
 * lives, since policy is decided there. A change finds the flows that it touches without looking at any other.
 */
export class RuleIndex {
  readonly #groups: Groups
  readonly #residence: Residence
  readonly #entries = new Map<number, Entry>()
  readonly #rulesOfGroup = new IndexOfSets()
  /** Rules whose receivers may be anyone's: by the tenant of the policy, or '' of AdminPolicies. */
  readonly #openRules = new IndexOfSets()
  readonly #rulesOfClause = new IndexOfSets()
  readonly #rulesOn = new IndexOfSets()
  readonly #addressRules = new IndexOfSets()

  constructor(groups: Groups, residence: Residence) {
    this.#groups = groups
    this.#residence = residence
  }

  get(id: number): RuleView | undefined {
    return this.#entries.get(id)
  }

  all(): Iterable<RuleView> {
    return this.#entries.values()
  }

  isInForce(host: string, tenant: string, rule: number): boolean {
    return this.#rulesOn.get(`${host} ${tenant}`).has(String(rule))
  }

  /** Rules with this clause that are in force on the host, by number. */
  inForceWith(host: string, clause: string): RuleView[] {
    const here = this.#rulesOn.get(`${host} ${placeOf(clause).tenant}`)
    return Array.from(this.#rulesOfClause.get(clause), Number)
      .filter((id) => here.has(String(id)))
      .sort((a, b) => a - b)
      .flatMap((id) => this.#entries.get(id) ?? [])
  }

  /** Where a rule is in force, and for receivers of which tenant. */
  placesOf(id: number): { readonly host: string; readonly tenant: string }[] {
    const instances = this.#entries.get(id)?.instances ?? NO_INSTANCES
    return [...instances].flatMap(([tenant, { hosts }]) => Array.from(hosts, (host) => ({ host, tenant })))
  }

  usesAddresses(tenant: string): boolean {
    return this.#addressRules.get(tenant).size > 0
  }

  /** Rules in force on the host for receivers of a tenant that report what they decide. */
  loggingOn(host: string, tenant: string): number[] {
    const here = Array.from(this.#rulesOn.get(`${host} ${tenant}`), Number)
    return here.filter((id) => this.#entries.get(id)?.rule.log === true)
  }

  /** Everything in force on the host for receivers of a tenant: rules, and the keys of their clauses. */
  inForceOn(host: string, tenant: string): { readonly rules: number[]; readonly clauses: ReadonlySet<string> } {
    const rules = Array.from(this.#rulesOn.get(`${host} ${tenant}`), Number)
    const clauses = rules.flatMap((id) => [...(this.#entries.get(id)?.instances.get(tenant)?.clauses ?? [])])
    return { rules, clauses: new Set(clauses.filter((key) => this.#concerns(host, key))) }
  }

  add(id: number, rule: Rule, origin: string): void {
    const known = this.#entries.get(id)
    if (known !== undefined) {
      known.origins.add(origin)
      return
    }
    this.#entries.set(id, { id, rule, origins: new Set([origin]), instances: NO_INSTANCES })
    for (const term of termsOf(rule)) this.#rulesOfGroup.add(this.#groups.acquire(term), String(id))
    if (isOpen(rule.receiver)) this.#openRules.add(rule.tenant ?? '', String(id))
  }

  remove(id: number, origin: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.origins.delete(origin)
  }

  rulesOfGroup(group: string): readonly number[] {
    return Array.from(this.#rulesOfGroup.get(group), Number)
  }

  /** Rules that a tenant's coming to a host may bring into force there, whoever lives there. */
  openRules(tenant: string): readonly number[] {
    const tenants = ['', tenant, ...this.#residence.peersOf(tenant)]
    return tenants.flatMap((name) => Array.from(this.#openRules.get(name), Number))
  }

  /** Rules in force for receivers of the tenant: its peers are among the senders. */
  *rulesFor(tenant: string): Iterable<number> {
    for (const { id, instances } of this.#entries.values()) if (instances.has(tenant)) yield id
  }

  /** Clauses of rules by which an identity receives: their flows are only where it lives. */
  *clausesOfReceiver(identity: number): Iterable<string> {
    const tenant = this.#tenantOf(identity)
    if (tenant === undefined) return
    const clause = { type: 'identity', dimension: 'receiver', identity } as const
    const told = new Set<string>()
    for (const group of this.#groups.groupsOf(identity)) {
      for (const id of this.rulesOfGroup(group)) {
        const entry = this.#entries.get(id)
        if (entry === undefined) continue
        const key = clauseKey({ ...placeOfRule(entry, tenant), clause })
        if (told.has(key) || entry.instances.get(tenant)?.clauses.has(key) !== true) continue
        told.add(key)
        yield key
      }
    }
  }

  /** Computes anew where a rule is in force and with which clauses. A rule that no policy has any more goes. */
  settle(id: number): RuleChange[] {
    const entry = this.#entries.get(id)
    if (entry === undefined) return []
    const before = entry.instances
    const after = entry.origins.size === 0 ? NO_INSTANCES : this.#instancesOf(entry)
    entry.instances = after
    const changes: RuleChange[] = []
    for (const tenant of new Set([...before.keys(), ...after.keys()])) {
      this.#exchange(id, tenant, before.get(tenant), after.get(tenant), changes)
    }
    if (entry.origins.size === 0) this.#forget(entry)
    return changes
  }

  #forget({ id, rule }: Entry): void {
    this.#entries.delete(id)
    for (const term of termsOf(rule)) {
      this.#rulesOfGroup.delete(this.#groups.keyOf(term), String(id))
      this.#groups.release(term)
    }
    this.#openRules.delete(rule.tenant ?? '', String(id))
  }

  #exchange(id: number, tenant: string, before: Instance | undefined, after: Instance | undefined, changes: RuleChange[]): void {
    const old = before ?? NO_INSTANCE
    const now = after ?? NO_INSTANCE
    const rule = String(id)
    for (const clause of old.clauses) if (!now.clauses.has(clause)) this.#rulesOfClause.delete(clause, rule)
    for (const clause of now.clauses) this.#rulesOfClause.add(clause, rule)
    const changed = symmetricDifference(old.clauses, now.clauses)
    for (const host of new Set([...old.hosts, ...now.hosts])) {
      const was = old.hosts.has(host)
      const is = now.hosts.has(host)
      this.#rulesOn.toggle(`${host} ${tenant}`, rule, is)
      if (was !== is) changes.push({ type: 'rule', host, tenant, rule: id })
      const concerned = was && is ? changed : is ? now.clauses : old.clauses
      for (const clause of concerned) changes.push({ type: 'clause', host, clause })
    }
    this.#noteAddresses(id, tenant, after !== undefined && [...now.clauses].some((key) => placeOf(key).clause.type === 'address'), changes)
  }

  #noteAddresses(id: number, tenant: string, uses: boolean, changes: RuleChange[]): void {
    const before = this.usesAddresses(tenant)
    this.#addressRules.toggle(tenant, String(id), uses)
    if (before !== this.usesAddresses(tenant)) changes.push({ type: 'addresses', tenant })
  }

  #instancesOf({ id, rule }: Entry): Map<string, Instance> {
    const senders = clausesOfSide('sender', rule.sender, (term) => this.#membersOf(term))
    const services = (rule.ports ?? []).flatMap(clausesOfPort)
    const open = dimensionsOf(rule).includes('any') ? [{ type: 'any' } as const] : []
    const receivers = clausesOfSide('receiver', rule.receiver, (term) => this.#membersOf(term))
    const instances = new Map<string, Instance>()
    for (const tenant of this.#receivingTenants(rule, receivers)) {
      const own = receivers.filter((clause) => clause.type !== 'identity' || this.#tenantOf(clause.identity) === tenant)
      const reaching = new Set([tenant, ...this.#residence.peersOf(tenant)])
      const able = senders.filter((clause) => clause.type !== 'identity' || reaching.has(this.#tenantOf(clause.identity) ?? ''))
      const place = placeOfRule({ id, rule }, tenant)
      const clauses = [...able, ...own, ...services, ...open].map((clause) => clauseKey({ ...place, clause }))
      instances.set(tenant, { clauses: new Set(clauses), hosts: this.#hostsOf(rule, tenant, own) })
    }
    return instances
  }

  #receivingTenants({ tenant, receiver }: Rule, receivers: readonly Clause[]): Set<string> {
    const tenants = new Set<string>()
    for (const clause of receivers) {
      const home = clause.type === 'identity' ? this.#tenantOf(clause.identity) : undefined
      if (home !== undefined) tenants.add(home)
    }
    if (!isOpen(receiver)) return tenants
    const open = tenant === undefined ? this.#residence.tenantNames() : [tenant, ...this.#residence.peersOf(tenant)]
    for (const name of open) tenants.add(name)
    return tenants
  }

  #hostsOf({ receiver }: Rule, tenant: string, receivers: readonly Clause[]): ReadonlySet<string> {
    if (isOpen(receiver)) return new Set(this.#residence.hostsOfTenant(tenant))
    const hosts = new Set<string>()
    for (const clause of receivers) {
      if (clause.type !== 'identity') continue
      for (const host of this.#residence.hostsOfIdentity(clause.identity)) hosts.add(host)
    }
    return hosts
  }

  #membersOf(term: PodsTerm): Iterable<number> {
    return this.#groups.get(this.#groups.keyOf(term))?.members ?? []
  }

  #tenantOf(identity: number): string | undefined {
    return this.#groups.identities.get(identity)?.tenant
  }

  /** Flows of receivers are only where these live. */
  #concerns(host: string, key: string): boolean {
    const { clause } = placeOf(key)
    if (clause.type !== 'identity' || clause.dimension === 'sender') return true
    return this.#residence.hostsOfIdentity(clause.identity).has(host)
  }
}

const NO_INSTANCE: Instance = { clauses: new Set(), hosts: new Set() }

/** Chunks matter only where order does not: each rule of another tier has a place of its own. */
export function placeOfRule({ id, rule }: Pick<RuleView, 'id' | 'rule'>, tenant: string): Omit<ClausePlace, 'clause'> {
  const { direction, tier, order } = rule
  return { tenant, direction, tier, order, chunk: tier === 'policy' ? Math.floor(id / CHUNK) : 0 }
}

export function clauseKey(place: ClausePlace): string {
  const { tenant, direction, tier, order, chunk, clause } = place
  return JSON.stringify([tenant, direction, tier, order, chunk, clause])
}

export function placeOf(key: string): ClausePlace {
  const known = places.get(key)
  if (known !== undefined) return known
  const [tenant, direction, tier, order, chunk, clause] = JSON.parse(key) as [
    string,
    Rule['direction'],
    Rule['tier'],
    number,
    number,
    Clause,
  ]
  const place = { tenant, direction, tier, order, chunk, clause }
  if (places.size >= PLACES_LIMIT) places.clear()
  places.set(key, place)
  return place
}

/** Keys are read far more often than made. */
const places = new Map<string, ClausePlace>()
const PLACES_LIMIT = 200_000

function symmetricDifference(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...[...a].filter((key) => !b.has(key)), ...[...b].filter((key) => !a.has(key))]
}

/** Receivers that are not told by who they are. */
function isOpen(receiver: Side | undefined): boolean {
  return receiver === undefined || receiver.blocks.length > 0
}

function termsOf({ sender, receiver }: Rule): PodsTerm[] {
  return [...(sender?.pods ?? []), ...(receiver?.pods ?? [])]
}

function clausesOfSide(
  dimension: 'sender' | 'receiver',
  side: Side | undefined,
  membersOf: (term: PodsTerm) => Iterable<number>,
): Clause[] {
  if (side === undefined) return []
  const identities = new Set(side.pods.flatMap((term) => [...membersOf(term)]))
  const prefixes = new Set(side.blocks.flatMap((block) => prefixesOf(block).map(formatCidr)))
  return [
    ...Array.from(identities, (identity) => ({ type: 'identity', dimension, identity }) as const),
    ...Array.from(prefixes, (prefix) => ({ type: 'address', dimension, prefix }) as const),
  ]
}
