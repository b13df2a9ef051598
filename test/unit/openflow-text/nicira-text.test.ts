import assert from 'node:assert/strict'
import { parseCtTuples, parseFlowMonitor, parseTlvMaps, TextError } from 'openflow-ts'

const refused = (parse: () => unknown, message: string): void => {
  assert.throws(parse, (error: unknown) => error instanceof TextError && error.message === message)
}

describe('text of tunnel option mappings', () => {
  it('any number of them, with commas between', () => {
    assert.deepEqual(parseTlvMaps(''), [])
    assert.deepEqual(parseTlvMaps('{class=0xffff,type=2,len=4}->tun_metadata0,{class=1,type=3,len=010}->tun_metadata1'), [
      { option_class: 0xffff, option_type: 2, option_len: 4, index: 0 },
      { option_class: 1, option_type: 3, option_len: 8, index: 1 },
    ])
  })

  it('numbers lose the bits that there is no room for', () => {
    assert.deepEqual(parseTlvMaps('{class=0x10001,type=-1,len=260}->tun_metadata65'), [
      { option_class: 1, option_type: 255, option_len: 4, index: 65 },
    ])
  })

  it('anything else is refused', () => {
    for (const text of [',', 'a', '{class=1,type=2,len=4}', '{type=2,class=1,len=4}->tun_metadata0']) {
      refused(() => parseTlvMaps(text), 'invalid tlv mapping')
    }
    refused(() => parseTlvMaps('{class=1,type=2,len=4}->tun_metadata0,'), 'invalid tlv mapping')
  })
})

describe('text of conntrack tuples', () => {
  it('what is not given may be anything', () => {
    assert.deepEqual(parseCtTuples(), { ip_proto: 0 })
    assert.deepEqual(parseCtTuples('ct_nw_src=10.0.0.1,ct_nw_proto=6,ct_tp_dst=80', 'ct_nw_src=10.0.0.2'), {
      ip_proto: 6,
      orig: { src: 0xffff0a000001n, dst_port: 80 },
      reply: { src: 0xffff0a000002n },
    })
  })

  it('of ICMP both directions have identifier, type and code', () => {
    assert.deepEqual(parseCtTuples('ct_nw_proto=1,icmp_type=8,icmp_id=5'), {
      ip_proto: 1,
      orig: { icmp_id: 5, icmp_type: 8, icmp_code: 0 },
      reply: { icmp_id: 0, icmp_type: 0, icmp_code: 0 },
    })
  })

  it('says what is wrong', () => {
    refused(() => parseCtTuples('foo=1'), 'invalid conntrack tuple field: foo')
    refused(() => parseCtTuples('ct_nw_src'), 'field ct_nw_src missing value')
    refused(() => parseCtTuples('ct_nw_src=foo'), 'failed to parse field ct_nw_src')
    refused(() => parseCtTuples('ct_nw_src=1.1.1.1,ct_ipv6_src=::1'), 'the L3 protocol does not match ::1')
    refused(() => parseCtTuples('ct_nw_proto=17,icmp_id=5'), 'invalid L4 fields')
    refused(() => parseCtTuples('ct_tp_src=5'), 'port is set without protocol')
  })
})

describe('text of flow monitors', () => {
  it('tells all unless some is taken out', () => {
    const { flags, id, table_id } = parseFlowMonitor('!initial,!own,table=3', 7)
    assert.deepEqual({ flags, id, table_id }, { flags: ['add', 'delete', 'modify', 'actions'], id: 7, table_id: 3 })
  })

  it('says what is wrong, and where', () => {
    refused(() => parseFlowMonitor('ip,table', 0), 'ip,table: field table missing value')
    refused(() => parseFlowMonitor('priority=3', 0), 'priority=3: unknown keyword priority')
  })
})
