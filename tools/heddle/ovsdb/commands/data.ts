/** Commands that read and write what a database holds. */
import {
  allColumns,
  type ColumnType,
  columnType,
  compareData,
  DataError,
  type Datum,
  datumFromJson,
  datumToJson,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  type TableSchema,
} from 'ovsdb-client'
import { becomeDaemon, writePidfile } from '../../../cli/daemon.js'
import { FatalError } from '../../../cli/errors.js'
import { PROGRAM_FILES, type Command, type Run } from '../command.js'
import { parseArgument } from '../files.js'
import { hashedJson } from '../hash-order.js'
import { columnsInOrder, tablesByName } from '../schema-order.js'

const STDIN = 0

/** Runs a transaction: a database's name and operations. */
async function execute(run: Run, transaction: Json): Promise<Json> {
  const [database] = isJsonArray(transaction) ? transaction : []
  if (!isJsonArray(transaction) || typeof database !== 'string') throw new FatalError('not a valid OVSDB query')
  await run.open(1, 'database', database)
  if (run.options.dbChangeAware === true) await run.server.announceAwareness()
  writePidfile(PROGRAM_FILES, run.options)
  becomeDaemon(run.options, [STDIN])
  return await run.server.request('transact', transaction)
}

async function transact(run: Run): Promise<void> {
  run.printJson(await execute(run, parseArgument(run.args.at(-1) ?? '')))
}

const isAborted = (result: Json | undefined): boolean => isJsonObject(result) && result['error'] === 'aborted'

/** A transaction that is ended by an abort, whose result is nobody's business. */
async function query(run: Run): Promise<void> {
  const transaction = parseArgument(run.args.at(-1) ?? '')
  if (!isJsonArray(transaction)) throw new FatalError('not a valid OVSDB query')
  const result = await execute(run, [...transaction, { op: 'abort' }])
  const ended = isJsonArray(result) && result.length === transaction.length && isAborted(result.at(-1))
  run.printJson(ended ? result.slice(0, -1) : result)
}

/** The rows that `select` gave of each table. @throws FatalError when a table gave none */
export async function selectAll(
  run: Run,
  tables: readonly { readonly table: TableSchema; readonly columns: readonly string[] }[],
): Promise<readonly (readonly JsonObject[])[]> {
  const operations = tables.map(({ table, columns }) => ({ op: 'select', table: table.name, where: [], columns }))
  const reply = await run.server.request('transact', [run.database, ...operations])
  if (!isJsonArray(reply) || reply.length !== tables.length) {
    throw new FatalError(`reply is not array of ${tables.length} elements: ${hashedJson(reply)}`)
  }
  return tables.map(({ table: { name } }, i) => {
    const { [i]: result = null } = reply
    const rows = isJsonObject(result) ? result['rows'] : undefined
    if (isJsonArray(rows)) return rows as readonly JsonObject[]
    throw new FatalError(`${name} table reply is not an object with a "rows" member array: ${hashedJson(result)}`)
  })
}

interface DumpColumn {
  readonly name: string
  readonly type: ColumnType
}

const isUuidColumn = ({ type }: DumpColumn): boolean => type.key.type === 'uuid'

/** Rows by their values; those of UUIDs decide last, for they are random. */
function compareRows(columns: readonly DumpColumn[]): (a: readonly Datum[], b: readonly Datum[]) => number {
  const places = columns.map((_, x) => x)
  const uuids = places.filter((x) => isUuidColumn(columns[x] as DumpColumn))
  const order = [...places.filter((x) => !uuids.includes(x)), ...uuids]
  return (a, b) => {
    for (const x of order) {
      const difference = compareData(a[x] as Datum, b[x] as Datum)
      if (difference !== 0) return difference
    }
    return 0
  }
}

function readCell(table: TableSchema, y: number, row: JsonObject, { name, type }: DumpColumn): Datum {
  const json = row[name]
  if (json === undefined) throw new FatalError(`row ${y} in table ${table.name} response lacks ${name} column`)
  try {
    return datumFromJson(json, type)
  } catch (error) {
    throw error instanceof DataError ? new FatalError(error.message) : error
  }
}

function dumpTable(run: Run, table: TableSchema, names: readonly string[], rows: readonly JsonObject[]): void {
  const columns = [...names].sort().flatMap((name): readonly DumpColumn[] => {
    const type = columnType(table, name)
    return type === undefined ? [] : [{ name, type }]
  })
  const data = rows.map((row, y) => {
    if (isJsonObject(row)) return columns.map((column) => readCell(table, y, row, column))
    throw new FatalError(`row ${y} in table ${table.name} response is not a JSON object: ${hashedJson(row)}`)
  })
  run.printTable({
    caption: `${table.name} table`,
    headings: columns.map(({ name }) => name),
    rows: data.sort(compareRows(columns)).map((row) =>
      columns.map(({ type }, x) => ({ json: datumToJson(row[x] as Datum, type), type })),
    ),
  })
}

const withoutVersion = (columns: readonly string[]): readonly string[] => columns.filter((name) => name !== '_version')

async function dump(run: Run): Promise<void> {
  const schema = await run.server.schema(run.database)
  const [wanted, ...named] = run.args
  const table = wanted === undefined ? undefined : schema.tables.get(wanted)
  if (wanted !== undefined && table === undefined) throw new FatalError(`No table "${wanted}" found.`)
  const unknown = table && named.find((name) => !allColumns(table).includes(name))
  if (unknown !== undefined) throw new FatalError(`Table "${wanted ?? ''}" has no column ${unknown}.`)
  const tables = (table === undefined ? tablesByName(schema) : [table]).map((one) => ({
    table: one,
    columns: withoutVersion(named.length > 0 ? named : columnsInOrder(one)),
  }))
  const results = await selectAll(run, tables)
  for (const [i, one] of tables.entries()) dumpTable(run, one.table, one.columns, results[i] ?? [])
}

export const DATA_COMMANDS: readonly Command[] = [
  { name: 'transact', need: 'nothing', min: 1, max: 2, detaches: true, run: transact },
  { name: 'query', need: 'nothing', min: 1, max: 2, detaches: true, run: query },
  { name: 'dump', need: 'database', min: 0, max: Infinity, run: dump },
]
