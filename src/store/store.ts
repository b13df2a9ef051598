/**
 * The durable truth. Keys are paths (`pods/red/web/a`), values plain JSON. Every committed transaction is one revision.
 */

export interface Entry<T = unknown> {
  readonly key: string
  readonly value: T
  /** Revision that wrote this value: what an ETag shows and compare-and-swap compares. */
  readonly revision: number
}

export interface Change {
  readonly key: string
  /** Absent: deleted. */
  readonly entry?: Entry
  /** Absent: created. */
  readonly previous?: Entry
}

export interface Commit {
  readonly revision: number
  readonly changes: readonly Change[]
}

export interface Reader {
  get<T>(key: string): Entry<T> | undefined
  /** Entries whose keys begin with `prefix`, in key order. */
  list<T>(prefix: string): Iterable<Entry<T>>
}

export interface Tx extends Reader {
  put(key: string, value: unknown): void
  delete(key: string): void
}

export interface Store extends Reader {
  /** Revision of the last durable commit. */
  readonly revision: number

  /**
   * Runs `fn` against the state with every earlier transaction in it, and commits what it wrote.
   * `fn` is synchronous and may be run again (a store that several controllers share retries on conflict);
   * when it throws, nothing of it is written and the promise rejects with that error.
   * Resolves once the commit is on disk; watchers have been told by then. A transaction that wrote nothing
   * resolves with the current revision.
   */
  transact<T>(fn: (tx: Tx) => T): Promise<{ readonly revision: number; readonly value: T }>

  /**
   * Runs `fn` against the durable state, says what it would change, and takes all of it back. Throws what `fn` throws.
   */
  rehearse<T>(fn: (tx: Tx) => T): { readonly value: T; readonly changes: readonly Change[] }

  /**
   * Calls `listener` once a commit, in order, for every commit after revision `after`, the past ones first
   * (before `watch` returns). Throws HeddleError COMPACTED when `after` is older than what is kept.
   * Returns the function that ends the watch.
   */
  watch(after: number, listener: (commit: Commit) => void): () => void

  close(): Promise<void>
}
