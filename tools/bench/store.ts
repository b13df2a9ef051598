import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LmdbStore } from '../../src/store/lmdb.js'

const ENTRIES = 50_000
const PUTS = [
  { writers: 1, each: 1000 },
  { writers: 64, each: 300 },
] as const

const value = (n: number) => ({
  node: `node-${n % 250}`,
  mac: '02:00:00:00:00:01',
  labels: { app: 'web' },
  text: 'x'.repeat(300),
})

/** Durable puts a second, each in a transaction of its own. */
async function puts(store: LmdbStore, writers: number, each: number): Promise<number> {
  const start = performance.now()
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = 0; i < each; i++) {
        await store.transact((tx) => {
          tx.put(`puts/${writers}/${writer}/${i % 100}`, value(i))
        })
      }
    }),
  )
  return Math.round((writers * each * 1000) / (performance.now() - start))
}

/** `bench store [DIRECTORY]`: the store on the file system of that directory, else of the temporary one. */
export async function benchStore([directory]: readonly string[]): Promise<void> {
  const base = mkdtempSync(join(directory ?? tmpdir(), `heddle-bench-store-${process.pid}-`))
  try {
    const store = await LmdbStore.open(base)
    for (const { writers, each } of PUTS) {
      console.log(`durable puts/s, ${writers} writers: ${await puts(store, writers, each)}`)
    }
    const fill = performance.now()
    await store.transact((tx) => {
      for (let i = 0; i < ENTRIES; i++) tx.put(`pods/ns-${i % 500}/web/${i}`, value(i))
    })
    console.log(`one transaction of ${ENTRIES} puts, ms: ${Math.round(performance.now() - fill)}`)
    const list = performance.now()
    for (let i = 0; i < 500; i++) store.list(`pods/ns-${i}/`)
    console.log(`list of 100 among ${ENTRIES}, us: ${Math.round((performance.now() - list) * 2)}`)
    await store.close()
    const open = performance.now()
    const again = await LmdbStore.open(base)
    console.log(`open with ${again.list('').length} entries, ms: ${Math.round(performance.now() - open)}`)
    console.log(`resident memory after open, MiB: ${Math.round(process.memoryUsage().rss / 2 ** 20)}`)
    await again.close()
  } finally {
    rmSync(base, { recursive: true })
  }
}
