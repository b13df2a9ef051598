import type { Atom, ColumnType, ColumnValue, DynamicRow, TableSchema, Uuid } from '../schema/types.js'
import { TableIndex } from './table-index.js'

/** The tables that a column's values refer to. */
export type ReferencedTable<V> =
  V extends Uuid<infer T> ? T
  : V extends readonly (infer E)[] ? ReferencedTable<E>
  : V extends ReadonlyMap<infer K, infer W> ? ReferencedTable<K> | ReferencedTable<W>
  : V extends Readonly<Record<string, infer W>> ? ReferencedTable<W>
  : never

/** The keys and the values of a map; the elements of anything else, and no values. */
function parts(value: ColumnValue | undefined): readonly [readonly Atom[], readonly Atom[]] {
  if (value === undefined || value === null) return [[], []]
  if (typeof value !== 'object') return [[value], []]
  if (Array.isArray(value)) return [value as readonly Atom[], []]
  const pairs = value instanceof Map ? Array.from(value as ReadonlyMap<Atom, Atom>) : Object.entries(value)
  return [pairs.map(([key]) => key), pairs.map(([, item]) => item as Atom)]
}

/** The UUIDs in a column's value, by the tables that they are of. */
export function references({ key, value }: ColumnType, content: ColumnValue | undefined): readonly (readonly [string, Uuid])[] {
  if (key.refTable === undefined && value?.refTable === undefined) return []
  const [keys, values] = parts(content)
  const of = (table: string | undefined, atoms: readonly Atom[]): readonly (readonly [string, Uuid])[] =>
    table === undefined ? [] : atoms.map((atom) => [table, atom as Uuid] as const)
  return [...of(key.refTable, keys), ...of(value?.refTable, values)]
}

/** An index of the rows of one table by the rows of another that some of its columns refer to. */
export function referrerIndex(
  table: TableSchema,
  columns: readonly string[],
  rows: ReadonlyMap<Uuid, DynamicRow>,
  target: string,
): TableIndex | undefined {
  const types = columns.flatMap((name) => {
    const type = table.columns.get(name)?.type
    const refers = type?.key.refTable === target || type?.value?.refTable === target
    return type !== undefined && refers ? [[name, type] as const] : []
  })
  if (types.length === 0) return undefined
  const keys = (row: DynamicRow): readonly Uuid[] => {
    const found = types.flatMap(([name, type]) => references(type, row[name]))
    return Array.from(new Set(found.flatMap(([to, uuid]) => (to === target ? [uuid] : []))))
  }
  return new TableIndex(keys, rows)
}
