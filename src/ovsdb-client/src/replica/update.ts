import { decodeRow } from '../data/row.js'
import { isUuid } from '../data/atom.js'
import { InconsistentReplicaError, ProtocolError } from '../errors.js'
import { membersOf, readPart } from '../json/outline.js'
import { excerpt, isJsonObject, type Json, type JsonObject } from '../json/value.js'
import type { UpdateFormat } from '../rpc/monitor.js'
import type { ColumnValue, DynamicRow, Uuid } from '../schema/types.js'
import type { SelectedTableSchema } from './selection.js'

/** What happened to one row. An insert has no `old`, a delete no `new`. */
export interface DynamicRowChange {
  readonly table: string
  readonly uuid: Uuid
  readonly old?: DynamicRow
  readonly new?: DynamicRow
  /** The columns that differ; all that are selected for an insert or a delete. */
  readonly columns: readonly string[]
}

type Tables = ReadonlyMap<string, SelectedTableSchema>
type Lookup = (table: string, uuid: Uuid) => DynamicRow | undefined

/** What one row update of a format does to a row; undefined when nothing. */
type ReadRowUpdate = (
  selected: SelectedTableSchema,
  uuid: Uuid,
  old: DynamicRow | undefined,
  update: JsonObject,
) => DynamicRowChange | undefined

const ROW_UPDATES: Readonly<Record<UpdateFormat, ReadRowUpdate>> = { update: readUpdate, update2: readUpdate2 }

/**
 * What table updates change, worked out without changing anything. Throws ProtocolError for what cannot be read and
 * InconsistentReplicaError for what contradicts the rows that `lookup` finds.
 */
export function readTableUpdates(
  tables: Tables,
  format: UpdateFormat,
  updates: JsonObject,
  lookup: Lookup,
): DynamicRowChange[] {
  const changes: DynamicRowChange[] = []
  for (const [name, rows] of members(updates, 'updates')) {
    const selected = tables.get(name)
    if (selected === undefined) throw new ProtocolError(`update of table "${name}", which is not monitored`)
    const distinct = new DistinctNames()
    for (const [uuid, update] of members(rows, name)) {
      if (distinct.repeated(uuid)) throw new ProtocolError(`${name} ${uuid}: updated twice at once`)
      if (!isUuid(uuid)) throw new ProtocolError(`${name}: not a UUID: ${excerpt(uuid)}`)
      const row = uuid as Uuid
      const change = ROW_UPDATES[format](selected, row, lookup(name, row), object(update, `${name} ${uuid}`))
      if (change !== undefined) changes.push(change)
    }
  }
  return changes
}

/** RFC 7047 section 4.1.6 `<row-update>`: `old` holds the columns that changed, `new` the whole row. */
function readUpdate(
  selected: SelectedTableSchema,
  uuid: Uuid,
  old: DynamicRow | undefined,
  update: JsonObject,
): DynamicRowChange | undefined {
  const before = update['old']
  const after = update['new']
  if (after === undefined) return remove(selected, uuid, old)
  if (before === undefined) return insert(selected, uuid, old, object(after, selected.table.name))
  const present = expectPresent(selected, uuid, old, 'modify')
  const columns = Object.keys(object(before, selected.table.name)).filter((name) => name !== '_version')
  const row = decodeRow(selected.table, selected.columns, uuid, object(after, selected.table.name))
  return columns.length === 0 ? undefined : { table: selected.table.name, uuid, old: present, new: row, columns }
}

/** ovsdb-server(7) `<row-update2>`: rows without columns that have their defaults; `modify` holds differences. */
function readUpdate2(
  selected: SelectedTableSchema,
  uuid: Uuid,
  old: DynamicRow | undefined,
  update: JsonObject,
): DynamicRowChange | undefined {
  const { table } = selected
  const added = update['insert'] ?? update['initial']
  if (added !== undefined) return insert(selected, uuid, old, object(added, table.name))
  if (update['delete'] !== undefined) return remove(selected, uuid, old)
  if (update['modify'] === undefined) {
    throw new ProtocolError(`${table.name} ${uuid}: unknown update ${excerpt(update)}`)
  }
  const present = expectPresent(selected, uuid, old, 'modify')
  const row: Record<string, ColumnValue> = { ...present }
  const diffs = Object.entries(object(update['modify'], table.name))
  for (const [name, diff] of diffs) {
    const codec = table.columns.get(name)?.codec
    const value = row[name]
    if (codec === undefined || value === undefined) throw new ProtocolError(`${table.name}.${name}: not monitored`)
    row[name] = codec.applyDiff(value, diff)
  }
  const columns = diffs.map(([name]) => name)
  return columns.length === 0 ? undefined : { table: table.name, uuid, old: present, new: row as DynamicRow, columns }
}

function insert(
  { table, columns }: SelectedTableSchema,
  uuid: Uuid,
  old: DynamicRow | undefined,
  wire: JsonObject,
): DynamicRowChange {
  if (old !== undefined) throw new InconsistentReplicaError(`${table.name} ${uuid}: inserted, but there already`)
  return { table: table.name, uuid, new: decodeRow(table, columns, uuid, wire), columns }
}

function remove(selected: SelectedTableSchema, uuid: Uuid, old: DynamicRow | undefined): DynamicRowChange {
  const present = expectPresent(selected, uuid, old, 'delete')
  return { table: selected.table.name, uuid, old: present, columns: selected.columns }
}

function expectPresent(
  selected: SelectedTableSchema,
  uuid: Uuid,
  row: DynamicRow | undefined,
  what: string,
): DynamicRow {
  if (row !== undefined) return row
  throw new InconsistentReplicaError(`${selected.table.name} ${uuid}: ${what} of a row that is not there`)
}

/** Finds names that come again. Those of a server come in order, and then nothing needs to be remembered. */
class DistinctNames {
  readonly #names: string[] = []
  #seen: Set<string> | undefined

  repeated(name: string): boolean {
    if (this.#seen === undefined) {
      const last = this.#names.at(-1)
      this.#names.push(name)
      if (last === undefined || last < name) return false
      this.#seen = new Set(this.#names)
      return this.#seen.size < this.#names.length
    }
    const before = this.#seen.size
    return this.#seen.add(name).size === before
  }
}

function members(json: Json, where: string): Iterable<readonly [string, Json]> {
  const found = membersOf(json)
  if (found !== undefined) return found
  throw new ProtocolError(`${where}: expected an object, got ${excerpt(json)}`)
}

function object(json: Json | undefined, where: string): JsonObject {
  const whole = readPart(json)
  if (isJsonObject(whole)) return whole
  throw new ProtocolError(`${where}: expected an object, got ${excerpt(json)}`)
}
