import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Talk } from '../support/talk.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const WAIT = '?wait=realized&timeout=60s'

interface PlanAnswer {
  readonly hosts: readonly {
    readonly host: string
    readonly flows: { readonly added: readonly string[]; readonly removed: readonly string[]; readonly changed: readonly unknown[] }
  }[]
  readonly reachability: {
    readonly changes: readonly {
      readonly family: 4 | 6
      readonly from: readonly string[]
      readonly to: readonly string[]
      readonly gained: readonly unknown[]
    }[]
  }
}

interface TraceAnswer {
  readonly decision: string
  readonly reaches: boolean
  readonly forward: { readonly hops: readonly { readonly steps: readonly { readonly policies?: readonly string[] }[] }[] }
  readonly live: { readonly delivered: boolean; readonly sightings: readonly { readonly host: string; readonly stage: string }[] }
}

for (const encapsulation of ['vxlan', 'gre'] as const) {
  describe(`policy over ${encapsulation}: connections on two hosts`, function () {
    this.timeout(240_000)
    let world: World
    let talk: Talk
    let client: PodAnswer
    let near: PodAnswer
    let server: PodAnswer
    let neighbour: PodAnswer

    before(async function () {
      skipUnlessRoot(this)
      world = await World.up(2)
      talk = new Talk(world)
      await world.network('red', 'web', { cidrs: ['10.1.0.0/16', 'fd00:1::/64'], encapsulation })
      await world.network('red', 'free', { cidrs: ['10.2.0.0/16'], encapsulation })
      client = await world.pod('red', 'web', 'client', { host: 'h1', labels: { app: 'client' } })
      near = await world.pod('red', 'web', 'near', { host: 'h1', labels: { app: 'server' } })
      server = await world.pod('red', 'web', 'server', { host: 'h2', labels: { app: 'server' } })
      neighbour = await world.pod('red', 'web', 'neighbour', { host: 'h2', labels: { app: 'other' } })
      for (const pod of [near, server]) for (const port of [80, 81]) await talk.serve(pod, port)
      await world.untilHosts('realized')
      assert.ok(await world.reaches(client, server.status.address))
    })

    after(async () => {
      ;(talk as Talk | undefined)?.end()
      await (world as World | undefined)?.down()
    })

    const apply = (name: string, spec: object) =>
      world.controller.must('PUT', `/v1/tenants/red/networkpolicies/${name}${WAIT}`, spec)
    const lift = (name: string) => world.controller.must('DELETE', `/v1/tenants/red/networkpolicies/${name}${WAIT}`)
    const datapathFlows = async (host: string): Promise<string[]> =>
      (await world.lab.appctl(host, 'dpctl/dump-flows')).split('\n').filter((line) => line.includes('actions'))

    const allowClients = (port: number) => ({
      podSelector: { matchLabels: { app: 'server' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port }] }],
    })

    it('leaves conntrack out of networks that no policy is about', async () => {
      const open = await talk.open(client, server.status.address, 80, 'echo')
      await open.goesOn()
      for (const host of ['h1', 'h2']) {
        const flows = await datapathFlows(host)
        assert.ok(flows.some((flow) => flow.includes('ipv4')), 'there is traffic')
        assert.deepEqual(flows.filter((flow) => /\bct\(/.test(flow)), [], host)
        assert.equal((await world.lab.appctl(host, 'dpctl/dump-conntrack')).trim(), '', host)
      }
    })

    it('lets through what a rule allows, here and from elsewhere, over both families, and nothing else', async () => {
      await apply('servers', allowClients(80))
      for (const to of [server, near]) {
        for (const { address } of to.status.addresses) {
          assert.equal(await talk.connect(client, address, 80), 'connected', `${to.name} ${address}`)
          assert.equal(await talk.connect(client, address, 81), 'timeout', `${to.name} ${address}`)
          assert.equal(await talk.connect(neighbour, address, 80), 'timeout', `${to.name} ${address}`)
        }
      }
      assert.equal(await talk.connect(server, near.status.address, 80), 'timeout', 'servers are no clients')
    })

    it('lets an isolated pod have answers to what it sends itself', async () => {
      await talk.serve(neighbour, 90)
      assert.equal(await talk.connect(server, neighbour.status.address, 90), 'connected')
      assert.equal(await talk.connect(near, neighbour.status.address, 90), 'connected')
      assert.ok(await world.reaches(near, neighbour.status.address), 'echo replies come back')
    })

    it('tracks connections only of pods that a policy is about', async () => {
      const free = await world.pod('red', 'free', 'f1', { host: 'h1' })
      const other = await world.pod('red', 'free', 'f2', { host: 'h2' })
      await talk.serve(other, 80)
      assert.equal(await talk.connect(free, other.status.address, 80), 'connected')
      const tracked = await world.lab.appctl('h2', 'dpctl/dump-conntrack')
      assert.ok(tracked.includes(server.status.address), 'those of the server are tracked')
      assert.ok(!tracked.includes(other.status.address), tracked)
    })

    it('ends connections that a tightened policy does not allow, and no other', async () => {
      const echo = await talk.open(client, server.status.address, 80, 'echo')
      const download = await talk.open(client, near.status.address, 80, 'stream')
      // Another rule goes and comes: what is about other connections disturbs none.
      await apply('others', { podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Ingress'] })
      await echo.goesOn()
      await download.goesOn()
      await lift('others')
      await apply('servers', allowClients(81))
      await Promise.all([echo.falls(), download.falls()])
      await apply('servers', allowClients(80))
      await Promise.all([echo.goesOn(), download.goesOn()])
    })

    it('lets a download go on while its own rule stands and others change', async () => {
      const download = await talk.open(client, server.status.address, 80, 'stream')
      for (let i = 0; i < 5; i++) {
        await apply('servers', { ...allowClients(80), ingress: [...allowClients(80).ingress, { ports: [{ port: 1000 + i }] }] })
        await download.goesOn()
      }
      await apply('servers', allowClients(80))
    })

    it('reports and counts what rules decide', async () => {
      await apply('logged', {
        podSelector: { matchLabels: { app: 'other' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], log: true }],
      })
      assert.equal(await talk.connect(client, neighbour.status.address, 90), 'connected')
      const events = await untilSome(async () => {
        const { items } = await world.controller.must<{ items: Record<string, unknown>[] }>('GET', '/v1/events?tenant=red')
        return items.filter(({ destinationPort }) => destinationPort === 90)
      })
      assert.deepEqual(
        events.map(({ action, direction, rules, from, to, protocol, host }) => ({ action, direction, rules, from, to, protocol, host })),
        [
          {
            action: 'Allow',
            direction: 'Ingress',
            rules: ['networkpolicies/red/logged ingress 0'],
            from: { address: client.status.address, pod: 'red/web/client' },
            to: { address: neighbour.status.address, pod: 'red/web/neighbour' },
            protocol: 'TCP',
            host: 'h2',
          },
        ],
        'one event for the connection, not one for each packet',
      )
      const counters = await untilSome(async () => {
        const { items } = await world.controller.must<{ items: { packets: number; bytes: number; missing: string[] }[] }>(
          'GET',
          '/v1/tenants/red/networkpolicies/logged/counters',
        )
        return items.filter(({ packets }) => packets > 0)
      })
      assert.ok(counters[0]!.bytes > 0)
      assert.deepEqual(counters[0]!.missing, [])
      await lift('logged')
    })

    it('tells what a policy will do before it is done, and does then what it told', async () => {
      const spec = { podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Ingress'] }
      const before = await Promise.all(['h1', 'h2'].map((host) => world.dumpFlows(host)))
      const path = '/v1/tenants/red/networkpolicies/planned'
      const plan = await world.controller.must<PlanAnswer>('PUT', `${path}?dryRun=plan`, spec)
      assert.deepEqual(await Promise.all(['h1', 'h2'].map((host) => world.dumpFlows(host))), before, 'nothing was done')
      const lost = plan.reachability.changes.filter(({ to }) => to.includes('red/web/neighbour'))
      assert.deepEqual(plan.reachability.changes.filter(({ gained }) => gained.length > 0), [])
      assert.ok(lost.some(({ from, family }) => family === 4 && from.includes('red/web/client')), 'the client loses it')
      await apply('planned', spec)
      assert.equal(await talk.connect(client, neighbour.status.address, 90), 'timeout')
      const after = await Promise.all(['h1', 'h2'].map((host) => world.dumpFlows(host)))
      for (const [i, host] of ['h1', 'h2'].entries()) {
        const planned = plan.hosts.find((one) => one.host === host)
        const count = (flows: readonly string[], others: readonly string[]): number => flows.filter((flow) => !others.includes(flow)).length
        const { added = [], removed = [], changed = [] } = planned?.flows ?? {}
        assert.equal(count(after[i]!, before[i]!), added.length + changed.length, `new on ${host}`)
        assert.equal(count(before[i]!, after[i]!), removed.length + changed.length, `gone from ${host}`)
      }
      await lift('planned')
    })

    it('traces packets as they are wanted to go, and real ones as they go', async () => {
      await apply('servers', allowClients(80))
      const trace = (from: PodAnswer, port: number) =>
        world.controller.must<TraceAnswer>('POST', '/v1/trace', {
          from: `red/web/${from.name}`,
          to: 'red/web/server',
          protocol: 'TCP',
          port,
          live: true,
          timeout: '2s',
        })
      const allowed = await trace(client, 80)
      assert.deepEqual([allowed.reaches, allowed.live.delivered], [true, true], allowed.decision)
      assert.deepEqual(allowed.live.sightings.map(({ host, stage }) => [host, stage]), [
        ['h1', 'arrived'],
        ['h2', 'arrived'],
        ['h2', 'delivered'],
      ])
      assert.ok(
        allowed.forward.hops.some(({ steps }) => steps.some(({ policies = [] }) => policies.includes('networkpolicies/red/servers ingress 0'))),
        'the rule that let it through is named',
      )
      for (const denied of [await trace(client, 81), await trace(neighbour, 80)]) {
        assert.deepEqual([denied.reaches, denied.live.delivered], [false, false], denied.decision)
        assert.match(denied.decision, /dropped on h2 in table ingress: no rule allows it, and it is isolated by networkpolicies\/red\/servers/)
      }
      for (const host of ['h1', 'h2']) {
        assert.ok(!(await world.dumpFlows(host)).some((flow) => flow.includes('cookie=0x4854')), `nothing of the traces is left on ${host}`)
      }
      assert.ok(!(await world.lab.appctl('h2', 'dpctl/dump-conntrack')).includes('sport=610'), 'nor a connection')
    })

    it('verifies what is there and how tenants and pods are found', async () => {
      const report = await world.controller.must<{ ok: boolean; violations: unknown[]; hosts: unknown[] }>('POST', '/v1/verify', {})
      assert.deepEqual([report.ok, report.violations, report.hosts], [true, [], []])
      await world.lab.ofctl('h1', 'add-flow', 'br-int', 'cookie=0x4865ff0000000001,table=60,priority=7,actions=drop')
      const { ok, hosts } = await world.controller.must<{ ok: boolean; hosts: { host: string; extra: string[] }[] }>('POST', '/v1/verify', {})
      assert.equal(ok, false)
      assert.deepEqual(hosts.map(({ host, extra }) => [host, extra.length]), [['h1', 1]])
      await world.lab.ofctl('h1', '--strict', 'del-flows', 'br-int', 'table=60,priority=7')
    })

    it('takes no identity from a pod: a forged MAC is worth nothing', async () => {
      // What the pod sends from another MAC is dropped; nothing that it writes there gets out of its host.
      const script = ['sh', '-c', `ip link set eth0 address 06:48:00:00:01:00 && ping -c 2 -W 1 ${server.status.address}; ` +
        `ip link set eth0 address ${neighbour.status.mac}`]
      const { stdout } = await world.lab.exec(labName('red', 'neighbour'), script)
      assert.ok(stdout.includes(' 0 received'), stdout)
    })

    it('has no window in which a new pod of an isolated kind is open', async () => {
      const late = await world.pod('red', 'web', 'late', { host: 'h2', labels: { app: 'server' } })
      await talk.serve(late, 80)
      assert.equal(await talk.connect(neighbour, late.status.address, 80), 'timeout')
      assert.equal(await talk.connect(client, late.status.address, 80), 'connected')
    })
  })
}

async function untilSome<T>(read: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await read()
    if (found.length > 0) return found
    await sleep(100)
  }
}
