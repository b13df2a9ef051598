import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Family } from '../../../src/model/address.js'
import { Fabric } from '../../../src/explain/fabric.js'
import { sendProbe, type Service } from '../../../src/explain/probe.js'
import type { FabricSource } from '../../../src/explain/source.js'
import { endingOf } from '../../../src/explain/stage.js'
import { Trips } from '../../../src/explain/trips.js'
import { Stages } from '../../../src/explain/way.js'
import { compilerOf } from '../compile/support.js'
import { commands } from '../intent/commands.js'
import { newWorld, run } from '../intent/world.js'

const SERVICES: readonly Service[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 64 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP' },
]

/** Every pair by itself, and as `Trips` has it. */
function assertSame(source: FabricSource, family: Family): void {
  const fabric = new Fabric(source)
  const stages = new Stages(fabric, family)
  const pods = [...source.view.pods.keys()]
  for (const service of SERVICES) {
    const trips = new Trips(stages, service)
    for (const from of pods) {
      for (const to of pods) {
        const alone = sendProbe(fabric, { from, to: { pod: to }, family, service })
        const trip = trips.go(from, to)
        const found = trip && { forward: trip.forward, reply: trip.reply, reaches: trip.reaches }
        const expected = alone && {
          forward: endingOf(alone.forward.verdict),
          reply: alone.forward.verdict.result === 'delivered' && alone.forward.verdict.pod === to && alone.reply ? endingOf(alone.reply.verdict) : undefined,
          reaches: alone.reaches,
        }
        assert.deepEqual(found, expected, `${from} ${to} ${JSON.stringify(service)}`)
      }
    }
  }
}

describe('explain: many probes at once', function () {
  this.timeout(120_000)

  it('come out as each by itself, in random worlds with policies', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const world = newWorld()
        for (const command of list) await run(world, command)
        const compiler = compilerOf(world.store)
        for (const family of [4, 6] as const) assertSame(compiler, family)
        await world.store.close()
      }),
      { numRuns: 15 },
    )
  })
})
