import type { DatabaseSchema, DynamicTypes, TableSchema } from 'ovsdb-client'

/** The tables and columns that commands read: what is monitored of the database. */
export class Needs {
  readonly schema: DatabaseSchema<DynamicTypes>
  readonly #tables = new Map<string, Set<string>>()

  constructor(schema: DatabaseSchema<DynamicTypes>) {
    this.schema = schema
  }

  table(table: TableSchema | string): void {
    const name = typeof table === 'string' ? table : table.name
    if (!this.#tables.has(name)) this.#tables.set(name, new Set())
  }

  columns(table: TableSchema | string, columns: Iterable<string>): void {
    this.table(table)
    const wanted = this.#tables.get(typeof table === 'string' ? table : table.name)
    for (const column of columns) wanted?.add(column)
  }

  /** What is needed and there is in the schema of a server, which may be older. */
  within({ tables }: DatabaseSchema<DynamicTypes>): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      Array.from(this.#tables)
        .filter(([table]) => tables.has(table))
        .map(([table, columns]) => [table, Array.from(columns).filter((name) => tables.get(table)?.columns.has(name))]),
    )
  }
}
