import { createHash } from 'node:crypto'
import { type Family, formatIp, formatMac, type Ip, mustParseIp, sameIp } from '../model/address.js'
import { HeddleError, invalid } from '../model/errors.js'
import { type PodSpec, type Ref, resourceKey } from '../model/kinds.js'
import type { HostRecord, NetworkRecord, PodRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { refuseOffSegment } from './admit-direct.js'
import { acquireIdentity, type IdentityScope, releaseIdentity } from './identities.js'
import { allocateAddress, allocateFixed, type FixedAddress, isStray, type NetworkScope, releaseAddress } from './ipam.js'
import { allocateNumber, ofports, releaseNumber } from './numbers.js'
import { familiesOf } from './ranges.js'
import { type KindRules, recordBase, takeName } from './rules.js'
import { ensureZone } from './zones.js'

/** Locally administered prefix of MACs that Heddle makes up; the IPv4 address follows, so they are easy to read. */
const POD_MAC_PREFIX = 0x0248n << 32n

/** The same for pods without an IPv4 address: 32 bits of a hash of the pod's full name follow. */
const HASHED_MAC_PREFIX = 0x0a48n << 32n

export const podRules: KindRules<'Pod'> = {
  admit(tx, ref, spec, current, now) {
    const host = tx.get<HostRecord>(resourceKey('Host', { name: spec.host }))
    if (host === undefined) throw invalid([{ pointer: '/host', detail: `host ${spec.host} does not exist` }])
    const network = networkScope(tx, ref)
    refuseOffSegment(network.spec, spec.host, host.value.spec)
    const addresses = admitAddresses(tx, network, ref, spec, current)
    const device = spec.interface ?? defaultInterface(ref)
    ensureZone(tx, spec.host, identityScope(ref))
    return {
      ...recordBase(current, spec, now),
      addresses: addresses.map(formatIp),
      strays: addresses.filter((ip) => isStray(tx, network, spec.host, ip)).map(formatIp),
      mac: spec.mac?.toLowerCase() ?? admitMac(ref, addresses, current),
      interface: device,
      ofport: admitPort(tx, ref, spec.host, device, current),
      identity: admitIdentity(tx, ref, spec, current, now),
    }
  },

  /** Since the pod was written, its network may have got ranges of another family. */
  isSettled(tx, ref, { addresses }) {
    return addresses.length === familiesOf(networkScope(tx, ref).spec).length
  },

  release(tx, ref, current) {
    const network = networkScope(tx, ref)
    for (const ip of current.addresses.map(mustParseIp)) releaseAddress(tx, network, ip)
    releasePort(tx, current)
    releaseIdentity(tx, identityScope(ref), current.spec.labels ?? {}, new Date().toISOString())
  },
}

/** One address of each family that the network has, IPv4 first. */
function admitAddresses(
  tx: Tx,
  network: NetworkScope,
  ref: Ref,
  spec: PodSpec,
  current: PodRecord | undefined,
): Ip[] {
  const applicant = { host: spec.host, owner: resourceKey('Pod', ref) }
  const fixed = fixedAddresses(spec)
  const before = current?.addresses.map(mustParseIp) ?? []
  const families = new Set<Family>([...familiesOf(network.spec), ...fixed.map(({ ip }) => ip.family)])
  return [...families].map((family) => {
    const wanted = fixed.find(({ ip }) => ip.family === family)
    const old = before.find((ip) => ip.family === family)
    // A pod keeps its address unless another is asked for.
    if (old !== undefined && (wanted === undefined || sameIp(wanted.ip, old))) return old
    const ip =
      wanted === undefined
        ? allocateAddress(tx, network, applicant, family)
        : allocateFixed(tx, network, applicant, wanted)
    if (old !== undefined) releaseAddress(tx, network, old)
    return ip
  })
}

function fixedAddresses({ address, addresses = [] }: PodSpec): FixedAddress[] {
  if (address !== undefined) return [{ ip: mustParseIp(address), pointer: '/address' }]
  return addresses.map((text, i) => ({ ip: mustParseIp(text), pointer: `/addresses/${i}` }))
}

/** A pod that gets an IPv4 address beside what it had keeps its MAC: its device has it already. */
function admitMac(ref: Ref, addresses: readonly Ip[], current: PodRecord | undefined): string {
  const own = addresses.find(({ family }) => family === 4)
  const before = current?.addresses.map(mustParseIp).find(({ family }) => family === 4)
  if (current !== undefined && current.spec.mac === undefined && before === undefined) return current.mac
  return formatMac(own === undefined ? hashedMac(ref) : POD_MAC_PREFIX | own.value)
}

function hashedMac(ref: Ref): bigint {
  return HASHED_MAC_PREFIX | BigInt(`0x${hashOf(ref).slice(0, 8)}`)
}

function admitPort(tx: Tx, ref: Ref, host: string, device: string, current: PodRecord | undefined): number {
  if (current !== undefined && current.spec.host === host && current.interface === device) return current.ofport
  const owner = resourceKey('Pod', ref)
  if (current !== undefined) releasePort(tx, current)
  takeName(tx, `interfaces/${host}/${device}`, owner, {
    pointer: '/interface',
    detail: `interface ${device} on host ${host} is another pod's`,
  })
  return allocateNumber(tx, ofports(host), owner)
}

function releasePort(tx: Tx, { spec, interface: device, ofport }: PodRecord): void {
  tx.delete(`interfaces/${spec.host}/${device}`)
  releaseNumber(tx, ofports(spec.host), ofport)
}

/** Acquired before the old one is released: an unchanged label set keeps its identity even for its only pod. */
function admitIdentity(tx: Tx, ref: Ref, spec: PodSpec, current: PodRecord | undefined, now: string): number {
  const scope = identityScope(ref)
  const identity = acquireIdentity(tx, scope, spec.labels ?? {})
  if (current !== undefined) releaseIdentity(tx, scope, current.spec.labels ?? {}, now)
  return identity
}

function identityScope({ tenant = '', network = '' }: Ref): IdentityScope {
  return { tenant, network }
}

/** Eleven characters of a hash of the pod's full name: stable, and within the 15 that Linux allows. */
function defaultInterface(ref: Ref): string {
  return `hd${hashOf(ref).slice(0, 11)}`
}

function hashOf(ref: Ref): string {
  return createHash('sha256').update(resourceKey('Pod', ref)).digest('hex')
}

function networkScope(tx: Tx, ref: Ref): NetworkScope {
  const tenant = ref.tenant ?? ''
  const name = ref.network ?? ''
  const network = tx.get<NetworkRecord>(resourceKey('Network', { tenant, name }))
  if (network === undefined) throw new HeddleError('NOT_FOUND', `network ${tenant}/${name} does not exist`)
  return { tenant, name, spec: network.value.spec }
}
