/** Open vSwitch's own test program for its replica, with ours in its place. */
import {
  canonicalJson,
  Change,
  isJsonArray,
  parseJson,
  parseSchema,
  Replica,
  Session,
  TransactionError,
  WaitTimeoutError,
  type ColumnValue,
  type DynamicRow,
  type DynamicTypes,
  type Json,
  type Selection,
  type Uuid,
} from 'ovsdb-client'
import { transactText } from '../session/database.js'
import { addCommand, splitCommands, type Script } from './commands.js'
import { COLUMNS, eventLine } from './print.js'
import { IDLTEST } from './schema.js'
import { Tracker, type TrackedChange } from './track.js'
import { View } from './view.js'

const SCHEMA = parseSchema(IDLTEST)
const TABLES = Object.keys(COLUMNS)

type AnyReplica = Replica<DynamicTypes, Selection<DynamicTypes>>
type Columns = Readonly<Record<string, readonly string[] | true>>

/** `?TABLE:COLUMN,COLUMN!`: the columns to hold; those with `!` are only read when fetched. */
function readColumns(text: string): Columns {
  const tables = text.slice(1).split('?').map((part) => part.split(':'))
  const held = (columns = ''): readonly string[] => columns.split(',').filter((name) => !name.endsWith('!'))
  return Object.fromEntries(tables.map(([table = '', columns]) => [table, held(columns)]))
}

export class IdlProgram {
  readonly #target: string
  readonly #track: boolean
  readonly #writer: Session
  readonly #lines: string[] = []
  readonly #uuids: string[] = []
  readonly #tracker = new Tracker(SCHEMA)
  readonly #conditions = new Map<string, string>()
  readonly #fetched = new Map<Uuid, Record<string, ColumnValue>>()
  #columns: Columns = Object.fromEntries(TABLES.map((name) => [name, true]))
  #replica: AnyReplica | undefined
  #notify = false
  #events: string[] = []
  #step = 0
  #view = new View(new Map())

  private constructor(target: string, track: boolean, writer: Session) {
    this.#target = target
    this.#track = track
    this.#writer = writer
  }

  /** What the program prints for its commands, line by line. */
  static async run(target: string, commands: readonly string[], track: boolean): Promise<readonly string[]> {
    const program = new IdlProgram(target, track, await Session.connect(target))
    try {
      await program.#run(commands)
      return program.#lines
    } finally {
      await program.#replica?.session?.close()
      await program.#writer.close()
    }
  }

  async #run(commands: readonly string[]): Promise<void> {
    const [first, ...rest] = commands
    const begun = await this.#begin(first ?? '')
    if (this.#replica === undefined) await this.#connect()
    for (const command of begun ? rest : commands) {
      if (!/^[+^]/.test(command)) this.#printRows(this.#track)
      await this.#execute(command.replace(/^[+^]/, ''))
      await this.#session.echo()
    }
    this.#printRows(false)
    this.#print('done')
  }

  /** Takes what holds from the beginning; whether the first command was that. */
  async #begin(first: string): Promise<boolean> {
    if (first.startsWith('?')) this.#columns = readColumns(first)
    else if (first === 'track-notify') this.#notify = true
    else if (first.startsWith('condition ')) await this.#execute(first)
    else return false
    return true
  }

  async #connect(): Promise<void> {
    const session = await Session.connect(this.#target)
    const tables = Object.entries(this.#columns).map(([table, columns]) => {
      const where = parseJson(this.#conditions.get(table) ?? '[true]')
      return [table, columns === true ? { where } : { columns, where }]
    })
    const replica: AnyReplica = await Replica.open(session, SCHEMA, { tables: Object.fromEntries(tables) as never })
    this.#replica = replica
    replica.on('change', (changes) => {
      this.#take(changes as unknown as readonly TrackedChange[])
    })
    const inserts = Object.keys(this.#columns).flatMap((table) =>
      Array.from(this.#rows(table), (row) => ({
        table,
        uuid: row._uuid,
        new: row,
        columns: Object.keys(row).filter((name) => name !== '_uuid'),
      })),
    )
    this.#take(inserts)
    this.#view = this.#now()
  }

  get #session(): Session {
    const session = this.#replica?.session
    if (session === undefined) throw new TypeError('the replica has no session')
    return session
  }

  #rows(table: string): Iterable<DynamicRow> {
    return (this.#replica?.rows(table as never) ?? []) as unknown as Iterable<DynamicRow>
  }

  #now(): View {
    const rows = (table: string): readonly (readonly [string, DynamicRow])[] =>
      Array.from(this.#rows(table), (row) => [
        row._uuid,
        { ...row, ...this.#fetched.get(row._uuid) },
      ])
    return new View(new Map(Object.keys(this.#columns).map((table) => [table, new Map(rows(table))])))
  }

  #take(changes: readonly TrackedChange[]): void {
    const comeOrGone = changes.filter((change) => change.old === undefined || change.new === undefined)
    const referrers = comeOrGone.flatMap(({ table, uuid }) =>
      Object.keys(this.#columns).flatMap((from) =>
        (this.#replica?.referrers(table as never, uuid as never, from as never) ?? []).map(
          (row) => [from, row as DynamicRow] as const,
        ),
      ),
    )
    this.#tracker.take(changes, referrers)
    if (this.#notify) for (const change of changes) this.#event(change)
  }

  #event({ old, new: row, columns }: TrackedChange): void {
    const view = this.#now()
    if (row === undefined) this.#events.push(eventLine('delete', old as DynamicRow, undefined, view))
    else if (old === undefined) this.#events.push(eventLine('create', row, undefined, view))
    else {
      const before = Object.fromEntries(columns.map((name) => [name, old[name] ?? null]))
      this.#events.push(eventLine('update', row, before, view))
    }
  }

  /** Prints a line of this step, which it ends. */
  #print(line: string, ends = true): void {
    this.#lines.push(`${String(this.#step).padStart(3, '0')}: ${line}`)
    if (ends) this.#step++
  }

  #printRows(trackedOnly: boolean): void {
    this.#view = this.#now()
    const lines = trackedOnly ? this.#tracker.lines(this.#view) : this.#allLines()
    for (const line of [...this.#events, ...(lines.length === 0 ? ['empty'] : lines)]) this.#print(line, false)
    this.#events = []
    this.#step++
    this.#tracker.clear()
  }

  #allLines(): readonly string[] {
    const view = this.#view
    return view.tables.flatMap((table) =>
      view.rows(table).flatMap((row) =>
        this.#track ? this.#tracker.linesOf(table, row, view) : new Tracker(SCHEMA).linesOf(table, row, view),
      ),
    )
  }

  async #execute(command: string): Promise<void> {
    if (command.startsWith('[')) await this.#transact(command)
    else if (command.startsWith('condition ')) await this.#setConditions(command.slice('condition '.length))
    else if (command === 'sleep') this.#print('sleep')
    else if (command === 'reconnect') {
      this.#print('reconnect')
      await this.#session.close()
      await this.#connect()
    } else await this.#commit(command)
  }

  /** A transaction behind the replica's back; `#N#` stands for the Nth UUID of the replies. */
  async #transact(command: string): Promise<void> {
    const text = command.replaceAll(/#(\d+)#/g, (_, n: string) => this.#uuids[Number(n)] ?? '')
    const reply = await transactText(this.#writer, text)
    this.#collect(reply)
    this.#print(canonicalJson(reply))
  }

  #collect(json: Json): void {
    if (typeof json === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(json)) this.#uuids.push(json)
    else if (isJsonArray(json)) for (const element of json) this.#collect(element)
    else if (typeof json === 'object' && json !== null) for (const item of Object.values(json)) this.#collect(item)
  }

  async #setConditions(text: string): Promise<void> {
    const lines: string[] = []
    for (const part of text.split(';')) {
      const [, table = '', json = ''] = /^\s*(\w+)\s+(.*)$/s.exec(part) ?? []
      const condition = canonicalJson(parseJson(json))
      const same = (this.#conditions.get(table) ?? '[true]') === condition
      this.#conditions.set(table, condition)
      lines.push(`${table}: ${same ? 'conditions unchanged' : 'change conditions'}`)
      await this.#replica?.setConditions({ [table]: parseJson(condition) } as never)
    }
    for (const line of lines) this.#print(line, false)
    this.#step++
  }

  async #commit(line: string): Promise<void> {
    if (this.#replica === undefined) return
    const script: Script = { change: new Change(this.#replica), view: this.#view, inserted: new Map(), fetches: [] }
    for (const command of splitCommands(line)) {
      if (command[0] === 'destroy') {
        this.#print('destroy')
        return
      } else if (command[0] === 'abort') {
        this.#print('commit, status=aborted')
        return
      } else addCommand(script, command)
    }
    const status = await this.#statusOf(script)
    const increment = script.increment === undefined || status !== 'success' ? '' : `, increment=${String(script.increment.value)}`
    this.#print(`commit, status=${status}${increment}`)
  }

  async #statusOf({ change, fetches }: Script): Promise<string> {
    if (change.empty) return 'unchanged'
    try {
      change.settle(await this.#session.transact(SCHEMA, change.operations))
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error
      return error instanceof WaitTimeoutError ? 'try again' : 'error'
    }
    for (const { uuid, column, rows } of fetches) {
      const [row] = rows.value.rows as readonly (Readonly<Record<string, Json>> | undefined)[]
      const value = SCHEMA.tables.get('simple')?.columns.get(column)?.codec.decode(row?.[column] ?? null) ?? null
      this.#fetched.set(uuid, { ...this.#fetched.get(uuid), [column]: value })
    }
    return 'success'
  }
}
