import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { podMeter } from '../../flows/index.js'
import { runCli } from '../../tools/heddle/cli.js'
import { runScript } from '../support/traffic.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

const PROFILE = '/v1/tenants/red/bandwidthprofiles/limited'

interface Limited extends PodAnswer {
  readonly status: PodAnswer['status'] & { readonly bandwidth: { readonly dropped: Record<string, number> } }
}

describe('bandwidth: floods, changes and faults', function () {
  this.timeout(120_000)
  let world: World
  let pod: PodAnswer
  let other: PodAnswer

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2)
    await world.network('red', 'web', { cidrs: ['10.1.0.0/16'] })
    await world.controller.must('PUT', PROFILE, {})
    pod = await world.pod('red', 'web', 'pod', { host: 'h1', bandwidth: 'limited' })
    other = await world.pod('red', 'web', 'other', { host: 'h2' })
    await world.untilHosts('realized')
    assert.ok(await world.reaches(pod, other.status.address))
  })

  after(async () => {
    await (world as World | undefined)?.down()
  })

  async function limit(spec: object): Promise<void> {
    await world.controller.must('PUT', `${PROFILE}?wait=realized&timeout=60s`, spec)
  }

  it('stops a flood of 50,000 new connections while an older connection of the pod goes on', async () => {
    await limit({ egress: { newConnectionRate: '100/s', floodGuard: { udp: '1kpps' } } })
    const name = labName('red', 'pod')
    const echo = world.lab.startProcess(labName('red', 'other'), [
      process.execPath,
      '-e',
      `require('net').createServer((s) => s.pipe(s)).listen(7, () => console.log('ready'))`,
    ])
    await once(echo.stdout!, 'data')
    const talker = world.lab.startProcess(name, [
      process.execPath,
      '-e',
      `const s = require('net').connect(7, '${other.status.address}', () => s.write('x'));
       let n = 0; s.on('data', () => { console.log(++n); setTimeout(() => s.write('x'), 20) })`,
    ])
    let echoes = 0
    talker.stdout?.on('data', (chunk: Buffer) => (echoes = Number(chunk.toString().trim().split('\n').at(-1))))
    try {
      await until(() => Promise.resolve(echoes >= 5))
      const meter = podMeter(pod.status.ofport, 'egress.newConnectionRate')
      const before = echoes
      await runScript(world.lab, name, FLOOD.replace('ADDRESS', other.status.address))
      const during = echoes
      const text = await world.lab.ofctl('h1', '-O', 'OpenFlow15', 'meter-stats', 'br-int', `meter=${meter}`)
      const guard = await world.lab.ofctl('h1', '-O', 'OpenFlow15', 'meter-stats', 'br-int', `meter=${podMeter(pod.status.ofport, 'egress.floodGuard.udp')}`)
      process.stdout.write(`      echoes during the flood: ${during - before}\n      ${counts(text)}\n      ${counts(guard)}\n`)
      const stopped = Number(/0: packet_count:(\d+)/.exec(guard)?.[1]) + Number(/0: packet_count:(\d+)/.exec(text)?.[1])
      assert.ok(stopped > 0, 'the guard dropped')
      await until(() => Promise.resolve(echoes >= during + 10))
    } finally {
      for (const child of [talker, echo]) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
  })

  it('says so: in an event, in the status, in the metrics, and in heddle top', async () => {
    await until(async () => {
      const { status } = await world.controller.must<Limited>('GET', '/v1/tenants/red/networks/web/pods/pod')
      return (status.bandwidth.dropped['egress.floodGuard.udp'] ?? 0) > 0
    })
    const metrics = await fetch(`http://127.0.0.1:${world.controller.apiPort}/metrics`).then((answer) => answer.text())
    assert.match(metrics, /heddle_pod_meter_dropped_packets_total\{host="h1",tenant="red",network="web",pod="pod",limit="egress.floodGuard.udp"\} [1-9]/)
    assert.match(metrics, /heddle_pod_bytes_total\{host="h1",tenant="red",network="web",pod="pod",direction="egress"\} [1-9]/)
    assert.match(world.controller.output, /a flood guard has acted/)
    let table = ''
    const io = { env: {}, out: (text: string) => void (table += text), err: () => undefined, stdin: () => Promise.resolve('') }
    assert.equal(await runCli(['top', '--once', '--sort', 'name', '--server', `http://127.0.0.1:${world.controller.apiPort}`], io), 0)
    assert.match(table, /^POD +HOST +SENT +RECEIVED +PACKETS\/S +DROPPED\/S\nred\/web\/other +h2 .*\nred\/web\/pod +h1 .*\n$/)
  })

  it('has exactly the wanted rows and meters after 1,000 changes of rates, and never took a flow away', async () => {
    await limit({ egress: { max: '9Mbit', packetRate: '5kpps' }, ingress: { max: '10Mbit' } })
    const rows = await rowsOf('h1')
    const flows = await world.dumpFlows('h1')
    const { h1: mods } = await world.flowMods()
    for (let i = 1; i <= 1_000; i++) {
      const spec = { egress: { max: `${i}Mbit`, packetRate: `${i}kpps` }, ingress: { max: `${i}Mbit` } }
      await world.controller.must('PUT', PROFILE, spec)
    }
    await world.untilHosts('realized')
    assert.deepEqual((await rowsOf('h1')).uuids, rows.uuids, 'the same rows, changed in place')
    assert.deepEqual((await rowsOf('h1')).rates, ['1000000000'])
    assert.deepEqual(await meterRates(), ['rate=1000000', 'rate=1000000'])
    assert.deepEqual(await world.dumpFlows('h1'), flows)
    assert.equal((await world.flowMods())['h1'], mods, 'flow-mods')
  })

  it('gets rows back that somebody deleted', async () => {
    await limit({ ingress: { max: '10Mbit' } })
    await world.lab.vsctl('h1', 'clear', 'port', pod.status.interface, 'qos', '--', '--all', 'destroy', 'qos', '--', '--all', 'destroy', 'queue')
    await until(async () => (await rowsOf('h1')).rates.join() === '10000000')
    assert.notEqual((await world.lab.vsctl('h1', 'get', 'port', pod.status.interface, 'qos')).trim(), '[]')
    await world.lab.vsctl('h1', 'set', 'queue', (await rowsOf('h1')).uuids[0] ?? '', 'other_config:max-rate=1')
    await until(async () => (await rowsOf('h1')).rates.join() === '10000000')
  })

  it('has nothing to send when it starts again', async () => {
    const direction = {
      max: '10Mbit',
      packetRate: '1kpps',
      newConnectionRate: '100/s',
      dscp: 10,
      floodGuard: { syn: '10pps', udp: '20pps', icmp: '30pps' },
    }
    await limit({ egress: direction, ingress: direction })
    await world.controller.must('PUT', '/v1/tenants/red?wait=realized&timeout=60s', { bandwidth: 'limited' })
    await world.controller.kill()
    await world.controller.restart()
    for (const { name, status } of await world.untilHosts('realized')) {
      assert.deepEqual(status.sent, { flowMods: 0, transactions: 0 }, name)
    }
    assert.ok(await world.reaches(pod, other.status.address), 'and packets go through all of it')
    await world.controller.must('PUT', '/v1/tenants/red?wait=realized&timeout=60s', {})
  })

  it('ends with what is wanted when it is killed between rows and flows', async () => {
    await limit({ ingress: { max: '10Mbit' } })
    await world.lab.killDaemon('h1', 'ovs-vswitchd')
    await world.controller.must('PUT', PROFILE, { egress: { max: '7Mbit' }, ingress: { max: '20Mbit' } })
    await until(async () => (await rowsOf('h1')).rates.join() === '20000000')
    await world.controller.kill()
    await world.lab.startDaemon('h1', 'ovs-vswitchd')
    await world.controller.restart()
    await world.untilHosts('realized')
    assert.deepEqual((await rowsOf('h1')).rates, ['20000000'])
    assert.deepEqual(await meterRates(), ['rate=7000'])
    // Plain dump-flows speaks OpenFlow 1.0, which has no meters.
    const flows = await world.lab.ofctl('h1', '-O', 'OpenFlow15', 'dump-flows', 'br-int')
    assert.ok(flows.includes(`meter:${podMeter(pod.status.ofport, 'egress.max')}`))
  })

  it('ends with what is wanted wherever it is killed', async () => {
    for (let i = 1; i <= 5; i++) {
      const written = world.controller.request('PUT', PROFILE, { egress: { max: `${i}Mbit` }, ingress: { max: `${i}Mbit` } }).catch(() => undefined)
      await sleep(i * 4)
      await world.controller.kill()
      await written
      await world.controller.restart()
      await world.untilHosts('realized')
      const { ingress } = await world.controller.must<{ ingress: { max: string } }>('GET', PROFILE)
      const mbit = Number(ingress.max.replace('Mbit', ''))
      assert.deepEqual((await rowsOf('h1')).rates, [String(mbit * 1e6)])
    }
  })

  /** Queue rows of a host, and their max-rate. */
  async function rowsOf(host: string): Promise<{ uuids: string[]; rates: string[] }> {
    const text = await world.lab.vsctl(host, '--columns=_uuid,other_config', '--format=json', 'list', 'queue')
    const { data } = JSON.parse(text) as { data: [[string, string], [string, [string, string][]]][] }
    return {
      uuids: data.map(([[, uuid]]) => uuid).sort(),
      rates: data.map(([, [, pairs]]) => new Map(pairs).get('max-rate') ?? '').sort(),
    }
  }

  async function meterRates(): Promise<string[]> {
    const text = await world.lab.ofctl('h1', '-O', 'OpenFlow15', 'dump-meters', 'br-int')
    return (text.match(/rate=\d+/g) ?? []).sort()
  }
})

/** 50,000 datagrams, each to another port: for conntrack each begins a connection. */
const FLOOD = `
const socket = require('dgram').createSocket('udp4')
socket.on('error', () => {})
let port = 10000, sent = 0
const step = () => {
  for (let i = 0; i < 200 && sent < 50000; i++, sent++) socket.send('x', 10000 + sent % 50000, 'ADDRESS', () => {})
  if (sent < 50000) setTimeout(step, 1); else setTimeout(() => process.exit(0), 300)
}
step()
`

function counts(text: string): string {
  return text.split('\n').slice(1).map((line) => line.trim()).join(' ')
}

/** Gives up after a time that only a fault takes: an endless wait would outlive its test. */
async function until(test: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await test())) {
    if (Date.now() > end) assert.fail('it never came to be')
    await sleep(50)
  }
}
