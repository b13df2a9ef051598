import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answer } from '../../tools/conformance/answer.js'
import { KINDS } from '../../tools/conformance/kinds/index.js'
import { isRight } from '../../tools/conformance/judge.js'
import type { JudgedVector } from '../../tools/conformance/vector.js'

const VECTORS = join(import.meta.dirname, '../../../shared/vectors')
const FILES = ['json.jsonl', 'ovsdb-unit.jsonl', 'ovsdb-execute.jsonl']

/** That unequal rows have equal hashes is shown by a function of ovsdb-server that a client has no use for. */
const NOT_OURS = ['ovsdb-compare-rows']

const present = existsSync(VECTORS)
if (!present) console.warn(`ovsdb-client: SKIPPED, no test vectors at ${VECTORS}`)

;(present ? describe : describe.skip)('ovsdb-client against recorded answers of Open vSwitch', () => {
  for (const file of present ? FILES : []) {
    for (const line of readFileSync(join(VECTORS, file), 'utf8').split('\n')) {
      if (line === '') continue
      const vector = JSON.parse(line) as JudgedVector
      if (NOT_OURS.includes(vector.kind) || !(vector.kind in KINDS)) continue
      it(vector.id, async () => {
        const got = await answer(vector)
        if (!isRight(vector, got)) assert.deepEqual(got, { output: vector.expect, error: vector.error })
      })
    }
  }
})
