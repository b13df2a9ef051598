/** What a monitor tells of transactions and of changes of its conditions, in CSV as ovsdb-client prints it. */
import {
  canonicalJson,
  monitoredColumns,
  monitorHeading,
  monitorTables,
  parseJson,
  parseSchema,
  Session,
  TablePrinter,
  type Json,
  type Monitor,
  type MonitoredTable,
  type MonitorRequest,
  type MonitorUpdate,
  type TableSchema,
  type TextCell,
  type TextTable,
} from 'ovsdb-client'
import { numberUuids, transactText, withDatabase } from '../session/database.js'
import type { Answer, Kinds, Vector } from '../vector.js'

interface MonitorInput {
  readonly schema: Json
  readonly before: readonly string[]
  readonly monitor: readonly string[]
  readonly transactions: readonly string[]
  readonly condition_changes: readonly (readonly [string, string])[]
}

/** A command line: `monitor DB TABLE [COLUMNS]...`, `monitor-cond DB CONDITION TABLE ...` and so on. */
interface CommandLine {
  readonly method: string
  readonly database: string
  readonly lastId: string | undefined
  readonly where: readonly Json[] | undefined
  readonly table: string
  readonly columns: readonly string[]
}

function readCommandLine(argv: readonly string[]): CommandLine {
  const words = argv.filter((arg, i) => !arg.startsWith('-') && argv[i - 1] !== '-d')
  const [method = '', , database = '', ...rest] = words
  const isId = method === 'monitor-cond-since' && /^[0-9a-f-]{36}$/.test(rest[0] ?? '')
  const [lastId, afterId] = isId ? [rest[0], rest.slice(1)] : [undefined, rest]
  const [condition, [table = '', ...columns]] = method === 'monitor' ? [undefined, afterId] : [afterId[0], afterId.slice(1)]
  const where = condition === undefined ? undefined : (parseJson(condition) as readonly Json[])
  return { method, database, lastId, where, table, columns }
}

/** A request of each argument that names columns, or kinds of changes that are not wanted. */
function readRequests(table: TableSchema, { columns, where }: CommandLine): MonitorRequest[] {
  const lists = columns.length === 0 ? [''] : columns
  return lists.map((list) => {
    const words = list.split(/[ ,]+/).filter((word) => word !== '')
    const named = words.filter((word) => !word.startsWith('!'))
    const select = words.filter((word) => word.startsWith('!')).map((word) => [word.slice(1), false] as const)
    return {
      columns: named.length === 0 ? monitoredColumns(table) : named,
      ...(select.length > 0 && { select: Object.fromEntries(select) }),
      ...(where !== undefined && { where }),
    }
  })
}

const cellKey = (cell: TextCell): string => (typeof cell === 'string' ? cell : canonicalJson(cell.json))
const rowKey = (row: readonly TextCell[]): string =>
  row.slice(1).map(cellKey).join().replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')

/** Sorted rows, for ovsdb-server has no order of them; `new` stays with its `old`, which has the UUID. */
function sortRows(table: TextTable): TextTable {
  const groups: (readonly TextCell[])[][] = []
  for (const row of table.rows) {
    if (row[0] === '') groups.at(-1)?.push(row)
    else groups.push([row])
  }
  const keyed = groups.map((rows) => [rows.map(rowKey).join(), rows] as const)
  return { ...table, rows: keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flatMap(([, rows]) => rows) }
}

class MonitorPrinter {
  readonly #printer = new TablePrinter({ format: 'csv', data: 'json' })
  readonly #monitored: readonly MonitoredTable[]
  text = ''

  constructor(monitored: readonly MonitoredTable[]) {
    this.#monitored = monitored
  }

  take(update: MonitorUpdate): void {
    if (update.kind === 'canceled') return
    this.text += monitorHeading(update)
    for (const table of monitorTables(update, this.#monitored)) {
      this.text += this.#printer.print(sortRows(table))
    }
  }
}

function start(session: Session, line: CommandLine, requests: MonitorRequest[], printer: MonitorPrinter): Promise<Monitor> {
  const tables = { [line.table]: requests }
  const take = (update: MonitorUpdate): void => {
    printer.take(update)
  }
  if (line.method === 'monitor') return session.monitor(line.database, tables, take)
  if (line.method === 'monitor-cond') return session.monitorCond(line.database, tables, take)
  return session.monitorCondSince(line.database, tables, take, line.lastId)
}

async function monitor(target: string, input: MonitorInput): Promise<string> {
  const line = readCommandLine(input.monitor)
  const table = parseSchema(input.schema).tables.get(line.table)
  if (table === undefined) throw new TypeError(`no table ${line.table}`)
  const requests = readRequests(table, line)
  const printer = new MonitorPrinter([{ table, columns: requests.flatMap(({ columns = [] }) => columns) }])
  const [writer, session] = [await Session.connect(target), await Session.connect(target)]
  for (const transaction of input.before) await transactText(writer, transaction)
  const running = await start(session, line, requests, printer)
  for (const transaction of input.transactions) {
    await transactText(writer, transaction)
    // Whatever the transaction changed is sent before this is answered.
    await session.echo()
  }
  for (const [name, condition] of input.condition_changes) {
    await session.monitorCondChange(running, { [name]: [{ where: parseJson(condition) as readonly Json[] }] })
  }
  await Promise.all([writer.close(), session.close()])
  return numberUuids(printer.text)
}

async function answer(vector: Vector): Promise<Answer> {
  const input = vector.input as MonitorInput
  return { output: await withDatabase(input.schema, (target) => monitor(target, input)) }
}

export const OVSDB_MONITOR_KINDS: Kinds = { 'ovsdb-monitor': answer }
