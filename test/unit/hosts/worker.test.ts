import assert from 'node:assert/strict'
import { Worker } from '../../../src/hosts/worker.js'
import { FakeClock } from './fake-clock.js'

/** Passes that end when told to. */
class Passes {
  running = 0
  most = 0
  started = 0
  readonly errors: unknown[] = []
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined

  readonly pass = async (): Promise<void> => {
    this.started++
    this.most = Math.max(this.most, ++this.running)
    try {
      await new Promise<void>((resolve, reject) => (this.#settle = { resolve, reject }))
    } finally {
      this.running--
    }
  }

  async end(error?: Error): Promise<void> {
    if (error === undefined) this.#settle?.resolve()
    else this.#settle?.reject(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function setUp(longestRestMs = 0): { passes: Passes; clock: FakeClock; worker: Worker } {
  const passes = new Passes()
  const clock = new FakeClock()
  return { passes, clock, worker: new Worker(passes.pass, (error) => passes.errors.push(error), { clock, longestRestMs }) }
}

describe('Worker', () => {
  it('runs one pass at a time, and one more for all wake-ups meanwhile', async () => {
    const { passes, worker } = setUp()
    worker.wake()
    assert.equal(passes.started, 1, 'it starts in the same turn')
    for (let i = 0; i < 5; i++) worker.wake()
    assert.equal(passes.started, 1)
    await passes.end()
    assert.equal(passes.started, 2)
    await passes.end()
    assert.deepEqual([passes.started, passes.running, passes.most], [2, 0, 1])
    worker.wake()
    assert.equal(passes.started, 3)
    await passes.end()
  })

  it('repeats a pass that failed, waiting twice as long each time up to ten seconds', async () => {
    const { passes, clock, worker } = setUp()
    worker.wake()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      await passes.end(new Error(`no ${i}`))
      assert.equal(clock.timers.length, 1)
      waits.push(clock.timers[0]!.at - clock.now())
      clock.advance(waits.at(-1)! - 1)
      assert.equal(passes.started, i + 1, 'not before its time')
      clock.advance(1)
      assert.equal(passes.started, i + 2)
    }
    assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    assert.equal(passes.errors.length, 9)
    await passes.end()
    assert.equal(clock.timers.length, 0)
    worker.wake()
    await passes.end(new Error('again'))
    assert.equal(clock.timers[0]!.at - clock.now(), 100, 'a success starts the waiting over')
  })

  it('does not wait when woken, and keeps no second timer', async () => {
    const { passes, clock, worker } = setUp()
    worker.wake()
    await passes.end(new Error('no'))
    worker.wake()
    assert.deepEqual([passes.started, clock.timers.length], [2, 0])
    worker.wake()
    await passes.end(new Error('no'))
    assert.deepEqual([passes.started, clock.timers.length], [2, 1], 'the wake-up during the failed pass waits too')
    clock.advance(200)
    assert.equal(passes.started, 3)
    await passes.end()
    assert.deepEqual([passes.started, clock.timers.length], [3, 0])
  })

  it('starts nothing after stop: no wake-up, no retry, no pass that was waiting', async () => {
    const { passes, clock, worker } = setUp()
    worker.wake()
    worker.wake()
    worker.stop()
    await passes.end()
    worker.wake()
    assert.deepEqual([passes.started, clock.timers.length], [1, 0])
    const other = setUp()
    other.worker.wake()
    await other.passes.end(new Error('no'))
    other.worker.stop()
    other.clock.advance(60_000)
    assert.deepEqual([other.passes.started, other.clock.timers.length], [1, 0])
    const third = setUp()
    third.worker.wake()
    third.worker.stop()
    await third.passes.end(new Error('no'))
    assert.equal(third.clock.timers.length, 0)
  })

  it('rests after a pass that took long when more comes, and not for what comes alone', async () => {
    const { passes, clock, worker } = setUp(150)
    worker.wake()
    clock.advance(20)
    worker.wake()
    await passes.end()
    assert.equal(passes.started, 1, 'it rests three times as long as the pass took')
    clock.advance(59)
    worker.wake()
    assert.equal(passes.started, 1)
    clock.advance(1)
    assert.equal(passes.started, 2)
    clock.advance(1_000)
    await passes.end()
    clock.advance(150)
    worker.wake()
    assert.equal(passes.started, 3, 'the longest rest is over')
  })
})
