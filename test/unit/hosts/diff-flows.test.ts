import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Flow, flowKey, match, sameFlow } from 'openflow-ts'
import { cookieOf } from '../../../flows/index.js'
import { diffFlows } from '../../../src/hosts/diff-flows.js'

const OURS = cookieOf('pod', 'pod h1 red/web/a')

/** One of a few flows, so that wanted and actual ones meet. */
const flow: fc.Arbitrary<Flow> = fc
  .record({
    table_id: fc.constantFrom(0, 10),
    in_port: fc.integer({ min: 1, max: 3 }),
    priority: fc.constantFrom(1, 2),
    port: fc.integer({ min: 1, max: 2 }),
    cookie: fc.constantFrom(OURS, OURS + 1n, 0n, 0x1234n),
  })
  .map(({ in_port, port, ...rest }) => ({ ...rest, match: match({ in_port }), actions: [{ type: 'output', port }] }))

const table = fc.uniqueArray(flow, { selector: flowKey, maxLength: 10 })
const byKey = (flows: readonly Flow[]) => new Map(flows.map((f) => [flowKey(f), f]))

describe('diffFlows', () => {
  it('leads from what is there to what is wanted and the flows of others, with nothing in vain', () => {
    fc.assert(
      fc.property(table, table, (list, actual) => {
        const wanted = byKey(list.map((f) => ({ ...f, cookie: OURS })))
        const { add, remove, foreign } = diffFlows(wanted, actual)
        const after = byKey(actual)
        for (const f of remove) {
          assert(f.cookie >> 48n === OURS >> 48n && !wanted.has(flowKey(f)))
          assert(after.delete(flowKey(f)))
        }
        for (const f of add) {
          const there = after.get(flowKey(f))
          assert(there === undefined || !sameFlow(there, f), 'what is there already is not sent')
          after.set(flowKey(f), f)
        }
        const others = actual.filter((f) => f.cookie >> 48n !== OURS >> 48n && !wanted.has(flowKey(f)))
        assert.equal(foreign, others.length)
        const expected = new Map([...wanted, ...byKey(others)])
        assert.deepEqual(new Set(after.keys()), new Set(expected.keys()))
        for (const [key, f] of after) assert(sameFlow(f, expected.get(key)!))
        assert.deepEqual(diffFlows(wanted, after.values()), { add: [], remove: [], foreign })
      }),
    )
  })
})
