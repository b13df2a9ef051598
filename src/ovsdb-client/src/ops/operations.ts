import { checkUuidName, show } from '../data/atom.js'
import { datumCodec, type DatumCodec } from '../data/codec.js'
import { ProtocolError, ValueError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/value.js'
import { decodeRow } from '../data/row.js'
import { readType } from '../schema/read-type.js'
import type {
  DatabaseSchema,
  DatabaseTypes,
  InsertOf,
  NamedUuid,
  RowOf,
  TableName,
  TableSchema,
  UpdateOf,
  Uuid,
} from '../schema/types.js'
import { ARITHMETIC_MUTATORS, CONDITION_FUNCTIONS, type Condition, type Mutation } from './clauses.js'

/** RFC 7047 `<operation>`. */
export type WireOperation = JsonObject & { readonly op: string }

/** One operation of a transaction: its RFC 7047 notation, and how its result is read (throws ProtocolError). */
export interface Operation<Result = unknown> {
  readonly wire: WireOperation
  readonly decode: (result: JsonObject) => Result
}

/** The results of a list of operations, place by place. */
export type Results<Ops extends readonly Operation[]> = {
  -readonly [I in keyof Ops]: Ops[I] extends Operation<infer Result> ? Result : never
}

export interface Inserted<T extends string> {
  /** The UUID that the server chose. */
  readonly uuid: Uuid<T>
}

export interface Counted {
  /** How many rows matched. */
  readonly count: number
}

/** The result of an operation that has none. */
export type Nothing = Readonly<Record<string, never>>

type Where<D extends DatabaseTypes, T extends TableName<D>> = readonly Condition<RowOf<D, T>>[]

/** A reference to the row that an `insert` of the same transaction creates with this `uuidName`. */
export function ref(uuidName: string): NamedUuid {
  return { uuidName }
}

/** An operation in RFC 7047 notation, as it stands; its result is given as it comes. */
export function rawOperation(wire: WireOperation): Operation<JsonObject> {
  return { wire, decode: (result) => result }
}

/** Writes a comment into the server's log of the transaction (RFC 7047 section 5.2.9). */
export function comment(text: string): Operation<Nothing> {
  return nothing({ op: 'comment', comment: text })
}

/** Lets the transaction fail unless this session owns the lock (section 5.2.10). */
export function assertLock(lock: string): Operation<Nothing> {
  return nothing({ op: 'assert', lock })
}

/** Lets the transaction fail (section 5.2.8). */
export function abort(): Operation<Nothing> {
  return nothing({ op: 'abort' })
}

/** With `durable`, the reply waits until the transaction is on disk (section 5.2.7). */
export function commit(durable: boolean): Operation<Nothing> {
  return nothing({ op: 'commit', durable })
}

/** The operations on a database's tables (RFC 7047 section 5.2), by its schema: `operations(OpenVSwitch)`. */
export function operations<D extends DatabaseTypes>(schema: DatabaseSchema<D>): Operations<D> {
  return new Operations(schema)
}

/**
 * Builders of operations. Values are given as they are read from rows; they are checked and written in the notation
 * of their columns here, so that a mistake is found where it is made. All throw ValueError. The methods may be
 * taken off the object: `const { insert, update } = operations(OpenVSwitch)`.
 */
export class Operations<D extends DatabaseTypes> {
  readonly schema: DatabaseSchema<D>

  constructor(schema: DatabaseSchema<D>) {
    this.schema = schema
  }

  /**
   * Inserts a row; with `uuidName`, other operations of the transaction can refer to it by `ref(uuidName)`. With
   * `uuid`, the row has that UUID (ovsdb-server(7), "insert"; Open vSwitch 2.17 and later).
   */
  readonly insert = <T extends TableName<D>>(
    table: T,
    row: InsertOf<RowOf<D, T>>,
    uuidName?: string,
    uuid?: Uuid<NoInfer<T>>,
  ): Operation<Inserted<T>> => {
    const wire = { op: 'insert', table, row: encodeRow(this.#table(table), row) }
    const named = uuidName === undefined ? wire : { ...wire, 'uuid-name': checkUuidName(uuidName, 'uuidName') }
    return {
      wire: uuid === undefined ? named : { ...named, uuid },
      decode: (result) => ({ uuid: UUID_CODEC.decode(result['uuid'] ?? null) as Uuid<T> }),
    }
  }

  /** Sets columns of the rows that meet all conditions. */
  readonly update = <T extends TableName<D>>(
    table: T,
    where: Where<D, T>,
    row: UpdateOf<D[T]>,
  ): Operation<Counted> => {
    const schema = this.#table(table)
    return counted({ op: 'update', table, where: encodeWhere(schema, where), row: encodeRow(schema, row) })
  }

  /** Changes columns of the rows that meet all conditions, relative to what they hold. */
  readonly mutate = <T extends TableName<D>>(
    table: T,
    where: Where<D, T>,
    mutations: readonly Mutation<RowOf<D, T>, D[T]['immutable']>[],
  ): Operation<Counted> => {
    const schema = this.#table(table)
    const encoded = mutations.map((mutation) => encodeMutation(schema, mutation as readonly [string, string, unknown]))
    return counted({ op: 'mutate', table, where: encodeWhere(schema, where), mutations: encoded })
  }

  /** Deletes the rows that meet all conditions. */
  readonly delete = <T extends TableName<D>>(table: T, where: Where<D, T>): Operation<Counted> => {
    return counted({ op: 'delete', table, where: encodeWhere(this.#table(table), where) })
  }

  /** Reads the rows that meet all conditions, whole or the columns named (and `_uuid`). */
  readonly select = <T extends TableName<D>, C extends keyof RowOf<D, T> & string>(
    table: T,
    where: Where<D, T>,
    columns?: readonly C[],
  ): Operation<{ readonly rows: readonly Pick<RowOf<D, T>, C | '_uuid'>[] }> => {
    const schema = this.#table(table)
    const names = columns === undefined ? Array.from(schema.columns.keys()) : columns.filter((name) => name !== '_uuid')
    for (const name of names) columnCodec(schema, name)
    return {
      wire: { op: 'select', table, where: encodeWhere(schema, where), columns: ['_uuid', ...names] },
      decode: (result) => ({
        rows: resultRows(result).map(
          (row) =>
            decodeRow(schema, names, UUID_CODEC.decode(row['_uuid'] ?? null) as Uuid, row) as unknown as Pick<
              RowOf<D, T>,
              C | '_uuid'
            >,
        ),
      }),
    }
  }

  /**
   * Waits until the columns of the rows that meet all conditions are (`==`) or are not (`!=`) those given.
   * After `timeoutMs` the transaction fails with WaitTimeoutError; 0 means to check once; without it, no limit.
   */
  readonly wait = <T extends TableName<D>, C extends keyof RowOf<D, T> & string>(
    table: T,
    where: Where<D, T>,
    columns: readonly C[],
    until: '==' | '!=',
    rows: readonly Pick<RowOf<D, T>, C>[],
    timeoutMs?: number,
  ): Operation<Nothing> => {
    const schema = this.#table(table)
    for (const column of columns) columnCodec(schema, column)
    if (timeoutMs !== undefined && !(Number.isSafeInteger(timeoutMs) && timeoutMs >= 0)) {
      throw new ValueError('timeoutMs', `expected a number of milliseconds, got ${show(timeoutMs)}`)
    }
    const wire = {
      op: 'wait',
      table,
      where: encodeWhere(schema, where),
      columns,
      until,
      rows: rows.map((row) => encodeRow(schema, row)),
    }
    return nothing(timeoutMs === undefined ? wire : { ...wire, timeout: timeoutMs })
  }

  #table(name: string): TableSchema {
    const table = this.schema.tables.get(name)
    if (table === undefined) throw new ValueError(name, `no such table in ${this.schema.name}`)
    return table
  }
}

const UUID_CODEC: DatumCodec = datumCodec(readType('uuid'), '_uuid')

function columnCodec(table: TableSchema, name: string): DatumCodec {
  const codec = name === '_uuid' || name === '_version' ? UUID_CODEC : table.columns.get(name)?.codec
  if (codec === undefined) throw new ValueError(`${table.name}.${name}`, 'no such column')
  return codec
}

function encodeRow(table: TableSchema, row: object): JsonObject {
  const wire: [string, Json][] = []
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) wire.push([name, columnCodec(table, name).encode(value)])
  }
  return Object.fromEntries(wire)
}

/** Conditions in RFC 7047 notation (section 5.1, `<condition>`). Throws ValueError. */
export function encodeWhere(table: TableSchema, where: readonly unknown[]): readonly Json[] {
  return where.map((condition) => {
    if (typeof condition === 'boolean') return condition
    const [column, test, value] = condition as readonly [string, string, unknown]
    const codec = columnCodec(table, column)
    if (!CONDITION_FUNCTIONS.some((name) => name === test)) {
      throw new ValueError(`${table.name}.${column}`, `unknown condition ${show(test)}`)
    }
    return [column, test, codec.encode(value, test === '==' || test === '!=' ? 'bare' : 'partial')]
  })
}

function encodeMutation(table: TableSchema, [column, mutator, value]: readonly [string, string, unknown]): Json {
  const codec = columnCodec(table, column)
  if (mutator === 'insert') return [column, mutator, codec.encode(value, 'partial')]
  if (mutator === 'delete') {
    const keys = codec.kind !== 'map' || Array.isArray(value)
    return [column, mutator, keys ? codec.encodeKeys(value) : codec.encode(value, 'partial')]
  }
  if (!ARITHMETIC_MUTATORS.some((name) => name === mutator)) {
    throw new ValueError(`${table.name}.${column}`, `unknown mutator ${show(mutator)}`)
  }
  if (typeof value === 'number' || typeof value === 'bigint') return [column, mutator, value]
  throw new ValueError(`${table.name}.${column}`, `${mutator} needs a number, got ${show(value)}`)
}

function resultRows(result: JsonObject): readonly JsonObject[] {
  const rows = result['rows']
  if (!isJsonArray(rows)) throw new ProtocolError(`select: expected rows, got ${excerpt(rows)}`)
  return rows.map((row) => {
    if (isJsonObject(row)) return row
    throw new ProtocolError(`select: expected a row, got ${excerpt(row)}`)
  })
}

function nothing(wire: WireOperation): Operation<Nothing> {
  return { wire, decode: () => ({}) }
}

function counted(wire: WireOperation): Operation<Counted> {
  return {
    wire,
    decode: ({ count }) => {
      if (typeof count === 'number') return { count }
      throw new ProtocolError(`${wire.op}: expected a count, got ${excerpt(count)}`)
    },
  }
}
