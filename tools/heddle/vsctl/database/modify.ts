import { DataTextError, type Datum, parseDatum, subtract, type SymbolTable, union, type ColumnSchema, type ColumnType } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Command, Context, Invocation } from '../command.js'
import { leadingColumn, setColumn } from './arguments.js'
import { findColumn, findTable } from './names.js'
import { needRecords, Records, type RecordIds } from './records.js'
import type { Needs } from './needs.js'
import type { Row } from './transaction.js'

/** What may stand for some elements of a column. */
const anyNumber = (type: ColumnType): ColumnType => ({ ...type, min: 1, max: Infinity })

const elements = ({ value }: ColumnType): string => (value === undefined ? 'values' : 'pairs')

function add({ args, symbols, isLast }: Context, row: Row, column: ColumnSchema): void {
  const { name, type } = column
  const begin: Datum = isLast ? { keys: [], values: type.value && [] } : row.read(name)
  const after = args.slice(3).reduce((datum, arg) => union(datum, parseDatum(arg, anyNumber(type), symbols)), begin)
  // Alone, whether there is place for them is for the server to say.
  if (isLast) {
    row.insert(name, after)
    return
  }
  const count = after.keys.length
  if (count > type.max) {
    throw new CtlError(
      `"add" operation would put ${count} ${elements(type)} in column ${name} of table ${row.table.name} ` +
        `but the maximum number is ${type.max}`,
    )
  }
  row.verify(name)
  row.write(name, after)
}

/** What is to go: pairs, or keys of a map. */
function parseRemoved(arg: string, type: ColumnType, symbols: SymbolTable): Datum {
  try {
    return parseDatum(arg, anyNumber(type), symbols)
  } catch (error) {
    if (type.value === undefined || !(error instanceof DataTextError)) throw error
    return parseDatum(arg, { ...anyNumber(type), value: undefined }, symbols)
  }
}

function remove({ args, symbols }: Context, row: Row, { name, type }: ColumnSchema): void {
  const after = args.slice(3).reduce((datum, arg) => subtract(datum, parseRemoved(arg, type, symbols)), row.read(name))
  const count = after.keys.length
  if (count < type.min) {
    throw new CtlError(
      `"remove" operation would put ${count} ${elements(type)} in column ${name} of table ${row.table.name} ` +
        `but the minimum number is ${type.min}`,
    )
  }
  row.verify(name)
  row.write(name, after)
}

function clear({ args }: Context, row: Row): void {
  for (const arg of args.slice(2)) {
    const column = findColumn(row.table, arg)
    row.checkMutable(column)
    const { name, type } = column
    if (type.min > 0) {
      throw new CtlError(
        `"clear" operation cannot be applied to column ${name} of table ${row.table.name}, ` +
          'which is not allowed to be empty',
      )
    }
    row.write(name, { keys: [], values: type.value && [] })
  }
}

/** A change of one column. */
type ChangeColumn = (context: Context, row: Row, column: ColumnSchema) => void

/** `set`, `add`, `remove` and `clear`: commands on a row that must exist unless `--if-exists`. */
export function modifyCommands(ids: RecordIds): readonly Command[] {
  const rowOf = (context: Context): Row | undefined => {
    const table = findTable(context.transaction, context.arg(0))
    const records = new Records(context.transaction, ids)
    return context.has('--if-exists') ? records.find(table, context.arg(1)) : records.get(table, context.arg(1))
  }
  const onRow = (change: (context: Context, row: Row) => void) => (context: Context): void => {
    const row = rowOf(context)
    if (row !== undefined) change(context, row)
  }
  const onColumn = (change: ChangeColumn) => (context: Context): void => {
    const column = findColumn(findTable(context.transaction, context.arg(0)), context.arg(2))
    const row = rowOf(context)
    if (row === undefined) return
    row.checkMutable(column)
    change(context, row, column)
  }
  const prepareColumn = ({ args: [name = '', , column = ''] }: Invocation, needs: Needs): void => {
    const table = findTable(needs, name)
    needRecords(needs, ids, table)
    needs.columns(table, [findColumn(table, column).name])
  }
  const common = { max: Infinity, options: ['--if-exists'] } as const
  return [
    {
      ...common,
      name: 'set',
      usage: 'TABLE RECORD COLUMN[:KEY]=VALUE...',
      summary: 'set COLUMN values in RECORD in TABLE',
      min: 3,
      prepare: ({ args: [name = '', , ...assignments] }, needs) => {
        const table = findTable(needs, name)
        needRecords(needs, ids, table)
        needs.columns(table, assignments.map((arg) => leadingColumn(table, arg).name))
      },
      run: onRow(({ args, symbols, isLast }, row) => {
        for (const arg of args.slice(2)) setColumn(row, arg, symbols, isLast)
      }),
    },
    {
      ...common,
      name: 'add',
      usage: 'TABLE RECORD COLUMN [KEY=]VALUE...',
      summary: 'add (KEY=)VALUE to COLUMN in RECORD in TABLE',
      min: 4,
      prepare: prepareColumn,
      run: onColumn(add),
    },
    {
      ...common,
      name: 'remove',
      usage: 'TABLE RECORD COLUMN KEY|VALUE|KEY=VALUE...',
      summary: 'remove (KEY=)VALUE from COLUMN',
      min: 4,
      prepare: prepareColumn,
      run: onColumn(remove),
    },
    {
      ...common,
      name: 'clear',
      usage: 'TABLE RECORD COLUMN...',
      summary: 'clear values from COLUMN in RECORD in TABLE',
      min: 3,
      prepare: ({ args: [name = '', , ...columns] }, needs) => {
        const table = findTable(needs, name)
        needRecords(needs, ids, table)
        needs.columns(table, columns.map((column) => findColumn(table, column).name))
      },
      run: onRow(clear),
    },
  ]
}
