import type { Atom, ColumnValue, DynamicRow, Uuid } from '../schema/types.js'

/** What an index finds rows by: an atom, null, or several for an index over several columns. */
export type IndexValue = Atom | null | readonly (Atom | null)[]

/** The values under which a row is found. */
export type IndexKeys = (row: DynamicRow) => readonly IndexValue[]

/** What a value is kept under. Most are themselves, and take no memory beside their row's. */
type MapKey = string | number | boolean | null

/**
 * Rows of one table by a value. Unlike a database's index it may hold many rows a value. It is made when it is first
 * asked; until then, rows that come and go cost nothing.
 */
export class TableIndex {
  readonly #keys: IndexKeys
  readonly #held: ReadonlyMap<Uuid, DynamicRow>
  /** A row that is alone under its value, as most are, needs no set. */
  #rows: Map<MapKey, Uuid | Set<Uuid>> | undefined

  /** An index of the rows that a table holds, of which it is told when they come and go. */
  constructor(keys: IndexKeys, held: ReadonlyMap<Uuid, DynamicRow>) {
    this.#keys = keys
    this.#held = held
  }

  add(row: DynamicRow): void {
    const rows = this.#rows
    if (rows === undefined) return
    for (const value of this.#keys(row)) {
      const key = mapKey(value)
      const there = rows.get(key)
      if (there === undefined) rows.set(key, row._uuid)
      else if (typeof there === 'object') there.add(row._uuid)
      else if (there !== row._uuid) rows.set(key, new Set([there, row._uuid]))
    }
  }

  remove(row: DynamicRow): void {
    const rows = this.#rows
    if (rows === undefined) return
    for (const value of this.#keys(row)) {
      const key = mapKey(value)
      const there = rows.get(key)
      if (there === row._uuid) rows.delete(key)
      else if (typeof there === 'object' && there.delete(row._uuid) && there.size === 0) rows.delete(key)
    }
  }

  find(value: IndexValue): Iterable<Uuid> {
    if (this.#rows === undefined) {
      this.#rows = new Map()
      for (const row of this.#held.values()) this.add(row)
    }
    const there = this.#rows.get(mapKey(value))
    return typeof there === 'string' ? [there] : (there ?? [])
  }
}

/** Strings of OVSDB hold no NUL: one that begins with it is told from all of them. */
function mapKey(value: IndexValue): MapKey {
  if (Array.isArray(value)) return `\0${JSON.stringify(value.map(mapKey))}`
  if (typeof value !== 'bigint') return value as MapKey
  return Number.isSafeInteger(Number(value)) ? Number(value) : `\0${value.toString()}`
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
