import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decodeMessage, DecodeError, encodeMessage, formatBytes, OF13, OF14, OF15, type OfVersion } from 'openflow-ts'
import { groupMod15, someMessage } from './samples.js'

/** Decodes, and prints whatever came of it. Any error but DecodeError is a fault of ours. */
function survive(bytes: Buffer): void {
  try {
    decodeMessage(bytes)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    assert.match(error.reply, /^(OFP|NX)[A-Z]+_[A-Z_]+$/)
    assert.ok(error.offset >= 0)
  }
  formatBytes(bytes)
}

const sample = fc.oneof(
  fc.tuple(someMessage, fc.constantFrom<OfVersion>(OF13, OF14, OF15)),
  fc.tuple(groupMod15, fc.constant<OfVersion>(OF15)),
)

describe('openflow-ts decoding of bytes that are not in order', () => {
  it('every truncation of a message is a DecodeError', () => {
    fc.assert(
      fc.property(sample, ([message, version]) => {
        const bytes = encodeMessage(message, version, 1)
        for (let length = 0; length < bytes.length; length++) {
          assert.throws(() => decodeMessage(bytes.subarray(0, length)), DecodeError)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('messages cut short whose length field agrees decode or are a DecodeError', () => {
    fc.assert(
      fc.property(sample, ([message, version]) => {
        const bytes = encodeMessage(message, version, 1)
        for (let length = 8; length < bytes.length; length++) {
          const cut = Buffer.from(bytes.subarray(0, length))
          cut.writeUInt16BE(length, 2)
          survive(cut)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('mutated messages decode or are a DecodeError', () => {
    const change = fc.record({ at: fc.nat(), to: fc.oneof(fc.constantFrom(0, 1, 7, 8, 0x7f, 0x80, 0xff), fc.nat(255)) })
    fc.assert(
      fc.property(sample, fc.array(change, { minLength: 1, maxLength: 5 }), ([message, version], changes) => {
        const bytes = encodeMessage(message, version, 1)
        for (const { at, to } of changes) bytes[8 + (at % Math.max(bytes.length - 8, 1))] = to
        bytes.writeUInt16BE(bytes.length, 2)
        survive(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('random bodies of every type and multipart decode or are a DecodeError', () => {
    const body = fc.uint8Array({ maxLength: 120 })
    fc.assert(
      fc.property(fc.constantFrom(4, 5, 6), fc.nat(35), fc.nat(18), body, (version, type, multipart, data) => {
        const isMultipart = type === 18 || type === 19
        const head = isMultipart ? [0, multipart, 0, 0, 0, 0, 0, 0] : []
        const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(head), data])
        bytes.writeUInt8(version, 0)
        bytes.writeUInt8(type, 1)
        bytes.writeUInt16BE(bytes.length, 2)
        survive(bytes)
      }),
      { numRuns: 5000 },
    )
  })
})
