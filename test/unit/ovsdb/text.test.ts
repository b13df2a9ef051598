import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  datumText,
  equalData,
  parseDatum,
  readType,
  sortedDatum,
  TablePrinter,
  type Atom,
  type Json,
  type TextTable,
} from 'ovsdb-client'

const many = { min: 0, max: 'unlimited' }
const STRINGS = readType({ key: 'string', ...many })
const MAP = readType({ key: 'string', value: 'string', ...many })
const INTEGERS = readType({ key: { type: 'integer', minInteger: 0, maxInteger: 4095 }, min: 0, max: 4096 })

describe('data text', () => {
  it('is read back as it was printed', () => {
    const text = fc.string({ unit: 'binary' }).filter((string) => !string.includes('\0'))
    fc.assert(
      fc.property(fc.uniqueArray(text), (strings: readonly Atom[]) => {
        const set = sortedDatum(strings, undefined)
        assert.ok(equalData(parseDatum(datumText(set, STRINGS), STRINGS), set))
        const map = sortedDatum(strings, strings)
        assert.ok(equalData(parseDatum(datumText(map, MAP), MAP), map))
      }),
    )
  })

  // What ovs-vsctl 3.1 says of them.
  const readings: readonly [Json, string, string][] = [
    ['map', 'a=0br', '{a="0br"}'],
    ['map', 'a=b c=d', '{a=b, c=d}'],
    ['map', '"a"="\\u0041"', '{a=A}'],
    ['map', 'a=\\x', '{a=x}'],
    ['map', 'a=b"c d"e', '{a="b\\"c d\\"e"}'],
    ['map', 'x"y"=b', '{"x\\"y\\""=b}'],
    ['map', '{a=b,}', '{a=b}'],
    ['set', '1-3', '[1, 2, 3]'],
    ['set', '[ 1 , 2 ]', '[1, 2]'],
    ['set', '1,', '[1]'],
  ]
  for (const [kind, text, printed] of readings) {
    it(`reads ${text}`, () => {
      const type = kind === 'map' ? MAP : INTEGERS
      assert.equal(datumText(parseDatum(text, type), type), printed)
    })
  }

  const refusals: readonly [Json, string, string][] = [
    ['map', 'a=a:b', 'a=a:b: unexpected ":" parsing map of (string, string) pairs'],
    ['map', 'a=', 'An empty string is not valid as input; use "" to represent the empty string'],
    ['map', 'a', 'a: syntax error at "'],
    ['map', 'k=1,@:true', '@:true: syntax error at ":" expecting "="'],
    ['map', 'k=@"-,x', '@"-,x: quoted string extends past end of argument'],
    ['map', 'a="b""c"', '"b""c": quoted string may not include unescaped "'],
    ['map', '{a=b', '{a=b: missing "}" at end of data'],
    ['map', '{a=b}x', '{a=b}x: trailing garbage after "}"'],
    ['map', 'a="b', '"b: quoted string extends past end of argument'],
    ['map', 'a="b\\', '"b\\: backslash at end of argument'],
    ['set', '1,,2', '1,,2: unexpected "," parsing set of up to 4096 integers'],
    ['set', '5000', 'constraint violation: 5000 is not in the valid range 0 to 4095 (inclusive)'],
    ['set', '1,1', '1,1: set contains duplicate value'],
  ]
  for (const [kind, text, message] of refusals) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseDatum(text, kind === 'map' ? MAP : INTEGERS), { code: 'OVSDB_DATA_TEXT', message })
    })
  }
})

describe('TablePrinter', () => {
  const table: TextTable = {
    caption: 'T table',
    headings: ['_uuid', 'name'],
    rows: [
      [{ json: ['uuid', 'cd11c107-193a-46ec-b4ba-9f690abe59e8'], type: readType('uuid') }, { json: 'x "y"', type: readType('string') }],
    ],
  }
  const printed = {
    table: 'T table\n_uuid                                name     \n'.replace('     \n', '\n') +
      '------------------------------------ ---------\ncd11c107-193a-46ec-b4ba-9f690abe59e8 "x \\"y\\""\n',
    list: 'T table\n_uuid               : cd11c107-193a-46ec-b4ba-9f690abe59e8\nname                : "x \\"y\\""\n',
    csv: 'T table\n_uuid,name\ncd11c107-193a-46ec-b4ba-9f690abe59e8,"""x \\""y\\"""""\n',
    json: '{"caption":"T table","data":[[["uuid","cd11c107-193a-46ec-b4ba-9f690abe59e8"],"x \\"y\\""]],"headings":["_uuid","name"]}\n',
    html:
      '<table border=1>\n    <caption>T table</caption>\n  <tr>\n    <th>_uuid</th>\n    <th>name</th>\n  </tr>\n  <tr>\n' +
      '    <td><a name="cd11c107-193a-46ec-b4ba-9f690abe59e8">cd11c107</a></td>\n' +
      '    <td>&quot;x \\&quot;y\\&quot;&quot;</td>\n  </tr>\n</table>\n',
  } as const
  for (const format of ['table', 'list', 'csv', 'json', 'html'] as const) {
    it(`prints ${format}`, () => {
      assert.equal(new TablePrinter({ format }).print(table), printed[format])
    })
  }

  it('parts tables by an empty line', () => {
    const printer = new TablePrinter({ format: 'list', data: 'bare', headings: false })
    assert.equal(printer.print({ headings: ['a'], rows: [['1']] }) + printer.print({ headings: ['a'], rows: [['2']] }), '1\n\n2\n')
  })
})
