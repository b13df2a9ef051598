import assert from 'node:assert/strict'
import { echoRequests } from '../../tools/lab/counters.js'
import { labName, type PodAddress, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const CASES = [
  { encapsulation: 'vxlan', underlay: 4 },
  { encapsulation: 'gre', underlay: 4 },
  { encapsulation: 'vxlan', underlay: 6 },
  { encapsulation: 'gre', underlay: 6 },
] as const

for (const { encapsulation, underlay } of CASES) {
  describe(`dual-stack network over ${encapsulation} over IPv${underlay}: two hosts`, function () {
    this.timeout(180_000)
    let world: World
    const pods: PodAnswer[] = []

    before(async function () {
      skipUnlessRoot(this)
      world = await World.up(2, { underlay })
      await world.network('red', 'web', { cidrs: ['10.1.0.0/16', 'fd00:1::/64'], encapsulation })
      for (const name of ['a', 'b']) {
        for (const host of ['h1', 'h2']) pods.push(await world.pod('red', 'web', `${name}-${host}`, { host }))
      }
      await world.untilHosts('realized')
    })

    after(async function () {
      await (world as World | undefined)?.down()
    })

    it('gives every pod an address of each family', () => {
      for (const { status } of pods) {
        const [four, six, ...more] = status.addresses
        assert.deepEqual([four?.address, four?.gateway, four?.prefixLength], [status.address, '10.1.0.1', 16])
        assert.match(six?.address ?? '', /^fd00:1::/)
        assert.deepEqual([six?.gateway, six?.prefixLength], ['fd00:1::1', 64])
        assert.deepEqual(more, [])
      }
    })

    it('lets every pod reach every other by both families', async () => {
      for (const from of pods) {
        const others = pods.filter((pod) => pod !== from)
        const targets = others.flatMap(({ status }) => status.addresses.map(({ address }) => address))
        const answers = await Promise.all(targets.map((address) => reachesAtLast(from, address)))
        assert.deepEqual(targets.filter((_, i) => !answers[i]), [], `no answer to ${from.name}`)
      }
    })

    it('answers pings to the gateways, and to no address of nobody', async () => {
      for (const { gateway } of pods[0]!.status.addresses) assert.ok(await reachesAtLast(pods[0]!, gateway), gateway)
      assert.equal(await world.reaches(pods[0]!, 'fd00:1::dead'), false)
    })

    it('carries TCP over IPv6 with full segments across hosts', async () => {
      const [from, to] = [pods[0]!, pods[1]!]
      assert.notEqual(from.host, to.host)
      const bytes = 3_000_000
      const server = world.lab.startProcess(labName('red', to.name), [
        process.execPath,
        '-e',
        `require('net').createServer((s) => { let n = 0; s.on('data', (d) => { n += d.length; if (n === ${bytes}) s.end(String(n)) }) })
          .listen(5000, '::', () => console.log('ready'))`,
      ])
      try {
        await new Promise((resolve) => server.stdout?.once('data', resolve))
        const { stdout } = await world.lab.exec(labName('red', from.name), [
          process.execPath,
          '-e',
          `const s = require('net').connect(5000, '${addressOf(to, 6).address}'); s.end(Buffer.alloc(${bytes})); s.pipe(process.stdout)`,
        ])
        assert.equal(stdout, String(bytes))
      } finally {
        server.kill('SIGKILL')
      }
    })

    it('lets a pod find its addresses free: probes and questions for its own are not answered', async () => {
      const own = addressOf(pods[0]!, 6)
      const name = labName('red', pods[0]!.name)
      await world.lab.exec(name, ['ip', 'address', 'delete', `${own.address}/${own.prefixLength}`, 'dev', 'eth0'])
      await world.lab.exec(name, ['ip', 'address', 'add', `${own.address}/${own.prefixLength}`, 'dev', 'eth0'])
      for (;;) {
        const { stdout } = await world.lab.exec(name, ['ip', '-6', 'address', 'show', 'dev', 'eth0'])
        assert.doesNotMatch(stdout, /dadfailed/)
        if (!stdout.includes('tentative')) break
      }
      await world.lab.exec(name, ['ip', '-6', 'route', 'replace', 'default', 'via', own.gateway, 'dev', 'eth0', 'onlink'])
      assert.ok(await reachesAtLast(pods[0]!, addressOf(pods[1]!, 6).address))
    })

    it('drops what a pod sends from an IPv6 address that is not its own', async () => {
      const [from, to] = [pods[0]!, pods[1]!]
      const name = labName('red', from.name)
      await world.lab.exec(name, ['ip', 'address', 'add', 'fd00:1::bad/128', 'dev', 'eth0', 'nodad'])
      const before = await echoRequests(world.lab, labName('red', to.name))
      const argv = ['ping', '-c', '2', '-W', '1', '-I', 'fd00:1::bad', addressOf(to, 6).address]
      assert.notEqual((await world.lab.exec(name, argv)).code, 0)
      assert.equal(await echoRequests(world.lab, labName('red', to.name)), before)
      // It would be the source of what follows, too.
      await world.lab.exec(name, ['ip', 'address', 'delete', 'fd00:1::bad/128', 'dev', 'eth0'])
    })

    it('moves a pod to another host with both addresses', async () => {
      const path = '/v1/tenants/red/networks/web/pods/b-h1'
      const before = await world.controller.must<PodAnswer>('GET', path)
      await world.lab.delPod(labName('red', 'b-h1'))
      const moved = await world.controller.must<PodAnswer>('PUT', path, { host: 'h2' })
      assert.deepEqual(moved.status.addresses, before.status.addresses)
      await world.lab.addPod('h2', { ...moved.status, name: labName('red', 'b-h1') })
      await world.untilPod(path)
      await world.untilHosts('realized')
      for (const { address } of moved.status.addresses) assert.ok(await reachesAtLast(pods[0]!, address), address)
    })

    it('has nothing to send to a switch that has it all, when the controller starts again', async () => {
      await world.controller.kill()
      await world.controller.restart()
      for (const { name, status } of await world.untilHosts('realized')) {
        assert.deepEqual(status.sent, { flowMods: 0, transactions: 0 }, `sent to ${name}`)
      }
    })

    /** A busy machine may lose a few packets of a flow that is new to its switches. */
    async function reachesAtLast(from: PodAnswer, address: string): Promise<boolean> {
      for (let tries = 5; tries > 0; tries--) if (await world.reaches(from, address)) return true
      return false
    }
  })
}

function addressOf(pod: PodAnswer, family: 4 | 6): PodAddress {
  return pod.status.addresses.find(({ address }) => address.includes(':') === (family === 6))!
}
