import assert from 'node:assert/strict'
import { formatFlow } from 'openflow-ts'
import { podMeter, tenantMeter } from '../../../flows/index.js'
import type { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta } from '../../../src/compile/wanted.js'
import { newWorld, type World } from '../intent/world.js'
import { compilerOf } from './support.js'

const UPLINK = { bridge: 'br-ex', interface: 'eth0', bandwidth: '100Mbit' }
const POD = { tenant: 'red', network: 'web', name: 'a' }
const FULL = {
  egress: { guaranteed: '10Mbit', max: '50Mbit', burst: '64kB', priority: 1, packetRate: '1kpps', newConnectionRate: '20/s', floodGuard: { syn: '5pps' }, dscp: 10 },
  ingress: { max: '20Mbit', packetRate: '2kpps' },
}

describe('bandwidth, compiled', () => {
  let world: World
  let compiler: Compiler
  let deltas: HostDelta[]

  beforeEach(async () => {
    world = newWorld()
    const { admission, store } = world
    await admission.put('Tenant', { name: 'red' }, {})
    await admission.put('Host', { name: 'kernel' }, { tunnelAddress: '192.0.2.1', uplink: UPLINK })
    await admission.put('Host', { name: 'user' }, { tunnelAddress: '192.0.2.2', datapathType: 'netdev' })
    await admission.put('BandwidthProfile', { tenant: 'red', name: 'full' }, FULL)
    await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'] })
    await admission.put('Pod', POD, { host: 'kernel', bandwidth: 'full', interface: 'pod-a' })
    compiler = compilerOf(store)
    deltas = []
    store.watch(store.revision, (commit) => deltas.push(...compiler.apply(commit)))
  })

  const queues = (host: string) => [...compiler.wanted(host).queues.values()].map(({ port, queue_id, other_config }) => ({ port, queue_id, ...other_config }))
  const flowsWith = (host: string, text: string) =>
    [...compiler.wanted(host).flows.values()].map((flow) => formatFlow(flow)).filter((flow) => flow.includes(text))
  const numbers = (host: string) => [...compiler.wanted(host).meters.keys()].sort((a, b) => a - b)

  it('is queues on the uplink and on the port where the datapath honours them; burst is in bits', () => {
    assert.deepEqual(queues('kernel'), [
      { port: 'eth0', queue_id: 0, 'min-rate': '1000000', 'max-rate': '100000000', priority: '7' },
      { port: 'eth0', queue_id: 16, 'min-rate': '10000000', 'max-rate': '50000000', burst: '512000', priority: '1' },
      { port: 'pod-a', queue_id: 0, 'min-rate': '20000000', 'max-rate': '20000000' },
    ])
    assert.deepEqual([...compiler.wanted('kernel').qos.keys()].sort(), ['eth0', 'pod-a'])
    assert.equal(flowsWith('kernel', 'set_queue:16').length, 1)
    assert.equal(compiler.wanted('kernel').meters.has(podMeter(16, 'egress.max')), false)
  })

  it('is a meter for max where queues do not act', async () => {
    await world.admission.put('Pod', POD, { host: 'user', bandwidth: 'full', interface: 'pod-a' })
    assert.deepEqual(queues('kernel').map(({ queue_id }) => queue_id), [0], 'nothing is left behind')
    assert.deepEqual(numbers('kernel'), [])
    assert.deepEqual(queues('user').map(({ port }) => port), ['pod-a'])
    const meter = compiler.wanted('user').meters.get(podMeter(16, 'egress.max'))
    assert.deepEqual(meter?.bands, [{ type: 'drop', rate: 50_000, burst_size: 512 }])
    assert.equal(flowsWith('user', 'set_queue').length, 0)
    assert.equal(flowsWith('user', `meter:${podMeter(16, 'egress.max')}`).length, 1)
  })

  it('has one meter a flow, and as its first action', () => {
    for (const { actions } of compiler.wanted('kernel').flows.values()) {
      const at = actions.flatMap(({ type }, i) => (type === 'meter' ? [i] : []))
      assert.ok(at.length === 0 || (at.length === 1 && at[0] === 0))
    }
  })

  it('changes rows and meters in place when rates change, and no flow', async () => {
    const spec = { ...FULL, egress: { ...FULL.egress, max: '60Mbit', packetRate: '3kpps' } }
    await world.admission.put('BandwidthProfile', { tenant: 'red', name: 'full' }, spec)
    assert.deepEqual(
      deltas.map(({ host, flows, deletedFlows, meters, qos, ports }) => ({ host, flows, deletedFlows, meters, qos, ports })),
      [{ host: 'kernel', flows: [], deletedFlows: [], meters: [podMeter(16, 'egress.packetRate')], qos: ['eth0'], ports: [] }],
    )
  })

  it("follows the network's profile, and the uplink", async () => {
    await world.admission.put('Pod', POD, { host: 'kernel', interface: 'pod-a' })
    assert.deepEqual(queues('kernel').map(({ queue_id }) => queue_id), [0])
    await world.admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/16'], bandwidth: 'full' })
    assert.deepEqual(queues('kernel').map(({ queue_id }) => queue_id), [0, 16, 0])
    await world.admission.put('Host', { name: 'kernel' }, { tunnelAddress: '192.0.2.1' })
    assert.deepEqual(queues('kernel').map(({ port }) => port), ['pod-a'])
    assert.ok(compiler.wanted('kernel').meters.has(podMeter(16, 'egress.max')))
    for (const host of ['kernel', 'user']) assert.deepEqual(compilerOf(world.store).wanted(host), compiler.wanted(host))
  })

  it("is two meters for a tenant's total, once its profile is there", async () => {
    await world.admission.put('Tenant', { name: 'red' }, { bandwidth: 'total' })
    assert.equal(compiler.wanted('kernel').meters.has(tenantMeter(1, 'egress.max')), false)
    await world.admission.put('BandwidthProfile', { tenant: 'red', name: 'total' }, { egress: { max: '80Mbit' }, ingress: { max: '90Mbit' } })
    assert.deepEqual(numbers('kernel').slice(-2), [tenantMeter(1, 'egress.max'), tenantMeter(1, 'ingress.max')])
    assert.deepEqual(numbers('user'), [], 'no pod of it is there')
    await world.admission.put('Tenant', { name: 'red' }, {})
    assert.equal(compiler.wanted('kernel').meters.has(tenantMeter(1, 'egress.max')), false)
  })
})
