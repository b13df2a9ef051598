import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  decodeMessage,
  DecodeError,
  EncodeError,
  encodeMessage,
  match,
  type Message,
  OF13,
  OF14,
  OF15,
  type OfVersion,
} from 'openflow-ts'
import { groupMod15, someMessage } from './samples.js'

const VERSIONS = [OF13, OF14, OF15] as const

function withoutEnvelope(message: Message): unknown {
  return Object.fromEntries(Object.entries(message).filter(([key]) => key !== 'version' && key !== 'xid'))
}

describe('openflow-ts messages', () => {
  it('decode to what was encoded, with version and xid', () => {
    fc.assert(
      fc.property(someMessage, fc.constantFrom<OfVersion>(...VERSIONS), fc.nat(), (message, version, xid) => {
        const decoded = decodeMessage(encodeMessage(message, version, xid))
        assert.equal(decoded.version, version)
        assert.equal(decoded.xid, xid)
        assert.deepEqual(withoutEnvelope(decoded), message)
      }),
    )
  })

  it('keep the bucket of a 1.5 group-mod', () => {
    fc.assert(
      fc.property(groupMod15, (message) => {
        assert.deepEqual(withoutEnvelope(decodeMessage(encodeMessage(message, OF15, 1))), message)
      }),
    )
  })

  it('stand on the wire as the specification says', () => {
    const mod: Message = {
      type: 'FLOW_MOD',
      command: 'add',
      table_id: 3,
      priority: 7,
      cookie: 0x1122n,
      match: match({ in_port: 5 }),
      actions: [{ type: 'output', port: 2 }],
    }
    const expected =
      '040e0058000000090000000000001122000000000000000003000000000000' +
      '07ffffffffffffffffffffffff00000000' + // priority, buffer, ports, groups, flags
      '0001000c8000000400000005' + '00000000' + // match
      '0004001800000000' + '00000010000000020000000000000000' // apply-actions
    assert.equal(encodeMessage(mod, OF13, 9).toString('hex'), expected)
  })

  it('write the ONF extension for bundles in 1.3 and the standard message from 1.4 on', () => {
    const open: Message = { type: 'BUNDLE_CONTROL', bundle_id: 1, control: 'open_request', flags: ['atomic'] }
    assert.equal(encodeMessage(open, OF13, 0).toString('hex'), '04040018000000004f4e4600000008fc0000000100000001')
    assert.equal(encodeMessage(open, OF14, 0).toString('hex'), '05210010000000000000000100000001')
  })

  it('refuse a bundled message with another xid, and one that cannot be bundled', () => {
    const hello = Buffer.from('05220020000000000000000100000001050000080000000000000000000000'.padEnd(64, '0'), 'hex')
    assert.throws(() => decodeMessage(hello), (e) => e instanceof DecodeError && e.reply === 'OFPBFC_MSG_UNSUP')
    const port: Message = { type: 'PORT_MOD', port_no: 1, hw_addr: '00:00:00:00:00:01', config: 0, mask: 0 }
    const add = encodeMessage({ type: 'BUNDLE_ADD_MESSAGE', bundle_id: 1, message: port }, OF14, 5)
    add.writeUInt32BE(6, 4)
    assert.throws(() => decodeMessage(add), (e) => e instanceof DecodeError && e.reply === 'OFPBFC_MSG_BAD_XID')
  })

  it('name the field that cannot be encoded', () => {
    const mod: Message = { type: 'FLOW_MOD', command: 'add', table_id: 0, priority: 70000, match: match({}) }
    assert.throws(() => encodeMessage(mod, OF13), (e) => e instanceof EncodeError && e.message.startsWith('priority: '))
    const short = { type: 'FLOW_MOD', command: 'add', table_id: 0, match: [], actions: [] } as unknown as Message
    assert.throws(() => encodeMessage(short, OF13), { message: 'priority: missing' })
    assert.throws(() => encodeMessage({ type: 'ROLE_REQUEST', role: 'master' as never }, OF13), EncodeError)
  })

  it('refuse a message that is longer than its length field can say', () => {
    assert.throws(() => encodeMessage({ type: 'ECHO_REQUEST', data: Buffer.alloc(65530) }, OF13), EncodeError)
  })

  it('give back unknown messages unchanged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 255 }),
        fc.integer({ min: 1, max: 9 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(),
        (type, version, body, xid) => {
          const bytes = Buffer.alloc(8 + body.length)
          bytes.writeUInt8(version, 0)
          bytes.writeUInt8(type, 1)
          bytes.writeUInt16BE(bytes.length, 2)
          bytes.writeUInt32BE(xid, 4)
          bytes.set(body, 8)
          const message = decodeMessage(bytes)
          assert.equal(message.type, 'UNKNOWN')
          assert.deepEqual(encodeMessage(message, OF13), bytes)
        },
      ),
    )
  })

  it('read a hello of any version', () => {
    const message = decodeMessage(Buffer.from('0f00000800000001', 'hex'))
    assert.deepEqual(message, { type: 'HELLO', version: 15, xid: 1 })
    const bitmap = decodeMessage(Buffer.from('0600001000000001000100080000007e', 'hex'))
    assert.deepEqual(bitmap, { type: 'HELLO', version: 6, xid: 1, bitmaps: [0x7e] })
  })
})
