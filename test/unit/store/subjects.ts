import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MirroredStore, StoreOptions } from '../../../src/store/core.js'
import { LmdbStore } from '../../../src/store/lmdb.js'
import { MemoryDisk, MemoryStore } from '../../../src/store/memory.js'

/** A place that a store can be opened at again and again. */
export interface Place {
  open(options?: StoreOptions): Promise<MirroredStore>
  remove(): void
}

export const SUBJECTS: Record<string, () => Place> = {
  MemoryStore() {
    const disk = new MemoryDisk()
    return { open: (options) => Promise.resolve(MemoryStore.open(disk, options)), remove: () => undefined }
  },
  LmdbStore() {
    const directory = temporaryDirectory()
    return {
      open: (options) => LmdbStore.open(join(directory, 'store'), options),
      remove: () => { rmSync(directory, { recursive: true }) },
    }
  },
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), `heddle-store-${process.pid}-`))
}
