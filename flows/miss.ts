import { PRIORITY, type TableName, TABLES } from './layout.js'
import type { FlowTerm } from './terms.js'

/** What no flow of a table takes is dropped, and counted. */
export function misses(): FlowTerm[] {
  return (Object.keys(TABLES) as TableName[]).map((table) => ({
    table,
    priority: PRIORITY.miss,
    match: {},
    actions: [],
  }))
}
