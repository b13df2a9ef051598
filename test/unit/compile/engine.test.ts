import assert from 'node:assert/strict'
import { formatFlow } from 'openflow-ts'
import { isOurCookie } from '../../../flows/index.js'
import type { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta } from '../../../src/compile/wanted.js'
import { type World, newWorld } from '../intent/world.js'
import { compilerOf } from './support.js'

/** Tenant red with network web on `hosts` hosts, `pods` pods spread over them, and a compiler that follows. */
async function cluster(hosts: number, pods: number): Promise<World & { compiler: Compiler; deltas: HostDelta[] }> {
  const world = newWorld()
  const { admission, store } = world
  await admission.put('Tenant', { name: 'red' }, {})
  await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16'] })
  const jobs: Promise<unknown>[] = []
  for (let i = 0; i < hosts; i++)
    jobs.push(admission.put('Host', { name: `h${i}` }, { tunnelAddress: `192.0.2.${i + 1}` }))
  for (let i = 0; i < pods; i++) {
    jobs.push(admission.put('Pod', { tenant: 'red', network: 'web', name: `p${i}` }, { host: `h${i % hosts}` }))
  }
  await Promise.all(jobs)
  const compiler = compilerOf(store)
  const deltas: HostDelta[] = []
  store.watch(store.revision, (commit) => deltas.push(...compiler.apply(commit)))
  return { ...world, compiler, deltas }
}

describe('Compiler', () => {
  for (const [hosts, pods] of [
    [2, 10],
    [2, 2000],
    [50, 100],
    [50, 2000],
  ] as const) {
    it(`recompiles one unit, of one host, for a pod more beside ${pods} on ${hosts} hosts`, async () => {
      const { admission, compiler, deltas } = await cluster(hosts, pods)
      const before = compiler.recompiled
      const { commit } = await admission.create('Pod', { tenant: 'red', network: 'web', name: 'new' }, { host: 'h1' })
      assert.equal(compiler.recompiled - before, 1)
      assert.deepEqual(
        deltas.map(({ host, revision }) => [host, revision]),
        [['h1', commit]],
      )
      const [delta] = deltas
      assert.deepEqual([delta!.flows.length, delta!.deletedFlows.length, delta!.ports.length], [5, 0, 1])
    }).timeout(60_000)
  }

  it('takes back with a pod exactly what came with it', async () => {
    const { admission, deltas } = await cluster(3, 9)
    const ref = { tenant: 'red', network: 'web', name: 'p4' }
    await admission.delete('Pod', ref)
    const [delta, ...more] = deltas
    assert.deepEqual([delta!.host, delta!.flows.length, delta!.deletedFlows.length, more.length], ['h1', 0, 5, 0])
  })

  it('sends nothing where a commit changes nothing that a switch has', async () => {
    const { admission, deltas } = await cluster(2, 4)
    await admission.put('Tenant', { name: 'red' }, { description: 'weavers' })
    await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16'], mtu: 1400 })
    await admission.put('Host', { name: 'h0' }, { tunnelAddress: '192.0.2.1', underlayMtu: 9000 })
    assert.deepEqual(deltas, [])
  })

  it('gives a stray a route on every host of its tenant, and takes it back', async () => {
    const { admission, deltas, compiler } = await cluster(3, 9)
    const ref = { tenant: 'red', network: 'web', name: 'p4' }
    const address = admission.get('Pod', ref)!.record.addresses[0]!
    await admission.put('Pod', ref, { host: 'h2' })
    const routes = () =>
      ['h0', 'h1', 'h2'].map((host) =>
        [...compiler.wanted(host).flows.values()]
          .map((flow) => formatFlow(flow))
          .filter((text) => text.includes(`table=60, priority=1033`)),
      )
    for (const [i, [text, ...more]] of routes().entries()) {
      assert(text !== undefined)
      assert(text.includes(`nw_dst=${address} `))
      assert.equal(text.includes('192.0.2.3->tun_dst'), i !== 2)
      assert.deepEqual(more, [])
    }
    assert.deepEqual(deltas.map(({ host }) => host).sort(), ['h0', 'h1', 'h2'])
    await admission.put('Pod', ref, { host: 'h1' })
    assert.deepEqual(routes(), [[], [], []])
  })

  it('gives each address of a pod that is a stray a route, and none to the others', async () => {
    const { admission, compiler } = await cluster(3, 3)
    await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16', 'fd00::/64'] })
    const strayRoutes = () =>
      [...compiler.wanted('h0').flows.values()]
        .map((flow) => formatFlow(flow))
        .filter((text) => /table=60, priority=(1033|1129),/.test(text))
        .map((text) => /_dst=(\S+)/.exec(text)?.[1])
    const ref = { tenant: 'red', network: 'web', name: 'p1' }
    await admission.put('Pod', ref, { host: 'h1', addresses: ['10.0.0.99', 'fd00::99'] })
    assert.deepEqual(strayRoutes(), [], 'it took the blocks around both')
    const before = compiler.recompiled
    await admission.put('Pod', { ...ref, name: 'p2' }, { host: 'h2', addresses: ['10.0.7.7', 'fd00::97'] })
    assert.deepEqual(strayRoutes(), ['fd00::97'])
    // The pod, and on each of three hosts the routes of the IPv4 block that it left, of the one it took, and of the stray.
    assert.equal(compiler.recompiled - before, 1 + 3 + 3 + 3)
    await admission.put('Pod', { ...ref, name: 'p2' }, { host: 'h1' })
    assert.deepEqual(strayRoutes(), ['10.0.7.7'])
    await admission.delete('Pod', { ...ref, name: 'p2' })
    assert.deepEqual(strayRoutes(), [])
  })

  it('compiles the same after a restart, cookies and all', async () => {
    const { store, compiler } = await cluster(3, 12)
    const again = compilerOf(store)
    for (const host of ['h0', 'h1', 'h2']) {
      assert.deepEqual(again.wanted(host), compiler.wanted(host))
      for (const flow of again.wanted(host).flows.values()) assert(isOurCookie(flow.cookie))
    }
  })

  it('follows the number that a port really got', async () => {
    const { compiler, admission } = await cluster(2, 2)
    const { ofport, interface: device } = admission.get('Pod', { tenant: 'red', network: 'web', name: 'p0' })!.record
    const delta = compiler.observeOfport('h0', device, 99)
    const touching = (n: number) =>
      delta!.flows
        .concat(delta!.deletedFlows)
        .filter((flow) => new RegExp(`in_port=${n}\\b|set_field:0x${n.toString(16)}->reg4`).test(formatFlow(flow)))
    assert.deepEqual([touching(99).length, touching(ofport).length], [5, 4], 'the flow that finds the pod is replaced in place')
    assert.equal(compiler.observeOfport('h0', device, 99), undefined)
    assert.equal(compiler.observeOfport('h0', device, undefined)!.flows.length, 5)
  })

  it('withholds a number that another port has got, until the one that asked for it has its own', async () => {
    const { compiler, admission, deltas } = await cluster(1, 2)
    const [first, second] = ['p0', 'p1'].map(
      (name) => admission.get('Pod', { tenant: 'red', network: 'web', name })!.record,
    )
    const ports = () =>
      [...compiler.wanted('h0').flows.values()]
        .flatMap(({ table_id, match }) =>
          table_id === 0 ? match.filter((term) => term.field === 'in_port').map((term) => term.value) : [],
        )
        .filter((port) => port !== 1)
    compiler.observeOfport('h0', first!.interface, second!.ofport)
    assert.deepEqual(ports(), [second!.ofport])
    compiler.observeOfport('h0', second!.interface, 40)
    assert.deepEqual(ports().sort(), [second!.ofport, 40].sort())
    compiler.observeOfport('h0', second!.interface, undefined)
    await admission.delete('Pod', { tenant: 'red', network: 'web', name: 'p0' })
    assert.deepEqual(ports(), [second!.ofport], 'free again once the port that had it is gone')
    assert.equal(deltas.length > 0, true)
  })
})
