import assert from 'node:assert/strict'
import { formatFlow } from 'openflow-ts'
import { TABLES } from '../../../flows/index.js'
import type { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta } from '../../../src/compile/wanted.js'
import { POLICY_CASES } from '../../support/policy-cases/index.js'
import { momentsOf } from '../../support/policy-cases/case.js'
import { resourcesOf } from '../../support/policy-cases/world.js'
import { type World, newWorld } from '../intent/world.js'
import { assertSameWanted, compilerOf, Follower } from './support.js'

const pod = (name: string) => ({ tenant: 'red', network: 'web', name })
const UPLINK = { bridge: 'br-phy' }
const DENY = { podSelector: {}, policyTypes: ['Ingress'] }

/** Tenant red with a direct network and a pod on each of h1 to h3; blue, alone on h4; and a compiler that follows. */
async function cluster(): Promise<World & { compiler: Compiler; deltas: HostDelta[] }> {
  const world = newWorld()
  const { admission, store } = world
  for (const n of [1, 2, 3, 4]) {
    await admission.put('Host', { name: `h${n}` }, { tunnelAddress: `192.0.2.${n}`, uplink: UPLINK })
  }
  for (const [i, tenant] of ['red', 'blue'].entries()) {
    await admission.put('Tenant', { name: tenant }, {})
    await admission.put('Network', { tenant, name: 'web' }, { cidrs: [`10.${i}.0.0/16`], encapsulation: 'direct' })
  }
  for (const n of [1, 2, 3]) await admission.put('Pod', pod(`p${n}`), { host: `h${n}` })
  await admission.put('Pod', { tenant: 'blue', network: 'web', name: 'p4' }, { host: 'h4' })
  const compiler = compilerOf(store)
  const deltas: HostDelta[] = []
  store.watch(store.revision, (commit) => deltas.push(...compiler.apply(commit)))
  return { ...world, compiler, deltas }
}

const table = (name: keyof typeof TABLES, compiler: Compiler, host: string): string[] =>
  [...compiler.wanted(host).flows.values()]
    .filter(({ table_id }) => table_id === TABLES[name].id)
    .map((flow) => formatFlow(flow))
    .sort()

/** Addresses that the host knows the identity of. */
const remotes = (compiler: Compiler, host: string): string[] =>
  table('remote', compiler, host).flatMap((flow) => /nw_src=(\S+)/.exec(flow)?.[1] ?? [])

describe('direct networks, compiled', () => {
  it('cost a pod its own host where there is no policy', async () => {
    const { admission, compiler, deltas } = await cluster()
    const before = compiler.recompiled
    await admission.put('Pod', pod('new'), { host: 'h1', labels: { app: 'new' } })
    assert.deepEqual(deltas.map(({ host, flows }) => [host, flows.length]), [['h1', 5]])
    assert.equal(compiler.recompiled - before, 2, 'the pod, and whether its identity is checked')
    assert.deepEqual(remotes(compiler, 'h2'), [])
  })

  it('cost a pod an entry on every other host of its tenant where there is one, and no more', async () => {
    const { admission, compiler, deltas } = await cluster()
    await admission.put('NetworkPolicy', { tenant: 'red', name: 'deny' }, DENY)
    const own = (n: number) => admission.get('Pod', pod(`p${n}`))!.record.addresses[0]!
    assert.deepEqual(new Set(remotes(compiler, 'h1')), new Set([own(2), own(3)]))
    deltas.length = 0
    const { stored } = await admission.put('Pod', pod('new'), { host: 'h1' })
    const [address] = stored.record.addresses
    const elsewhere = deltas.filter(({ host }) => host !== 'h1')
    assert.deepEqual(elsewhere.map(({ host, flows }) => [host, flows.length]).sort(), [['h2', 1], ['h3', 1]])
    assert.ok(remotes(compiler, 'h2').includes(address!))
    await admission.put('Pod', pod('new'), { host: 'h2' })
    assert.ok(!remotes(compiler, 'h2').includes(address!), 'local pods are known by their ports')
    assert.ok(remotes(compiler, 'h1').includes(address!))
    await admission.delete('NetworkPolicy', { tenant: 'red', name: 'deny' })
    for (const host of ['h1', 'h2', 'h3', 'h4']) assert.deepEqual(remotes(compiler, host), [])
  })

  it('have the same route on every host, and the own MAC behind it', async () => {
    const { admission, compiler } = await cluster()
    const { addresses } = admission.get('Pod', pod('p3'))!.record
    const [h1, h2] = ['h1', 'h2'].map((host) => {
      const routes = table('route', compiler, host).filter((flow) => flow.includes('goto_table:62'))
      return routes.filter((flow) => flow.includes(addresses[0]!.replace(/\.\d+$/, '.')))
    })
    assert.deepEqual(h1!.filter((flow) => h2!.includes(flow)).length, 1)
    assert.notDeepEqual(table('segment', compiler, 'h1'), table('segment', compiler, 'h2'))
  })

  it('want a patch between the bridges where packets go over the segment', async () => {
    const { admission, compiler } = await cluster()
    const patch = (host: string) =>
      [...compiler.wanted(host).ports.values()]
        .filter(({ type }) => type === 'patch')
        .map(({ name, bridge, options, ofport_request }) => ({ name, bridge, peer: options['peer'], ofport_request }))
    assert.deepEqual(patch('h1'), [
      { name: 'heddle-direct', bridge: undefined, peer: 'heddle-uplink', ofport_request: 3 },
      { name: 'heddle-uplink', bridge: 'br-phy', peer: 'heddle-direct', ofport_request: null },
    ])
    await admission.delete('Pod', { tenant: 'blue', network: 'web', name: 'p4' })
    assert.deepEqual(patch('h4'), [])
    // A host that is not on the segment, whose pods are routed to a direct network.
    await admission.put('Host', { name: 'h4' }, { tunnelAddress: '192.0.2.4' })
    await admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.9.0.0/16'] })
    await admission.put('Pod', { tenant: 'red', network: 'db', name: 'p' }, { host: 'h4' })
    assert.deepEqual(patch('h4').map(({ name, bridge }) => [name, bridge]), [
      ['heddle-direct', undefined],
      ['heddle-uplink', null],
    ])
  })

  it('come out the same, compiled bit by bit or anew, through changes of policies, peerings and encapsulation', async () => {
    const { admission, store, errors } = newWorld()
    const compiler = compilerOf(store)
    const hosts = ['h1', 'h2', 'h3']
    const followers = new Map(hosts.map((host) => [host, new Follower()]))
    store.watch(0, (commit) => {
      for (const delta of compiler.apply(commit)) followers.get(delta.host)?.apply(delta, compiler.wanted(delta.host))
    })
    const moments = [...POLICY_CASES['changes']!, ...POLICY_CASES['other tenants']!.slice(0, 6)].flatMap(momentsOf)
    for (const [i, { situation }] of moments.entries()) {
      const resources = resourcesOf(situation, [['x', 'y', 'z', 'q', 'r'], ['x', 'q'], ['y']][i % 3])
      for (const kind of ['NetworkPolicy', 'AdminPolicy', 'Peering'] as const) {
        const kept = new Set(resources.map((resource) => JSON.stringify([resource.kind, resource.ref])))
        for (const { ref } of admission.list(kind)) {
          if (!kept.has(JSON.stringify([kind, ref]))) await admission.delete(kind, ref)
        }
      }
      for (const { kind, ref, spec } of resources) await admission.put(kind, ref, spec)
      const anew = compilerOf(store)
      for (const host of hosts) {
        assertSameWanted(compiler.wanted(host), anew.wanted(host))
        assert.deepEqual(new Set(followers.get(host)!.flows.keys()), new Set(anew.wanted(host).flows.keys()))
      }
    }
    assert.deepEqual(errors, [])
  }).timeout(60_000)
})
