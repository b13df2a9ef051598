import { type Batch, type Content, MirroredStore, type Persister, type StoreOptions } from './core.js'
import type { Entry } from './store.js'

/** What a MemoryStore leaves for the next one to open: a disk that ends with the process. */
export class MemoryDisk implements Persister {
  readonly #entries = new Map<string, Entry>()
  #revision = 0

  load(): Content {
    return { revision: this.#revision, entries: [...this.#entries.values()] }
  }

  write(batch: Batch): Promise<void> {
    for (const key of batch.deletes) this.#entries.delete(key)
    for (const entry of batch.puts) this.#entries.set(entry.key, entry)
    this.#revision = batch.revision
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** A store without a disk, for tests and for tools that compute and end. */
export class MemoryStore extends MirroredStore {
  static open(disk = new MemoryDisk(), options: StoreOptions = {}): MemoryStore {
    return new MemoryStore(disk.load(), disk, options)
  }
}
