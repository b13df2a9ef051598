import { formatIp, mustParseIp } from '../model/address.js'
import type { HostRecord, NetworkRecord } from '../model/records.js'
import { type KindName, KINDS, type Ref, resourceKey, type SpecOf } from '../model/kinds.js'
import { networkMtu, type Underlay } from '../model/mtu.js'
import { withDefaults } from '../model/validate.js'
import { gatewayOf, rangeOf } from '../intent/ranges.js'
import { isActive } from '../intent/peerings.js'
import { directionsOf } from '../intent/policy/rule.js'
import type { RecordOf, Stored } from '../intent/resources.js'
import { podBandwidthStatus, profileStatus, totalStatus } from './bandwidth-status.js'
import type { StatusSource } from '../hosts/status.js'
import type { Store } from '../store/store.js'
import type { Metadata, PodAddress, StatusOf } from './schemas.js'

/** A resource as the API shows it. */
export interface Representation<K extends KindName = KindName> {
  readonly kind: K
  readonly tenant?: string
  readonly network?: string
  readonly name: string
  readonly status: StatusOf[K]
  readonly metadata: Metadata
}

type StatusRule<K extends KindName> = (shown: Representer, ref: Ref, record: RecordOf[K]) => StatusOf[K]

const STATUS_RULES: { readonly [K in KindName]: StatusRule<K> } = {
  Tenant: (shown, { name }, { spec }) => ({
    networks: shown.count(`networks/${name}/`),
    pods: shown.count(`pods/${name}/`),
    ...totalStatus(shown.store, name, spec),
  }),

  Network: (shown, { tenant = '', name }, { spec, tunnelKey }) => ({
    tunnelKey,
    mtu: shown.mtu(spec),
    blocks: shown.count(`blocks/${tenant}/${name}/`),
    pods: shown.count(`pods/${tenant}/${name}/`),
  }),

  Host: (shown, { name }) => ({
    connected: false,
    realized: false,
    realizedRevision: 0,
    flows: 0,
    ...shown.live.host(name),
    pods: shown.count(`interfaces/${name}/`),
  }),

  Pod: (shown, ref, { spec, addresses, mac, interface: device, ofport, identity }) => ({
    ...shown.live.pod(ref),
    ...shown.network(ref, addresses),
    mac,
    interface: device,
    ofport,
    identity,
    ...podBandwidthStatus(shown.store, ref, spec, shown.live.trafficOf(ref)),
  }),

  NetworkPolicy: (shown, { tenant = '', name }, { spec, rules }) => ({
    policyTypes: [...directionsOf(spec)],
    pods: shown.live.podsOfPolicy(`networkpolicies/${tenant}/${name}`),
    rules: rules.length,
  }),

  AdminPolicy: (shown, { name }, { rules }) => ({
    pods: shown.live.podsOfPolicy(`adminpolicies/${name}`),
    rules: rules.length,
  }),

  Peering: (shown, { tenant = '' }, { spec }) => ({ active: shown.arePeers(tenant, spec.peer) }),

  BandwidthProfile: (shown, ref) => profileStatus(shown.store, ref),
}

/** Turns what is stored, and what is known of the live side, into representations. */
export class Representer {
  readonly live: StatusSource
  readonly store: Store
  readonly #endWatch: () => void
  #underlays: readonly Underlay[] | undefined

  constructor(store: Store, live: StatusSource) {
    this.live = live
    this.store = store
    this.#endWatch = store.watch(store.revision, ({ changes }) => {
      if (changes.some(({ key }) => key.startsWith('hosts/'))) this.#underlays = undefined
    })
  }

  close(): void {
    this.#endWatch()
  }

  represent<K extends KindName>({ kind, ref, record, revision }: Stored<K>): Representation<K> {
    const names = Object.fromEntries(KINDS[kind].path.map((field) => [field, ref[field]]))
    return {
      kind,
      ...names,
      ...withDefaults(kind, record.spec as SpecOf[K]),
      status: STATUS_RULES[kind](this, ref, record),
      metadata: { uid: record.uid, revision, createdAt: record.createdAt, updatedAt: record.updatedAt },
    } as unknown as Representation<K>
  }

  arePeers(a: string, b: string): boolean {
    return isActive(this.store, a, b)
  }

  count(prefix: string): number {
    return Array.from(this.store.list(prefix)).length
  }

  mtu(spec: NetworkRecord['spec']): number {
    this.#underlays ??= Array.from(this.store.list<HostRecord>('hosts/'), ({ value }) => ({
      mtu: withDefaults('Host', value.spec).underlayMtu,
      family: mustParseIp(value.spec.tunnelAddress).family,
    }))
    return networkMtu(withDefaults('Network', spec).encapsulation, this.#underlays, spec.mtu)
  }

  /** What a pod's interface needs to know of its network; beside all its addresses the first, with what belongs to it. */
  network(ref: Ref, addresses: readonly string[]): PodAddress & Pick<StatusOf['Pod'], 'addresses' | 'mtu'> {
    const { tenant = '', network = '' } = ref
    const key = resourceKey('Network', { tenant, name: network })
    const spec = this.store.get<NetworkRecord>(key)?.value.spec
    const all = addresses.map((address): PodAddress => {
      const range = spec && rangeOf(spec, mustParseIp(address))
      if (range === undefined) throw new TypeError(`${address} is in no range of ${key}`)
      return { address, prefixLength: range.prefix, gateway: formatIp(gatewayOf(range)) }
    })
    const [first] = all
    if (spec === undefined || first === undefined) throw new TypeError(`a pod of ${key} has no address`)
    return { ...first, addresses: all, mtu: this.mtu(spec) }
  }
}
