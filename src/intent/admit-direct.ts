import { contains, mustParseCidr, mustParseIp, overlaps } from '../model/address.js'
import { HeddleError, type Issue } from '../model/errors.js'
import { type HostSpec, type NetworkSpec, type Ref, resourceKey } from '../model/kinds.js'
import type { HostRecord, NetworkRecord, OwnerRecord, PodRecord } from '../model/records.js'
import type { Reader } from '../store/store.js'
import { isDirect, isOnSegment } from './segment.js'

/** What direct networks ask of each other and of hosts, whichever of them is written. */

/**
 * On the segment an address alone says whose a packet is: it is of one direct network, or of a host. Throws CONFLICT naming
 * the range and who has it.
 */
export function refuseTakenRanges(reader: Reader, ref: Ref, spec: NetworkSpec): void {
  if (!isDirect(spec)) return
  const own = resourceKey('Network', ref)
  const others = [...directNetworks(reader)].filter(({ key }) => key !== own)
  const hosts = [...reader.list<HostRecord>('hosts/')]
  const issues = spec.cidrs.flatMap((text, i): Issue[] => {
    const cidr = mustParseCidr(text)
    const pointer = `/cidrs/${i}`
    const ranges = others.flatMap(({ key, value }) =>
      value.spec.cidrs
        .filter((other) => overlaps(cidr, mustParseCidr(other)))
        .map((other) => ({ pointer, detail: `${text} overlaps ${other} of ${key}, which is direct, too` })),
    )
    const addresses = hosts
      .filter(({ value }) => contains(cidr, mustParseIp(value.spec.tunnelAddress)))
      .map(({ key, value }) => ({ pointer, detail: `${text} has ${value.spec.tunnelAddress}, the tunnelAddress of ${key}` }))
    return [...ranges, ...addresses]
  })
  if (issues.length > 0) throw new HeddleError('CONFLICT', issues.map(({ detail }) => detail).join('; '), issues)
}

/** Throws CONFLICT where the host's address is in the range of a direct network. */
export function refuseAddressOfNetwork(reader: Reader, { tunnelAddress }: HostSpec): void {
  const ip = mustParseIp(tunnelAddress)
  for (const { key, value } of directNetworks(reader)) {
    const cidr = value.spec.cidrs.find((text) => contains(mustParseCidr(text), ip))
    if (cidr !== undefined) {
      throw refusal('CONFLICT', '/tunnelAddress', `${tunnelAddress} is in ${cidr} of ${key}, which is direct`)
    }
  }
}

/** Throws INVALID where a pod of the network could not be reached on the host. */
export function refuseOffSegment(spec: NetworkSpec, host: string, hostSpec: HostSpec): void {
  if (!isDirect(spec) || isOnSegment(hostSpec)) return
  throw refusal('INVALID', '/host', `host ${host} has no uplink, which pods of a direct network need`)
}

/** A network becomes direct: throws IN_USE where pods of it are on hosts without an uplink. */
export function refuseOffSegmentPods(reader: Reader, ref: Ref, spec: NetworkSpec): void {
  if (!isDirect(spec)) return
  for (const { key, value } of reader.list<PodRecord>(`pods/${ref.tenant ?? ''}/${ref.name}/`)) {
    const { host } = value.spec
    const hostSpec = reader.get<HostRecord>(resourceKey('Host', { name: host }))?.value.spec
    if (hostSpec === undefined || isOnSegment(hostSpec)) continue
    throw refusal('IN_USE', '/encapsulation', `${key} is on host ${host}, which has no uplink`)
  }
}

/** A host loses its uplink: throws IN_USE where it has pods of direct networks. */
export function refuseLeavingSegment(reader: Reader, host: string, spec: HostSpec): void {
  if (isOnSegment(spec)) return
  for (const { value } of reader.list<OwnerRecord>(`interfaces/${host}/`)) {
    const [, tenant = '', network = ''] = value.owner.split('/')
    const record = reader.get<NetworkRecord>(resourceKey('Network', { tenant, name: network }))?.value
    if (record === undefined || !isDirect(record.spec)) continue
    throw refusal('IN_USE', '/uplink', `${value.owner} is on the host and needs it: its network is direct`)
  }
}

function* directNetworks(reader: Reader): Iterable<{ readonly key: string; readonly value: NetworkRecord }> {
  for (const { key, value } of reader.list<NetworkRecord>('networks/')) if (isDirect(value.spec)) yield { key, value }
}

function refusal(code: 'CONFLICT' | 'INVALID' | 'IN_USE', pointer: string, detail: string): HeddleError {
  return new HeddleError(code, detail, [{ pointer, detail }])
}
