import assert from 'node:assert/strict'
import type { SwitchModel } from 'openflow-ts'
import type { Compiler } from '../../src/compile/engine.js'
import type { Admission } from '../../src/intent/admission.js'
import { hostMac } from '../../src/intent/segment.js'
import { formatMac } from '../../src/model/address.js'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'
import { installOn, modelOf, traceOn } from '../support/pipeline.js'
import { compilerOf } from '../unit/compile/support.js'
import { newWorld } from '../unit/intent/world.js'

/** What a real switch with the flows of host h1 does with packets to and from the segment, by ofproto/trace. */

const ROUTER = '02:48:00:00:00:01'
const PATCH = 3

describe('pipeline of a direct network on a real switch', function () {
  this.timeout(60_000)
  let ovs: DummyOvs
  let admission: Admission
  let compiler: Compiler
  let model: SwitchModel

  before(async () => {
    const world = newWorld()
    admission = world.admission
    for (const n of [1, 2]) {
      await admission.put('Host', { name: `h${n}` }, { tunnelAddress: `192.0.2.${n}`, uplink: { bridge: 'br-phy' } })
    }
    await admission.put('Tenant', { name: 'red' }, {})
    const network = { cidrs: ['10.1.0.0/24', 'fd00:1::/64'], encapsulation: 'direct' }
    await admission.put('Network', { tenant: 'red', name: 'web' }, network)
    for (const [name, host] of [['a', 'h1'], ['b', 'h2'], ['c', 'h2']] as const) {
      await admission.put('Pod', { tenant: 'red', network: 'web', name }, { host, labels: { app: name } })
    }
    const from = [{ podSelector: { matchLabels: { app: 'b' } } }]
    await admission.put('NetworkPolicy', { tenant: 'red', name: 'a' }, {
      podSelector: { matchLabels: { app: 'a' } },
      ingress: [{ from, ports: [{ port: 80 }] }],
    })
    compiler = compilerOf(world.store)
    model = modelOf(compiler, 'h1')
    ovs = await startDummyOvs()
    await installOn(ovs, compiler, 'h1')
  })

  after(() => ovs.stop())

  const pod = (name: string) => admission.get('Pod', { tenant: 'red', network: 'web', name })!.record
  const macOf = (host: string) => formatMac(hostMac(admission.get('Host', { name: host })!.record))
  const fields = (v6: boolean) => (v6 ? { src: 'ipv6_src', dst: 'ipv6_dst', tcp: 'tcp6' } : { src: 'nw_src', dst: 'nw_dst', tcp: 'tcp' })

  /** From a pod of h2 to a of h1, unless told otherwise. */
  function packetFrom(name: string, v6: boolean, more: Record<string, string | number> = {}): Record<string, string | number> {
    const { src, dst } = fields(v6)
    const at = v6 ? 1 : 0
    const ends = { [src]: pod(name).addresses[at]!, [dst]: pod('a').addresses[at]! }
    return { in_port: PATCH, dl_src: macOf('h2'), dl_dst: macOf('h1'), ...ends, nw_ttl: 63, tp_dst: 80, ...more }
  }

  const arriving = (...packet: Parameters<typeof packetFrom>) =>
    traceOn(ovs, model, packetFrom(...packet), fields(packet[1]).tcp)

  /** Through conntrack, of which the simulator has a model of its own. */
  const tracked = (...packet: Parameters<typeof packetFrom>) => {
    const text = Object.entries(packetFrom(...packet)).map(([field, value]) => `${field}=${value}`)
    return ovs.appctl('ofproto/trace', '--names', 'br-int', [fields(packet[1]).tcp, ...text].join())
  }

  for (const v6 of [false, true]) {
    const family = v6 ? 'IPv6' : 'IPv4'

    it(`sends ${family} packets over the patch, from its own MAC to that of the other host, as they are`, async () => {
      const { src, dst, tcp } = fields(v6)
      const at = v6 ? 1 : 0
      const { ofport, mac, addresses } = pod('a')
      const packet = `${tcp},in_port=${ofport},dl_src=${mac},dl_dst=${ROUTER},${src}=${addresses[at]},${dst}=${pod('b').addresses[at]},nw_ttl=64`
      const text = await ovs.appctl('ofproto/trace', '--names', 'br-int', packet)
      assert.match(text, /bridge\("br-phy"\)/, text)
      const final = [...text.matchAll(/^Datapath actions: (.*)$/gm)].at(-1)?.[1] ?? ''
      assert.ok(final.includes(`src=${macOf('h1')},dst=${macOf('h2')}`), final)
      assert.match(final, v6 ? /hlimit=63/ : /ttl=63/)
      assert.doesNotMatch(final, /tnl_push|tunnel/)
    })

    it(`takes ${family} packets of hosts to its own MAC, and knows their senders by their addresses`, async () => {
      const identified = (name: string) => `set_field:0x${pod(name).identity.toString(16)}->reg1`
      const delivered = (text: string) => text.trimEnd().endsWith(pod('a').interface)
      const allowed = await tracked('b', v6)
      assert.ok(allowed.includes(identified('b')) && delivered(allowed), allowed)
      const other = await tracked('c', v6)
      assert.ok(other.includes(identified('c')) && !delivered(other), other)
      const stranger = await tracked('b', v6, { [fields(v6).src]: v6 ? 'fd00:1::dead' : '10.1.0.200' })
      assert.ok(!stranger.includes('->reg1') && !delivered(stranger), stranger)
    })

    it(`drops ${family} packets from no host's MAC, to another MAC, with a tag, or to no direct network`, async () => {
      const wrong = [
        { dl_src: '02:00:00:00:00:01' },
        { dl_src: '3e:49:00:00:00:01' },
        { dl_dst: macOf('h2') },
        { dl_dst: 'ff:ff:ff:ff:ff:ff' },
        { dl_vlan: 7 },
        { [fields(v6).dst]: v6 ? 'fd00:2::2' : '10.2.0.2' },
      ]
      for (const more of wrong) assert.equal((await arriving('b', v6, more)).actions, 'drop', JSON.stringify(more))
    })

    it(`delivers ${family} answers that the other host has accepted, without tracking them`, async () => {
      const { actions, final } = await arriving('b', v6, { dl_src: macOf('h2').replace('0e:48', '0e:49') })
      assert.ok(actions.endsWith(pod('a').interface), actions)
      assert.doesNotMatch(actions, /ct\(/)
      assert.ok(final.includes(`dl_src=${ROUTER}`) && final.includes(`dl_dst=${pod('a').mac}`), final)
    })
  }
})
