import type { DynamicRow, Uuid } from 'ovsdb-client'

/** The rows of a replica at one moment. */
export class View {
  readonly #tables: ReadonlyMap<string, ReadonlyMap<string, DynamicRow>>

  constructor(tables: ReadonlyMap<string, ReadonlyMap<string, DynamicRow>>) {
    this.#tables = tables
  }

  row(table: string, uuid: string): DynamicRow | undefined {
    return this.#tables.get(table)?.get(uuid)
  }

  rows(table: string): readonly DynamicRow[] {
    return Array.from(this.#tables.get(table)?.values() ?? [])
  }

  /** The row of a table whose column has a value. */
  find(table: string, column: string, value: number | string): DynamicRow & { readonly _uuid: Uuid } {
    const found = this.rows(table).find((row) => row[column] === value)
    if (found === undefined) throw new TypeError(`no row of ${table} with ${column} ${value}`)
    return found
  }

  get tables(): readonly string[] {
    return Array.from(this.#tables.keys())
  }

  /** The same with other rows in. */
  with(rows: readonly (readonly [string, DynamicRow])[]): View {
    const tables = new Map(Array.from(this.#tables, ([name, held]) => [name, new Map(held)]))
    for (const [table, row] of rows) tables.get(table)?.set(row._uuid, row)
    return new View(tables)
  }
}
