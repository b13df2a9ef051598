import assert from 'node:assert/strict'
import { echoRequests } from '../../tools/lab/counters.js'
import { Talk } from '../support/talk.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const ENCAPSULATIONS = ['vxlan', 'gre'] as const
const TENANTS = ['red', 'blue'] as const

describe('main job on the kernel datapath: two hosts, two tenants with the same addresses', function () {
  this.timeout(120_000)
  let world: World
  let talk: Talk
  /** By tenant, then by name: `vxlan-h1` and so on. */
  const pods = { red: {}, blue: {} } as Record<(typeof TENANTS)[number], Record<string, PodAnswer>>

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2, { datapath: 'system' })
    talk = new Talk(world)
    for (const tenant of TENANTS) {
      for (const [i, encapsulation] of ENCAPSULATIONS.entries()) {
        await world.network(tenant, encapsulation, { cidrs: [`10.${i + 1}.0.0/16`], encapsulation })
        const hosts = Object.fromEntries(['h1', 'h2'].map((host) => [`${encapsulation}-${host}`, { host }]))
        Object.assign(pods[tenant], await world.pods(tenant, encapsulation, hosts))
      }
    }
    await world.untilHosts('realized')
  })

  after(async () => {
    ;(talk as Talk | undefined)?.end()
    await (world as World | undefined)?.down()
  })

  const datapathFlows = async (host: string): Promise<string[]> =>
    (await world.lab.appctl(host, 'dpctl/dump-flows')).split('\n').filter((line) => line.includes('actions:'))

  /** The kernel also tracks what the host itself says and hears: to the controller, and the tunnels. */
  const connectionsOfPods = async (host: string): Promise<string[]> =>
    (await world.lab.appctl(host, 'dpctl/dump-conntrack')).split('\n').filter((line) => line.includes('src=10.'))

  for (const encapsulation of ENCAPSULATIONS) {
    it(`carries the pings of each tenant over ${encapsulation}, to its own pod alone`, async () => {
      for (const tenant of TENANTS) {
        const [from, to] = [pods[tenant][`${encapsulation}-h1`]!, pods[tenant][`${encapsulation}-h2`]!]
        const others = TENANTS.filter((other) => other !== tenant).map((other) => pods[other][to.name]!)
        const before = await Promise.all(others.map((other) => echoRequests(world.lab, labName(other.tenant, other.name))))
        const own = await echoRequests(world.lab, labName(tenant, to.name))
        assert.equal(await world.reaches(from, to.status.address), true, `${tenant}: ${from.name} -> ${to.name}`)
        assert.ok((await echoRequests(world.lab, labName(tenant, to.name))) > own)
        const after = await Promise.all(others.map((other) => echoRequests(world.lab, labName(other.tenant, other.name))))
        assert.deepEqual(after, before, 'requests at the pod of another tenant with the same address')
      }
    })

    it(`tunnels over ${encapsulation} in the kernel, not in ovs-vswitchd`, async () => {
      const port = encapsulation === 'vxlan' ? 'tp_dst=4789' : 'flags(df|key)'
      const sent = (await datapathFlows('h1')).filter((flow) => flow.includes('set(tunnel(') && flow.includes(port))
      assert.ok(sent.length > 0, 'flows of the datapath that encapsulate')
      assert.deepEqual(sent.filter((flow) => flow.includes('userspace(')), [])
    })
  }

  it('routes between networks of a tenant that are tunnelled differently', async () => {
    assert.equal(await world.reaches(pods.red['vxlan-h1']!, pods.red['gre-h2']!.status.address), true)
  })

  it('never enters conntrack without a policy', async () => {
    for (const host of ['h1', 'h2']) {
      assert.deepEqual((await datapathFlows(host)).filter((flow) => /\bct\(/.test(flow)), [], host)
      assert.deepEqual(await connectionsOfPods(host), [], host)
    }
  })

  // The kernel of npm run kernel has no conntrack zones; where one that has them runs this suite by itself, this is run.
  it('tracks connections that a policy is about, and lets through what it allows', async function () {
    const features = await world.lab.appctl('h2', 'dpif/show-dp-features', 'br-int')
    if (!/^CT zone: Yes$/im.test(features)) {
      process.stderr.write('SKIPPED: this kernel is built without conntrack zones, which a policy needs\n')
      this.skip()
    }
    for (const encapsulation of ENCAPSULATIONS) {
      const [client, server] = [pods.red[`${encapsulation}-h1`]!, pods.red[`${encapsulation}-h2`]!]
      for (const port of [80, 81]) await talk.serve(server, port)
      await world.controller.must('PUT', `/v1/tenants/red/networkpolicies/${encapsulation}?wait=realized&timeout=60s`, {
        network: encapsulation,
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
      })
      assert.equal(await talk.connect(client, server.status.address, 80, 5_000), 'connected')
      assert.equal(await talk.connect(client, server.status.address, 81), 'timeout')
      assert.notDeepEqual(await connectionsOfPods('h2'), [])
      assert.ok((await datapathFlows('h2')).some((flow) => /\bct\(/.test(flow)))
    }
  })

  it('goes on without ovs-vswitchd, as the kernel forwards by itself', async () => {
    const [from, to] = [pods.red['vxlan-h1']!, pods.red['vxlan-h2']!]
    assert.equal(await world.reaches(from, to.status.address), true)
    await world.lab.killDaemon('h1', 'ovs-vswitchd')
    const alone = await world.reaches(from, to.status.address)
    await world.lab.startDaemon('h1', 'ovs-vswitchd')
    assert.equal(alone, true)
    await world.untilHosts('realized')
    while (!(await world.reaches(from, to.status.address)));
  })
})
