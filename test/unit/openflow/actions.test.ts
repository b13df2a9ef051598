import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  type Action,
  DecodeError,
  decodeActions,
  decodeInstructions,
  encodeActions,
  EncodeError,
  encodeInstructions,
  formatActions,
  OF13,
  OF14,
  OF15,
  type OfVersion,
  Reader,
  sameActions,
  Writer,
} from 'openflow-ts'
import { actionLists, ipAction } from './arbitrary.js'

const VERSIONS = [OF13, OF14, OF15] as const

function bytesOf(actions: readonly Action[], version: OfVersion): Buffer {
  const w = new Writer()
  encodeInstructions(w, actions, version)
  return w.take()
}

const decode = (bytes: Buffer, version: OfVersion): Action[] =>
  decodeInstructions(new Reader(bytes), bytes.length, version)

describe('actions and instructions', () => {
  it('survive the wire: what comes back does the same and is sent the same', () => {
    fc.assert(
      fc.property(actionLists(ipAction), fc.constantFrom(...VERSIONS), (list, version) => {
        const bytes = bytesOf(list, version)
        const back = decode(bytes, version)
        assert.ok(sameActions(list, back), `${formatActions(list)} came back as ${formatActions(back)}`)
        assert.deepEqual(bytesOf(back, version), bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('cut short are a DecodeError, never anything else', () => {
    fc.assert(
      fc.property(actionLists(ipAction), fc.constantFrom(...VERSIONS), (list, version) => {
        const bytes = bytesOf(list, version)
        for (let length = 0; length < bytes.length; length++) {
          const cut = new Reader(bytes.subarray(0, length))
          assert.throws(() => decodeInstructions(cut, bytes.length, version), DecodeError)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('of changed bytes are a DecodeError or a list', () => {
    fc.assert(
      fc.property(actionLists(ipAction), fc.nat(), fc.integer({ min: 0, max: 255 }), (list, at, byte) => {
        const bytes = bytesOf(list, OF14)
        if (bytes.length === 0) return
        bytes[at % bytes.length] = byte
        try {
          decode(bytes, OF14)
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('that are not known come back as they are, and go out again unchanged', () => {
    const bytes = Buffer.from('ffff0018000023200bad010203040506070809000a0b0c0d'.slice(0, 48), 'hex')
    const list = decodeActions(new Reader(bytes), bytes.length, OF13)
    assert.equal(list[0]?.type, 'unknown')
    const w = new Writer()
    encodeActions(w, list, OF13)
    assert.deepEqual(w.take(), bytes)

    const instruction = Buffer.from('ffff0010aabbccdd0102030405060708', 'hex')
    const goto = Buffer.from('0001000805000000', 'hex')
    const both = decode(Buffer.concat([instruction, goto]), OF13)
    assert.deepEqual(both.map((entry) => entry.type), ['unknown', 'goto_table'])
    assert.deepEqual(bytesOf(both, OF13), Buffer.concat([instruction, goto]))
  })

  it('stand in the order of execution, whatever the order given', () => {
    const list: Action[] = [
      { type: 'goto_table', table_id: 5 },
      { type: 'output', port: 1 },
      { type: 'meter', meter_id: 7 },
      { type: 'write_metadata', value: 1n, mask: 3n },
      { type: 'write_actions', actions: [{ type: 'output', port: 2 }] },
      { type: 'clear_actions' },
      { type: 'output', port: 3 },
    ]
    const types = ['meter', 'output', 'output', 'clear_actions', 'write_actions', 'write_metadata', 'goto_table']
    assert.deepEqual(decode(bytesOf(list, OF13), OF13).map((a) => a.type), types)
    // In OpenFlow 1.5 a meter is an action and keeps its place among them.
    const in15 = decode(bytesOf(list, OF15), OF15).map((a) => a.type)
    assert.deepEqual(in15.slice(0, 3), ['output', 'meter', 'output'])
  })

  it('refuse an instruction twice, on either side', () => {
    const goto: Action = { type: 'goto_table', table_id: 5 }
    assert.throws(() => bytesOf([goto, goto], OF13), EncodeError)
    assert.throws(() => decode(Buffer.from('00010008050000000001000806000000', 'hex'), OF13), /OFPBIC_DUP_INST/)
  })

  it('refuse nesting without end', () => {
    let nested = Buffer.alloc(0)
    for (let i = 0; i < 3000; i++) {
      const head = Buffer.from('ffff000000002320002a000000000000', 'hex')
      head.writeUInt16BE(16 + nested.length, 2)
      nested = Buffer.concat([head, nested])
    }
    assert.throws(() => decodeActions(new Reader(nested), nested.length, OF13), /nested too deep/)
  })
})
