import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DecodeError, Framer } from 'openflow-ts'

function message(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(length, fill)
  bytes.writeUInt8(4, 0)
  bytes.writeUInt16BE(length, 2)
  return bytes
}

const messages = fc.array(fc.tuple(fc.integer({ min: 8, max: 300 }), fc.nat(255)), { maxLength: 12 })

describe('openflow-ts framing', () => {
  it('any split of a stream gives the same messages', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(40), { minLength: 1 }), (sizes, cuts) => {
        const sent = sizes.map(([length, fill]) => message(length, fill))
        const stream = Buffer.concat(sent)
        const framer = new Framer(0xffff)
        const got: string[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + 1 + (cuts[i % cuts.length] ?? 0)
          for (const one of framer.push(stream.subarray(at, end))) got.push(one.toString('hex'))
          at = end
        }
        assert.deepEqual(got, sent.map((one) => one.toString('hex')))
        assert.equal(framer.pending, 0)
      }),
    )
  })

  it('a message given in parts does not change with what comes after', () => {
    const framer = new Framer(0xffff)
    const [first, second] = [message(20, 1), message(20, 2)]
    assert.deepEqual([...framer.push(first.subarray(0, 9))], [])
    const [got] = [...framer.push(Buffer.concat([first.subarray(9), second.subarray(0, 10)]))]
    assert.deepEqual([...framer.push(second.subarray(10))], [second])
    assert.deepEqual(got, first)
  })

  it('takes the longest message and holds no more than one', () => {
    const framer = new Framer(0xffff)
    const long = message(0xffff, 3)
    for (let at = 0; at < long.length - 1; at += 1000) {
      assert.deepEqual([...framer.push(long.subarray(at, Math.min(at + 1000, long.length - 1)))], [])
      assert.ok(framer.pending < 0xffff)
    }
    assert.deepEqual([...framer.push(long.subarray(long.length - 1))], [long])
  })

  it('refuses impossible lengths, whole or in parts', () => {
    const short = Buffer.from('0400000700000000', 'hex')
    assert.throws(() => [...new Framer(0xffff).push(short)], DecodeError)
    const framer = new Framer(0xffff)
    assert.deepEqual([...framer.push(short.subarray(0, 4))], [])
    assert.throws(() => [...framer.push(short.subarray(4))], DecodeError)
    assert.throws(() => [...new Framer(100).push(message(101, 0))], DecodeError)
  })
})
