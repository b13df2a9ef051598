import type { Json } from './value.js'

export const INT64_MIN = -(2n ** 63n)
export const INT64_MAX = 2n ** 63n - 1n

const INT32_MIN = -(2 ** 31)
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Parses JSON text and keeps 64-bit integers exact: those beyond 2^53 become bigints. Stricter than JSON.parse: numbers
 * that no double holds, and strings with NUL or half a surrogate pair, are refused. Slower than JSON.parse, which is
 * asked first so that only valid text is read here. Throws SyntaxError.
 */
export function parseExact(text: string): Json {
  JSON.parse(text)
  return new ExactReader(text).value()
}

/** Reads text that is known to be valid JSON. */
class ExactReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): Json {
    switch (this.#peek()) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      default:
        return this.#literal()
    }
  }

  /** The next character that is not white space. */
  #peek(): string {
    while (' \t\r\n'.includes(this.#text.charAt(this.#at))) this.#at++
    return this.#text.charAt(this.#at)
  }

  #object(): Json {
    const members: [string, Json][] = []
    this.#at++
    while (this.#peek() !== '}') {
      if (this.#peek() === ',') this.#at++
      this.#peek()
      const name = this.#string()
      this.#peek()
      this.#at++
      members.push([name, this.value()])
    }
    this.#at++
    return Object.fromEntries(members)
  }

  #array(): Json {
    const elements: Json[] = []
    this.#at++
    while (this.#peek() !== ']') {
      if (this.#peek() === ',') this.#at++
      elements.push(this.value())
    }
    this.#at++
    return elements
  }

  #string(): string {
    const start = this.#at++
    while (this.#text.charAt(this.#at) !== '"') this.#at += this.#text.charAt(this.#at) === '\\' ? 2 : 1
    this.#at++
    const token = this.#text.slice(start, this.#at)
    const value = JSON.parse(token) as string
    if (token.includes('\\u') && (value.includes('\0') || LONE_SURROGATE.test(value))) {
      throw new SyntaxError(`string ${token.slice(0, 40)} holds NUL or half a surrogate pair`)
    }
    return value
  }

  #literal(): Json {
    const start = this.#at
    while (!',]} \t\r\n'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++
    const token = this.#text.slice(start, this.#at)
    const value = JSON.parse(token) as boolean | number | null
    if (typeof value !== 'number') return value
    if (!Number.isFinite(value) || powerOfTen(token) < INT32_MIN) {
      throw new SyntaxError(`number ${token.slice(0, 40)} is out of range`)
    }
    if (Number.isSafeInteger(value) || !/^-?\d+$/.test(token)) return value
    const integer = BigInt(token)
    return integer >= INT64_MIN && integer <= INT64_MAX ? integer : value
  }
}

/** The power of ten that a number's digits, taken as an integer, are to be multiplied by. */
function powerOfTen(token: string): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? []
  return Number(exponent) - fraction.length
}
