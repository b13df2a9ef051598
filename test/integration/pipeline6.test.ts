import assert from 'node:assert/strict'
import type { SwitchModel } from 'openflow-ts'
import { formatIp, linkLocalOf, mustParseMac } from '../../src/model/address.js'
import type { Admission } from '../../src/intent/admission.js'
import type { PodRecord } from '../../src/model/records.js'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'
import { installOn, modelOf, traceOn } from '../support/pipeline.js'
import { compilerOf } from '../unit/compile/support.js'
import { newWorld } from '../unit/intent/world.js'

/** What a real switch with the flows of host h1 does with a packet of IPv6, by ofproto/trace. */

const ROUTER = '02:48:00:00:00:01'

type Fields = Record<string, string | number>

describe('pipeline on a real switch: IPv6', function () {
  this.timeout(60_000)
  let ovs: DummyOvs
  let admission: Admission
  let model: SwitchModel

  before(async () => {
    const world = newWorld()
    admission = world.admission
    await populate(admission)
    const compiler = compilerOf(world.store)
    model = modelOf(compiler, 'h1')
    ovs = await startDummyOvs()
    await installOn(ovs, compiler, 'h1')
  })

  after(() => ovs.stop())

  /** A pod with its IPv6 address. */
  const pod = (path: string): PodRecord & { readonly six: string } => {
    const [tenant = '', network = '', name = ''] = path.split('/')
    const { record } = admission.get('Pod', { tenant, network, name })!
    return { ...record, six: record.addresses.find((address) => address.includes(':'))! }
  }

  const trace = (packet: Fields, protocol = 'tcp6') => traceOn(ovs, model, packet, protocol)

  const from = (path: string, more: Fields): Fields => {
    const { ofport, mac, six } = pod(path)
    return { in_port: ofport, dl_src: mac, dl_dst: ROUTER, ipv6_src: six, nw_ttl: 64, ...more }
  }

  const solicitation = (path: string, target: string, more: Fields = {}): Fields => {
    const { mac } = pod(path)
    const asked = { icmpv6_type: 135, icmpv6_code: 0, nd_target: target, nd_sll: mac }
    const to = { dl_dst: '33:33:ff:00:00:01', ipv6_dst: 'ff02::1:ff00:1', nw_ttl: 255 }
    return { ...from(path, to), ...asked, ...more }
  }

  const linkLocal = (path: string): string => formatIp(linkLocalOf(mustParseMac(pod(path).mac)))

  const key = (tenant: string, name: string) => admission.get('Network', { tenant, name })!.record.tunnelKey
  const hex = (n: number) => `0x${n.toString(16)}`

  function assertFields(final: string, fields: readonly string[]): void {
    for (const field of fields) assert(final.includes(field), `${field} in ${final}`)
  }

  it('has pods of one family and of both, and a stray of one family, as the cases below need it', () => {
    assert.deepEqual(pod('red/web/a').addresses, ['10.1.0.2', 'fd00:1::2'])
    assert.deepEqual(pod('red/six/p').addresses.length, 1)
    assert.match(pod('red/six/p').mac, /^0a:48:/)
    assert.deepEqual(pod('red/web/s').strays, ['fd00:1::33'])
    assert.equal(pod('blue/web/a').six, pod('red/web/a').six)
  })

  it('delivers between pods of the host with the right MACs and one hop less', async () => {
    const b = pod('red/web/b')
    const { actions, final } = await trace(from('red/web/a', { ipv6_dst: b.six }))
    assert.equal(actions, `set(eth(src=${ROUTER},dst=${b.mac})),set(ipv6(hlimit=63)),${b.interface}`)
    assert.match(final, new RegExp(`reg1=${hex(pod('red/web/a').identity)},`))
    const p = pod('red/six/p')
    assert((await trace(from('red/web/a', { ipv6_dst: p.six }))).actions.endsWith(`,${p.interface}`))
  })

  it('keeps tenants apart where their addresses are the same', async () => {
    const { actions } = await trace(from('blue/web/b', { ipv6_dst: pod('blue/web/a').six }))
    assert(actions.endsWith(`,${pod('blue/web/a').interface}`))
    assert.equal((await trace(from('blue/web/b', { ipv6_dst: pod('red/six/p').six }))).actions, 'drop')
  })

  it('sends to another host, by IPv4 and IPv6 underlays', async () => {
    const c = await trace(from('red/web/a', { ipv6_dst: pod('red/web/c').six }))
    assert.match(c.text, new RegExp(`set_field:${hex(key('red', 'web'))}->tun_id`))
    assertFields(c.final, ['tun_dst=192.0.2.2,', 'nw_ttl=63'])
    const far = await trace(from('red/web/a', { ipv6_dst: pod('red/web/far').six }))
    assertFields(far.final, ['tun_ipv6_dst=2001:db8::3,', 'nw_ttl=63'])
    assert.match(far.actions, /heddle-vxlan$/)
  })

  it('finds a stray behind its own host, though its block is here', async () => {
    assertFields((await trace(from('red/web/a', { ipv6_dst: pod('red/web/s').six }))).final, ['tun_dst=192.0.2.2,'])
    assert.equal((await trace(from('red/web/a', { ipv6_dst: 'fd00:1::34' }))).actions, 'drop')
    assert.equal((await trace(from('red/web/a', { ipv6_dst: '2001:db8:ffff::1' }))).actions, 'drop')
  })

  it('takes from a tunnel what has the key of a network on this host, whatever the underlay', async () => {
    const a = pod('red/web/a')
    const inner = { dl_src: '06:48:ab:cd:ef:01', dl_dst: ROUTER, ipv6_src: 'fd00:1::99', ipv6_dst: a.six, nw_ttl: 63 }
    for (const outer of [
      { tun_src: '192.0.2.2', tun_dst: '192.0.2.1' },
      { tun_ipv6_src: '2001:db8::3', tun_ipv6_dst: '2001:db8::1' },
    ]) {
      const { actions, final } = await trace({ in_port: 1, tun_id: key('red', 'web'), ...outer, ...inner })
      assert(actions.endsWith(`set(eth(src=${ROUTER},dst=${a.mac})),${a.interface}`), actions)
      assert.match(final, /reg1=0xabcdef01,/)
      assert.equal((await trace({ in_port: 1, tun_id: 77, ...outer, ...inner })).actions, 'drop')
    }
  })

  const spoofs: readonly [string, Fields][] = [
    ['a MAC that is not its own', { dl_src: '02:00:00:00:00:99' }],
    ['an address that is not its own', { ipv6_src: 'fd00:1::3' }],
    ['an address of nobody', { ipv6_src: '::' }],
    ['the link-local address of its MAC', { ipv6_src: 'fe80::48:aff:fe01:2' }],
    ["another MAC than the router's", { dl_dst: '33:33:00:00:00:01' }],
    ['a VLAN tag', { dl_vlan: 5 }],
    ['no hop left', { nw_ttl: 1 }],
  ]
  for (const [what, fields] of spoofs) {
    it(`drops a pod's packet with ${what}`, async () => {
      assert.equal((await trace(from('red/web/a', { ipv6_dst: pod('red/web/b').six, ...fields }))).actions, 'drop')
    })
  }

  it("answers a solicitation for any target with the router's MAC, to the port that asked", async () => {
    const a = pod('red/web/a')
    for (const source of [a.six, linkLocal('red/web/a')]) {
      for (const target of ['fd00:1::1', 'fd00:1::3', '2001:db8:5::5', 'fe80::1']) {
        const { actions, final } = await trace(solicitation('red/web/a', target, { ipv6_src: source }), 'icmp6')
        assert(actions.endsWith(a.interface), actions)
        assertFields(final, [
          `dl_src=${ROUTER}`,
          `dl_dst=${a.mac}`,
          `ipv6_src=${target},`,
          `ipv6_dst=${source},`,
          'nw_ttl=255',
          'icmp_type=136',
          `nd_target=${target},`,
          `nd_tll=${ROUTER}`,
        ])
      }
    }
  })

  it('answers whether the router is still there, too', async () => {
    const unicast = { dl_dst: ROUTER, ipv6_dst: 'fd00:1::1' }
    const { actions } = await trace(solicitation('red/web/a', 'fd00:1::1', unicast), 'icmp6')
    assert(actions.endsWith(pod('red/web/a').interface))
  })

  const unanswered: readonly [string, Fields][] = [
    ['a probe for its own address', { ipv6_src: '::', nd_target: 'fd00:1::2', nd_sll: '00:00:00:00:00:00' }],
    ['a probe for any other address', { ipv6_src: '::', nd_sll: '00:00:00:00:00:00' }],
    ['a solicitation for its own address', { nd_target: 'fd00:1::2' }],
    ['a solicitation for its own link-local address', { nd_target: 'fe80::48:aff:fe01:2' }],
    ["a neighbour's address as sender", { ipv6_src: 'fd00:1::3' }],
    ["a neighbour's link-local address as sender", { ipv6_src: 'fe80::48:aff:fe01:3' }],
    ['a MAC that is not its own', { dl_src: '02:00:00:00:00:99' }],
    ['a VLAN tag', { dl_vlan: 5 }],
  ]
  for (const [what, fields] of unanswered) {
    it(`does not answer ${what}`, async () => {
      assert.equal((await trace(solicitation('red/web/a', 'fd00:1::1', fields), 'icmp6')).actions, 'drop')
    })
  }

  const talk: readonly [string, number][] = [
    ['router solicitations', 133],
    ['router advertisements', 134],
    ['advertisements', 136],
    ['redirects', 137],
    ['group reports', 143],
    ['group reports of the first version', 131],
  ]
  for (const [what, type] of talk) {
    it(`drops ${what} of pods`, async () => {
      const group = { dl_dst: '33:33:00:00:00:16', ipv6_dst: 'ff02::16', ipv6_src: linkLocal('red/web/a') }
      assert.equal((await trace(from('red/web/a', { ...group, icmpv6_type: type, icmpv6_code: 0 }), 'icmp6')).actions, 'drop')
    })
  }

  it('answers a ping to the gateway from the gateway', async () => {
    const a = pod('red/web/a')
    const ping = { ipv6_dst: 'fd00:1::1', icmpv6_type: 128, icmpv6_code: 0, nw_ttl: 1 }
    const { actions, final } = await trace(from('red/web/a', ping), 'icmp6')
    assert(actions.endsWith(a.interface))
    const reply = [`dl_dst=${a.mac}`, 'ipv6_src=fd00:1::1', `ipv6_dst=${a.six}`, 'nw_ttl=64', 'icmp_type=129']
    assertFields(final, [`dl_src=${ROUTER}`, ...reply])
    assert.equal((await trace(from('red/web/a', { ipv6_dst: 'fd00:1::1' }))).actions, 'drop', 'nothing else lives there')
  })
})

async function populate(admission: Admission): Promise<void> {
  for (const name of ['red', 'blue']) await admission.put('Tenant', { name }, {})
  await admission.put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1', datapathType: 'netdev' })
  await admission.put('Host', { name: 'h2' }, { tunnelAddress: '192.0.2.2', datapathType: 'netdev' })
  await admission.put('Host', { name: 'h3' }, { tunnelAddress: '2001:db8::3', datapathType: 'netdev' })
  const both = { cidrs: ['fd00:1::/64', '10.1.0.0/16'] }
  await admission.put('Network', { tenant: 'red', name: 'web' }, both)
  await admission.put('Network', { tenant: 'red', name: 'six' }, { cidrs: ['fd00:6::/64'] })
  await admission.put('Network', { tenant: 'blue', name: 'web' }, both)
  const pods: readonly [string, string, string, object][] = [
    ['red', 'web', 'a', { host: 'h1', labels: { app: 'a' } }],
    ['red', 'web', 'b', { host: 'h1' }],
    ['red', 'web', 'c', { host: 'h2' }],
    ['red', 'web', 's', { host: 'h2', address: 'FD00:1:0::0033' }],
    ['red', 'web', 'far', { host: 'h3' }],
    ['red', 'six', 'p', { host: 'h1' }],
    ['blue', 'web', 'a', { host: 'h1' }],
    ['blue', 'web', 'b', { host: 'h1' }],
  ]
  for (const [tenant, network, name, spec] of pods) await admission.put('Pod', { tenant, network, name }, spec)
}
