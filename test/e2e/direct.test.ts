import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Talk } from '../support/talk.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const WAIT = '?wait=realized&timeout=60s'
const HOSTS = ['h1', 'h2', 'h3']
const UPLINK = { bridge: 'br-phy' }

describe('direct networks: three hosts on one segment', function () {
  this.timeout(240_000)
  let world: World
  let talk: Talk
  /** By host: a red one on each, a blue one on the first two. */
  const red: PodAnswer[] = []
  const blue: PodAnswer[] = []
  /** Of a tunnelled network. */
  const green: PodAnswer[] = []

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(3, { host: { uplink: UPLINK } })
    talk = new Talk(world)
    await world.network('red', 'web', { cidrs: ['10.1.0.0/16', 'fd00:1::/64'], encapsulation: 'direct' })
    await world.network('blue', 'web', { cidrs: ['10.2.0.0/16', 'fd00:2::/64'], encapsulation: 'direct' })
    for (const host of HOSTS) red.push(await world.pod('red', 'web', `on-${host}`, { host, labels: { app: host } }))
    for (const host of HOSTS.slice(0, 2)) blue.push(await world.pod('blue', 'web', `on-${host}`, { host }))
    await world.untilHosts('realized')
  })

  after(async () => {
    ;(talk as Talk | undefined)?.end()
    await (world as World | undefined)?.down()
  })

  const portsOf = async (host: string, bridge: string) => (await world.lab.vsctl(host, 'list-ports', bridge)).trim().split('\n').sort()

  it('lets every pod reach every other of its tenant by both families, and none of another', async () => {
    for (const from of [...red, ...blue]) {
      const others = [...red, ...blue].filter((pod) => pod !== from)
      const targets = others.flatMap(({ tenant, status }) => status.addresses.map(({ address }) => ({ tenant, address })))
      const answers = await Promise.all(targets.map(({ tenant, address }) => reaches(from, address, from.tenant === tenant)))
      const expected = targets.map(({ tenant }) => from.tenant === tenant)
      assert.deepEqual(answers, expected, `${from.tenant} ${from.name}: ${JSON.stringify(targets)}`)
    }
  })

  it('joins the bridges of a host by a patch, with no tunnel', async () => {
    for (const host of HOSTS) {
      const own = [...red, ...blue].filter((pod) => pod.host === host).map(({ status }) => status.interface)
      assert.deepEqual(await portsOf(host, 'br-int'), [...own, 'heddle-direct'].sort())
      assert.deepEqual(await portsOf(host, 'br-phy'), ['heddle-uplink', 'up0'])
    }
  })

  it('carries packets as large as the underlay does, and they are plain IP there', async () => {
    const [from, to] = [red[0]!, red[1]!]
    assert.equal(from.status.mtu, 1500)
    const seen = await sniff('h1', async () => {
      for (const { address } of to.status.addresses) {
        const size = address.includes(':') ? 1452 : 1472
        const ping = ['ping', '-M', 'do', '-s', String(size), '-c', '3', '-i', '0.2', '-W', '1', address]
        const { stdout } = await world.lab.exec(labName('red', from.name), ping)
        assert.doesNotMatch(stdout, / 0 received/, stdout)
        assert.equal(await talk.transfer(from, to, address, 5001, 3_000_000), 3_000_000)
      }
    })
    const lines = seen.filter((line) => to.status.addresses.some(({ address }) => line.includes(address)))
    assert.ok(lines.length > 20, seen.slice(0, 20).join('\n'))
    assert.deepEqual(seen.filter((line) => /\.4789: |\bGRE/.test(line)), [])
    assert.ok(lines.some((line) => line.includes('length 1514')), 'full segments')
  })

  it('sends to MACs that the segment knows', async () => {
    const text = await world.lab.appctl('h1', 'fdb/show', 'br-phy')
    assert.equal(text.split('\n').filter((line) => line.includes(' 0e:48:')).length, 3, text)
  })

  describe('with policy', () => {
    const apply = (spec: object) => world.controller.must('PUT', `/v1/tenants/red/networkpolicies/servers${WAIT}`, spec)
    const servers = (app: string, port: number) => ({
      podSelector: { matchLabels: { app: 'h2' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app } } }], ports: [{ port }] }],
    })
    const isolated = {
      podSelector: { matchLabels: { app: 'h1' } },
      policyTypes: ['Ingress'],
    }

    before(async () => {
      for (const port of [80, 81]) await talk.serve(red[1]!, port)
      await apply(servers('h1', 80))
    })

    it('lets through what a rule allows, over both families, and nothing else', async () => {
      const [client, server, other] = [red[0]!, red[1]!, red[2]!]
      for (const { address } of server.status.addresses) {
        assert.equal(await talk.connect(client, address, 80), 'connected', address)
        assert.equal(await talk.connect(client, address, 81), 'timeout', address)
        assert.equal(await talk.connect(other, address, 80), 'timeout', address)
      }
    })

    it('tracks connections at their receiver alone', async () => {
      assert.equal(await talk.connect(red[0]!, red[1]!.status.address, 80), 'connected')
      assert.match(await world.lab.appctl('h2', 'dpctl/dump-conntrack'), /dport=80/)
      assert.equal((await world.lab.appctl('h1', 'dpctl/dump-conntrack')).trim(), '')
    })

    it('lets an isolated pod have answers to what it sends itself, also in a connection from before', async () => {
      const before = await talk.open(red[0]!, red[1]!.status.address, 80, 'echo')
      await world.controller.must('PUT', `/v1/tenants/red/networkpolicies/isolated${WAIT}`, isolated)
      await before.goesOn()
      for (const { address } of red[1]!.status.addresses) {
        assert.equal(await talk.connect(red[0]!, address, 80), 'connected', address)
      }
      assert.ok(!(await world.reaches(red[2]!, red[0]!.status.address)), 'it is isolated')
    })

    it('ends connections that a tightened policy does not allow, and lets them go on once it does again', async () => {
      const echo = await talk.open(red[0]!, red[1]!.status.address, 80, 'echo')
      const download = await talk.open(red[0]!, red[1]!.status.addresses[1]!.address, 80, 'stream')
      await apply(servers('h1', 81))
      await Promise.all([echo.falls(), download.falls()])
      await apply(servers('h1', 80))
      await Promise.all([echo.goesOn(), download.goesOn()])
    })

    it('keeps what pods of another host may do when they move', async () => {
      const path = '/v1/tenants/red/networks/web/pods/on-h1'
      await world.lab.delPod(labName('red', 'on-h1'))
      const moved = await world.controller.must<PodAnswer>('PUT', path, { host: 'h3', labels: { app: 'h1' } })
      assert.deepEqual(moved.status.addresses, red[0]!.status.addresses)
      await world.lab.addPod('h3', { ...moved.status, name: labName('red', 'on-h1') })
      red[0] = await world.untilPod(path)
      await world.untilHosts('realized')
      for (const { address } of red[1]!.status.addresses) {
        assert.equal(await talk.connect(red[0], address, 80, 5_000), 'connected', address)
        assert.equal(await talk.connect(red[2]!, address, 80), 'timeout', address)
      }
    })

    it('is the same for peers whose networks are tunnelled', async () => {
      await world.network('green', 'far', { cidrs: ['10.3.0.0/16', 'fd00:3::/64'] })
      const far = await world.pod('green', 'far', 'far', { host: 'h1', labels: { app: 'h1' } })
      const none = await world.pod('green', 'far', 'none', { host: 'h1', labels: { app: 'none' } })
      green.push(far, none)
      await world.controller.must('PUT', '/v1/tenants/green/peerings/red', { peer: 'red' })
      await world.controller.must('PUT', '/v1/tenants/red/peerings/green', { peer: 'green' })
      const from = [{ tenantSelector: {}, podSelector: { matchLabels: { app: 'h1' } } }]
      await apply({ ...servers('h1', 80), ingress: [{ from, ports: [{ port: 80 }] }] })
      await world.untilHosts('realized')
      for (const { address } of red[1]!.status.addresses) {
        assert.equal(await talk.connect(far, address, 80, 5_000), 'connected', address)
        assert.equal(await talk.connect(none, address, 80), 'timeout', address)
      }
      await talk.serve(far, 90)
      assert.equal(await talk.connect(red[1]!, far.status.address, 90, 5_000), 'connected')
    })
  })

  describe('of which nothing is left behind', () => {
    it('has nothing to send to hosts that have it all, when the controller starts again', async () => {
      await world.controller.kill()
      await world.controller.restart()
      for (const { name, status } of await world.untilHosts('realized')) {
        assert.deepEqual(status.sent, { flowMods: 0, transactions: 0 }, `sent to ${name}`)
      }
    })

    it('puts back the end of the patch that somebody took away', async () => {
      await world.lab.vsctl('h2', 'del-port', 'br-phy', 'heddle-uplink')
      while (!(await portsOf('h2', 'br-phy')).includes('heddle-uplink')) await sleep(50)
      assert.ok(await reaches(blue[0]!, blue[1]!.status.address, true))
    })

    it('takes the patch out of a host that has no more use for it, and leaves the rest of the bridge', async () => {
      for (const { tenant, network, name } of [...red, ...blue, ...green]) {
        await world.controller.must('DELETE', `/v1/tenants/${tenant}/networks/${network}/pods/${name}`)
      }
      await world.untilHosts('realized')
      for (const host of HOSTS) {
        while ((await portsOf(host, 'br-int')).join() !== '') await sleep(50)
        assert.deepEqual(await portsOf(host, 'br-phy'), ['up0'])
      }
    })
  })

  /** A busy machine may lose a few packets of a flow that is new to its switches. */
  async function reaches(from: PodAnswer, address: string, hoped: boolean): Promise<boolean> {
    if (await world.reaches(from, address)) return true
    return hoped && ((await world.reaches(from, address)) || (await world.reaches(from, address)))
  }

  /** What goes over a host's interface on the segment meanwhile, a line a frame. */
  async function sniff(host: string, meanwhile: () => Promise<void>): Promise<string[]> {
    const child = world.lab.startProcess(host, ['tcpdump', '-tlneq', '-i', 'up0', 'ip or ip6'])
    let text = ''
    child.stdout?.on('data', (data: Buffer) => (text += String(data)))
    await new Promise((resolve) => child.stderr?.once('data', resolve))
    try {
      await meanwhile()
      await sleep(500)
    } finally {
      child.kill('SIGINT')
    }
    return text.split('\n')
  }
})
