import { TextError } from '../errors.js'

/** One `key`, `key:value`, `key=value` or `key(value)` of a comma- or space-separated list. */
export interface KeyValue {
  readonly key: string
  readonly value: string
  /** What stood between key and value: ':', '=', '(' or nothing. */
  readonly delimiter: '' | ':' | '=' | '('
}

const isSeparator = (c: string): boolean => c === ',' || c === ' ' || c === '\t' || c === '\n' || c === '\r'
const endsKey = (c: string): boolean => c === ':' || c === '=' || c === '(' || isSeparator(c)

/** Index of the first character from `at` on, outside parentheses and brackets opened since, at which `ends` holds. */
function endOfValue(text: string, at: number, ends: (c: string) => boolean): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const c = text.charAt(i)
    if (depth === 0 && ends(c)) return i
    if (c === '(' || c === '[') depth++
    else if ((c === ')' || c === ']') && depth > 0) depth--
    else if (c === '"') i = endOfQuote(text, i)
  }
  return text.length
}

function endOfQuote(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return text.length
}

/** Splits a list as ovs-ofctl does. In `key(value)->rest` the value is `value)->rest`. */
export function scanKeyValues(text: string): KeyValue[] {
  const found: KeyValue[] = []
  let at = 0
  for (;;) {
    while (at < text.length && isSeparator(text.charAt(at))) at++
    if (at >= text.length) return found
    const keyEnd = text[at] === '"' ? Math.min(endOfQuote(text, at) + 1, text.length) : endOfKey(text, at)
    const key = text.slice(at, keyEnd)
    const delimiter = text.charAt(keyEnd)
    if (delimiter === ':' || delimiter === '=') {
      const end = endOfValue(text, keyEnd + 1, isSeparator)
      found.push({ key, value: text.slice(keyEnd + 1, end), delimiter })
      at = end
    } else if (delimiter === '(') {
      const close = endOfValue(text, keyEnd + 1, (c) => c === ')')
      const arrow = text.startsWith(')->', close)
      const end = arrow ? endOfValue(text, close + 1, isSeparator) : close
      found.push({ key, value: text.slice(keyEnd + 1, end), delimiter })
      at = arrow ? end : end + 1
    } else {
      found.push({ key, value: '', delimiter: '' })
      at = keyEnd
    }
  }
}

function endOfKey(text: string, at: number): number {
  let end = at
  while (end < text.length && !endsKey(text.charAt(end))) end++
  return end
}

const INTEGER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/

/** An unsigned integer, decimal, 0x hexadecimal or 0 octal as strtoul reads it. @throws TextError */
export function parseUint(text: string, max: number, what: string): number {
  const value = parseBig(text, what)
  if (value > BigInt(max)) throw new TextError(`${text}: ${what} is out of range (at most ${max})`)
  return Number(value)
}

/** The same, unbounded. */
export function parseBig(text: string, what: string): bigint {
  if (!INTEGER.test(text)) throw new TextError(`invalid ${what} "${text}"`)
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text}`)
  if (/^0[0-9]+$/.test(text)) throw new TextError(`invalid ${what} "${text}"`)
  return BigInt(text)
}

export const parseU64 = (text: string, what: string): bigint => {
  const value = parseBig(text, what)
  if (value > 0xffffffffffffffffn) throw new TextError(`${text}: ${what} is out of range (at most 64 bits)`)
  return value
}
