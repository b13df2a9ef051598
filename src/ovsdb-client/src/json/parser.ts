import type { Json } from './value.js'

export const INT64_MIN = -(2n ** 63n)
export const INT64_MAX = 2n ** 63n - 1n

const INT32_MIN = -(2 ** 31)
const INT32_MAX = 2 ** 31 - 1
/** As deep as ovsdb-server nests. */
const MAX_DEPTH = 1000

/** Text that is not JSON. The message is that of Open vSwitch's own parser; `offset` is where it was noticed. */
export class JsonTextError extends SyntaxError {
  override readonly name = 'JsonTextError'
  readonly offset: number

  constructor(what: string, offset: number) {
    super(what)
    this.offset = offset
  }
}

export interface JsonTextOptions {
  /** Whether a number, string or literal may stand alone. Open vSwitch's parser wants an object or an array. */
  readonly lone?: boolean
}

/**
 * Parses JSON text as Open vSwitch does: integers are exact (those beyond 2^53 are bigints), numbers that no double
 * holds and strings with NUL or half a surrogate pair are refused. Throws JsonTextError.
 */
export function parseJson(text: string, options: JsonTextOptions = {}): Json {
  const reader = new JsonReader(text, 0)
  const value = reader.document(options.lone ?? false)
  reader.end()
  return value
}

/** Parses JSON text that may be any value, such as one that JSON.parse would read inexactly. Throws JsonTextError. */
export function parseExact(text: string): Json {
  return parseJson(text, { lone: true })
}

/** The values of a text of several, one after the other; each is the value or the error that was in its place. */
export function parseJsonStream(text: string): readonly (Json | JsonTextError)[] {
  const values: (Json | JsonTextError)[] = []
  let at = skipSpaces(text, 0)
  while (at < text.length) {
    const reader = new JsonReader(text, at)
    try {
      values.push(reader.document(false))
      at = reader.at
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error
      values.push(error)
      at = Math.max(error.offset, at + 1)
    }
    at = skipSpaces(text, at)
  }
  return values
}

const isSpace = (char: string): boolean => char === ' ' || char === '\t' || char === '\n' || char === '\r'

function skipSpaces(text: string, from: number): number {
  let at = from
  while (isSpace(text.charAt(at))) at++
  return at
}

type Token =
  | { readonly kind: 'end' }
  | { readonly kind: 'punctuation'; readonly char: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'scalar'; readonly value: Json }

const KEYWORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** A lexer and a recursive-descent parser. Every token is lexed before it is judged, as in lib/json.c. */
class JsonReader {
  readonly #text: string
  #at: number
  #depth = 0

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  document(lone: boolean): Json {
    const token = this.#next()
    if (token.kind === 'end') throw this.#error('empty input stream')
    const opens = token.kind === 'punctuation' && (token.char === '{' || token.char === '[')
    if (!lone && !opens) throw this.#error('syntax error at beginning of input')
    return this.#value(token)
  }

  end(): void {
    if (this.#next().kind !== 'end') throw this.#error('trailing garbage at end of input')
  }

  #value(token: Token): Json {
    if (token.kind === 'string' || token.kind === 'scalar') return token.value
    if (token.kind === 'punctuation' && token.char === '{') return this.#nested(() => this.#object())
    if (token.kind === 'punctuation' && token.char === '[') return this.#nested(() => this.#array())
    throw this.#unexpected(token, 'syntax error expecting value')
  }

  #nested(read: () => Json): Json {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`input exceeds maximum nesting depth ${MAX_DEPTH}`)
    const value = read()
    this.#depth--
    return value
  }

  #object(): Json {
    // Members are defined, not assigned, so that a name like `__proto__` is just a name.
    const members: [string, Json][] = []
    let token = this.#next()
    if (is(token, '}')) return {}
    for (;;) {
      if (token.kind !== 'string') throw this.#unexpected(token, 'syntax error parsing object expecting string')
      const name = token.value
      const colon = this.#next()
      if (!is(colon, ':')) throw this.#unexpected(colon, "syntax error parsing object expecting ':'")
      members.push([name, this.#value(this.#next())])
      const after = this.#next()
      if (is(after, '}')) return Object.fromEntries(members)
      if (!is(after, ',')) throw this.#unexpected(after, "syntax error expecting '}' or ','")
      token = this.#next()
    }
  }

  #array(): Json {
    const elements: Json[] = []
    let token = this.#next()
    if (is(token, ']')) return elements
    for (;;) {
      elements.push(this.#value(token))
      const after = this.#next()
      if (is(after, ']')) return elements
      if (!is(after, ',')) throw this.#unexpected(after, "syntax error expecting ']' or ','")
      token = this.#next()
    }
  }

  #next(): Token {
    this.#at = skipSpaces(this.#text, this.#at)
    const char = this.#text.charAt(this.#at)
    if (char === '') return { kind: 'end' }
    if ('[]{}:,'.includes(char)) {
      this.#at++
      return { kind: 'punctuation', char }
    }
    if (char === '"') return { kind: 'string', value: this.#string() }
    if (/[-0-9]/.test(char)) return { kind: 'scalar', value: this.#number() }
    if (/[a-zA-Z]/.test(char)) return { kind: 'scalar', value: this.#keyword() }
    this.#at++
    if (char >= ' ' && char <= '~') throw this.#error(`invalid character '${char}'`)
    throw this.#error(`invalid character U+${hex4(char.charCodeAt(0)).toLowerCase()}`)
  }

  #keyword(): Json {
    const word = this.#take(/[a-zA-Z]*/y)
    const value = KEYWORDS.get(word)
    if (value === undefined) throw this.#error(`invalid keyword '${word}'`)
    return value
  }

  #number(): Json {
    const token = this.#take(/[-+.0-9eE]*/y)
    const value = readNumber(token)
    if (typeof value === 'string') throw this.#error(value)
    return value
  }

  #string(): string {
    const start = ++this.#at
    for (;;) {
      const char = this.#text.charAt(this.#at)
      if (char === '') throw this.#error('unexpected end of input in quoted string')
      this.#at++
      if (char === '"') break
      if (char < ' ') throw this.#error(`U+${hex4(char.charCodeAt(0))} must be escaped in quoted string`)
      if (char === '\\') this.#at++
    }
    const content = this.#text.slice(start, this.#at - 1)
    if (!content.includes('\\')) return content
    const unescaped = unescapeJson(content)
    if (unescaped.error !== undefined) throw this.#error(unescaped.error)
    return unescaped.text
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [match = ''] = pattern.exec(this.#text) ?? []
    this.#at += match.length
    return match
  }

  #unexpected(token: Token, what: string): JsonTextError {
    return this.#error(token.kind === 'end' ? 'unexpected end of input' : what)
  }

  #error(what: string): JsonTextError {
    return new JsonTextError(what, this.#at)
  }
}

const is = (token: Token, char: string): boolean => token.kind === 'punctuation' && token.char === char
const hex4 = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0')

/** The number that a token is, or what is wrong with it. */
function readNumber(token: string): number | bigint | string {
  const sign = token.startsWith('-') ? 1 : 0
  if (!/^\d/.test(token.slice(sign))) return "'-' must be followed by digit"
  if (/^0\d/.test(token.slice(sign))) return 'leading zeros not allowed'
  const [, digits = '', rest = ''] = /^-?(\d+)(.*)$/.exec(token) ?? []
  const [, dot = '', fraction = '', tail = ''] = /^(\.(\d*))?(.*)$/.exec(rest) ?? []
  if (dot !== '' && fraction === '') return 'decimal point must be followed by digit'
  const [, mark = '', exponentText = '', excess = ''] = /^([eE]([-+]?\d*))?(.*)$/.exec(tail) ?? []
  if (mark !== '' && !/\d/.test(exponentText)) return 'exponent must contain at least one digit'
  const exponent = Number(exponentText)
  if (Math.abs(exponent) > INT32_MAX || !fitsPower(exponent, fraction)) return 'exponent outside valid range'
  if (excess !== '') return 'syntax error in number'
  const value = Number(token)
  if (!Number.isFinite(value)) return 'number outside valid range'
  if (Number.isSafeInteger(value)) return value + 0
  return exactInteger(token, digits + fraction, exponent - fraction.length) ?? value + 0
}

function fitsPower(exponent: number, fraction: string): boolean {
  const power = exponent - fraction.length
  return power >= INT32_MIN && power <= INT32_MAX
}

/** The 64-bit integer that digits times a power of ten are, if they are one. */
function exactInteger(token: string, digits: string, power: number): bigint | undefined {
  if (power > 19 || power < -digits.length) return undefined
  if (power < 0 && !/^0*$/.test(digits.slice(power))) return undefined
  const magnitude = power < 0 ? BigInt(digits.slice(0, power)) : BigInt(digits) * 10n ** BigInt(power)
  const integer = token.startsWith('-') ? -magnitude : magnitude
  return integer >= INT64_MIN && integer <= INT64_MAX ? integer : undefined
}

/** A string, or what is wrong with its escapes. */
export type Unescaped =
  | { readonly text: string; readonly error?: undefined }
  | { readonly error: string }

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads the escapes of what stands between the quotes of a JSON string. */
export function unescapeJson(content: string): Unescaped {
  let text = ''
  let at = 0
  while (at < content.length) {
    const char = content.charAt(at++)
    if (char === '"') return { error: 'quoted string may not include unescaped "' }
    if (char !== '\\') {
      text += char
      continue
    }
    const escape = content.charAt(at++)
    if (escape === '') return { error: 'quoted string may not end with backslash' }
    if (escape === 'u') {
      const unicode = readUnicode(content, at)
      if (typeof unicode === 'string') return { error: unicode }
      text += unicode.text
      at = unicode.end
      continue
    }
    const plain = ESCAPES[escape]
    if (plain === undefined) return { error: `bad escape \\${escape}` }
    text += plain
  }
  return { text }
}

const isLeading = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isTrailing = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** A character after `\u`, or what is wrong with it. */
function readUnicode(content: string, from: number): { readonly text: string; readonly end: number } | string {
  const first = readHex(content, from)
  if (typeof first === 'string') return first
  if (isTrailing(first)) return 'malformed escaped surrogate pair'
  if (!isLeading(first)) return { text: String.fromCharCode(first), end: from + 4 }
  if (content.slice(from + 4, from + 6) !== '\\u') return 'malformed escaped surrogate pair'
  const second = readHex(content, from + 6)
  if (typeof second === 'string') return second
  if (!isTrailing(second)) return 'second half of escaped surrogate pair is not trailing surrogate'
  return { text: String.fromCharCode(first, second), end: from + 10 }
}

function readHex(content: string, from: number): number | string {
  const digits = content.slice(from, from + 4)
  if (digits.length < 4) return 'quoted string ends within \\u escape'
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return 'malformed \\u escape'
  const unit = parseInt(digits, 16)
  return unit === 0 ? 'null bytes not supported in quoted strings' : unit
}
