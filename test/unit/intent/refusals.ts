import type { Admission } from '../../../src/intent/admission.js'
import type { HeddleErrorCode } from '../../../src/model/errors.js'
import { type HostSpec, type KindName, type NetworkSpec, type PodSpec, type Ref, resourceKey } from '../../../src/model/kinds.js'
import {
  contains,
  type Family,
  formatIp,
  mustParseCidr,
  mustParseIp,
  offsetIn,
  overlaps,
  parseMac,
  size,
} from '../../../src/model/address.js'
import type { AdminPolicySpec, NetworkPolicySpec, PeeringSpec } from '../../../src/model/policy.js'
import type { NetworkPolicyRecord, NetworkRecord, PodRecord } from '../../../src/model/records.js'
import type { Reader } from '../../../src/store/store.js'
import type { Command } from './commands.js'
import type { World } from './world.js'

/** What admission must answer, worked out from the resources alone, without its books; undefined: it must accept. */
export function expectedRefusal({ admission, store }: World, command: Command): HeddleErrorCode | undefined {
  if (command.op === 'collect') return undefined
  const { kind, ref } = command
  const current = admission.get(kind, ref)
  if (command.op === 'delete') {
    if (current === undefined) return 'NOT_FOUND'
    return hasChildren(store, kind, ref) ? 'IN_USE' : undefined
  }
  if (ref.tenant !== undefined && store.get(`tenants/${ref.tenant}`) === undefined) return 'NOT_FOUND'
  if (kind === 'Pod' && store.get(`networks/${ref.tenant}/${ref.network}`) === undefined) return 'NOT_FOUND'
  if (command.op === 'create' && current !== undefined) return 'ALREADY_EXISTS'
  if (command.stale === true) return 'PRECONDITION_FAILED'
  switch (kind) {
    case 'BandwidthProfile':
    case 'Tenant':
      return undefined
    case 'Network':
      return networkRefusal(admission, ref, command.spec as NetworkSpec)
    case 'Host':
      return hostRefusal(admission, ref, command.spec as HostSpec)
    case 'Pod':
      return podRefusal(admission, store, ref, command.spec as PodSpec)
    case 'NetworkPolicy':
    case 'AdminPolicy':
    case 'Peering':
      if (current !== undefined && canonical(current.record.spec) === canonical(command.spec)) return undefined
      return policyRefusal(admission, store, kind, ref, command.spec)
  }
}

function hasChildren(store: Reader, kind: KindName, ref: Ref): boolean {
  switch (kind) {
    case 'Tenant':
      return ['networks', 'networkpolicies', 'peerings', 'bandwidthprofiles'].some((kind) => [...store.list(`${kind}/${ref.name}/`)].length > 0)
    case 'Network':
      if ([...store.list<NetworkPolicyRecord>(`networkpolicies/${ref.tenant}/`)].some(({ value }) => value.spec.network === ref.name)) return true
      return [...store.list(`pods/${ref.tenant}/${ref.name}/`)].length > 0
    case 'Host':
      return [...store.list<PodRecord>('pods/')].some(({ value }) => value.spec.host === ref.name)
    case 'Pod':
    case 'NetworkPolicy':
    case 'AdminPolicy':
    case 'Peering':
    case 'BandwidthProfile':
      return false
  }
}

function policyRefusal(
  admission: Admission,
  store: Reader,
  kind: 'NetworkPolicy' | 'AdminPolicy' | 'Peering',
  { tenant = '', name }: Ref,
  spec: object,
): HeddleErrorCode | undefined {
  switch (kind) {
    case 'NetworkPolicy': {
      const { network } = spec as NetworkPolicySpec
      return network !== undefined && store.get(`networks/${tenant}/${network}`) === undefined ? 'INVALID' : undefined
    }
    case 'AdminPolicy': {
      const { tier, priority } = spec as AdminPolicySpec
      const others = admission.list('AdminPolicy').filter(({ ref }) => ref.name !== name)
      return others.some(({ record }) => record.spec.tier === tier && record.spec.priority === priority) ? 'CONFLICT' : undefined
    }
    case 'Peering': {
      const peer = peerOf(spec)
      if (peer === tenant) return 'INVALID'
      const rest = peeringsOf(admission).filter((pair) => pair.key !== `${tenant}/${name}`)
      if (rest.some((pair) => pair.tenant === tenant && pair.peer === peer)) return 'CONFLICT'
      const after = [...rest, { key: '', tenant, peer }]
      return isConfusing(networksOf(admission), after) ? 'CONFLICT' : undefined
    }
  }
}

function peerOf(spec: object): string {
  return (spec as PeeringSpec).peer
}

interface Peering {
  readonly key: string
  readonly tenant: string
  readonly peer: string
}

function peeringsOf(admission: Admission): Peering[] {
  return admission.list('Peering').map(({ ref, record }) => ({
    key: `${ref.tenant}/${ref.name}`,
    tenant: ref.tenant!,
    peer: record.spec.peer,
  }))
}

interface Ranges {
  readonly key: string
  readonly tenant: string
  readonly cidrs: readonly string[]
}

function networksOf(admission: Admission): Ranges[] {
  return admission.list('Network').map(({ ref, record }) => ({
    key: `${ref.tenant}/${ref.name}`,
    tenant: ref.tenant!,
    cidrs: record.spec.cidrs,
  }))
}

/** Whether some tenant would see one address in two networks: its own and those of its peers. */
function isConfusing(networks: readonly Ranges[], peerings: readonly Peering[]): boolean {
  const gives = (from: string, to: string) => peerings.some(({ tenant, peer }) => tenant === from && peer === to)
  const tenants = new Set(networks.map(({ tenant }) => tenant).concat(peerings.map(({ tenant }) => tenant)))
  return [...tenants].some((viewer) => {
    const seen = networks.filter(({ tenant }) => tenant === viewer || (gives(viewer, tenant) && gives(tenant, viewer)))
    return seen.some((a) =>
      seen.some(
        (b) =>
          a.key < b.key &&
          a.cidrs.some((one) => b.cidrs.some((other) => overlaps(mustParseCidr(one), mustParseCidr(other)))),
      ),
    )
  })
}

function networkRefusal(admission: Admission, ref: Ref, spec: NetworkSpec): HeddleErrorCode | undefined {
  if (spec.cidrs.some((cidr) => mustParseCidr(cidr).prefix > (askedCut(spec, cidr) ?? 128))) return 'INVALID'
  const before = admission.get('Network', ref)?.record.spec
  if (before !== undefined && canonical(before) === canonical(spec)) return undefined
  const key = `${ref.tenant}/${ref.name}`
  const after = [
    ...networksOf(admission).filter((network) => network.key !== key),
    { key, tenant: ref.tenant!, cidrs: spec.cidrs },
  ]
  if (isConfusing(after, peeringsOf(admission))) return 'CONFLICT'
  const pods = admission.list('Pod', { tenant: ref.tenant!, network: ref.name })
  if (spec.encapsulation === 'direct') {
    if (isTakenOnSegment(admission, ref, spec)) return 'CONFLICT'
    if (pods.some(({ record }) => !hasUplink(admission, record.spec.host))) return 'IN_USE'
  }
  for (const address of pods.flatMap(({ record }) => record.addresses)) {
    const cidr = before!.cidrs.find((range) => contains(mustParseCidr(range), mustParseIp(address)))!
    if (!spec.cidrs.includes(cidr) || cut(spec, cidr) !== cut(before!, cidr)) return 'IN_USE'
  }
  return undefined
}

/** Ranges of direct networks are all different ones, whoever has them. */
function isTakenOnSegment(admission: Admission, ref: Ref, spec: NetworkSpec): boolean {
  const own = spec.cidrs.map(mustParseCidr)
  return admission
    .list('Network')
    .filter((other) => resourceKey('Network', other.ref) !== resourceKey('Network', ref))
    .filter(({ record }) => record.spec.encapsulation === 'direct')
    .some(({ record }) => record.spec.cidrs.some((cidr) => own.some((range) => overlaps(range, mustParseCidr(cidr)))))
}

function hasUplink(admission: Admission, host: string): boolean {
  return admission.get('Host', { name: host })!.record.spec.uplink !== undefined
}

function askedCut(spec: NetworkSpec, cidr: string): number | undefined {
  return cidr.includes(':') ? spec.blockPrefix6 : spec.blockPrefix
}

/** Prefix length of a CIDR's blocks, said in another way than the code does. */
export function cut(spec: NetworkSpec, cidr: string): number {
  const asked = askedCut(spec, cidr)
  if (asked !== undefined) return asked
  const { prefix } = mustParseCidr(cidr)
  if (cidr.includes(':')) {
    if (prefix <= 118) return 122
    return prefix >= 122 ? Math.max(126, prefix) : prefix + 4
  }
  if (prefix <= 22) return 26
  return prefix >= 26 ? 30 : Math.max(26, prefix + 4)
}

function hostRefusal(
  admission: Admission,
  ref: Ref,
  spec: HostSpec,
): HeddleErrorCode | undefined {
  for (const other of admission.list('Host')) {
    if (other.ref.name === ref.name) continue
    if (other.record.spec.tunnelAddress === spec.tunnelAddress) return 'CONFLICT'
    if ((other.record.spec.systemId ?? other.ref.name) === (spec.systemId ?? ref.name)) return 'CONFLICT'
  }
  const needsUplink = admission
    .list('Pod')
    .filter(({ record }) => record.spec.host === ref.name)
    .some(({ ref: { tenant, network } }) => {
      const { spec: own } = admission.get('Network', { tenant: tenant!, name: network! })!.record
      return own.encapsulation === 'direct'
    })
  return spec.uplink === undefined && needsUplink ? 'IN_USE' : undefined
}

function familyOf(addresses: readonly string[] = [], family: Family): string | undefined {
  return addresses.find((address) => mustParseIp(address).family === family)
}

function wantedOf({ address, addresses }: PodSpec, family: Family): string | undefined {
  const wanted = familyOf(address === undefined ? addresses : [address], family)
  return wanted && formatIp(mustParseIp(wanted))
}

/** Of one family: what the pod asks for, has, and its neighbours have. */
function addressRefusal(
  family: Family,
  cidrs: readonly string[],
  wanted: string | undefined,
  current: string | undefined,
  taken: ReadonlySet<string>,
): HeddleErrorCode | undefined {
  if (wanted !== undefined && wanted !== current) {
    if (!assignable(cidrs, wanted)) return 'INVALID'
    return taken.has(wanted) ? 'CONFLICT' : undefined
  }
  const ranges = cidrs.map(mustParseCidr).filter((range) => range.family === family)
  if (current !== undefined || ranges.length === 0) return undefined
  const room = ranges.reduce((sum, range) => sum + size(range) - (family === 4 ? 3 : 2), 0)
  return [...taken].filter((address) => mustParseIp(address).family === family).length >= room ? 'EXHAUSTED' : undefined
}

function podRefusal(admission: Admission, store: Reader, ref: Ref, spec: PodSpec): HeddleErrorCode | undefined {
  const current = admission.get('Pod', ref)?.record
  const network = store.get<NetworkRecord>(`networks/${ref.tenant}/${ref.network}`)!.value.spec
  const complete = current?.addresses.length === new Set(network.cidrs.map((cidr) => mustParseCidr(cidr).family)).size
  if (complete && canonical(current.spec) === canonical(spec)) return undefined
  if (store.get(`hosts/${spec.host}`) === undefined) return 'INVALID'
  if (network.encapsulation === 'direct' && !hasUplink(admission, spec.host)) return 'INVALID'
  const { cidrs } = network
  const neighbours = admission
    .list('Pod', { tenant: ref.tenant!, network: ref.network! })
    .filter((pod) => pod.ref.name !== ref.name)
  const taken = new Set(neighbours.flatMap(({ record }) => record.addresses))
  for (const family of [4, 6] as const) {
    const refusal = addressRefusal(family, cidrs, wantedOf(spec, family), familyOf(current?.addresses, family), taken)
    if (refusal !== undefined) return refusal
  }
  const device = spec.interface
  if (device !== undefined) {
    const others = admission.list('Pod').filter((pod) => resourceKey('Pod', pod.ref) !== resourceKey('Pod', ref))
    if (others.some(({ record }) => record.spec.host === spec.host && record.interface === device)) return 'CONFLICT'
  }
  return undefined
}

/** Neither the first two of a CIDR nor, in IPv4, its last address. */
export function assignable(cidrs: readonly string[], address: string): boolean {
  return cidrs.map(mustParseCidr).some((cidr) => {
    if (!contains(cidr, mustParseIp(address))) return false
    const offset = offsetIn(cidr, mustParseIp(address))
    return offset >= 2 && (cidr.family === 6 || offset <= size(cidr) - 2)
  })
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}:${canonical(part)}`)
    .sort()
    .join()}}`
}

/** Whether a pod's MAC is what its record should say. */
export function macIsRight({ spec, mac, addresses }: PodRecord): boolean {
  if (mac !== mac.toLowerCase()) return false
  if (spec.mac !== undefined) return parseMac(mac) === parseMac(spec.mac)
  const own = familyOf(addresses, 4)
  // Made before the pod had an IPv4 address, or for want of one.
  if (mac.startsWith('0a:48:')) return true
  return own !== undefined && parseMac(mac) === ((0x0248n << 32n) | mustParseIp(own).value)
}
