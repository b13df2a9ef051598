import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateTypes, parseSchema, type Json } from 'ovsdb-client'

const SCHEMAS = join(import.meta.dirname, '../../../schemas')

function schemaOf(column: Json, more: object = {}): Json {
  return { name: 'db', version: '1.0.0', tables: { T: { columns: { c: { type: column } }, ...more } } }
}

describe('database schemas', () => {
  const wrong: readonly [string, Json, RegExp][] = [
    ['no object', [], /^schema: syntax "\[\]": syntax error: Parsing database schema failed: Object expected\.$/],
    ['no name', { tables: {} }, /^schema: .*Required 'name' member is missing\.$/],
    ['no tables', { name: 'x' }, /^schema: .*Required 'tables' member is missing\.$/],
    ['an odd version', { name: 'x', version: 'xxx', tables: {} }, /schema version "xxx" not in format x\.y\.z$/],
    ['an unknown type', schemaOf('int'), /^T\.c: syntax "\\?"int\\?"": syntax error: "int" is not an atomic-type$/],
    ['a bad min', schemaOf({ key: 'string', min: 2 }), /^T\.c: .*ovsdb type fails constraint checks$/],
    ['a bad max', schemaOf({ key: 'string', max: 0 }), /^T\.c: .*ovsdb type fails constraint checks$/],
    [
      'bounds that exclude all',
      schemaOf({ key: { type: 'integer', minInteger: 2, maxInteger: 1 } }),
      /^T\.c: .*minInteger exceeds maxInteger$/,
    ],
    ['an enum of another type', schemaOf({ key: { type: 'integer', enum: 'a' } }), /^T\.c: .*expected integer$/],
    [
      'a reference into nowhere',
      schemaOf({ key: { type: 'uuid', refTable: 'X' } }),
      /^T\.c: syntax error: column c key refers to undefined table X$/,
    ],
    [
      'an odd refType',
      schemaOf({ key: { type: 'uuid', refTable: 'T', refType: 'no' } }),
      /^T\.c: .*refType must be "strong" or "weak" \(not "no"\)$/,
    ],
    ['an index without its column', schemaOf('string', { indexes: [['d']] }), /^T: .*d is not a valid column name$/],
    [
      'a reserved column',
      { name: 'x', tables: { T: { columns: { _a: { type: 'string' } } } } },
      /^T: .*names beginning with "_" are reserved$/,
    ],
  ]
  for (const [what, json, message] of wrong) {
    it(`with ${what} is refused`, () => {
      assert.throws(() => parseSchema(json), { code: 'OVSDB_SCHEMA', message })
    })
  }

  it('with members of a later version is read, unless strictly', () => {
    const json = schemaOf({ key: { type: 'string', refTable: 'T' } })
    assert.equal(parseSchema(json).tables.get('T')?.columns.get('c')?.type.key.refTable, undefined)
    assert.throws(() => parseSchema(json, { strict: true }), /^SchemaError: T\.c: .*Member 'refTable' is present but not/)
  })

  it('of the library is what gen-schema makes of vswitch.ovsschema', () => {
    const json = JSON.parse(readFileSync(join(SCHEMAS, 'vswitch.ovsschema'), 'utf8')) as Json
    const committed = readFileSync(join(SCHEMAS, 'vswitch.gen.ts'), 'utf8')
    assert.equal(generateTypes(json, { source: 'vswitch.ovsschema' }), committed)
  })

  it('generates every form of column', () => {
    const ref = { type: 'uuid', refTable: 'sFlow' }
    const many = { min: 0, max: 'unlimited' }
    const columns = {
      a: { type: 'real', mutable: false },
      b: { type: { key: 'integer', min: 0, max: 1 } },
      c: { type: { key: { type: 'string', enum: ['set', ['x', "it's"]] }, ...many } },
      d: { type: { key: ref, ...many }, ephemeral: true },
      e: { type: { key: ref, value: 'string', ...many } },
      f: { type: { key: 'string', value: 'integer', ...many } },
      g: { type: { key: 'string', value: { type: 'integer', minInteger: 0, maxInteger: 9 }, ...many } },
      h: { type: { key: { type: 'string', enum: ['set', ['k']] }, value: 'boolean', ...many } },
    }
    const json = { name: 'My_db', version: '1.0.0', cksum: '0 0', tables: { sFlow: { columns, indexes: [['a']] } } }
    assert.equal(generateTypes(json as Json, { source: 'my.ovsschema' }), GENERATED)
  })

  it('whose tables would share a type name are refused', () => {
    const table = { columns: {} }
    const json = { name: 'x', tables: { sFlow: table, SFlow: table } }
    assert.throws(() => generateTypes(json, { source: 'x' }), { code: 'OVSDB_SCHEMA' })
  })
})

const GENERATED = `// Generated from my.ovsschema (My_db 1.0.0). Do not edit: change the schema and generate again.

import { defineSchema, type InsertOf, type RowBase, type Uuid } from 'ovsdb-client'

export interface SFlowRow extends RowBase<'sFlow'> {
  readonly a: number
  readonly b: number | null
  readonly c: readonly ('x' | 'it\\'s')[]
  readonly d: readonly Uuid<'sFlow'>[]
  readonly e: ReadonlyMap<Uuid<'sFlow'>, string>
  readonly f: Readonly<Record<string, number | bigint>>
  readonly g: Readonly<Record<string, number>>
  readonly h: Readonly<Partial<Record<'k', boolean>>>
}
export type SFlowInsert = InsertOf<SFlowRow>

export type MyDbTables = {
  readonly sFlow: { readonly row: SFlowRow; readonly immutable: 'a' }
}

export const MyDb = defineSchema<MyDbTables>({
  name: 'My_db',
  tables: {
    sFlow: {
      columns: {
        a: { mutable: false, type: 'real' },
        b: { type: { key: 'integer', max: 1, min: 0 } },
        c: { type: { key: { enum: ['set', ['x', 'it\\'s']], type: 'string' }, max: 'unlimited', min: 0 } },
        d: { ephemeral: true, type: { key: { refTable: 'sFlow', type: 'uuid' }, max: 'unlimited', min: 0 } },
        e: { type: { key: { refTable: 'sFlow', type: 'uuid' }, max: 'unlimited', min: 0, value: 'string' } },
        f: { type: { key: 'string', max: 'unlimited', min: 0, value: 'integer' } },
        g: { type: { key: 'string', max: 'unlimited', min: 0, value: { maxInteger: 9, minInteger: 0, type: 'integer' } } },
        h: { type: { key: { enum: ['set', ['k']], type: 'string' }, max: 'unlimited', min: 0, value: 'boolean' } },
      },
      indexes: [['a']],
    },
  },
  version: '1.0.0',
})
`
