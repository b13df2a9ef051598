import { TextError } from '../errors.js'

/** One `key`, `key:value`, `key=value` or `key(value)` of a comma- or space-separated list. */
export interface KeyValue {
  readonly key: string
  readonly value: string
  /** What stood between key and value: ':', '=', '(' or nothing. */
  readonly delimiter: '' | ':' | '=' | '('
}

const TAB = 9
const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const OPEN = 40
const CLOSE = 41
const COMMA = 44
const COLON = 58
const EQUALS = 61

const isSeparator = (c: number): boolean =>
  c === COMMA || c === SPACE || c === TAB || c === NEWLINE || c === RETURN

/** Index from `at` on of what ends a key; the text's length when nothing does. */
function endOfKey(text: string, at: number): number {
  const { length } = text
  for (let i = at; i < length; i++) {
    const c = text.charCodeAt(i)
    // Nearly all of a key is letters.
    if (c > EQUALS) continue
    if (c === COLON || c === EQUALS || c === OPEN || isSeparator(c)) return i
  }
  return length
}

/** Index behind the parenthesis that closes the one at `at`. */
function endOfParenthesis(text: string, at: number): number {
  let level = 0
  for (let i = at; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === OPEN) level++
    else if (c === CLOSE && --level === 0) return i + 1
  }
  return text.length
}

/** Index from `at` on, outside parentheses, of a separator. */
function endOfValue(text: string, at: number): number {
  const { length } = text
  let i = at
  while (i < length) {
    const c = text.charCodeAt(i)
    if (c > COMMA) i++
    else if (isSeparator(c)) return i
    else i = c === OPEN ? endOfParenthesis(text, i) : i + 1
  }
  return i
}

/** Index of the parenthesis that closes one open before `at`. */
function endOfArgument(text: string, at: number): number {
  let i = at
  while (i < text.length) {
    const c = text.charCodeAt(i)
    if (c === CLOSE) return i
    i = c === OPEN ? endOfParenthesis(text, i) : i + 1
  }
  return i
}

/** Splits a list as ovs-ofctl does. In `key(value)->rest` the value is `value)->rest`. */
export function scanKeyValues(text: string): KeyValue[] {
  const found: KeyValue[] = []
  let at = 0
  for (;;) {
    while (at < text.length && isSeparator(text.charCodeAt(at))) at++
    if (at >= text.length) return found
    const keyEnd = endOfKey(text, at)
    const key = text.slice(at, keyEnd)
    const c = keyEnd < text.length ? text.charCodeAt(keyEnd) : COMMA
    if (c === COLON || c === EQUALS) {
      at = endOfValue(text, keyEnd + 1)
      found.push({ key, value: text.slice(keyEnd + 1, at), delimiter: c === COLON ? ':' : '=' })
    } else if (c === OPEN) {
      const close = endOfArgument(text, keyEnd + 1)
      const end = text.startsWith(')->', close) ? endOfValue(text, close) : close
      found.push({ key, value: text.slice(keyEnd + 1, end), delimiter: '(' })
      at = end + 1
    } else {
      found.push({ key, value: '', delimiter: '' })
      at = keyEnd
    }
  }
}

const ZERO = 48
const X_LOWER = 120
const X_UPPER = 88

/** The value of a hexadecimal digit; -1 of anything else. */
export function hexDigit(c: number): number {
  if (c >= ZERO && c <= 57) return c - ZERO
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** The number of up to 15 decimal digits that a part of a text is, without leading zeros; -1 of all else. */
export function smallDecimal(text: string, from = 0, to = text.length): number {
  if (to <= from || to - from > 15 || (text.charCodeAt(from) === ZERO && to - from > 1)) return -1
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** Up to 12 hexadecimal digits or 15 decimal ones, which a double holds; -1 of all else, octal included. */
export function smallUint(text: string): number {
  const { length } = text
  const first = text.charCodeAt(0)
  const isHex = first === ZERO && length > 2 && (text.charCodeAt(1) === X_LOWER || text.charCodeAt(1) === X_UPPER)
  if (isHex ? length > 14 : length === 0 || length > 15 || (first === ZERO && length > 1)) return -1
  const base = isHex ? 16 : 10
  let value = 0
  for (let i = isHex ? 2 : 0; i < length; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0 || digit >= base) return -1
    value = value * base + digit
  }
  return value
}

const INTEGER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/

/** An unsigned integer, decimal, 0x hexadecimal or 0 octal as strtoul reads it. @throws TextError */
export function parseUint(text: string, max: number, what: string): number {
  const value = parseInteger(text, what)
  if (value > max) throw new TextError(`${text}: ${what} is out of range (at most ${max})`)
  return Number(value)
}

/** The same, unbounded: a number where a double holds it. */
export function parseInteger(text: string, what: string): number | bigint {
  const small = smallUint(text)
  if (small >= 0) return small
  if (!INTEGER.test(text)) throw new TextError(`invalid ${what} "${text}"`)
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text}`)
  if (/^0[0-9]+$/.test(text)) throw new TextError(`invalid ${what} "${text}"`)
  return BigInt(text)
}
