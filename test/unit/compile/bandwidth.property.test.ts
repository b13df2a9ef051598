import fc from 'fast-check'
import type { KindName, Ref } from '../../../src/model/kinds.js'
import type { Command } from '../intent/commands.js'
import { newWorld, run } from '../intent/world.js'
import { assertSameWanted, compilerOf, Follower } from './support.js'

const HOSTS = ['h1', 'h2']
const profile = fc.constantFrom('one', 'two')
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const rate = fc.constantFrom('1Mbit', '2Mbit')
const direction = fc.record(
  { guaranteed: fc.constant('1Mbit'), max: rate, packetRate: fc.constantFrom('1kpps', '2kpps'), newConnectionRate: fc.constant('5/s'), dscp: fc.constant(8) },
  { requiredKeys: [] },
)
const uplink = fc.constantFrom('2Mbit', '100Mbit').map((bandwidth) => ({ bridge: 'br-ex', interface: 'eth0', bandwidth }))

const put = (kind: KindName, ref: fc.Arbitrary<Ref>, spec: fc.Arbitrary<object>): fc.Arbitrary<Command> =>
  fc.record({ op: fc.constant('put' as const), kind: fc.constant(kind), ref, spec: spec.map((value) => JSON.parse(JSON.stringify(value)) as object) })

const command = fc.oneof(
  put(
    'Pod',
    fc.constantFrom('a', 'b', 'c').map((name) => ({ tenant: 'red', network: 'web', name })),
    fc.record({ host: fc.constantFrom(...HOSTS), bandwidth: optional(profile) }),
  ),
  put('BandwidthProfile', profile.map((name) => ({ tenant: 'red', name })), fc.record({ egress: direction, ingress: direction }, { requiredKeys: [] })),
  put('Network', fc.constant({ tenant: 'red', name: 'web' }), fc.record({ cidrs: fc.constant(['10.1.0.0/16']), bandwidth: optional(profile) })),
  put(
    'Host',
    fc.constant({ name: 'h1' }),
    fc.record({ tunnelAddress: fc.constant('192.0.2.1'), uplink: optional(uplink), datapathType: optional(fc.constantFrom('system', 'netdev')) }),
  ),
  put('Tenant', fc.constant({ name: 'red' }), fc.record({ bandwidth: optional(fc.constantFrom('one', 'total')) })),
  fc.record({
    op: fc.constant('delete' as const),
    kind: fc.constant('Pod' as const),
    ref: fc.constantFrom('a', 'b', 'c').map((name) => ({ tenant: 'red', network: 'web', name })),
  }),
)

const FURNITURE: readonly Command[] = [
  { op: 'put', kind: 'Tenant', ref: { name: 'red' }, spec: {} },
  { op: 'put', kind: 'Host', ref: { name: 'h1' }, spec: { tunnelAddress: '192.0.2.1' } },
  { op: 'put', kind: 'Host', ref: { name: 'h2' }, spec: { tunnelAddress: '192.0.2.2', datapathType: 'netdev' } },
  { op: 'put', kind: 'BandwidthProfile', ref: { tenant: 'red', name: 'one' }, spec: {} },
  { op: 'put', kind: 'BandwidthProfile', ref: { tenant: 'red', name: 'two' }, spec: { egress: { max: '3Mbit' } } },
  { op: 'put', kind: 'Network', ref: { tenant: 'red', name: 'web' }, spec: { cidrs: ['10.1.0.0/16'] } },
]

describe('bandwidth under random commits', function () {
  this.timeout(120_000)

  it('is after each commit as if compiled anew, and its deltas lead exactly there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (list) => {
        const world = newWorld()
        const compiler = compilerOf(world.store)
        const followers = new Map(HOSTS.map((host) => [host, new Follower()]))
        world.store.watch(0, (commit) => {
          for (const delta of compiler.apply(commit)) followers.get(delta.host)!.apply(delta, compiler.wanted(delta.host))
          for (const [host, follower] of followers) assertSameWanted(follower, compiler.wanted(host))
        })
        for (const next of [...FURNITURE, ...list]) {
          await run(world, next)
          const anew = compilerOf(world.store)
          for (const host of HOSTS) assertSameWanted(compiler.wanted(host), anew.wanted(host))
        }
        await world.store.close()
      }),
      { numRuns: 40 },
    )
  })
})
