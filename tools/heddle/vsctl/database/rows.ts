import { isUuid, type Uuid } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Command, Context } from '../command.js'
import { leadingColumn, meetsCondition, setColumn } from './arguments.js'
import { findTable } from './names.js'
import { needRecords, Records, type RecordIds } from './records.js'
import { createdSymbol } from './symbols.js'
import type { Row } from './transaction.js'

/** The row that `create` inserts, of the name or the UUID that `--id` asks for. */
function insertNamed({ transaction, symbols, invocation }: Context, table: string): Row {
  const id = invocation.options.get('--id')
  if (id === undefined) return transaction.insert(table)
  if (isUuid(id.toLowerCase())) return transaction.insert(table, id.toLowerCase() as Uuid, true)
  const symbol = createdSymbol(symbols, id)
  if (transaction.table(table).isRoot) symbol.strong = true
  return transaction.insert(table, symbol.uuid)
}

function destroy(context: Context, records: Records): void {
  const table = findTable(context.transaction, context.arg(0))
  const named = context.args.slice(1)
  const all = context.has('--all')
  const mustExist = !context.has('--if-exists')
  if (all && named.length > 0) throw new CtlError('--all and records argument should not be specified together')
  if (all && !mustExist) throw new CtlError('--all and --if-exists should not be specified together')
  if (!all && named.length === 0) {
    context.log.warn('db_ctl_base', 'either --all or records argument should be specified')
    return
  }
  if (all) for (const row of context.transaction.rows(table.name)) context.transaction.delete(row)
  for (const record of named) {
    const row = mustExist ? records.get(table, record) : records.find(table, record)
    if (row !== undefined) context.transaction.delete(row)
  }
}

/** `create`, `destroy`, `wait-until` and `comment`. */
export const rowCommands = (ids: RecordIds): readonly Command[] => [
  {
    name: 'create',
    usage: 'TABLE COLUMN[:KEY]=VALUE...',
    summary: 'create and initialize new record',
    min: 2,
    max: Infinity,
    options: ['--id='],
    prepare: (invocation, needs, log) => {
      const table = findTable(needs, invocation.args[0] ?? '')
      needs.table(table)
      if (invocation.has('--id') || table.isRoot) return
      log.warn('db_ctl_base', `applying "create" command to table ${table.name} without --id option will have no effect`)
    },
    run: (context) => {
      const row = insertNamed(context, findTable(context.transaction, context.arg(0)).name)
      for (const arg of context.args.slice(1)) setColumn(row, arg, context.symbols)
      context.created = row.uuid
      context.print(row.uuid)
    },
  },
  {
    name: 'destroy',
    usage: 'TABLE [RECORD]...',
    summary: 'delete RECORD from TABLE',
    min: 1,
    max: Infinity,
    options: ['--if-exists', '--all'],
    prepare: ({ args: [name = ''] }, needs) => {
      needRecords(needs, ids, findTable(needs, name))
    },
    run: (context) => {
      destroy(context, new Records(context.transaction, ids))
    },
  },
  {
    name: 'wait-until',
    usage: 'TABLE RECORD [COLUMN[:KEY]=VALUE]...',
    summary: 'wait until all conditions are met',
    min: 2,
    max: Infinity,
    prepare: ({ args: [name = '', , ...conditions] }, needs) => {
      const table = findTable(needs, name)
      needRecords(needs, ids, table)
      needs.columns(table, conditions.map((arg) => leadingColumn(table, arg).name))
    },
    run: (context) => {
      const table = findTable(context.transaction, context.arg(0))
      const row = new Records(context.transaction, ids).find(table, context.arg(1))
      const isMet = (arg: string): boolean => row !== undefined && meetsCondition(row, arg, context.symbols)
      context.tryAgain = row === undefined || !context.args.slice(2).every(isMet)
    },
  },
  {
    name: 'comment',
    usage: '[ARG]...',
    summary: "do nothing but stand in the database's log",
    min: 0,
    max: Infinity,
  },
]
