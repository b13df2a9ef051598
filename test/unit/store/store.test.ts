import assert from 'node:assert/strict'
import type { MirroredStore, StoreOptions } from '../../../src/store/core.js'
import type { Commit } from '../../../src/store/store.js'
import { type Place, SUBJECTS } from './subjects.js'

for (const [name, makePlace] of Object.entries(SUBJECTS)) {
  describe(`store: ${name}`, () => {
    let place: Place
    let store: MirroredStore

    beforeEach(async () => {
      place = makePlace()
      store = await place.open()
    })
    afterEach(async () => {
      await store.close()
      place.remove()
    })
    const put = (key: string, value: unknown) => store.transact((tx) => { tx.put(key, value) })
    const reopen = async (options?: StoreOptions) => {
      await store.close()
      store = await place.open(options)
    }
    const keys = (prefix: string) => store.list(prefix).map(({ key }) => key)

    it('counts one revision for each transaction that changed something', async () => {
      assert.equal(store.revision, 0)
      const first = await store.transact((tx) => { tx.put('a', 1); tx.put('b', 1); return 'x' })
      assert.deepEqual(first, { revision: 1, value: 'x' })
      assert.equal((await put('a', 2)).revision, 2)
      assert.equal((await store.transact((tx) => { tx.delete('b'); tx.delete('absent') })).revision, 3)
      assert.equal((await store.transact((tx) => tx.get('a'))).revision, 3)
      assert.deepEqual(store.get('a'), { key: 'a', value: 2, revision: 2 })
      assert.equal(store.get('b'), undefined)
      await reopen()
      assert.equal(store.revision, 3)
      assert.deepEqual(store.list(''), [{ key: 'a', value: 2, revision: 2 }])
      assert.equal((await put('a', 3)).revision, 4)
    })

    it('takes an equal value for no change', async () => {
      await put('a', { x: [1, { y: null }], z: 'z' })
      assert.equal((await put('a', { z: 'z', x: [1, { y: null }], w: undefined })).revision, 1)
      const back = await store.transact((tx) => {
        tx.put('a', 'other')
        tx.delete('a')
        tx.put('a', { z: 'z', x: [1, { y: null }] })
      })
      assert.equal(back.revision, 1)
      assert.equal(store.get('a')?.revision, 1)
      assert.equal((await store.transact((tx) => { tx.put('new', 1); tx.delete('new') })).revision, 1)
    })

    it('shows a transaction its own writes and those of earlier ones', async () => {
      await put('p/b', 1)
      const seen: unknown[] = []
      await Promise.all([
        store.transact((tx) => { tx.put('p/a', 2); seen.push([...tx.list('p/')].map(({ key }) => key)) }),
        store.transact((tx) => {
          tx.delete('p/b')
          seen.push(tx.get('p/a')?.revision, [...tx.list('p/')].map(({ key }) => key))
        }),
      ])
      assert.deepEqual(seen, [['p/a', 'p/b'], 2, ['p/a']])
      assert.equal(store.revision, 3)
    })

    it('leaves out a transaction that throws, alone', async () => {
      const results = await Promise.allSettled([
        put('a', 1),
        store.transact((tx) => { tx.put('a', 9); tx.put('b', 9); tx.delete('a'); throw new RangeError('no') }),
        store.transact((tx) => { tx.put('c', tx.get('a')?.value) }),
      ])
      assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
      assert.ok(results[1].status === 'rejected' && results[1].reason instanceof RangeError)
      await reopen()
      assert.deepEqual(store.list('').map(({ key, value }) => [key, value]), [['a', 1], ['c', 1]])
      assert.equal(store.revision, 2)
    })

    it('hides what is not durable from readers', async () => {
      const done = store.transact((tx) => { tx.put('a', 1) })
      assert.equal(store.get('a'), undefined)
      await store.transact(() => { assert.equal(store.get('a'), undefined) })
      await done
      assert.equal(store.get('a')?.value, 1)
    })

    it('lists by prefix in key order, across chunks of keys', async () => {
      const numbers = Array.from({ length: 3000 }, (_, i) => String((i * 7919) % 3000).padStart(5, '0'))
      await store.transact((tx) => { for (const n of numbers) tx.put(`m/${n}`, n) })
      await store.transact((tx) => { for (const key of ['l/z', 'n', 'm', 'm0', 'm/é']) tx.put(key, 0) })
      assert.deepEqual(keys('m/'), [...numbers.sort().map((n) => `m/${n}`), 'm/é'])
      assert.deepEqual(keys('m/0129'), Array.from({ length: 10 }, (_, i) => `m/0129${i}`))
      assert.deepEqual(keys('l'), ['l/z'])
      assert.deepEqual(keys('o'), [])
      await store.transact((tx) => { for (const n of numbers) if (!n.endsWith('0')) tx.delete(`m/${n}`) })
      assert.equal(keys('m/').length, 301)
      await reopen()
      assert.deepEqual(keys('m/0129'), ['m/01290'])
      assert.equal(keys('').length, 305)
    })

    it('keeps its own frozen copy of a value', async () => {
      const value = { list: [{ n: 1 }] }
      await put('a', value)
      value.list.push({ n: 2 })
      const stored = store.get<typeof value>('a')!.value
      assert.deepEqual(stored, { list: [{ n: 1 }] })
      assert.throws(() => stored.list.push({ n: 3 }), TypeError)
      await reopen()
      assert.throws(() => store.get<typeof value>('a')!.value.list.push({ n: 3 }), TypeError)
    })

    it('brings strange but valid JSON back', async () => {
      const value: unknown = JSON.parse('{"__proto__":{"a":[]},"":"\\u0000\\ud800é😀","n":[null,true,1e-7,-12.5]}')
      await put('k/ /é😀', value)
      await put('null', null)
      await put('zero', -0)
      await reopen()
      assert.equal(JSON.stringify(store.get('k/ /é😀')?.value), JSON.stringify(value))
      assert.equal(store.get('null')?.value, null)
      assert.ok(Object.is(store.get('zero')?.value, 0))
    })

    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    for (const [what, value, pointer, detail] of [
      ['undefined', undefined, '', 'undefined is not a JSON value'],
      ['a function', { f: [() => 1] }, '/f/0', 'function is not a JSON value'],
      ['a bigint', { 'a/b': 1n }, '/a~1b', 'bigint is not a JSON value'],
      ['NaN', [NaN], '/0', 'NaN is not a JSON number'],
      ['a hole', new Array<number>(1), '/0', 'undefined is not a JSON value'],
      ['a Date', { d: new Date(0) }, '/d', 'not a plain object'],
      ['a cycle', cyclic, '/self'.repeat(64), 'nested deeper than 64 levels'],
    ] as const) {
      it(`refuses ${what} as a value`, async () => {
        const transaction = store.transact((tx) => { tx.put('ok', 1); tx.put('a', value) })
        await assert.rejects(transaction, { code: 'INVALID', issues: [{ pointer, detail }] })
        assert.equal(store.revision, 0)
        assert.equal(store.get('ok'), undefined)
      })
    }

    for (const key of ['', 'a\0b', 'a\nb', '\ud800', 'k'.repeat(1025), 'é'.repeat(513)]) {
      it(`refuses the key ${JSON.stringify(key.slice(0, 8))} of ${key.length}`, async () => {
        await assert.rejects(put(key, 1), { code: 'INVALID' })
      })
    }
    it('takes the longest key', async () => {
      await put('é'.repeat(512), 1)
      await reopen()
      assert.deepEqual(keys('é'), ['é'.repeat(512)])
    })

    it('refuses an asynchronous function, and a transaction used after its end', async () => {
      let escaped: { put(key: string, value: unknown): void } | undefined
      await assert.rejects(
        store.transact(async (tx) => { escaped = tx; tx.put('a', 1); await Promise.reject(new Error('unseen')) }),
        { code: 'INTERNAL' },
      )
      assert.throws(() => escaped?.put('a', 1), { code: 'INTERNAL' })
      assert.equal(store.get('a'), undefined)
    })

    it('gives one a failed check what the other has made, never both', async () => {
      const take = () => store.transact((tx) => { if (tx.get('once')) throw new Error('taken'); tx.put('once', 1) })
      const results = await Promise.allSettled(Array.from({ length: 20 }, take))
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    it('commits more than one batch of transactions in the order of their calls', async () => {
      const order: number[] = []
      const all = Array.from({ length: 2500 }, (_, i) =>
        store
          .transact((tx) => { tx.put('n', ((tx.get<number>('n')?.value ?? 0) * 31 + i) % 1e6) })
          .then(() => order.push(i)))
      await Promise.all(all)
      assert.deepEqual(order, Array.from({ length: 2500 }, (_, i) => i))
      let expected = 0
      for (let i = 0; i < 2500; i++) expected = (expected * 31 + i) % 1e6
      assert.equal(store.get('n')?.value, expected)
      // A value equal to the one before it is no revision.
      assert.ok(store.revision > 2490 && store.revision <= 2500)
    })

    it('refuses transactions beyond the bound of its queue', async () => {
      await reopen({ queue: 3 })
      const results = await Promise.allSettled([1, 2, 3, 4].map((n) => put(`k${n}`, n)))
      assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
      await put('k5', 5)
      assert.deepEqual(keys('k'), ['k1', 'k2', 'k3', 'k5'])
    })

    it('waits in close for what was accepted, and refuses what comes after', async () => {
      const accepted = [put('a', 1), put('b', 2)]
      const closed = store.close()
      await assert.rejects(put('c', 3), { code: 'UNAVAILABLE' })
      await closed
      await Promise.all(accepted)
      await store.close()
      await assert.rejects(put('c', 3), { code: 'UNAVAILABLE' })
      assert.throws(() => store.watch(0, () => undefined), { code: 'UNAVAILABLE' })
      await reopen()
      assert.deepEqual(keys(''), ['a', 'b'])
    })

    describe('watch', () => {
      const collect = (after: number) => {
        const commits: Commit[] = []
        return { commits, end: store.watch(after, (commit) => commits.push(commit)) }
      }

      it('tells each commit once, in order, before its promise resolves', async () => {
        await put('a', 1)
        const { commits, end } = collect(0)
        assert.equal(commits.length, 1)
        const told: number[] = []
        await Promise.all(Array.from({ length: 50 }, (_, i) => put('a', i + 2).then(({ revision }) => {
          told.push(commits.filter((commit) => commit.revision === revision).length)
        })))
        assert.deepEqual(commits.map(({ revision }) => revision), Array.from({ length: 51 }, (_, i) => i + 1))
        assert.deepEqual(told, new Array(50).fill(1))
        end()
        await put('a', 'unseen')
        assert.equal(commits.length, 51)
      })

      it('tells what each key was and is', async () => {
        const { commits } = collect(0)
        await store.transact((tx) => { tx.put('a', 1); tx.put('b', 1) })
        await store.transact((tx) => { tx.put('a', 2); tx.delete('b') })
        const a1 = { key: 'a', value: 1, revision: 1 }
        const b1 = { key: 'b', value: 1, revision: 1 }
        const a2 = { key: 'a', value: 2, revision: 2 }
        assert.deepEqual(commits, [
          { revision: 1, changes: [{ key: 'a', entry: a1 }, { key: 'b', entry: b1 }] },
          { revision: 2, changes: [{ key: 'a', entry: a2, previous: a1 }, { key: 'b', previous: b1 }] },
        ])
      })

      it('shows a listener the state of the commit it is told of', async () => {
        const states: unknown[] = []
        store.watch(0, ({ revision }) => states.push([revision, store.revision, store.get('a')?.value]))
        await Promise.all([put('a', 'x'), put('a', 'y')])
        assert.deepEqual(states, [[1, 1, 'x'], [2, 2, 'y']])
      })

      it('gives a watch begun in a listener no commit twice, and none to one ended there', async () => {
        const inner: number[] = []
        const ended: number[] = []
        let endOther: () => void = () => undefined
        store.watch(0, ({ revision }) => {
          if (revision !== 1) return
          endOther()
          store.watch(0, (commit) => inner.push(commit.revision))
        })
        endOther = store.watch(0, (commit) => ended.push(commit.revision))
        await Promise.all([put('a', 1), put('b', 1)])
        assert.deepEqual(inner, [1, 2])
        assert.deepEqual(ended, [])
      })

      it('reports what a listener throws, and goes on', async () => {
        const errors: unknown[] = []
        await reopen({ onError: (error) => { errors.push(error); throw new Error('reporter') } })
        store.watch(0, () => { throw new Error('listener') })
        const { commits } = collect(0)
        await put('a', 1)
        await put('a', 2)
        assert.equal(commits.length, 2)
        assert.deepEqual(errors.map(String), ['Error: listener', 'Error: listener'])
      })

      it('refuses what is older than its history, newer than itself, or no revision', async () => {
        await reopen({ history: 3 })
        for (let i = 1; i <= 20; i++) {
          await put('a', i)
          const past = collect(Math.max(0, i - 3)).commits.map(({ revision }) => revision)
          assert.deepEqual(past, [i - 2, i - 1, i].filter((n) => n > 0))
          if (i > 3) assert.throws(() => collect(i - 4), { code: 'COMPACTED' })
        }
        assert.throws(() => collect(21), { code: 'COMPACTED' })
        for (const bad of [-1, 0.5, NaN]) assert.throws(() => collect(bad), { code: 'INVALID' })
      })

      it('begins anew at the revision the store was opened at', async () => {
        await put('a', 1)
        await put('a', 2)
        await reopen()
        assert.throws(() => collect(1), { code: 'COMPACTED' })
        const { commits } = collect(2)
        await put('a', 3)
        assert.deepEqual(commits.map(({ revision }) => revision), [3])
      })
    })
  })
}
