import { createHash } from 'node:crypto'
import type { IdentityRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import { allocateNumber, IDENTITIES, releaseNumber } from './numbers.js'

type Labels = Readonly<Record<string, string>>

/** The identity that all pods of the tenant with exactly these labels share; a new one for a new set. */
export function acquireIdentity(tx: Tx, tenant: string, labels: Labels): number {
  const key = identityKey(tenant, labels)
  const known = tx.get<IdentityRecord>(key)?.value
  const record = known ?? { id: allocateNumber(tx, IDENTITIES, key), labels, pods: 0 }
  tx.put(key, { ...record, pods: record.pods + 1 } satisfies IdentityRecord)
  return record.id
}

/** Gives a pod's share back; the last one frees the number, which next fit leaves unused for a long time. */
export function releaseIdentity(tx: Tx, tenant: string, labels: Labels): void {
  const key = identityKey(tenant, labels)
  const record = tx.get<IdentityRecord>(key)?.value
  if (record === undefined) return
  if (record.pods > 1) {
    tx.put(key, { ...record, pods: record.pods - 1 } satisfies IdentityRecord)
    return
  }
  tx.delete(key)
  releaseNumber(tx, IDENTITIES, record.id)
}

function identityKey(tenant: string, labels: Labels): string {
  const canonical = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const hash = createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 32)
  return `identities/${tenant}/${hash}`
}
