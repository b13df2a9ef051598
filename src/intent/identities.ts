import { createHash } from 'node:crypto'
import type { IdentityRecord } from '../model/records.js'
import type { Store, Tx } from '../store/store.js'
import { allocateNumber, IDENTITIES, releaseNumber } from './numbers.js'

/**
 * Security identities: all pods of a network with exactly the same labels share one. The network counts as one of the
 * labels, since policies select by it and a packet carries nothing but the identity.
 *
 * An identity that its last pod has left is kept for an hour: a pod that comes back finds it known on all hosts, and its
 * number, which packets on their way and established connections may still carry, is nobody else's for that long.
 */
export const IDENTITY_REST_MS = 3_600_000

type Labels = Readonly<Record<string, string>>

export interface IdentityScope {
  readonly tenant: string
  readonly network: string
}

/** The identity of these labels; a new one for a new set. */
export function acquireIdentity(tx: Tx, scope: IdentityScope, labels: Labels): number {
  const key = identityKey(scope, labels)
  const known = tx.get<IdentityRecord>(key)?.value
  const id = known?.id ?? allocateNumber(tx, IDENTITIES, key)
  tx.put(key, { id, labels, pods: (known?.pods ?? 0) + 1 } satisfies IdentityRecord)
  return id
}

/** Gives a pod's share back. `now`: ISO 8601, when the last one's rest begins. */
export function releaseIdentity(tx: Tx, scope: IdentityScope, labels: Labels, now: string): void {
  const key = identityKey(scope, labels)
  const record = tx.get<IdentityRecord>(key)?.value
  if (record === undefined) return
  const pods = record.pods - 1
  tx.put(key, { ...record, pods, ...(pods === 0 && { unusedSince: now }) } satisfies IdentityRecord)
}

/** Frees the identities of which no pod is left for `restMs`; returns how many. */
export async function collectIdentities(store: Store, now: Date, restMs = IDENTITY_REST_MS): Promise<number> {
  const before = new Date(now.getTime() - restMs).toISOString()
  const isDue = ({ unusedSince }: IdentityRecord): boolean => unusedSince !== undefined && unusedSince <= before
  const due = Array.from(store.list<IdentityRecord>('identities/')).filter(({ value }) => isDue(value))
  if (due.length === 0) return 0
  const { value } = await store.transact((tx) => {
    let freed = 0
    for (const { key } of due) {
      const record = tx.get<IdentityRecord>(key)?.value
      if (record === undefined || !isDue(record)) continue
      freeIdentity(tx, key, record)
      freed++
    }
    return freed
  })
  return value
}

/** With their network all of them go. */
export function releaseIdentities(tx: Tx, { tenant, network }: IdentityScope): void {
  for (const { key, value } of [...tx.list<IdentityRecord>(`identities/${tenant}/${network}/`)]) {
    freeIdentity(tx, key, value)
  }
}

function freeIdentity(tx: Tx, key: string, { id }: IdentityRecord): void {
  tx.delete(key)
  releaseNumber(tx, IDENTITIES, id)
}

function identityKey({ tenant, network }: IdentityScope, labels: Labels): string {
  const canonical = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const hash = createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 32)
  return `identities/${tenant}/${network}/${hash}`
}
