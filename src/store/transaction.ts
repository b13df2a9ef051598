import { HeddleError, invalid } from '../model/errors.js'
import { equalJson, frozenJson } from './json.js'
import type { SortedMap } from './sorted-map.js'
import type { Change, Entry, Tx } from './store.js'

/** Longest key in bytes of UTF-8; LMDB takes 1978. */
const MAX_KEY_BYTES = 1024
const REFUSED_IN_KEYS = /[\p{Cc}\p{Surrogate}]/u

/**
 * Writes straight into `state`, and remembers what was there: `finish` gives the changes, `undo` takes them back.
 * Either ends the transaction, and any later use of it throws HeddleError INTERNAL; what is finished can still be undone.
 */
export class Transaction implements Tx {
  readonly #state: SortedMap<Entry>
  readonly #revision: number
  /** By key in the order of first writes, the entry that was there. */
  readonly #before = new Map<string, Entry | undefined>()
  #over = false

  /** `revision` is the one its writes will bear. */
  constructor(state: SortedMap<Entry>, revision: number) {
    this.#state = state
    this.#revision = revision
  }

  get<T>(key: string): Entry<T> | undefined {
    this.#checkOpen()
    // The caller names the type of what it stored under this key.
    return this.#state.get(key) as Entry<T> | undefined
  }

  list<T>(prefix: string): readonly Entry<T>[] {
    this.#checkOpen()
    return this.#state.list(prefix) as Entry<T>[]
  }

  put(key: string, value: unknown): void {
    this.#checkOpen()
    checkKey(key)
    const copy = frozenJson(value)
    const current = this.#state.get(key)
    if (current !== undefined && equalJson(current.value, copy)) return
    this.#remember(key, current)
    this.#state.set(key, Object.freeze({ key, value: copy, revision: this.#revision }))
  }

  delete(key: string): void {
    this.#checkOpen()
    const current = this.#state.get(key)
    if (current === undefined) return
    this.#remember(key, current)
    this.#state.delete(key)
  }

  /** What differs from before. A key that has got its old value back keeps its old entry and is no change. */
  finish(): readonly Change[] {
    this.#over = true
    const changes: Change[] = []
    for (const [key, previous] of this.#before) {
      const entry = this.#state.get(key)
      if (entry === undefined && previous === undefined) continue
      if (entry !== undefined && previous !== undefined && equalJson(entry.value, previous.value)) {
        this.#state.set(key, previous)
        continue
      }
      const before = previous === undefined ? {} : { previous }
      changes.push(Object.freeze(entry === undefined ? { key, ...before } : { key, entry, ...before }))
    }
    return Object.freeze(changes)
  }

  undo(): void {
    this.#over = true
    for (const [key, previous] of this.#before) restore(this.#state, key, previous)
  }

  #remember(key: string, current: Entry | undefined): void {
    if (!this.#before.has(key)) this.#before.set(key, current)
  }

  #checkOpen(): void {
    if (this.#over) throw new HeddleError('INTERNAL', 'the transaction is over: its function must be synchronous')
  }
}

/** Puts `entry` at `key`, or takes away what is there. */
export function restore(state: SortedMap<Entry>, key: string, entry: Entry | undefined): void {
  if (entry === undefined) state.delete(key)
  else state.set(key, entry)
}

function checkKey(key: string): void {
  const detail =
    key === ''
      ? 'a key must not be empty'
      : Buffer.byteLength(key) > MAX_KEY_BYTES
        ? `a key must not be longer than ${MAX_KEY_BYTES} bytes`
        : REFUSED_IN_KEYS.test(key)
          ? `the key ${JSON.stringify(key)} has a control character or half a surrogate pair`
          : undefined
  if (detail !== undefined) throw invalid([{ pointer: '', detail }])
}
