import { profileNameOf, unenforceableOn, unusedByTotal } from '../intent/bandwidth.js'
import { podsWith } from '../intent/guarantees.js'
import { type PodSpec, type Ref, resourceKey, type TenantSpec } from '../model/kinds.js'
import type { BandwidthProfileRecord, HostRecord, NetworkRecord } from '../model/records.js'
import type { Reader } from '../store/store.js'
import type { PodTraffic } from '../hosts/traffic.js'
import type { StatusOf } from './schemas.js'

/** What statuses say of bandwidth: what acts is no news, what does not is named. */

export function podBandwidthStatus(
  store: Reader,
  ref: Ref,
  spec: PodSpec,
  traffic: PodTraffic | undefined,
): Pick<StatusOf['Pod'], 'bandwidth'> {
  const { tenant = '', network = '' } = ref
  const networkSpec = store.get<NetworkRecord>(resourceKey('Network', { tenant, name: network }))?.value.spec
  const name = profileNameOf(spec, networkSpec)
  if (name === undefined) return {}
  const profile = profileSpec(store, tenant, name)
  const host = store.get<HostRecord>(resourceKey('Host', { name: spec.host }))?.value
  const broken = profile === undefined || host === undefined ? [] : unenforceableOn(spec.host, host.spec, profile)
  const dropped = Object.entries(traffic?.meters ?? {}).map(([limit, count]) => [limit, count.dropped])
  const notEnforceable = broken.map(({ field, reason }) => `${field} is ${reason}`)
  return { bandwidth: { profile: name, notEnforceable, dropped: Object.fromEntries(dropped) as Record<string, number> } }
}

export function totalStatus(store: Reader, tenant: string, { bandwidth }: TenantSpec): Pick<StatusOf['Tenant'], 'bandwidth'> {
  if (bandwidth === undefined) return {}
  const profile = profileSpec(store, tenant, bandwidth)
  if (profile === undefined) return { bandwidth: { notEnforceable: [`bandwidthprofile ${tenant}/${bandwidth} does not exist`] } }
  const unused = unusedByTotal(profile)
  return { bandwidth: { notEnforceable: unused.map((field) => `${field} has no meaning for the total of a tenant`) } }
}

export function profileStatus(store: Reader, { tenant = '', name }: Ref): StatusOf['BandwidthProfile'] {
  const networks = Array.from(store.list<NetworkRecord>(`networks/${tenant}/`)).filter(({ value }) => value.spec.bandwidth === name)
  return { networks: networks.length, pods: podsWith(store, tenant, name).length }
}

function profileSpec(store: Reader, tenant: string, name: string): BandwidthProfileRecord['spec'] | undefined {
  return store.get<BandwidthProfileRecord>(resourceKey('BandwidthProfile', { tenant, name }))?.value.spec
}
