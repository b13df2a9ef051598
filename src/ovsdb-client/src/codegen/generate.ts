import { isJsonArray, isJsonObject, stringifyJson, type Json } from '../json/value.js'
import { SchemaError } from '../errors.js'
import { defineSchema } from '../schema/parse.js'
import type { BaseType, ColumnType, DatabaseSchema, TableSchema } from '../schema/types.js'

export interface GenerateOptions {
  /** Named in the header: the file that the schema was read from. */
  readonly source: string
  /** Module that the generated code imports the library from. */
  readonly library?: string
}

const DO_NOT_EDIT = 'Do not edit: change the schema and generate again.'

/**
 * TypeScript source for a schema in RFC 7047 notation: a row type and an insert type a table, and the schema object.
 * Sorted by code unit, so that the same schema gives the same text everywhere. Throws SchemaError.
 */
export function generateTypes(json: Json, options: GenerateOptions): string {
  const schema = defineSchema(json)
  const names = typeNames(schema)
  const tables = sorted(schema.tables)
  const { source, library = 'ovsdb-client' } = options
  const name = typeName(schema.name)
  return [
    `// Generated from ${source} (${schema.name} ${schema.version}). ${DO_NOT_EDIT}`,
    `import { defineSchema, type InsertOf, type RowBase, type Uuid } from '${library}'`,
    ...tables.map((table) => tableTypes(table, names)),
    databaseTypes(schema, tables, names),
    `export const ${name} = defineSchema<${name}Tables>(${literal(definition(json), 0)})`,
  ]
    .join('\n\n')
    .concat('\n')
}

/** Names of tables as TypeScript names: `Open_vSwitch` becomes `OpenVSwitch`, `sFlow` becomes `SFlow`. */
function typeName(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

function typeNames(schema: DatabaseSchema): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const table of schema.tables.keys()) {
    const name = typeName(table)
    const other = taken.get(name)
    if (other !== undefined) throw new SchemaError(table, `would have the same type name as ${other}`)
    taken.set(name, table)
    names.set(table, name)
  }
  return names
}

function tableTypes(table: TableSchema, names: ReadonlyMap<string, string>): string {
  const name = names.get(table.name) ?? table.name
  const columns = sorted(table.columns).map((column) => `  readonly ${column.name}: ${columnType(column.type)}`)
  return [
    `export interface ${name}Row extends RowBase<'${table.name}'> {`,
    ...columns,
    '}',
    `export type ${name}Insert = InsertOf<${name}Row>`,
  ].join('\n')
}

function databaseTypes(
  schema: DatabaseSchema,
  tables: readonly TableSchema[],
  names: ReadonlyMap<string, string>,
): string {
  const lines = tables.map((table) => {
    const immutable = sorted(table.columns).flatMap((column) => (column.mutable ? [] : [`'${column.name}'`]))
    const row = `${names.get(table.name) ?? table.name}Row`
    return `  readonly ${table.name}: { readonly row: ${row}; readonly immutable: ${immutable.join(' | ') || 'never'} }`
  })
  return [`export type ${typeName(schema.name)}Tables = {`, ...lines, '}'].join('\n')
}

function columnType(type: ColumnType): string {
  const key = atomType(type.key)
  if (type.value !== undefined) {
    const value = atomType(type.value)
    if (type.key.type !== 'string') return `ReadonlyMap<${key}, ${value}>`
    return type.key.enum === undefined
      ? `Readonly<Record<string, ${value}>>`
      : `Readonly<Partial<Record<${key}, ${value}>>>`
  }
  if (type.max > 1) return `readonly ${key.includes(' | ') ? `(${key})` : key}[]`
  return type.min === 1 ? key : `${key} | null`
}

function atomType(base: BaseType): string {
  if (base.enum !== undefined && base.type !== 'uuid') return base.enum.map(atomLiteral).join(' | ')
  switch (base.type) {
    case 'integer':
      return base.wide ? 'number | bigint' : 'number'
    case 'real':
      return 'number'
    case 'uuid':
      return base.refTable === undefined ? 'Uuid' : `Uuid<'${base.refTable}'>`
    case 'boolean':
    case 'string':
      return base.type
  }
}

function atomLiteral(atom: string | number | bigint | boolean): string {
  if (typeof atom === 'string') return quote(atom)
  return typeof atom === 'bigint' ? `${atom}n` : String(atom)
}

/** The schema without what has no meaning at run time. */
function definition(json: Json): Json {
  if (!isJsonObject(json)) return json
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== 'cksum'))
}

/** A TypeScript literal of a JSON value: on one line where it is a leaf, members in order of their names. */
function literal(json: Json, depth: number): string {
  if (isJsonArray(json)) return `[${json.map((element) => literal(element, depth)).join(', ')}]`
  if (!isJsonObject(json)) return typeof json === 'string' ? quote(json) : literalNumber(json)
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  // Databases, tables and lists of columns take a line a member; a column's definition is one line.
  if (depth > 3) return `{ ${entries.map(([name, item]) => `${name}: ${literal(item, depth + 1)}`).join(', ')} }`
  const indent = '  '.repeat(depth)
  const lines = entries.map(([name, item]) => `${indent}  ${name}: ${literal(item, depth + 1)},`)
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

function literalNumber(json: Json): string {
  return typeof json === 'bigint' ? `${json}n` : stringifyJson(json)
}

function quote(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped}'`
}

function sorted<T>(items: ReadonlyMap<string, T>): readonly T[] {
  return Array.from(items)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item)
}
