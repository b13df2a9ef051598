import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type Flow,
  formatActions,
  formatFlow,
  formatMatch,
  parseActions,
  parseFlow,
  parseMatch,
  PORTS,
  sameActions,
  sameFlow,
  TextError,
} from 'openflow-ts'
import { actionLists, anyFlowAction, ipAction, isIpv4, matches } from './arbitrary.js'

/** Fields that ovs-ofctl prints in a way that it does not read back. */
const ONE_WAY = /^(tun_gbp_flags|tun_gtpu_.*|tun_erspan_.*|nsh_c.|ct_tp_.*)$/
const readable = (info: { name: string }): boolean => !ONE_WAY.test(info.name)

const flows = matches(readable).chain((m) =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
      actionLists(isIpv4(m) ? ipAction : anyFlowAction),
      fc.integer({ min: 0, max: 0xffff }),
      fc.subarray(['send_flow_rem', 'no_packet_counts'] as const),
    )
    .map(([table_id, priority, cookie, actions, idle_timeout, flags]): Flow => ({
      table_id, priority, cookie, match: m, actions, idle_timeout, flags,
    })),
)

describe('text of flows', () => {
  it('reads back what it writes: matches', () => {
    fc.assert(
      fc.property(matches(readable), (m) => {
        assert.deepEqual(parseMatch(formatMatch(m)), m)
      }),
      { numRuns: 500 },
    )
  })

  it('reads back what it writes: actions', () => {
    fc.assert(
      fc.property(actionLists(ipAction), (list) => {
        const text = formatActions(list)
        assert.ok(sameActions(parseActions(text), list), text)
        assert.equal(formatActions(parseActions(text)), text)
      }),
      { numRuns: 500 },
    )
  })

  it('reads back what it writes: flows', () => {
    fc.assert(
      fc.property(flows, (flow) => {
        const text = formatFlow(flow)
        assert.equal(formatFlow(parseFlow(text)), text)
      }),
    )
  })

  it('prints as ovs-ofctl dump-flows --no-stats and dump-flows do', () => {
    const match = 'tcp,nw_src=10.0.0.0/8,tp_dst=80,reg0=1/0xf'
    const flow = parseFlow(`table=5,cookie=7,idle_timeout=10,priority=5,${match} actions=2,goto_table:7`)
    const printed = 'tcp,reg0=0x1/0xf,nw_src=10.0.0.0/8,tp_dst=80'
    const tail = `idle_timeout=10, priority=5,${printed} actions=output:2,goto_table:7`
    assert.equal(formatFlow(flow), `cookie=0x7, table=5, ${tail}`)
    const stats = { duration_sec: 3, duration_nsec: 50_000_000, n_packets: 4n, n_bytes: 240n }
    assert.equal(formatFlow(flow, {}, stats), `cookie=0x7, duration=3.050s, table=5, n_packets=4, n_bytes=240, ${tail}`)
    assert.equal(formatFlow(parseFlow('actions=drop')), 'actions=drop')
  })

  it('knows names of ports and tables', () => {
    const names = new Map([['eth0', 3], ['veth-1.a', 4]])
    const ctx = {
      portNumber: (name: string) => names.get(name),
      portName: (n: number) => [...names].find(([, number]) => number === n)?.[0],
    }
    const flow = parseFlow('in_port=eth0 actions=output:"veth-1.a",resubmit(eth0,3),LOCAL', ctx)
    assert.deepEqual(flow.actions[0], { type: 'output', port: 4 })
    assert.equal(formatFlow(flow, ctx), 'in_port=eth0 actions=output:"veth-1.a",resubmit(eth0,3),LOCAL')
  })

  it('decides by the protocol, wherever that stands, what a port or an address is', () => {
    assert.deepEqual(parseMatch('tp_dst=53,udp'), parseMatch('udp,udp_dst=53'))
    assert.deepEqual(parseMatch('nw_src=1.2.3.4,arp'), parseMatch('arp,arp_spa=1.2.3.4'))
    assert.deepEqual(parseMatch('ip,nw_src=1.2.3.4,nw_src=5.6.7.8'), parseMatch('ip,nw_src=5.6.7.8'))
    assert.deepEqual(parseMatch('reg0[0..3]=5,reg0[8..11]=6'), parseMatch('reg0=0x605/0xf0f'))
  })

  it('says what a text leaves out', () => {
    const flow = parseFlow('cookie=5/-1,table=3,out_port=LOCAL')
    assert.deepEqual([...flow.given].sort(), ['cookie', 'table'])
    assert.equal(flow.cookie_mask, 0xffffffffffffffffn)
    assert.equal(flow.out_port, PORTS.LOCAL)
  })

  it('says what is wrong', () => {
    const bad = (text: string, message: RegExp): void => {
      assert.throws(() => parseFlow(text), (error) => error instanceof TextError && message.test(error.message), text)
    }
    bad('foo=1 actions=drop', /unknown keyword foo/)
    bad('priority=70000 actions=drop', /priority/)
    bad('ip,nw_src=1.2.3 actions=drop', /1\.2\.3: invalid IP address/)
    bad('table=256 actions=drop', /unknown table "256"/)
    bad('actions=foo:1', /unknown action foo/)
    bad('actions=drop,output:1', /"drop" must not be accompanied/)
    bad('actions=goto_table:1,output:1', /invalid instruction ordering/)
    bad('actions=load:5->NXM_NX_REG0[0..1]', /does not fit into 2 bits/)
    bad('actions=set_field:1->nosuch', /nosuch/)
    bad('actions=conjunction(1,3/2)', /clause/)
    bad('in_port actions=drop', /in_port/)
    bad('actions=ct(commit,exec(output:1))', /ct action doesn't support/)
    bad(`actions=${'clone('.repeat(100)}output:1${')'.repeat(100)}`, /nested too deep/)
  })

  it('is a TextError for any text that is not a flow', () => {
    const words = fc.constantFrom(
      ...[',', '=', '(', ')', '->', '[', '..', ']', '/', ':', '"', 'ip', 'tcp', 'nw_src', 'reg0', 'table', '1.2.3.4'],
      ...['actions=', 'ct', 'nat', 'load', 'move', 'output', '5', '0x', 'set_field', 'clone', '-1', 'NXM_NX_REG0'],
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 14 }), (parts) => {
        try {
          parseFlow(parts.join(''))
        } catch (error) {
          assert.ok(error instanceof TextError, `${parts.join('')}: ${String(error)}`)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('sameFlow', () => {
  const same = (a: string, b: string): boolean => sameFlow(parseFlow(a), parseFlow(b))

  it('sees through different ways of saying the same', () => {
    assert.ok(same('actions=set_field:5->reg0', 'actions=load:5->NXM_NX_REG0[]'))
    assert.ok(same('actions=set_field:0x50/0xf0->reg0', 'actions=load:5->NXM_NX_REG0[4..7]'))
    assert.ok(same('ip,actions=mod_nw_src:1.2.3.4', 'ip,actions=set_field:1.2.3.4->ip_src'))
    assert.ok(same('actions=resubmit:3', 'actions=resubmit(3,)'))
    assert.ok(same('check_overlap,actions=1', 'actions=output:1'))
  })

  it('sees differences', () => {
    const others = ['cookie=1,', 'idle_timeout=3,', 'send_flow_rem,', 'priority=3,'].map((given) => `${given}actions=1`)
    for (const other of [...others, 'actions=2', 'actions=1,1']) {
      assert.ok(!same('actions=1', other), other)
    }
  })
})
