import { DecodeError, EncodeError } from '../errors.js'
import type { Reader } from '../binary.js'
import type { Layout, Scope } from './layout.js'

/**
 * Reads entries until the bytes end, as part of the body that `bodyOf` makes of them. A DecodeError carries the body
 * of those before it as `partial`: that is what ovs-ofctl prints of such a message.
 */
export function readEntries<T, B extends object>(
  entry: Layout<T>,
  r: Reader,
  scope: Scope,
  bodyOf: (entries: readonly T[]) => B,
): B {
  const entries: T[] = []
  try {
    while (r.remaining > 0) entries.push(entry.read(r, scope))
  } catch (error) {
    if (error instanceof DecodeError) error.partial = bodyOf(entries)
    throw error
  }
  return bodyOf(entries)
}

/** The entries of a multipart reply, as the field `entries` of the message. */
export const entriesBody = (entry: Layout<unknown>, single: boolean): Layout<unknown> => ({
  write(w, value, scope) {
    const { entries } = value as { entries: readonly unknown[] }
    if (single && entries.length !== 1) throw new EncodeError(`${entries.length} entries where there is exactly one`)
    for (const item of entries) entry.write(w, item, scope)
  },
  read: (r, scope) =>
    single ? { entries: [entry.read(r, scope)] } : readEntries(entry, r, scope, (entries) => ({ entries })),
})
