import type { Message } from 'openflow-ts'
import type { Io } from './io.js'
import { NameCache } from './names.js'
import type { Options } from './options.js'
import { Switch, Xids } from './switch.js'

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
    this.names = new NameCache(options, this.#xids, io)
  }

  /** The first argument, which every command has: a switch. */
  get target(): string {
    return this.args[0] ?? ''
  }

  print(text: string): void {
    this.io.out(text)
  }

  /** Calls `use` with a connection to the target, and closes it in any case. */
  async withSwitch<T>(use: (sw: Switch) => Promise<T>): Promise<T> {
    const sw = await Switch.open(this.target, this.options, this.#xids, this.io)
    try {
      return await use(sw)
    } finally {
      await sw.close()
    }
  }

  /** All messages of the reply to one request on a connection of its own. */
  ask(request: Message): Promise<Message[]> {
    return this.withSwitch((sw) => sw.transact(request))
  }
}

/** One entry of the table of commands. `min` and `max` count the arguments. */
export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
  readonly min: number
  readonly max: number
  run(run: Run): Promise<void>
}
