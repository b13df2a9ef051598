import { setImmediate as nextTurn } from 'node:timers/promises'
import { HeddleError } from '../model/errors.js'
import { Feed } from './feed.js'
import { SortedMap } from './sorted-map.js'
import type { Change, Commit, Entry, Store, Tx } from './store.js'
import { restore, Transaction } from './transaction.js'

/** What several commits come to: the last entry of each key they wrote. */
export interface Batch {
  readonly revision: number
  readonly puts: readonly Entry[]
  readonly deletes: readonly string[]
}

/** Where the commits of a MirroredStore are kept. */
export interface Persister {
  /**
   * Writes all of the batch or nothing, and resolves once it is durable. Rejects with `usable` false in the error
   * (see WriteError) when the medium is in doubt. Never called again before the last call has settled.
   */
  write(batch: Batch): Promise<void>
  close(): Promise<void>
}

/** Why a batch was not written. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
  /** Whether the medium holds exactly what it held before, and may be written again. */
  readonly usable: boolean

  constructor(message: string, usable: boolean) {
    super(message)
    this.usable = usable
  }
}

/** What a persister holds when its store is opened; values frozen. */
export interface Content {
  readonly revision: number
  readonly entries: readonly Entry[]
}

export interface StoreOptions {
  /** How many commits `watch` can go back. 10,000 unless told. */
  readonly history?: number
  /** How many transactions may wait; one more is refused with UNAVAILABLE. 100,000 unless told. */
  readonly queue?: number
  /** Told what listeners throw. A process warning unless told. */
  readonly onError?: (error: unknown) => void
}

/** Most transactions in one write: what bounds how long they keep the event loop. */
const MAX_BATCH = 1024

interface Job {
  /** Runs the caller's function; gives what resolves its promise once the revision is durable. */
  readonly run: (tx: Tx) => (revision: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * A store all of whose entries are mirrored in memory, over one persister that nobody else writes.
 *
 * Transactions wait while a batch is being written; then they are run one after the other on `#head` and written
 * together. Readers and watchers see `#durable` alone, which follows once the batch is on disk.
 */
export class MirroredStore implements Store {
  readonly #persister: Persister
  readonly #durable: SortedMap<Entry>
  /** `#durable` and, while a batch is being written, its commits. */
  readonly #head: SortedMap<Entry>
  readonly #feed: Feed
  readonly #maxQueue: number
  readonly #queue: Job[] = []
  #revision: number
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined
  /** Why nothing can be written any more. */
  #broken: string | undefined

  constructor(content: Content, persister: Persister, options: StoreOptions = {}) {
    this.#persister = persister
    this.#revision = content.revision
    this.#durable = new SortedMap(content.entries.map((entry) => [entry.key, entry]))
    this.#head = new SortedMap(this.#durable.entries())
    this.#feed = new Feed(content.revision, options.history ?? 10_000, options.onError ?? warn)
    this.#maxQueue = options.queue ?? 100_000
  }

  get revision(): number {
    return this.#revision
  }

  get<T>(key: string): Entry<T> | undefined {
    // The caller names the type of what it stored under this key.
    return this.#durable.get(key) as Entry<T> | undefined
  }

  /** A copy: commits that come while it is walked do not touch it. */
  list<T>(prefix: string): readonly Entry<T>[] {
    return this.#durable.list(prefix) as Entry<T>[]
  }

  /** See Store. Rejects with HeddleError UNAVAILABLE when closed, when too many wait, when the write fails. */
  transact<T>(fn: (tx: Tx) => T): Promise<{ readonly revision: number; readonly value: T }> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal()
      if (refusal !== undefined) {
        reject(new HeddleError('UNAVAILABLE', refusal))
        return
      }
      const run = (tx: Tx) => {
        const value = fn(tx)
        refusePromise(value)
        return (revision: number) => {
          resolve({ revision, value })
        }
      }
      this.#queue.push({ run, reject })
      this.#draining ??= this.#drain()
    })
  }

  rehearse<T>(fn: (tx: Tx) => T): { readonly value: T; readonly changes: readonly Change[] } {
    const tx = new Transaction(this.#durable, this.#revision + 1)
    try {
      const value = fn(tx)
      refusePromise(value)
      return { value, changes: tx.finish() }
    } finally {
      tx.undo()
    }
  }

  watch(after: number, listener: (commit: Commit) => void): () => void {
    if (this.#closing !== undefined) throw new HeddleError('UNAVAILABLE', 'the store is closed')
    return this.#feed.watch(after, listener)
  }

  /** Waits for the transactions that were accepted. Reading stays possible. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#draining
    this.#feed.close()
    await this.#persister.close()
  }

  #refusal(): string | undefined {
    if (this.#broken !== undefined) return this.#broken
    if (this.#closing !== undefined) return 'the store is closed'
    return this.#queue.length >= this.#maxQueue ? `${this.#queue.length} transactions are waiting` : undefined
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // Those who answer the last batch with another transaction get into the next one together.
      await nextTurn()
      const jobs = this.#queue.splice(0, MAX_BATCH)
      if (this.#broken === undefined) await this.#commit(jobs)
      else for (const { reject } of jobs) reject(new HeddleError('UNAVAILABLE', this.#broken))
    }
    this.#draining = undefined
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const commits: Commit[] = []
    const settlers: ((failure: HeddleError | undefined) => void)[] = []
    let revision = this.#revision
    for (const job of jobs) {
      const { commit, settle } = this.#run(job, revision + 1)
      if (commit !== undefined) {
        commits.push(commit)
        revision = commit.revision
      }
      const at = revision
      // What has seen writes that then got lost has no answer, not even its refusal.
      const exposed = commits.length > 0
      settlers.push((failure) => {
        if (failure !== undefined && exposed) job.reject(failure)
        else settle(at)
      })
    }
    const failure = commits.length === 0 ? undefined : await this.#persist(commits, revision)
    if (failure === undefined) this.#publish(commits)
    else this.#takeBack(commits)
    for (const settle of settlers) settle(failure)
  }

  #run(job: Job, revision: number): { readonly commit?: Commit; readonly settle: (revision: number) => void } {
    const tx = new Transaction(this.#head, revision)
    try {
      const settle = job.run(tx)
      const changes = tx.finish()
      return changes.length === 0 ? { settle } : { settle, commit: Object.freeze({ revision, changes }) }
    } catch (error) {
      tx.undo()
      return {
        settle: () => {
          job.reject(error)
        },
      }
    }
  }

  async #persist(commits: readonly Commit[], revision: number): Promise<HeddleError | undefined> {
    try {
      await this.#persister.write(merge(commits, revision))
      return undefined
    } catch (error) {
      const message = `the store could not write: ${error instanceof Error ? error.message : String(error)}`
      if (!(error instanceof WriteError && error.usable)) this.#broken = message
      return new HeddleError('UNAVAILABLE', message)
    }
  }

  #publish(commits: readonly Commit[]): void {
    for (const commit of commits) {
      for (const { key, entry } of commit.changes) restore(this.#durable, key, entry)
      this.#revision = commit.revision
      this.#feed.publish(commit)
    }
  }

  #takeBack(commits: readonly Commit[]): void {
    for (const { changes } of commits.toReversed()) {
      for (const { key, previous } of changes) restore(this.#head, key, previous)
    }
  }
}

function merge(commits: readonly Commit[], revision: number): Batch {
  const last = new Map<string, Entry | undefined>()
  for (const { changes } of commits) for (const { key, entry } of changes) last.set(key, entry)
  const puts: Entry[] = []
  const deletes: string[] = []
  for (const [key, entry] of last) {
    if (entry === undefined) deletes.push(key)
    else puts.push(entry)
  }
  return { revision, puts, deletes }
}

/** An async function would write after its transaction is over. */
function refusePromise(value: unknown): void {
  if (!(value instanceof Promise)) return
  value.catch(() => undefined)
  throw new HeddleError('INTERNAL', 'the function of a transaction must be synchronous')
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
