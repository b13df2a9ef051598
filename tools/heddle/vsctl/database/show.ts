import { atomText, datumText, type Uuid } from 'ovsdb-client'
import type { Command, Context } from '../command.js'
import { isDefault, type Row } from './transaction.js'

/** How `show` presents the rows of a table. */
export interface ShowTable {
  readonly table: string
  /** The column that rows are called by; else by their UUID. */
  readonly name?: string
  readonly columns: readonly string[]
}

const INDENT = '    '

/** Prints rows and what they refer to, a level of indentation for each reference. */
class Shower {
  readonly #context: Context
  readonly #tables: readonly ShowTable[]
  /** Tables on the way to the present row: what leads back to them is named, but not entered again. */
  readonly #entered = new Set<string>()

  constructor(context: Context, tables: readonly ShowTable[]) {
    this.#context = context
    this.#tables = tables
  }

  row(row: Row, level: number): void {
    const show = this.#find(row.table.name)
    const title = show?.name === undefined ? row.uuid : `${row.table.name} ${this.#name(row, show.name)}`
    this.#print(level, title)
    if (show === undefined || this.#entered.has(show.table)) return
    this.#entered.add(show.table)
    for (const column of show.columns) this.#column(row, column, level + 1)
    this.#entered.delete(show.table)
  }

  #column(row: Row, name: string, level: number): void {
    const { type } = row.column(name)
    const datum = row.read(name)
    const { refTable } = type.key
    if (refTable !== undefined && this.#find(refTable) !== undefined) {
      for (const referenced of this.#context.transaction.referenced(row, name)) this.row(referenced, level)
      return
    }
    const target = this.#find(type.value?.refTable)
    if (target?.name !== undefined) {
      this.#print(level, `${name}:`)
      datum.keys.forEach((key, i) => {
        const found = this.#context.transaction.row(target.table, datum.values?.[i] as Uuid)
        const value = found === undefined ? '"<null>"' : this.#name(found, target.name ?? '')
        this.#print(level + 1, `${atomText(key, type.key.type)}=${value}`)
      })
      return
    }
    if (!isDefault(datum, type)) this.#print(level, `${name}: ${datumText(datum, type)}`)
  }

  #name(row: Row, column: string): string {
    return datumText(row.read(column), row.column(column).type)
  }

  #find(table: string | undefined): ShowTable | undefined {
    return this.#tables.find((show) => show.table === table)
  }

  #print(level: number, text: string): void {
    this.#context.print(INDENT.repeat(level) + text)
  }
}

/** `show` of a database. */
export const showCommand = (tables: readonly ShowTable[]): Command => ({
  name: 'show',
  usage: '',
  summary: 'print overview of database contents',
  min: 0,
  max: 0,
  prepare: (_invocation, needs) => {
    for (const { table, name, columns } of tables) needs.columns(table, name === undefined ? columns : [name, ...columns])
  },
  run: (context) => {
    const shower = new Shower(context, tables)
    for (const row of context.transaction.rows(tables[0]?.table ?? '')) shower.row(row, 0)
  },
})
