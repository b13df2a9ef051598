import { isUuid, type Uuid, type TableSchema } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Needs } from './needs.js'
import type { Row, Transaction } from './transaction.js'

/** A way to name a row other than by its UUID: what a column holds, here or in a row that refers to it. */
export interface RecordId {
  readonly table: string
  readonly name: string
  /** The column of `table` that leads to the row; the row is one of `table` itself without. */
  readonly reference?: string
}

/** The ways to name the rows of each table. */
export type RecordIds = Readonly<Record<string, readonly RecordId[]>>

/** Parts of UUIDs that are shorter are taken for names. */
const MIN_PARTIAL = 4
const UUID_FORM = '00000000-0000-0000-0000-000000000000'

const isPartialUuid = (text: string): boolean =>
  text.length >= MIN_PARTIAL &&
  text.length <= UUID_FORM.length &&
  Array.from(text).every((char, i) => (UUID_FORM.charAt(i) === '-' ? char === '-' : /[0-9a-fA-F]/.test(char)))

/** What a command that names rows of a table reads. */
export function needRecords(needs: Needs, ids: RecordIds, table: TableSchema): void {
  needs.table(table)
  for (const id of ids[table.name] ?? []) {
    needs.columns(id.table, id.reference === undefined ? [id.name] : [id.name, id.reference])
  }
}

/** Finds rows as they are named on the command line. */
export class Records {
  readonly #transaction: Transaction
  readonly #ids: RecordIds

  constructor(transaction: Transaction, ids: RecordIds) {
    this.#transaction = transaction
    this.#ids = ids
  }

  /** The row of a name. Throws CtlError when there is none. */
  get(table: TableSchema, record: string): Row {
    const row = this.find(table, record)
    if (row === undefined) throw new CtlError(`no row "${record}" in table ${table.name}`)
    return row
  }

  /** The row of a name; undefined when there is none. Throws CtlError when there are several. */
  find(table: TableSchema, record: string): Row | undefined {
    return this.#byUuid(table, record) ?? this.#only(table, record) ?? this.#byId(table, record) ?? this.#byPart(table, record)
  }

  #byUuid(table: TableSchema, record: string): Row | undefined {
    const uuid = record.toLowerCase()
    return isUuid(uuid) ? this.#transaction.row(table.name, uuid as Uuid) : undefined
  }

  #only(table: TableSchema, record: string): Row | undefined {
    if (record !== '.') return undefined
    const rows = this.#transaction.rows(table.name)
    return rows.length === 1 ? rows[0] : undefined
  }

  #byId(table: TableSchema, record: string): Row | undefined {
    for (const id of this.#ids[table.name] ?? []) {
      const [row, ...others] = this.#transaction.rows(id.table).filter((one) => isNamed(one, id.name, record))
      if (others.length > 0) throw new CtlError(`multiple rows in ${id.table} match "${record}"`)
      const found = row === undefined || id.reference === undefined ? row : this.#referenced(row, id.reference, table)
      if (found !== undefined) return found
    }
    return undefined
  }

  #referenced(row: Row, column: string, table: TableSchema): Row | undefined {
    row.verify(column)
    const { keys } = row.read(column)
    return keys.length === 1 ? this.#transaction.row(table.name, keys[0] as Uuid) : undefined
  }

  #byPart(table: TableSchema, record: string): Row | undefined {
    if (!isPartialUuid(record)) return undefined
    const [row, other] = this.#transaction.rows(table.name).filter(({ uuid }) => uuid.startsWith(record))
    if (row !== undefined && other !== undefined) {
      throw new CtlError(
        `${table.name} contains 2 or more rows whose UUIDs begin with ${record}: at least ${row.uuid} and ${other.uuid}`,
      )
    }
    return row
  }
}

function isNamed(row: Row, column: string, record: string): boolean {
  const { keys } = row.read(column)
  const [name] = keys
  if (name === undefined || keys.length > 1) return false
  if (typeof name !== 'string') return /^\d+$/.test(record) && BigInt(record) === BigInt(name)
  return name === record || (record.length >= MIN_PARTIAL && isUuid(name.toLowerCase()) && name.startsWith(record))
}
