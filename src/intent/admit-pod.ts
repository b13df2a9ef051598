import { createHash } from 'node:crypto'
import { formatMac, mustParseIpv4 } from '../model/address.js'
import { HeddleError, invalid } from '../model/errors.js'
import { type PodSpec, type Ref, resourceKey } from '../model/kinds.js'
import type { NetworkRecord, PodRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { acquireIdentity, releaseIdentity } from './identities.js'
import { allocateAddress, type AllocatedAddress, isStray, type NetworkScope, releaseAddress } from './ipam.js'
import { allocateNumber, ofports, releaseNumber } from './numbers.js'
import { type KindRules, recordBase, takeName } from './rules.js'

/** Locally administered prefix of addresses that Heddle makes up; the IPv4 address follows, so they are easy to read. */
const POD_MAC_PREFIX = 0x0248n << 32n

export const podRules: KindRules<'Pod'> = {
  admit(tx, ref, spec, current, now) {
    if (tx.get(resourceKey('Host', { name: spec.host })) === undefined) {
      throw invalid([{ pointer: '/host', detail: `host ${spec.host} does not exist` }])
    }
    const network = networkScope(tx, ref)
    const { address, stray } = admitAddress(tx, network, ref, spec, current)
    const device = spec.interface ?? defaultInterface(ref)
    return {
      ...recordBase(current, spec, now),
      address,
      stray,
      mac: spec.mac?.toLowerCase() ?? formatMac(POD_MAC_PREFIX | BigInt(mustParseIpv4(address))),
      interface: device,
      ofport: admitPort(tx, ref, spec.host, device, current),
      identity: admitIdentity(tx, ref, spec, current),
    }
  },

  release(tx, ref, current) {
    releaseAddress(tx, networkScope(tx, ref), current.address)
    releasePort(tx, current)
    releaseIdentity(tx, ref.tenant ?? '', current.spec.labels ?? {})
  },
}

/** A pod keeps its address unless another is asked for; whether it is a stray may differ since: hosts and blocks move. */
function admitAddress(
  tx: Tx,
  network: NetworkScope,
  ref: Ref,
  spec: PodSpec,
  current: PodRecord | undefined,
): AllocatedAddress {
  const owner = resourceKey('Pod', ref)
  const wanted = spec.address
  if (current === undefined) return allocateAddress(tx, network, spec.host, owner, wanted)
  if (wanted !== undefined && wanted !== current.address) {
    const allocated = allocateAddress(tx, network, spec.host, owner, wanted)
    releaseAddress(tx, network, current.address)
    return allocated
  }
  return { address: current.address, stray: isStray(tx, network, spec.host, current.address) }
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
function admitIdentity(tx: Tx, ref: Ref, spec: PodSpec, current: PodRecord | undefined): number {
  const identity = acquireIdentity(tx, ref.tenant ?? '', spec.labels ?? {})
  if (current !== undefined) releaseIdentity(tx, ref.tenant ?? '', current.spec.labels ?? {})
  return identity
}

/** Eleven characters of a hash of the pod's full name: stable, and within the 15 that Linux allows. */
function defaultInterface(ref: Ref): string {
  const digest = createHash('sha256').update(resourceKey('Pod', ref)).digest('hex')
  return `hd${digest.slice(0, 11)}`
}

function networkScope(tx: Tx, ref: Ref): NetworkScope {
  const tenant = ref.tenant ?? ''
  const name = ref.network ?? ''
  const network = tx.get<NetworkRecord>(resourceKey('Network', { tenant, name }))
  if (network === undefined) throw new HeddleError('NOT_FOUND', `network ${tenant}/${name} does not exist`)
  return { tenant, name, spec: network.value.spec }
}
