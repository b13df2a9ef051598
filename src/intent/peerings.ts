import type { PeeringRecord } from '../model/records.js'
import type { Reader } from '../store/store.js'

/** Both sides have a peering with the other. */
export function isActive(reader: Reader, a: string, b: string): boolean {
  return reader.get(`peers/${a}/${b}`) !== undefined && reader.get(`peers/${b}/${a}`) !== undefined
}

/** Tenants whose networks are routed to those of `tenant`. */
export function activePeers(reader: Reader, tenant: string): string[] {
  return Array.from(reader.list<PeeringRecord>(`peerings/${tenant}/`), ({ value }) => value.spec.peer).filter((peer) =>
    isActive(reader, tenant, peer),
  )
}
