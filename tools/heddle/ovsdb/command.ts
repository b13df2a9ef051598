import { canonicalJson, type Json, prettyJson, TablePrinter, type TextTable } from 'ovsdb-client'
import { join } from 'node:path'
import { runDirectory } from '../../cli/dirs.js'
import { FatalError } from '../../cli/errors.js'
import type { Io } from '../io.js'
import type { Options } from './options.js'
import { openAnyServer, openServer, remotesOf, type Server } from './server.js'

/** What a command needs before it runs: nothing, a connection, or also the name of a database. */
export type Need = 'nothing' | 'server' | 'database'

/** One entry of the table of commands. `min` and `max` count the arguments behind the server and the database. */
export interface Command {
  readonly name: string
  readonly need: Need
  readonly min: number
  readonly max: number
  /** With --detach it goes on in a process of its own. */
  readonly detaches?: boolean
  run(run: Run): Promise<void> | void
}

/** What this program calls itself. */
export const PROGRAM = 'heddle ovsdb'

/** Pidfile and control socket are named after the program that this stands in for, so `ovs-appctl -t` finds them. */
export const PROGRAM_FILES = 'ovsdb-client'

export const defaultRemote = (): string => `unix:${join(runDirectory(), 'db.sock')}`

/** One run of the program: its options, and what its command shares. */
export class Run {
  readonly options: Options
  readonly io: Io
  readonly #printer: TablePrinter
  #args: readonly string[]
  #server: Server | undefined
  #database: string | undefined

  constructor(options: Options, args: readonly string[], io: Io) {
    this.options = options
    this.io = io
    this.#printer = new TablePrinter(options.style)
    this.#args = args
  }

  /** What stands behind the command's name, once `open` was called without the server and the database. */
  get args(): readonly string[] {
    return this.#args
  }

  get server(): Server {
    if (this.#server === undefined) throw new TypeError('this command has no server')
    return this.#server
  }

  get database(): string {
    if (this.#database === undefined) throw new TypeError('this command has no database')
    return this.#database
  }

  /**
   * Connects to the server that the first argument names, when there are more than `min` and it looks like one, or
   * to the one of this host. The same goes for the database, unless it is known. @throws FatalError
   */
  async open(min: number, need: Need, known?: string): Promise<void> {
    const hasServer = this.#args.length > min && /^[A-Za-z][^]*:/.test(this.#args[0] ?? '')
    const [first = ''] = this.#args
    if (hasServer) this.#args = this.#args.slice(1)
    this.#database = known
    const remotes = hasServer ? remotesOf(first) : [defaultRemote()]
    const [only = '', ...others] = remotes
    if (others.length === 0) {
      this.#server = await openServer(only, this.options)
      if (need === 'database' && known === undefined) this.#database = await this.#chooseDatabase(min)
      return
    }
    // To guess across several servers would surprise too often.
    if (need === 'database' && known === undefined) {
      if (this.#args.length <= min) throw new FatalError('database name is required with multiple remotes')
      this.#database = this.#takeArg()
    }
    this.#server = await openAnyServer(remotes, this.#database, this.options)
  }

  /** The first argument if it is a database, else Open_vSwitch, else the only one. */
  async #chooseDatabase(min: number): Promise<string> {
    const names = await this.server.databases()
    if (this.#args.length > min && names.includes(this.#args[0] ?? '')) return this.#takeArg()
    if (names.includes('Open_vSwitch')) return 'Open_vSwitch'
    const [only, ...others] = names.filter((name) => !name.startsWith('_'))
    if (only !== undefined && others.length === 0) return only
    throw new FatalError('could not find a default database, please specify a database name')
  }

  #takeArg(): string {
    const [first = '', ...rest] = this.#args
    this.#args = rest
    return first
  }

  print(text: string): void {
    this.io.out(text)
  }

  printJson(json: Json): void {
    this.print(`${this.options.style.pretty === true ? prettyJson(json) : canonicalJson(json)}\n`)
  }

  printTable(table: TextTable): void {
    this.print(this.#printer.print(table))
  }

  async close(): Promise<void> {
    await this.#server?.session.close()
  }
}
