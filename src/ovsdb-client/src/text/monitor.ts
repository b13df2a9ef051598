import { columnType } from '../database/row.js'
import { isJsonObject, type Json, type JsonObject } from '../json/value.js'
import type { MonitorUpdate } from '../rpc/monitor.js'
import type { TableSchema } from '../schema/types.js'
import type { TextCell, TextTable } from './table.js'

/** A table that is monitored, and the columns shown of it. */
export interface MonitoredTable {
  readonly table: TableSchema
  readonly columns: readonly string[]
}

/** The columns that `ovsdb-client monitor` shows when none are named. */
export function monitoredColumns(table: TableSchema): readonly string[] {
  return [...Array.from(table.columns.keys()).sort(), '_version']
}

type Line = readonly [uuid: string, action: string, row: JsonObject]

const object = (json: Json | undefined): JsonObject => (isJsonObject(json) ? json : {})

/** What one row update of RFC 7047 says, line by line. */
function updateLines(uuid: string, initial: boolean, update: JsonObject): readonly Line[] {
  const { old, new: row } = update
  if (row === undefined) return [[uuid, 'delete', object(old)]]
  if (old === undefined) return [[uuid, initial ? 'initial' : 'insert', object(row)]]
  return [[uuid, 'old', object(old)], ['', 'new', object(row)]]
}

/** The same of ovsdb-server(7)'s `<row-update2>`, which names what it is. */
function update2Lines(uuid: string, update: JsonObject): readonly Line[] {
  return Object.entries(update).map(([action, row]) => [uuid, action, object(row)])
}

/**
 * What `ovsdb-client monitor` prints of an update: a table a table with rows that changed, captioned when several are
 * monitored. Rows stand in the order in which the server has sent them.
 */
export function monitorTables(
  update: Exclude<MonitorUpdate, { kind: 'canceled' }>,
  monitored: readonly MonitoredTable[],
): readonly TextTable[] {
  return monitored.flatMap(({ table, columns }) => {
    const lines = Object.entries(object(update.updates[table.name])).flatMap(([uuid, change]) =>
      update.format === 'update'
        ? updateLines(uuid, update.kind === 'initial', object(change))
        : update2Lines(uuid, object(change)),
    )
    if (lines.length === 0) return []
    const rows = lines.map(([uuid, action, row]): readonly TextCell[] => [
      uuid,
      action,
      ...columns.map((name): TextCell => {
        const json = row[name]
        return json === undefined ? '' : { json, type: columnType(table, name) }
      }),
    ])
    return [{ caption: monitored.length > 1 ? table.name : undefined, headings: ['row', 'action', ...columns], rows }]
  })
}

/** What `ovsdb-client monitor-cond-since` prints before the tables of an update: where it leads to. */
export function monitorHeading(update: Exclude<MonitorUpdate, { kind: 'canceled' }>): string {
  const { found, transactionId } = update
  if (transactionId === undefined) return ''
  // In a later heading, the line is ended by what parts tables.
  return found === undefined ? `\nlast_id: ${transactionId}` : `found: ${String(found)}, last_id: ${transactionId}\n`
}
