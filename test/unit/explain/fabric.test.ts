import assert from 'node:assert/strict'
import { Fabric, type Journey } from '../../../src/explain/fabric.js'
import { parseIp } from '../../../src/model/address.js'
import { addressOf } from '../../../src/explain/addresses.js'
import { type Probe, type ProbeResult, sendProbe, type Service } from '../../../src/explain/probe.js'
import { freeze } from '../../../src/explain/source.js'
import type { Verdict } from '../../../src/explain/verdict.js'
import { compilerOf } from '../compile/support.js'
import { handmade, HTTP, probeOf, worldOf } from './support.js'

const PING: Service = { protocol: 'ICMP' }

function result(fabric: Fabric, probe: Probe): ProbeResult {
  const found = sendProbe(fabric, probe)
  assert(found !== undefined)
  return found
}

const hostsOf = ({ hops }: Journey): string[] => hops.map(({ host }) => host)
const place = (verdict: Verdict): string =>
  verdict.result === 'delivered' ? verdict.pod : verdict.result === 'dropped' ? `${verdict.host} ${verdict.table}` : verdict.result

const why = (verdict: Verdict): string => (verdict.result === 'dropped' ? (verdict.why ?? '') : '')

/** From h1's pods into the tunnel to h2, and there to b; and back. */
const THERE = 'in_port=16,ip,nw_dst=10.0.0.3,actions=set_field:9->tun_id,set_field:192.0.2.2->tun_dst,output:1'
const BACK = 'in_port=16,ip,nw_dst=10.0.0.2,actions=set_field:9->tun_id,set_field:192.0.2.1->tun_dst,output:1'

describe('explain: fabric', () => {
  it("follows packets through both hosts' pipelines, and the answer back", async () => {
    const { fabric } = await worldOf(['red/web/a@h1', 'red/web/b@h2', 'red/db/c@h3'])
    for (const [to, host] of [
      ['red/web/b', 'h2'],
      ['red/db/c', 'h3'],
    ] as const) {
      for (const service of [HTTP, PING, { protocol: 'UDP', port: 53 }, { protocol: 'SCTP', port: 9 }] as const) {
        const { forward, reply, reaches } = result(fabric, probeOf('red/web/a', to, service))
        assert.deepEqual(hostsOf(forward), ['h1', host])
        assert.deepEqual(hostsOf(reply!), [host, 'h1'])
        assert.deepEqual([place(forward.verdict), place(reply!.verdict), reaches], [to, 'red/web/a', true])
      }
    }
  })

  it('answers echo requests with the code that they have', async () => {
    const { admission, store } = await worldOf(['red/web/a@h1', 'red/web/b@h2'])
    const egress = [{ ports: [{ protocol: 'ICMP', icmpType: 8, icmpCode: 1 }] }]
    await admission.put('NetworkPolicy', { tenant: 'red', name: 'pings' }, { policyTypes: ['Egress'], egress })
    const fabric = new Fabric(compilerOf(store))
    const reached = [0, 1].map((code) => result(fabric, probeOf('red/web/a', 'red/web/b', { ...PING, type: 8, code })).reaches)
    assert.deepEqual(reached, [false, true])
  })

  it('follows a moved pod, which keeps its address', async () => {
    const { admission, store } = await worldOf(['red/web/a@h1', 'red/web/b@h2'])
    const compiler = compilerOf(store)
    const before = new Fabric(freeze(compiler))
    store.watch(store.revision, (commit) => compiler.apply(commit))
    await admission.put('Pod', { tenant: 'red', network: 'web', name: 'b' }, { host: 'h3' })
    const ways = [before, new Fabric(compiler)].map((fabric) => hostsOf(result(fabric, probeOf('red/web/a', 'red/web/b')).forward))
    assert.deepEqual(ways, [
      ['h1', 'h2'],
      ['h1', 'h3'],
    ])
  })

  it('keeps tenants with the same addresses apart', async () => {
    const { fabric } = await worldOf(['red/web/a@h1', 'red/web/b@h1', 'blue/web/a@h1', 'blue/web/b@h2', 'blue/db/c@h2'])
    const { forward } = result(fabric, probeOf('red/web/a', 'blue/web/b'))
    assert.equal(place(forward.verdict), 'h1 route')
    const { verdict } = result(fabric, probeOf('red/web/b', 'blue/db/c')).forward
    assert.equal(place(verdict), 'h1 route')
  })

  it('goes over the segment to direct networks, and back by tunnel to others', async () => {
    const { fabric } = await worldOf(['red/flat/a@h1', 'red/flat/b@h2', 'red/web/c@h2', 'red/web/d@h3', 'blue/flat/x@h2'])
    const { forward, reply, reaches } = result(fabric, probeOf('red/flat/a', 'red/flat/b'))
    assert.deepEqual([place(forward.verdict), place(reply!.verdict), reaches], ['red/flat/b', 'red/flat/a', true])
    const ports = (journey: Journey): string[] =>
      journey.hops.flatMap(({ exits }) => exits.map((exit) => (exit.type === 'wire' ? `${exit.port.name} > ${exit.host}` : exit.type)))
    assert.deepEqual(ports(forward), ['heddle-direct > h2', 'pod'])
    const mixed = result(fabric, probeOf('red/web/c', 'red/flat/a'))
    assert.deepEqual([ports(mixed.forward)[0], ports(mixed.reply!)[0], mixed.reaches], ['heddle-direct > h1', 'heddle-vxlan > h2', true])
    assert.equal(place(result(fabric, probeOf('red/flat/a', 'blue/flat/x')).forward.verdict), 'h1 route')
    assert.equal(place(result(fabric, probeOf('red/web/d', 'red/flat/a')).forward.verdict), 'h3 segment', 'it has no uplink')
  })

  it('tells an answer of the gateway from a delivery', async () => {
    const { fabric } = await worldOf(['red/web/a@h1'])
    const to = { address: parseIp('10.1.0.1')! }
    const { forward, reply, reaches } = result(fabric, { from: 'red/web/a', to, family: 4, service: PING })
    assert.deepEqual([forward.verdict.result, reply, reaches], ['answered', undefined, true])
    const tcp = result(fabric, { from: 'red/web/a', to, family: 4, service: HTTP })
    assert.deepEqual([tcp.forward.verdict.result, tcp.reaches], ['dropped', false])
  })

  it('has no answer to expect of messages that are none', async () => {
    const { fabric } = await worldOf(['red/web/a@h1', 'red/web/b@h2'])
    const { forward, reply, reaches } = result(fabric, probeOf('red/web/a', 'red/web/b', { protocol: 'ICMP', type: 3, code: 1 }))
    assert.deepEqual([place(forward.verdict), reply, reaches], ['red/web/b', undefined, true])
  })

  it('says of pods without a number or an address what they lack', async () => {
    const { store } = await worldOf(['red/web/a@h1', 'red/web/b@h1'])
    const compiler = compilerOf(store)
    const pods = [...compiler.view.pods.values()].map(({ record }) => record)
    compiler.observeOfport('h1', pods[0]!.interface, pods[1]!.ofport)
    const { verdict } = result(new Fabric(compiler), probeOf('red/web/b', 'red/web/a')).forward
    assert.match(why(verdict), /the port of red\/web\/b has no number yet/)
    assert.equal(sendProbe(new Fabric(compiler), { ...probeOf('red/web/a', 'red/web/b'), family: 6 }), undefined)
    assert.equal(addressOf(compiler.view.pods.get('red/web/a')!, 6), undefined)
  })

  it('takes nothing along through a tunnel but the key, and the addresses', () => {
    const load = (n: number): string => `set_field:${n}->reg${n}`
    const set = [1, 5, 6, 15].map(load).join(',')
    const source = handmade({
      h1: [THERE.replace('actions=', `actions=set_field:0x77->metadata,set_field:3->pkt_mark,${set},`)],
      h2: [
        'priority=2,in_port=1,ip,tun_id=9,tun_src=192.0.2.1,tun_dst=192.0.2.2,metadata=0,pkt_mark=0,reg1=0,reg5=0,reg6=0,reg15=0,actions=16',
      ],
    })
    assert.equal(place(result(new Fabric(source), probeOf('red/web/a', 'red/web/b')).forward.verdict), 'red/web/b')
  })

  it('reaches hosts by IPv6 tunnels', () => {
    const source = handmade({
      h1: [THERE.replace('192.0.2.2->tun_dst', 'fd00::2->tun_ipv6_dst')],
      h2: ['in_port=1,ip,tun_id=9,tun_ipv6_src=fd00::1,tun_ipv6_dst=fd00::2,tun_dst=0.0.0.0,actions=16'],
    })
    const hosts = new Map(Array.from(source.view.hosts, ([name, record]) => {
      const tunnelAddress = record.spec.tunnelAddress.replace('192.0.2.', 'fd00::')
      return [name, { ...record, spec: { ...record.spec, tunnelAddress } }] as const
    }))
    const fabric = new Fabric({ ...source, view: { ...source.view, hosts } })
    assert.equal(place(result(fabric, probeOf('red/web/a', 'red/web/b')).forward.verdict), 'red/web/b')
  })

  it('remembers connections and their marks, a host and zone each, for the reply', () => {
    const flows = (mark: string): Record<string, string[]> => ({
      h1: [
        'priority=2,table=0,in_port=16,ip,actions=set_field:5->reg5,ct(commit,zone=NXM_NX_REG5[0..15],exec(set_field:0x9->ct_mark)),resubmit(,1)',
        THERE.replace('in_port=16', 'table=1'),
        'table=0,in_port=1,ip,actions=ct(table=2,zone=5)',
        `table=2,ct_state=+trk+est+rpl,ct_mark=${mark},ip,actions=16`,
      ],
      h2: ['in_port=1,ip,actions=ct(table=1,zone=5)', 'table=1,ct_state=+trk+new,ip,actions=16', BACK],
    })
    const marked = result(new Fabric(handmade(flows('0x9'))), probeOf('red/web/a', 'red/web/b'))
    assert.deepEqual([marked.reaches, place(marked.reply!.verdict)], [true, 'red/web/a'])
    const other = result(new Fabric(handmade(flows('0x8'))), probeOf('red/web/a', 'red/web/b'))
    assert.deepEqual([other.reaches, place(other.reply!.verdict)], [false, 'h1 remote'])
  })

  it('decides conjunctions, clones and copies for the controller', () => {
    const source = handmade({
      h1: [THERE],
      h2: [
        'priority=9,in_port=1,actions=controller(max_len=0),clone(set_field:1->reg1),set_field:7->reg2,resubmit(,4)',
        'table=4,priority=5,ip,reg2=7,actions=conjunction(3,1/2)',
        'table=4,priority=5,tcp,tp_dst=80,actions=conjunction(3,2/2)',
        'table=4,priority=5,conj_id=3,actions=16',
      ],
    })
    const fabric = new Fabric(source)
    assert.equal(place(result(fabric, probeOf('red/web/a', 'red/web/b')).forward.verdict), 'red/web/b')
    const { forward } = result(fabric, probeOf('red/web/a', 'red/web/b', { protocol: 'TCP', port: 81 }))
    assert.equal(forward.verdict.result, 'controller')
  })

  it('names what goes in circles, and what goes to nobody', () => {
    const circle = 'in_port=1,ip,actions=set_field:9->tun_id,set_field:192.0.2.N->tun_dst,IN_PORT'
    const toHost = (n: number): string => circle.replace('N', String(n)).replace('IN_PORT', 'resubmit(,1)')
    const bounce = 'table=1,actions=set_field:0->in_port,output:1'
    const loop = handmade({ h1: [THERE, toHost(2), bounce], h2: [toHost(1), bounce] })
    const { verdict, hops } = result(new Fabric(loop), probeOf('red/web/a', 'red/web/b')).forward
    assert.deepEqual([verdict.result, hops.length], ['looped', 16])
    const lost = (actions: string): Verdict => {
      const fabric = new Fabric(handmade({ h1: [`in_port=16,actions=${actions}`] }))
      return result(fabric, probeOf('red/web/a', 'red/web/b')).forward.verdict
    }
    assert.match(why(lost('set_field:192.0.2.9->tun_dst,output:1')), /no host has the tunnel address 192\.0\.2\.9/)
    assert.match(why(lost('output:99')), /Nonexistent output port/)
    assert.equal(place(lost('output:17')), 'red/web/a2')
  })

  it('tells all ends of a packet that is copied', () => {
    const { forward } = result(new Fabric(handmade({ h1: ['in_port=16,actions=17,set_field:192.0.2.2->tun_dst,output:1'] })), probeOf('red/web/a', 'red/web/a2'))
    assert.deepEqual(forward.ends.map(place), ['red/web/a2', 'h2 classify'])
  })
})
