import assert from 'node:assert/strict'
import { momentsOf } from '../../support/policy-cases/case.js'
import { POLICY_CASES } from '../../support/policy-cases/index.js'
import { fullName, resourcesOf } from '../../support/policy-cases/world.js'
import { PolicyOracle } from '../../support/policy-oracle.js'

const all = Object.values(POLICY_CASES).flat()

describe('the table of cases of policy', () => {
  it('has at least 200 cases, each with a name of its own, and at least 40 for real traffic', () => {
    assert(all.length >= 200, `${all.length} cases`)
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
    const real = all.filter(({ lab }) => lab).length
    assert(real >= 40, `${real} cases for the lab`)
  })

  for (const [subject, cases] of Object.entries(POLICY_CASES)) {
    it(`${subject}: the oracle says what the ${cases.length} cases say`, () => {
      for (const moment of cases.flatMap(momentsOf)) {
        const oracle = new PolicyOracle(resourcesOf(moment.situation))
        for (const { probe, from, to, reached } of moment.checks) {
          const { allowed, why } = oracle.verdict({ ...probe, from: fullName(from), to: fullName(to) })
          assert.equal(allowed, reached, `${moment.name}: ${from} > ${to} ${probe.name} IPv${probe.family}: ${why}`)
        }
      }
    })
  }
})
