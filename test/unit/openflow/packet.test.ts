import assert from 'node:assert/strict'
import { extractFields, formatPacket } from 'openflow-ts'

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')

const ETHERNET = 'ffffffffffff 000000000001'
const IP = '4500 0028 0000 0000 4006 0000 01020304 0a0b0c0d'
const TCP = '0050 0051 00000001 00000002 5012 0000 abcd 0000'

describe('fields of packets', () => {
  it('of a frame with two VLAN tags: the outer is the field, both are told', () => {
    const { fields, vlans, l4 } = extractFields(bytes(`${ETHERNET} 88a8 6005 8100 0007 0800 ${IP} ${TCP}`))
    assert.equal(fields.vlan_tci, 0x7005)
    assert.deepEqual(vlans, [0x7005, 0x1007])
    assert.equal(fields.eth_type, 0x0800)
    assert.equal(fields.nw_src, 0x01020304)
    assert.equal(fields.tcp_dst, 81)
    assert.equal(fields.tcp_flags, 0x012)
    assert.deepEqual(l4, { offset: 42, size: 20 })
  })

  it('of a later fragment: no ports', () => {
    const { fields } = extractFields(bytes(`${ETHERNET} 0800 4500 0028 0000 0010 4006 0000 01020304 0a0b0c0d ${TCP}`))
    assert.equal(fields.ip_frag, 3)
    assert.equal(fields.tcp_src, undefined)
  })

  it('of what is cut short: 0 for its layer, nothing above it', () => {
    const { fields, l4 } = extractFields(bytes(`${ETHERNET} 0800 4500 0028 0000`))
    assert.equal(fields.eth_type, 0x0800)
    assert.equal(fields.nw_proto, 0)
    assert.equal(fields.tcp_src, undefined)
    assert.equal(l4, undefined)
    assert.deepEqual(extractFields(bytes('0102')).fields, { eth_src: 0n, eth_dst: 0n, vlan_tci: 0, eth_type: 0 })
  })

  it('of a packet without Ethernet', () => {
    const { fields } = extractFields(bytes(`${IP} ${TCP}`), 0x00010800)
    assert.equal(fields.eth_src, undefined)
    assert.equal(fields.nw_dst, 0x0a0b0c0d)
  })

  it('as text', () => {
    assert.equal(
      formatPacket(bytes(`${ETHERNET} 8100 6005 0800 ${IP} ${TCP}`)),
      'tcp,dl_vlan=5,dl_vlan_pcp=3,vlan_tci1=0x0000,dl_src=00:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,' +
        'nw_src=1.2.3.4,nw_dst=10.11.12.13,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=80,tp_dst=81,' +
        'tcp_flags=syn|ack tcp_csum:abcd\n',
    )
  })
})
