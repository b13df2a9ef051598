import { OF13, type PortDesc, type PrintContext, type TextContext } from 'openflow-ts'
import type { Options } from './options.js'
import type { Switch } from './switch.js'

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

type Open = (target: string) => Promise<Switch>

/** What has names. */
export type Named = 'tables' | 'ports'

export const PORTS_FIRST: readonly Named[] = ['ports', 'tables']

interface Both {
  readonly tables: Names
  readonly ports: Names
}

const contextOf = ({ tables, ports }: Both): TextContext => ({
  portName: (port) => ports.nameOf(port),
  portNumber: (name) => ports.numberOf(name),
  tableName: (table) => tables.nameOf(table),
  tableNumber: (name) => tables.numberOf(name),
})

/** The names of a switch's ports and tables, fetched once, when they are first needed. */
export class NameCache {
  readonly #options: Options
  readonly #isTerminal: boolean
  readonly #open: Open
  readonly #known = new Map<string, Promise<Names>>()

  constructor(options: Options, isTerminal: boolean, open: Open) {
    this.#options = options
    this.#isTerminal = isTerminal
    this.#open = open
  }

  /** Whether names are printed: with --names or, without either option, on a terminal. */
  get shown(): boolean {
    return this.#options.names ?? this.#isTerminal
  }

  /** For text that the user gives: names unless --no-names. `order`: what is asked for first, or at all. */
  async toAccept(target: string, order: readonly Named[] = ['tables', 'ports']): Promise<TextContext> {
    return this.#options.names === false ? {} : this.#fetch(target, order)
  }

  /** For what is printed of `target`. */
  async toShow(target: string, verbosity: number): Promise<PrintContext> {
    return { ...(this.shown ? await this.#fetch(target, ['tables', 'ports']) : {}), verbosity }
  }

  async #fetch(target: string, order: readonly Named[]): Promise<TextContext> {
    const both: { -readonly [K in Named]: Names } = { tables: new Names(), ports: new Names() }
    for (const what of order) both[what] = await this.#namesOf(target, what)
    return contextOf(both)
  }

  #namesOf(target: string, what: Named): Promise<Names> {
    const key = `${what} ${target}`
    const known = this.#known.get(key) ?? this.#ask(target, what)
    this.#known.set(key, known)
    return known
  }

  async #ask(target: string, what: Named): Promise<Names> {
    const names = new Names()
    await this.#with(target, async (sw) => {
      if (what === 'ports') for await (const { port_no, name } of portsOf(sw)) names.add(port_no, name)
      else for await (const { table_id, name } of tablesOf(sw)) names.add(table_id, name)
    })
    return names
  }

  async #with(target: string, use: (sw: Switch) => Promise<void>): Promise<void> {
    const sw = await this.#open(target)
    try {
      await use(sw)
    } finally {
      sw.close()
    }
  }
}

interface NamedTable {
  readonly table_id: number
  readonly name: string
}

/** The tables that somebody named: a switch names the others by their numbers. */
async function* tablesOf(sw: Switch): AsyncGenerator<NamedTable> {
  for await (const table of allTablesOf(sw)) if (table.name !== `table${table.table_id}`) yield table
}

async function* allTablesOf(sw: Switch): AsyncGenerator<NamedTable> {
  if (sw.version < OF13) {
    for await (const reply of sw.decoded({ type: 'TABLE_STATS_REQUEST' })) {
      if (reply.type !== 'TABLE_STATS_REPLY') continue
      for (const { table_id, name = '' } of reply.entries) yield { table_id, name }
    }
    return
  }
  for await (const reply of sw.accepted({ type: 'TABLE_FEATURES_STATS_REQUEST' })) yield* namesIn(reply)
}

/** Of an entry of a reply about features of tables: its least length, and where the name is in it. */
const FEATURES_BYTES = 64
const NAME = { offset: 8, bytes: 32 }
const MULTIPART_HEADER = 16

/** What is read of the features of tables is their names alone: all there is to know of 254 tables is a megabyte. */
function* namesIn(reply: Buffer): Generator<NamedTable> {
  for (let at = MULTIPART_HEADER; at + FEATURES_BYTES <= reply.length; at += Math.max(reply.readUInt16BE(at), FEATURES_BYTES)) {
    const name = reply.subarray(at + NAME.offset, at + NAME.offset + NAME.bytes)
    const end = name.indexOf(0)
    yield { table_id: reply.readUInt8(at + 2), name: name.toString('utf8', 0, end < 0 ? name.length : end) }
  }
}

/** The ports of a switch: until 1.2 its features tell them. */
export async function* portsOf(sw: Switch): AsyncGenerator<PortDesc> {
  if (sw.version < OF13) {
    for await (const reply of sw.decoded({ type: 'FEATURES_REQUEST' })) {
      if ('ports' in reply) yield* reply.ports
    }
    return
  }
  for await (const reply of sw.decoded({ type: 'PORT_DESC_STATS_REQUEST' })) {
    if (reply.type === 'PORT_DESC_STATS_REPLY') yield* reply.entries
  }
}
