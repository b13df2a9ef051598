import { datumCodec } from '../data/codec.js'
import { isId, syntaxError } from '../data/notation.js'
import { DataError, SchemaError } from '../errors.js'
import type { Json, JsonObject } from '../json/value.js'
import { Members } from './members.js'
import { readType, type ReadTypeOptions } from './read-type.js'
import type { ColumnSchema, DatabaseSchema, DatabaseTypes, DynamicRow, TableSchema } from './types.js'

/** The types of a database that is known at run time only. */
export type DynamicTypes = Readonly<Record<string, { readonly row: DynamicRow; readonly immutable: never }>>

/** RFC 7047 `<version>`. */
const VERSION = /^\d+\.\d+\.\d+$/

export interface ParseSchemaOptions {
  /** Refuses members that RFC 7047 does not know, as ovsdb-server does. By default those of later servers may come. */
  readonly strict?: boolean
}

/**
 * Reads a database schema in RFC 7047 notation, such as an `.ovsschema` file or the answer to `get_schema`.
 * Its integers are exact: those beyond 2^53 are bigints. Throws SchemaError.
 */
export function parseSchema(json: Json, { strict = false }: ParseSchemaOptions = {}): DatabaseSchema<DynamicTypes> {
  return readSchema<DynamicTypes>(json, { narrow: false, strict })
}

/**
 * Makes the schema object that generated code exports. Where the generated types say `number`, an integer beyond
 * 2^53 is refused; the values of a map without narrower bounds (counters, as in `statistics`) may be bigints.
 */
export function defineSchema<D extends DatabaseTypes>(json: Json): DatabaseSchema<D> {
  return readSchema<D>(json, { narrow: true, strict: false })
}

/** Says where in the schema something is wrong. */
function within<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof DataError ? new SchemaError(path, error.message) : error
  }
}

function readSchema<D extends DatabaseTypes>(json: Json, options: ReadTypeOptions): DatabaseSchema<D> {
  return within('schema', () => {
    const members = new Members(json, 'database schema')
    const name = members.required('name', 'id')
    const version = members.optional('version', 'string')
    const cksum = members.optional('cksum', 'string')
    const definitions = members.required('tables', 'object')
    if (options.strict === true) members.finish()
    // Servers before versions were there say so by an empty one.
    if (version !== undefined && version !== '' && !VERSION.test(version)) {
      throw syntaxError(json, `schema version "${version}" not in format x.y.z`)
    }
    const tables = Array.from(named(definitions, json), ([table, definition]) => readTable(table, definition, options))
    return { name, version: version ?? '', cksum, tables: checkTables(tables) }
  })
}

/** The members of an object whose names are those of tables or columns. */
function named(definitions: JsonObject, json: Json): readonly [string, Json][] {
  const entries = Object.entries(definitions)
  for (const [name] of entries) {
    if (name.startsWith('_')) throw syntaxError(json, 'names beginning with "_" are reserved')
    if (!isId(name)) throw syntaxError(json, 'name must be a valid id')
  }
  return entries
}

/** Reads RFC 7047 `<table-schema>`. Throws SchemaError. */
export function readTable(name: string, json: Json, options: ReadTypeOptions = {}): TableSchema {
  return within(name, () => {
    const members = new Members(json, `table schema for table ${name}`)
    const definitions = members.required('columns', 'object')
    const mutable = members.optional('mutable', 'boolean') ?? true
    const maxRows = members.optional('maxRows', 'integer')
    const isRoot = members.optional('isRoot', 'boolean') ?? false
    const indexes = members.optional('indexes', 'array') ?? []
    if (options.strict === true) members.finish()
    if (maxRows !== undefined && maxRows <= 0) throw syntaxError(json, 'maxRows must be at least 1')
    const columns = new Map(
      named(definitions, json).map(([column, definition]) => [column, readColumn(column, definition, options, name)]),
    )
    return {
      name,
      columns,
      indexes: indexes.map((index) => readIndex(index, columns)),
      isRoot,
      mutable,
      maxRows: maxRows === undefined ? Infinity : Number(maxRows),
    }
  })
}

function readIndex(json: Json, columns: ReadonlyMap<string, ColumnSchema>): readonly string[] {
  const names = readColumnSet(json, columns)
  if (names.length === 0) throw syntaxError(json, 'index must have at least one column')
  const ephemeral = names.find((name) => columns.get(name)?.ephemeral)
  if (ephemeral !== undefined) throw syntaxError(json, `ephemeral columns (such as ${ephemeral}) may not be indexed`)
  return names
}

/** Reads RFC 7047 `<column-set>`. Throws DataError. */
export function readColumnSet(json: Json, columns: { has(name: string): boolean }): readonly string[] {
  if (!Array.isArray(json)) throw syntaxError(json, 'array of distinct column names expected')
  const names = (json as readonly Json[]).map((name) => {
    if (typeof name !== 'string') throw syntaxError(json, 'array of distinct column names expected')
    if (!columns.has(name)) throw syntaxError(json, `${name} is not a valid column name`)
    return name
  })
  if (new Set(names).size !== names.length) throw syntaxError(json, 'array of distinct column names expected')
  return names
}

/** Reads RFC 7047 `<column-schema>`. Throws SchemaError. */
export function readColumn(name: string, json: Json, options: ReadTypeOptions = {}, table?: string): ColumnSchema {
  const where = table === undefined ? name : `${table}.${name}`
  return within(where, () => {
    const members = new Members(json, `schema for column ${name}`)
    const mutable = members.optional('mutable', 'boolean') ?? true
    const ephemeral = members.optional('ephemeral', 'boolean') ?? false
    const definition = members.required('type', 'string or object')
    if (options.strict === true) members.finish()
    const type = readType(definition, options)
    return { name, type, mutable, ephemeral, codec: datumCodec(type, where) }
  })
}

/** The tables of a schema by their names, made whole: what holds only when all of them are known. */
function checkTables(list: readonly TableSchema[]): ReadonlyMap<string, TableSchema> {
  const tables = new Map(list.map((table) => [table.name, table]))
  // Schemas from before `isRoot` have none, and nothing is collected there.
  const rootless = !list.some((table) => table.isRoot)
  const isRoot = (name: string): boolean => rootless || tables.get(name)?.isRoot === true
  return new Map(
    list.map((table) => {
      const columns = new Map(Array.from(table.columns, ([name, column]) => [name, checkColumn(table, column, isRoot, tables)]))
      return [table.name, { ...table, columns, isRoot: isRoot(table.name) }]
    }),
  )
}

/** Refuses references into nowhere; sets what references imply. */
function checkColumn(
  table: TableSchema,
  column: ColumnSchema,
  isRoot: (table: string) => boolean,
  tables: ReadonlyMap<string, TableSchema>,
): ColumnSchema {
  const { key, value } = column.type
  for (const [part, base] of [['key', key], ['value', value]] as const) {
    if (base?.refTable === undefined || tables.has(base.refTable)) continue
    const where = `${table.name}.${column.name}`
    throw new SchemaError(where, `syntax error: column ${column.name} ${part} refers to undefined table ${base.refTable}`)
  }
  const refers = (refType: string): boolean => [key, value].some((base) => base?.refType === refType)
  const keepsRows = [key, value].some((base) => base?.refType === 'strong' && !isRoot(base.refTable ?? ''))
  // A weak reference goes with its row; a strong one may be all that keeps a row.
  return { ...column, mutable: column.mutable || refers('weak'), ephemeral: column.ephemeral && !keepsRows }
}
