import assert from 'node:assert/strict'
import { formatFlow, match } from 'openflow-ts'
import {
  classifyDirect,
  type FlowTerm,
  identifyRemote,
  remoteMiss,
  routeDirect,
  sendToSegment,
  TABLES,
  verifyTerm,
} from '../../../flows/index.js'
import { mustParseCidr, mustParseIp } from '../../../src/model/address.js'

/** As ovs-ofctl prints them; each keeps the contract of its table. */
function text(terms: readonly FlowTerm[]): string[] {
  return terms.map((term) => {
    verifyTerm(term)
    const { table, priority, match: init, actions } = term
    return formatFlow({ table_id: TABLES[table].id, priority, cookie: 0n, match: match(init), actions }).replace('cookie=0x0, ', '')
  })
}

const DOMAIN = 'metadata=0x300000000/0xffffffff00000000'
const PORT = { ofport: 3, mac: 0x0e4801020304n }

describe('flows of direct networks as text', () => {
  it('to another host: its MAC by route, the own one behind it, with the mark of answers', () => {
    const block = { domain: 3, destination: mustParseCidr('10.1.0.16/28'), stray: false, mac: 0x0e480a0b0c0dn }
    const stray = { ...block, destination: mustParseCidr('fd00:1::7/128'), stray: true }
    const send = 'actions=dec_ttl,set_field:0e:48:0a:0b:0c:0d->eth_dst,goto_table:62'
    assert.deepEqual(text([...routeDirect(block), ...routeDirect(stray), ...sendToSegment(PORT)]), [
      `table=60, priority=1028,ip,${DOMAIN},nw_dst=10.1.0.16/28 ${send}`,
      `table=60, priority=1129,ipv6,${DOMAIN},ipv6_dst=fd00:1::7 ${send}`,
      'table=62, priority=100 actions=set_field:0e:48:01:02:03:04->eth_src,' +
        'move:NXM_NX_REG0[1]->NXM_OF_ETH_SRC[32],set_field:0x3->reg4,goto_table:70',
    ])
  })

  it('from another host: whose by the destination, from whom by the source', () => {
    const network = { domain: 3, tunnelKey: 5, gateways: [], cidrs: ['10.1.0.0/16', 'fd00:1::/64'].map(mustParseCidr) }
    const from = 'in_port=3,vlan_tci=0x0000/0x1fff,dl_src=0e:48:00:00:00:00/ff:fe:00:00:00:00,dl_dst=0e:48:01:02:03:04'
    const enter = 'actions=move:NXM_OF_ETH_SRC[32]->NXM_NX_REG0[1],set_field:0x300000005->metadata,goto_table:2'
    assert.deepEqual(
      text([
        ...classifyDirect(network, PORT),
        ...identifyRemote(3, ['10.1.0.18', 'fd00:1::42'].map(mustParseIp), 0x100),
        ...remoteMiss(),
      ]),
      [
        `priority=100,ip,${from},nw_dst=10.1.0.0/16 ${enter}`,
        `priority=100,ipv6,${from},ipv6_dst=fd00:1::/64 ${enter}`,
        `table=2, priority=100,ip,${DOMAIN},nw_src=10.1.0.18 actions=set_field:0x100->reg1,goto_table:34`,
        `table=2, priority=100,ipv6,${DOMAIN},ipv6_src=fd00:1::42 actions=set_field:0x100->reg1,goto_table:34`,
        'table=2, priority=1 actions=goto_table:34',
      ],
    )
  })
})
