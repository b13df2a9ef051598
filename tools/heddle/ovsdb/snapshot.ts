/** What a database file holds: a schema, and the rows that its transactions leave. */
import {
  applyDiff,
  canonicalJson,
  DataError,
  type DatabaseSchema,
  type Datum,
  defaultFields,
  fieldsFromJson,
  isJsonObject,
  isUuid,
  type Json,
  type JsonObject,
  type TableSchema,
} from 'ovsdb-client'
import { FatalError } from '../../cli/errors.js'
import { readLog } from './log-file.js'
import { readSchema } from './server.js'

type Row = ReadonlyMap<string, Datum>
type Rows = Map<string, Row>

export interface Snapshot {
  readonly schema: DatabaseSchema
  /** The rows of each table by UUID. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Row>>
}

/** @throws FatalError in ovsdb-server's words; `name` is the file's */
export function readSnapshot(bytes: Buffer, name: string): Snapshot {
  const [first, ...transactions] = readLog(bytes, name)
  const schema = readSchema(first ?? null, true)
  const tables = new Map(Array.from(schema.tables.keys(), (table): [string, Rows] => [table, new Map<string, Row>()]))
  try {
    for (const transaction of transactions) replay(transaction, schema, tables)
  } catch (error) {
    throw error instanceof DataError ? new FatalError(error.message) : error
  }
  return { schema, tables }
}

function replay(transaction: JsonObject, schema: DatabaseSchema, tables: ReadonlyMap<string, Rows>): void {
  const isDiff = transaction['_is_diff'] === true
  for (const [name, changes] of Object.entries(transaction)) {
    const table = schema.tables.get(name)
    const rows = tables.get(name)
    if (table !== undefined && rows !== undefined) replayTable(changes, table, rows, isDiff)
    // Others of this kind say when and why.
    else if (!name.startsWith('_')) throw fault(transaction, 'unknown table', `No table named ${name}.`)
  }
}

function replayTable(changes: Json, table: TableSchema, rows: Rows, isDiff: boolean): void {
  if (!isJsonObject(changes)) throw fault(changes, 'syntax error', 'object expected')
  for (const [uuid, row] of Object.entries(changes)) {
    if (!isUuid(uuid.toLowerCase())) throw fault(changes, 'syntax error', `"${uuid}" is not a valid UUID`)
    if (row === null) rows.delete(uuid)
    else rows.set(uuid, changed(rows.get(uuid), row, table, isDiff))
  }
}

/** Columns that a new row does not name have their defaults; those of an old one may be differences. */
function changed(before: Row | undefined, json: Json, table: TableSchema, isDiff: boolean): Row {
  const row = new Map(before ?? defaultFields(table))
  for (const [{ name, type }, datum] of fieldsFromJson(json, table)) {
    const old = before?.get(name)
    row.set(name, isDiff && old !== undefined ? applyDiff(old, datum, type) : datum)
  }
  return row
}

const fault = (json: Json, error: string, details: string): DataError =>
  new DataError({ error, details, syntax: canonicalJson(json) })
