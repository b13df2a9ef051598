import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Fabric } from '../../../src/explain/fabric.js'
import { sendProbe, type Service } from '../../../src/explain/probe.js'
import { type ReachChange, reachDiff } from '../../../src/explain/reach-diff.js'
import type { ServiceRange } from '../../../src/explain/services.js'
import { finish } from '../../../src/explain/slices.js'
import { freeze } from '../../../src/explain/source.js'
import { compilerOf } from '../compile/support.js'
import { commands, newWorld, run } from '../intent/world.js'
import { policed, policy } from './policed.js'

/** Those at and around what made-up policy tells apart, and others. */
const SERVICES: readonly Service[] = [
  ...[0, 53, 63, 64, 79, 80, 81, 127, 128, 4711, 65535].map((port): Service => ({ protocol: 'TCP', port })),
  ...[52, 53, 54].map((port): Service => ({ protocol: 'UDP', port })),
  { protocol: 'SCTP', port: 80 },
  ...[0, 7, 8, 9, 255].map((type): Service => ({ protocol: 'ICMP', type, code: type === 9 ? 3 : 0 })),
]

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
    const policies = fc.record({ h1: fc.option(policy), h2: policy, h3: policy })
    let seen = 0
    const cut = fc.integer({ min: 1, max: 8 })
    await fc.assert(
      fc.asyncProperty(commands, cut, policies, policies, async (list, late, old, young) => {
        const world = newWorld()
        const compiler = compilerOf(world.store)
        const hosts = new Set<string>()
        world.store.watch(0, (commit) => {
          for (const { host } of compiler.apply(commit)) hosts.add(host)
        })
        for (const command of list.slice(0, -late)) await run(world, command)
        hosts.clear()
        const before = new Fabric(freeze(policed(compiler, rulesOf(old))))
        for (const command of list.slice(-late)) await run(world, command)
        // One host's policy changes along with the intent.
        const changed = { ...old, h2: young.h2 }
        hosts.add('h2')
        const after = new Fabric(freeze(policed(compiler, rulesOf(changed))))
        const { changes, truncated } = finish(reachDiff(before, after, hosts))
        assert.equal(truncated, false)
        const pods = [...new Set([before, after].flatMap(({ source }) => [...source.view.pods.keys()]))]
        for (const from of pods) {
          for (const to of pods) {
            if (from === to) continue
            for (const service of SERVICES) {
              const [had, has] = [before, after].map(
                (fabric) => sendProbe(fabric, { from, to: { pod: to }, family: 4, service })?.reaches === true,
              )
              const expected = had === has ? '' : has === true ? '+' : '-'
              if (expected !== '') seen++
              assert.equal(told(changes, from, to, service), expected, `${from} ${to} ${JSON.stringify(service)}`)
            }
          }
        }
        await world.store.close()
      }),
      { numRuns: 25 },
    )
    assert(seen > 100, 'changes of some kind were seen')
  })
})

function rulesOf<P>(policies: Readonly<Record<string, P | null>>): Map<string, P> {
  return new Map(Object.entries(policies).flatMap(([host, one]) => (one === null ? [] : [[host, one] as const])))
}
