import { type Cidr, mustParseCidr } from '../model/address.js'
import type { Encapsulation, HostSpec } from '../model/kinds.js'
import type {
  BlockRecord,
  HostRecord,
  NetworkRecord,
  PodRecord,
  TenantRecord,
} from '../model/records.js'
import type { Change, Commit, Reader } from '../store/store.js'
import { IndexOfSets } from './index-of-sets.js'

/** A pod as compilation needs it. Keys are the store's without the collection: `red/web/a`. */
export interface PodView {
  readonly key: string
  readonly tenant: string
  readonly network: string
  readonly record: PodRecord
}

export interface NetworkView {
  readonly key: string
  readonly tenant: string
  readonly record: NetworkRecord
}

export interface BlockView {
  readonly key: string
  readonly tenant: string
  readonly network: string
  readonly cidr: Cidr
  readonly host: string
}

/** What a commit did to the view; the compiler derives from it which units are dirty. */
export type ViewChange =
  | { readonly type: 'host'; readonly host: string }
  | { readonly type: 'tenant'; readonly tenant: string }
  | { readonly type: 'network'; readonly network: string }
  | { readonly type: 'block'; readonly block: string; readonly tenant: string }
  | { readonly type: 'pod'; readonly pod: string; readonly hosts: readonly string[] }
  /** An address of a pod (`red/web/a/10.1.0.7`) that has or had a route of its own on every host of its tenant. */
  | { readonly type: 'stray'; readonly stray: string; readonly pod: string; readonly tenant: string }
  /** A host got its first pod of a network, or lost its last; likewise of a tenant. */
  | { readonly type: 'membership'; readonly host: string; readonly network: string }
  | { readonly type: 'tenancy'; readonly host: string; readonly tenant: string }

/** The store's contents in memory, indexed by what compilation asks. Changes only by `apply`. */
export class IntentView {
  readonly hosts = new Map<string, HostRecord>()
  readonly tenants = new Map<string, TenantRecord>()
  readonly networks = new Map<string, NetworkView>()
  readonly pods = new Map<string, PodView>()
  readonly blocks = new Map<string, BlockView>()
  readonly #podsOfHost = new IndexOfSets()
  readonly #podsOfMembership = new IndexOfSets()
  readonly #podsOfTenancy = new IndexOfSets()
  readonly #networksOfHost = new IndexOfSets()
  readonly #tenantsOfHost = new IndexOfSets()
  readonly #hostsOfTenant = new IndexOfSets()
  readonly #blocksOfTenant = new IndexOfSets()
  readonly #straysOfTenant = new IndexOfSets()
  #revision = 0

  /** Everything that a store holds now. */
  static of(reader: Reader, revision: number): IntentView {
    const view = new IntentView()
    const changes = ['hosts/', 'tenants/', 'networks/', 'blocks/', 'pods/'].flatMap((prefix) =>
      Array.from(reader.list(prefix), (entry): Change => ({ key: entry.key, entry })),
    )
    view.apply({ revision, changes })
    return view
  }

  get revision(): number {
    return this.#revision
  }

  podsOn = (host: string): ReadonlySet<string> => this.#podsOfHost.get(host)
  networksOn = (host: string): ReadonlySet<string> => this.#networksOfHost.get(host)
  tenantsOn = (host: string): ReadonlySet<string> => this.#tenantsOfHost.get(host)
  hostsOfTenant = (tenant: string): ReadonlySet<string> => this.#hostsOfTenant.get(tenant)
  blocksOfTenant = (tenant: string): ReadonlySet<string> => this.#blocksOfTenant.get(tenant)
  straysOfTenant = (tenant: string): ReadonlySet<string> => this.#straysOfTenant.get(tenant)

  apply({ revision, changes }: Commit): ViewChange[] {
    const effects: ViewChange[] = []
    for (const change of changes) {
      const slash = change.key.indexOf('/')
      const key = change.key.slice(slash + 1)
      switch (change.key.slice(0, slash)) {
        case 'hosts':
          setOrDelete(this.hosts, key, change.entry?.value as HostRecord | undefined)
          effects.push({ type: 'host', host: key })
          break
        case 'tenants':
          setOrDelete(this.tenants, key, change.entry?.value as TenantRecord | undefined)
          effects.push({ type: 'tenant', tenant: key })
          break
        case 'networks':
          this.#applyNetwork(key, change.entry?.value as NetworkRecord | undefined)
          effects.push({ type: 'network', network: key })
          break
        case 'blocks':
          this.#applyBlock(key, change.entry?.value as BlockRecord | undefined, effects)
          break
        case 'pods':
          this.#applyPod(key, change.entry?.value as PodRecord | undefined, effects)
          break
        default: // the allocators' own books
      }
    }
    this.#revision = revision
    return effects
  }

  #applyNetwork(key: string, record: NetworkRecord | undefined): void {
    const [tenant = ''] = key.split('/')
    setOrDelete(this.networks, key, record && { key, tenant, record })
  }

  #applyBlock(key: string, record: BlockRecord | undefined, effects: ViewChange[]): void {
    const before = this.blocks.get(key)
    // Most writes of a block only take an address in it: its route is the same.
    if (before?.host === record?.host) return
    const [tenant = '', network = '', ...cidr] = key.split('/')
    const after = record && { key, tenant, network, cidr: mustParseCidr(cidr.join('/')), host: record.host }
    setOrDelete(this.blocks, key, after)
    this.#blocksOfTenant.toggle(tenant, key, after !== undefined)
    effects.push({ type: 'block', block: key, tenant })
  }

  #applyPod(key: string, record: PodRecord | undefined, effects: ViewChange[]): void {
    const before = this.pods.get(key)
    const [tenant = '', network = ''] = key.split('/')
    const after = record && { key, tenant, network, record }
    setOrDelete(this.pods, key, after)
    if (before?.record.spec.host !== record?.spec.host) {
      if (before !== undefined) this.#leave(before, effects)
      if (after !== undefined) this.#join(after, effects)
    }
    const strays = new Set(record?.strays)
    for (const address of new Set([...strays, ...(before?.record.strays ?? [])])) {
      const stray = `${key}/${address}`
      this.#straysOfTenant.toggle(tenant, stray, strays.has(address))
      effects.push({ type: 'stray', stray, pod: key, tenant })
    }
    const hosts = new Set([before?.record.spec.host, record?.spec.host].filter((host) => host !== undefined))
    effects.push({ type: 'pod', pod: key, hosts: [...hosts] })
  }

  #join(pod: PodView, effects: ViewChange[]): void {
    const { host } = pod.record.spec
    const network = `${pod.tenant}/${pod.network}`
    this.#podsOfHost.add(host, pod.key)
    if (this.#podsOfMembership.add(`${host} ${network}`, pod.key) === 1) {
      this.#networksOfHost.add(host, network)
      effects.push({ type: 'membership', host, network })
    }
    if (this.#podsOfTenancy.add(`${host} ${pod.tenant}`, pod.key) === 1) {
      this.#tenantsOfHost.add(host, pod.tenant)
      this.#hostsOfTenant.add(pod.tenant, host)
      effects.push({ type: 'tenancy', host, tenant: pod.tenant })
    }
  }

  #leave(pod: PodView, effects: ViewChange[]): void {
    const { host } = pod.record.spec
    const network = `${pod.tenant}/${pod.network}`
    this.#podsOfHost.delete(host, pod.key)
    if (this.#podsOfMembership.delete(`${host} ${network}`, pod.key) === 0) {
      this.#networksOfHost.delete(host, network)
      effects.push({ type: 'membership', host, network })
    }
    if (this.#podsOfTenancy.delete(`${host} ${pod.tenant}`, pod.key) === 0) {
      this.#tenantsOfHost.delete(host, pod.tenant)
      this.#hostsOfTenant.delete(pod.tenant, host)
      effects.push({ type: 'tenancy', host, tenant: pod.tenant })
    }
  }
}

export function encapsulationOf(network: NetworkView): Encapsulation {
  return network.record.spec.encapsulation ?? 'vxlan'
}

export function datapathTypeOf(spec: HostSpec): 'system' | 'netdev' {
  return spec.datapathType ?? 'system'
}

/** `external_ids:system-id` by which a host that dials in is known. */
export function systemIdOf(name: string, spec: HostSpec): string {
  return spec.systemId ?? name
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
