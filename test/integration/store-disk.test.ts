import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { LmdbStore } from '../../src/store/lmdb.js'
import { temporaryDirectory } from '../unit/store/subjects.js'

describe('store: disk', () => {
  let directory: string
  let file: string

  beforeEach(() => {
    directory = temporaryDirectory()
    file = join(directory, 'data.mdb')
  })
  afterEach(() => { rmSync(directory, { recursive: true }) })

  async function fill(): Promise<void> {
    const store = await LmdbStore.open(directory)
    await store.transact((tx) => { for (let i = 0; i < 500; i++) tx.put(`k/${i}`, `value ${i} `.repeat(20)) })
    await store.close()
  }

  /** Writes to the database `name` as no store would. */
  async function tamper(name: string, key: string, value: string | undefined): Promise<void> {
    const root = open({ path: directory, noSubdir: false, overlappingSync: false })
    const database = root.openDB<string, string>({ name, encoding: 'string' })
    await (value === undefined ? database.remove(key) : database.put(key, value))
    await root.close()
  }

  async function refused(message: RegExp): Promise<void> {
    // Twice: the first refusal must leave the lock free and the file as it was.
    for (let i = 0; i < 2; i++) {
      await assert.rejects(LmdbStore.open(directory), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'UNAVAILABLE')
        assert.ok(error.message.startsWith(`store ${directory}: `), error.message)
        assert.match(error.message, message)
        return true
      })
    }
  }

  it('refuses a file that is not LMDB\'s, or the first bytes of one', async () => {
    writeFileSync(file, 'not a database '.repeat(1000))
    await refused(/damaged: data.mdb does not begin/)
    rmSync(file)
    await fill()
    truncateSync(file, 100)
    await refused(/damaged: data.mdb does not begin/)
  })

  it('refuses a file that was cut off', async () => {
    await fill()
    const { size } = statSync(file)
    truncateSync(file, 8192)
    await refused(new RegExp(`damaged: data.mdb has 8192 of its ${size} bytes`))
  })

  it('refuses a value that is not as it was written', async () => {
    await fill()
    const bytes = readFileSync(file)
    let spoilt = 0
    // Every copy: pages that are free hold old ones.
    for (let at = bytes.indexOf('value 123 '); at >= 0; at = bytes.indexOf('value 123 ', at)) {
      bytes.write('w', at)
      spoilt++
    }
    assert.ok(spoilt > 0)
    writeFileSync(file, bytes)
    await refused(/damaged: of 500 entries 500 are readable, or some are not as written/)
  })

  it('refuses a store that lost an entry, or has one too many', async () => {
    await fill()
    await tamper('entries', 'k/7', undefined)
    await refused(/damaged: of 500 entries 499 are readable/)
    await tamper('entries', 'k/7', '[1,"x"]')
    await tamper('entries', 'k/zz', '[1,"x"]')
    await refused(/damaged: of 500 entries 501 are readable/)
    await tamper('entries', 'k/zz', 'x')
    await refused(/damaged: the record of "k\/zz" is not one of this store/)
  })

  it('refuses a newer format, and a state record that is none', async () => {
    await fill()
    await tamper('meta', 'state', '{"format":2,"revision":1,"count":1,"checksum":1}')
    await refused(/written in format 2 by a newer version; this one knows format 1/)
    await tamper('meta', 'state', '{"format":1}')
    await refused(/damaged: its state record is {"format":1}/)
    await tamper('meta', 'state', undefined)
    await refused(/damaged: it has entries and no state record/)
  })

  it('rejects what a full disk has no room for, keeps the rest, and goes on when there is room', async function () {
    const args = ['-t', 'tmpfs', '-o', 'size=256k', `heddle-${process.pid}`, directory]
    const mount = spawnSync('mount', args, { encoding: 'utf8' })
    if (mount.status !== 0) {
      console.warn(`      SKIPPED: no tmpfs can be mounted: ${mount.stderr}`)
      this.skip()
    }
    try {
      const store = await LmdbStore.open(directory)
      await store.transact((tx) => { tx.put('a', 1) })
      const filler = join(directory, 'filler')
      writeFileSync(filler, Buffer.alloc(64 * 1024))
      for (let i = 0; i < 2; i++) {
        const tooMuch = store.transact((tx) => {
          tx.put('a', 2)
          for (let n = 0; n < 200; n++) tx.put(`big/${n}`, 'y'.repeat(1500))
        })
        await assert.rejects(tooMuch, { code: 'UNAVAILABLE' })
        assert.deepEqual(store.list(''), [{ key: 'a', value: 1, revision: 1 }])
      }
      rmSync(filler)
      assert.equal((await store.transact((tx) => { tx.put('b', 1) })).revision, 2)
      await store.close()
      const again = await LmdbStore.open(directory)
      assert.deepEqual(again.list('').map(({ key, revision }) => [key, revision]), [['a', 1], ['b', 2]])
      await again.close()
    } finally {
      spawnSync('umount', [directory])
    }
  })
})
