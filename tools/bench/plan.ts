import { usage } from './errors.js'

export type Placement = 'spread' | 'packed'

export interface PlanOptions {
  readonly hosts: number
  readonly podsPerHost: number
  readonly tenants: number
  readonly placement: Placement
}

/** A pod to be: which tenant, which host. */
export interface PlannedPod {
  readonly index: number
  readonly tenant: number
  readonly host: number
}

/** Name of tenant `n`; it has one network, `net`, with 10.N.0.0/16. */
export const tenantName = (n: number) => `tenant${n}`
export const NETWORK = 'net'
export const cidrOf = (tenant: number) => `10.${tenant}.0.0/16`
export const hostName = (n: number) => `host${n}`
/** Where tunnels to host `n` end. */
export const tunnelAddressOf = (n: number) => `172.16.${n >> 8}.${(n & 255) + 1}`

/** Hands out pods, to the same hosts and tenants in the same order as the benchmark of OVN that we compare with. */
export class Plan {
  readonly #options: PlanOptions
  #next = 0

  constructor(options: PlanOptions) {
    if (options.tenants > 200) throw usage('--tenants: at most 200, each has a /16 of 10.0.0.0/8')
    this.#options = options
  }

  /** `podsPerHost` on each host; tenants in turn (spread), or as few hosts a tenant as can be (packed). */
  initial(): PlannedPod[] {
    const { hosts, podsPerHost, tenants, placement } = this.#options
    const total = hosts * podsPerHost
    return Array.from({ length: total }, (_, n) =>
      this.#pod(Math.floor(n / podsPerHost), placement === 'spread' ? n : Math.floor((n * tenants) / total)),
    )
  }

  /** Over all hosts and tenants in turn (packed: tenants that the host has already). */
  more(count: number): PlannedPod[] {
    const { hosts, tenants, placement } = this.#options
    return Array.from({ length: count }, (_, n) => {
      const host = n % hosts
      // One tenant further with each round: else hosts and tenants would go round in step and pair off.
      const tenant = placement === 'spread' ? Math.floor(n / hosts) + n : Math.floor((host * tenants) / hosts)
      return this.#pod(host, tenant)
    })
  }

  #pod(host: number, tenant: number): PlannedPod {
    this.#next++
    return { index: this.#next, tenant: tenant % this.#options.tenants, host }
  }
}
