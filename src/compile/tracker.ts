import { TUNNEL_OFPORTS } from '../../flows/index.js'
import type { BlockView, IntentView, NetworkView, PodView } from '../intent/view.js'
import type { Encapsulation } from '../model/kinds.js'
import type { HostRecord, TenantRecord } from '../model/records.js'
import type { Ofports } from './ofports.js'
import { TUNNEL_PORTS } from '../model/reserved.js'
import { INPUT } from './units.js'

/** The view as one unit sees it: every read is noted, so that the unit is dirty when what it read changes. */
export class Tracker {
  readonly inputs = new Set<string>()
  readonly #view: IntentView
  readonly #ofports: ReadonlyMap<string, Ofports>

  constructor(view: IntentView, ofports: ReadonlyMap<string, Ofports>) {
    this.#view = view
    this.#ofports = ofports
  }

  host(host: string): HostRecord | undefined {
    this.inputs.add(INPUT.host(host))
    return this.#view.hosts.get(host)
  }

  tenant(tenant: string): TenantRecord | undefined {
    this.inputs.add(INPUT.tenant(tenant))
    return this.#view.tenants.get(tenant)
  }

  network(network: string): NetworkView | undefined {
    this.inputs.add(INPUT.network(network))
    return this.#view.networks.get(network)
  }

  block(block: string): BlockView | undefined {
    this.inputs.add(INPUT.block(block))
    return this.#view.blocks.get(block)
  }

  pod(pod: string): PodView | undefined {
    this.inputs.add(INPUT.pod(pod))
    return this.#view.pods.get(pod)
  }

  hostHasNetwork(host: string, network: string): boolean {
    this.inputs.add(INPUT.membership(host, network))
    return this.#view.networksOn(host).has(network)
  }

  hostHasTenant(host: string, tenant: string): boolean {
    this.inputs.add(INPUT.tenancy(host, tenant))
    return this.#view.tenantsOn(host).has(tenant)
  }

  networksOn(host: string): ReadonlySet<string> {
    this.inputs.add(INPUT.networksOn(host))
    return this.#view.networksOn(host)
  }

  /** The port's number; undefined: not known, because another port has the one that was asked for. */
  ofport(host: string, port: string, requested: number): number | undefined {
    this.inputs.add(INPUT.ofport(host, port))
    this.inputs.add(INPUT.ofportNumber(host, requested))
    const ofports = this.#ofports.get(host)
    return ofports === undefined ? requested : ofports.get(port, requested)
  }

  tunnelOfport(host: string, encapsulation: Encapsulation): number | undefined {
    return this.ofport(host, TUNNEL_PORTS[encapsulation], TUNNEL_OFPORTS[encapsulation])
  }
}
