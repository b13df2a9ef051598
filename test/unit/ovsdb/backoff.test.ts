import assert from 'node:assert/strict'
import { Backoff } from '../../../src/ovsdb-client/src/client/backoff.js'

const bounds = { minDelayMs: 100, maxDelayMs: 500 }
const delays = (backoff: Backoff, count: number): readonly number[] => Array.from({ length: count }, () => backoff.next())

describe('the pauses between attempts to connect', () => {
  it('grow twofold up to the longest', () => {
    assert.deepEqual(delays(new Backoff({ ...bounds, random: () => 0 }), 5), [100, 200, 400, 500, 500])
  })

  it('are shortened at random by up to half', () => {
    assert.deepEqual(delays(new Backoff({ ...bounds, random: () => 0.5 }), 4), [75, 150, 300, 375])
    for (const delay of delays(new Backoff({ minDelayMs: 100, maxDelayMs: 100 }), 100)) assert.ok(delay > 50 && delay <= 100)
  })

  it('begin anew after a connection that lasted, and not after one that did not', () => {
    const backoff = new Backoff({ ...bounds, random: () => 0 })
    delays(backoff, 2)
    backoff.lasted(399)
    assert.equal(backoff.next(), 400)
    backoff.lasted(500)
    assert.equal(backoff.next(), 100)
  })
})
