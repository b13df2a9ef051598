import type { DatabaseSchema, TableSchema } from 'ovsdb-client'
import { hashOrder } from './hash-order.js'

/** Items of a map that was filled from a JSON object, in the order of ovsdb-client: JSON objects are hash tables too. */
const inOrder = <T>(items: ReadonlyMap<string, T>, before: readonly string[] = []): readonly T[] =>
  hashOrder([...before, ...hashOrder(items.keys())]).flatMap((name) => {
    const item = items.get(name)
    return item === undefined ? [] : [item]
  })

/** The tables of a schema as ovsdb-client lists them. */
export const tablesInOrder = ({ tables }: DatabaseSchema): readonly TableSchema[] => inOrder(tables)

/** Names of all columns of a table, `_uuid` and `_version` among them, as ovsdb-client lists them. */
export const columnsInOrder = ({ columns }: TableSchema): readonly string[] =>
  hashOrder(['_uuid', '_version', ...hashOrder(columns.keys())])

/** Sorted by name, as it does where it wants to print the same every time. */
export const tablesByName = ({ tables }: DatabaseSchema): readonly TableSchema[] =>
  Array.from(tables.values()).sort((a, b) => (a.name < b.name ? -1 : 1))
