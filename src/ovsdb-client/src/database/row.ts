import { ZERO_UUID } from '../data/atom.js'
import { defaultDatum, equalData, type Datum } from '../data/datum.js'
import { datumFromJson, datumToJson, syntaxError } from '../data/notation.js'
import type { SymbolTable } from '../data/symbols.js'
import { isJsonObject, type Json, type JsonObject } from '../json/value.js'
import { plainType } from '../schema/read-type.js'
import type { ColumnSchema, ColumnType, TableSchema, Uuid } from '../schema/types.js'

/** The type of `_uuid` and `_version`. */
const UUID_TYPE: ColumnType = { key: plainType('uuid'), value: undefined, min: 1, max: 1 }

/** The values of a row's own columns. */
export type Fields = ReadonlyMap<string, Datum>

/** A row as a database keeps it. It is never changed, but replaced. */
export interface DataRow {
  readonly uuid: Uuid
  readonly version: Uuid
  readonly fields: Fields
}

export const uuidDatum = (uuid: string): Datum => ({ keys: [uuid], values: undefined })

/** The type of a column; undefined when the table has none of that name. */
export function columnType(table: TableSchema, name: string): ColumnType | undefined {
  return name === '_uuid' || name === '_version' ? UUID_TYPE : table.columns.get(name)?.type
}

/** The value of a column, `_uuid` and `_version` included. */
export function fieldOf(row: DataRow, name: string): Datum {
  if (name === '_uuid') return uuidDatum(row.uuid)
  if (name === '_version') return uuidDatum(row.version)
  return row.fields.get(name) ?? uuidDatum(ZERO_UUID)
}

/** Names of all columns of a table, sorted: what `select` gives without `columns`. */
export function allColumns(table: TableSchema): readonly string[] {
  return ['_uuid', '_version', ...table.columns.keys()].sort()
}

export const unknownColumn = (json: Json, name: string, table: TableSchema): Error =>
  syntaxError(json, `No column ${name} in table ${table.name}.`, 'unknown column')

/** A row with the defaults of all columns. */
export function defaultFields(table: TableSchema): Map<string, Datum> {
  return new Map(Array.from(table.columns, ([name, { type }]) => [name, defaultDatum(type)]))
}

/** Reads RFC 7047 `<row>`: the columns that it gives. Throws DataError. */
export function fieldsFromJson(
  json: Json,
  table: TableSchema,
  symbols?: SymbolTable,
): ReadonlyMap<ColumnSchema, Datum> {
  if (!isJsonObject(json)) throw syntaxError(json, 'row must be JSON object')
  return new Map(
    Object.entries(json).map(([name, value]) => {
      const column = table.columns.get(name)
      if (column === undefined) throw unknownColumn(json, name, table)
      return [column, datumFromJson(value, column.type, { symbols })]
    }),
  )
}

/** RFC 7047 `<row>` of some columns. */
export function rowToJson(row: DataRow, table: TableSchema, columns: readonly string[]): JsonObject {
  return Object.fromEntries(
    columns.map((name) => [name, datumToJson(fieldOf(row, name), columnType(table, name) ?? UUID_TYPE)]),
  )
}

/** Whether two rows hold the same in some columns. */
export function equalIn(a: DataRow, b: DataRow, columns: Iterable<string>): boolean {
  for (const name of columns) if (!equalData(fieldOf(a, name), fieldOf(b, name))) return false
  return true
}
