import { type DynamicRow, OvsdbError, parseSchema, schemaToJson, SymbolTable, TablePrinter, type Uuid } from 'ovsdb-client'
import { OpenVSwitch } from '../../../schemas/vswitch.gen.js'
import { VERSION } from '../../../src/config/version.js'
import { FatalError } from '../../cli/errors.js'
import type { Io } from '../io.js'
import { type Call, Context, quoteWords } from './command.js'
import { commandLines, helpText, parseCommands } from './command-line.js'
import { connect, type Connection, type Copy } from './connection.js'
import { commitTransaction, type Committed } from './database/commit.js'
import { Needs } from './database/needs.js'
import { checkSymbols } from './database/symbols.js'
import { Transaction } from './database/transaction.js'
import { CtlError, ExitStatus } from './errors.js'
import { type Log, openLog } from '../../cli/log.js'
import { Tls } from '../../cli/tls.js'
import { type Options, optionLines, parseOptions } from './options.js'
import { COMMANDS } from './vswitch/commands.js'
import { Vswitch } from './vswitch/state.js'

const PROGRAM = 'heddle vsctl'
const DATABASE = 'Open_vSwitch'
const DEFAULT_RUNDIR = '/var/run/openvswitch'
const DEFAULT_LOGDIR = '/var/log/openvswitch'

/** What commands did to one state of the database. */
interface Attempt {
  readonly transaction: Transaction
  readonly state: Vswitch
  readonly contexts: readonly Context<Vswitch>[]
}

/** One run of the program. */
class Run {
  readonly #options: Options
  readonly #calls: readonly Call<Vswitch>[]
  readonly #log: Log
  readonly #tls: Tls
  readonly #io: Io
  readonly #comment: string

  constructor(options: Options, calls: readonly Call<Vswitch>[], log: Log, io: Io, argv: readonly string[]) {
    this.#options = options
    this.#calls = calls
    this.#log = log
    this.#tls = new Tls(options.tls, log)
    this.#io = io
    this.#comment = `${PROGRAM}: ${quoteWords(argv)}`
  }

  async execute(): Promise<void> {
    const { env } = this.#io
    const needs = this.#needs()
    const runDirectory = env['OVS_RUNDIR'] ?? DEFAULT_RUNDIR
    const db = this.#options.db ?? `unix:${runDirectory}/db.sock`
    const connection = await connect(db, DATABASE, this.#options, { tls: this.#tls, runDirectory })
    try {
      const copy = await connection.copy(needs)
      await this.#settle(connection, copy)
    } finally {
      await connection.close()
    }
  }

  #needs(): Needs {
    // The schema of this program, with integers as wide as the database has them.
    const needs = new Needs(parseSchema(schemaToJson(OpenVSwitch)))
    needs.table(DATABASE)
    if (this.#options.wait) needs.columns(DATABASE, ['cur_cfg'])
    for (const { command, invocation } of this.#calls) command.prepare?.(invocation, needs, this.#log)
    return needs
  }

  /** Tries until the transaction goes through or is refused. */
  async #settle(connection: Connection, copy: Copy): Promise<void> {
    for (;;) {
      await Promise.race([copy.whenSynced(), connection.failed])
      const { sequence } = copy
      const attempt = this.#build(copy)
      const committed = attempt === undefined ? undefined : await this.#commit(connection, attempt)
      if (attempt !== undefined && committed !== undefined && committed.status !== 'again') {
        await this.#conclude(connection, copy, attempt, committed)
        return
      }
      // What was tried on this state of the database would fail again.
      await Promise.race([copy.until(() => copy.sequence !== sequence), connection.failed])
    }
  }

  /** Undefined when a command cannot be done yet. */
  #build(copy: Copy): Attempt | undefined {
    const transaction = new Transaction(copy.schema, { rows: (table) => rowsOf(copy, table) })
    const state = new Vswitch(transaction, this.#log)
    if (this.#options.wait) transaction.increment(state.ovs, 'next_cfg')
    const shared = { transaction, state, log: this.#log, symbols: new SymbolTable() }
    const contexts: Context<Vswitch>[] = []
    for (const call of this.#calls) {
      const context = new Context(call.invocation, shared, call === this.#calls.at(-1))
      call.command.run?.(context)
      if (context.tryAgain) return undefined
      contexts.push(context)
    }
    checkSymbols(shared.symbols, this.#log)
    return { transaction, state, contexts }
  }

  async #commit(connection: Connection, { transaction }: Attempt): Promise<Committed> {
    const session = connection.session()
    if (session === undefined) return { status: 'again' }
    const { dryRun } = this.#options
    return await Promise.race([commitTransaction(session, transaction, { comment: this.#comment, dryRun }), connection.failed])
  }

  async #conclude(connection: Connection, copy: Copy, attempt: Attempt, committed: Committed): Promise<void> {
    if (committed.status === 'refused') {
      this.#log.warn('ovsdb_idl', `transaction error: ${committed.error}`)
      throw new CtlError(`transaction error: ${committed.error}`)
    }
    const uuids: ReadonlyMap<Uuid, Uuid> = committed.status === 'success' ? committed.uuids : new Map()
    this.#print(attempt, uuids)
    if (committed.status !== 'success' || committed.incremented === undefined) return
    connection.persist()
    const wanted = committed.incremented
    await Promise.race([
      copy.until(() => Array.from(rowsOf(copy, DATABASE)).some((row) => Number(row['cur_cfg'] ?? 0) >= wanted)),
      connection.failed,
    ])
    this.#checkInterfaces(copy, attempt, uuids)
  }

  #print({ contexts }: Attempt, uuids: ReadonlyMap<Uuid, Uuid>): void {
    const printer = new TablePrinter(this.#options.style)
    for (const { table, output, created } of contexts) {
      const real = created === undefined ? undefined : uuids.get(created)
      const text = created === undefined || real === undefined ? output : output.replace(created, real)
      if (table !== undefined) this.#io.out(printer.print(table))
      else if (!this.#options.oneline) this.#io.out(text)
      else this.#io.out(`${text.replace(/\n$/, '').replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    }
  }

  /** Says which of the new interfaces ovs-vswitchd could not set up. */
  #checkInterfaces(copy: Copy, { state }: Attempt, uuids: ReadonlyMap<Uuid, Uuid>): void {
    const rows = new Map(Array.from(rowsOf(copy, 'Interface'), (row) => [row._uuid, row]))
    const failed = state.expected
      .flatMap(({ uuid }) => rows.get(uuids.get(uuid) ?? uuid) ?? [])
      .filter(({ ofport }) => ofport === null || ofport === -1)
    for (const { name, error } of failed) {
      if (typeof name !== 'string') continue
      const why = typeof error === 'string' && error !== '' ? `: ${error}` : ''
      this.#io.err(`${PROGRAM}: Error detected while setting up '${name}'${why}.  See ovs-vswitchd log for details.\n`)
    }
    if (failed.length === 0) return
    const directory = this.#io.env['OVS_LOGDIR'] ?? DEFAULT_LOGDIR
    this.#io.err(`${PROGRAM}: The default log directory is "${directory}".\n`)
  }
}

/** The rows of a table; none when the commands do not need it or the server does not have it. */
function rowsOf(copy: Copy, table: string): Iterable<DynamicRow> {
  return copy.holds(table) ? (copy.rows(table) as Iterable<DynamicRow>) : []
}

/** As an alarm signal ends a C program. */
function armTimeout({ timeoutMs }: Options, log: Log): void {
  if (timeoutMs === 0) return
  const ring = (): void => {
    log.warn('fatal_signal', 'terminating with signal 14 (Alarm clock)')
    process.kill(process.pid, 'SIGALRM')
  }
  setTimeout(ring, timeoutMs).unref()
}

async function dispatch(argv: readonly string[], io: Io): Promise<void> {
  const options = parseOptions(argv, COMMANDS)
  const log = openLog(options, io, 'warn')
  if (options.only === 'help') io.out(helpText(PROGRAM, COMMANDS))
  else if (options.only === 'version') io.out(`${PROGRAM} (Heddle) ${VERSION}\nDB Schema ${OpenVSwitch.version}\n`)
  else if (options.only === 'options') io.out(optionLines())
  else if (options.only === 'commands') io.out(commandLines(COMMANDS))
  else {
    const calls = parseCommands(options.operands, options.local, COMMANDS)
    armTimeout(options, log)
    await new Run(options, calls, log, io, argv).execute()
  }
}

const isFailure = (error: unknown): error is Error =>
  error instanceof CtlError || error instanceof FatalError || error instanceof OvsdbError

/** Runs one command line, as ovs-vsctl would, and gives its exit code. */
export async function runVsctl(argv: readonly string[], io: Io): Promise<number> {
  try {
    await dispatch(argv, io)
    return 0
  } catch (error) {
    if (error instanceof ExitStatus) return error.status
    if (!isFailure(error)) throw error
    io.err(`${PROGRAM}: ${error.message}\n`)
    return 1
  }
}
