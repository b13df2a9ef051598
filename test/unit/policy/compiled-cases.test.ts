import assert from 'node:assert/strict'
import { Reachability } from '../../../tools/conformance/netpol/reachability.js'
import { Site } from '../../../tools/conformance/netpol/site.js'
import { type Check, type Moment, momentsOf } from '../../support/policy-cases/case.js'
import { POLICY_CASES } from '../../support/policy-cases/index.js'
import { fullName, resourcesOf } from '../../support/policy-cases/world.js'

/** All pairs of pods at all moments take a minute: `HEDDLE_CASES=all` does that. Otherwise one of so many, others each moment. */
const STRIDE = process.env['HEDDLE_CASES'] === 'all' ? 1 : 11

const sampled = (checks: readonly Check[], shift: number): Check[] =>
  checks.filter((_, i) => (i + shift) % STRIDE === 0)

/** Networks without encapsulation: none, some that are routed to tunnelled ones, all. */
const CARRIAGES: Readonly<Record<string, readonly string[]>> = {
  'the flows of all hosts': [],
  'the flows of all hosts, with two direct networks,': ['x', 'q'],
  'the flows of all hosts, with direct networks alone,': ['x', 'y', 'z', 'q', 'r'],
}

for (const [flows, direct] of Object.entries(CARRIAGES)) {
  describe(flows, function () {
    this.timeout(20 * 60_000)
    const site = new Site()
    let asked = 0

    after(() => site.close())

    /** The world goes from one moment to the next, so that it is also compiled bit by bit. */
    async function assertMoment({ name, situation, checks }: Moment): Promise<void> {
      await site.become(resourcesOf(situation, direct))
      const reachability = new Reachability(site.compiler)
      for (const { probe, from, to, reached } of sampled(checks, asked++)) {
        const connection = { ...probe, from: fullName(from), to: fullName(to) }
        assert.equal(reachability.reaches(connection), reached, `${name}: ${from} > ${to} ${probe.name} IPv${probe.family}`)
      }
    }

    for (const [subject, cases] of Object.entries(POLICY_CASES)) {
      it(`do what the ${cases.length} cases of ${subject} say`, async () => {
        for (const moment of cases.flatMap(momentsOf)) await assertMoment(moment)
      })
    }
  })
}
