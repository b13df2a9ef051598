import type { DatumCodec } from '../data/codec.js'

declare const tableBrand: unique symbol

/** A row's UUID, in lower case. The table is known to the type alone: a Port's cannot be used as a Bridge's. */
export type Uuid<Table extends string = string> = string & { readonly [tableBrand]: Table }

/** Stands for the UUID of a row that an `insert` of the same transaction creates under this uuid-name. */
export interface NamedUuid {
  readonly uuidName: string
}

/** What may be written where a row is referenced. */
export type Ref<Table extends string = string> = Uuid<Table> | NamedUuid

/** What every row has. */
export interface RowBase<Table extends string = string> {
  readonly _uuid: Uuid<Table>
}

/** An atom as a value of ours: bigint only for an integer beyond 2^53. */
export type Atom = string | number | bigint | boolean

/** A column's value: an atom; null or an atom where at most one is allowed; a set; a map (a record by string keys). */
export type ColumnValue =
  Atom | null | readonly Atom[] | Readonly<Record<string, Atom>> | ReadonlyMap<Atom, Atom>

/** A row of a schema that is known at run time only. */
export type DynamicRow = RowBase & Readonly<Record<string, ColumnValue>>

/** The types of one table: its row, and the names of the columns that cannot be changed after the insert. */
export interface TableTypes {
  readonly row: RowBase
  readonly immutable: string
}

/** The types of a database: what the generated code gives, or any rows at all. */
export type DatabaseTypes = Readonly<Record<string, TableTypes>>

export type TableName<D extends DatabaseTypes> = keyof D & string
export type RowOf<D extends DatabaseTypes, T extends TableName<D>> = D[T]['row']
export type ColumnName<Row> = Exclude<keyof Row & string, '_uuid'>

/** A value as it may be written: like the one read, but references may name rows of the same transaction. */
export type Writable<V> =
  V extends Uuid<infer T> ? Ref<T>
  : V extends readonly (infer E)[] ? readonly Writable<E>[]
  : V extends ReadonlyMap<infer K, infer W> ? ReadonlyMap<Writable<K>, Writable<W>>
  : V extends Readonly<Record<string, infer W>> ? Readonly<Record<string, Writable<W>>>
  : V

/** What may be inserted for a row: any of its columns; the others take the schema's defaults. */
export type InsertOf<Row> = { readonly [C in ColumnName<Row>]?: Writable<Row[C]> | undefined }

/** What may be updated of a row: the mutable columns. */
export type UpdateOf<T extends TableTypes> = Omit<InsertOf<T['row']>, T['immutable']>

export const ATOMIC_TYPES = ['integer', 'real', 'boolean', 'string', 'uuid'] as const
export type AtomicType = (typeof ATOMIC_TYPES)[number]

/** RFC 7047 `<base-type>`, with its constraints. */
export interface BaseType {
  readonly type: AtomicType
  readonly enum: readonly Atom[] | undefined
  /** Bounds of an integer or real, both inclusive. */
  readonly min: number | bigint | undefined
  readonly max: number | bigint | undefined
  /** Bounds of a string's length in characters. */
  readonly minLength: number | undefined
  readonly maxLength: number | undefined
  readonly refTable: string | undefined
  readonly refType: 'strong' | 'weak' | undefined
  /** Whether integers beyond 2^53 are delivered (as bigints) instead of being refused. */
  readonly wide: boolean
}

/** RFC 7047 `<type>` of a column. `max` is Infinity for "unlimited". */
export interface ColumnType {
  readonly key: BaseType
  readonly value: BaseType | undefined
  readonly min: 0 | 1
  readonly max: number
}

export interface ColumnSchema {
  readonly name: string
  readonly type: ColumnType
  readonly mutable: boolean
  readonly ephemeral: boolean
  /** Converts between the column's values and RFC 7047's notation. */
  readonly codec: DatumCodec
}

export interface TableSchema {
  readonly name: string
  /** The table's own columns, `_uuid` not among them. */
  readonly columns: ReadonlyMap<string, ColumnSchema>
  readonly indexes: readonly (readonly string[])[]
  /** Whether its rows stay without a reference to them. */
  readonly isRoot: boolean
  readonly mutable: boolean
  readonly maxRows: number
}

/** A database's schema at run time; `D` carries the row types. */
export interface DatabaseSchema<D extends DatabaseTypes = DatabaseTypes> {
  readonly name: string
  /** `x.y.z`; empty when the schema has none. */
  readonly version: string
  readonly cksum: string | undefined
  readonly tables: ReadonlyMap<string, TableSchema>
  /** Never set: it only ties the types to the schema. */
  readonly types?: D
}

/** The row types of a schema object: `TypesOf<typeof OpenVSwitch>`. */
export type TypesOf<S> = S extends DatabaseSchema<infer D> ? D : never
