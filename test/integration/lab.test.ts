import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { Lab, LabError } from '../../tools/lab/lab.js'
import { commandLine } from '../../tools/lab/processes.js'
import { registry } from '../../tools/lab/state.js'
import { downAll, needsLab } from '../support/lab.js'

const pod = (name: string, last: number) => ({
  name,
  interface: `v-${name}`,
  mac: `0a:00:0a:01:00:${last.toString(16).padStart(2, '0')}`,
  address: `10.1.0.${last}`,
  prefixLength: 24,
  gateway: '10.1.0.1',
  mtu: 1400,
})

/** All that a lab could leave behind on the machine, for its name and folder. */
function traces(name: string, dir: string, rootLink: string): string[] {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : []
  const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
  return [
    ...namespaces.filter((namespace) => namespace.startsWith(`hl-${name}.`)),
    ...Object.keys(networkInterfaces()).filter((link) => link === rootLink),
    ...processes.filter((pid) => commandLine(Number(pid)).some((arg) => arg.includes(dir))),
    ...[dir, `${registry()}/${name}.json`].filter((file) => existsSync(file)),
  ]
}

function rootLinkOf(lab: Lab): string {
  const links = Object.entries(networkInterfaces())
  const found = links.find(([, addresses]) => addresses?.some(({ address }) => address === lab.controllerAddress))
  assert.ok(found, 'no interface of the root namespace has the controller address')
  return found[0]
}

describe('lab', () => {
  before(function () {
    needsLab(this)
  })

  describe('two labs side by side', () => {
    let a: Lab
    let b: Lab
    let labs: Lab[] = []

    before(async () => {
      const made = await Promise.allSettled([Lab.up({ hosts: 2 }), Lab.up({ hosts: 2 })])
      labs = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      assert.equal(labs.length, 2, made.map((result) => JSON.stringify(result)).join('\n'))
      ;[a, b] = labs as [Lab, Lab]
    })

    after(() => downAll(labs))

    it('have management networks of their own and the same underlay addresses', () => {
      assert.notEqual(a.controllerAddress, b.controllerAddress)
      assert.deepEqual(a.hosts.map((host) => host.underlayAddress), ['172.31.0.1', '172.31.0.2'])
      assert.deepEqual(b.hosts.map((host) => host.underlayAddress), ['172.31.0.1', '172.31.0.2'])
      assert.ok([a, b].every((lab) => Lab.list().includes(lab.name)))
    })

    it('carry packets between the br-phy of their hosts', async () => {
      for (const lab of [a, b]) {
        assert.deepEqual(await lab.ping('h1', '172.31.0.2', { count: 5 }), { sent: 5, received: 5 })
      }
    })

    it('name each host in its database and use the userspace datapath', async () => {
      assert.equal(await a.vsctl('h2', 'get', 'Open_vSwitch', '.', 'external_ids:system-id'), 'h2\n')
      assert.match(await a.appctl('h2', 'dpif/show'), /^netdev@ovs-netdev:/)
    })

    it('let ovsdb-server reach a manager that listens in the root namespace', async () => {
      const server = createServer().listen(0, a.controllerAddress)
      await once(server, 'listening')
      try {
        const { port } = server.address() as AddressInfo
        const connected = nextPeer(server)
        await a.setManager('h2', `tcp:${a.controllerAddress}:${port}`)
        assert.equal(await connected, a.host('h2').managementAddress)
        await a.setManager('h2')
        assert.equal(await a.vsctl('h2', 'get-manager'), '')
      } finally {
        server.close()
      }
    })

    it('do not share a fate', async () => {
      const c = await Lab.up({ hosts: 1, underlayMtu: 9000 })
      const { stdout } = await c.exec('h1', ['cat', '/sys/class/net/br-phy/mtu'])
      await c.down()
      assert.equal(stdout, '9000\n')
      assert.deepEqual(await a.ping('h2', '172.31.0.1'), { sent: 3, received: 3 })
    })

    it('refuse a second lab of the same name, and change nothing', async () => {
      await assert.rejects(Lab.up({ name: a.name, hosts: 1 }), hasCode('LAB_EXISTS'))
      assert.deepEqual(await a.ping('h1', '172.31.0.2'), { sent: 3, received: 3 })
    })

    it('know their neighbours on the underlay, or not, as asked', async () => {
      assert.match(await a.appctl('h1', 'tnl/neigh/show'), new RegExp(`172.31.0.2 +${a.host('h2').underlayMac}`))
      const cold = await Lab.up({ hosts: 2, warmNeighbours: false })
      const table = await cold.appctl('h1', 'tnl/neigh/show')
      await cold.down()
      assert.doesNotMatch(table, /172\.31\.0\.2/)
    })

    it('come back after ovs-vswitchd or ovsdb-server was killed', async () => {
      await a.killDaemon('h1', 'ovs-vswitchd', 'SIGKILL')
      assert.equal(a.daemonPid('h1', 'ovs-vswitchd'), undefined)
      assert.deepEqual(await a.ping('h2', '172.31.0.1', { count: 1 }), { sent: 1, received: 0 })
      await a.startDaemon('h1', 'ovs-vswitchd')
      assert.deepEqual(await a.ping('h2', '172.31.0.1', { count: 5 }), { sent: 5, received: 5 })
      await a.killDaemon('h1', 'ovsdb-server', 'SIGTERM')
      await a.startDaemon('h1', 'ovsdb-server')
      assert.equal(await a.vsctl('h1', 'get', 'Open_vSwitch', '.', 'external_ids:system-id'), 'h1\n')
      await assert.rejects(a.startDaemon('h1', 'ovsdb-server'), hasCode('LAB_EXISTS'))
    })

    it('report a command that fails, with what it said', async () => {
      await assert.rejects(a.vsctl('h1', 'list-ports', 'nope'), /no bridge named nope/)
      await assert.rejects(a.appctl('h1', 'no/such'), /not a valid command/)
      await assert.rejects(a.ping('h1', '203.0.113.1'), /unreachable/i)
      await assert.rejects(Promise.resolve().then(() => a.exec('h7', ['true'])), hasCode('LAB_UNKNOWN'))
      assert.equal((await a.exec('h1', ['sh', '-c', 'exit 3'])).code, 3)
      await assert.rejects(a.exec('h1', ['sleep', '60'], { timeout: 50 }), hasCode('LAB_TIMEOUT'))
    })
  })

  describe('pods', () => {
    let lab: Lab

    before(async () => {
      lab = await Lab.up({ hosts: 2 })
      const specs = [pod('a', 5), pod('b', 6), pod('c', 7), pod('d', 8)]
      await lab.addPods(specs.map((spec, i) => ({ host: i % 2 === 0 ? 'h1' : 'h2', ...spec })))
    })

    after(() => downAll([lab]))

    it('have an interface as asked on both ends, without checksum offload', async () => {
      const { stdout } = await lab.exec('a', ['ip', '-j', 'address', 'show', 'dev', 'eth0'])
      const [eth0] = JSON.parse(stdout) as [{ address: string; mtu: number; addr_info: { local: string }[] }]
      assert.equal(eth0.address, '0a:00:0a:01:00:05')
      assert.equal(eth0.mtu, 1400)
      assert.deepEqual(eth0.addr_info.map(({ local }) => local), ['10.1.0.5'])
      const route = await lab.exec('a', ['ip', 'route', 'show', 'default'])
      assert.match(route.stdout, /^default via 10\.1\.0\.1 dev eth0/)
      for (const [where, device] of [['a', 'eth0'], ['h1', 'v-a']] as const) {
        const features = await lab.exec(where, ['ethtool', '-k', device])
        assert.match(features.stdout, /^tx-checksumming: off$/m)
      }
      assert.equal(await lab.vsctl('h1', 'list-ports', 'br-phy'), 'up0\n')
    })

    for (const type of ['vxlan', 'gre']) {
      it(`exchange packets and TCP data between hosts over ${type}, by flows of the test`, async () => {
        await tunnel(lab, type)
        assert.deepEqual(await lab.ping('a', '10.1.0.6', { count: 5 }), { sent: 5, received: 5 })
        assert.deepEqual(await lab.ping('a', '10.1.0.7', { count: 2 }), { sent: 2, received: 2 })
        assert.equal(await transfer(lab, 'a', 'b', '10.1.0.6', 2_000_000), 2_000_000)
      })
    }

    it('are refused when they cannot be, and nothing is changed', async () => {
      const before = lab.pods
      const good = pod('e', 9)
      const bad = [
        [{ ...good, name: 'h1' }, /pod name "h1"/],
        [{ ...good, name: '../e' }, /pod name/],
        [{ ...good, name: 'a' }, /"a" exists already/],
        [{ ...good, interface: 'v-a' }, /"v-a" exists already on h1/],
        [{ ...good, interface: 'sixteen-letters-' }, /interface name/],
        [{ ...good, mac: '01:00:00:00:00:01' }, /not a unicast MAC/],
        [{ ...good, address: '10.1.0.300' }, /address "10.1.0.300"/],
        [{ ...good, prefixLength: 33 }, /prefixLength 33/],
        [{ ...good, gateway: 'x; reboot' }, /gateway/],
        [{ ...good, mtu: 10 }, /mtu 10/],
      ] as const
      for (const [spec, message] of bad) await assert.rejects(lab.addPods([{ host: 'h1', ...spec }]), message)
      await assert.rejects(lab.addPods([{ host: 'h1', ...good }, { host: 'h1', ...good }]), /"e" exists already/)
      await assert.rejects(lab.addPods([{ host: 'h3', ...good }]), hasCode('LAB_UNKNOWN'))
      assert.deepEqual((await Lab.load(lab.name)).pods, before)
      assert.equal(existsSync(`/run/netns/hl-${lab.name}.e`), false)
    })

    it('leave nothing when the kernel refuses one of them', async () => {
      // An interface of this name is on the host already, so the second pod fails when the first is made.
      const specs = [{ host: 'h1', ...pod('e', 9) }, { host: 'h1', ...pod('f', 10), interface: 'mgmt0' }]
      await assert.rejects(lab.addPods(specs), hasCode('LAB_COMMAND_FAILED'))
      assert.equal(existsSync(`/run/netns/hl-${lab.name}.e`), false)
      assert.equal((await lab.exec('h1', ['ip', 'link', 'show', 'v-e'])).code, 1)
      assert.equal((await lab.exec('h1', ['ip', 'link', 'show', 'mgmt0'])).code, 0, 'the management link is lost')
      assert.equal(lab.pods.length, 4)
    })

    it('end with what runs in them', async () => {
      const child = lab.startProcess('d', ['sleep', '600'], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      await lab.delPod('d')
      assert.deepEqual(await ended, [null, 'SIGKILL'])
      assert.equal(existsSync(`/run/netns/hl-${lab.name}.d`), false)
      assert.equal((await lab.exec('h2', ['ip', 'link', 'show', 'v-d'])).code, 1)
      assert.deepEqual((await Lab.load(lab.name)).pods.map(({ name }) => name), ['a', 'b', 'c'])
    })
  })

  describe('down', () => {
    it('leaves no namespace, process, interface or file', async () => {
      const lab = await Lab.up({ hosts: 2 })
      await lab.addPod('h1', pod('a', 5))
      const link = rootLinkOf(lab)
      assert.equal(traces(lab.name, lab.dir, link).length, 4 + 1 + 4 + 2, 'the search for traces finds too little')
      await lab.down()
      assert.deepEqual(traces(lab.name, lab.dir, link), [])
      await lab.down()
    })

    it('works after daemons were killed or stopped, and with programs running', async () => {
      const lab = await Lab.up({ hosts: 2 })
      const link = rootLinkOf(lab)
      await lab.killDaemon('h1', 'ovs-vswitchd', 'SIGKILL')
      await lab.killDaemon('h1', 'ovsdb-server', 'SIGKILL')
      await lab.killDaemon('h2', 'ovs-vswitchd', 'SIGSTOP')
      const child = lab.startProcess('h2', ['sleep', '600'], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      await lab.down()
      await ended
      assert.deepEqual(traces(lab.name, lab.dir, link), [])
    })

    it('of one lab removes pods that another process added', async () => {
      const lab = await Lab.up({ hosts: 1 })
      const link = rootLinkOf(lab)
      const other = await Lab.load(lab.name)
      await other.addPod('h1', pod('a', 5))
      await lab.down()
      assert.deepEqual(traces(lab.name, lab.dir, link), [])
    })
  })

  it('refuses options that make no sense', async () => {
    for (const hosts of [0, 251, 1.5]) await assert.rejects(Lab.up({ hosts }), /hosts .*from 1 to 250/)
    for (const name of ['', 'A', 'a.b', '../a', 'x'.repeat(32)]) {
      await assert.rejects(Lab.up({ name, hosts: 1 }), hasCode('LAB_NAME_INVALID'))
    }
    await assert.rejects(Lab.up({ hosts: 1, dir: '/tmp' }), hasCode('LAB_EXISTS'))
    await assert.rejects(Lab.up({ hosts: 1, dir: `/tmp/${'x'.repeat(70)}` }), hasCode('LAB_OPTION_INVALID'))
    await assert.rejects(Lab.up({ hosts: 1, underlayMtu: 100 }), /underlayMtu 100/)
    await assert.rejects(Lab.load('no-such-lab'), hasCode('LAB_UNKNOWN'))
  })

  it('that cannot be built leaves nothing', async () => {
    const before = Lab.list()
    await assert.rejects(Lab.up({ hosts: 1, dir: '/nonexistent/lab' }), /ENOENT/)
    assert.deepEqual(Lab.list(), before)
  })
})

/** Lets pods a and c (h1) and b (h2) reach each other through a tunnel, with broadcast for ARP between a and b. */
async function tunnel(lab: Lab, type: string): Promise<void> {
  const ports = { h1: ['v-a', 'v-c'], h2: ['v-b', 'v-d'] }
  for (const [host, names] of Object.entries(ports)) {
    const peer = lab.host(host === 'h1' ? 'h2' : 'h1')
    await lab.vsctl(
      host,
      ...['--if-exists', 'del-br', 'br-int'],
      ...['--', 'add-br', 'br-int', '--', 'set', 'Bridge', 'br-int', 'datapath_type=netdev', 'fail_mode=secure'],
      ...['--', 'add-port', 'br-int', 'tun', '--', 'set', 'Interface', 'tun', `type=${type}`, 'ofport_request=9'],
      ...['options:remote_ip=flow', 'options:key=flow'],
      ...names.flatMap((name, i) => [
        ...['--', 'add-port', 'br-int', name],
        ...['--', 'set', 'Interface', name, `ofport_request=${i + 1}`],
      ]),
    )
    // Local ports see everything, the other host gets what comes from them; nothing goes back into the tunnel.
    const remote = `set_field:7->tun_id,set_field:${peer.underlayAddress}->tun_dst,output:9`
    await lab.ofctl(host, 'add-flow', 'br-int', 'priority=1,in_port=9,tun_id=7,actions=output:1,output:2')
    await lab.ofctl(host, 'add-flow', 'br-int', `priority=0,actions=output:1,output:2,${remote}`)
  }
}

/** Sends bytes over one TCP connection from a pod to another; returns how many arrived. */
async function transfer(lab: Lab, from: string, to: string, address: string, bytes: number): Promise<number> {
  const receive = `let n = 0
    const server = require('net').createServer((socket) => {
      socket.on('data', (chunk) => { n += chunk.length })
      socket.on('end', () => { console.log(n); process.exit() })
    }).listen(5000, () => console.log('ready'))`
  const send = `require('net').connect(5000, '${address}').end(Buffer.alloc(${bytes}))`
  const receiver = lab.startProcess(to, [process.execPath, '-e', receive], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let text = ''
    receiver.stdout?.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
    await once(receiver.stdout!, 'data')
    assert.equal(text, 'ready\n')
    const ended = once(receiver, 'close')
    const sender = await lab.exec(from, [process.execPath, '-e', send])
    assert.equal(sender.code, 0, sender.stderr)
    await ended
    return Number(text.split('\n')[1])
  } finally {
    receiver.kill('SIGKILL')
  }
}

async function nextPeer(server: Server): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('connection', (socket) => {
      resolve(socket.remoteAddress)
      socket.destroy()
    })
  })
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LabError && error.code === code
}
