import { type Cidr, mustParseCidr } from '../model/address.js'
import type { Encapsulation, HostSpec } from '../model/kinds.js'
import type {
  AdminPolicyRecord,
  BlockRecord,
  HostRecord,
  IdentityRecord,
  NetworkPolicyRecord,
  NetworkRecord,
  PeeringRecord,
  PodRecord,
  TenantRecord,
  ZoneRecord,
} from '../model/records.js'
import type { Change, Commit, Reader } from '../store/store.js'
import { IndexOfSets } from './index-of-sets.js'
import { Peers } from './peers.js'
import { type PolicyChange, PolicyView, type PolicyWorld } from './policy/policy-view.js'
import { type Labels, NAME_LABEL } from './policy/selector.js'
import { type ResidenceChange, Residents } from './residents.js'
import { isDirect } from './segment.js'

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
  /** `hosts` and named `ports` (as of `portKey`) that it has or had. */
  | {
      readonly type: 'pod'
      readonly pod: string
      readonly tenant: string
      readonly hosts: readonly string[]
      readonly ports: readonly string[]
    }
  /** An address of a pod (`red/web/a/10.1.0.7`) that has or had a route of its own on every host of its tenant. */
  | { readonly type: 'stray'; readonly stray: string; readonly pod: string; readonly tenant: string }
  | ResidenceChange
  | { readonly type: 'zone'; readonly host: string; readonly network: string }
  /** Which tenants are routed to this one. */
  | { readonly type: 'peers'; readonly tenant: string }
  /** Whether any of the tenant's networks is direct. */
  | { readonly type: 'direct'; readonly tenant: string }
  | PolicyChange

/** What of the store is of interest here; the rest are the allocators' own books. */
const COLLECTIONS = [
  'hosts',
  'tenants',
  'networks',
  'blocks',
  'pods',
  'zones',
  'identities',
  'peerings',
  'networkpolicies',
  'adminpolicies',
]

/** The store's contents in memory, indexed by what compilation asks. Changes only by `apply`. */
export class IntentView implements PolicyWorld {
  readonly hosts = new Map<string, HostRecord>()
  readonly tenants = new Map<string, TenantRecord>()
  readonly networks = new Map<string, NetworkView>()
  readonly pods = new Map<string, PodView>()
  readonly blocks = new Map<string, BlockView>()
  readonly policies = new PolicyView(this)
  readonly residents = new Residents()
  readonly #peers = new Peers()
  /** By `HOST/TENANT/NETWORK`. */
  readonly #zones = new Map<string, number>()
  /** `TENANT ADDRESS` -> pod: a tenant's addresses are different ones. */
  readonly #podOfAddress = new Map<string, string>()
  readonly #identityOfKey = new Map<string, number>()
  readonly #networksOfTenant = new IndexOfSets()
  readonly #directOfTenant = new IndexOfSets()
  readonly #blocksOfTenant = new IndexOfSets()
  readonly #straysOfTenant = new IndexOfSets()
  #revision = 0

  /** Everything that a store holds now. */
  static of(reader: Reader, revision: number): IntentView {
    const view = new IntentView()
    const changes = COLLECTIONS.flatMap((name) =>
      Array.from(reader.list(`${name}/`), (entry): Change => ({ key: entry.key, entry })),
    )
    view.apply({ revision, changes })
    return view
  }

  get revision(): number {
    return this.#revision
  }

  hostsOfTenant = (tenant: string): ReadonlySet<string> => this.residents.hostsOfTenant(tenant)
  hostsOfIdentity = (identity: number): ReadonlySet<string> => this.residents.hostsOfIdentity(identity)
  networksOf = (tenant: string): ReadonlySet<string> => this.#networksOfTenant.get(tenant)
  blocksOfTenant = (tenant: string): ReadonlySet<string> => this.#blocksOfTenant.get(tenant)
  straysOfTenant = (tenant: string): ReadonlySet<string> => this.#straysOfTenant.get(tenant)
  peersOf = (tenant: string): ReadonlySet<string> => this.#peers.of(tenant)
  arePeers = (a: string, b: string): boolean => this.#peers.of(a).has(b)
  zone = (host: string, network: string): number | undefined => this.#zones.get(`${host}/${network}`)
  /** Connections to some of the tenant's pods are tracked, whoever sends. */
  isPolicedTenant = (tenant: string): boolean =>
    [...this.networksOf(tenant)].some((network) => this.policies.isPoliced(network))
  /** Packets for some of the tenant's pods come without the sender's identity. */
  isDirectTenant = (tenant: string): boolean => this.#directOfTenant.get(tenant).size > 0
  podAt = (tenant: string, address: string): string | undefined => this.#podOfAddress.get(`${tenant} ${address}`)
  tenantNames = (): Iterable<string> => this.tenants.keys()
  tenantLabels = (tenant: string): Labels => ({ ...this.tenants.get(tenant)?.spec.labels, [NAME_LABEL]: tenant })
  deniesByDefault = (network: string): boolean => this.networks.get(network)?.record.spec.default === 'deny'
  networkLabels = (network: string): Labels => ({
    ...this.networks.get(network)?.record.spec.labels,
    [NAME_LABEL]: network.slice(network.indexOf('/') + 1),
  })

  apply({ revision, changes }: Commit): ViewChange[] {
    const effects: ViewChange[] = []
    for (const { key, entry } of changes) {
      const slash = key.indexOf('/')
      this.#applyOne(key.slice(0, slash), key.slice(slash + 1), entry?.value, effects)
    }
    this.#revision = revision
    return [...effects, ...this.policies.settle()]
  }

  #applyOne(collection: string, key: string, record: unknown, effects: ViewChange[]): void {
    switch (collection) {
      case 'hosts':
        setOrDelete(this.hosts, key, record as HostRecord | undefined)
        effects.push({ type: 'host', host: key })
        break
      case 'tenants':
        setOrDelete(this.tenants, key, record as TenantRecord | undefined)
        for (const network of this.networksOf(key)) this.policies.noteNetwork(network)
        effects.push({ type: 'tenant', tenant: key })
        break
      case 'networks':
        this.#applyNetwork(key, record as NetworkRecord | undefined, effects)
        break
      case 'blocks':
        this.#applyBlock(key, record as BlockRecord | undefined, effects)
        break
      case 'pods':
        this.#applyPod(key, record as PodRecord | undefined, effects)
        break
      case 'zones':
        this.#applyZone(key, record as ZoneRecord | undefined, effects)
        break
      case 'identities':
        this.#applyIdentity(key, record as IdentityRecord | undefined)
        break
      case 'peerings':
        this.#applyPeering(key, record as PeeringRecord | undefined, effects)
        break
      case 'networkpolicies':
        this.policies.setNetworkPolicy(`${collection}/${key}`, record as NetworkPolicyRecord | undefined)
        break
      case 'adminpolicies':
        this.policies.setAdminPolicy(`${collection}/${key}`, record as AdminPolicyRecord | undefined)
        break
      default:
    }
  }

  #applyNetwork(key: string, record: NetworkRecord | undefined, effects: ViewChange[]): void {
    const [tenant = ''] = key.split('/')
    const wasDirect = this.isDirectTenant(tenant)
    setOrDelete(this.networks, key, record && { key, tenant, record })
    this.#networksOfTenant.toggle(tenant, key, record !== undefined)
    this.#directOfTenant.toggle(tenant, key, record !== undefined && isDirect(record.spec))
    this.policies.noteNetwork(key)
    effects.push({ type: 'network', network: key })
    if (this.isDirectTenant(tenant) !== wasDirect) effects.push({ type: 'direct', tenant })
  }

  #applyZone(key: string, record: ZoneRecord | undefined, effects: ViewChange[]): void {
    setOrDelete(this.#zones, key, record?.zone)
    const [host = '', tenant = '', network = ''] = key.split('/')
    effects.push({ type: 'zone', host, network: `${tenant}/${network}` })
  }

  /** `key`: TENANT/NETWORK/HASH. Most writes only count pods. */
  #applyIdentity(key: string, record: IdentityRecord | undefined): void {
    const known = this.#identityOfKey.get(key)
    if (known === record?.id) return
    if (known !== undefined) this.policies.setIdentity(known, undefined)
    setOrDelete(this.#identityOfKey, key, record?.id)
    if (record === undefined) return
    const [tenant = '', network = ''] = key.split('/')
    this.policies.setIdentity(record.id, { id: record.id, tenant, network: `${tenant}/${network}`, labels: record.labels })
  }

  #applyPeering(key: string, record: PeeringRecord | undefined, effects: ViewChange[]): void {
    for (const tenant of new Set(this.#peers.set(key, record))) {
      for (const network of this.networksOf(tenant)) this.policies.noteNetwork(network)
      this.policies.notePeers(tenant)
      effects.push({ type: 'peers', tenant })
    }
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
    for (const address of before?.record.addresses ?? []) {
      if (this.podAt(tenant, address) === key) this.#podOfAddress.delete(`${tenant} ${address}`)
    }
    for (const address of record?.addresses ?? []) this.#podOfAddress.set(`${tenant} ${address}`, key)
    for (const change of this.residents.move(before, after)) {
      if (change.type === 'residence') this.policies.noteResidence(change.host, change.identity)
      if (change.type === 'tenancy') this.policies.noteTenancy(change.tenant)
      effects.push(change)
    }
    const strays = new Set(record?.strays)
    for (const address of new Set([...strays, ...(before?.record.strays ?? [])])) {
      const stray = `${key}/${address}`
      this.#straysOfTenant.toggle(tenant, stray, strays.has(address))
      effects.push({ type: 'stray', stray, pod: key, tenant })
    }
    const specs = [before?.record.spec, record?.spec].filter((spec) => spec !== undefined)
    const hosts = new Set(specs.map(({ host }) => host))
    const ports = new Set(specs.flatMap((spec) => (spec.ports ?? []).map(portKey)))
    effects.push({ type: 'pod', pod: key, tenant, hosts: [...hosts], ports: [...ports] })
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

/** `TCP/http`: what policies mean by a port's name. */
export function portKey({ name, protocol = 'TCP' }: { readonly name: string; readonly protocol?: string }): string {
  return `${protocol}/${name}`
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
