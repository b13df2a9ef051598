import type { ColumnSchema, TableSchema } from 'ovsdb-client'
import { CtlError } from '../errors.js'
import type { Needs } from './needs.js'

const lowered = (name: string): string => name.toLowerCase().replaceAll('-', '_')

/** How well an abbreviation fits a name: its length, or more when it is all of it; 0 when it does not. */
function score(name: string, abbreviation: string): number {
  if (name === abbreviation) return Infinity
  const [full, begun] = [lowered(name), lowered(abbreviation)]
  if (full === begun) return Number.MAX_SAFE_INTEGER
  return full.startsWith(begun) ? begun.length : 0
}

function bestMatches(names: Iterable<string>, abbreviation: string): readonly string[] {
  const scored = Array.from(names, (name) => [score(name, abbreviation), name] as const)
  const best = Math.max(...scored.map(([points]) => points))
  return best > 0 ? scored.filter(([points]) => points === best).map(([, name]) => name) : []
}

/** The table of a name, of which the beginning is enough when no other begins so. */
export function findTable({ schema }: Pick<Needs, 'schema'>, name: string): TableSchema {
  const [match, ...others] = bestMatches(schema.tables.keys(), name)
  const table = match === undefined ? undefined : schema.tables.get(match)
  if (match === undefined || table === undefined) throw new CtlError(`unknown table "${name}"`)
  if (others.length > 0) throw new CtlError(`"${name}" matches multiple table names: ${[match, ...others].sort().join(', ')}`)
  return table
}

/** The column of a name, of which the beginning is enough when no other begins so. */
export function findColumn(table: TableSchema, name: string): ColumnSchema {
  const [match, ...others] = bestMatches(table.columns.keys(), name)
  const column = match === undefined ? undefined : table.columns.get(match)
  if (match === undefined || column === undefined) {
    throw new CtlError(`${table.name} does not contain a column whose name matches "${name}"`)
  }
  if (others.length > 0) {
    const matches = [match, ...others].sort().join(', ')
    throw new CtlError(`${table.name} contains more than one column whose name matches "${name}": ${matches}`)
  }
  return column
}
