import { randomUUID } from 'node:crypto'
import {
  type ColumnSchema,
  type ColumnType,
  compareAtoms,
  type DatabaseSchema,
  datumFromJson,
  type Datum,
  defaultDatum,
  type DynamicRow,
  type DynamicTypes,
  equalData,
  findKey,
  overlay,
  subtract,
  type TableSchema,
  type Uuid,
} from 'ovsdb-client'
import { CtlError } from '../errors.js'

/** The rows that a transaction is built on, as a replica has them. */
export interface Contents {
  rows(table: string): Iterable<DynamicRow>
}

/** The elements of a datum that another does not have so, and the keys that are to go for them. */
export interface Insertion {
  readonly come: Datum
  readonly replaced: Datum
}

/** A row as a transaction leaves it. */
export class Row {
  readonly table: TableSchema
  readonly uuid: Uuid
  /** Whether the UUID was asked for; else the server chooses another one than that by which the row is known here. */
  readonly keepsUuid: boolean
  /** Whether the transaction deletes it. */
  deleted = false
  readonly #stored: DynamicRow | undefined
  readonly #onChange: () => void
  readonly #read = new Map<string, Datum>()
  readonly #written = new Map<string, Datum>()
  readonly #inserted = new Map<string, Datum>()
  readonly #verified = new Set<string>()

  constructor(
    table: TableSchema,
    uuid: Uuid,
    stored: DynamicRow | undefined,
    onChange: () => void,
    keepsUuid = false,
  ) {
    this.table = table
    this.uuid = uuid
    this.keepsUuid = keepsUuid
    this.#stored = stored
    this.#onChange = onChange
  }

  /** Whether the transaction inserts it. */
  get isNew(): boolean {
    return this.#stored === undefined
  }

  /** What a column holds: what was written here, else what the database has. */
  read(column: string): Datum {
    return this.#written.get(column) ?? this.stored(column)
  }

  /** What the database holds; the default where it has nothing to say. */
  stored(column: string): Datum {
    const known = this.#read.get(column)
    if (known !== undefined) return known
    const { type, codec } = this.column(column)
    const value = this.#stored?.[column]
    const datum =
      value === undefined ? defaultDatum(type) : datumFromJson(codec.encode(value), type, { anySize: true })
    this.#read.set(column, datum)
    return datum
  }

  column(name: string): ColumnSchema {
    const column = this.table.columns.get(name)
    if (column === undefined) throw new CtlError(`${this.table.name} has no column ${name}`)
    return column
  }

  /** Throws CtlError for a column that cannot be changed once the row is there. */
  checkMutable({ name, mutable }: ColumnSchema): void {
    if (!mutable && !this.isNew) throw new CtlError(`cannot modify read-only column ${name} in table ${this.table.name}`)
  }

  write(column: string, datum: Datum): void {
    this.#written.set(column, datum)
    this.#onChange()
  }

  /** Puts elements in, those of the same key replaced; the transaction fails when the column changes meanwhile. */
  overlay(column: string, datum: Datum): void {
    this.verify(column)
    this.write(column, overlay(this.read(column), datum))
  }

  /** The same, whatever other elements the column has when the transaction is executed. It cannot be read here. */
  insert(column: string, datum: Datum): void {
    if (this.isNew) this.write(column, overlay(this.read(column), datum))
    else this.#inserted.set(column, overlay(this.#inserted.get(column) ?? emptied(datum), datum))
    this.#onChange()
  }

  /** Lets the transaction fail when the column is not as it was read, unless it was written before. */
  verify(column: string): void {
    if (this.#stored?.[column] !== undefined && !this.#written.has(column)) this.#verified.add(column)
  }

  get verified(): Iterable<string> {
    return this.#verified
  }

  get written(): ReadonlyMap<string, Datum> {
    return this.#written
  }

  /** What `insert` asked for and is not there already. */
  *insertions(): Iterable<readonly [ColumnSchema, Insertion]> {
    for (const [name, datum] of this.#inserted) {
      const column = this.column(name)
      const before = this.read(name)
      const come = subtract(datum, before)
      const gone = column.type.value === undefined ? [] : come.keys.filter((key) => findKey(before, key) >= 0)
      if (come.keys.length > 0) yield [column, { come, replaced: { keys: gone, values: undefined } }]
    }
  }

  /** Whether a column was written another value than the database has. */
  get differs(): boolean {
    return Array.from(this.#written).some(([column, datum]) => !equalData(datum, this.stored(column)))
  }
}

const emptied = ({ values }: Datum): Datum => ({ keys: [], values: values && [] })

/** A datum in the order of OVSDB, for references made of rows. */
export function references(rows: readonly Row[]): Datum {
  return { keys: Array.from(new Set(rows.map(({ uuid }) => uuid))).sort(compareAtoms), values: undefined }
}

export const isDefault = (datum: Datum, type: ColumnType): boolean => equalData(datum, defaultDatum(type))

/** A transaction while it is built: the database as it was read, and as it is to become. */
export class Transaction {
  readonly schema: DatabaseSchema<DynamicTypes>
  readonly #contents: Contents
  readonly #tables = new Map<string, Map<Uuid, Row>>()
  #changes = 0
  #increment: readonly [Row, string] | undefined

  constructor(schema: DatabaseSchema<DynamicTypes>, contents: Contents) {
    this.schema = schema
    this.#contents = contents
  }

  /** Grows with every change: what was worked out at one number holds until the next. */
  get changes(): number {
    return this.#changes
  }

  /** The rows of a table, with those that are new, without those that are deleted. */
  rows(table: string): readonly Row[] {
    return Array.from(this.#all(table).values()).filter(({ deleted }) => !deleted)
  }

  row(table: string, uuid: Uuid): Row | undefined {
    const row = this.#all(table).get(uuid)
    return row?.deleted === true ? undefined : row
  }

  /** The rows that a column refers to. */
  referenced(row: Row, column: string): readonly Row[] {
    const { refTable } = row.column(column).type.key
    return row.read(column).keys.flatMap((uuid) => this.row(refTable ?? '', uuid as Uuid) ?? [])
  }

  /** Inserts a row. Other rows may refer to it by its UUID, which is not that it is going to have unless `keepsUuid`. */
  insert(table: string, uuid: Uuid = randomUUID() as Uuid, keepsUuid = false): Row {
    const row = new Row(this.table(table), uuid, undefined, this.#onChange, keepsUuid)
    this.#all(table).set(uuid, row)
    this.#onChange()
    return row
  }

  delete(row: Row): void {
    row.deleted = true
    this.#onChange()
  }

  /** Adds one to a column if anything else changes; the sum is told when the transaction has gone through. */
  increment(row: Row, column: string): void {
    this.#increment = [row, column]
  }

  get incremented(): readonly [Row, string] | undefined {
    return this.#increment
  }

  /** Every row that was looked at. */
  *touched(): Iterable<Row> {
    for (const rows of this.#tables.values()) yield* rows.values()
  }

  table(name: string): TableSchema {
    const table = this.schema.tables.get(name)
    if (table === undefined) throw new CtlError(`unknown table "${name}"`)
    return table
  }

  readonly #onChange = (): void => {
    this.#changes++
  }

  #all(name: string): Map<Uuid, Row> {
    const known = this.#tables.get(name)
    if (known !== undefined) return known
    const table = this.table(name)
    const rows = new Map(
      Array.from(this.#contents.rows(name), (stored) => [
        stored._uuid,
        new Row(table, stored._uuid, stored, this.#onChange),
      ]),
    )
    this.#tables.set(name, rows)
    return rows
  }
}
