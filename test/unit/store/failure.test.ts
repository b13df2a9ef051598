import assert from 'node:assert/strict'
import { type Batch, MirroredStore, WriteError } from '../../../src/store/core.js'
import { MemoryDisk } from '../../../src/store/memory.js'

/** Fails as many writes as it is told to. */
class FailingDisk extends MemoryDisk {
  readonly failures: Error[] = []

  override async write(batch: Batch): Promise<void> {
    await Promise.resolve()
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    await super.write(batch)
  }
}

describe('store: a write that fails', () => {
  const open = () => {
    const disk = new FailingDisk()
    const store = new MirroredStore(disk.load(), disk)
    return { disk, store, put: (key: string, value: unknown) => store.transact((tx) => { tx.put(key, value) }) }
  }
  const codes = async (promises: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(promises)).map((result) =>
      result.status === 'fulfilled' ? 'ok' : (result.reason as { code?: string }).code ?? String(result.reason))

  it('rejects the batch, leaves no trace in memory, and the next one is written', async () => {
    const { disk, store, put } = open()
    const told: number[] = []
    await put('a', 1)
    store.watch(1, ({ revision }) => told.push(revision))
    disk.failures.push(new WriteError('disk full', true))
    const lost = [put('a', 2), put('b', 2), store.transact((tx) => { tx.delete('a'); tx.put('c', 3) })]
    assert.deepEqual(await codes(lost), ['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
    await assert.rejects(lost[0]!, /could not write: disk full/)
    assert.equal(store.revision, 1)
    const seen = await store.transact((tx) => [...tx.list('')])
    assert.deepEqual(seen.value, [{ key: 'a', value: 1, revision: 1 }])
    assert.deepEqual(store.list(''), [{ key: 'a', value: 1, revision: 1 }])
    assert.equal((await put('b', 4)).revision, 2)
    assert.deepEqual(told, [2])
    await store.close()
    assert.deepEqual(disk.load(), { revision: 2, entries: store.list('') })
  })

  it('takes back the answers of those who saw the lost writes, and of no others', async () => {
    const { disk, store, put } = open()
    disk.failures.push(new WriteError('disk full', true))
    assert.deepEqual(await codes([
      store.transact((tx) => tx.get('a')),
      store.transact(() => { throw new Error('before') }),
      put('a', 1),
      store.transact((tx) => { if (tx.get('a') !== undefined) throw new Error('exists') }),
      store.transact((tx) => tx.get('a')),
    ]), ['ok', 'Error: before', 'UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
  })

  it('ends writing, not reading, when the medium is in doubt', async () => {
    const { disk, store, put } = open()
    await put('a', 1)
    disk.failures.push(new WriteError('panic', false))
    const first = put('a', 2)
    await new Promise(setImmediate)
    const waiting = [put('a', 3), put('a', 4)]
    assert.deepEqual(await codes([first, ...waiting, put('a', 5)]), new Array(4).fill('UNAVAILABLE'))
    assert.equal(store.get('a')?.value, 1)
    await assert.rejects(put('a', 6), /panic/)
    await store.close()
    assert.equal(disk.load().entries[0]?.value, 1)
  })
})
