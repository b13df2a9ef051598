import assert from 'node:assert/strict'
import {
  acceptAll,
  acceptKnown,
  addressesMiss,
  checkConnections,
  checkReplies,
  clause,
  type ClauseMatch,
  denyByDefault,
  isolate,
  isolationMiss,
  loadAddresses,
  outboundMiss,
  outboundOfIdentity,
  outboundToNetwork,
  policyMisses,
  rule,
  type RulePlace,
  toDestination,
  trackBoth,
  trackEnd,
} from '../../../flows/index.js'
import { mustParseCidr } from '../../../src/model/address.js'
import { text } from './text.js'

const DOMAIN = 'metadata=0x300000000/0xffffffff00000000'
const ZONE = 'zone=NXM_NX_REG5[0..15]'

describe('flows as text: connections', () => {
  it('that may be answers of or to checked pods go through conntrack on their way out', () => {
    const networks = ['10.1.0.0/16', 'fd00::/64'].map((cidr) => toDestination(mustParseCidr(cidr)))
    assert.deepEqual(text([...outboundMiss(), ...outboundOfIdentity(3, 256), ...outboundToNetwork(3, networks)]), [
      'table=30, priority=1 actions=goto_table:60',
      `table=30, priority=100,reg1=0x100,${DOMAIN} actions=goto_table:31`,
      `table=30, priority=100,ip,${DOMAIN},nw_dst=10.1.0.0/16 actions=goto_table:31`,
      `table=30, priority=100,ipv6,${DOMAIN},ipv6_dst=fd00::/64 actions=goto_table:31`,
    ])
    assert.deepEqual(text(trackBoth()), [
      `table=31, priority=100,ip actions=ct(table=32,${ZONE})`,
      `table=31, priority=100,ipv6 actions=ct(table=32,${ZONE})`,
      `table=37, priority=100,ip actions=ct(table=38,${ZONE})`,
      `table=37, priority=100,ipv6 actions=ct(table=38,${ZONE})`,
    ])
  })

  it('have answers checked with the ends exchanged and the source port as service', () => {
    const state = 'table=32, priority=100,ct_state=+est+rpl+trk'
    const ends =
      'actions=set_field:0x1->reg0,move:NXM_NX_REG1[]->NXM_NX_REG3[],move:NXM_NX_CT_MARK[]->NXM_NX_REG1[],' +
      'move:NXM_OF_IN_PORT[]->NXM_NX_REG4[0..15],'
    const protocol = 'move:NXM_OF_IP_PROTO[]->NXM_NX_REG6[16..23]'
    const code = (field: string) => `move:${field}[]->NXM_NX_REG6[0..7]`
    const service = (port: string) => `${ends}${protocol},move:${port}[]->NXM_NX_REG6[0..15],goto_table:40`
    assert.deepEqual(text(checkReplies()), [
      'table=32, priority=200,ct_state=+rel+rpl+trk actions=set_field:0x2->reg0,goto_table:60',
      `${state},tcp ${service('NXM_OF_TCP_SRC')}`,
      `${state},tcp6 ${service('NXM_OF_TCP_SRC')}`,
      `${state},udp ${service('NXM_OF_UDP_SRC')}`,
      `${state},udp6 ${service('NXM_OF_UDP_SRC')}`,
      `${state},sctp ${service('OXM_OF_SCTP_SRC')}`,
      `${state},sctp6 ${service('OXM_OF_SCTP_SRC')}`,
      // An echo reply by the echo request, and so on, with the code that both have.
      `${state},icmp,icmp_type=0 ${ends}set_field:0x10800->reg6,${code('NXM_OF_ICMP_CODE')},goto_table:40`,
      `${state},icmp,icmp_type=14 ${ends}set_field:0x10d00->reg6,${code('NXM_OF_ICMP_CODE')},goto_table:40`,
      `${state},icmp,icmp_type=16 ${ends}set_field:0x10f00->reg6,${code('NXM_OF_ICMP_CODE')},goto_table:40`,
      `${state},icmp,icmp_type=18 ${ends}set_field:0x11100->reg6,${code('NXM_OF_ICMP_CODE')},goto_table:40`,
      `${state},icmp6,icmp_type=129 ${ends}set_field:0x3a8000->reg6,${code('NXM_NX_ICMPV6_CODE')},goto_table:40`,
      `table=32, priority=50,ct_state=+est+rpl+trk,ip ${ends}${protocol},goto_table:40`,
      `table=32, priority=50,ct_state=+est+rpl+trk,ipv6 ${ends}${protocol},goto_table:40`,
      'table=32, priority=1 actions=goto_table:60',
    ])
  })

  it('are tracked where a policy is about an end; accepted answers are not asked again', () => {
    assert.deepEqual(text([...isolationMiss(), ...trackEnd(3, 'sender', 256), ...trackEnd(3, 'receiver', 257)]), [
      'table=36, priority=200,reg0=0x2/0x2 actions=goto_table:90',
      'table=36, priority=1 actions=goto_table:90',
      `table=36, priority=100,reg1=0x100,${DOMAIN} actions=goto_table:37`,
      `table=36, priority=100,reg3=0x101,${DOMAIN} actions=goto_table:37`,
    ])
  })

  it('have their service in a register: protocol, and port or ICMP type and code', () => {
    const protocol = 'actions=move:NXM_OF_IP_PROTO[]->NXM_NX_REG6[16..23]'
    const port = (name: string) => `${protocol},move:${name}[]->NXM_NX_REG6[0..15],goto_table:40`
    const icmp = (type: string, code: string) =>
      `${protocol},move:${type}[]->NXM_NX_REG6[8..15],move:${code}[]->NXM_NX_REG6[0..7],goto_table:40`
    assert.deepEqual(text(checkConnections()), [
      'table=38, priority=201,ct_state=+inv+trk actions=drop',
      'table=38, priority=200,ct_state=+rel+trk actions=goto_table:90',
      'table=38, priority=200,ct_state=+est+rpl+trk actions=goto_table:90',
      `table=38, priority=100,tcp ${port('NXM_OF_TCP_DST')}`,
      `table=38, priority=100,tcp6 ${port('NXM_OF_TCP_DST')}`,
      `table=38, priority=100,udp ${port('NXM_OF_UDP_DST')}`,
      `table=38, priority=100,udp6 ${port('NXM_OF_UDP_DST')}`,
      `table=38, priority=100,sctp ${port('OXM_OF_SCTP_DST')}`,
      `table=38, priority=100,sctp6 ${port('OXM_OF_SCTP_DST')}`,
      `table=38, priority=100,icmp ${icmp('NXM_OF_ICMP_TYPE', 'NXM_OF_ICMP_CODE')}`,
      `table=38, priority=100,icmp6 ${icmp('NXM_NX_ICMPV6_TYPE', 'NXM_NX_ICMPV6_CODE')}`,
      `table=38, priority=50,ip ${protocol},goto_table:40`,
      `table=38, priority=50,ipv6 ${protocol},goto_table:40`,
    ])
  })

  it("have the ends' addresses in registers where rules speak of addresses, the same ends for answers", () => {
    const flow = (protocol: string, reply: number) =>
      `table=40, priority=100,${protocol},reg0=${reply === 0 ? '0' : '0x1'}/0x1,${DOMAIN}`
    assert.deepEqual(text([...addressesMiss(), ...loadAddresses(3)]), [
      'table=40, priority=1 actions=goto_table:46',
      `${flow('ip', 0)} actions=move:NXM_OF_IP_SRC[]->NXM_NX_REG8[],move:NXM_OF_IP_DST[]->NXM_NX_REG12[],goto_table:46`,
      `${flow('ipv6', 0)} actions=move:NXM_NX_IPV6_SRC[]->NXM_NX_XXREG2[],move:NXM_NX_IPV6_DST[]->NXM_NX_XXREG3[],goto_table:46`,
      `${flow('ip', 1)} actions=move:NXM_OF_IP_DST[]->NXM_NX_REG8[],move:NXM_OF_IP_SRC[]->NXM_NX_REG12[],goto_table:46`,
      `${flow('ipv6', 1)} actions=move:NXM_NX_IPV6_DST[]->NXM_NX_XXREG2[],move:NXM_NX_IPV6_SRC[]->NXM_NX_XXREG3[],goto_table:46`,
    ])
  })

  it('are remembered with their sender once accepted; answers go on, marked', () => {
    const commit = `actions=ct(commit,${ZONE},exec(move:NXM_NX_REG1[]->NXM_NX_CT_MARK[])),goto_table:90`
    assert.deepEqual(text([...acceptAll(), ...acceptKnown(3, 256)]), [
      'table=54, priority=200,reg0=0x1/0x1 actions=move:NXM_NX_REG3[]->NXM_NX_REG1[],set_field:0x2->reg0,goto_table:60',
      `table=54, priority=1,ip ${commit}`,
      `table=54, priority=1,ipv6 ${commit}`,
      `table=54, priority=100,ct_state=+est+trk,ct_mark=0x100,reg1=0x100,${DOMAIN} actions=goto_table:90`,
    ])
  })
})

describe('flows as text: rules', () => {
  const place = (direction: RulePlace['direction'], tier: RulePlace['tier'], order = 0, chunk = 0): RulePlace => ({
    domain: 3,
    direction,
    tier,
    order,
    chunk,
  })
  const report = 'controller(meter_id=1)'

  it('of which none takes a packet let it through to the next tier and direction', () => {
    assert.deepEqual(text(policyMisses()), [
      'table=46, priority=1 actions=goto_table:48',
      'table=48, priority=1 actions=goto_table:50',
      'table=50, priority=1 actions=goto_table:52',
      'table=52, priority=1 actions=goto_table:54',
    ])
  })

  it('have a flow a value, which all rules of a place share', () => {
    const shares = [
      { rule: 9, clause: 1, n_clauses: 3 },
      { rule: 10, clause: 1, n_clauses: 2 },
    ]
    const values: readonly [ClauseMatch, string][] = [
      [{ type: 'identity', end: 'sender', identity: 256 }, `reg1=0x100,${DOMAIN}`],
      [{ type: 'identity', end: 'receiver', identity: 257 }, `reg3=0x101,${DOMAIN}`],
      [{ type: 'address', end: 'sender', prefix: mustParseCidr('10.0.0.0/8') }, `ip,reg8=0xa000000/0xff000000,${DOMAIN}`],
      [{ type: 'address', end: 'sender', prefix: mustParseCidr('0.0.0.0/0') }, `ip,${DOMAIN}`],
      [{ type: 'address', end: 'receiver', prefix: mustParseCidr('fd00::/64') }, `ipv6,reg12=0xfd000000,reg13=0,${DOMAIN}`],
      [
        { type: 'address', end: 'receiver', prefix: mustParseCidr('fd00::8000/113') },
        `ipv6,reg12=0xfd000000,reg13=0,reg14=0,reg15=0x8000/0xffff8000,${DOMAIN}`,
      ],
      [{ type: 'service', value: 0x061f40, mask: 0xfffff0 }, `reg6=0x61f40/0xfffff0,${DOMAIN}`],
      [{ type: 'podService', ofport: 16, service: 0x060050 }, `reg4=0x10,reg6=0x60050,${DOMAIN}`],
      [{ type: 'any' }, DOMAIN],
    ]
    for (const [value, expected] of values) {
      assert.deepEqual(text([clause(place('Ingress', 'policy', 0, 2), value, shares)]), [
        `table=52, priority=60002,${expected} actions=conjunction(9,1/3),conjunction(10,1/2)`,
      ])
    }
  })

  const decisions: readonly [RulePlace, 'Allow' | 'Deny' | 'Pass', string][] = [
    [place('Egress', 'admin', 51), 'Allow', 'table=46, priority=54949 goto_table:50'],
    [place('Egress', 'admin', 51), 'Pass', 'table=46, priority=54949 goto_table:48'],
    [place('Egress', 'admin', 51), 'Deny', 'table=46, priority=54949 drop'],
    [place('Egress', 'policy', 0, 63), 'Allow', 'table=48, priority=60063 goto_table:50'],
    [place('Egress', 'baseline', 50_049), 'Allow', 'table=48, priority=4951 goto_table:50'],
    [place('Egress', 'baseline'), 'Deny', 'table=48, priority=55000 drop'],
    [place('Ingress', 'admin', 51), 'Allow', 'table=50, priority=54949 goto_table:54'],
    [place('Ingress', 'admin', 51), 'Pass', 'table=50, priority=54949 goto_table:52'],
    [place('Ingress', 'policy'), 'Allow', 'table=52, priority=60000 goto_table:54'],
    [place('Ingress', 'baseline', 1), 'Deny', 'table=52, priority=54999 drop'],
  ]
  for (const [at, action, expected] of decisions) {
    it(`of ${at.direction}, ${at.tier} ${at.order + at.chunk} that say ${action} decide in their table and order`, () => {
      const [table, priority, goto] = expected.split(' ')
      assert.deepEqual(text(rule(at, 9, action, false)), [`${table} ${priority},conj_id=9,${DOMAIN} actions=${goto}`])
    })
  }

  it('that log report packets of new connections, whatever they decide', () => {
    assert.deepEqual(text([...rule(place('Ingress', 'policy'), 9, 'Allow', true), ...rule(place('Egress', 'admin'), 8, 'Deny', true)]), [
      `table=52, priority=60000,conj_id=9,${DOMAIN} actions=goto_table:54`,
      `table=52, priority=60001,conj_id=9,ct_state=+new+trk,${DOMAIN} actions=${report},goto_table:54`,
      `table=46, priority=55000,conj_id=8,${DOMAIN} actions=drop`,
      `table=46, priority=55001,conj_id=8,ct_state=+new+trk,${DOMAIN} actions=${report}`,
    ])
  })

  it('have drops behind them: of isolated ends before the Baseline tier, of networks that deny after it', () => {
    assert.deepEqual(
      text([
        ...isolate(3, 'Ingress', 257),
        ...isolate(3, 'Egress', 256),
        ...denyByDefault(3, 'Ingress', 257),
        ...denyByDefault(3, 'Egress', 256),
      ]),
      [
        `table=52, priority=59000,reg3=0x101,${DOMAIN} actions=drop`,
        `table=48, priority=59000,reg1=0x100,${DOMAIN} actions=drop`,
        `table=52, priority=1000,reg3=0x101,${DOMAIN} actions=drop`,
        `table=48, priority=1000,reg1=0x100,${DOMAIN} actions=drop`,
      ],
    )
  })
})
