import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fabric } from '../../../src/explain/fabric.js'
import { type ProbeResult, sendProbe } from '../../../src/explain/probe.js'
import { type Connection, Reachability, serviceOf } from '../../../tools/conformance/netpol/reachability.js'
import { Site } from '../../../tools/conformance/netpol/site.js'
import { PolicyOracle } from '../../support/policy-oracle.js'
import { history, type Moment, type Service } from './random-world.js'

/** How many random histories: more with `HEDDLE_RUNS=5000`. */
const RUNS = Number(process.env['HEDDLE_RUNS'] ?? 60)

/** All connections are worked out as reach does it, by what flows cannot tell apart; one of so many by itself, too. */
const ALONE = 9

const connectionsOf = (pods: readonly string[], services: readonly Service[]): Connection[] =>
  services.flatMap((service) =>
    pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => ({ ...service, from, to }))),
  )

const say = ({ from, to, family, protocol, port, icmpType, icmpCode }: Connection): string =>
  `${from} > ${to} IPv${family} ${protocol} ${port ?? `${icmpType ?? ''}.${icmpCode ?? ''}`}`

/** What is delivered is answered, to whom it came from: the rules have been asked of the connection's first packet. */
function assertAnswered({ forward, reply }: ProbeResult, { from, to, ...connection }: Connection): void {
  const { verdict } = forward
  if (verdict.result !== 'delivered' || verdict.pod !== to || reply === undefined) return
  const back = reply.verdict
  const isBack = back.result === 'delivered' && back.pod === from
  assert(isBack, `${say({ from, to, ...connection })} is delivered, but its answer is not`)
}

describe('compiled policy in random worlds', function () {
  this.timeout(6 * 60 * 60_000)

  it('lets through what the oracle allows, and its answers, and nothing else, whatever changes', async () => {
    const count = { allowed: 0, denied: 0 }
    const assertMoment = async (site: Site, { resources, services }: Moment): Promise<void> => {
      await site.become(resources)
      const oracle = new PolicyOracle(resources)
      const fabric = new Fabric(site.compiler)
      const reachability = new Reachability(site.compiler)
      for (const [i, connection] of connectionsOf(oracle.pods, services).entries()) {
        const { allowed, why } = oracle.verdict(connection)
        assert.equal(reachability.reaches(connection), allowed, `${say(connection)}: ${why}`)
        count[allowed ? 'allowed' : 'denied']++
        if (i % ALONE !== 0) continue
        const { from, to, family } = connection
        const alone = sendProbe(fabric, { from, to: { pod: to }, family, service: serviceOf(connection) })
        if (alone === undefined) continue
        assert.equal(alone.reaches, allowed, `${say(connection)} by itself: ${why}`)
        assertAnswered(alone, connection)
      }
    }
    await fc.assert(
      fc.asyncProperty(history, async (moments) => {
        const site = new Site()
        try {
          for (const moment of moments) await assertMoment(site, moment)
        } finally {
          await site.close()
        }
      }),
      { numRuns: RUNS },
    )
    // Worlds in which nearly all, or nearly nothing, gets through would show little.
    assert(count.allowed > count.denied / 10 && count.denied > count.allowed / 10, JSON.stringify(count))
  })
})
