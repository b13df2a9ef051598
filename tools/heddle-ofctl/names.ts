import type { PortDesc, PrintContext, TextContext } from 'openflow-ts'
import type { Io } from './io.js'
import type { Options } from './options.js'
import { Switch, type Xids } from './switch.js'

/** Both directions of a set of names; a name that stands for several numbers is not used. */
class Names {
  readonly #byNumber = new Map<number, string>()
  readonly #byName = new Map<string, number | undefined>()

  add(number: number, name: string): void {
    if (name === '') return
    this.#byNumber.set(number, name)
    const clash = this.#byName.has(name) && this.#byName.get(name) !== number
    this.#byName.set(name, clash ? undefined : number)
  }

  nameOf(number: number): string | undefined {
    const name = this.#byNumber.get(number)
    return name === undefined || this.#byName.get(name) === undefined ? undefined : name
  }

  numberOf(name: string): number | undefined {
    return this.#byName.get(name)
  }
}

/** The names of a switch's ports and tables, fetched once, when they are first needed. */
export class NameCache {
  readonly #options: Options
  readonly #xids: Xids
  readonly #io: Io
  readonly #contexts = new Map<string, Promise<TextContext>>()

  constructor(options: Options, xids: Xids, io: Io) {
    this.#options = options
    this.#xids = xids
    this.#io = io
  }

  /** For text that the user gives: names unless --no-names. */
  async toAccept(target: string): Promise<TextContext> {
    return this.#options.names === false ? {} : this.#fetch(target)
  }

  /** For what is printed: names with --names or, without either option, on a terminal. */
  async toShow(target: string): Promise<PrintContext> {
    const { names = this.#io.isTerminal, verbosity } = this.#options
    return { ...(names ? await this.#fetch(target) : {}), verbosity: verbosity + 1 }
  }

  #fetch(target: string): Promise<TextContext> {
    const known = this.#contexts.get(target) ?? this.#ask(target)
    this.#contexts.set(target, known)
    return known
  }

  async #ask(target: string): Promise<TextContext> {
    const ports = new Names()
    const tables = new Names()
    await this.#collect(target, 'PORT_DESC_STATS_REQUEST', (entry) => {
      const port = entry as PortDesc
      ports.add(port.port_no, port.name)
    })
    await this.#collect(target, 'TABLE_FEATURES_STATS_REQUEST', (entry) => {
      const { table_id, name } = entry as { table_id: number; name: string }
      // A switch names tables that nobody named by their numbers.
      if (name !== `table${table_id}`) tables.add(table_id, name)
    })
    return {
      portName: (port) => ports.nameOf(port),
      portNumber: (name) => ports.numberOf(name),
      tableName: (table) => tables.nameOf(table),
      tableNumber: (name) => tables.numberOf(name),
    }
  }

  async #collect(
    target: string,
    type: 'PORT_DESC_STATS_REQUEST' | 'TABLE_FEATURES_STATS_REQUEST',
    take: (entry: unknown) => void,
  ): Promise<void> {
    const own = await Switch.open(target, this.#options, this.#xids, this.#io)
    try {
      for (const reply of await own.transact({ type })) {
        if ('entries' in reply) for (const entry of reply.entries) take(entry)
      }
    } finally {
      await own.close()
    }
  }
}
