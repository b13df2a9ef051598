/** Commands that print what changes. */
import {
  allColumns,
  DataError,
  isJsonObject,
  isUuid,
  type Json,
  type JsonObject,
  monitoredColumns,
  type Monitor,
  type MonitoredTable,
  monitorHeading,
  type MonitorMethod,
  type MonitorRequest,
  monitorTables,
  type MonitorUpdate,
  OvsdbError,
  parseConditions,
  RpcError,
  type TableSchema,
} from 'ovsdb-client'
import { FatalError } from '../../../cli/errors.js'
import { ControlError, type ControlCommand } from '../../../cli/unixctl.js'
import { Background } from '../background.js'
import type { Command, Run } from '../command.js'
import { parseArgument } from '../files.js'
import { hashOrder } from '../hash-order.js'
import { tablesByName } from '../schema-order.js'
import { lossOf } from '../server.js'

const STDIN = 0
const KINDS = ['initial', 'insert', 'delete', 'modify'] as const

/** A table that is monitored, and how the server is asked for it. */
interface Watched extends MonitoredTable {
  readonly requests: readonly MonitorRequest[]
}

/** Reads groups of columns, and of changes that are not wanted. @throws FatalError */
function watch(run: Run, table: TableSchema, groups: readonly string[], where?: Json): Watched {
  const columns: string[] = []
  const requests = (groups.length === 0 ? [''] : groups).map((group, i): MonitorRequest => {
    const words = group.split(',').filter((word) => word !== '')
    const unwanted = KINDS.filter((kind) => words.includes(`!${kind}`))
    const named = words.filter((word) => !KINDS.some((kind) => word === `!${kind}`))
    const own = named.length === 0 ? monitoredColumns(table) : named
    for (const name of own) columns.push(checkColumn(run, table, name, columns))
    return {
      columns: own,
      ...(unwanted.length > 0 && { select: Object.fromEntries(KINDS.map((kind) => [kind, !unwanted.includes(kind)])) }),
      ...(i === 0 && where !== undefined && { where: where as readonly Json[] }),
    }
  })
  return { table, columns, requests }
}

function checkColumn({ server, database }: Run, table: TableSchema, name: string, before: readonly string[]): string {
  if (!allColumns(table).includes(name)) {
    throw new FatalError(`${server.name}: table "${table.name}" in ${database} does not have a column named "${name}"`)
  }
  if (before.includes(name)) throw new FatalError(`${server.name}: column "${name}" mentioned multiple times`)
  return name
}

/** The rows of each table in the order in which ovsdb-client prints them. */
function inOrder(updates: JsonObject): JsonObject {
  const rowsInOrder = (rows: Json): Json =>
    isJsonObject(rows) ? Object.fromEntries(hashOrder(Object.keys(rows)).map((uuid) => [uuid, rows[uuid] ?? null])) : rows
  return Object.fromEntries(Object.entries(updates).map(([table, rows]) => [table, rowsInOrder(rows)]))
}

/** A monitor, and what can be said to it while it runs. */
class MonitorRun {
  readonly #run: Run
  readonly #watched: readonly Watched[]
  readonly #background: Background
  /** Updates that came while printing was blocked. */
  #held: MonitorUpdate[] | undefined
  #monitor: Monitor | undefined

  constructor(run: Run, watched: readonly Watched[]) {
    this.#run = run
    this.#watched = watched
    this.#background = new Background(run.options, [STDIN])
  }

  /** Ends when it is told to; all other ends are errors. */
  async follow(method: MonitorMethod, lastId: string | undefined): Promise<void> {
    const { server } = this.#run
    await this.#background.listen(this.#commands)
    try {
      await server.announceAwareness()
      await this.#start(method, lastId)
      this.#background.ready()
      const reason = await Promise.race([server.session.closed, this.#background.exited])
      if (reason !== undefined) throw this.#lost(reason)
    } finally {
      await this.#background.close()
    }
  }

  async #start(method: MonitorMethod, lastId: string | undefined): Promise<void> {
    const { server, database } = this.#run
    const { session } = server
    const requests = Object.fromEntries(this.#watched.map(({ table, requests: list }) => [table.name, list]))
    const onUpdate = (update: MonitorUpdate): void => {
      this.#take(update)
    }
    try {
      this.#monitor = await {
        monitor: () => session.monitor(database, requests, onUpdate),
        monitor_cond: () => session.monitorCond(database, requests, onUpdate),
        monitor_cond_since: () => session.monitorCondSince(database, requests, onUpdate, lastId),
      }[method]()
    } catch (error) {
      // What is refused is not there to be printed; ovsdb-client goes on all the same.
      if (error instanceof RpcError) return
      throw error instanceof OvsdbError ? this.#lost(error) : error
    }
  }

  #lost(reason: unknown): unknown {
    if (reason instanceof FatalError) return reason
    return new FatalError(`${this.#run.server.name}: receive failed (${lossOf(reason)})`)
  }

  #take(update: MonitorUpdate): void {
    if (this.#held !== undefined) {
      this.#held.push(update)
      return
    }
    const { server, database } = this.#run
    if (update.kind === 'canceled') {
      this.#background.stop(new FatalError(`${server.name}: ${database} database was removed`))
      return
    }
    this.#run.print(monitorHeading(update))
    const timestamp = this.#run.options.timestamp ? new Date() : undefined
    for (const table of monitorTables({ ...update, updates: inOrder(update.updates) }, this.#watched)) {
      this.#run.printTable({ ...table, timestamp })
    }
  }

  readonly #commands: Readonly<Record<string, ControlCommand>> = {
    'ovsdb-client/block': {
      usage: '',
      min: 0,
      max: 0,
      run: () => {
        if (this.#held !== undefined) return 'already blocking'
        this.#held = []
        return ''
      },
    },
    'ovsdb-client/unblock': {
      usage: '',
      min: 0,
      max: 0,
      run: () => {
        const held = this.#held
        if (held === undefined) return 'already unblocked'
        this.#held = undefined
        for (const update of held) this.#take(update)
        return ''
      },
    },
    'ovsdb-client/cond_change': {
      usage: 'TABLE COND',
      min: 2,
      max: 2,
      run: ([table = '', condition = '']) => this.#changeCondition(table, condition),
    },
  }

  #changeCondition(table: string, condition: string): string {
    const { session } = this.#run.server
    if (this.#monitor === undefined) throw new ControlError('no monitor')
    let where: Json
    try {
      where = parseArgument(condition)
    } catch (error) {
      throw error instanceof FatalError ? new ControlError(error.message) : error
    }
    // Whether the server takes it is not said.
    session
      .monitorCondChange(this.#monitor, { [table]: [{ where: where as readonly Json[] }] })
      .catch((error: unknown) => {
        if (!(error instanceof OvsdbError)) throw error
      })
    return 'condiiton changed'
  }
}

/** Monitors some tables; in a process of its own where the options ask for it. */
async function monitorAll(
  run: Run,
  method: MonitorMethod,
  watched: readonly Watched[],
  lastId?: string,
): Promise<void> {
  await new MonitorRun(run, watched).follow(method, lastId)
}

async function monitor(run: Run): Promise<void> {
  const schema = await run.server.schema(run.database)
  const [name = '', ...groups] = run.args
  if (name === 'ALL') {
    await monitorAll(run, 'monitor', tablesByName(schema).map((table) => watch(run, table, groups)))
    return
  }
  const table = schema.tables.get(name)
  if (table === undefined) {
    throw new FatalError(`${run.server.name}: ${run.database} does not have a table named "${name}"`)
  }
  await monitorAll(run, 'monitor', [watch(run, table, groups)])
}

const monitorRows =
  (method: 'monitor_cond' | 'monitor_cond_since') =>
  async (run: Run): Promise<void> => {
    const [first = ''] = run.args
    const hasId = method === 'monitor_cond_since' && run.args.length > 2 && isUuid(first.toLowerCase())
    const [condition = '', name = '', ...groups] = hasId ? run.args.slice(1) : run.args
    const schema = await run.server.schema(run.database)
    const table = schema.tables.get(name)
    if (table === undefined) throw new FatalError(`${run.database} does not have a table named "${name}"`)
    const where = parseArgument(condition)
    try {
      parseConditions(where, table)
    } catch (error) {
      throw error instanceof DataError ? new FatalError(error.message) : error
    }
    await monitorAll(run, method, [watch(run, table, groups, where)], hasId ? first : undefined)
  }

export const MONITOR_COMMANDS: readonly Command[] = [
  { name: 'monitor', need: 'database', min: 1, max: Infinity, detaches: true, run: monitor },
  { name: 'monitor-cond', need: 'database', min: 2, max: 3, detaches: true, run: monitorRows('monitor_cond') },
  {
    name: 'monitor-cond-since',
    need: 'database',
    min: 2,
    max: 4,
    detaches: true,
    run: monitorRows('monitor_cond_since'),
  },
]
