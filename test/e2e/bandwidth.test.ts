import assert from 'node:assert/strict'
import { podMeter, type PodMeterUse } from '../../flows/index.js'
import { sendUdp } from '../support/traffic.js'
import { labName, type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

/**
 * Limits on real switches with the userspace datapath. Rates are printed; asserted is what does not depend on how fast the
 * machine is: that no more comes through than is allowed, and what meters and queues have counted.
 */
const SECONDS = 3
const RATES = [5, 50, 200]
/** Bursts, headers, and what a loaded machine's clock may err. */
const TOLERANCE = 1.3

describe('bandwidth on the userspace datapath', function () {
  this.timeout(300_000)
  let world: World
  let sender: PodAnswer
  let receiver: PodAnswer
  let second: PodAnswer
  let third: PodAnswer

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2)
    await world.network('red', 'web', { cidrs: ['10.1.0.0/16'] })
    for (const name of ['sent', 'received']) await profile(name, {})
    sender = await world.pod('red', 'web', 'sender', { host: 'h1', bandwidth: 'sent' })
    receiver = await world.pod('red', 'web', 'receiver', { host: 'h2', bandwidth: 'received' })
    second = await world.pod('red', 'web', 'second', { host: 'h1' })
    third = await world.pod('red', 'web', 'third', { host: 'h2' })
    await world.untilHosts('realized')
    assert.ok(await world.reaches(sender, receiver.status.address))
    assert.ok(await world.reaches(second, third.status.address))
  })

  after(async () => {
    await (world as World | undefined)?.down()
  })

  async function profile(name: string, spec: object): Promise<void> {
    await world.controller.must('PUT', `/v1/tenants/red/bandwidthprofiles/${name}?wait=realized&timeout=60s`, spec)
  }

  const send = (mbit: number, from = sender, to = receiver, port = 5201, size = 1200) =>
    sendUdp(world.lab, {
      from: labName('red', from.name),
      to: labName('red', to.name),
      address: to.status.address,
      mbit,
      seconds: SECONDS,
      port,
      size,
    })

  for (const mbit of RATES) {
    it(`lets a pod send ${mbit} Mbit/s by its meter`, async () => {
      await profile('sent', { egress: { max: `${mbit}Mbit` } })
      await profile('received', {})
      const before = await meterOf(world, sender, 'egress.max')
      const got = await send(mbit * 2)
      const after = await meterOf(world, sender, 'egress.max')
      report(`egress max ${mbit}Mbit`, got, mbit)
      const passed = after.packets - after.dropped - (before.packets - before.dropped)
      assert.ok(passed >= got.packets * 0.95, `${passed} packets passed the meter, ${got.packets} arrived`)
      // Offered so many times as much, some must have been too many, if the switch has seen them at all.
      if (after.packets - before.packets > got.packets * TOLERANCE) assert.ok(after.dropped > before.dropped, 'the meter dropped')
    })

    it(`lets a pod receive ${mbit} Mbit/s by the queue of its port`, async () => {
      await profile('sent', {})
      await profile('received', { ingress: { max: `${mbit}Mbit` } })
      const before = await queueOf(world, receiver)
      const got = await send(mbit * 2)
      const after = await queueOf(world, receiver)
      report(`ingress max ${mbit}Mbit`, got, mbit)
      assert.ok(after - before >= got.bytes * 0.95, `${after - before} bytes went through the queue, ${got.bytes} arrived`)
    })
  }

  it('lets two pods send at once, each at its own rate', async () => {
    await profile('sent', { egress: { max: '4Mbit' } })
    await profile('received', {})
    await profile('other', { egress: { max: '16Mbit' } })
    const path = '/v1/tenants/red/networks/web/pods/second?wait=realized&timeout=60s'
    await world.controller.must('PUT', path, { host: 'h1', bandwidth: 'other' })
    const [slow, fast] = await Promise.all([send(30), send(30, second, third, 5202)])
    report('two at once: egress max 4Mbit', slow, 4)
    report('two at once: egress max 16Mbit', fast, 16)
    await world.controller.must('PUT', path, { host: 'h1' })
  })

  it('lets a pod send so many packets a second, of whatever size', async () => {
    await profile('sent', { egress: { packetRate: '1kpps' } })
    const before = await meterOf(world, sender, 'egress.packetRate')
    const got = await send(5, sender, receiver, 5201, 100)
    const after = await meterOf(world, sender, 'egress.packetRate')
    process.stdout.write(`      packetRate 1kpps: ${Math.round(got.packets / SECONDS)} packets/s arrived\n`)
    assert.ok(after.packets - after.dropped - (before.packets - before.dropped) >= got.packets * 0.95)
    assert.ok(got.packets <= 1000 * got.seconds * TOLERANCE + 200)
  })

  it('forgets all of it with the profile', async () => {
    for (const name of ['sent', 'received']) await profile(name, {})
    assert.equal(await rows('h1', 'queue'), 0)
    assert.equal(await rows('h2', 'queue'), 0)
    assert.equal(await rows('h2', 'qos'), 0)
    assert.doesNotMatch(await world.lab.ofctl('h1', '-O', 'OpenFlow15', 'dump-meters', 'br-int'), /meter=/)
  })

  async function rows(host: string, table: string): Promise<number> {
    const text = await world.lab.vsctl(host, '--columns=_uuid', '--format=csv', '--no-heading', 'list', table)
    return text.split('\n').filter((line) => line !== '').length
  }

  /** Not more than allowed came through; how much, is for people to read. */
  function report(what: string, { bytes, seconds, offered }: { bytes: number; seconds: number; offered: number }, mbit: number): void {
    const rate = (n: number): string => ((n * 8) / 1e6 / SECONDS).toFixed(2)
    process.stdout.write(`      ${what}: ${rate(bytes)} of ${rate(offered)} Mbit/s arrived\n`)
    assert.ok(bytes * 8 <= mbit * 1e6 * seconds * TOLERANCE + 2e6, `${bytes} bytes in ${seconds} s are more than ${mbit} Mbit/s`)
  }
})

interface MeterCount {
  readonly packets: number
  readonly dropped: number
}

async function meterOf(world: World, pod: PodAnswer, use: PodMeterUse): Promise<MeterCount> {
  const number = podMeter(pod.status.ofport, use)
  const text = await world.lab.ofctl(pod.host, '-O', 'OpenFlow15', 'meter-stats', 'br-int', `meter=${number}`)
  const [, packets] = /packet_in_count:(\d+)/.exec(text) ?? []
  const [, dropped] = /0: packet_count:(\d+)/.exec(text) ?? []
  return { packets: Number(packets ?? 0), dropped: Number(dropped ?? 0) }
}

/** Bytes that the default queue of the pod's port has sent. */
async function queueOf(world: World, pod: PodAnswer): Promise<number> {
  const text = await world.lab.ofctl(pod.host, '-O', 'OpenFlow15', 'queue-stats', 'br-int', pod.status.interface, '0')
  const [, bytes] = /bytes=(\d+)/.exec(text) ?? []
  assert.ok(bytes !== undefined, text)
  return Number(bytes)
}
