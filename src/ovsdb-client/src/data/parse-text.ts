import { DataError, DataTextError } from '../errors.js'
import { INT64_MAX, INT64_MIN, unescapeJson } from '../json/parser.js'
import type { Atom, BaseType, ColumnType } from '../schema/types.js'
import { isUuid } from './atom.js'
import { checkAtom } from './constraints.js'
import { describeType, sortedDatum, type Datum } from './datum.js'
import type { SymbolTable } from './symbols.js'

/** A range such as 0-4095 may stand for so many integers. */
const MAX_RANGE = 4096
const DELIMITERS = ':=, []{}!<>'

const isSpace = (char: string): boolean => char !== '' && ' \t\n\v\f\r'.includes(char)
const isDelimiter = (char: string): boolean => char === '' || DELIMITERS.includes(char)

/** A part of an argument, up to a delimiter or the end of a quoted string. */
export interface TextToken {
  readonly text: string
  /** Where the rest of the argument begins. */
  readonly end: number
}

/**
 * Takes the next part of an argument, up to a delimiter outside of quotes. Quotes stay, and with them the escapes
 * between them; elsewhere a backslash takes the next character as it is. Throws DataTextError.
 */
export function readToken(source: string, from: number): TextToken {
  let text = ''
  let quoted = false
  let at = from
  for (; at < source.length && (quoted || !isDelimiter(source.charAt(at))); at++) {
    const char = source.charAt(at)
    if (char === '"') quoted = !quoted
    if (char !== '\\') {
      text += char
      continue
    }
    if (++at >= source.length) throw new DataTextError(`${source.slice(from)}: backslash at end of argument`)
    text += quoted ? char + source.charAt(at) : source.charAt(at)
  }
  if (quoted) throw new DataTextError(`${source.slice(from)}: quoted string extends past end of argument`)
  return { text, end: at }
}

/** An integer as C's strtoll reads it from the beginning of a text, and where it ends; undefined when there is none. */
function readInteger(text: string): { readonly value: bigint; readonly end: number } | undefined {
  const [match, digits = ''] = /^[ \t\n\v\f\r]*([-+]?\d+)/.exec(text) ?? []
  if (match === undefined) return undefined
  const value = BigInt(digits.replace(/^\+/, ''))
  return value >= INT64_MIN && value <= INT64_MAX ? { value, end: match.length } : undefined
}

const asAtom = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value

function readOneInteger(text: string): number | bigint {
  const integer = readInteger(text)
  if (integer?.end !== text.length) throw new DataTextError(`"${text}" is not a valid integer`)
  return asAtom(integer.value)
}

/** The integers that a text stands for: one, or all of a range. */
function readIntegers(text: string): readonly Atom[] {
  const first = readInteger(text)
  const last = first !== undefined && text.charAt(first.end) === '-' ? readInteger(text.slice(first.end + 1)) : undefined
  if (first !== undefined && last?.end === text.length - first.end - 1) return range(text, first.value, last.value)
  if (first?.end !== text.length) throw new DataTextError(`"${text}" is not a valid integer or range`)
  return [asAtom(first.value)]
}

function range(text: string, first: bigint, last: bigint): readonly Atom[] {
  if (last < first) throw new DataTextError(`"${text}" is not a valid range. Range end cannot be before start.`)
  if (last - first >= MAX_RANGE) {
    throw new DataTextError(`Range "${text}" is too big. Maximum allowed size is ${MAX_RANGE}.`)
  }
  return Array.from({ length: Number(last - first) + 1 }, (_, i) => asAtom(first + BigInt(i)))
}

const REAL = /^[ \t\n\v\f\r]*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/

function readReal(text: string): number {
  const value = REAL.test(text) ? Number(text) : NaN
  if (!Number.isFinite(value)) throw new DataTextError(`"${text}" is not a valid real number`)
  return value + 0
}

function readBoolean(text: string): boolean {
  if (['true', 'yes', 'on', '1'].includes(text)) return true
  if (['false', 'no', 'off', '0'].includes(text)) return false
  throw new DataTextError(`"${text}" is not a valid boolean (use "true" or "false")`)
}

function readString(text: string): string {
  if (text === '') {
    throw new DataTextError('An empty string is not valid as input; use "" to represent the empty string')
  }
  if (!text.startsWith('"')) return text
  if (text.length < 2 || !text.endsWith('"')) throw new DataTextError(`${text}: missing quote at end of quoted string`)
  const unescaped = unescapeJson(text.slice(1, -1))
  if (unescaped.error !== undefined) throw new DataTextError(`${text}: ${unescaped.error}`)
  return unescaped.text
}

function readUuid(text: string, base: BaseType, symbols: SymbolTable | undefined): string {
  if (symbols !== undefined && text.startsWith('@')) return symbols.reference(text, base.refType).uuid
  const uuid = text.toLowerCase()
  if (!isUuid(uuid)) throw new DataTextError(`"${text}" is not a valid UUID`)
  return uuid
}

function readAtom(text: string, base: BaseType, symbols: SymbolTable | undefined): Atom {
  switch (base.type) {
    case 'integer':
      return readOneInteger(text)
    case 'real':
      return readReal(text)
    case 'boolean':
      return readBoolean(text)
    case 'string':
      return readString(text)
    case 'uuid':
      return readUuid(text, base, symbols)
  }
}

function checked(atom: Atom, base: BaseType): Atom {
  inWords(() => {
    checkAtom(atom, base)
  })
  return atom
}

/**
 * The atoms that a text stands for (several for a range of integers), within the constraints of a base type. With
 * `symbols`, `@NAME` stands for the UUID of the row of that name. Throws DataTextError, in the words of ovs-vsctl.
 */
export function parseAtoms(text: string, base: BaseType, symbols?: SymbolTable): readonly Atom[] {
  if (base.type !== 'integer') return [parseAtom(text, base, symbols)]
  return readIntegers(text).map((atom) => checked(atom, base))
}

/** The one atom that a text stands for. Throws DataTextError. */
export function parseAtom(text: string, base: BaseType, symbols?: SymbolTable): Atom {
  return checked(readAtom(text, base, symbols), base)
}

function inWords(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw error instanceof DataError ? new DataTextError(error.message) : error
  }
}

/**
 * A datum from the text that `ovs-vsctl set` takes: elements or `key=value` pairs, parted by spaces or commas, in
 * brackets (braces for a map) or without. Throws DataTextError, in the words of ovs-vsctl.
 */
export function parseDatum(source: string, type: ColumnType, symbols?: SymbolTable): Datum {
  return new DatumReader(source, type, symbols).read()
}

class DatumReader {
  readonly #source: string
  readonly #type: ColumnType
  readonly #symbols: SymbolTable | undefined
  readonly #keys: Atom[] = []
  readonly #values: Atom[] = []
  #at = 0

  constructor(source: string, type: ColumnType, symbols: SymbolTable | undefined) {
    this.#source = source
    this.#type = type
    this.#symbols = symbols
  }

  read(): Datum {
    const close = this.#open()
    while (this.#char !== '' && this.#char !== close) {
      if (isDelimiter(this.#char)) {
        throw this.#error(`unexpected "${this.#char}" parsing ${describeType(this.#type)}`)
      }
      this.#element()
      this.#skipSpaces()
      if (this.#char === ',') this.#at++
      this.#skipSpaces()
    }
    if (this.#char !== close) throw this.#error(`missing "${close}" at end of data`)
    if (close !== '') this.#close(close)
    return this.#finish()
  }

  get #char(): string {
    return this.#source.charAt(this.#at)
  }

  /** Skips an opening bracket; returns the one that closes it, or nothing. */
  #open(): string {
    this.#skipSpaces()
    const [open, close] = this.#type.value === undefined ? '[]' : '{}'
    if (this.#char !== open) return ''
    this.#at++
    this.#skipSpaces()
    return close ?? ''
  }

  #close(close: string): void {
    this.#at++
    this.#skipSpaces()
    if (this.#char !== '') throw this.#error(`trailing garbage after "${close}"`)
  }

  #element(): void {
    const { key, value } = this.#type
    if (value === undefined) {
      this.#keys.push(...this.#atoms(key))
      return
    }
    const start = this.#at
    this.#keys.push(this.#atom(key))
    this.#skipSpaces()
    if (this.#char !== '=') {
      // At the end of the text, ovs-vsctl's message ends too.
      const what = this.#char === '' ? 'syntax error at "' : `syntax error at "${this.#char}" expecting "="`
      throw new DataTextError(`${this.#source.slice(start)}: ${what}`)
    }
    this.#at++
    this.#skipSpaces()
    this.#values.push(this.#atom(value))
  }

  #token(): string {
    const { text, end } = readToken(this.#source, this.#at)
    this.#at = end
    return text
  }

  #atoms(base: BaseType): readonly Atom[] {
    return parseAtoms(this.#token(), base, this.#symbols)
  }

  #atom(base: BaseType): Atom {
    return parseAtom(this.#token(), base, this.#symbols)
  }

  #finish(): Datum {
    const { min, max, value } = this.#type
    const count = this.#keys.length
    const counted = `${count} ${value === undefined ? 'value(s)' : 'pair(s)'} specified but the`
    if (count < min) throw this.#error(`${counted} minimum number is ${min}`)
    if (count > max) throw this.#error(`${counted} maximum number is ${max}`)
    try {
      return sortedDatum(this.#keys, value && this.#values)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      throw this.#error(value === undefined ? 'set contains duplicate value' : 'map contains duplicate key')
    }
  }

  #skipSpaces(): void {
    while (isSpace(this.#char)) this.#at++
  }

  #error(what: string): DataTextError {
    return new DataTextError(`${this.#source}: ${what}`)
  }
}
