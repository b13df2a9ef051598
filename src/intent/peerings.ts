import type { Reader } from '../store/store.js'

/** Both sides have a peering with the other. */
export function isActive(reader: Reader, a: string, b: string): boolean {
  return reader.get(`peers/${a}/${b}`) !== undefined && reader.get(`peers/${b}/${a}`) !== undefined
}

/** Tenants whose networks are routed to those of `tenant`. */
export function activePeers(reader: Reader, tenant: string): string[] {
  const prefix = `peers/${tenant}/`
  return Array.from(reader.list(prefix), ({ key }) => key.slice(prefix.length)).filter((peer) =>
    isActive(reader, tenant, peer),
  )
}

/** Tenants besides itself and its peers whose networks some peer of `tenant` reaches beside its own. */
export function peersOfPeers(reader: Reader, tenant: string): { readonly tenant: string; readonly by: string }[] {
  const peers = activePeers(reader, tenant)
  return peers.flatMap((by) =>
    activePeers(reader, by)
      .filter((other) => other !== tenant && !peers.includes(other))
      .map((other) => ({ tenant: other, by })),
  )
}
