import { ValueError } from '../errors.js'
import type { Condition } from '../ops/clauses.js'
import { encodeWhere } from '../ops/operations.js'
import type { MonitorRequest } from '../rpc/monitor.js'
import type {
  ColumnName,
  DatabaseSchema,
  DatabaseTypes,
  RowOf,
  TableName,
  TableSchema,
} from '../schema/types.js'

/** What a replica holds of a table: all columns, some, or those of the rows that meet any of some conditions. */
export type TableSelection<Row> =
  | true
  | readonly ColumnName<Row>[]
  | { readonly columns?: readonly ColumnName<Row>[]; readonly where: readonly Condition<Row>[] }

/** What a replica holds: a selection for each of its tables. */
export type Selection<D extends DatabaseTypes> = { readonly [T in TableName<D>]?: TableSelection<RowOf<D, T>> }

type ColumnsOf<Row, S> =
  S extends readonly (infer C)[] ? Extract<C, keyof Row>
  : S extends { readonly columns: readonly (infer C)[] } ? Extract<C, keyof Row>
  : keyof Row

/** The tables of a selection. */
export type SelectedTable<D extends DatabaseTypes, S extends Selection<D>> = TableName<D> & keyof S

/** A row of a replica: `_uuid` and the columns selected. */
export type SelectedRow<D extends DatabaseTypes, S extends Selection<D>, T extends SelectedTable<D, S>> = Pick<
  RowOf<D, T>,
  ColumnsOf<RowOf<D, T>, S[T]> | '_uuid'
>

/** A table of a replica at run time. */
export interface SelectedTableSchema {
  readonly table: TableSchema
  readonly columns: readonly string[]
  readonly request: MonitorRequest
  readonly conditional: boolean
}

/** The tables and columns selected, checked against the schema. Throws ValueError. */
export function readSelection<D extends DatabaseTypes>(
  schema: DatabaseSchema<D>,
  selection: Selection<D>,
): Map<string, SelectedTableSchema> {
  const tables = new Map<string, SelectedTableSchema>()
  for (const [name, wanted] of Object.entries(selection) as [string, TableSelection<Record<string, never>>][]) {
    const table = schema.tables.get(name)
    if (table === undefined) throw new ValueError(`tables.${name}`, `no such table in ${schema.name}`)
    tables.set(name, selectTable(table, wanted as TableSelection<unknown>))
  }
  return tables
}

function selectTable(table: TableSchema, wanted: TableSelection<unknown>): SelectedTableSchema {
  const spec = wanted === true ? {} : 'where' in wanted ? wanted : { columns: wanted }
  const columns: readonly string[] = spec.columns ?? Array.from(table.columns.keys())
  for (const column of columns) {
    if (!table.columns.has(column)) throw new ValueError(`tables.${table.name}`, `no such column: ${column}`)
  }
  const request: MonitorRequest = { columns }
  if (!('where' in spec)) return { table, columns, request, conditional: false }
  return withConditions({ table, columns, request, conditional: true }, spec.where)
}

/** A selection of the rows that meet any of some conditions. Throws ValueError. */
export function withConditions(selected: SelectedTableSchema, where: readonly unknown[]): SelectedTableSchema {
  // To a server, no conditions are none to fail; to us, none that a row could meet.
  const encoded = where.length === 0 ? [false] : encodeWhere(selected.table, where)
  return { ...selected, request: { ...selected.request, where: encoded }, conditional: true }
}

/** The parameters of a monitor request. */
export function monitorRequests(tables: ReadonlyMap<string, SelectedTableSchema>): Record<string, MonitorRequest> {
  return Object.fromEntries(Array.from(tables, ([name, { request }]) => [name, request]))
}
