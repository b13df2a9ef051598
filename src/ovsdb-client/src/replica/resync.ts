import { isDeepStrictEqual } from 'node:util'
import type { DynamicRow, Uuid } from '../schema/types.js'
import type { SelectedTableSchema } from './selection.js'
import type { DynamicRowChange } from './update.js'

/** The columns in which two rows differ. */
function differences(columns: readonly string[], a: DynamicRow, b: DynamicRow): readonly string[] {
  return columns.filter((name) => a[name] !== b[name] && !isDeepStrictEqual(a[name], b[name]))
}

/**
 * What leads from the rows held to those that a server gives as its whole contents: after a reconnect, only what
 * differs is a change. `inserts` are the contents.
 */
export function changesToContents(
  tables: ReadonlyMap<string, SelectedTableSchema>,
  held: (table: string) => ReadonlyMap<Uuid, DynamicRow>,
  inserts: readonly DynamicRowChange[],
): DynamicRowChange[] {
  const changes: DynamicRowChange[] = []
  const seen = new Map(Array.from(tables.keys(), (name) => [name, new Set<Uuid>()]))
  for (const insert of inserts) {
    seen.get(insert.table)?.add(insert.uuid)
    const old = held(insert.table).get(insert.uuid)
    if (old === undefined || insert.new === undefined) {
      changes.push(insert)
      continue
    }
    const columns = differences(tables.get(insert.table)?.columns ?? [], old, insert.new)
    if (columns.length > 0) changes.push({ ...insert, old, columns })
  }
  for (const [table, { columns }] of tables) {
    for (const [uuid, old] of held(table)) {
      if (seen.get(table)?.has(uuid) !== true) changes.push({ table, uuid, old, columns })
    }
  }
  return changes
}
