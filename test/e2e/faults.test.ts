import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ControllerProcess } from '../support/controller.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

describe('faults: what dies and comes back', function () {
  this.timeout(180_000)
  let world: World
  let near: PodAnswer
  let far: PodAnswer

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2)
    await world.network('red', 'web', { cidrs: ['10.1.0.0/16'] })
    near = await world.pod('red', 'web', 'near', { host: 'h1' })
    far = await world.pod('red', 'web', 'far', { host: 'h2' })
    await world.untilHosts('realized')
    assert.ok(await world.reaches(near, far.status.address))
  })

  after(async () => {
    await (world as World | undefined)?.down()
  })

  it('kill -9 of the controller loses no packet, and its restart sends no flow-mod and no transaction', async () => {
    const flows = await world.dumpFlows('h1')
    const ping = world.lab.ping(labName('red', 'near'), far.status.address, { count: 60, interval: 0.1, timeout: 2 })
    await sleep(1_000)
    await world.controller.kill()
    await sleep(2_000)
    await world.controller.restart()
    const hosts = await world.untilHosts('realized')
    const { sent, received } = await ping
    assert.equal(received, sent, 'answers')
    for (const { name, status } of hosts) {
      assert.deepEqual(status.sent, { flowMods: 0, transactions: 0 }, `sent to ${name}`)
    }
    assert.deepEqual(await world.dumpFlows('h1'), flows)
  })

  it('a switch that lost its flows gets them back without anyone asking', async () => {
    const flows = await world.dumpFlows('h2')
    await world.lab.killDaemon('h2', 'ovs-vswitchd')
    await world.lab.startDaemon('h2', 'ovs-vswitchd')
    await world.lab.warmNeighbours('h2')
    await untilTrue(async () => (await world.reaches(near, far.status.address)))
    await world.untilHosts('realized')
    assert.deepEqual(await world.dumpFlows('h2'), flows)
  })

  // While its database is away, ovs-vswitchd 3.1 does not run its bridges (it holds no lock), so the userspace datapath,
  // whose ports its main thread polls, forwards nothing. Only what is there afterwards can be asked for here.
  it('a database server that was killed costs no flow-mod and no transaction', async () => {
    const before = await world.hosts()
    const flows = await world.dumpFlows('h1')
    await world.lab.killDaemon('h1', 'ovsdb-server')
    await untilTrue(async () => !(await world.hosts()).every(({ status }) => status.connected))
    await world.lab.startDaemon('h1', 'ovsdb-server')
    const after = await world.untilHosts('realized')
    await untilTrue(async () => await world.reaches(near, far.status.address))
    assert.deepEqual(after.map(({ status }) => status.sent), before.map(({ status }) => status.sent))
    assert.deepEqual(await world.dumpFlows('h1'), flows)
  })

  it('repairs rows of its own that somebody deleted or changed, and leaves the rows of others', async () => {
    await world.lab.vsctl('h1', 'add-br', 'br-other', '--', 'set', 'bridge', 'br-other', 'datapath_type=netdev')
    await world.lab.vsctl('h1', 'del-port', 'br-int', near.status.interface)
    await untilTrue(async () => (await world.lab.vsctl('h1', 'list-ports', 'br-int')).includes(near.status.interface))
    await world.lab.vsctl('h1', 'set', 'bridge', 'br-int', 'fail_mode=standalone')
    await untilTrue(async () => (await world.lab.vsctl('h1', 'get-fail-mode', 'br-int')).trim() === 'secure')
    await world.untilHosts('realized')
    await untilTrue(async () => await world.reaches(near, far.status.address))
    assert.ok((await world.lab.vsctl('h1', 'list-br')).split('\n').includes('br-other'))
  })

  it('a host that is away delays nobody', async () => {
    await world.lab.killDaemon('h2', 'ovs-vswitchd')
    const path = '/v1/tenants/red/networks/web/pods/alone'
    const { status } = await world.controller.must<PodAnswer>('PUT', path, { host: 'h1' })
    await world.lab.addPod('h1', { ...status, name: labName('red', 'alone') })
    const pod = await world.controller.must<PodAnswer>('PUT', `${path}?wait=realized&timeout=60s`, { host: 'h1' })
    assert.equal(pod.status.realized, true)
    assert.ok(await world.reaches(near, pod.status.address))
    await world.lab.startDaemon('h2', 'ovs-vswitchd')
    await world.untilHosts('realized')
  })

  it('SIGTERM ends the controller cleanly', async () => {
    assert.equal(await world.controller.terminate(), 0)
    await world.controller.restart()
    await world.untilHosts('realized')
  })
})

describe('faults: kill -9 in the middle of 1,000 writes', function () {
  this.timeout(120_000)
  let controller: ControllerProcess

  before(async () => {
    controller = await ControllerProcess.start()
  })

  after(async () => {
    await (controller as ControllerProcess | undefined)?.stop()
  })

  it('keeps every write that was acknowledged', async () => {
    await controller.must('PUT', '/v1/hosts/h1', { tunnelAddress: '192.0.2.1' })
    await controller.must('PUT', '/v1/tenants/red', {})
    await controller.must('PUT', '/v1/tenants/red/networks/web', { cidrs: ['10.1.0.0/16'] })
    const acknowledged = new Map<string, string>()
    const write = async (i: number): Promise<void> => {
      const pod = { name: `p${i}`, host: 'h1' }
      const answer = await controller.request<PodAnswer>('POST', '/v1/tenants/red/networks/web/pods', pod)
      if (answer.status === 201) acknowledged.set(`p${i}`, answer.body.status.address)
    }
    const writes = Promise.allSettled(Array.from({ length: 1_000 }, (_, i) => write(i)))
    while (acknowledged.size < 300) await sleep(1)
    await controller.kill()
    await writes
    assert.ok(acknowledged.size < 1_000, 'it was killed in the middle')
    await controller.restart()
    const { items } = await controller.must<{ items: PodAnswer[] }>('GET', '/v1/tenants/red/networks/web/pods')
    const stored = new Map(items.map(({ name, status }) => [name, status.address]))
    for (const [name, address] of acknowledged) assert.equal(stored.get(name), address, name)
    assert.equal(new Set(stored.values()).size, stored.size, 'no address twice')
  })
})

async function untilTrue(test: () => Promise<boolean>): Promise<void> {
  while (!(await test())) await sleep(100)
}
