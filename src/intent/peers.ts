import type { PeeringRecord } from '../model/records.js'
import { IndexOfSets } from './index-of-sets.js'

/** Who has a peering with whom, and where both sides have one. */
export class Peers {
  /** By the peering's key. */
  readonly #peerOf = new Map<string, string>()
  readonly #declared = new IndexOfSets()
  readonly #active = new IndexOfSets()

  of(tenant: string): ReadonlySet<string> {
    return this.#active.get(tenant)
  }

  /** `key`: TENANT/NAME. Returns the tenants whose active peers may have changed. */
  set(key: string, record: PeeringRecord | undefined): string[] {
    const [tenant = ''] = key.split('/')
    const before = this.#peerOf.get(key)
    const after = record?.spec.peer
    if (before === after) return []
    if (before !== undefined) this.#declared.delete(tenant, before)
    if (after === undefined) this.#peerOf.delete(key)
    else {
      this.#peerOf.set(key, after)
      this.#declared.add(tenant, after)
    }
    const others = [before, after].filter((other) => other !== undefined)
    for (const other of others) {
      const active = this.#declared.get(tenant).has(other) && this.#declared.get(other).has(tenant)
      this.#active.toggle(tenant, other, active)
      this.#active.toggle(other, tenant, active)
    }
    return [tenant, ...others]
  }
}
