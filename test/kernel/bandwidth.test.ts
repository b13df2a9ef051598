import assert from 'node:assert/strict'
import { queueBytes } from '../support/htb.js'
import { type Received, runStreams, type Stream } from '../support/iperf.js'
import { type PodAnswer, skipUnlessRoot, World } from '../support/world.js'

/**
 * How the pods of a host share its uplink, where queues act. What a machine's load cannot change is asserted: bytes go
 * through the queue of the pod that sends them, and no limit is exceeded. Rates that a busy machine may not reach are
 * printed beside what is wanted; HEDDLE_RATES=assert asserts them, too, for a quiet machine.
 */

const WAIT = '?wait=realized&timeout=60s'
const UPLINK = { bridge: 'br-phy', interface: 'up0' }
const LINK = 20
const SECONDS = 4

/** Payload of what HTB counts: 1,448 of 1,514 bytes and the tunnel's 50, and a start that is slower than the rest. */
const PAYLOAD = 0.92
const TOLERANCE = 0.12

/** What goes by the default queue though all pods have their own: the host's own talk, ARP above all. */
const HOST_TALK = 10_000

interface Share {
  readonly guaranteed?: number
  readonly max?: number
  readonly priority?: number
}

for (const encapsulation of ['vxlan', 'gre'] as const) {
  describe(`bandwidth on the kernel datapath, over ${encapsulation}, at an uplink of ${LINK} Mbit/s`, function () {
    this.timeout(120_000)
    let world: World
    let pods: Record<string, PodAnswer>

    before(async function () {
      skipUnlessRoot(this)
      world = await World.up(2, { datapath: 'system' })
      const [h1] = world.lab.hosts
      const host = { tunnelAddress: h1!.underlayAddress, datapathType: 'system' }
      await world.controller.must('PUT', '/v1/hosts/h1', { ...host, uplink: { ...UPLINK, bandwidth: `${LINK}Mbit` } })
      await world.network('red', 'web', { cidrs: ['10.1.0.0/16'], encapsulation })
      await share({ a: { guaranteed: 1 }, b: { guaranteed: 1 } })
      pods = await world.pods('red', 'web', {
        a: { host: 'h1', bandwidth: 'a' },
        b: { host: 'h1', bandwidth: 'b' },
        c: { host: 'h2' },
        d: { host: 'h2' },
      })
      await world.untilHosts('realized')
    })

    after(async () => {
      await (world as World | undefined)?.down()
    })

    /** Gives the senders their profiles, in Mbit/s, and resolves when they are in force. */
    async function share(shares: { readonly a: Share; readonly b: Share }): Promise<void> {
      // Less first: what both are guaranteed must fit into the link at any moment.
      const least = { guaranteed: '100kbit' }
      for (const name of ['a', 'b']) await profile(name, { egress: least })
      for (const [name, { guaranteed, max, priority }] of Object.entries(shares)) {
        await profile(name, {
          egress: {
            ...(guaranteed !== undefined && { guaranteed: `${guaranteed}Mbit` }),
            ...(max !== undefined && { max: `${max}Mbit` }),
            ...(priority !== undefined && { priority }),
          },
        })
      }
    }

    const profile = (name: string, spec: object) =>
      world.controller.must('PUT', `/v1/tenants/red/bandwidthprofiles/${name}${WAIT}`, spec)

    const streamOf = (pod: 'a' | 'b', options: Partial<Stream> = {}): Stream => ({
      from: pods[pod]!,
      to: pods[pod === 'a' ? 'c' : 'd']!,
      seconds: SECONDS,
      ...options,
    })

    /** Runs the streams and asserts that each byte went by the queue of its pod, and none by the default one. */
    async function run(...streams: Stream[]): Promise<Received[]> {
      const before = await queueBytes(world, 'h1', UPLINK.interface)
      const received = await runStreams(world, streams)
      const after = await queueBytes(world, 'h1', UPLINK.interface)
      const sent = (queue: number): number => (after.get(queue) ?? 0) - (before.get(queue) ?? 0)
      for (const [i, { from }] of streams.entries()) {
        const bytes = sent(from.status.ofport)
        assert.ok(bytes > received[i]!.bytes, `queue of ${from.name}: ${bytes} of ${received[i]!.bytes} bytes`)
      }
      assert.ok(sent(0) < HOST_TALK, `default queue: ${sent(0)} bytes`)
      return received
    }

    it('keeps a guarantee though others want all', async () => {
      await share({ a: { guaranteed: 4 }, b: { guaranteed: 15 } })
      const [a, b] = await run(streamOf('a'), streamOf('b'))
      report('a, guaranteed 4', rate(a), 4.2)
      report('b, guaranteed 15', rate(b), 15.8)
    })

    it('lends what is idle, up to max, and gives it back when its owner returns', async () => {
      await share({ a: { guaranteed: 6 }, b: { guaranteed: 13 } })
      const [a, b] = await run(streamOf('a', { seconds: 10 }), streamOf('b', { after: 3, seconds: 4 }))
      report('a alone', mean(a, 1, 3), LINK)
      report('a, guaranteed 6, while b sends', mean(a, 4, 7), 6.3)
      report('b, guaranteed 13, while a sends', mean(b, 1, 4), 13.7)
      report('a alone again', mean(a, 8, 10), LINK)
      await share({ a: { guaranteed: 6, max: 10 }, b: { guaranteed: 13 } })
      const [limited] = await run(streamOf('a'))
      assert.ok(rate(limited) < 10 * 1.05, `a of max 10: ${rate(limited)} Mbit/s`)
      report('a alone, max 10', rate(limited), 10)
    })

    it('lends to the higher priority first', async () => {
      await share({ a: { guaranteed: 4, priority: 5 }, b: { guaranteed: 4, priority: 1 } })
      const [a, b] = await run(streamOf('a'), streamOf('b'))
      report('a, guaranteed 4, priority 5', rate(a), 4)
      report('b, guaranteed 4, priority 1', rate(b), 16)
    })

    it('lends to equals in proportion to their guarantees', async () => {
      await share({ a: { guaranteed: 2 }, b: { guaranteed: 6 } })
      const [a, b] = await run(streamOf('a'), streamOf('b'))
      report('a, guaranteed 2', rate(a), 5)
      report('b, guaranteed 6', rate(b), 15)
    })

    it('keeps the total of a tenant', async () => {
      await share({ a: { guaranteed: 1 }, b: { guaranteed: 1 } })
      await profile('total', { egress: { max: '8Mbit' } })
      await world.controller.must('PUT', `/v1/tenants/red${WAIT}`, { bandwidth: 'total' })
      const [a, b] = await run(streamOf('a'), streamOf('b'))
      await world.controller.must('PUT', `/v1/tenants/red${WAIT}`, {})
      const total = rate(a) + rate(b)
      assert.ok(total < 8 * 1.1, `both: ${total} Mbit/s`)
      report('a + b, total 8', total, 8)
    })

    it('lets 1,000 packets a second through', async () => {
      await profile('a', { egress: { guaranteed: '1Mbit', packetRate: '1kpps', packetBurst: 100 } })
      const [a] = await run(streamOf('a', { datagrams: { bytes: 200, perSecond: 2_000 } }))
      const packets = a!.datagrams / a!.seconds
      // The burst comes once, at the beginning.
      assert.ok(packets < 1_000 + 150 / SECONDS, `${packets} packets/s`)
      print('a, 2,000 packets/s offered', `${packets.toFixed(0)} packets/s`, '1,000')
    })

    function report(who: string, measured: number, wanted: number): void {
      print(who, `${measured.toFixed(1)} Mbit/s`, `${(wanted * PAYLOAD).toFixed(1)}`)
      if (process.env['HEDDLE_RATES'] !== 'assert') return
      const off = Math.abs(measured / (wanted * PAYLOAD) - 1)
      assert.ok(off <= TOLERANCE, `${who}: ${measured.toFixed(1)} Mbit/s, ${(off * 100).toFixed(0)} % off`)
    }
  })
}

function print(who: string, measured: string, wanted: string): void {
  process.stdout.write(`      ${who}: ${measured} (wanted ${wanted})\n`)
}

/** Without the first second, in which TCP finds its rate. */
function rate(received: Received | undefined): number {
  return mean(received, 1)
}

function mean(received: Received | undefined, from: number, to?: number): number {
  const rates = received?.rates.slice(from, to) ?? []
  return rates.reduce((sum, each) => sum + each, 0) / Math.max(rates.length, 1)
}
