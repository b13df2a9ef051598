import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  Connections,
  CT_STATES,
  type Effect,
  formatSimPacket,
  formatTrace,
  type Group,
  Packet,
  packetOf,
  packetOfBytes,
  parseActions,
  parseFlow,
  parsePacket,
  PORTS,
  type SimPort,
  SwitchModel,
  trace,
  type Trace,
  type TraceOptions,
  unknownConnections,
} from 'openflow-ts'

const PORT_LIST: readonly SimPort[] = [1, 2, 3].map((port) => ({ port, name: `p${port}` }))
const TCP = 'in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=1000,tp_dst=80'

interface Setup extends TraceOptions {
  readonly groups?: readonly Group[]
  readonly ports?: readonly SimPort[]
}

function model(flows: readonly string[], setup: Setup = {}): SwitchModel {
  return new SwitchModel({
    flows: flows.map((flow) => parseFlow(flow)),
    ports: setup.ports ?? PORT_LIST,
    groups: setup.groups ?? [],
  })
}

const run = (flows: readonly string[], packet = TCP, setup: Setup = {}): Trace =>
  trace(model(flows, setup), parsePacket(packet), setup)

/** What the actions of one flow, which matches all, do. */
function doing(actions: string, packet = TCP, setup: Setup = {}): Trace {
  const sw = model([], setup)
  sw.addFlow({ table_id: 0, priority: 0x8000, cookie: 0n, match: [], actions: parseActions(actions) })
  return trace(sw, parsePacket(packet), setup)
}

const portsOf = (t: Trace): number[] => t.outputs.map((output) => output.port)
const warnings = (t: Trace): string[] => {
  const text = formatTrace(t, model([]))
  return [...text.matchAll(/ >>+ (.*?)(?: <<<<)?$/gm)].map((found) => found[1] ?? '')
}
const datapath = (t: Trace): string => /^Datapath actions: (.*)$/m.exec(formatTrace(t, model([])))?.[1] ?? ''
const effect = <T extends Effect['type']>(t: Trace, type: T): Extract<Effect, { type: T }> => {
  const found = t.effects.find((one) => one.type === type)
  assert(found !== undefined, `no effect ${type}`)
  return found as Extract<Effect, { type: T }>
}

const group = (group_type: Group['group_type'], ...buckets: string[]): Group => ({
  group_id: 1,
  group_type,
  buckets: buckets.map((actions, i) => {
    return { bucket_id: i, weight: 1, watch_port: i + 1, actions: parseActions(actions) }
  }),
})

describe('simulator', () => {
  describe('packets', () => {
    it('have views of the same bits', () => {
      const packet = packetOf({ reg0: 1, reg1: 2, vlan_vid: 0x1005 })
      assert.equal(packet.get('xreg0'), 0x1_0000_0002n)
      packet.set('xxreg0', 5n << 96n).set('vlan_pcp', 3)
      assert.deepEqual([packet.get('reg0'), packet.get('reg1'), packet.get('vlan_tci')], [5, 0, 0x7005])
      assert.equal(packet.set('nw_tos', 0xb8).get('ip_dscp'), 46)
    })

    it('are made of bytes, with all tags and labels', () => {
      const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')
      const tagged = packetOfBytes(bytes('020000000002 020000000001 8100 2005 8100 0006 88cc 0000'), 3)
      const shown = formatSimPacket(tagged)
      assert.match(shown, /^in_port=3,dl_vlan=5,dl_vlan_pcp=1,dl_vlan1=6,dl_vlan_pcp1=0,dl_src=02:/)
      const t = trace(model(['actions=pop_vlan,2']), tagged)
      assert.equal(t.outputs[0]?.packet.get('vlan_vid'), 0x1006)
      const labels = '020000000002 020000000001 8847 00005040 00006140 45000014000000004000000000000000'
      const labelled = packetOfBytes(bytes(labels), 1)
      assert.match(formatSimPacket(labelled), /mpls_label=5,mpls_tc=0,mpls_ttl=64,mpls_bos=0,mpls_lse1=24896$/)
    })

    it('are read and shown as ofproto/trace has them', () => {
      const text =
        'tcp,in_port=1,vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,nw_src=10.0.0.1,' +
        'nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=1000,tp_dst=80,tcp_flags=0'
      assert.equal(formatSimPacket(parsePacket(TCP)), text)
      assert.equal(formatSimPacket(parsePacket(text)), text)
      const arp = formatSimPacket(parsePacket('arp,dl_vlan=5'))
      assert.match(arp, /^arp,dl_vlan=5,dl_vlan_pcp=0,vlan_tci1=0x0000,dl_src=/)
      assert.throws(() => parsePacket('ip,nw_src=10.0.0.0/8'), /nw_src/)
    })
  })

  describe('lookup', () => {
    it('takes the highest priority, whatever the masks', () => {
      const flows = ['priority=1,actions=1', 'priority=3,ip,nw_dst=10.0.0.0/24,actions=2', 'priority=2,tcp,actions=3']
      assert.deepEqual(portsOf(run(flows)), [2])
      const sw = model(flows)
      assert(sw.deleteFlow(parseFlow('priority=3,ip,nw_dst=10.0.0.0/24')))
      assert(!sw.deleteFlow(parseFlow('priority=3,ip,nw_dst=10.0.0.0/24')))
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [3])
      sw.addFlow(parseFlow('priority=2,tcp,actions=2'))
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [2])
    })

    it('matches a conjunction when all its clauses do', () => {
      const flows = [
        ...['ip,nw_src=10.0.0.1,actions=conjunction(7,1/2)', 'ip,nw_src=10.0.0.9,actions=conjunction(7,1/2)'],
        ...['tcp,tp_dst=80,actions=conjunction(7,2/2)', 'tcp,tp_dst=443,actions=conjunction(7,2/2)'],
        ...['conj_id=7,ip,actions=2', 'priority=1,actions=3'],
      ]
      assert.deepEqual(portsOf(run(flows)), [2])
      assert.deepEqual(portsOf(run(flows, TCP.replace('=80', '=22'))), [3])
      assert.deepEqual(portsOf(run(flows, TCP.replace('10.0.0.1', '10.0.0.3'))), [3])
    })

    it('depends on no other bits than those that it says it consulted', () => {
      const flows = [
        ...['priority=9,tcp,nw_src=10.0.0.0/8,tp_dst=80/0xfff0,actions=load:1->NXM_NX_REG0[],resubmit(,1)'],
        ...['priority=8,udp,actions=2', 'priority=7,arp,arp_op=1,actions=in_port'],
        'priority=1,actions=move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG1[0..15],resubmit(,1)',
        ...['table=1,priority=5,reg0=1,ip,nw_dst=10.0.0.2,actions=dec_ttl,3', 'table=1,reg1=7,priority=1,actions=1,2'],
      ]
      const sw = model(flows)
      const protocols = fc.constantFrom('tcp', 'udp', 'icmp')
      const visited = (t: Trace): string => JSON.stringify(t.tablesVisited.map(({ flow }) => flow?.priority ?? null))
      const value = fc.tuple(fc.constantFrom<'nw_src' | 'nw_dst' | 'tcp_src' | 'tcp_dst' | 'nw_ttl' | 'ip_dscp'>(
        'nw_src', 'nw_dst', 'tcp_src', 'tcp_dst', 'nw_ttl', 'ip_dscp'), fc.integer({ min: 0, max: 63 }))
      fc.assert(
        fc.property(protocols, fc.array(value, { maxLength: 4 }), value, (proto, init, [field, bits]) => {
          const packet = parsePacket(`in_port=1,${proto},nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=9`)
          for (const [name, to] of init) packet.set(name, to)
          const first = trace(sw, packet)
          const other = packet.clone()
          const before = new Packet(first.consulted.slice()).get(field)
          other.set(field, ((packet.get(field) & before) | (bits & ~before)) >>> 0)
          assert.equal(visited(trace(sw, other)), visited(first))
        }),
      )
    })

    it('drops what no flow matches, or tells the controller, or goes on', () => {
      const sw = model(['table=1,actions=2'])
      assert.deepEqual(trace(sw, parsePacket(TCP)).effects, [])
      sw.tableMiss.set(0, 'continue')
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [2])
      sw.tableMiss.set(0, 'controller')
      assert.equal(effect(trace(sw, parsePacket(TCP)), 'controller').reason, 'no_match')
    })

    it('hides the ports of fragments, unless asked for them', () => {
      const flows = ['priority=2,tcp,tp_dst=80,actions=2', 'priority=1,actions=3']
      const fragment = parsePacket(TCP).set('ip_frag', 1)
      assert.deepEqual(portsOf(trace(model(flows), fragment)), [3])
      const how = (frags: 'drop' | 'nx-match') =>
        new SwitchModel({ flows: flows.map((flow) => parseFlow(flow)), ports: PORT_LIST, frags })
      assert.deepEqual(portsOf(trace(how('nx-match'), fragment)), [2])
      assert.deepEqual(portsOf(trace(how('drop'), fragment)), [])
    })

    it('finds among 10,000 flows as quickly as among few: the tuples count', () => {
      const sw = new SwitchModel({ ports: PORT_LIST })
      for (let i = 0; i < 10_000; i++) {
        sw.addFlow(parseFlow(`priority=10,ip,nw_dst=10.${i >>> 8}.${i & 255}.1,actions=2`))
      }
      for (let i = 0; i < 10_000; i++) {
        const t = trace(sw, packetOf({ in_port: 1, eth_type: 0x0800, nw_dst: 0x0a000001 + (i << 8) }))
        assert.equal(t.outputs.length, 1)
      }
    })
  })

  describe('outputs', () => {
    it('never go back to the port of entry, but for IN_PORT', () => {
      assert.deepEqual(portsOf(doing('1,2,in_port')), [2, 1])
      assert.deepEqual(warnings(doing('1,99')), ['skipping output to input port', 'Nonexistent output port'])
    })

    it('flood and reach all but the port of entry and those that say no', () => {
      const ports = [...PORT_LIST, { port: 4, name: 'p4', no_flood: true }, { port: 5, name: 'p5', no_fwd: true }]
      assert.deepEqual(portsOf(doing('flood', TCP, { ports })), [2, 3])
      assert.deepEqual(portsOf(doing('all', TCP, { ports })), [2, 3, 4])
    })

    it('of NORMAL go to where the address was learned, or everywhere', () => {
      const sw = model(['actions=normal'])
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [2, 3])
      sw.learnMac(0n, 0, 3)
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [3])
      sw.learnMac(0n, 0, 1)
      assert.deepEqual(portsOf(trace(sw, parsePacket(TCP))), [])
    })

    it('to a register, truncated, queued, to the controller', () => {
      assert.deepEqual(portsOf(doing('load:3->NXM_NX_REG0[],output:NXM_NX_REG0[]')), [3])
      const beyond = doing('load:0x10000->NXM_NX_REG0[],output:NXM_NX_REG0[]')
      assert.deepEqual(warnings(beyond), ['output port 65536 is out of range'])
      assert.equal(doing('output(port=2,max_len=64)').outputs[0]?.max_len, 64)
      assert.equal(datapath(doing('enqueue:2:7,3')), 'set(skb_priority(0x7)),2,set(skb_priority(0)),3')
      const told = effect(doing('controller(max_len=5,id=3,userdata=0a.0b)'), 'controller')
      assert.deepEqual([told.max_len, told.id, told.reason, [...(told.userdata ?? [])]], [5, 3, 'action', [10, 11]])
      assert.equal(effect(run(['priority=0,actions=controller']), 'controller').reason, 'explicit_miss')
      const paused = doing('controller(pause),2')
      assert.deepEqual([effect(paused, 'controller').pause, portsOf(paused)], [true, []])
    })

    it('through a tunnel port have the key and the end that the flow or the port sets', () => {
      const ports = [...PORT_LIST, { port: 9, name: 'vxlan', tunnel: { tun_src: 0x01010101 } }]
      const out = doing('set_field:7->tun_id,set_field:2.2.2.2->tun_dst,9', TCP, { ports }).outputs[0]
      assert.deepEqual(
        [out?.packet.get('tun_id'), out?.packet.get('tun_dst'), out?.packet.get('tun_src')],
        [7n, 0x02020202, 0x01010101],
      )
      const back = doing('set_field:2.2.2.2->tun_dst,9', `${TCP},tun_dst=2.2.2.2`, { ports })
      assert.deepEqual(warnings(back), ['Not tunneling to our own address'])
    })

    it('of one switch can enter another', () => {
      const out = doing('set_field:02:00:00:00:00:07->eth_dst,2').outputs[0]!
      const there = trace(model(['in_port=3,dl_dst=02:00:00:00:00:07,actions=1']), out.packet.clone().set('in_port', 3))
      assert.deepEqual(portsOf(there), [1])
    })
  })

  describe('changes', () => {
    const cases: readonly [what: string, actions: string, packet: string, datapath: string][] = [
      ['sets a field', 'set_field:1.1.1.1->ip_src,2', TCP, 'set(ipv4(src=1.1.1.1)),2'],
      ['sets part of a field', 'set_field:0.0.0.9/0.0.0.255->ip_dst,2', TCP, 'set(ipv4(dst=10.0.0.9)),2'],
      ['loads bits', 'load:5->NXM_OF_TCP_DST[0..3],2', TCP, 'set(tcp(dst=85)),2'],
      ['leaves alone what the packet lacks', 'set_field:5->udp_dst,2', TCP, '2'],
      ['moves', 'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[],2', TCP, 'set(ipv4(dst=10.0.0.1)),2'],
      ['moves not from a field that is not there', 'move:NXM_OF_ARP_SPA[]->NXM_OF_IP_DST[],2', TCP, '2'],
      ['pushes and pops', 'push:NXM_OF_IP_SRC[],pop:NXM_OF_IP_DST[],2', TCP, 'set(ipv4(dst=10.0.0.1)),2'],
      ['counts the TTL down', 'dec_ttl,2', TCP, 'set(ipv4(ttl=63)),2'],
      ['adds a tag', 'push_vlan:0x8100,set_field:4101->vlan_vid,2', TCP, 'push_vlan(vid=5,pcp=0),2'],
      ['adds a tag of 1.0', 'mod_vlan_vid:5,mod_vlan_pcp:3,2', TCP, 'push_vlan(vid=5,pcp=3),2'],
      ['takes a tag off', 'pop_vlan,2', `${TCP},dl_vlan=5`, 'pop_vlan,2'],
      ['replaces a tag', 'mod_vlan_vid:6,2', `${TCP},dl_vlan=5`, 'pop_vlan,push_vlan(vid=6,pcp=0),2'],
      [
        ...(['adds a label', 'push_mpls:0x8847,set_field:9->mpls_label,2', TCP] as const),
        'push_mpls(label=9,tc=0,ttl=64,bos=1,eth_type=0x8847),2',
      ],
      [
        ...(['changes a label', 'dec_mpls_ttl,2', 'in_port=1,mpls,mpls_label=3,mpls_ttl=9,mpls_bos=1'] as const),
        'set(mpls(label=3,tc=0,ttl=8,bos=1)),2',
      ],
      ['queues', 'set_queue:3,2,pop_queue,3', TCP, 'set(skb_priority(0x3)),2,set(skb_priority(0)),3'],
      [
        ...(['sets what 1.0 sets', 'mod_nw_tos:8,mod_tp_src:7,mod_dl_src:02:00:00:00:00:01,2', TCP] as const),
        'set(eth(src=02:00:00:00:00:01)),set(ipv4(tos=0x8/0xfc)),set(tcp(src=7)),2',
      ],
      ['undoes the changes of a clone', 'clone(dec_ttl,2),3', TCP, 'set(ipv4(ttl=63)),2,set(ipv4(ttl=64)),3'],
      ['copies for what cannot be undone', 'clone(ct(commit),2),3', TCP, 'clone(ct(commit),2),3'],
      [
        ...(['takes the Ethernet header off and puts one on', 'decap,encap(ethernet),2', TCP] as const),
        'pop_eth,push_eth(src=00:00:00:00:00:00,dst=00:00:00:00:00:00),2',
      ],
    ]
    for (const [what, actions, packet, expected] of cases) {
      it(what, () => {
        assert.equal(datapath(doing(actions, packet)), expected)
      })
    }

    it('sets metadata, registers and tunnel keys', () => {
      const { final } = doing('load:5->NXM_NX_REG2[8..11],set_tunnel:0x7,write_metadata:0xf000/0xf000')
      assert.deepEqual([final.get('reg2'), final.get('metadata'), final.get('tun_id')], [0x500, 0xf000n, 7n])
    })

    it('says of a stack that there is nothing on it', () => {
      assert.deepEqual(warnings(doing('pop:NXM_NX_REG0[]')), ['stack underflow'])
    })

    it('tells the controller of a TTL that runs out, and ends the list, not the pipeline', () => {
      const t = run(['actions=resubmit(,1),2', 'table=1,ip,actions=dec_ttl,3'], TCP.replace('nw_ttl=64', 'nw_ttl=1'))
      assert.deepEqual(portsOf(t), [2])
      assert.equal(effect(t, 'controller').reason, 'invalid_ttl')
    })

    it('waits for the datapath where a label hides what is below', () => {
      const t = doing('pop_mpls:0x0800,2,dec_ttl,3', 'in_port=1,mpls,mpls_bos=1')
      assert.deepEqual([portsOf(t), effect(t, 'recirc').why], [[2], 'mpls'])
    })

    it('cannot know a packet length: both ways are followed', () => {
      const t = run([
        'actions=check_pkt_larger(1500)->NXM_NX_REG0[0],resubmit(,1)',
        ...['table=1,reg0=1,actions=2', 'table=1,reg0=0,actions=3'],
      ])
      assert.deepEqual(
        t.outputs.map(({ port, conditions }) => [port, conditions]),
        [[2, [{ type: 'longer', bytes: 1500 }]], [3, [{ type: 'not_longer', bytes: 1500 }]]],
      )
    })

    it('multipath and bundle use the hash that is given', () => {
      const t = doing('multipath(symmetric_l4,0,modulo_n,4,0,NXM_NX_REG0[0..1])', TCP, { hash: () => 6 })
      assert.equal(t.final.get('reg0'), 2)
      const ports = [...PORT_LIST.slice(0, 1), { port: 2, name: 'p2', live: false }, { port: 3, name: 'p3' }]
      assert.deepEqual(portsOf(doing('bundle(symmetric_l4,0,active_backup,ofport,members:2,3)', TCP, { ports })), [3])
    })
  })

  describe('control', () => {
    it('goes on after a resubmit, and ends with exit', () => {
      const flows = ['actions=resubmit(,1),2,resubmit(,2),3', 'table=1,actions=3', 'table=2,actions=exit']
      assert.deepEqual(portsOf(run(flows)), [3, 2])
    })

    it('looks up with another port of entry, then has its own again', () => {
      assert.deepEqual(portsOf(run(['in_port=1,actions=resubmit(2,1),1,3', 'table=1,in_port=2,actions=2'])), [2, 3])
    })

    it('drops all when resubmits never end', () => {
      const deep = run(['actions=2,resubmit(,0)'])
      assert.deepEqual([deep.error, deep.effects], ['Recursion too deep', []])
      const twice = (table: number): string =>
        `table=${table},actions=2,resubmit(,${table + 1}),resubmit(,${table + 1})`
      const wide = run(Array.from({ length: 13 }, (_, table) => twice(table)))
      assert.equal(wide.error, 'Too many resubmits')
    })

    it('executes the action set at the end, in its own order', () => {
      const t = run([
        'actions=2,write_actions(output:3,push_vlan:0x8100,set_field:4097->vlan_vid),goto_table:1',
        'table=1,actions=3,write_actions(output:2)',
      ])
      assert.equal(datapath(t), '2,3,push_vlan(vid=1,pcp=0),2')
      assert.equal(datapath(doing('clear_actions,write_actions(output:2)')), '2')
      assert.equal(datapath(doing('write_actions(set_field:5->reg0)')), 'drop')
      const cleared = run(['actions=write_actions(output:3),goto_table:1', 'table=1,actions=clear_actions'])
      assert.deepEqual(portsOf(cleared), [])
    })

    it('lets a flow match on the output in the action set', () => {
      const t = run(['actions=write_actions(output:3),goto_table:1', 'table=1,actset_output=3,actions=2'])
      assert.deepEqual(portsOf(t), [2, 3])
    })

    it('says what it does not do', () => {
      const learning = doing('learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])')
      assert.deepEqual(warnings(learning), ['suppressing side effects, so learn action ignored'])
      assert(doing('debug_slow,2').slow)
      assert.deepEqual(portsOf(doing('note:01.02,fin_timeout(idle_timeout=5),ct_clear,sample(probability=1),2')), [2])
    })
  })

  describe('groups', () => {
    it('of all and indirect give each bucket a packet of its own', () => {
      const t = doing('group:1,1,3', TCP, { groups: [group('all', 'dec_ttl,output:2', 'output:3')] })
      assert.equal(datapath(t), 'set(ipv4(ttl=63)),2,set(ipv4(ttl=64)),3,3')
      assert.deepEqual(portsOf(doing('group:1', TCP, { groups: [group('indirect', 'output:2')] })), [2])
      assert.deepEqual(warnings(doing('group:4,2')), ['output to nonexistent group 4'])
    })

    it('of fast failover take the first that lives', () => {
      const ports = [{ port: 1, name: 'p1', live: false }, { port: 2, name: 'p2' }, { port: 3, name: 'p3' }]
      const groups = [group('ff', 'output:2', 'output:3')]
      assert.deepEqual(portsOf(doing('group:1', TCP, { groups, ports })), [3])
      assert.deepEqual(portsOf(doing('group:1', TCP, { groups })), [2])
    })

    it('of select choose by a hash that only the datapath knows, or as they are told', () => {
      const groups = [group('select', 'output:2', 'output:3')]
      const unknown = doing('group:1,2', TCP, { groups })
      assert.deepEqual([effect(unknown, 'select').buckets, portsOf(unknown)], [[0, 1], []])
      assert.match(datapath(unknown), /^hash\(sym_l4\(0\)\),recirc\(0x1\)$/)
      assert.deepEqual(portsOf(doing('group:1,2', TCP, { groups, select: (_group, live) => live[1]! })), [3, 2])
      assert.deepEqual(portsOf(doing('group:1', TCP, { groups, select: 'each' })), [2, 3])
    })
  })

  describe('connection tracking', () => {
    const FLOWS = [
      'ip,actions=ct(table=1,zone=5)',
      'table=1,ct_state=+new,ip,actions=ct(commit,zone=5,exec(set_field:9->ct_mark)),2',
      'table=1,ct_state=+est-rpl,ip,actions=2,3',
      'table=1,ct_state=+est+rpl,ct_mark=9,ip,actions=3',
    ]
    const REPLY = 'in_port=2,tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,nw_ttl=64,tp_src=80,tp_dst=1000'

    it('takes connections for new, or as the caller says, in turn', () => {
      assert.deepEqual(portsOf(run(FLOWS)), [2])
      assert.deepEqual(portsOf(run(FLOWS, TCP, { ctNext: ['trk,est'] })), [2, 3])
      assert.throws(() => run(FLOWS, TCP, { ctNext: ['est'] }), /trk/)
      const twice = [
        ...['ip,actions=ct(table=1)', 'table=1,ct_state=+new,ip,actions=ct(table=2)'],
        'table=2,ct_state=+est,ip,actions=3',
      ]
      assert.deepEqual(portsOf(run(twice, TCP, { ctNext: ['trk,new', 'trk,est'] })), [3])
    })

    it('follows all states of a connection of which nothing is known', () => {
      const t = run(FLOWS, TCP, { ct: unknownConnections })
      assert.deepEqual(
        t.outputs.map(({ port, conditions: [first] }) => [port, first?.type === 'ct_state' ? [first.ct_state] : []]),
        [[2, [33]], [2, [34]], [3, [34]]],
      )
    })

    it('finds connections in a table, both ways, with their marks', () => {
      const fresh = new Connections()
            assert.deepEqual(portsOf(run(FLOWS, TCP, { ct: fresh })), [2])
      assert.equal(fresh.size, 1)
      assert.deepEqual(portsOf(run(FLOWS, TCP, { ct: fresh })), [2, 3])
      assert.deepEqual(portsOf(run(FLOWS, REPLY, { ct: fresh })), [3])
      const other = run(FLOWS, REPLY.replace('tp_dst=1000', 'tp_dst=1001'), { ct: fresh })
      assert.equal(other.resumed[0]?.ct_state, CT_STATES.trk | CT_STATES.new)
    })

    it('forgets what it knew after the fork, and translates to the first address', () => {
      const t = doing('ct(commit,table=1,nat(src=1.2.3.4-1.2.3.9:7-9)),resubmit(,2)')
      const resumed = t.resumed[0]!.pass.packet
      assert.deepEqual([resumed.get('nw_src'), resumed.get('tcp_src'), resumed.get('ct_state')], [0x01020304, 7, 33])
      assert.equal(t.final.get('nw_src'), 0x0a000001)
      assert.equal(datapath(t), 'ct(commit,nat(src=1.2.3.4-1.2.3.9:7-9)),recirc(0x1)')
    })

    it('keeps stack, registers and what is in the action set over it', () => {
      const t = run([
        'ip,actions=load:7->NXM_NX_REG0[],push:NXM_NX_REG0[],write_actions(output:3),goto_table:1',
        'table=1,ip,ct_state=-trk,actions=ct(table=1)',
        'table=1,reg0=7,ct_state=+trk,ip,actions=pop:NXM_NX_REG1[]',
      ])
      assert.equal(t.resumed[0]?.pass.final.get('reg1'), 7)
      assert.deepEqual(portsOf(t), [3, 3])
    })
  })

  it('prints a trace as ofproto/trace does', () => {
    const packet = parsePacket('in_port=1,ip,nw_ttl=1')
    const sw = model(['priority=5,ip,actions=resubmit(,1),resubmit(,2)', 'table=1,priority=1,cookie=0x7,actions=2'])
    assert.equal(
      formatTrace(trace(sw, packet), sw),
      `Flow: ${formatSimPacket(packet)}

bridge("br0")
-------------
 0. ip, priority 5
    resubmit(,1)
     1. priority 1, cookie 0x7
            output:2
    resubmit(,2)
 2. No match.
    drop

Final flow: unchanged
Megaflow: recirc_id=0,eth,ip,in_port=1,nw_frag=no
Datapath actions: 2
`,
    )
  })

  it('has ports by name', () => {
    const sw = model([])
    assert.equal(parsePacket('in_port=p2', sw.names).get('in_port'), 2)
    assert.equal(sw.names.portName?.(3), 'p3')
    assert.equal(PORTS.LOCAL, 0xfffffffe)
  })
})
