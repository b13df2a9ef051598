import { IndexOfSets } from '../index-of-sets.js'
import type { PodsTerm } from './rule.js'
import { type Labels, matches } from './selector.js'

/** A security identity: pods of one network with the same labels. */
export interface IdentityView {
  readonly id: number
  readonly tenant: string
  /** `TENANT/NETWORK`. */
  readonly network: string
  readonly labels: Labels
}

/** What selectors ask besides a pod's own labels; names are among the labels. */
export interface GroupWorld {
  networkLabels(network: string): Labels
  tenantLabels(tenant: string): Labels
  arePeers(a: string, b: string): boolean
}

/** The identities that a term of a rule means, kept current. */
export interface Group {
  readonly key: string
  readonly term: PodsTerm
  readonly members: ReadonlySet<number>
}

interface MutableGroup extends Group {
  readonly members: Set<number>
  users: number
}

/** Every term that some rule has, once, however many rules have it. */
export class Groups {
  readonly #world: GroupWorld
  readonly #identities = new Map<number, IdentityView>()
  readonly #groups = new Map<string, MutableGroup>()
  /** Terms that only pods of one tenant can meet, by that tenant; others under ''. */
  readonly #groupsOfTenant = new IndexOfSets()
  readonly #groupsOfIdentity = new IndexOfSets()
  readonly #identitiesOfNetwork = new IndexOfSets()

  constructor(world: GroupWorld) {
    this.#world = world
  }

  get identities(): ReadonlyMap<number, IdentityView> {
    return this.#identities
  }

  get(key: string): Group | undefined {
    return this.#groups.get(key)
  }

  keyOf(term: PodsTerm): string {
    return groupKey(term)
  }

  groupsOf(identity: number): ReadonlySet<string> {
    return this.#groupsOfIdentity.get(String(identity))
  }

  identitiesOf(network: string): readonly number[] {
    return Array.from(this.#identitiesOfNetwork.get(network), Number)
  }

  /** One more rule has this term. Returns the group's key. */
  acquire(term: PodsTerm): string {
    const key = groupKey(term)
    const known = this.#groups.get(key)
    if (known !== undefined) {
      known.users++
      return key
    }
    const group: MutableGroup = { key, term, members: new Set(), users: 1 }
    this.#groups.set(key, group)
    this.#groupsOfTenant.add(homeOf(term), key)
    for (const identity of this.#identities.values()) this.#decide(group, identity)
    return key
  }

  release(term: PodsTerm): void {
    const key = groupKey(term)
    const group = this.#groups.get(key)
    if (group === undefined || --group.users > 0) return
    this.#groups.delete(key)
    this.#groupsOfTenant.delete(homeOf(term), key)
    for (const id of group.members) this.#groupsOfIdentity.delete(String(id), key)
  }

  /** Returns the groups whose members changed. */
  setIdentity(id: number, identity: IdentityView | undefined): string[] {
    const before = this.#identities.get(id)
    if (identity === undefined) {
      if (before === undefined) return []
      this.#identities.delete(id)
      this.#identitiesOfNetwork.delete(before.network, String(id))
      const left = [...this.#groupsOfIdentity.get(String(id))]
      for (const key of left) this.#toggle(this.#groups.get(key), id, false)
      return left
    }
    this.#identities.set(id, identity)
    this.#identitiesOfNetwork.add(identity.network, String(id))
    return this.reconsider(identity)
  }

  /** Decides anew which groups an identity is in; returns those that changed. */
  reconsider(identity: IdentityView): string[] {
    const keys = [...this.#groupsOfTenant.get(identity.tenant), ...this.#groupsOfTenant.get('')]
    return keys.filter((key) => {
      const group = this.#groups.get(key)
      return group !== undefined && this.#decide(group, identity)
    })
  }

  #decide(group: MutableGroup, identity: IdentityView): boolean {
    return this.#toggle(group, identity.id, this.#isMember(group.term, identity))
  }

  #toggle(group: MutableGroup | undefined, id: number, present: boolean): boolean {
    if (group === undefined || group.members.has(id) === present) return false
    if (present) group.members.add(id)
    else group.members.delete(id)
    this.#groupsOfIdentity.toggle(String(id), group.key, present)
    return true
  }

  #isMember(term: PodsTerm, { tenant, network, labels }: IdentityView): boolean {
    const { tenantSelector, networkSelector, podSelector } = term
    const home = term.tenant
    if (home !== undefined && home !== tenant && !(tenantSelector !== undefined && this.#world.arePeers(home, tenant))) {
      return false
    }
    if (term.network !== undefined && network !== `${home ?? tenant}/${term.network}`) return false
    return (
      (tenantSelector === undefined || matches(tenantSelector, this.#world.tenantLabels(tenant))) &&
      (networkSelector === undefined || matches(networkSelector, this.#world.networkLabels(network))) &&
      (podSelector === undefined || matches(podSelector, labels))
    )
  }
}

function groupKey(term: PodsTerm): string {
  return JSON.stringify(term)
}

function homeOf({ tenant, tenantSelector }: PodsTerm): string {
  return tenant !== undefined && tenantSelector === undefined ? tenant : ''
}
