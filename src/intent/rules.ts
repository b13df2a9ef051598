import { randomUUID } from 'node:crypto'
import { HeddleError, type Issue } from '../model/errors.js'
import type { KindName, Ref, SpecOf } from '../model/kinds.js'
import type { OwnerRecord } from '../model/records.js'
import type { Tx } from '../store/store.js'
import type { RecordOf } from './resources.js'

/** What one kind adds to the general write: its checks against other resources, and its allocations. */
export interface KindRules<K extends KindName> {
  /** The record to store. Allocates what is new, releases what `current` no longer needs. Throws HeddleError. */
  admit(tx: Tx, ref: Ref, spec: SpecOf[K], current: RecordOf[K] | undefined, now: string): RecordOf[K]
  /** Whether a write of the same spec again has nothing to do; by default it has not. */
  isSettled?(tx: Tx, ref: Ref, current: RecordOf[K]): boolean
  /** Before deletion: refuses with IN_USE, else gives back what was allocated. */
  release(tx: Tx, ref: Ref, current: RecordOf[K]): void
}

/** The part that all records share. */
export function recordBase<Spec>(
  current: { readonly uid: string; readonly createdAt: string } | undefined,
  spec: Spec,
  now: string,
): { uid: string; createdAt: string; updatedAt: string; spec: Spec } {
  return { uid: current?.uid ?? randomUUID(), createdAt: current?.createdAt ?? now, updatedAt: now, spec }
}

/**
 * Names that only one resource may hold (a host's interface, an underlay address): `key` says which, `owner` who.
 * Throws CONFLICT naming the field and the holder.
 */
export function takeName(tx: Tx, key: string, owner: string, issue: Issue): void {
  const holder = tx.get<OwnerRecord>(key)?.value.owner
  if (holder !== undefined && holder !== owner) {
    const detail = `${issue.detail} (${holder})`
    throw new HeddleError('CONFLICT', detail, [{ pointer: issue.pointer, detail }])
  }
  tx.put(key, { owner } satisfies OwnerRecord)
}

export function inUse(message: string): HeddleError {
  return new HeddleError('IN_USE', message)
}

/** The first key below a prefix, for "still has …" messages. */
export function firstKey(tx: Tx, prefix: string): string | undefined {
  for (const { key } of tx.list(prefix)) return key
  return undefined
}
