/** Run by store-kill.test.ts: writes to the store in argv[2] until killed, and prints each key once it is durable. */
import { writeSync } from 'node:fs'
import { LmdbStore } from '../../src/store/lmdb.js'

const [, , directory = '', round = '', count = 'Infinity'] = process.argv
const store = await LmdbStore.open(directory)
writeSync(1, 'open\n')

async function writer(n: number): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const key = `keys/${round}/${n}/${i}`
    const { revision } = await store.transact((tx) => {
      tx.put(key, 'x'.repeat(200))
      // Two records that every transaction moves together: a torn one would set them apart.
      const total = tx.get<number>('total')?.value ?? 0
      tx.put('total', total + 1)
      tx.put('mirror', -total - 1)
    })
    writeSync(1, `ack ${key} ${revision}\n`)
  }
}

await Promise.all(Array.from({ length: 24 }, (_, n) => writer(n)))
await store.close()
