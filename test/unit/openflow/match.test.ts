import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  DecodeError,
  decodeMatch,
  EncodeError,
  encodeMatch,
  match,
  matchKey,
  OF13,
  OF14,
  OF15,
  Reader,
  Writer,
} from 'openflow-ts'
import { matches } from './arbitrary.js'

const VERSIONS = [OF13, OF14, OF15] as const

function bytesOf(m: ReturnType<typeof match>, version: (typeof VERSIONS)[number]): Buffer {
  const w = new Writer()
  encodeMatch(w, m, version)
  return w.take()
}

const decode = (bytes: Buffer, version: (typeof VERSIONS)[number]) => decodeMatch(new Reader(bytes), version)

describe('match', () => {
  it('stands in table order, whatever the order given', () => {
    const m = match({ nw_dst: [0x0a0b0c0d, 0xff000000], nw_proto: 6, eth_type: 0x800, in_port: 3, tcp_dst: 80 })
    assert.deepEqual(m, [
      { field: 'in_port', value: 3 },
      { field: 'eth_type', value: 0x800 },
      { field: 'nw_dst', value: 0x0a000000, mask: 0xff000000 },
      { field: 'nw_proto', value: 6 },
      { field: 'tcp_dst', value: 80 },
    ])
  })

  it('takes views apart', () => {
    assert.deepEqual(match({ xreg0: 0x0000000100000002n, vlan_vid: 0x1005, vlan_pcp: 3 }), [
      { field: 'vlan_tci', value: 0x7005 },
      { field: 'reg0', value: 1 },
      { field: 'reg1', value: 2 },
    ])
    assert.deepEqual(match({ eth_type: 0x800, nw_tos: 8 }), match({ eth_type: 0x800, ip_dscp: 2 }))
  })

  it('drops masks of nothing and of everything', () => {
    assert.deepEqual(match({ reg0: [5, 0], metadata: [7n, 0xffffffffffffffffn] }), [{ field: 'metadata', value: 7n }])
  })

  it('says what is wrong', () => {
    assert.throws(() => match({ nw_ttl: 256, eth_type: 0x800 }), /nw_ttl: value 256 does not fit 8 bits/)
    assert.throws(() => match({ reg0: -1 }), EncodeError)
    assert.throws(() => match({ reg0: 1.5 }), /not an integer/)
    assert.throws(() => match({ eth_type: [0x800, 0xff00] }), /eth_type: cannot be masked/)
    assert.throws(() => match({ tcp_dst: 80 }), /tcp_dst: prerequisite tcp is not matched/)
    assert.throws(() => match({ xreg0: 1n, reg1: 2 }), /contradicts/)
  })

  it('has equal keys for equal matches alone', () => {
    fc.assert(
      fc.property(matches(), matches(), (a, b) => {
        assert.equal(matchKey(a) === matchKey(b), bytesOf(a, OF13).equals(bytesOf(b, OF13)))
      }),
    )
  })

  it('survives the wire in every version', () => {
    fc.assert(
      fc.property(matches(), fc.constantFrom(...VERSIONS), (m, version) => {
        const bytes = bytesOf(m, version)
        assert.equal(bytes.length % 8, 0)
        assert.deepEqual(decode(bytes, version), m)
      }),
      { numRuns: 500 },
    )
  })

  it('cut short is a DecodeError, never anything else', () => {
    fc.assert(
      fc.property(matches(), fc.constantFrom(...VERSIONS), (m, version) => {
        const bytes = bytesOf(m, version)
        for (let length = 0; length < bytes.length; length++) {
          assert.throws(() => decode(bytes.subarray(0, length), version), DecodeError)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('of random or changed bytes is a DecodeError or a match', () => {
    const tryIt = (bytes: Buffer): void => {
      try {
        decode(bytes, OF15)
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error))
      }
    }
    fc.assert(
      fc.property(matches(), fc.nat(), fc.integer({ min: 0, max: 255 }), (m, at, byte) => {
        const bytes = bytesOf(m, OF15)
        bytes[at % bytes.length] = byte
        tryIt(bytes)
      }),
      { numRuns: 1000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => { tryIt(Buffer.from(bytes)) }), { numRuns: 500 })
  })

  it('reports what a switch would', () => {
    const of = (hex: string): (() => unknown) => () => {
      const fields = Buffer.from(hex.replaceAll(' ', ''), 'hex')
      const head = Buffer.from([0, 1, 0, 4 + fields.length])
      return decode(Buffer.concat([head, fields, Buffer.alloc((8 - ((4 + fields.length) % 8)) % 8)]), OF13)
    }
    const reply = (name: string) => (error: unknown) => error instanceof DecodeError && error.reply === name
    assert.throws(of('8000 fe 01 00'), reply('OFPBMC_BAD_FIELD'))
    assert.throws(of('8000 0a 01 08'), reply('OFPBMC_BAD_FIELD'))
    assert.throws(of('8000 0a 02 08'), reply('OFPBMC_BAD_LEN'))
    assert.throws(of('8000 16 04 0a000001'), reply('OFPBMC_BAD_PREREQ'))
    assert.throws(of('8000 00 04 00000001 8000 00 04 00000001'), reply('OFPBMC_DUP_FIELD'))
    assert.throws(of('0001 01 08 00000003 00000001'), reply('OFPBMC_BAD_WILDCARDS'))
    assert.throws(of('8000 01 08 00000001 0000ffff'), reply('OFPBMC_BAD_MASK'))
  })
})
