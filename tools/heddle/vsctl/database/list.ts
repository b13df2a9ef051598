import { datumText, datumToJson, findKey, atomText, parseAtom, plainType, type ColumnSchema, type ColumnType, type TableSchema, type TextCell, type Uuid } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Command, Context } from '../command.js'
import { leadingColumn, meetsCondition, parseColumnKey } from './arguments.js'
import { findColumn, findTable } from './names.js'
import { needRecords, Records, type RecordIds } from './records.js'
import { createdSymbol } from './symbols.js'
import type { Row } from './transaction.js'

const UUID_TYPE: ColumnType = { key: plainType('uuid'), value: undefined, min: 1, max: 1 }
const isUuidColumn = (name: string): boolean => /^[-_]uuid$/i.test(name)

/** The columns of a list: those of `--columns`, else all; undefined stands for `_uuid`. */
function listedColumns(table: TableSchema, names: string | undefined): readonly (ColumnSchema | undefined)[] {
  if (names === undefined) {
    const all = Array.from(table.columns.values()).sort((a, b) => (a.name < b.name ? -1 : 1))
    return [undefined, ...all]
  }
  const listed = names.split(/[, ]/).filter((name) => name !== '')
  if (listed.length === 0) throw new CtlError('must specify at least one column name')
  return listed.map((name) => (name.toLowerCase() === '_uuid' ? undefined : findColumn(table, name)))
}

/** Prints rows as a table. */
function list(context: Context, table: TableSchema, rows: readonly Row[]): void {
  const columns = listedColumns(table, context.invocation.options.get('--columns'))
  const cell = (row: Row, column: ColumnSchema | undefined): TextCell =>
    column === undefined
      ? { json: ['uuid', row.uuid], type: UUID_TYPE }
      : { json: datumToJson(row.read(column.name), column.type), type: column.type }
  context.table = {
    headings: columns.map((column) => column?.name ?? '_uuid'),
    rows: rows.map((row) => columns.map((column) => cell(row, column))),
  }
}

function get(context: Context, records: Records): void {
  const id = context.invocation.options.get('--id')
  const mustExist = !context.has('--if-exists')
  if (id !== undefined && !mustExist) throw new CtlError('--if-exists and --id may not be specified together')
  const table = findTable(context.transaction, context.arg(0))
  const row = mustExist ? records.get(table, context.arg(1)) : records.find(table, context.arg(1))
  if (row === undefined) return
  if (id !== undefined) nameRow(context, id, row.uuid)
  for (const arg of context.args.slice(2)) context.print(isUuidColumn(arg) ? row.uuid : valueText(context, row, arg, mustExist))
}

/** Gives a row that is there a name for the commands that follow. */
function nameRow({ symbols }: Context, id: string, uuid: Uuid): void {
  const known = symbols.has(id)
  createdSymbol(symbols, id)
  if (known) throw new CtlError(`row id "${id}" specified on "get" command was used before it was defined`)
  symbols.define(id, uuid).strong = true
}

function valueText(context: Context, row: Row, arg: string, mustExist: boolean): string {
  const { column, key } = parseColumnKey(row.table, arg)
  const { name, type } = column
  row.verify(name)
  const datum = row.read(name)
  if (key === undefined) return datumText(datum, type)
  if (type.value === undefined) throw new CtlError(`cannot specify key to get for non-map column ${name}`)
  const value = datum.values?.[findKey(datum, parseAtom(key, type.key, context.symbols))]
  if (value !== undefined) return atomText(value, type.value.type)
  if (!mustExist) return ''
  throw new CtlError(`no key "${key}" in ${row.table.name} record "${context.arg(1)}" column ${name}`)
}

/** `get`, `list` and `find`. */
export const listCommands = (ids: RecordIds): readonly Command[] => [
  {
    name: 'get',
    usage: 'TABLE RECORD [COLUMN[:KEY]]...',
    summary: 'print values of COLUMNs in RECORD in TABLE',
    min: 2,
    max: Infinity,
    options: ['--if-exists', '--id='],
    prepare: ({ args: [name = '', , ...columns] }, needs) => {
      const table = findTable(needs, name)
      needRecords(needs, ids, table)
      for (const arg of columns) if (!isUuidColumn(arg)) needs.columns(table, [leadingColumn(table, arg).name])
    },
    run: (context) => {
      get(context, new Records(context.transaction, ids))
    },
  },
  {
    name: 'list',
    usage: 'TABLE [RECORD]...',
    summary: 'list RECORD (or all records) in TABLE',
    min: 1,
    max: Infinity,
    options: ['--if-exists', '--columns='],
    prepare: ({ args: [name = ''], options }, needs) => {
      const table = findTable(needs, name)
      needRecords(needs, ids, table)
      needs.columns(table, listedColumns(table, options.get('--columns')).flatMap((column) => column?.name ?? []))
    },
    run: (context) => {
      const table = findTable(context.transaction, context.arg(0))
      const records = new Records(context.transaction, ids)
      const named = context.args.slice(1)
      const one = (record: string): Row | readonly [] =>
        context.has('--if-exists') ? (records.find(table, record) ?? []) : records.get(table, record)
      list(context, table, named.length === 0 ? context.transaction.rows(table.name) : named.flatMap(one))
    },
  },
  {
    name: 'find',
    usage: 'TABLE [COLUMN[:KEY]=VALUE]...',
    summary: 'list records in TABLE that meet all conditions',
    min: 1,
    max: Infinity,
    options: ['--columns='],
    prepare: ({ args: [name = '', ...conditions], options }, needs) => {
      const table = findTable(needs, name)
      needRecords(needs, ids, table)
      needs.columns(table, listedColumns(table, options.get('--columns')).flatMap((column) => column?.name ?? []))
      needs.columns(table, conditions.map((arg) => leadingColumn(table, arg).name))
    },
    run: (context) => {
      const table = findTable(context.transaction, context.arg(0))
      const conditions = context.args.slice(1)
      const rows = context.transaction.rows(table.name)
      list(context, table, rows.filter((row) => conditions.every((arg) => meetsCondition(row, arg, context.symbols))))
    },
  },
]
