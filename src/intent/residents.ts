import { IndexOfSets } from './index-of-sets.js'
import type { PodView } from './view.js'

export type ResidenceChange =
  /** A host got its first pod of a network, or lost its last; likewise of a tenant, and of an identity. */
  | { readonly type: 'membership'; readonly host: string; readonly network: string }
  | { readonly type: 'tenancy'; readonly host: string; readonly tenant: string }
  | { readonly type: 'residence'; readonly host: string; readonly identity: number }

/** Who lives where: pods by host, and what a host thereby has to know. */
export class Residents {
  readonly #pods = new IndexOfSets()
  readonly #podsOfMembership = new IndexOfSets()
  readonly #podsOfTenancy = new IndexOfSets()
  readonly #podsOfResidence = new IndexOfSets()
  readonly #networks = new IndexOfSets()
  readonly #tenants = new IndexOfSets()
  readonly #hostsOfTenant = new IndexOfSets()
  readonly #hostsOfIdentity = new IndexOfSets()

  podsOn = (host: string): ReadonlySet<string> => this.#pods.get(host)
  networksOn = (host: string): ReadonlySet<string> => this.#networks.get(host)
  tenantsOn = (host: string): ReadonlySet<string> => this.#tenants.get(host)
  podsOfTenantOn = (host: string, tenant: string): ReadonlySet<string> => this.#podsOfTenancy.get(`${host} ${tenant}`)
  hostsOfTenant = (tenant: string): ReadonlySet<string> => this.#hostsOfTenant.get(tenant)
  hostsOfIdentity = (identity: number): ReadonlySet<string> => this.#hostsOfIdentity.get(String(identity))

  podsOfIdentity(identity: number): number {
    let pods = 0
    for (const host of this.hostsOfIdentity(identity)) pods += this.#podsOfResidence.get(`${host} ${identity}`).size
    return pods
  }

  *podsWith(identity: number): Iterable<string> {
    for (const host of this.hostsOfIdentity(identity)) yield* this.#podsOfResidence.get(`${host} ${identity}`)
  }

  /** A pod was as `before` and is as `after`; undefined: not there. Tells what a host now has, or has no more. */
  move(before: PodView | undefined, after: PodView | undefined): ResidenceChange[] {
    if (before !== undefined && after !== undefined && isSamePlace(before, after)) return []
    const changes: ResidenceChange[] = []
    if (before !== undefined) this.#leave(before, changes)
    if (after !== undefined) this.#join(after, changes)
    return changes
  }

  #join({ key, tenant, network, record }: PodView, changes: ResidenceChange[]): void {
    const { host } = record.spec
    const { identity } = record
    const networkKey = `${tenant}/${network}`
    this.#pods.add(host, key)
    if (this.#podsOfMembership.add(`${host} ${networkKey}`, key) === 1) {
      this.#networks.add(host, networkKey)
      changes.push({ type: 'membership', host, network: networkKey })
    }
    if (this.#podsOfTenancy.add(`${host} ${tenant}`, key) === 1) {
      this.#tenants.add(host, tenant)
      this.#hostsOfTenant.add(tenant, host)
      changes.push({ type: 'tenancy', host, tenant })
    }
    if (this.#podsOfResidence.add(`${host} ${identity}`, key) === 1) {
      this.#hostsOfIdentity.add(String(identity), host)
      changes.push({ type: 'residence', host, identity })
    }
  }

  #leave({ key, tenant, network, record }: PodView, changes: ResidenceChange[]): void {
    const { host } = record.spec
    const { identity } = record
    const networkKey = `${tenant}/${network}`
    this.#pods.delete(host, key)
    if (this.#podsOfMembership.delete(`${host} ${networkKey}`, key) === 0) {
      this.#networks.delete(host, networkKey)
      changes.push({ type: 'membership', host, network: networkKey })
    }
    if (this.#podsOfTenancy.delete(`${host} ${tenant}`, key) === 0) {
      this.#tenants.delete(host, tenant)
      this.#hostsOfTenant.delete(tenant, host)
      changes.push({ type: 'tenancy', host, tenant })
    }
    if (this.#podsOfResidence.delete(`${host} ${identity}`, key) === 0) {
      this.#hostsOfIdentity.delete(String(identity), host)
      changes.push({ type: 'residence', host, identity })
    }
  }
}

function isSamePlace({ record: a }: PodView, { record: b }: PodView): boolean {
  return a.spec.host === b.spec.host && a.identity === b.identity
}
