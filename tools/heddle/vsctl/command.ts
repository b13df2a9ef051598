import type { SymbolTable, TextTable, Uuid } from 'ovsdb-client'
import type { Transaction } from './database/transaction.js'
import type { Needs } from './database/needs.js'
import type { Log } from '../../cli/log.js'

/** An option of a command: `--id=` takes a value, `--may-exist` does not. */
export type CommandOption = `--${string}`

/** A command: how it is written, what it must know of the database, and what it does. */
export interface Command<State = unknown> {
  readonly name: string
  /** Its arguments, as in the manual page. */
  readonly usage: string
  readonly summary: string
  readonly min: number
  readonly max: number
  readonly options?: readonly CommandOption[]
  /** Says which tables and columns it reads; names that do not exist are refused here, before any connection. */
  readonly prepare?: (invocation: Invocation, needs: Needs, log: Log) => void
  readonly run?: (context: Context<State>) => void
}

/** How a command was given. */
export class Invocation {
  readonly name: string
  readonly options: ReadonlyMap<string, string | undefined>
  /** Without the command's name. */
  readonly args: readonly string[]

  constructor(name: string, options: ReadonlyMap<string, string | undefined>, args: readonly string[]) {
    this.name = name
    this.options = options
    this.args = args
  }

  has(option: CommandOption): boolean {
    return this.options.has(option)
  }

  /** The command as it was typed, its options without their values. */
  get text(): string {
    return quoteWords([...this.options.keys(), this.name, ...this.args])
  }
}

/** A command of a command line. */
export interface Call<State> {
  readonly command: Command<State>
  readonly invocation: Invocation
}

/** Words as one line, quoted where a shell would part them. */
export const quoteWords = (words: readonly string[]): string =>
  words.map((word) => (/[ \t\r\n\v\\'"]/.test(word) ? `"${word.replaceAll(/[\\"]/g, '\\$&')}"` : word)).join(' ')

/** What a command works with while a transaction is built. It may be built several times, each time from the start. */
export class Context<State = unknown> {
  readonly invocation: Invocation
  readonly transaction: Transaction
  readonly symbols: SymbolTable
  readonly log: Log
  /** What the commands of one schema share. */
  readonly state: State
  /** Whether no command follows, so that nobody reads what this one writes before it is committed. */
  readonly isLast: boolean
  output = ''
  table: TextTable | undefined
  /** The UUID in the output that becomes the one that the server has chosen. */
  created: Uuid | undefined
  /** Set by a command that cannot be done before the database changes. */
  tryAgain = false

  constructor(
    invocation: Invocation,
    shared: Pick<Context<State>, 'transaction' | 'symbols' | 'log' | 'state'>,
    isLast: boolean,
  ) {
    this.invocation = invocation
    this.transaction = shared.transaction
    this.symbols = shared.symbols
    this.log = shared.log
    this.state = shared.state
    this.isLast = isLast
  }

  get args(): readonly string[] {
    return this.invocation.args
  }

  /** An argument; empty when it was not given, which `min` excludes where it matters. */
  arg(index: number): string {
    return this.invocation.args[index] ?? ''
  }

  has(option: CommandOption): boolean {
    return this.invocation.has(option)
  }

  print(line: string): void {
    this.output += `${line}\n`
  }
}
