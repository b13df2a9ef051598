import { EventEmitter } from 'node:events'
import {
  ConnectionClosedError,
  InconsistentReplicaError,
  ProtocolError,
  UnknownMethodError,
  ValueError,
  type OvsdbError,
} from '../errors.js'
import { stringifyJson, type Json } from '../json/value.js'
import type { Condition } from '../ops/clauses.js'
import type { Monitor, MonitorMethod, MonitorUpdate } from '../rpc/monitor.js'
import type { Session } from '../rpc/session.js'
import type {
  DatabaseSchema,
  DatabaseTypes,
  DynamicRow,
  RowOf,
  TypesOf,
  Uuid,
} from '../schema/types.js'
import {
  monitorRequests,
  readSelection,
  withConditions,
  type SelectedRow,
  type SelectedTable,
  type SelectedTableSchema,
  type Selection,
} from './selection.js'
import { references, referrerIndex, type ReferencedTable } from './references.js'
import { changesToContents } from './resync.js'
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
  /** The connection is lost; the rows stay as they were until `synced`. Only of a client's replica. */
  stale: [reason: OvsdbError]
  /** The rows are those of the server again; `change` has told of all that differed. Only of a client's replica. */
  synced: []
  /** The replica is no longer kept current. Emitted once. */
  close: [reason: OvsdbError]
}

/** The monitor methods to try, one after the other, until the server knows one. */
const METHODS_ONCE: readonly MonitorMethod[] = ['monitor_cond', 'monitor']
const METHODS_RESUMED: readonly MonitorMethod[] = ['monitor_cond_since', ...METHODS_ONCE]

/** The type of a replica of a schema and a selection: `ReplicaOf<typeof OpenVSwitch, typeof TABLES>`. */
export type ReplicaOf<Schema, S extends Selection<TypesOf<Schema>>> = Replica<TypesOf<Schema>, S>

interface Table {
  readonly selected: SelectedTableSchema
  readonly rows: Map<Uuid, DynamicRow>
  readonly indexes: Map<string, TableIndex>
}

/**
 * A copy in memory of tables of a database, kept current by a monitor. Rows are values: a change makes a new row, so
 * one that was read stays as it was. The changes of a transaction of the server become visible all at once.
 */
export class Replica<D extends DatabaseTypes, const S extends Selection<D> = Selection<D>> extends EventEmitter<
  ReplicaEvents<D, S>
> {
  readonly schema: DatabaseSchema<D>
  readonly #selection: Map<string, SelectedTableSchema>
  readonly #tables: ReadonlyMap<string, Table>
  readonly #referrers = new Map<string, readonly (readonly [string, TableIndex])[]>()
  readonly #kept: boolean
  #session: Session | undefined
  #monitor: Monitor | undefined
  #closeReason: OvsdbError | undefined
  #transactionId: string | undefined
  #conditionChanges = 0
  #sequence = 0

  private constructor(schema: DatabaseSchema<D>, options: ReplicaOptions<D, S>, kept: boolean) {
    super()
    this.schema = schema
    this.#kept = kept
    this.#selection = readSelection(schema, options.tables)
    const extra = (options.indexes ?? {}) as Readonly<Record<string, readonly ExtraIndex<DynamicRow>[]>>
    this.#tables = new Map(
      Array.from(this.#selection, ([name, selected]) => {
        const rows = new Map<Uuid, DynamicRow>()
        return [name, { selected, rows, indexes: makeIndexes(selected, rows, extra[name] ?? []) }]
      }),
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
    const replica = new Replica<D, S>(schema, options, false)
    await replica.attach(session)
    return replica
  }

  /**
   * A replica that outlives sessions: empty until `attach` gives it one, stale between two. This is what
   * `Client.replica` makes; use that unless you connect yourself. Throws ValueError.
   */
  static detached<D extends DatabaseTypes, const S extends Selection<D>>(
    schema: DatabaseSchema<D>,
    options: ReplicaOptions<D, S>,
  ): Replica<D, S> {
    return new Replica<D, S>(schema, options, true)
  }

  /** The session that keeps it current; undefined while there is none. */
  get session(): Session | undefined {
    return this.#session
  }

  /** Whether the rows are those of the server, as far as it has told. */
  get synced(): boolean {
    return this.#monitor !== undefined && this.#session !== undefined
  }

  /** The transaction that the rows are those of, when the server says (with monitor_cond_since). */
  get transactionId(): string | undefined {
    return this.#transactionId
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

  /** Whether it holds a table. */
  holds(table: string): boolean {
    return this.#tables.has(table)
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

  /** The rows that a row's column refers to, as far as the replica holds them. */
  referenced<T extends SelectedTable<D, S>, C extends keyof SelectedRow<D, S, T> & string>(
    table: T,
    row: SelectedRow<D, S, T>,
    column: C,
  ): readonly SelectedRow<D, S, ReferencedTable<SelectedRow<D, S, T>[C]> & SelectedTable<D, S>>[] {
    const type = this.#table(table).selected.table.columns.get(column)?.type
    const found = type === undefined ? [] : references(type, (row as unknown as DynamicRow)[column])
    return found.flatMap(([target, uuid]) => this.#tables.get(target)?.rows.get(uuid) ?? []) as never
  }

  /** The rows of a table that refer to a row of another, by whatever column. */
  referrers<T extends SelectedTable<D, S>, F extends SelectedTable<D, S>>(
    table: T,
    uuid: Uuid<NoInfer<T>>,
    from: F,
  ): readonly SelectedRow<D, S, F>[] {
    const index = this.#referrersOf(table).find(([name]) => name === from)?.[1]
    const { rows } = this.#table(from)
    return Array.from(index?.find(uuid) ?? [], (found) => rows.get(found)) as unknown as SelectedRow<D, S, F>[]
  }

  /** Indexes of the references to a table; made when they are first asked for. */
  #referrersOf(target: string): readonly (readonly [string, TableIndex])[] {
    const known = this.#referrers.get(target)
    if (known !== undefined) return known
    const made = Array.from(this.#tables).flatMap(([name, { selected, rows, indexes }]) => {
      const index = referrerIndex(selected.table, selected.columns, rows, target)
      if (index === undefined) return []
      indexes.set(`references to ${target}`, index)
      return [[name, index] as const]
    })
    this.#referrers.set(target, made)
    return made
  }

  /**
   * Holds other rows of some tables from now on: those that meet any of the conditions. Resolves when the rows that
   * come and go have done so (`change` tells); without a connection, at once, and they do at the next `synced`.
   * Throws ValueError, and UnknownMethodError when the server cannot do it.
   */
  async setConditions(conditions: {
    readonly [T in SelectedTable<D, S>]?: readonly Condition<RowOf<D, T>>[]
  }): Promise<void> {
    const changed: Record<string, { readonly where: readonly Json[] }> = {}
    for (const [name, where] of Object.entries(conditions as Readonly<Record<string, readonly unknown[]>>)) {
      const before = this.#table(name).selected
      const selected = withConditions(this.#selection.get(name) ?? before, where)
      const { where: encoded = [] } = selected.request
      if (stringifyJson(encoded) === stringifyJson(this.#selection.get(name)?.request.where ?? [true])) continue
      this.#selection.set(name, selected)
      changed[name] = { where: encoded }
    }
    if (Object.keys(changed).length > 0) await this.#changeConditions(changed)
  }

  async #changeConditions(changed: Readonly<Record<string, { readonly where: readonly Json[] }>>): Promise<void> {
    // Until the server has confirmed it, what it would resume after a reconnect has other rows.
    this.#conditionChanges++
    const monitor = this.#monitor
    if (monitor === undefined || this.#session === undefined) return
    if (monitor.method === 'monitor') throw new UnknownMethodError('monitor_cond_change', 'unknown method')
    try {
      await this.#session.monitorCondChange(monitor, changed)
      this.#conditionChanges--
    } catch (error) {
      if (!this.#kept || this.synced || this.#closeReason !== undefined) throw error
    }
  }

  /**
   * Resolves with what `test` returns as soon as that is neither undefined nor false: now, or after a change.
   * Rejects with the reason when the replica is closed before, or with the signal's when it aborts.
   */
  async until<R>(test: () => R | undefined | false, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<R> {
    return await this.#when('change', test, options.signal)
  }

  /** Resolves when the rows are those of the server; rejects like `until`. */
  async whenSynced(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await this.#when('synced', () => this.synced, options.signal)
  }

  async #when<R>(
    event: 'change' | 'synced',
    test: () => R | undefined | false,
    signal: AbortSignal | undefined,
  ): Promise<R> {
    signal?.throwIfAborted()
    if (this.#closeReason !== undefined) throw this.#closeReason
    const first = test()
    if (first !== undefined && first !== false) return first
    return await new Promise<R>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.off(event, onEvent).off('close', onClose)
        signal?.removeEventListener('abort', onAbort)
        settle()
      }
      const fail = (reason: unknown): void => {
        finish(() => {
          reject(reason instanceof Error ? reason : new Error(String(reason)))
        })
      }
      const onEvent = (): void => {
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
      this.on(event, onEvent).on('close', onClose)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Ends the monitor and keeps the session. The rows stay as they are; no `change` follows. */
  async close(): Promise<void> {
    const monitor = this.#monitor
    const session = this.#session
    this.#monitor = undefined
    this.#end(new ConnectionClosedError('local', 'replica closed'))
    if (monitor !== undefined && session?.closeReason === undefined) await session?.monitorCancel(monitor)
  }

  /**
   * Has a session keep the replica current. If there was one before, the server sends what changed since, when it
   * still knows; when it sends everything, only what differs is a change. Throws what the monitor methods throw.
   */
  async attach(session: Session): Promise<void> {
    if (this.#closeReason !== undefined) throw this.#closeReason
    this.#session = session
    this.#monitor = undefined
    const onClose = (reason: OvsdbError): void => {
      if (this.#session === session) this.#lost(reason)
    }
    session.once('close', onClose)
    try {
      const monitor = await this.#startMonitor(session)
      if (this.#session !== session) return
      this.#monitor = monitor
    } catch (error) {
      session.off('close', onClose)
      if (this.#session === session) this.#session = undefined
      throw error
    }
    if (this.#kept) this.emit('synced')
  }

  async #startMonitor(session: Session): Promise<Monitor> {
    const since = this.#conditionChanges > 0 ? undefined : this.#transactionId
    const requests = monitorRequests(this.#selection)
    const onUpdate = (update: MonitorUpdate): void => {
      if (this.#session === session) this.#onUpdate(update)
    }
    const changes = this.#conditionChanges
    const conditional = Array.from(this.#selection.values()).some((selected) => selected.conditional)
    const methods = (this.#kept ? METHODS_RESUMED : METHODS_ONCE).filter((name) => !conditional || name !== 'monitor')
    for (const [i, method] of methods.entries()) {
      try {
        const monitor = await session.follow(method, this.schema, requests, onUpdate, since)
        this.#conditionChanges -= changes
        return monitor
      } catch (error) {
        if (!(error instanceof UnknownMethodError) || i === methods.length - 1) throw error
      }
    }
    throw new ValueError('tables', 'no monitor method')
  }

  /** The session is gone. */
  #lost(reason: OvsdbError): void {
    if (!this.#kept) {
      this.#end(reason)
      return
    }
    this.#session = undefined
    this.#monitor = undefined
    if (this.#closeReason === undefined) this.emit('stale', reason)
  }

  #end(reason: OvsdbError): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.#session = undefined
    this.emit('close', reason)
  }

  #onUpdate(update: MonitorUpdate): void {
    if (this.#closeReason !== undefined) return
    if (update.kind === 'canceled') {
      this.#lost(new ProtocolError(`${this.schema.name}: the server has ended the monitor`))
      return
    }
    let changes: DynamicRowChange[]
    try {
      changes = this.#read(update)
    } catch (error) {
      // What cannot be built upon is to be sent anew.
      if (error instanceof InconsistentReplicaError) this.#transactionId = undefined
      throw error
    }
    for (const change of changes) this.#apply(change)
    this.#transactionId = update.transactionId ?? this.#transactionId
    const first = this.#sequence++ === 0
    if (first || changes.length === 0) return
    this.emit('change', changes as unknown as RowChange<D, S>[])
  }

  /** Everything is read before anything is changed: an update that cannot be read changes nothing. */
  #read(update: Exclude<MonitorUpdate, { kind: 'canceled' }>): DynamicRowChange[] {
    const held = (table: string): ReadonlyMap<Uuid, DynamicRow> => this.#table(table).rows
    const whole = update.kind === 'initial' && update.found !== true
    const changes = readTableUpdates(this.#selection, update.format, update.updates, (table, uuid) =>
      whole ? undefined : held(table).get(uuid),
    )
    return whole && this.#sequence > 0 ? changesToContents(this.#selection, held, changes) : changes
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
  rows: ReadonlyMap<Uuid, DynamicRow>,
  extra: readonly ExtraIndex<DynamicRow>[],
): Map<string, TableIndex> {
  const indexes = new Map<string, TableIndex>()
  for (const declared of table.indexes) {
    if (!declared.every((column) => columns.includes(column))) continue
    const [only, ...more] = declared
    const keys = only !== undefined && more.length === 0 ? columnKeys(only) : compositeKeys(declared)
    indexes.set(declared.join(','), new TableIndex(keys, rows))
  }
  for (const index of extra) {
    if (typeof index === 'object') indexes.set(index.name, new TableIndex(index.keys, rows))
    else if (columns.includes(index)) indexes.set(index, new TableIndex(columnKeys(index), rows))
    else throw new ValueError(`indexes.${table.name}`, `column ${index} is not selected`)
  }
  return indexes
}
