/** Commands about databases and their schemas. */
import {
  canonicalJson,
  type ColumnSchema,
  columnType,
  type DatabaseSchema,
  type Json,
  schemaToJson,
  type TableSchema,
  type TextCell,
  typeToJson,
} from 'ovsdb-client'
import type { Command, Run } from '../command.js'
import { readSchemaFile } from '../files.js'
import { columnsInOrder, tablesInOrder } from '../schema-order.js'

async function listDatabases(run: Run): Promise<void> {
  for (const name of await run.server.databases()) run.print(`${name}\n`)
}

const schemaOf = (run: Run): Promise<DatabaseSchema> => run.server.schema(run.database)

async function listTables(run: Run): Promise<void> {
  const tables = tablesInOrder(await schemaOf(run))
  run.printTable({ headings: ['Table'], rows: tables.map(({ name }) => [name]) })
}

const columnRows = (table: TableSchema): readonly (readonly TextCell[])[] =>
  columnsInOrder(table).map((name) => {
    const type = columnType(table, name)
    return [name, { json: type === undefined ? '' : typeToJson(type) }]
  })

async function listColumns(run: Run): Promise<void> {
  const [wanted] = run.args
  const tables = tablesInOrder(await schemaOf(run))
  const headings = ['Column', 'Type']
  if (wanted === undefined) {
    const rows = tables.flatMap((table) => columnRows(table).map((row) => [table.name, ...row]))
    run.printTable({ headings: ['Table', ...headings], rows })
    return
  }
  const table = tables.find(({ name }) => name === wanted)
  run.printTable({ headings, rows: table === undefined ? [] : columnRows(table) })
}

/** A schema for a cluster, which has no ephemeral columns. */
function persistent(schema: DatabaseSchema): DatabaseSchema {
  const column = (one: ColumnSchema): ColumnSchema => ({ ...one, ephemeral: false })
  const table = (one: TableSchema): TableSchema => ({ ...one, columns: mapValues(one.columns, column) })
  return { ...schema, tables: mapValues(schema.tables, table) }
}

const mapValues = <T>(map: ReadonlyMap<string, T>, change: (value: T) => T): ReadonlyMap<string, T> =>
  new Map(Array.from(map, ([name, value]) => [name, change(value)]))

/** The schema of the file that is the last argument, as the server keeps it that is opened for its database. */
async function openFor(run: Run): Promise<{ readonly name: string; readonly json: Json }> {
  const schema = readSchemaFile(run.args.at(-1) ?? '')
  const { name } = schema
  await run.open(1, 'database', name)
  const status = await run.server.status(name)
  return { name, json: schemaToJson(status?.['model'] === 'clustered' ? persistent(schema) : schema) }
}

async function convert(run: Run): Promise<void> {
  const { name, json } = await openFor(run)
  await run.server.announceAwareness()
  await run.server.request('convert', [name, json])
}

async function needsConversion(run: Run): Promise<void> {
  const { name, json } = await openFor(run)
  const current = schemaToJson(await run.server.schema(name))
  run.print(canonicalJson(json) === canonicalJson(current) ? 'no\n' : 'yes\n')
}

const lines = (print: (schema: DatabaseSchema, run: Run) => void) => async (run: Run): Promise<void> => {
  print(await schemaOf(run), run)
}

export const SCHEMA_COMMANDS: readonly Command[] = [
  { name: 'list-dbs', need: 'server', min: 0, max: 0, run: listDatabases },
  {
    name: 'get-schema',
    need: 'database',
    min: 0,
    max: 0,
    run: lines((schema, run) => {
      run.printJson(schemaToJson(schema))
    }),
  },
  {
    name: 'get-schema-version',
    need: 'database',
    min: 0,
    max: 0,
    run: lines(({ version }, run) => {
      run.print(`${version}\n`)
    }),
  },
  {
    name: 'get-schema-cksum',
    need: 'database',
    min: 0,
    max: 0,
    run: lines(({ cksum = '' }, run) => {
      run.print(`${cksum}\n`)
    }),
  },
  { name: 'list-tables', need: 'database', min: 0, max: 0, run: listTables },
  { name: 'list-columns', need: 'database', min: 0, max: 1, run: listColumns },
  { name: 'convert', need: 'nothing', min: 1, max: 2, run: convert },
  { name: 'needs-conversion', need: 'nothing', min: 1, max: 2, run: needsConversion },
]
