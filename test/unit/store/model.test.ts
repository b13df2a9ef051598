import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { MirroredStore } from '../../../src/store/core.js'
import type { Commit, Entry } from '../../../src/store/store.js'
import { SUBJECTS } from './subjects.js'

type Op =
  | { readonly op: 'put'; readonly key: string; readonly value: unknown }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'copy'; readonly key: string; readonly from: string }
  | { readonly op: 'clear'; readonly prefix: string }
  | { readonly op: 'throw' }

type Step = { readonly step: 'transact'; readonly together: readonly (readonly Op[])[] } | { readonly step: 'reopen' }

const key = fc.constantFrom('a', 'a/', 'a/b', 'a/c', 'a0', 'b', 'b/é', 'b/😀', 'b/\uffee')
// Few values, so that equal ones are put often.
const value = fc.constantFrom<unknown>(null, 0, 1, '', 'x', [], [1], {}, { a: 1 }, { a: 1, b: [2] })
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('put'), key, value }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('delete'), key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('copy'), key, from: key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('clear'), prefix: fc.constantFrom('', 'a', 'a/', 'b/') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('throw') }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('transact'),
      together: fc.array(fc.array(op, { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('reopen') }) },
)

/** What the operations need, so that the store and the model run the same text. */
interface Target {
  read(key: string): unknown
  keys(prefix: string): string[]
  put(key: string, value: unknown): void
  delete(key: string): void
}

function perform(target: Target, ops: readonly Op[]): void {
  for (const one of ops) {
    switch (one.op) {
      case 'put':
        target.put(one.key, one.value)
        break
      case 'delete':
        target.delete(one.key)
        break
      case 'copy':
        target.put(one.key, [target.read(one.from) ?? 'nothing'])
        break
      case 'clear':
        for (const found of target.keys(one.prefix)) target.delete(found)
        break
      case 'throw':
        throw new Error('by chance')
    }
  }
}

/** The store as one would write it with no regard for disk and speed. Values are told apart by their JSON text. */
class Model {
  entries = new Map<string, { readonly json: string; readonly revision: number }>()
  revision = 0

  /** Gives the revision the store must answer with, or undefined when the transaction throws. */
  transact(ops: readonly Op[]): number | undefined {
    const draft = new Map([...this.entries].map(([key, { json }]) => [key, json]))
    try {
      perform({
        read: (key) => JSON.parse(draft.get(key) ?? 'null') as unknown,
        keys: (prefix) => [...draft.keys()].filter((key) => key.startsWith(prefix)),
        put: (key, value) => draft.set(key, JSON.stringify(value)),
        delete: (key) => draft.delete(key),
      }, ops)
    } catch {
      return undefined
    }
    const changed = [...new Set([...draft.keys(), ...this.entries.keys()])]
      .filter((key) => draft.get(key) !== this.entries.get(key)?.json)
    if (changed.length > 0) this.revision++
    for (const key of changed) {
      const json = draft.get(key)
      if (json === undefined) this.entries.delete(key)
      else this.entries.set(key, { json, revision: this.revision })
    }
    return this.revision
  }

  list(prefix: string) {
    return [...this.entries]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { json, revision }]) => ({ key, value: JSON.parse(json) as unknown, revision }))
  }
}

/** Rebuilds a store from its commits alone; checks that each names the entry it replaces. */
class Follower {
  readonly entries = new Map<string, Entry>()
  revision = 0

  readonly listen = (commit: Commit): void => {
    assert.equal(commit.revision, ++this.revision)
    assert.ok(commit.changes.length > 0)
    for (const { key, entry, previous } of commit.changes) {
      assert.deepEqual(previous, this.entries.get(key))
      if (entry === undefined) assert.ok(this.entries.delete(key))
      else this.entries.set(key, entry)
    }
  }
}

async function transactTogether(store: MirroredStore, model: Model, together: readonly (readonly Op[])[]) {
  const expected = together.map((ops) => model.transact(ops))
  const results = await Promise.allSettled(together.map((ops) => store.transact((tx) => {
    perform({
      read: (key) => tx.get(key)?.value,
      keys: (prefix) => [...tx.list(prefix)].map(({ key }) => key),
      put: (key, value) => { tx.put(key, value) },
      delete: (key) => { tx.delete(key) },
    }, ops)
  })))
  const revisions = results.map((result) => (result.status === 'fulfilled' ? result.value.revision : undefined))
  assert.deepEqual(revisions, expected)
}

for (const [name, makePlace] of Object.entries(SUBJECTS)) {
  it(`store: ${name} does what its model does`, async function () {
    this.timeout(300_000)
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const place = makePlace()
      const model = new Model()
      const follower = new Follower()
      const errors: unknown[] = []
      const open = async () => {
        const opened = await place.open({ onError: (error) => errors.push(error) })
        opened.watch(follower.revision, follower.listen)
        return opened
      }
      let store = await open()
      try {
        for (const one of steps) {
          if (one.step === 'transact') await transactTogether(store, model, one.together)
          else {
            await store.close()
            store = await open()
          }
          assert.equal(store.revision, model.revision)
          for (const prefix of ['', 'a', 'a/', 'b/', 'c']) assert.deepEqual(store.list(prefix), model.list(prefix))
          assert.deepEqual([...follower.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1)), model.list(''))
          assert.deepEqual(errors, [])
        }
      } finally {
        await store.close()
        place.remove()
      }
    }), { numRuns: name === 'MemoryStore' ? 300 : 60 })
  })
}
