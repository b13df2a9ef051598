/** A database as a file, and back. */
import {
  type ColumnSchema,
  canonicalJson,
  columnToJson,
  type Datum,
  datumToJson,
  type DatabaseSchema,
  defaultDatum,
  equalData,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  schemaToJson,
  type TableSchema,
} from 'ovsdb-client'
import { FatalError } from '../../../cli/errors.js'
import type { Command, Run } from '../command.js'
import { hashedJson, hashedMembers } from '../hash-order.js'
import { logRecord } from '../log-file.js'
import { columnsInOrder, tablesInOrder } from '../schema-order.js'
import { readSnapshot, type Snapshot } from '../snapshot.js'
import { selectAll } from './data.js'
import { checkResults } from './wait.js'

/** The schema with its members in the order in which ovsdb-client comes to them. */
function orderedSchema(schema: DatabaseSchema): JsonObject {
  const members = schemaToJson(schema)
  const { tables } = members
  const table = (one: TableSchema): JsonObject => {
    const json = isJsonObject(tables) ? tables[one.name] : undefined
    const columns = columnsInOrder(one).flatMap((column) => {
      const found = one.columns.get(column)
      return found === undefined ? [] : [[column, columnToJson(found)] as const]
    })
    return { ...(isJsonObject(json) && json), columns: Object.fromEntries(columns) }
  }
  const inOrder = tablesInOrder(schema).map((one) => [one.name, table(one)] as const)
  return { ...members, tables: Object.fromEntries(inOrder) }
}

/** The columns that are kept over a restart. */
const keptColumns = (table: TableSchema): readonly string[] =>
  columnsInOrder(table).filter((name) => name === '_uuid' || table.columns.get(name)?.ephemeral === false)

/** A row's UUID, and the text of its other columns. @throws FatalError */
function rowText(table: string, row: JsonObject): readonly [uuid: string, text: string] {
  if (!isJsonObject(row)) throw new FatalError(`${table} table reply row is not an object: ${hashedJson(row)}`)
  const { _uuid: json } = row
  const uuid = isJsonArray(json) ? json[1] : undefined
  if (typeof uuid !== 'string') throw new FatalError(`${table} table reply row lacks _uuid member: ${hashedJson(row)}`)
  return [uuid, hashedMembers(row, hashedJson, ['_uuid'])]
}

async function backup(run: Run): Promise<void> {
  if (process.stdout.isTTY) {
    throw new FatalError('not writing backup to a terminal; please redirect stdout to a file')
  }
  const schema = await run.server.schema(run.database)
  const tables = tablesInOrder(schema).map((table) => ({ table, columns: keptColumns(table) }))
  const results = await selectAll(run, tables)
  const rows = tables.flatMap(({ table: { name } }, i) => {
    const list = (results[i] ?? []).map((row) => rowText(name, row))
    return list.length === 0 ? [] : [[name, hashedMembers(Object.fromEntries(list), (text) => text)] as const]
  })
  const about = {
    _comment: canonicalJson('produced by "ovsdb-client backup"'),
    _is_diff: 'true',
    _date: String(Date.now()),
  }
  run.print(logRecord(hashedJson(orderedSchema(schema))))
  run.print(logRecord(hashedMembers({ ...Object.fromEntries(rows), ...about }, (text) => text)))
}

/** Why a backup does not fit; undefined when it does. */
function misfit(backup: DatabaseSchema, online: DatabaseSchema): string | undefined {
  if (canonicalJson(schemaToJson(backup)) === canonicalJson(schemaToJson(online))) return undefined
  return backup.version === online.version
    ? `backup schema and database schema are both version ${backup.version} but still differ`
    : `backup schema has version "${backup.version}" but database schema has version "${online.version}"`
}

/** A row's name in the transaction that makes it anew. */
const rowName = (uuid: string): string => `row${uuid.replaceAll('-', '_')}`

/** A value whose references name rows of the same transaction. */
function namedValue(datum: Datum, { type }: ColumnSchema): Json {
  const renamed = (json: Json, refTable: string | undefined): Json =>
    refTable !== undefined && isJsonArray(json) && typeof json[1] === 'string' ? ['named-uuid', rowName(json[1])] : json
  const json = datumToJson(datum, type)
  const { key, value } = type
  if (!isJsonArray(json) || (key.refTable === undefined && value?.refTable === undefined)) return json
  const [kind = '', elements] = json
  if (kind === 'uuid' || !isJsonArray(elements)) return renamed(json, key.refTable)
  if (value === undefined) return [kind, elements.map((element) => renamed(element, key.refTable))]
  const pairs = elements.map((pair) => (isJsonArray(pair) ? pair : []))
  return [kind, pairs.map(([k = '', v = '']) => [renamed(k, key.refTable), renamed(v, value.refTable)])]
}

function insertOf(table: TableSchema, uuid: string, row: ReadonlyMap<string, Datum>): JsonObject {
  const values = Array.from(table.columns.values()).flatMap((column): readonly (readonly [string, Json])[] => {
    const datum = row.get(column.name)
    if (datum === undefined || column.ephemeral || equalData(datum, defaultDatum(column.type))) return []
    return [[column.name, namedValue(datum, column)]]
  })
  return { 'op': 'insert', 'table': table.name, 'uuid-name': rowName(uuid), 'row': Object.fromEntries(values) }
}

/** Deletes all rows and inserts those of the snapshot. */
const replacement = ({ schema, tables }: Snapshot): readonly Json[] =>
  tablesInOrder(schema).flatMap((table) => [
    { op: 'delete', table: table.name, where: [] },
    ...Array.from(tables.get(table.name) ?? [], ([uuid, row]) => insertOf(table, uuid, row)),
  ])

async function restore(run: Run): Promise<void> {
  if (process.stdin.isTTY) {
    throw new FatalError('not reading backup from a terminal; please redirect stdin from a file')
  }
  const snapshot = readSnapshot(Buffer.from(await run.io.stdin()), '/dev/stdin')
  const { schema } = snapshot
  const fault = misfit(schema, await run.server.schema(run.database))
  if (fault !== undefined && !run.options.force) {
    throw new FatalError(
      `${fault} (use --force to override differences, or "ovsdb-client convert" to change the schema)`,
    )
  }
  checkResults(await run.server.request('transact', [schema.name, ...replacement(snapshot)]))
}

export const BACKUP_COMMANDS: readonly Command[] = [
  { name: 'backup', need: 'database', min: 0, max: 0, run: backup },
  { name: 'restore', need: 'database', min: 0, max: 0, run: restore },
]
