import { EventEmitter } from 'node:events'
import { ConnectionClosedError, ProtocolError, UnknownMethodError, ValueError, type OvsdbError } from '../errors.js'
import type { Monitor, MonitorUpdate } from '../rpc/monitor.js'
import type { Session } from '../rpc/session.js'
import type {
  DatabaseSchema,
  DatabaseTypes,
  DynamicRow,
  TypesOf,
  Uuid,
} from '../schema/types.js'
import {
  monitorRequests,
  readSelection,
  type SelectedRow,
  type SelectedTable,
  type SelectedTableSchema,
  type Selection,
} from './selection.js'
import { columnKeys, compositeKeys, TableIndex, type IndexValue } from './table-index.js'
import { readTableUpdates, type DynamicRowChange } from './update.js'

/** What happened to one row: no `old` when it was inserted, no `new` when it was deleted. */
export type RowChange<D extends DatabaseTypes, S extends Selection<D>> = {
  [T in SelectedTable<D, S>]: {
    readonly table: T
    readonly uuid: Uuid<T>
    readonly old?: SelectedRow<D, S, T>
    readonly new?: SelectedRow<D, S, T>
    /** The columns that differ; all that are selected for an insert or a delete. */
    readonly columns: readonly (keyof SelectedRow<D, S, T> & string)[]
  }
}[SelectedTable<D, S>]

/** An extra index: a column, or a name and the values that a row is found by under that name. */
export type ExtraIndex<Row> =
  | (keyof Row & string)
  | { readonly name: string; readonly keys: (row: Row) => readonly (string | number)[] }

export interface ReplicaOptions<D extends DatabaseTypes, S extends Selection<D>> {
  /** The tables to hold, and which columns (`true`: all) and rows of them. */
  readonly tables: S
  /** Indexes beside those that the schema declares. */
  readonly indexes?: { readonly [T in SelectedTable<D, S>]?: readonly ExtraIndex<SelectedRow<D, S, T>>[] }
}

interface ReplicaEvents<D extends DatabaseTypes, S extends Selection<D>> {
  /** Rows changed: all changes that the server sent at once; the replica already holds all of them. */
  change: [changes: readonly RowChange<D, S>[]]
  /** The replica is no longer kept current. Emitted once. */
  close: [reason: OvsdbError]
}

/** The type of a replica of a schema and a selection: `ReplicaOf<typeof OpenVSwitch, typeof TABLES>`. */
export type ReplicaOf<Schema, S extends Selection<TypesOf<Schema>>> = Replica<TypesOf<Schema>, S>

interface Table {
  readonly selected: SelectedTableSchema
  readonly rows: Map<Uuid, DynamicRow>
  readonly indexes: ReadonlyMap<string, TableIndex>
}

/**
 * A copy in memory of tables of a database, kept current by a monitor. Rows are values: a change makes a new row, so
 * one that was read stays as it was. The changes of a transaction of the server become visible all at once.
 */
export class Replica<D extends DatabaseTypes, const S extends Selection<D> = Selection<D>> extends EventEmitter<
  ReplicaEvents<D, S>
> {
  readonly session: Session
  readonly schema: DatabaseSchema<D>
  readonly #selection: ReadonlyMap<string, SelectedTableSchema>
  readonly #tables: ReadonlyMap<string, Table>
  #monitor: Monitor | undefined
  #closeReason: OvsdbError | undefined
  #sequence = 0

  private constructor(session: Session, schema: DatabaseSchema<D>, options: ReplicaOptions<D, S>) {
    super()
    this.session = session
    this.schema = schema
    this.#selection = readSelection(schema, options.tables)
    const extra = (options.indexes ?? {}) as Readonly<Record<string, readonly ExtraIndex<DynamicRow>[]>>
    this.#tables = new Map(
      Array.from(this.#selection, ([name, selected]) => [
        name,
        { selected, rows: new Map<Uuid, DynamicRow>(), indexes: makeIndexes(selected, extra[name] ?? []) },
      ]),
    )
  }

  /**
   * A replica over a session, with the initial contents in. It ends with the session. Throws ValueError for a
   * selection that the schema does not have, and what the session's monitor methods throw.
   */
  static async open<D extends DatabaseTypes, const S extends Selection<D>>(
    session: Session,
    schema: DatabaseSchema<D>,
    options: ReplicaOptions<D, S>,
  ): Promise<Replica<D, S>> {
    const replica = new Replica<D, S>(session, schema, options)
    await replica.#start()
    return replica
  }

  /** Why the replica is no longer kept current; undefined while it is. */
  get closeReason(): OvsdbError | undefined {
    return this.#closeReason
  }

  /** Grows with every event: what was worked out at one number holds until the next. */
  get sequence(): number {
    return this.#sequence
  }

  /** All rows of a table. */
  rows<T extends SelectedTable<D, S>>(table: T): Iterable<SelectedRow<D, S, T>> {
    return this.#table(table).rows.values() as unknown as Iterable<SelectedRow<D, S, T>>
  }

  /** How many rows a table has. */
  count(table: SelectedTable<D, S>): number {
    return this.#table(table).rows.size
  }

  /** A row by its UUID. */
  get<T extends SelectedTable<D, S>>(table: T, uuid: Uuid<NoInfer<T>>): SelectedRow<D, S, T> | undefined {
    return this.#table(table).rows.get(uuid) as unknown as SelectedRow<D, S, T> | undefined
  }

  /**
   * A row by an index: the name of a column with a declared or extra index, of an extra index, or of a declared
   * index's columns joined by commas. Where there are several, any of them. Throws ValueError without such an index.
   */
  find<T extends SelectedTable<D, S>>(
    table: T,
    index: (keyof SelectedRow<D, S, T> & string) | (string & {}),
    value: IndexValue,
  ): SelectedRow<D, S, T> | undefined {
    return this.findAll(table, index, value)[0]
  }

  /** All rows that an index has for a value; see `find`. */
  findAll<T extends SelectedTable<D, S>>(
    table: T,
    index: (keyof SelectedRow<D, S, T> & string) | (string & {}),
    value: IndexValue,
  ): readonly SelectedRow<D, S, T>[] {
    const { rows, indexes } = this.#table(table)
    const found = indexes.get(index)
    if (found === undefined) throw new ValueError(`${table}.${index}`, 'no such index; add it by the option indexes')
    return Array.from(found.find(value), (uuid) => rows.get(uuid)) as unknown as SelectedRow<D, S, T>[]
  }

  /**
   * Resolves with what `test` returns as soon as that is neither undefined nor false: now, or after a change.
   * Rejects with the reason when the replica is closed before, or with the signal's when it aborts.
   */
  async until<R>(test: () => R | undefined | false, options: { readonly signal?: AbortSignal } = {}): Promise<R> {
    const { signal } = options
    signal?.throwIfAborted()
    if (this.#closeReason !== undefined) throw this.#closeReason
    const first = test()
    if (first !== undefined && first !== false) return first
    return await new Promise<R>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.off('change', onChange).off('close', onClose)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const fail = (reason: unknown): void => {
        finish(() => {
          reject(reason instanceof Error ? reason : new Error(String(reason)))
        })
      }
      const onChange = (): void => {
        try {
          const result = test()
          if (result === undefined || result === false) return
          finish(() => {
            resolve(result)
          })
        } catch (error) {
          fail(error)
        }
      }
      const onClose = (reason: OvsdbError): void => {
        fail(reason)
      }
      const onAbort = (): void => {
        fail(signal?.reason)
      }
      this.on('change', onChange).on('close', onClose)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Ends the monitor and keeps the session. The rows stay as they are; no `change` follows. */
  async close(): Promise<void> {
    const monitor = this.#monitor
    this.#monitor = undefined
    this.#end(new ConnectionClosedError('local', 'replica closed'))
    if (monitor !== undefined && this.session.closeReason === undefined) await this.session.monitorCancel(monitor)
  }

  async #start(): Promise<void> {
    this.session.on('close', this.#end)
    try {
      this.#monitor = await this.#startMonitor()
    } catch (error) {
      this.session.off('close', this.#end)
      throw error
    }
  }

  async #startMonitor(): Promise<Monitor> {
    const requests = monitorRequests(this.#selection)
    try {
      return await this.session.monitorCond(this.schema, requests, this.#onUpdate)
    } catch (error) {
      const conditional = Array.from(this.#selection.values()).some((selected) => selected.conditional)
      if (!(error instanceof UnknownMethodError) || conditional) throw error
      return await this.session.monitor(this.schema, requests, this.#onUpdate)
    }
  }

  readonly #end = (reason: OvsdbError): void => {
    if (this.#closeReason !== undefined) return
    this.session.off('close', this.#end)
    this.#closeReason = reason
    this.emit('close', reason)
  }

  readonly #onUpdate = (update: MonitorUpdate): void => {
    if (this.#closeReason !== undefined) return
    if (update.kind === 'canceled') {
      this.#end(new ProtocolError(`${this.schema.name}: the server has ended the monitor`))
      return
    }
    // Everything is read before anything is changed: an update that cannot be read changes nothing.
    const changes = readTableUpdates(this.#selection, update.format, update.updates, (table, uuid) =>
      this.#table(table).rows.get(uuid),
    )
    for (const change of changes) this.#apply(change)
    this.#sequence++
    if (update.kind === 'initial' || changes.length === 0) return
    this.emit('change', changes as unknown as RowChange<D, S>[])
  }

  #apply(change: DynamicRowChange): void {
    const { rows, indexes } = this.#table(change.table)
    for (const index of indexes.values()) {
      if (change.old !== undefined) index.remove(change.old)
      if (change.new !== undefined) index.add(change.new)
    }
    if (change.new === undefined) rows.delete(change.uuid)
    else rows.set(change.uuid, change.new)
  }

  #table(name: string): Table {
    const table = this.#tables.get(name)
    if (table === undefined) throw new ValueError(`tables.${name}`, 'this replica does not hold the table')
    return table
  }
}

/** The declared indexes whose columns are selected, and the extra ones. Throws ValueError. */
function makeIndexes(
  { table, columns }: SelectedTableSchema,
  extra: readonly ExtraIndex<DynamicRow>[],
): ReadonlyMap<string, TableIndex> {
  const indexes = new Map<string, TableIndex>()
  for (const declared of table.indexes) {
    if (!declared.every((column) => columns.includes(column))) continue
    const [only, ...more] = declared
    const keys = only !== undefined && more.length === 0 ? columnKeys(only) : compositeKeys(declared)
    indexes.set(declared.join(','), new TableIndex(keys))
  }
  for (const index of extra) {
    if (typeof index === 'object') indexes.set(index.name, new TableIndex(index.keys))
    else if (columns.includes(index)) indexes.set(index, new TableIndex(columnKeys(index)))
    else throw new ValueError(`indexes.${table.name}`, `column ${index} is not selected`)
  }
  return indexes
}
