import assert from 'node:assert/strict'
import {
  answerArp,
  answerNeighbours,
  answerPing,
  antiSpoof,
  classifyPod,
  classifyTunnel,
  deliver,
  dropExpired,
  dropLinkTalk,
  type LocalPod,
  misses,
  receive,
  routeLocal,
  routeRemote,
} from '../../../flows/index.js'
import { mustParseCidr, mustParseIp } from '../../../src/model/address.js'
import { text } from './text.js'


const POD: LocalPod = { ofport: 16, mac: 0x02480a010002n, addresses: [mustParseIp('10.1.0.2')], domain: 3, tunnelKey: 5, identity: 256, zone: 7 }
const NETWORK = { domain: 3, tunnelKey: 5, gateways: [mustParseIp('10.1.0.1')] }
const BLOCK = { domain: 3, destination: mustParseCidr('10.1.0.16/28'), stray: false }
const STRAY = { domain: 3, destination: mustParseCidr('10.1.0.7/32'), stray: true }
const REMOTE = { tunnelKey: 5, tunnelOfport: 1, tunnelAddress: mustParseIp('192.0.2.2') }
const POD6: LocalPod = { ...POD, addresses: [mustParseIp('fd00:1::2')] }
const NETWORK6 = { ...NETWORK, gateways: [mustParseIp('fd00:1::1')] }
const BLOCK6 = { ...BLOCK, destination: mustParseCidr('fd00:1::40/122') }
const STRAY6 = { ...STRAY, destination: mustParseCidr('fd00:1::7/128') }
const REMOTE6 = { ...REMOTE, tunnelAddress: mustParseIp('2001:db8::2') }
const DOMAIN = 'metadata=0x300000000/0xffffffff00000000'
const ROUTER = '02:48:00:00:00:01'
const RECEIVED =
  `actions=set_field:${ROUTER}->eth_src,set_field:02:48:0a:01:00:02->eth_dst,` +
  'set_field:0x100->reg3,set_field:0x10->reg4,set_field:0x7->reg5,goto_table:36'

describe('flows as text: forwarding', () => {
  it('of a pod', () => {
    assert.deepEqual(text([...classifyPod(POD), ...antiSpoof(POD), ...receive(POD)]), [
      'priority=100,in_port=16 actions=set_field:0x100->reg1,set_field:0x7->reg5,set_field:0x300000005->metadata,goto_table:10',
      `table=10, priority=100,ip,in_port=16,vlan_tci=0x0000/0x1fff,dl_src=02:48:0a:01:00:02,dl_dst=${ROUTER},nw_src=10.1.0.2 ` +
        'actions=goto_table:26',
      'table=10, priority=100,arp,in_port=16,vlan_tci=0x0000/0x1fff,dl_src=02:48:0a:01:00:02,arp_spa=10.1.0.2,' +
        'arp_sha=02:48:0a:01:00:02 actions=goto_table:20',
      'table=10, priority=200,arp,in_port=16,arp_tpa=10.1.0.2 actions=drop',
      `table=34, priority=100,ip,${DOMAIN},nw_dst=10.1.0.2 ${RECEIVED}`,
    ])
  })

  it('of a network', () => {
    assert.deepEqual(text([...classifyTunnel(NETWORK, 1), ...answerPing(NETWORK)]), [
      'priority=100,tun_id=0x5,in_port=1 ' +
        'actions=move:NXM_OF_ETH_SRC[0..31]->NXM_NX_REG1[],move:NXM_OF_ETH_SRC[32]->NXM_NX_REG0[1],' +
        'set_field:0x300000005->metadata,goto_table:34',
      `table=60, priority=2000,icmp,${DOMAIN},nw_dst=10.1.0.1,icmp_type=8,icmp_code=0 ` +
        `actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:${ROUTER}->eth_src,` +
        'push:NXM_OF_IP_SRC[],push:NXM_OF_IP_DST[],pop:NXM_OF_IP_SRC[],pop:NXM_OF_IP_DST[],' +
        'set_field:0->icmp_type,set_field:64->nw_ttl,IN_PORT',
    ])
  })

  it('of routes: a block here, also of a peer, a block and a stray elsewhere', () => {
    const send =
      'actions=dec_ttl,set_field:06:48:00:00:00:00->eth_src,move:NXM_NX_REG1[]->NXM_OF_ETH_SRC[0..31],' +
      'move:NXM_NX_REG0[1]->NXM_OF_ETH_SRC[32],set_field:0x5->tun_id,set_field:192.0.2.2->tun_dst,set_field:0x1->reg4,goto_table:70'
    assert.deepEqual(
      text([
        ...routeLocal(BLOCK),
        ...routeLocal({ ...BLOCK, peerDomain: 9 }),
        ...routeRemote({ ...BLOCK, ...REMOTE }),
        ...routeRemote({ ...STRAY, ...REMOTE }),
      ]),
      [
        `table=60, priority=1028,ip,${DOMAIN},nw_dst=10.1.0.16/28 actions=dec_ttl,resubmit(,34)`,
        `table=60, priority=1028,ip,${DOMAIN},nw_dst=10.1.0.16/28 ` +
          'actions=dec_ttl,set_field:0x900000000/0xffffffff00000000->metadata,resubmit(,34)',
        `table=60, priority=1028,ip,${DOMAIN},nw_dst=10.1.0.16/28 ${send}`,
        `table=60, priority=1033,ip,${DOMAIN},nw_dst=10.1.0.7 ${send}`,
      ],
    )
  })

  it('of a host', () => {
    assert.deepEqual(text([...misses(), ...dropExpired(), ...answerArp(), ...deliver()]), [
      'priority=0 actions=drop',
      ...[2, 10, 20, 22, 24, 26, 27, 28, 30, 31, 32, 34, 36, 37, 38, 40, 46, 48, 50, 52, 54, 60, 62, 70, 72, 90, 92, 94, 96, 98].map(
        (table) => `table=${table}, priority=0 actions=drop`,
      ),
      'table=60, priority=1900,ip,nw_ttl=0 actions=drop',
      'table=60, priority=1900,ip,nw_ttl=1 actions=drop',
      'table=60, priority=1900,ipv6,nw_ttl=0 actions=drop',
      'table=60, priority=1900,ipv6,nw_ttl=1 actions=drop',
      'table=20, priority=100,arp,arp_op=1 actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],' +
        `set_field:${ROUTER}->eth_src,set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],` +
        `set_field:${ROUTER}->arp_sha,push:NXM_OF_ARP_SPA[],push:NXM_OF_ARP_TPA[],` +
        'pop:NXM_OF_ARP_SPA[],pop:NXM_OF_ARP_TPA[],IN_PORT',
      'table=98, priority=100 actions=output:NXM_NX_REG4[0..15]',
    ])
  })

  it('of neighbour discovery', () => {
    assert.deepEqual(text([...dropLinkTalk(), ...answerNeighbours()]), [
      'table=10, priority=200,icmp6,ipv6_src=::,icmp_type=135,icmp_code=0 actions=drop',
      ...[133, 131, 132, 143].map((type) => `table=10, priority=200,icmp6,icmp_type=${type} actions=drop`),
      'table=22, priority=100,icmp6,icmp_type=135,icmp_code=0 ' +
        `actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:${ROUTER}->eth_src,` +
        'move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[],move:NXM_NX_ND_TARGET[]->NXM_NX_IPV6_SRC[],' +
        'set_field:3758096384->nd_reserved,set_field:2->nd_options_type,set_field:136->icmpv6_type,goto_table:24',
      `table=24, priority=100,icmp6,icmp_type=136,icmp_code=0 actions=set_field:${ROUTER}->nd_tll,IN_PORT`,
    ])
  })

  it('of a pod with an IPv6 address', () => {
    const own = 'vlan_tci=0x0000/0x1fff,dl_src=02:48:0a:01:00:02'
    const linkLocal = 'fe80::48:aff:fe01:2'
    assert.deepEqual(text([...antiSpoof(POD6), ...receive(POD6)]), [
      `table=10, priority=100,ipv6,in_port=16,${own},dl_dst=${ROUTER},ipv6_src=fd00:1::2 actions=goto_table:26`,
      `table=10, priority=150,icmp6,in_port=16,${own},ipv6_src=fd00:1::2,icmp_type=135,icmp_code=0 actions=goto_table:22`,
      `table=10, priority=150,icmp6,in_port=16,${own},ipv6_src=${linkLocal},icmp_type=135,icmp_code=0 actions=goto_table:22`,
      'table=10, priority=200,icmp6,in_port=16,icmp_type=135,icmp_code=0,nd_target=fd00:1::2 actions=drop',
      `table=10, priority=200,icmp6,in_port=16,icmp_type=135,icmp_code=0,nd_target=${linkLocal} actions=drop`,
      `table=34, priority=100,ipv6,${DOMAIN},ipv6_dst=fd00:1::2 ${RECEIVED}`,
    ])
  })

  it("of an IPv6 network's gateway and routes, also over IPv6", () => {
    const send =
      'actions=dec_ttl,set_field:06:48:00:00:00:00->eth_src,move:NXM_NX_REG1[]->NXM_OF_ETH_SRC[0..31],' +
      'move:NXM_NX_REG0[1]->NXM_OF_ETH_SRC[32],set_field:0x5->tun_id,'
    assert.deepEqual(
      text([
        ...answerPing(NETWORK6),
        ...routeLocal(BLOCK6),
        ...routeRemote({ ...BLOCK6, ...REMOTE }),
        ...routeRemote({ ...STRAY6, ...REMOTE6 }),
        ...routeRemote({ ...BLOCK, ...REMOTE6 }),
      ]),
      [
        `table=60, priority=2000,icmp6,${DOMAIN},ipv6_dst=fd00:1::1,icmp_type=128,icmp_code=0 ` +
          `actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],set_field:${ROUTER}->eth_src,` +
          'push:NXM_NX_IPV6_SRC[],push:NXM_NX_IPV6_DST[],pop:NXM_NX_IPV6_SRC[],pop:NXM_NX_IPV6_DST[],' +
          'set_field:129->icmpv6_type,set_field:64->nw_ttl,IN_PORT',
        `table=60, priority=1122,ipv6,${DOMAIN},ipv6_dst=fd00:1::40/122 actions=dec_ttl,resubmit(,34)`,
        `table=60, priority=1122,ipv6,${DOMAIN},ipv6_dst=fd00:1::40/122 ${send}set_field:192.0.2.2->tun_dst,set_field:0x1->reg4,goto_table:70`,
        `table=60, priority=1129,ipv6,${DOMAIN},ipv6_dst=fd00:1::7 ${send}set_field:2001:db8::2->tun_ipv6_dst,set_field:0x1->reg4,goto_table:70`,
        `table=60, priority=1028,ip,${DOMAIN},nw_dst=10.1.0.16/28 ${send}set_field:2001:db8::2->tun_ipv6_dst,set_field:0x1->reg4,goto_table:70`,
      ],
    )
  })
})
