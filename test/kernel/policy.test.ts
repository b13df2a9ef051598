import assert from 'node:assert/strict'
import { Talk } from '../support/talk.js'
import { type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const WAIT = '?wait=realized&timeout=60s'

describe('network policy on the kernel datapath', function () {
  this.timeout(240_000)
  let world: World
  let talk: Talk
  const pods: Record<string, PodAnswer> = {}

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2, { datapath: 'system' })
    if (!/Conntrack zone: Yes|CT zone: Yes/i.test(await world.lab.appctl('h1', 'dpif/show-dp-features', 'br-phy'))) {
      process.stderr.write('SKIPPED: this kernel is built without conntrack zones, which a policy needs\n')
      this.skip()
    }
    talk = new Talk(world)
    for (const [i, encapsulation] of (['vxlan', 'gre'] as const).entries()) {
      await world.network('red', encapsulation, { cidrs: [`10.${i + 1}.0.0/16`], encapsulation })
      const specs = {
        [`${encapsulation}-client`]: { host: 'h1', labels: { app: 'client' } },
        [`${encapsulation}-server`]: { host: 'h2', labels: { app: 'server' } },
      }
      Object.assign(pods, await world.pods('red', encapsulation, specs))
      for (const port of [80, 81]) await talk.serve(pods[`${encapsulation}-server`]!, port)
    }
  })

  after(async () => {
    ;(talk as Talk | undefined)?.end()
    await (world as World | undefined)?.down()
  })

  const tracked = async (host: string): Promise<{ readonly flows: number; readonly connections: number }> => {
    const flows = (await world.lab.appctl(host, 'dpctl/dump-flows')).split('\n').filter((line) => /\bct\(/.test(line))
    const connections = (await world.lab.appctl(host, 'dpctl/dump-conntrack')).split('\n').filter((line) => line !== '')
    return { flows: flows.length, connections: connections.length }
  }

  for (const encapsulation of ['vxlan', 'gre'] as const) {
    it(`tracks connections over ${encapsulation} once a policy is about them, and lets through what it allows`, async () => {
      const [client, server] = [pods[`${encapsulation}-client`]!, pods[`${encapsulation}-server`]!]
      assert.equal(await talk.connect(client, server.status.address, 81), 'connected')
      if (encapsulation === 'vxlan') assert.deepEqual(await tracked('h2'), { flows: 0, connections: 0 })
      await world.controller.must('PUT', `/v1/tenants/red/networkpolicies/${encapsulation}${WAIT}`, {
        network: encapsulation,
        podSelector: { matchLabels: { app: 'server' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 80 }] }],
      })
      assert.equal(await talk.connect(client, server.status.address, 80, 5_000), 'connected')
      assert.equal(await talk.connect(client, server.status.address, 81), 'timeout')
      const after = await tracked('h2')
      assert.ok(after.flows > 0 && after.connections > 0, JSON.stringify(after))
    })
  }
})
