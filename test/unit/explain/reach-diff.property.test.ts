import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fabric } from '../../../src/explain/fabric.js'
import { sendProbe, type Service } from '../../../src/explain/probe.js'
import { type ReachChange, reachDiff } from '../../../src/explain/reach-diff.js'
import type { ServiceRange } from '../../../src/explain/services.js'
import { finish } from '../../../src/explain/slices.js'
import { freeze } from '../../../src/explain/source.js'
import { compilerOf } from '../compile/support.js'
import { commands } from '../intent/commands.js'
import { newWorld, run } from '../intent/world.js'

/** Those at and around what random policies tell apart, and others. */
const SERVICES: readonly Service[] = [
  ...[79, 80, 8000, 8010, 8080].map((port): Service => ({ protocol: 'TCP', port })),
  ...[53, 5353].map((port): Service => ({ protocol: 'UDP', port })),
  { protocol: 'ICMP', type: 8, code: 0 },
]

/** Probes of each pair are costly: every so many pairs are looked at, others in each run. */
const STRIDE = 7

function holds(range: ServiceRange, service: Service): boolean {
  const within = ([from, to]: readonly [number, number], value: number): boolean => from <= value && value <= to
  if (range.protocol === 'ICMP') {
    return service.protocol === 'ICMP' && within(range.types, service.type!) && within(range.codes, service.code!)
  }
  return service.protocol === range.protocol && within(range.ports, service.port)
}

function told(changes: readonly ReachChange[], from: string, to: string, service: Service): string {
  const own = changes.filter((change) => change.from.includes(from) && change.to.includes(to))
  const of = (what: 'gained' | 'lost'): boolean => own.some((change) => change[what].some((range) => holds(range, service)))
  return `${of('gained') ? '+' : ''}${of('lost') ? '-' : ''}`
}

describe('explain: what random changes do to reachability', function () {
  this.timeout(240_000)

  it('is what probes of each pair and service before and after tell', async () => {
    let seen = 0
    const cut = fc.integer({ min: 1, max: 8 })
    await fc.assert(
      fc.asyncProperty(commands, cut, async (list, late) => {
        const world = newWorld()
        const compiler = compilerOf(world.store)
        const hosts = new Set<string>()
        world.store.watch(0, (commit) => {
          for (const { host } of compiler.apply(commit)) hosts.add(host)
        })
        for (const command of list.slice(0, -late)) await run(world, command)
        hosts.clear()
        const before = new Fabric(freeze(compiler))
        for (const command of list.slice(-late)) await run(world, command)
        const after = new Fabric(freeze(compiler))
        const { changes, truncated } = finish(reachDiff(before, after, hosts))
        assert.equal(truncated, false)
        const pods = [...new Set([before, after].flatMap(({ source }) => [...source.view.pods.keys()]))]
        const pairs = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => [from, to] as const))
        for (let i = late % STRIDE; i < pairs.length; i += STRIDE) {
          const [from, to] = pairs[i]!
            for (const service of SERVICES) {
              const [had, has] = [before, after].map(
                (fabric) => sendProbe(fabric, { from, to: { pod: to }, family: 4, service })?.reaches === true,
              )
              const expected = had === has ? '' : has === true ? '+' : '-'
              if (expected !== '') seen++
              assert.equal(told(changes, from, to, service), expected, `${from} ${to} ${JSON.stringify(service)}`)
            }
        }
        await world.store.close()
      }),
      { numRuns: 20 },
    )
    assert(seen > 10, 'changes of some kind were seen')
  })
})
