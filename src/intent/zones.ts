import type { ZoneRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { allocateNumber, releaseNumber, zones } from './numbers.js'

/** Conntrack zones: each network has one of its own on each host, since addresses of tenants may be the same. */

export interface ZoneScope {
  readonly tenant: string
  readonly network: string
}

/** Sees to it that the network has a zone on the host; it keeps it as long as both exist. */
export function ensureZone(tx: Tx, host: string, scope: ZoneScope): void {
  const key = zoneKey(host, scope)
  if (tx.get(key) === undefined) tx.put(key, { zone: allocateNumber(tx, zones(host), key) } satisfies ZoneRecord)
}

export function releaseZonesOfHost(tx: Tx, host: string): void {
  releaseZones(tx, `zones/${host}/`, () => true)
  tx.delete(`counters/${zones(host).name}`)
}

export function releaseZonesOfNetwork(tx: Tx, scope: ZoneScope): void {
  const end = `/${scope.tenant}/${scope.network}`
  releaseZones(tx, 'zones/', (key) => key.endsWith(end))
}

function releaseZones(tx: Tx, prefix: string, isMeant: (key: string) => boolean): void {
  for (const { key, value } of [...tx.list<ZoneRecord>(prefix)]) {
    if (!isMeant(key)) continue
    const [, host = ''] = key.split('/')
    tx.delete(key)
    releaseNumber(tx, zones(host), value.zone)
  }
}

function zoneKey(host: string, { tenant, network }: ZoneScope): string {
  return `zones/${host}/${tenant}/${network}`
}
