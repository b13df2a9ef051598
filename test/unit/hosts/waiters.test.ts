import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { Progress } from '../../../src/hosts/progress.js'
import { Waiters } from '../../../src/hosts/waiters.js'

/** What became of a promise by now. */
async function stateOf(promise: Promise<void>): Promise<string> {
  const pending = new Promise<string>((resolve) => setImmediate(resolve, 'pending'))
  return Promise.race([
    promise.then(
      () => 'resolved',
      (error: unknown) => `rejected: ${(error as Error).message}`,
    ),
    pending,
  ])
}

describe('Waiters', () => {
  it('wait for every host, and ask of each only until it is done', async () => {
    const waiters = new Waiters()
    const { signal } = new AbortController()
    const done = new Set<string>()
    const asked: string[] = []
    const wait = waiters.wait(new Set(['h1', 'h2']), signal, (host) => {
      asked.push(host)
      return done.has(host)
    })
    waiters.progress('h1')
    waiters.progress('h3')
    done.add('h1')
    waiters.progress('h1')
    waiters.progress('h1')
    assert.equal(await stateOf(wait), 'pending')
    done.add('h2')
    waiters.progress('h2')
    assert.equal(await stateOf(wait), 'resolved')
    assert.deepEqual(asked, ['h1', 'h1', 'h2'])
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('resolve at once where there is nothing to wait for', async () => {
    assert.equal(await stateOf(new Waiters().wait(new Set(), new AbortController().signal, () => false)), 'resolved')
  })

  it('let go when aborted: nothing is asked any more', async () => {
    const waiters = new Waiters()
    const controller = new AbortController()
    let asked = 0
    const isDone = () => {
      asked++
      return false
    }
    const wait = waiters.wait(new Set(['h1', 'h2']), controller.signal, isDone)
    const other = waiters.wait(new Set(['h1']), new AbortController().signal, () => true)
    controller.abort(new Error('too long'))
    assert.equal(await stateOf(wait), 'rejected: too long')
    waiters.progress('h1')
    waiters.progress('h2')
    assert.equal(asked, 0)
    assert.equal(await stateOf(other), 'resolved', 'others on the host are not touched')
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  it('refuse a signal that is aborted already, and keep nothing of it', async () => {
    const waiters = new Waiters()
    let asked = 0
    const wait = waiters.wait(new Set(['h1']), AbortSignal.abort(), () => ++asked > 0)
    assert.match(await stateOf(wait), /^rejected: /)
    waiters.progress('h1')
    assert.equal(asked, 0)
  })
})

describe('Progress', () => {
  it('has nothing before the first confirmation, then what was asked when the pass began', () => {
    const progress = new Progress()
    assert.equal(progress.has(0), false)
    progress.ask(5)
    progress.ask(7)
    progress.ask(6)
    assert.equal(progress.target, 7)
    progress.confirm(5)
    assert.deepEqual(
      [progress.has(5), progress.has(6), progress.has(7), progress.has(100)],
      [true, false, false, false],
    )
    progress.confirm(7)
    assert.equal(progress.has(100), true, 'what never concerned it need not be confirmed')
    progress.ask(9)
    assert.deepEqual([progress.has(7), progress.has(9)], [true, false])
  })

  it('has nothing after a loss until it is confirmed again', () => {
    const progress = new Progress()
    progress.ask(3)
    progress.confirm(3)
    progress.lost()
    assert.deepEqual([progress.synced, progress.done, progress.has(1)], [false, 0, false])
    progress.confirm(3)
    assert.deepEqual([progress.synced, progress.done, progress.has(3)], [true, 3, true])
  })
})
