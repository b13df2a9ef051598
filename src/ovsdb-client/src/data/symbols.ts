import { randomUUID } from 'node:crypto'
import type { Uuid } from '../schema/types.js'

/** A name that stands for a row, in a transaction or on a command line. */
export interface RowSymbol {
  readonly name: string
  readonly uuid: Uuid
  /** Whether something creates the row. */
  created: boolean
  /** Whether a strong, or a weak, reference names it. */
  strong: boolean
  weak: boolean
}

/** The names of rows and the UUIDs that they stand for, as they are met. */
export class SymbolTable {
  readonly #symbols = new Map<string, RowSymbol>()

  /** The symbol of a name; made when it is met the first time. */
  get(name: string): RowSymbol {
    const known = this.#symbols.get(name)
    if (known !== undefined) return known
    const symbol = { name, uuid: randomUUID() as Uuid, created: false, strong: false, weak: false }
    this.#symbols.set(name, symbol)
    return symbol
  }

  /** Makes a name, or what is known of it, stand for a row that is there already. */
  define(name: string, uuid: Uuid): RowSymbol {
    const symbol = { ...this.get(name), uuid }
    this.#symbols.set(name, symbol)
    return symbol
  }

  has(name: string): boolean {
    return this.#symbols.has(name)
  }

  /** The symbol of a name in a reference of this kind. */
  reference(name: string, refType: 'strong' | 'weak' | undefined): RowSymbol {
    const symbol = this.get(name)
    if (refType === 'weak') symbol.weak = true
    else symbol.strong = true
    return symbol
  }

  /** All symbols, in the order in which they were met. */
  all(): Iterable<RowSymbol> {
    return this.#symbols.values()
  }
}
