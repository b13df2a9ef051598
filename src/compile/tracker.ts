import type { Checks } from '../intent/policy/checks.js'
import type { RuleView } from '../intent/policy/rule-index.js'
import { type BlockView, type IntentView, type NetworkView, type PodView, portKey } from '../intent/view.js'
import type { Encapsulation } from '../model/kinds.js'
import type { Protocol } from '../model/policy.js'
import type { HostRecord, TenantRecord } from '../model/records.js'
import type { Ofports } from './ofports.js'
import { UNDERLAY_PORTS } from './underlay-ports.js'
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
    return this.#view.residents.networksOn(host).has(network)
  }

  hostHasTenant(host: string, tenant: string): boolean {
    this.inputs.add(INPUT.tenancy(host, tenant))
    return this.#view.residents.tenantsOn(host).has(tenant)
  }

  networksOn(host: string): ReadonlySet<string> {
    this.inputs.add(INPUT.networksOn(host))
    return this.#view.residents.networksOn(host)
  }

  isResident(host: string, identity: number): boolean {
    this.inputs.add(INPUT.residence(host, identity))
    return this.#view.hostsOfIdentity(identity).has(host)
  }

  zone(host: string, network: string): number | undefined {
    this.inputs.add(INPUT.zone(host, network))
    return this.#view.zone(host, network)
  }

  peersOf(tenant: string): ReadonlySet<string> {
    this.inputs.add(INPUT.peers(tenant))
    return this.#view.peersOf(tenant)
  }

  checks(identity: number): Checks {
    this.inputs.add(INPUT.checks(identity))
    return this.#view.policies.checks(identity)
  }

  tenantOfIdentity(identity: number): string | undefined {
    this.inputs.add(INPUT.identity(identity))
    return this.#view.policies.groups.identities.get(identity)?.tenant
  }

  isPoliced(network: string): boolean {
    this.inputs.add(INPUT.policed(network))
    return this.#view.policies.isPoliced(network)
  }

  isPolicedTenant(tenant: string): boolean {
    this.inputs.add(INPUT.policedTenant(tenant))
    return this.#view.isPolicedTenant(tenant)
  }

  isDirectTenant(tenant: string): boolean {
    this.inputs.add(INPUT.directTenant(tenant))
    return this.#view.isDirectTenant(tenant)
  }

  usesAddresses(tenant: string): boolean {
    this.inputs.add(INPUT.addresses(tenant))
    return this.#view.policies.rules.usesAddresses(tenant)
  }

  /** What is in force where needs no input: a change of it names the units that it concerns. */
  ruleInForce(host: string, tenant: string, rule: number): RuleView | undefined {
    const { rules } = this.#view.policies
    return rules.isInForce(host, tenant, rule) ? rules.get(rule) : undefined
  }

  /** Likewise. */
  rulesWith(host: string, clause: string): readonly RuleView[] {
    return this.#view.policies.rules.inForceWith(host, clause)
  }

  /** Pods of the tenant on the host that have a port by this name. */
  podsWithPort(host: string, tenant: string, protocol: Protocol, name: string): PodView[] {
    this.inputs.add(INPUT.namedPort(host, tenant, portKey({ name, protocol })))
    return Array.from(this.#view.residents.podsOfTenantOn(host, tenant), (key) => this.#view.pods.get(key)).filter(
      (pod) => pod?.record.spec.ports?.some((port) => portKey(port) === portKey({ name, protocol })) === true,
    ) as PodView[]
  }

  /** The port's number; undefined: not known, because another port has the one that was asked for. */
  ofport(host: string, port: string, requested: number): number | undefined {
    this.inputs.add(INPUT.ofport(host, port))
    this.inputs.add(INPUT.ofportNumber(host, requested))
    const ofports = this.#ofports.get(host)
    return ofports === undefined ? requested : ofports.get(port, requested)
  }

  /** Of br-int's port to other hosts. */
  underlayOfport(host: string, encapsulation: Encapsulation): number | undefined {
    const { name, ofport } = UNDERLAY_PORTS[encapsulation]
    return this.ofport(host, name, ofport)
  }
}
