import assert from 'node:assert/strict'
import { formatBytes, parseFlowMod, parseFlowStatsRequest } from 'openflow-ts'

const print = (hex: string): string => formatBytes(Buffer.from(hex.replace(/\s/g, ''), 'hex'))

describe('openflow-ts messages as text', () => {
  it('bytes that are no message are shown as such', () => {
    assert.equal(print(''), 'OpenFlow message is empty\n')
    assert.equal(
      print('aabb'),
      'OpenFlow packet too short (only 2 bytes):\n' +
        '00000000  aa bb                                           |..              |\n',
    )
    const cut = print('0414ccddeeff0011')
    assert.match(cut, /^OFPT_BARRIER_REQUEST \(OF1\.3\) \(xid=0xeeff0011\):\n/)
    assert.match(cut, /^\(\*\*\*truncated to 8 bytes from 52445\*\*\*\)\n00000000 {2}04 14 cc .*11-/m)
    assert.match(print('04140008000000017f'), /^\(\*\*\*only uses 8 bytes out of 9\*\*\*\)\n/)
    const long = print('04140009 00000001 7f')
    assert.match(long, /^\*\*\*decode error: OFPBRC_BAD_LEN\*\*\*\n00000000 /)
  })

  it('an error shows the message it is about', () => {
    const inner =
      '040e0038 00000006 00000000 00000000 00000000 00000000 00 00 0000 0000 8000' +
      'ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000'
    assert.equal(
      print(`04010044 00000006 0002 0004 ${inner}`),
      'OFPT_ERROR (OF1.3) (xid=0x6): OFPBAC_BAD_OUT_PORT\nOFPT_FLOW_MOD (OF1.3) (xid=0x6): ADD actions=drop\n',
    )
  })

  it('durations and what is not counted', () => {
    const stats = (sec: string, nsec: string): string =>
      print(
        `04130038 00000001 0005 0000 00000000 00000003 00000001 ${'ff'.repeat(8)} ` +
          `${'00'.repeat(7)}09 ${'00'.repeat(8)} ${sec} ${nsec}`,
      )
    const head = 'OFPST_QUEUE reply (OF1.3) (xid=0x1): 1 queues\n  port 3 queue 1: bytes=?, pkts=9, errors=0, duration='
    assert.equal(stats('00000007', '05f5e100'), `${head}7.100s\n`)
    assert.equal(stats('00000007', '00000001'), `${head}7.000000001s\n`)
    assert.equal(stats('00000007', '00000000'), `${head}7s\n`)
    assert.equal(stats('ffffffff', 'ffffffff'), `${head}?\n`)
  })
})

describe('openflow-ts flow-mods from text', () => {
  it('take what the command allows and refuse the rest', () => {
    assert.equal(parseFlowMod('add', 'table=255,actions=drop').table_id, 0)
    assert.equal(parseFlowMod('delete', '').table_id, 255)
    assert.equal(parseFlowMod('delete', 'table=3').table_id, 3)
    assert.equal(parseFlowMod('modify', 'cookie=5,actions=drop').cookie, undefined)
    const filter = parseFlowStatsRequest('cookie=5/0xf,out_port=2')
    assert.deepEqual(filter, { match: [], cookie: 5n, cookie_mask: 15n, out_port: 2 })
    const refused: [Parameters<typeof parseFlowMod>[0], string, string][] = [
      ['add', 'table=1', 'must specify an action'],
      ['add', 'cookie=1/1,actions=drop', 'flow additions cannot use a cookie mask'],
      ['add', 'out_port=1,actions=drop', 'unknown keyword out_port'],
      ['delete', 'priority=1', 'unknown keyword priority'],
      ['delete', 'idle_timeout=1', 'unknown keyword idle_timeout'],
      ['delete', 'actions=drop', 'unknown keyword actions'],
      ['delete', 'cookie=7', 'cannot set cookie (to match on a cookie, specify a mask, e.g. cookie=7/-1)'],
      ['modify', 'importance=1,actions=drop', 'unknown keyword importance'],
    ]
    for (const [command, text, message] of refused) {
      assert.throws(() => parseFlowMod(command, text), { name: 'TextError', message })
    }
  })
})
