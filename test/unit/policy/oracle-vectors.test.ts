import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answerNetpol, type Reach } from '../../../tools/conformance/netpol/answer.js'
import type { Resource } from '../../../tools/conformance/netpol/resources.js'
import { readVectors } from '../../../tools/conformance/read.js'
import { PolicyOracle } from '../../support/policy-oracle.js'

const VECTORS = fileURLToPath(new URL('../../../../shared/vectors/netpol.jsonl', import.meta.url))

function judge(resources: readonly Resource[]): Reach {
  const oracle = new PolicyOracle(resources)
  return (attempt) => oracle.verdict({ ...attempt, family: 4 }).allowed
}

describe('the oracle of policy, beside the cases of cyclonus', function () {
  this.timeout(120_000)

  before(function () {
    if (existsSync(VECTORS)) return
    console.error('SKIPPED: ../shared/vectors is not there, the oracle was not held to the vectors')
    this.skip()
  })

  it('says of every vector what the vector says', async () => {
    const vectors = await readVectors(VECTORS)
    assert(vectors.length >= 100, `${vectors.length} vectors`)
    for (const { id, input, expect } of vectors) {
      assert.deepEqual(await answerNetpol(input, judge), expect, id)
    }
  })
})
