import assert from 'node:assert/strict'
import fc from 'fast-check'
import { JsonScanner, parseExact, stringifyJson, type Json, type ScannerLimits } from 'ovsdb-client'

const LIMITS: ScannerLimits = { maxMessageBytes: 1 << 20, maxDepth: 20 }

function scan(bytes: Buffer, cuts: readonly number[] = [], limits: ScannerLimits = LIMITS): Json[] {
  const scanner = new JsonScanner(limits)
  const values: Json[] = []
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  places.slice(1).forEach((end, i) => {
    scanner.push(bytes.subarray(places[i], end), (value) => values.push(value))
  })
  return values
}

// Numbers that would be written as integers beyond 2^53 are read as bigints: they have tests of their own.
const json = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !/\d{16}/.test(JSON.stringify(value))) as fc.Arbitrary<Json>
const message = fc.record({ 'id': json, 'né"w\\': json })

describe('JsonScanner', () => {
  it('gives the same objects however the stream is cut, in the middle of characters too', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat()), fc.constantFrom('', ' ', '\r\n\t'), (messages, cuts, gap) => {
        const bytes = Buffer.from(messages.map((value) => JSON.stringify(value)).join(gap))
        assert.deepEqual(scan(bytes, cuts), JSON.parse(JSON.stringify(messages)))
      }),
    )
  })

  it('takes single bytes', () => {
    const text = '{"a":"\\"}{é😀\\\\"}{"b":[{},[]]}'
    const bytes = Buffer.from(text)
    assert.deepEqual(scan(bytes, Array.from(bytes.keys())), [{ a: '"}{é😀\\' }, { b: [{}, []] }])
  })

  it('knows whether it is in the middle of a message', () => {
    const scanner = new JsonScanner(LIMITS)
    const feed = (text: string): void => {
      scanner.push(Buffer.from(text), () => undefined)
    }
    assert.equal(scanner.midMessage, false)
    feed('{"a":')
    assert.equal(scanner.midMessage, true)
    feed('1} ')
    assert.equal(scanner.midMessage, false)
  })

  it('looks at each byte once: many small fragments of a large message take no quadratic time', () => {
    const bytes = Buffer.from(JSON.stringify({ a: 'x'.repeat(200_000) }))
    assert.equal(scan(bytes, Array.from(bytes.keys())).length, 1)
  })

  const garbage: readonly [string, string | Buffer, string][] = [
    ['text', 'GET / HTTP/1.1\r\n', 'expected an object, got byte 0x47 (message at byte 0)'],
    ['an array', '{} [1]', 'expected an object, got byte 0x5b (message at byte 3)'],
    ['a closing bracket', '}', 'expected an object, got byte 0x7d (message at byte 0)'],
    ['a wrong bracket', '{"a":[1}}', 'message is not JSON'],
    ['a missing value', '{"a":}', 'message is not JSON'],
    ['a control character', '{"a":"\u0001"}', 'message is not JSON'],
    ['invalid UTF-8', Buffer.from('7b2261223a22ff227d', 'hex'), 'message is not UTF-8 (message at byte 0)'],
    [
      'half a surrogate pair',
      '{"a":"\\ud834"}',
      'message is not JSON: malformed escaped surrogate pair',
    ],
    ['NUL in a string', '{"a":"\\u0000"}', 'message is not JSON: null bytes not supported in quoted strings'],
    ['a wide integer in what is not JSON', '{"a":12345678901234567890,}', 'message is not JSON'],
  ]
  for (const [what, input, expected] of garbage) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => scan(Buffer.from(input as string)),
        (error: { code: string; message: string }) => {
          assert.equal(error.code, 'OVSDB_JSON')
          assert.ok(error.message.startsWith(expected), error.message)
          return true
        },
      )
    })
  }

  it('refuses a message that is too large before it is complete', () => {
    const limits = { ...LIMITS, maxMessageBytes: 100 }
    assert.equal(scan(Buffer.from(JSON.stringify({ a: 'x'.repeat(92) })), [], limits).length, 1)
    for (const text of [`{"a":"${'x'.repeat(93)}"}`, `{"a":"${'x'.repeat(200)}`]) {
      assert.throws(() => scan(Buffer.from(text), [50], limits), { code: 'OVSDB_MESSAGE_LIMIT' })
    }
  })

  it('counts the size of each message by itself', () => {
    const limits = { ...LIMITS, maxMessageBytes: 10 }
    assert.equal(scan(Buffer.from('{"a":1}'.repeat(50)), [3, 17, 90], limits).length, 50)
  })

  it('refuses a message that is too deep before it is complete', () => {
    const deep = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    assert.equal(scan(Buffer.from(deep(20))).length, 1)
    assert.throws(() => scan(Buffer.from(deep(21))), { code: 'OVSDB_MESSAGE_LIMIT' })
    assert.throws(() => scan(Buffer.from('{"a":' + '['.repeat(100_000))), { code: 'OVSDB_MESSAGE_LIMIT' })
  })

  it('keeps 64-bit integers exact, as bigints beyond 2^53', () => {
    const text =
      '{"a":[9007199254740991,9007199254740993,-9223372036854775808,9223372036854775807,9223372036854775808],' +
      '"b":"9007199254740993","c":0.12345678901234567}'
    assert.deepEqual(scan(Buffer.from(text), [9, 30, 31, 32]), [
      {
        a: [9007199254740991, 9007199254740993n, -9223372036854775808n, 9223372036854775807n, 2 ** 63],
        b: '9007199254740993',
        c: 0.12345678901234567,
      },
    ])
  })
})

describe('parseExact and stringifyJson', () => {
  it('agree with JSON where there are no wide integers', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        assert.deepEqual(parseExact(text), JSON.parse(text))
      }),
    )
  })

  it('are inverse to each other for 64-bit integers', () => {
    const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(wide, json)), fc.string(), (values, name) => {
        const text = stringifyJson({ [name]: values })
        assert.deepEqual(parseExact(text), {
          [name]: JSON.parse(JSON.stringify(values, bigintAsText), textAsBigint) as Json,
        })
      }),
    )
  })

  it('keep a member called __proto__ a mere member', () => {
    const value = parseExact('{"__proto__":{"x":9007199254740993}}') as object
    assert.deepEqual(Object.keys(value), ['__proto__'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
  })
})

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `bigint:${value}` : value
}

function textAsBigint(_name: string, value: unknown): unknown {
  return typeof value === 'string' && /^bigint:-?\d+$/.test(value) ? BigInt(value.slice(7)) : value
}
