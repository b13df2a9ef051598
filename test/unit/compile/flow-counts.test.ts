import assert from 'node:assert/strict'
import { type PolicyShape, policyFlows } from '../../../tools/bench/policy.js'

describe('flows of policies', function () {
  this.timeout(60_000)

  const shapes: readonly PolicyShape[] = [
    { policies: 1, sources: 1, destinations: 1 },
    { policies: 1, sources: 40, destinations: 20 },
    { policies: 20, sources: 40, destinations: 20 },
    { policies: 20, sources: 80, destinations: 20 },
    { policies: 20, sources: 40, destinations: 60 },
  ]
  for (const shape of shapes) {
    const { policies, sources, destinations } = shape
    it(`of ${policies} with ${sources} senders and ${destinations} receivers are their sum, and two a policy`, async () => {
      assert.equal(await policyFlows(shape), sources + destinations + 2 * policies)
    })
  }

  it('of thousands begin anew after 2048 rules, so that no flow outgrows a message', async () => {
    assert.equal(await policyFlows({ policies: 2100, sources: 3, destinations: 2 }), 2 * (3 + 2) + 2 * 2100)
  })
})
