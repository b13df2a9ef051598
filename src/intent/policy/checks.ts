import { IndexOfSets } from '../index-of-sets.js'
import type { Direction } from '../../model/policy.js'
import type { Groups } from './groups.js'
import type { PodsTerm } from './rule.js'

/** How connections of an identity are checked. */
export interface Checks {
  /** Some policy is about it or its network denies by default: its connections are tracked, and go through the rules. */
  readonly checked: boolean
  /** A NetworkPolicy isolates it: what no rule allows is dropped, before the Baseline tier. */
  readonly isolated: Readonly<Record<Direction, boolean>>
  /** What no rule of any tier allows is dropped, in both directions. */
  readonly deniesByDefault: boolean
}

export const NO_CHECKS: Checks = {
  checked: false,
  isolated: { Ingress: false, Egress: false },
  deniesByDefault: false,
}

/** The pods that a policy is about. */
export interface Subject {
  readonly term: PodsTerm
  /** Directions in which it isolates them; none of an AdminPolicy, whose rules alone count. */
  readonly isolates: readonly Direction[]
}

export type ChecksChange =
  | { readonly type: 'checks'; readonly identity: number; readonly tenant: string; readonly network: string }
  /** Whether any connection of the network's pods is checked has changed. */
  | { readonly type: 'policed'; readonly tenant: string; readonly network: string }

/** Checks of every identity, from the subjects of all policies and the defaults of networks. */
export class CheckIndex {
  readonly #groups: Groups
  readonly #deniesByDefault: (network: string) => boolean
  /** Group -> `DIRECTION POLICY`, or `- POLICY` where nothing is isolated. */
  readonly #subjects = new IndexOfSets()
  readonly #checks = new Map<number, Checks>()
  readonly #checkedOfNetwork = new IndexOfSets()
  /** Networks of checked identities, kept beyond the identity's end so that its flows are found and go. */
  readonly #networkOf = new Map<number, string>()

  constructor(groups: Groups, deniesByDefault: (network: string) => boolean) {
    this.#groups = groups
    this.#deniesByDefault = deniesByDefault
  }

  get(identity: number): Checks {
    return this.#checks.get(identity) ?? NO_CHECKS
  }

  checkedIdentities(network: string): number[] {
    return Array.from(this.#checkedOfNetwork.get(network), Number)
  }

  isPoliced(network: string): boolean {
    return this.#checkedOfNetwork.get(network).size > 0
  }

  /** Store keys of the policies that isolate an identity in a direction. */
  isolatedBy(identity: number, direction: Direction): string[] {
    const marks = Array.from(this.#groups.groupsOf(identity), (group) => [...this.#subjects.get(group)]).flat()
    const prefix = `${direction} `
    return [...new Set(marks.filter((mark) => mark.startsWith(prefix)).map((mark) => mark.slice(prefix.length)))].sort()
  }

  /** A policy's subject, in the place of what it had; returns the groups whose members are concerned. */
  setSubject(policy: string, before: Subject | undefined, after: Subject | undefined): string[] {
    const groups: string[] = []
    // The new one first: a group that both have is kept.
    const group = after && this.#groups.acquire(after.term)
    if (before !== undefined) {
      const old = this.#groups.keyOf(before.term)
      for (const mark of marksOf(policy, before)) this.#subjects.delete(old, mark)
      groups.push(old)
    }
    if (after !== undefined && group !== undefined) {
      for (const mark of marksOf(policy, after)) this.#subjects.add(group, mark)
      groups.push(group)
    }
    return groups
  }

  /** Computes the checks of an identity anew, or forgets them where it is gone. */
  settle(id: number): ChecksChange[] {
    const identity = this.#groups.identities.get(id)
    const before = this.get(id)
    const after = identity === undefined ? NO_CHECKS : this.#compute(id, identity.network)
    const network = identity?.network ?? this.#networkOf.get(id)
    if (network === undefined || sameChecks(before, after)) return []
    if (after.checked) {
      this.#checks.set(id, after)
      this.#networkOf.set(id, network)
    } else {
      this.#checks.delete(id)
      this.#networkOf.delete(id)
    }
    const policed = this.isPoliced(network)
    this.#checkedOfNetwork.toggle(network, String(id), after.checked)
    const [tenant = ''] = network.split('/')
    const changes: ChecksChange[] = [{ type: 'checks', identity: id, tenant, network }]
    if (policed !== this.isPoliced(network)) changes.push({ type: 'policed', tenant, network })
    return changes
  }

  #compute(id: number, network: string): Checks {
    const isolated = { Ingress: false, Egress: false }
    const deniesByDefault = this.#deniesByDefault(network)
    let checked = deniesByDefault
    for (const group of this.#groups.groupsOf(id)) {
      for (const mark of this.#subjects.get(group)) {
        checked = true
        if (mark.startsWith('Ingress ')) isolated.Ingress = true
        if (mark.startsWith('Egress ')) isolated.Egress = true
      }
    }
    return { checked, isolated, deniesByDefault }
  }
}

function marksOf(policy: string, { isolates }: Subject): string[] {
  return (isolates.length === 0 ? ['-'] : isolates).map((direction) => `${direction} ${policy}`)
}

function sameChecks(a: Checks, b: Checks): boolean {
  return (
    a.checked === b.checked &&
    a.deniesByDefault === b.deniesByDefault &&
    a.isolated.Ingress === b.isolated.Ingress &&
    a.isolated.Egress === b.isolated.Egress
  )
}
