import assert from 'node:assert/strict'
import type { SwitchModel } from 'openflow-ts'
import type { Compiler } from '../../src/compile/engine.js'
import type { Admission } from '../../src/intent/admission.js'
import type { PodRecord } from '../../src/model/records.js'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'
import { installOn, modelOf, traceOn } from '../support/pipeline.js'
import { compilerOf } from '../unit/compile/support.js'
import { newWorld } from '../unit/intent/world.js'

/** What a real switch with the flows of host h1 does with a packet, by ofproto/trace. */

const ROUTER = '02:48:00:00:00:01'

describe('pipeline on a real switch', function () {
  this.timeout(60_000)
  let ovs: DummyOvs
  let admission: Admission
  let compiler: Compiler
  let model: SwitchModel

  before(async () => {
    const world = newWorld()
    admission = world.admission
    await populate(admission)
    compiler = compilerOf(world.store)
    model = modelOf(compiler, 'h1')
    ovs = await startDummyOvs()
    await installOn(ovs, compiler, 'h1')
  })

  after(() => ovs.stop())

  /** A pod with its IPv4 address. */
  const pod = (path: string): PodRecord & { readonly address: string } => {
    const [tenant = '', network = '', name = ''] = path.split('/')
    const { record } = admission.get('Pod', { tenant, network, name })!
    return { ...record, address: record.addresses[0]! }
  }

  const trace = (packet: Record<string, string | number>, protocol = 'tcp') => traceOn(ovs, model, packet, protocol)

  /** An IP packet as a pod sends it, unless told otherwise. */
  const from = (path: string, more: Record<string, string | number>) => {
    const { ofport, mac, address } = pod(path)
    return { in_port: ofport, dl_src: mac, dl_dst: ROUTER, nw_src: address, nw_ttl: 64, ...more }
  }

  const arpFrom = (path: string, more: Record<string, string | number>) => {
    const { ofport, mac, address } = pod(path)
    const broadcast = { dl_dst: 'ff:ff:ff:ff:ff:ff', arp_tha: '00:00:00:00:00:00' }
    return { in_port: ofport, dl_src: mac, ...broadcast, arp_op: 1, arp_sha: mac, arp_spa: address, ...more }
  }

  const key = (network: string) => {
    const [tenant = '', name = ''] = network.split('/')
    return admission.get('Network', { tenant, name })!.record.tunnelKey
  }

  const hex = (n: number) => `0x${n.toString(16)}`
  const identityMac = (n: number) => `06:48:${n.toString(16).padStart(8, '0').match(/../g)!.join(':')}`

  const fromTunnel = (inPort: number, tunnelKey: number, more: Record<string, string | number>) => ({
    in_port: inPort,
    tun_id: tunnelKey,
    tun_src: '192.0.2.2',
    tun_dst: '192.0.2.1',
    dl_src: identityMac(0xabcdef01),
    dl_dst: ROUTER,
    nw_ttl: 63,
    ...more,
  })

  it('has the tenants overlap and a stray on the other host, as the cases below need it', () => {
    assert.equal(pod('red/web/a').address, pod('blue/web/a').address)
    assert.deepEqual(pod('red/web/s').strays, ['10.1.0.7'])
    assert.notEqual(pod('red/web/a').identity, pod('red/web/b').identity)
  })

  it('delivers between pods of the host with the right MACs and one hop less', async () => {
    const b = pod('red/web/b')
    const { actions, final } = await trace(from('red/web/a', { nw_dst: b.address }))
    assert.equal(actions, `set(eth(src=${ROUTER},dst=${b.mac})),set(ipv4(ttl=63)),${b.interface}`)
    assert.match(final, new RegExp(`reg1=${hex(pod('red/web/a').identity)},`))
  })

  it('keeps tenants apart where their addresses are the same', async () => {
    const { actions } = await trace(from('blue/web/b', { nw_dst: pod('blue/web/a').address }))
    assert.match(actions, new RegExp(`,${pod('blue/web/a').interface}$`))
    assert.equal((await trace(from('blue/web/b', { nw_dst: '10.2.0.2' }))).actions, 'drop')
  })

  it('sends to another host with key, destination and identity', async () => {
    const { text, final, actions } = await trace(from('red/web/b', { nw_dst: pod('red/web/c').address }))
    assert.match(final, new RegExp(`dl_src=${identityMac(pod('red/web/b').identity)}`))
    assert.match(final, /tun_dst=192\.0\.2\.2,/)
    assert.match(final, /nw_ttl=63/)
    assert.match(text, new RegExp(`set_field:${hex(key('red/web'))}->tun_id`))
    assert.match(actions, /heddle-vxlan$/)
  })

  it("reaches the tenant's other network through that network's own tunnel and key", async () => {
    const { text, actions } = await trace(from('red/web/a', { nw_dst: pod('red/db/d').address }))
    assert.match(text, new RegExp(`set_field:${hex(key('red/db'))}->tun_id`))
    assert.match(actions, /heddle-gre$/)
  })

  it('finds a stray behind its own host, though its block is here', async () => {
    const { text, actions } = await trace(from('red/web/a', { nw_dst: pod('red/web/s').address }))
    assert.match(text, new RegExp(`set_field:${hex(key('red/web'))}->tun_id`))
    assert.match(actions, /heddle-vxlan$/)
    const unused = await trace(from('red/web/a', { nw_dst: '10.1.0.9' }))
    assert.equal(unused.actions, 'drop')
  })

  it('takes from a tunnel what has the key of a network on this host, and the identity with it', async () => {
    const a = pod('red/web/a')
    const { actions, final } = await trace(fromTunnel(1, key('red/web'), { nw_src: '10.1.0.18', nw_dst: a.address }))
    assert.equal(actions, `set(eth(src=${ROUTER},dst=${a.mac})),${a.interface}`)
    assert.match(final, /reg1=0xabcdef01,/)
    assert.match(final, /nw_ttl=63/)
    const blue = await trace(fromTunnel(1, key('blue/web'), { nw_src: '10.1.0.18', nw_dst: a.address }))
    assert.match(blue.actions, new RegExp(`,${pod('blue/web/a').interface}$`))
  })

  it('drops from a tunnel an unknown key, the right key in the wrong tunnel, and what no pod here has', async () => {
    const to = { nw_src: '10.1.0.18', nw_dst: pod('red/web/a').address }
    assert.equal((await trace(fromTunnel(1, 77, to))).actions, 'drop')
    assert.equal((await trace(fromTunnel(2, key('red/web'), to))).actions, 'drop')
    const remote = { nw_src: '10.1.0.2', nw_dst: pod('red/web/c').address }
    assert.equal((await trace(fromTunnel(1, key('red/web'), remote))).actions, 'drop', 'never back into a tunnel')
  })

  const neighbour = '10.1.0.3'
  const spoofs: readonly [string, Record<string, string | number>][] = [
    ['a MAC that is not its own', { dl_src: '02:00:00:00:00:99' }],
    ['an address that is not its own', { nw_src: neighbour }],
    ["another MAC than the router's", { dl_dst: '02:48:0a:01:00:03' }],
    ['broadcast', { dl_dst: 'ff:ff:ff:ff:ff:ff' }],
    ['a VLAN tag', { dl_vlan: 5 }],
    ['a priority tag', { vlan_tci: '0x1000' }],
  ]
  for (const [what, fields] of spoofs) {
    it(`drops a pod's packet with ${what}`, async () => {
      assert.equal((await trace(from('red/web/a', { nw_dst: neighbour, ...fields }))).actions, 'drop')
    })
  }

  it('drops IPv6 of a pod without it, and ports that are not known', async () => {
    const { ofport, mac } = pod('red/web/a')
    assert.equal((await trace({ in_port: ofport, dl_src: mac, dl_dst: ROUTER }, 'ipv6')).actions, 'drop')
    assert.equal((await trace(from('red/web/a', { in_port: 99, nw_dst: neighbour }))).actions, 'drop')
  })

  it("answers ARP for any address with the router's MAC, to the port that asked", async () => {
    const a = pod('red/web/a')
    for (const asked of ['10.1.0.1', neighbour, '203.0.113.7']) {
      const { actions, final } = await trace(arpFrom('red/web/a', { arp_tpa: asked }), 'arp')
      assert.match(actions, new RegExp(`${a.interface}$`))
      for (const field of [
        `dl_src=${ROUTER}`,
        `dl_dst=${a.mac}`,
        `arp_spa=${asked}`,
        `arp_tpa=${a.address}`,
        'arp_op=2',
      ]) {
        assert(final.includes(field), `${field} in ${final}`)
      }
      assert(final.includes(`arp_sha=${ROUTER}`) && final.includes(`arp_tha=${a.mac}`))
    }
  })

  const own = '10.1.0.2'
  const arps: readonly [string, Record<string, string | number>][] = [
    ['a gratuitous request', { arp_tpa: own }],
    ['a probe for its own address', { arp_tpa: own, arp_spa: '0.0.0.0' }],
    ["a neighbour's address as sender", { arp_tpa: '10.1.0.1', arp_spa: neighbour }],
    ["a neighbour's MAC as sender", { arp_tpa: '10.1.0.1', arp_sha: '02:48:0a:01:00:03' }],
    ['a reply', { arp_tpa: neighbour, arp_op: 2 }],
    ['a VLAN tag', { arp_tpa: '10.1.0.1', dl_vlan: 5 }],
  ]
  for (const [what, fields] of arps) {
    it(`drops ARP with ${what}`, async () => {
      assert.equal((await trace(arpFrom('red/web/a', fields), 'arp')).actions, 'drop')
    })
  }

  it('answers a ping to the gateway from the gateway', async () => {
    const a = pod('red/web/a')
    const { actions, final } = await trace(
      from('red/web/a', { nw_dst: '10.1.0.1', icmp_type: 8, icmp_code: 0, nw_ttl: 1 }),
      'icmp',
    )
    assert.match(actions, new RegExp(`${a.interface}$`))
    for (const field of [
      `dl_src=${ROUTER}`,
      `dl_dst=${a.mac}`,
      'nw_src=10.1.0.1',
      `nw_dst=${a.address}`,
      'nw_ttl=64',
      'icmp_type=0',
    ]) {
      assert(final.includes(field), `${field} in ${final}`)
    }
    assert.equal((await trace(from('red/web/a', { nw_dst: '10.1.0.1' }))).actions, 'drop', 'nothing else lives there')
  })

  it('drops what has no hop left', async () => {
    assert.equal((await trace(from('red/web/a', { nw_dst: neighbour, nw_ttl: 1 }))).actions, 'drop')
  })
})

async function populate(admission: Admission): Promise<void> {
  for (const name of ['red', 'blue']) await admission.put('Tenant', { name }, {})
  await admission.put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1' })
  await admission.put('Host', { name: 'h2' }, { tunnelAddress: '192.0.2.2' })
  await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/24'] })
  await admission.put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24'], encapsulation: 'gre' })
  await admission.put('Network', { tenant: 'blue', name: 'web' }, { cidrs: ['10.1.0.0/24'] })
  const pods: readonly [string, string, string, object][] = [
    ['red', 'web', 'a', { host: 'h1', labels: { app: 'a' } }],
    ['red', 'web', 'b', { host: 'h1', labels: { app: 'b' } }],
    ['red', 'web', 'c', { host: 'h2' }],
    ['red', 'web', 's', { host: 'h2', address: '10.1.0.7' }],
    ['red', 'db', 'd', { host: 'h2' }],
    ['blue', 'web', 'a', { host: 'h1' }],
    ['blue', 'web', 'b', { host: 'h1' }],
    ['blue', 'web', 'x', { host: 'h2' }],
  ]
  for (const [tenant, network, name, spec] of pods) await admission.put('Pod', { tenant, network, name }, spec)
}
