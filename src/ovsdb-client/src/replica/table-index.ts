import type { Atom, ColumnValue, DynamicRow, Uuid } from '../schema/types.js'

/** What an index finds rows by: an atom, null, or several for an index over several columns. */
export type IndexValue = Atom | null | readonly (Atom | null)[]

/** The values under which a row is found. */
export type IndexKeys = (row: DynamicRow) => readonly IndexValue[]

/** Rows of one table by a value. Unlike a database's index it may hold many rows a value. */
export class TableIndex {
  readonly #keys: IndexKeys
  readonly #rows = new Map<string, Set<Uuid>>()

  constructor(keys: IndexKeys) {
    this.#keys = keys
  }

  add(row: DynamicRow): void {
    for (const value of this.#keys(row)) {
      const key = mapKey(value)
      const rows = this.#rows.get(key)
      if (rows === undefined) this.#rows.set(key, new Set([row._uuid]))
      else rows.add(row._uuid)
    }
  }

  remove(row: DynamicRow): void {
    for (const value of this.#keys(row)) {
      const key = mapKey(value)
      const rows = this.#rows.get(key)
      rows?.delete(row._uuid)
      if (rows?.size === 0) this.#rows.delete(key)
    }
  }

  find(value: IndexValue): Iterable<Uuid> {
    return this.#rows.get(mapKey(value)) ?? []
  }
}

function mapKey(value: IndexValue): string {
  if (typeof value === 'string') return `s${value}`
  if (Array.isArray(value)) return `l${JSON.stringify(value.map(mapKey))}`
  return String(value)
}

/** A row is found by the column's value; by each element of a set; by each key of a map. */
export function columnKeys(column: string): IndexKeys {
  return (row) => valueKeys(row[column])
}

function valueKeys(value: ColumnValue | undefined): readonly IndexValue[] {
  if (value === undefined) return []
  if (value === null || typeof value !== 'object') return [value]
  if (Array.isArray(value)) return value as readonly Atom[]
  return value instanceof Map ? Array.from((value as ReadonlyMap<Atom, Atom>).keys()) : Object.keys(value)
}

/** A row is found by the values of several columns at once, each with at most one value. */
export function compositeKeys(columns: readonly string[]): IndexKeys {
  return (row) => [columns.map((column) => valueKeys(row[column])[0] as Atom | null)]
}
