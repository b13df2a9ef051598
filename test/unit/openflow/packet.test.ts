import assert from 'node:assert/strict'
import { composePacket, composeSimPacket, extractFields, formatPacket, parseExactPacket, TextError } from 'openflow-ts'

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

describe('packets made of fields', () => {
  it('of what was found in a frame: the same frame, its checksums right', () => {
    const frame = bytes(
      `${ETHERNET} 8100 6005 8100 0007 0800 4500 002a 0000 0000 4006 60b1 01020304 0a0b0c0d` +
        '0050 0051 00000000 00000000 5018 0000 2ca3 0000 6869',
    )
    assert.deepEqual(composePacket(extractFields(frame), Buffer.from('hi')), frame)
    const labels = bytes(`${ETHERNET} 8847 00001040 00002040 00003140`)
    assert.deepEqual(composePacket(extractFields(labels)), labels)
  })

  it('have a tag where the field says so, and at least a header', () => {
    const tagged = composePacket({ fields: { eth_type: 0x1234, vlan_tci: 0x3005 } })
    assert.deepEqual(tagged, bytes('000000000000 000000000000 8100 2005 1234'))
    assert.deepEqual(composePacket({ fields: {} }), Buffer.alloc(14))
  })

  it('have all the fields of a packet that is described', () => {
    const text = 'dl_vlan=5,tcp6,ipv6_dst=fe80::1,nw_tos=32,nw_ttl=9,tcp_src=1,tcp_dst=2,tcp_flags=syn'
    const { fields } = extractFields(composeSimPacket(parseExactPacket(text)))
    assert.deepEqual([fields.vlan_tci, fields.ip_dscp, fields.nw_ttl, fields.tcp_dst], [0x1005, 8, 9, 2])
    assert.deepEqual([fields.ipv6_dst, fields.tcp_flags], [0xfe80n << 112n | 1n, 2])
  })

  it('are not made of what is said twice, too early or with a mask', () => {
    for (const text of ['tcp,tcp', 'tcp_dst=1,tcp', 'tcp,tcp_dst=1,tp_dst=2', 'ip,nw_src=1.0.0.0/8', 'foo=1']) {
      assert.throws(() => parseExactPacket(text), TextError, text)
    }
  })
})
