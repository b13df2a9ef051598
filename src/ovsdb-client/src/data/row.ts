import { ProtocolError } from '../errors.js'
import type { JsonObject } from '../json/value.js'
import type { ColumnValue, DynamicRow, TableSchema, Uuid } from '../schema/types.js'

/** A row from RFC 7047 notation. Columns asked for that are not there have their defaults; throws ProtocolError. */
export function decodeRow(table: TableSchema, columns: readonly string[], uuid: Uuid, wire: JsonObject): DynamicRow {
  const row: Record<string, ColumnValue> = { _uuid: uuid }
  for (const name of columns) {
    const codec = table.columns.get(name)?.codec
    if (codec === undefined) throw new ProtocolError(`${table.name}.${name}: no such column`)
    const json = wire[name]
    row[name] = json === undefined ? codec.defaultValue : codec.decode(json)
  }
  return row as DynamicRow
}
