import { isUuid } from '../data/atom.js'
import { datumCodec } from '../data/codec.js'
import { SchemaError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/value.js'
import {
  ATOMIC_TYPES,
  type Atom,
  type AtomicType,
  type BaseType,
  type ColumnSchema,
  type ColumnType,
  type DatabaseSchema,
  type DatabaseTypes,
  type DynamicRow,
  type TableSchema,
} from './types.js'

/** The types of a database that is known at run time only. */
export type DynamicTypes = Readonly<Record<string, { readonly row: DynamicRow; readonly immutable: never }>>

/** RFC 7047 `<version>`; servers before it give none. */
const VERSION = /^(\d+\.\d+\.\d+)?$/
const ID = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Reads a database schema in RFC 7047 notation, such as an `.ovsschema` file or the answer to `get_schema`.
 * Its integers are exact: those beyond 2^53 are bigints. Throws SchemaError.
 */
export function parseSchema(json: Json): DatabaseSchema<DynamicTypes> {
  return readSchema<DynamicTypes>(json, false)
}

/**
 * Makes the schema object that generated code exports. Where the generated types say `number`, an integer beyond
 * 2^53 is refused; the values of a map without narrower bounds (counters, as in `statistics`) may be bigints.
 */
export function defineSchema<D extends DatabaseTypes>(json: Json): DatabaseSchema<D> {
  return readSchema<D>(json, true)
}

function readSchema<D extends DatabaseTypes>(json: Json, narrow: boolean): DatabaseSchema<D> {
  const schema = object(json, 'schema')
  const tables = new Map<string, TableSchema>()
  for (const [name, table] of members(schema, 'tables', 'schema')) tables.set(name, readTable(name, table, narrow))
  const version = schema['version'] ?? ''
  if (typeof version !== 'string' || !VERSION.test(version)) {
    throw new SchemaError('schema.version', `expected x.y.z, got ${excerpt(version)}`)
  }
  for (const table of tables.values()) checkReferences(table, tables)
  return { name: id(schema['name'], 'schema.name'), version, tables }
}

function readTable(name: string, json: Json, narrow: boolean): TableSchema {
  const table = object(json, name)
  const columns = new Map<string, ColumnSchema>()
  for (const [column, definition] of members(table, 'columns', name)) {
    if (column.startsWith('_')) {
      throw new SchemaError(`${name}.${column}`, 'names with an underscore first are reserved')
    }
    columns.set(column, readColumn(column, definition, `${name}.${column}`, narrow))
  }
  const indexes = list(table['indexes'] ?? [], `${name}.indexes`).map((index) =>
    list(index, `${name}.indexes`).map((column) => {
      if (typeof column === 'string' && columns.has(column)) return column
      throw new SchemaError(`${name}.indexes`, `no column ${excerpt(column)}`)
    }),
  )
  return {
    name,
    columns,
    indexes,
    isRoot: flag(table['isRoot'], false, `${name}.isRoot`),
    maxRows: positive(table['maxRows'], Infinity, `${name}.maxRows`),
  }
}

function readColumn(name: string, json: Json, where: string, narrow: boolean): ColumnSchema {
  const column = object(json, where)
  const type = readType(column['type'], `${where}.type`, narrow)
  return {
    name,
    type,
    mutable: flag(column['mutable'], true, `${where}.mutable`),
    ephemeral: flag(column['ephemeral'], false, `${where}.ephemeral`),
    codec: datumCodec(type, where),
  }
}

/** Reads RFC 7047 `<type>`. With `narrow`, only map values may be integers beyond 2^53. Throws SchemaError. */
export function readType(json: Json | undefined, where: string, narrow: boolean): ColumnType {
  if (typeof json === 'string') return { key: readBaseType(json, where, narrow), value: undefined, min: 1, max: 1 }
  const type = object(json, where)
  const min = type['min'] ?? 1
  if (min !== 0 && min !== 1) throw new SchemaError(`${where}.min`, `expected 0 or 1, got ${excerpt(min)}`)
  const max = type['max'] === 'unlimited' ? Infinity : positive(type['max'], 1, `${where}.max`)
  const value = type['value'] === undefined ? undefined : readBaseType(type['value'], `${where}.value`, false)
  return { key: readBaseType(type['key'], `${where}.key`, narrow), value, min, max }
}

function readBaseType(json: Json | undefined, where: string, narrow: boolean): BaseType {
  const base: JsonObject = typeof json === 'string' ? { type: json } : object(json, where)
  const type = base['type']
  if (!isAtomicType(type)) throw new SchemaError(`${where}.type`, `${excerpt(type)} is not an atomic type`)
  const min = bound(base, type === 'real' ? 'minReal' : 'minInteger', type, where)
  const max = bound(base, type === 'real' ? 'maxReal' : 'maxInteger', type, where)
  if (min !== undefined && max !== undefined && min > max) throw new SchemaError(where, `${min} is above ${max}`)
  return {
    type,
    enum: base['enum'] === undefined ? undefined : readEnum(base['enum'], type, `${where}.enum`),
    min,
    max,
    minLength: length(base['minLength'], type, `${where}.minLength`),
    maxLength: length(base['maxLength'], type, `${where}.maxLength`),
    refTable: base['refTable'] === undefined ? undefined : id(base['refTable'], `${where}.refTable`),
    refType: readRefType(base, where),
    wide: type === 'integer' && !narrow && !(isSafeBound(min) && isSafeBound(max)),
  }
}

function readRefType(base: JsonObject, where: string): 'strong' | 'weak' | undefined {
  const { refTable, refType = 'strong' } = base
  if (refTable === undefined && base['refType'] === undefined) return undefined
  if (refTable === undefined || base['type'] !== 'uuid') {
    throw new SchemaError(where, 'only a uuid with refTable refers to a table')
  }
  if (refType === 'strong' || refType === 'weak') return refType
  throw new SchemaError(`${where}.refType`, `expected "strong" or "weak", got ${excerpt(refType)}`)
}

function readEnum(json: Json, type: AtomicType, where: string): readonly Atom[] {
  const elements = isJsonArray(json) && json[0] === 'set' ? list(json[1], where) : [json]
  return elements.map((element) => {
    if (type === 'string' && typeof element === 'string') return element
    if (type === 'boolean' && typeof element === 'boolean') return element
    if (type === 'integer' && (Number.isSafeInteger(element) || typeof element === 'bigint')) return element as Atom
    if (type === 'real' && typeof element === 'number') return element
    const uuid = isJsonArray(element) && element.length === 2 && element[0] === 'uuid' ? element[1] : undefined
    if (type === 'uuid' && typeof uuid === 'string' && isUuid(uuid.toLowerCase())) return uuid.toLowerCase()
    throw new SchemaError(where, `${excerpt(element)} is not of type ${type}`)
  })
}

function checkReferences(table: TableSchema, tables: ReadonlyMap<string, TableSchema>): void {
  for (const column of table.columns.values()) {
    for (const base of [column.type.key, column.type.value]) {
      if (base?.refTable === undefined || tables.has(base.refTable)) continue
      throw new SchemaError(`${table.name}.${column.name}`, `refTable ${base.refTable} does not exist`)
    }
  }
}

function isAtomicType(json: Json | undefined): json is AtomicType {
  return ATOMIC_TYPES.some((type) => type === json)
}

function isSafeBound(value: number | bigint | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function object(json: Json | undefined, where: string): JsonObject {
  if (isJsonObject(json)) return json
  throw new SchemaError(where, `expected an object, got ${excerpt(json)}`)
}

function list(json: Json | undefined, where: string): readonly Json[] {
  if (isJsonArray(json)) return json
  throw new SchemaError(where, `expected an array, got ${excerpt(json)}`)
}

function members(json: JsonObject, member: string, where: string): readonly [string, Json][] {
  const entries = Object.entries(object(json[member], `${where}.${member}`))
  for (const [name] of entries) id(name, `${where}.${member}`)
  return entries
}

function id(json: Json | undefined, where: string): string {
  if (typeof json === 'string' && ID.test(json)) return json
  throw new SchemaError(where, `expected a name, got ${excerpt(json)}`)
}

function flag(json: Json | undefined, fallback: boolean, where: string): boolean {
  if (json === undefined) return fallback
  if (typeof json === 'boolean') return json
  throw new SchemaError(where, `expected true or false, got ${excerpt(json)}`)
}

function positive(json: Json | undefined, fallback: number, where: string): number {
  if (json === undefined) return fallback
  if (typeof json === 'number' && Number.isSafeInteger(json) && json > 0) return json
  throw new SchemaError(where, `expected a positive integer, got ${excerpt(json)}`)
}

function length(json: Json | undefined, type: AtomicType, where: string): number | undefined {
  if (json === undefined) return undefined
  if (type === 'string' && typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return json
  throw new SchemaError(where, `expected a length of strings, got ${excerpt(json)}`)
}

function bound(base: JsonObject, name: string, type: AtomicType, where: string): number | bigint | undefined {
  const json = base[name]
  if (json === undefined) return undefined
  if (type === 'real' && typeof json === 'number') return json
  if (type === 'integer' && (typeof json === 'bigint' || Number.isSafeInteger(json))) return json as number | bigint
  throw new SchemaError(`${where}.${name}`, `not a bound of type ${type}: ${excerpt(json)}`)
}
