import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  parseSchema,
  defineSchema,
  compareAtoms,
  stringifyJson,
  type ColumnSchema,
  type ColumnValue,
  type DatabaseSchema,
  type Json,
} from 'ovsdb-client'

const atom = (type: string, more: object = {}): object => ({ type, ...more })
const of = (key: Json | object, more: object = {}): object => ({ type: { key, ...more } })
const UNLIMITED = { min: 0, max: 'unlimited' }
const U1 = '00000000-0000-0000-0000-000000000001'
const U2 = 'abcdef00-0000-0000-0000-000000000002'

const SCHEMA = {
  name: 'test',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        integer: { type: 'integer' },
        small: of(atom('integer', { minInteger: -1, maxInteger: 9 })),
        real: { type: 'real' },
        boolean: { type: 'boolean' },
        string: { type: 'string' },
        short: of(atom('string', { minLength: 1, maxLength: 2 })),
        uuid: of(atom('uuid', { refTable: 'T' })),
        choice: of(atom('string', { enum: ['set', ['a', 'b']] }), { min: 0, max: 1 }),
        optional: of('integer', { min: 0, max: 1 }),
        set: of('integer', UNLIMITED),
        few: of('string', { min: 1, max: 3 }),
        record: of('string', { value: 'string', ...UNLIMITED }),
        map: of('integer', { value: atom('uuid', { refTable: 'T' }), ...UNLIMITED }),
        counters: of('string', { value: 'integer', ...UNLIMITED }),
      },
    },
  },
} as unknown as Json

function column(name: string, schema: Pick<DatabaseSchema, 'tables'> = parseSchema(SCHEMA)): ColumnSchema {
  const found = schema.tables.get('T')?.columns.get(name)
  assert.ok(found)
  return found
}

const VALUES: readonly [string, ColumnValue, Json][] = [
  ['integer', -5, -5],
  ['integer', 9007199254740993n, 9007199254740993n],
  ['real', 1.5, 1.5],
  ['boolean', true, true],
  ['string', 'é', 'é'],
  ['uuid', U2, ['uuid', U2]],
  ['choice', null, ['set', []]],
  ['choice', 'a', 'a'],
  ['optional', 4, 4],
  ['set', [], ['set', []]],
  ['set', [1], ['set', [1]]],
  ['set', [1, 2, 10], ['set', [1, 2, 10]]],
  [
    'record',
    { 'a': '1', 'b c': '' },
    [
      'map',
      [
        ['a', '1'],
        ['b c', ''],
      ],
    ],
  ],
  [
    'map',
    new Map([
      [3, U1],
      [20, U2],
    ]),
    [
      'map',
      [
        [3, ['uuid', U1]],
        [20, ['uuid', U2]],
      ],
    ],
  ],
  [
    'counters',
    { rx: 5, tx: 2n ** 62n },
    [
      'map',
      [
        ['rx', 5],
        ['tx', 2n ** 62n],
      ],
    ],
  ],
]

describe('column values', () => {
  for (const [name, value, wire] of VALUES) {
    it(`${name}: writes and reads ${stringifyJson(wire)}`, () => {
      const { codec } = column(name)
      assert.deepEqual(codec.encode(value), wire)
      assert.deepEqual(codec.decode(wire), value)
    })
  }

  it('takes a lone atom for a set of it, and a set of one for an atom', () => {
    assert.deepEqual(column('set').codec.decode(7), [7])
    assert.equal(column('integer').codec.decode(['set', [7]]), 7)
    assert.equal(column('optional').codec.decode(['set', [7]]), 7)
  })

  it('puts sets in order', () => {
    assert.deepEqual(column('set').codec.decode(['set', [10, 9, -1]]), [-1, 9, 10])
    assert.deepEqual(['\u{1F600}', '\uFF5E', 'b', ''].sort(compareAtoms), ['', 'b', '\uFF5E', '\u{1F600}'])
  })

  it('writes references to rows of the same transaction', () => {
    assert.deepEqual(column('uuid').codec.encode({ uuidName: 'row1' }), ['named-uuid', 'row1'])
    assert.throws(() => column('uuid').codec.encode({ uuidName: '1' }), { code: 'OVSDB_VALUE', path: 'T.uuid' })
  })

  it('has RFC 7047 defaults', () => {
    const defaults = ['integer', 'boolean', 'string', 'uuid', 'optional', 'set', 'few', 'record', 'map'].map(
      (name) => column(name).codec.defaultValue,
    )
    assert.deepEqual(defaults, [0, false, '', '00000000-0000-0000-0000-000000000000', null, [], [''], {}, new Map()])
  })

  const wrong: readonly [string, unknown, string][] = [
    ['integer', 1.5, 'T.integer: expected an integer (a bigint when beyond 2^53), got 1.5'],
    ['integer', 2 ** 53, 'T.integer: expected an integer (a bigint when beyond 2^53), got 9007199254740992'],
    ['integer', 2n ** 63n, 'T.integer: expected an integer (a bigint when beyond 2^53), got 9223372036854775808n'],
    ['integer', '1', 'T.integer: expected an integer (a bigint when beyond 2^53), got "1"'],
    ['integer', null, 'T.integer: expected an integer (a bigint when beyond 2^53), got null'],
    ['small', 10, 'T.small: 10 is above 9'],
    ['small', -2, 'T.small: -2 is below -1'],
    ['real', Infinity, 'T.real: expected a finite number, got Infinity'],
    ['boolean', 0, 'T.boolean: expected a boolean, got 0'],
    ['string', undefined, 'T.string: expected a string, got undefined'],
    ['string', 'a\0b', 'T.string: strings cannot contain NUL'],
    ['string', '\ud800', 'T.string: string is not well-formed Unicode'],
    ['short', '', 'T.short: string is shorter than 1 characters'],
    ['short', 'abc', 'T.short: string is longer than 2 characters'],
    ['uuid', 'x', 'T.uuid: expected a UUID or { uuidName }, got "x"'],
    ['choice', 'c', 'T.choice: "c" is not one of a, b'],
    ['set', 1, 'T.set: expected an array, got 1'],
    ['set', [1, 1], 'T.set: contains a duplicate'],
    ['set', ['a'], 'T.set: expected an integer (a bigint when beyond 2^53), got "a"'],
    ['few', [], 'T.few: needs at least 1 element'],
    ['few', ['1', '2', '3', '4'], 'T.few: holds at most 3 elements, got 4'],
    ['record', [], 'T.record: expected a record, got []'],
    ['record', { a: 1 }, 'T.record["a"]: expected a string, got 1'],
    ['map', { 1: U1 }, 'T.map: expected a Map, got {"1":"00000000-0000-0000-0000-000000000001"}'],
  ]
  for (const [name, value, message] of wrong) {
    it(`refuses to write: ${message}`, () => {
      assert.throws(() => column(name).codec.encode(value), { name: 'ValueError', code: 'OVSDB_VALUE', message })
    })
  }

  const malformed: readonly [string, Json][] = [
    ['integer', 'x'],
    ['integer', 1.5],
    ['integer', 2 ** 70],
    ['integer', ['set', []]],
    ['integer', ['set', [1, 2]]],
    ['boolean', null],
    ['string', 1],
    ['real', 'x'],
    ['uuid', U1],
    ['uuid', ['uuid', 'x']],
    ['uuid', ['named-uuid', 'a']],
    ['optional', ['set', [1, 2]]],
    ['set', ['set']],
    ['set', ['set', [1, 1]]],
    ['set', ['map', []]],
    ['set', ['set', [], 1]],
    ['record', 'x'],
    ['record', ['map', [['a']]]],
    [
      'record',
      [
        'map',
        [
          ['a', '1'],
          ['a', '2'],
        ],
      ],
    ],
    ['record', ['set', []]],
  ]
  for (const [name, wire] of malformed) {
    it(`refuses to read ${name} from ${JSON.stringify(wire)}`, () => {
      assert.throws(
        () => column(name).codec.decode(wire),
        (error: { code: string; message: string }) => {
          assert.equal(error.code, 'OVSDB_PROTOCOL')
          assert.ok(error.message.startsWith(`T.${name}: `), error.message)
          return true
        },
      )
    })
  }

  it('keeps a key called __proto__ a mere key', () => {
    const record = column('record').codec.decode([
      'map',
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ]) as object
    assert.deepEqual(Object.entries(record), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
    assert.equal(Object.getPrototypeOf(record), Object.prototype)
  })

  it('refuses an integer beyond 2^53 where generated types say number, but not in counters', () => {
    const typed = defineSchema(SCHEMA)
    assert.throws(() => column('integer', typed).codec.decode(2n ** 60n), { code: 'OVSDB_PROTOCOL' })
    assert.throws(() => column('set', typed).codec.decode(['set', [2n ** 60n]]), { code: 'OVSDB_PROTOCOL' })
    assert.deepEqual(column('counters', typed).codec.decode(['map', [['a', 2n ** 60n]]]), { a: 2n ** 60n })
  })

  describe('differences of update2', () => {
    const integers = fc.uniqueArray(fc.integer({ min: 0, max: 30 })).map((set) => set.sort((a, b) => a - b))
    const records = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), fc.constantFrom('1', '2', '3'))

    it('make the new set of the old one', () => {
      const { codec } = column('set')
      fc.assert(
        fc.property(integers, integers, (before, after) => {
          const diff = [...before.filter((x) => !after.includes(x)), ...after.filter((x) => !before.includes(x))]
          assert.deepEqual(codec.applyDiff(before, ['set', diff]), after)
        }),
      )
    })

    it('make the new map of the old one', () => {
      const { codec } = column('record')
      fc.assert(
        fc.property(records, records, (before, after) => {
          const [old, wanted] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
          const gone = [...old].filter(([key]) => !wanted.has(key))
          const changed = [...wanted].filter(([key, value]) => old.get(key) !== value)
          const result = codec.applyDiff(Object.fromEntries(old), ['map', [...gone, ...changed]])
          assert.deepEqual(new Map(Object.entries(result as object)), new Map([...wanted].sort()))
        }),
      )
    })

    it('replace an optional value', () => {
      const { codec } = column('optional')
      assert.equal(codec.applyDiff(1, ['set', []]), null)
      assert.equal(codec.applyDiff(null, 2), 2)
    })

    it('change nothing in place', () => {
      const before = Object.freeze([1, 2])
      assert.deepEqual(column('set').codec.applyDiff(before, ['set', [2, 3]]), [1, 3])
      assert.deepEqual(before, [1, 2])
    })
  })
})
