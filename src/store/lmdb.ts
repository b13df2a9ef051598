import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { type Database, open, type RootDatabase } from 'lmdb'
import { HeddleError } from '../model/errors.js'
import { type Batch, type Content, MirroredStore, type Persister, type StoreOptions, WriteError } from './core.js'
import { freezeParsed } from './json.js'
import { prepareLmdbFile } from './lmdb-file.js'
import { FileLock } from './lock.js'
import type { Entry } from './store.js'

/** Of the record layout below. A store of a newer format is refused. */
const FORMAT = 1

/** The one record of database `meta`. */
const STATE_KEY = 'state'
interface State {
  readonly format: number
  readonly revision: number
  /** Number of entries, and the exclusive or of their checksums: LMDB itself can lose a damaged page in silence. */
  readonly count: number
  readonly checksum: number
}

/** A record of database `entries`, under the entry's key, is the JSON text of [revision, value]. */
const encode = ({ revision, value }: Entry): string => JSON.stringify([revision, value])

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
  readonly #entries: Database<string, string>
  readonly #meta: Database<State, string>
  #state: State = { format: FORMAT, revision: 0, count: 0, checksum: 0 }
  /** Of every entry that is on disk, by key. */
  readonly #checksums = new Map<string, number>()

  private constructor(lock: FileLock, root: RootDatabase) {
    this.#lock = lock
    this.#root = root
    this.#entries = root.openDB<string, string>({ name: 'entries', encoding: 'string' })
    this.#meta = root.openDB<State, string>({ name: 'meta', encoding: 'json' })
  }

  static async open(path: string): Promise<LmdbDisk> {
    const lock = FileLock.take(join(path, 'heddle.lock'))
    let root: RootDatabase | undefined
    try {
      prepareLmdbFile(join(path, 'data.mdb'))
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
    const { format, revision, count, checksum } = state
    if (format > FORMAT) {
      throw new Error(`written in format ${format} by a newer version; this one knows format ${FORMAT}`)
    }
    if (![format, revision, count, checksum].every((n) => Number.isSafeInteger(n))) {
      throw new Error(`damaged: its state record is ${JSON.stringify(state)}`)
    }
    this.#state = state
  }

  load(): Content {
    const entries: Entry[] = []
    let checksum = 0
    for (const { key, value: text } of this.#entries.getRange()) {
      const sum = checksumOf(key, text)
      checksum ^= sum
      this.#checksums.set(key, sum)
      entries.push(decode(key, text))
    }
    const { revision, count } = this.#state
    if (entries.length !== count || checksum !== this.#state.checksum) {
      throw new Error(`damaged: of ${count} entries ${entries.length} are readable, or some are not as written`)
    }
    return { revision, entries }
  }

  async write(batch: Batch): Promise<void> {
    const texts = batch.puts.map((entry) => ({ key: entry.key, text: encode(entry) }))
    const sums = texts.map(({ key, text }) => [key, checksumOf(key, text)] as const)
    const state = this.#stateAfter(batch, sums)
    try {
      const committed = this.#root.batch(() => {
        // First, so that #stillHolds also sees a batch of which LMDB took only a part.
        void this.#meta.put(STATE_KEY, state)
        for (const key of batch.deletes) void this.#entries.remove(key)
        for (const { key, text } of texts) void this.#entries.put(key, text)
      })
      await committed
      await this.#root.flushed
    } catch (error) {
      const reason = await causeOf(error)
      throw new WriteError(reason, this.#stillHolds(this.#state.revision))
    }
    this.#state = state
    for (const key of batch.deletes) this.#checksums.delete(key)
    for (const [key, sum] of sums) this.#checksums.set(key, sum)
  }

  #stateAfter(batch: Batch, sums: readonly (readonly [key: string, sum: number])[]): State {
    let { count, checksum } = this.#state
    for (const key of batch.deletes) {
      const old = this.#checksums.get(key)
      if (old === undefined) continue
      count--
      checksum ^= old
    }
    for (const [key, sum] of sums) {
      const old = this.#checksums.get(key)
      if (old === undefined) count++
      checksum ^= sum ^ (old ?? 0)
    }
    return { format: FORMAT, revision: batch.revision, count, checksum }
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

function checksumOf(key: string, text: string): number {
  return crc32(text, crc32(key))
}

function decode(key: string, text: string): Entry {
  const stored = parse(text)
  const revision: unknown = stored[0]
  const value = stored[1]
  if (typeof revision !== 'number' || value === undefined) {
    throw new Error(`damaged: the record of ${JSON.stringify(key)} is not one of this store`)
  }
  return Object.freeze({ key, value: freezeParsed(value), revision })
}

function parse(text: string): readonly unknown[] {
  try {
    const stored: unknown = JSON.parse(text)
    return Array.isArray(stored) ? stored : []
  } catch {
    return []
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
