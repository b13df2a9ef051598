/** What has changed since it was last asked, as Open vSwitch's change tracking tells it. */
import type { DatabaseSchema, DynamicRow } from 'ovsdb-client'
import { isDeepStrictEqual } from 'node:util'
import { rowLine } from './print.js'
import type { View } from './view.js'

export interface TrackedChange {
  readonly table: string
  readonly uuid: string
  readonly old?: DynamicRow | undefined
  readonly new?: DynamicRow | undefined
  readonly columns: readonly string[]
}

interface Tracked {
  readonly table: string
  row: DynamicRow
  inserted: boolean
  deleted: boolean
  readonly updated: Set<string>
}

export class Tracker {
  readonly #schema: DatabaseSchema
  #tracked = new Map<string, Tracked>()

  constructor(schema: DatabaseSchema) {
    this.#schema = schema
  }

  /** Takes the changes of one update; `referrers` are rows whose references they complete or cut. */
  take(changes: readonly TrackedChange[], referrers: readonly (readonly [string, DynamicRow])[]): void {
    for (const [table, row] of referrers) this.#of(table, row)
    for (const change of changes) {
      const row = change.new ?? change.old
      if (row === undefined) continue
      const updated = change.new === undefined ? [] : this.#updated(change)
      // A row of defaults alone is nothing that a server would have to send.
      if (change.old === undefined && updated.length === 0) continue
      const tracked = this.#of(change.table, row)
      tracked.row = row
      tracked.inserted ||= change.old === undefined
      tracked.deleted = change.new === undefined
      for (const name of updated) tracked.updated.add(name)
    }
  }

  clear(): void {
    this.#tracked = new Map()
  }

  /** Lines of the rows that are tracked. */
  lines(view: View): readonly string[] {
    const gone = Array.from(this.#tracked.values()).filter(({ deleted }) => deleted)
    const withGone = view.with(gone.map(({ table, row }) => [table, row]))
    return Array.from(this.#tracked.values()).flatMap((tracked) => this.#rowLines(tracked, tracked.deleted ? withGone : view))
  }

  /** Lines of a row, marked as it is tracked. */
  linesOf(table: string, row: DynamicRow, view: View): readonly string[] {
    const tracked = this.#tracked.get(row._uuid)
    return tracked === undefined ? [rowLine(table, row, view)] : this.#rowLines({ ...tracked, row }, view)
  }

  #rowLines({ table, row, inserted, deleted, updated }: Tracked, view: View): readonly string[] {
    const marks = [...(inserted ? ['inserted'] : []), ...(deleted ? ['deleted'] : [])].join('/')
    const line = rowLine(table, row, view, marks === '' ? '' : `${marks} row: `)
    return updated.size === 0 ? [line] : [line, `table ${table}: updated columns: ${[...updated].sort().join(' ')}`]
  }

  #of(table: string, row: DynamicRow): Tracked {
    const known = this.#tracked.get(row._uuid)
    if (known !== undefined) return Object.assign(known, { row })
    const tracked = { table, row, inserted: false, deleted: false, updated: new Set<string>() }
    this.#tracked.set(row._uuid, tracked)
    return tracked
  }

  #updated({ table, old, new: row, columns }: TrackedChange): readonly string[] {
    if (old !== undefined) return columns
    const defaults = this.#schema.tables.get(table)?.columns
    return columns.filter((name) => !isDeepStrictEqual(row?.[name], defaults?.get(name)?.codec.defaultValue))
  }
}
