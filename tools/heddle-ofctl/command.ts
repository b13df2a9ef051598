import { formatBytes, type Message } from 'openflow-ts'
import type { Io } from './io.js'
import { NameCache } from './names.js'
import type { Options } from './options.js'
import { type Opening, Switch } from './switch.js'
import { Xids } from './xids.js'

/** Pidfile and control socket are named after the program that this stands in for, so `ovs-appctl -t` finds them. */
export const PROGRAM_FILES = 'ovs-ofctl'

/** One run of the program: its options, and what its command shares. */
export class Run {
  readonly options: Options
  readonly args: readonly string[]
  readonly io: Io
  readonly names: NameCache
  readonly #xids = new Xids()

  constructor(options: Options, args: readonly string[], io: Io) {
    this.options = options
    this.args = args
    this.io = io
    this.names = new NameCache(options, io.isTerminal, (target) => this.open(target))
  }

  /** The first argument, which most commands have: a switch. */
  get target(): string {
    return this.args[0] ?? ''
  }

  print(text: string): void {
    this.io.out(text)
  }

  /** Text that is UTF-8 already, and stays as it is. */
  printBytes(text: Buffer): void {
    this.io.outBytes(text)
  }

  /** A connection to a switch; whoever opens it closes it. @throws FatalError */
  open(target = this.target, opening: Opening = {}): Promise<Switch> {
    const naming = this.names.toShow.bind(this.names)
    return Switch.open(target, this.options, { xids: this.#xids, io: this.io, naming }, opening)
  }

  /** Calls `use` with a connection to the target, and closes it in any case. */
  async withSwitch<T>(use: (sw: Switch) => Promise<T>, opening: Opening = {}): Promise<T> {
    const sw = await this.open(this.target, opening)
    try {
      return await use(sw)
    } finally {
      sw.close()
    }
  }

  /** Prints messages that came, one after the other. */
  async printReplies(replies: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    for await (const reply of replies) {
      this.print(formatBytes(reply, await this.names.toShow(this.target, this.options.verbosity + 1)))
    }
  }

  /** Sends a request on a connection of its own and prints all of its reply, errors too. */
  dump(request: Message): Promise<void> {
    return this.withSwitch((sw) => this.printReplies(sw.parts(request)))
  }

  /** Sends messages that have no replies, each confirmed before the next, or with --bundle all as one. */
  async apply(sw: Switch, mods: readonly Message[]): Promise<void> {
    const { bundle, verbosity } = this.options
    if (bundle) await sw.bundle(mods, verbosity)
    else await sw.confirmAll(mods.map((mod) => sw.encode(mod)), verbosity)
  }
}

/** One entry of the table of commands. `min` and `max` count the arguments. */
export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
  readonly min: number
  readonly max: number
  /** It may change a switch, which --read-only forbids. */
  readonly writes?: boolean
  run(run: Run): Promise<void> | void
}
