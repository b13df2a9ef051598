/**
 * Large messages, such as a table's initial contents, are read in steps: their outline at once, what is deeper when it
 * is asked for. Who takes one row after the other never has the values of the whole message in memory; keeping those,
 * only to drop them, costs the garbage collector more time than all reading does.
 */
import { JsonSyntaxError } from '../errors.js'
import { parseExact } from './parser.js'
import { isJsonArray, isJsonObject, type Json } from './value.js'

/** From this depth on, objects and arrays of a large message are parts. A reply's result is at 2, its members at 3. */
const PART_DEPTH = 3
/** The depth of what `MessageBytes` knows the places of: rows of monitors, or their columns. */
export const SPAN_DEPTH = 5

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/** Integers that may pass 2^53, and escapes that may be NUL or half a character. */
const DELICATE = /\\u|\d{16}/

/** A whole message: UTF-8, with as many closing brackets as opening ones. */
export interface MessageBytes {
  readonly bytes: Buffer
  /** Where the objects and arrays at SPAN_DEPTH begin and end, in turn. */
  readonly spans: readonly number[]
  /** Whether JSON.parse would read some of it inexactly or too leniently. */
  readonly exact: boolean
  /** Place of its first byte in the stream. */
  readonly offset: number
}

/** The value that some bytes of a message are. Throws JsonSyntaxError. */
export function readBytes({ bytes, exact, offset }: MessageBytes, start: number, end: number): Json {
  const text = bytes.toString('utf8', start, end)
  try {
    return exact && DELICATE.test(text) ? parseExact(text) : (JSON.parse(text) as Json)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new JsonSyntaxError(`message is not JSON: ${cause.message}`, offset, { cause })
  }
}

/** The value of a message; objects and arrays below its outline are parts. Throws JsonSyntaxError. */
export const readOutline = (message: MessageBytes): Json => new OutlineReader(message, 0, 0).value(1)

/** An object or array of a large message that is text still. In an outline it passes for a Json. */
class JsonPart {
  readonly #message: MessageBytes
  readonly #start: number
  readonly #end: number
  readonly #span: number

  constructor(message: MessageBytes, start: number, end: number, span: number) {
    this.#message = message
    this.#start = start
    this.#end = end
    this.#span = span
  }

  read(): Json {
    return readBytes(this.#message, this.#start, this.#end)
  }

  /** Undefined for an array. */
  members(): Iterable<readonly [string, Json]> | undefined {
    if (this.#message.bytes[this.#start] !== OPEN_OBJECT) return undefined
    return new OutlineReader(this.#message, this.#start, this.#span).members(PART_DEPTH)
  }

  /** For error messages that print a value. */
  toJSON(): Json {
    return this.read()
  }
}

const asPart = (json: Json | undefined): JsonPart | undefined =>
  (json as unknown) instanceof JsonPart ? (json as unknown as JsonPart) : undefined

/** The value itself, read if it is a part. Throws JsonSyntaxError. */
export const readPart = (json: Json | undefined): Json | undefined => asPart(json)?.read() ?? json

/** The members of an object, which may be a part, as their values may; undefined of anything else. Throws JsonSyntaxError. */
export function membersOf(json: Json): Iterable<readonly [string, Json]> | undefined {
  const part = asPart(json)
  if (part !== undefined) return part.members()
  return isJsonObject(json) ? Object.entries(json) : undefined
}

/** An outline with all its parts read. Throws JsonSyntaxError. */
export function complete(json: Json): Json {
  const part = asPart(json)
  if (part !== undefined) return part.read()
  if (isJsonArray(json)) return json.some(mayHoldParts) ? json.map(complete) : json
  if (!isJsonObject(json) || !Object.values(json).some(mayHoldParts)) return json
  return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, complete(member)]))
}

const mayHoldParts = (json: Json): boolean => typeof json === 'object' && json !== null

class OutlineReader {
  readonly #message: MessageBytes
  readonly #bytes: Buffer
  #at: number
  /** The first span that does not begin before `#at`, as an index. */
  #span: number

  constructor(message: MessageBytes, at: number, span: number) {
    this.#message = message
    this.#bytes = message.bytes
    this.#at = at
    this.#span = span
  }

  /** The value that comes next. `depth` is that of the value, if it has any. */
  value(depth: number): Json {
    const first = this.#peek()
    const start = this.#at
    const span = this.#span
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      if (depth < PART_DEPTH) return first === OPEN_ARRAY ? this.#array(depth) : Object.fromEntries(this.members(depth))
      this.#skipNested()
      return new JsonPart(this.#message, start, this.#at, span) as unknown as Json
    }
    if (first === QUOTE) return this.#string()
    while (isWord(this.#bytes[this.#at])) this.#at++
    return readBytes(this.#message, start, this.#at)
  }

  /** The members of the object that comes next, each read as it is asked for. */
  *members(depth: number): Generator<readonly [string, Json]> {
    this.#expect(OPEN_OBJECT)
    if (this.#take(CLOSE_OBJECT)) return
    do {
      if (this.#peek() !== QUOTE) throw this.#unexpected()
      const name = this.#string()
      this.#expect(COLON)
      yield [name, this.value(depth + 1)]
    } while (this.#take(COMMA))
    this.#expect(CLOSE_OBJECT)
  }

  #array(depth: number): Json {
    const elements: Json[] = []
    this.#expect(OPEN_ARRAY)
    if (this.#take(CLOSE_ARRAY)) return elements
    do elements.push(this.value(depth + 1))
    while (this.#take(COMMA))
    this.#expect(CLOSE_ARRAY)
    return elements
  }

  #string(): string {
    const start = this.#at
    if (this.#skipString()) return this.#bytes.toString('latin1', start + 1, this.#at - 1)
    return readBytes(this.#message, start, this.#at) as string
  }

  /** Goes past a string; whether it is of plain ASCII, without escapes. */
  #skipString(): boolean {
    const bytes = this.#bytes
    let plain = true
    let at = this.#at + 1
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) break
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) plain = false
      if (byte === BACKSLASH) at++
    }
    this.#at = at + 1
    return plain
  }

  /** Goes past an object or array; what is at SPAN_DEPTH in one step. */
  #skipNested(): void {
    const { spans } = this.#message
    let depth = 0
    do {
      const byte = this.#bytes[this.#at]
      if (spans[this.#span] === this.#at) {
        this.#at = spans[this.#span + 1] ?? this.#bytes.length
        this.#span += 2
        continue
      }
      if (byte === QUOTE) {
        this.#skipString()
        continue
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
      this.#at++
    } while (depth > 0 && this.#at < this.#bytes.length)
  }

  /** The next byte that is no space. */
  #peek(): number {
    while (isSpace(this.#bytes[this.#at])) this.#at++
    return this.#bytes[this.#at] ?? -1
  }

  #take(byte: number): boolean {
    if (this.#peek() !== byte) return false
    this.#at++
    return true
  }

  #expect(byte: number): void {
    if (!this.#take(byte)) throw this.#unexpected()
  }

  #unexpected(): JsonSyntaxError {
    const found = JSON.stringify(String.fromCharCode(this.#peek()))
    return new JsonSyntaxError(`message is not JSON: unexpected ${found} at its byte ${this.#at}`, this.#message.offset)
  }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Whether a byte may belong to a number or a literal. */
const isWord = (byte: number | undefined): boolean =>
  byte !== undefined && byte > 0x20 && byte !== COMMA && byte !== CLOSE_OBJECT && byte !== CLOSE_ARRAY
