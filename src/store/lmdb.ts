import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Database, open, type RootDatabase } from 'lmdb'
import { HeddleError } from '../model/errors.js'
import { type Batch, type Content, MirroredStore, type Persister, type StoreOptions, WriteError } from './core.js'
import { freezeParsed } from './json.js'
import { FileLock } from './lock.js'
import { type Entry } from './store.js'

/** Of the record layout below. A store of a newer format is refused. */
const FORMAT = 1

/** The one record of database `meta`. */
const STATE_KEY = 'state'
interface State {
  readonly format: number
  readonly revision: number
}

/** A record of database `entries`, under the entry's key. */
type Stored = readonly [revision: number, value: unknown]

/** The store in a directory: `data.mdb` and `lock.mdb` are LMDB's, `heddle.lock` keeps a second process out. */
export class LmdbStore extends MirroredStore {
  /**
   * Opens the store in `directory`, which is created (mode 0700) when there is none.
   * Throws HeddleError UNAVAILABLE, with the path, when it cannot be read or written, is in use by another process,
   * is damaged, or was written by a newer Heddle.
   */
  static open(directory: string, options: StoreOptions = {}): Promise<LmdbStore> {
    const path = resolve(directory)
    return guard(path, async () => {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      const disk = await LmdbDisk.open(path)
      try {
        return new LmdbStore(disk.load(), disk, options)
      } catch (error) {
        await disk.close()
        throw error
      }
    })
  }
}

class LmdbDisk implements Persister {
  readonly #lock: FileLock
  readonly #root: RootDatabase
  readonly #entries: Database<Stored, string>
  readonly #meta: Database<State, string>
  #revision = 0

  private constructor(lock: FileLock, root: RootDatabase) {
    this.#lock = lock
    this.#root = root
    this.#entries = root.openDB<Stored, string>({ name: 'entries', encoding: 'json' })
    this.#meta = root.openDB<State, string>({ name: 'meta', encoding: 'json' })
  }

  static async open(path: string): Promise<LmdbDisk> {
    const lock = FileLock.take(join(path, 'heddle.lock'))
    let root: RootDatabase | undefined
    try {
      // Created here for its mode; LMDB takes an empty file for a new one.
      closeSync(openSync(join(path, 'data.mdb'), 'a', 0o600))
      root = open({
        path,
        noSubdir: false,
        // With overlapping syncs a batch whose fdatasync failed is rejected, and yet found in the file afterwards.
        overlappingSync: false,
        // Batches are made here; the implicit ones leave promises behind whose rejection nobody can handle.
        eventTurnBatching: false,
      })
      const disk = new LmdbDisk(lock, root)
      await disk.#initialize(path)
      return disk
    } catch (error) {
      await root?.close()
      lock.release()
      throw error
    }
  }

  async #initialize(path: string): Promise<void> {
    const state = this.#meta.get(STATE_KEY)
    if (state === undefined) {
      if (this.#entries.getKeysCount({ limit: 1 }) > 0) throw new Error('damaged: it has entries and no state record')
      await this.write({ revision: 0, puts: [], deletes: [] })
      // The file's own name must be durable as well.
      for (const directory of [path, dirname(path)]) syncDirectory(directory)
      return
    }
    if (!Number.isSafeInteger(state.format) || !Number.isSafeInteger(state.revision) || state.revision < 0) {
      throw new Error(`damaged: its state record is ${JSON.stringify(state)}`)
    }
    if (state.format > FORMAT) {
      throw new Error(`written in format ${state.format} by a newer version; this one knows format ${FORMAT}`)
    }
    this.#revision = state.revision
  }

  load(): Content {
    const entries: Entry[] = []
    for (const { key, value: stored } of this.#entries.getRange()) {
      const [revision, value] = stored
      if (!Number.isSafeInteger(revision) || revision > this.#revision) {
        throw new Error(`damaged: ${JSON.stringify(key)} is of revision ${revision}, the store of ${this.#revision}`)
      }
      entries.push(Object.freeze({ key, value: freezeParsed(value), revision }))
    }
    return { revision: this.#revision, entries }
  }

  async write(batch: Batch): Promise<void> {
    const before = this.#revision
    try {
      const committed = this.#root.batch(() => {
        // First, so that #stillHolds also sees a batch of which LMDB took only a part.
        void this.#meta.put(STATE_KEY, { format: FORMAT, revision: batch.revision })
        for (const key of batch.deletes) void this.#entries.remove(key)
        for (const { key, revision, value } of batch.puts) void this.#entries.put(key, [revision, value])
      })
      await committed
      await this.#root.flushed
      this.#revision = batch.revision
    } catch (error) {
      const reason = await causeOf(error)
      throw new WriteError(reason, this.#stillHolds(before))
    }
  }

  async close(): Promise<void> {
    try {
      await this.#root.close()
    } finally {
      this.#lock.release()
    }
  }

  /** After a failed write: whether the file is readable and without the write. */
  #stillHolds(revision: number): boolean {
    try {
      this.#meta.resetReadTxn()
      return (this.#meta.get(STATE_KEY)?.revision ?? 0) === revision
    } catch {
      return false
    }
  }
}

/** LMDB's reason for a failed commit comes as a promise that rejects with it. */
async function causeOf(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error)
  if (!('commitError' in error)) return error.message
  const { commitError } = error
  const reason = commitError instanceof Promise ? commitError.catch((cause: unknown) => cause) : undefined
  const cause: unknown = await Promise.race([reason, nextTurn()])
  return cause instanceof Error ? cause.message : error.message
}

/** Gives every failure the path and a code. */
async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof HeddleError) throw error
    throw new HeddleError('UNAVAILABLE', `store ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
