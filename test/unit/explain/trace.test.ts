import assert from 'node:assert/strict'
import { Fabric } from '../../../src/explain/fabric.js'
import { parseIp } from '../../../src/model/address.js'
import type { Probe } from '../../../src/explain/probe.js'
import { type TraceReport, traceProbe } from '../../../src/explain/trace.js'
import { formatTraceReport } from '../../../src/explain/trace-text.js'
import type { Unit } from '../../../src/compile/units.js'
import { handmade, HTTP, probeOf, worldOf } from './support.js'

function report(fabric: Fabric, probe: Probe): TraceReport {
  const found = traceProbe(fabric, probe)
  assert(found !== undefined)
  return found
}

describe('explain: trace', () => {
  it('tells every table of every host, with the flow and what it is there for', async () => {
    const { fabric } = await worldOf(['red/web/a@h1', 'red/web/b@h2'])
    const { decision, reaches, forward, reply } = report(fabric, probeOf('red/web/a', 'red/web/b'))
    assert.equal(reaches, true)
    assert.equal(
      decision,
      'red/web/a to red/web/b, TCP 80: delivered to red/web/b on h2; the reply is delivered to red/web/a on h1',
    )
    const steps = forward.hops.map(({ host, steps: list }) => [host, ...list.map(({ table, unit }) => `${table}: ${unit?.kind} ${unit?.subject}`)])
    assert.deepEqual(steps, [
      [
        'h1',
        'classify: pod red/web/a',
        'anti_spoof: pod red/web/a',
        'guard_sent: host h1',
        'limit_sent: host h1',
        'outbound: host h1',
        'route: route red/web/10.1.0.64/26',
        'tenant_uplink: host h1',
        'uplink: host h1',
      ],
      [
        'h2',
        'classify: network red/web',
        'receive: pod red/web/b',
        'isolation: host h2',
        'deliver: host h2',
        'guard_received: host h2',
        'limit_received: host h2',
        'output: host h2',
      ],
    ])
    assert.match(forward.hops[0]!.steps[5]!.flow!, /^cookie=0x4865[0-9a-f]{12}, table=60, priority=1026,ip,.*goto_table:70$/)
    assert.deepEqual(reply!.hops.map(({ host }) => host), ['h2', 'h1'])
    assert.deepEqual(JSON.parse(JSON.stringify({ decision, reaches, forward, reply })), { decision, reaches, forward, reply })
  })

  it('tells what dropped the packet: a flow with its unit, a miss, or more than flows', async () => {
    const { fabric } = await worldOf(['red/web/a@h1', 'blue/web/b@h1', 'blue/web/c@h2'])
    assert.equal(
      report(fabric, probeOf('red/web/a', 'blue/web/c')).decision,
      'red/web/a to blue/web/c, TCP 80: dropped on h1 in table route: no flow takes the packet',
    )
    assert.match(
      report(fabric, probeOf('red/web/a', 'red/web/a')).decision,
      /: dropped on h1 in table output \(host h1\): skipping output to input port$/,
    )
    const units: Unit[] = [
      { kind: 'host', host: 'h1', subject: 'h1' },
      { kind: 'network', host: 'h1', subject: 'red/web' },
    ]
    const denying = new Fabric(handmade({ h1: ['cookie=2,in_port=16,tcp,tp_dst=80,actions=drop'] }, units))
    assert.equal(
      report(denying, probeOf('red/web/a', 'red/web/b')).forward.decision,
      'dropped on h1 in table classify (network red/web): tcp,in_port=a,tp_dst=80 actions=drop',
    )
    const empty = new Fabric(handmade({}))
    assert.equal(report(empty, probeOf('red/web/a', 'red/web/b')).forward.decision, 'dropped on h1 in table classify: no flow takes the packet')
    const asking = new Fabric(handmade({ h1: ['in_port=16,actions=CONTROLLER'] }))
    assert.equal(report(asking, probeOf('red/web/a', 'red/web/b')).forward.decision, 'given to the controller by h1 in table classify')
  })

  it('is text for people', async () => {
    const { fabric } = await worldOf(['red/web/a@h1'])
    const to = { address: parseIp('10.1.0.1')! }
    const text = formatTraceReport(report(fabric, { from: 'red/web/a', to, family: 4, service: { protocol: 'ICMP' } }))
    const shape = text.replace(/cookie=0x\w+/g, 'cookie=…').replace(/hd\w+/g, 'hdX').replace(/actions=\S+/g, 'actions=…')
    assert.equal(
      shape,
      `red/web/a to 10.1.0.1, ICMP: answered by the router on h1

forward: answered by the router on h1
  h1, from hdX: icmp,in_port=hdX,vlan_tci=0x0000,dl_src=02:48:0a:01:00:02,dl_dst=02:48:00:00:00:01,nw_src=10.1.0.2,nw_dst=10.1.0.1,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0
    classify    cookie=…, priority=100,in_port=hdX actions=…  [pod red/web/a]
    anti_spoof  cookie=…, table=10, priority=100,ip,in_port=hdX,vlan_tci=0x0000/0x1fff,dl_src=02:48:0a:01:00:02,dl_dst=02:48:00:00:00:01,nw_src=10.1.0.2 actions=…  [pod red/web/a]
    guard_sent  cookie=…, table=26, priority=1 actions=…  [host h1]
    limit_sent  cookie=…, table=27, priority=1 actions=…  [host h1]
    outbound    cookie=…, table=30, priority=1 actions=…  [host h1]
    route       cookie=…, table=60, priority=2000,icmp,metadata=0x100000000/0xffffffff00000000,nw_dst=10.1.0.1,icmp_type=8,icmp_code=0 actions=…  [network red/web]
    goes to red/web/a through hdX
`,
    )
    const dropped = formatTraceReport(report(new Fabric(handmade({})), probeOf('red/web/a', 'red/web/b', HTTP)))
    assert.match(dropped, /^ {4}classify {2}no flow\n {4}goes nowhere$/m)
  })
})
