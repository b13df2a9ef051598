/** Numbers and addresses in lines of text. */
import { ipv6 } from '../text/addresses.js'
import { hexDigit } from '../text/scan.js'
import { wide } from './wide.js'

/** What a token is a number of. */
export const TOKEN = { DECIMAL: 0, HEX: 1, MAC: 2, IPV4: 3, IPV6: 4 } as const
export type TokenKind = (typeof TOKEN)[keyof typeof TOKEN]

const HASH = 35
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const UNDERSCORE = 95
const X = 120

/** Takes a decimal number of up to 15 digits, which a double holds. */
function takeDecimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0
  let at = from
  for (; at < to; at++) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  const digits = at - from
  if (digits === 0 || digits > 15 || (digits > 1 && bytes[from] === ZERO)) return 0
  wide[0] = value
  wide[1] = value < 0x100000000 ? 0 : Math.floor(value / 0x100000000)
  return at
}

/** Takes a hexadecimal number of up to 16 digits. */
function takeHex(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[from] !== ZERO || bytes[from + 1] !== X) return 0
  let low = 0
  let high = 0
  let at = from + 2
  for (; at < to; at++) {
    const digit = hexDigit(bytes[at] ?? 0)
    if (digit < 0) break
    high = (high << 4) | (low >>> 28)
    low = (low << 4) | digit
  }
  if (at === from + 2 || at > from + 18) return 0
  wide[0] = low
  wide[1] = high
  return at
}

const MAC_CHARS = 17

function takeMac(bytes: Uint8Array, from: number, to: number): number {
  if (from + MAC_CHARS > to) return 0
  let high = 0
  let low = 0
  for (let i = 0; i < MAC_CHARS; i += 3) {
    const upper = hexDigit(bytes[from + i] ?? 0)
    const lower = hexDigit(bytes[from + i + 1] ?? 0)
    if (upper < 0 || lower < 0 || (i < 15 && bytes[from + i + 2] !== COLON)) return 0
    high = (high << 8) | (low >>> 24)
    low = (low << 8) | (upper << 4) | lower
  }
  wide[0] = low
  wide[1] = high
  return from + MAC_CHARS
}

function takeIpv4(bytes: Uint8Array, from: number, to: number): number {
  let address = 0
  let at = from
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (at >= to || bytes[at++] !== DOT)) return 0
    const first = at
    let value = 0
    for (; at < to; at++) {
      const digit = (bytes[at] ?? 0) - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (at === first || value > 255 || (at > first + 1 && bytes[first] === ZERO)) return 0
    address = (address << 8) | value
  }
  wide[0] = address
  wide[1] = 0
  return at
}

const MOST_IPV6 = 39

function takeIpv6(bytes: Buffer, from: number, to: number): number {
  let colons = 0
  let at = from
  // No further than one too many: what is longer is looked at anew behind each of its colons.
  const end = Math.min(to, from + MOST_IPV6 + 1)
  for (; at < end; at++) {
    const c = bytes[at] ?? 0
    if (c === COLON) colons++
    else if (hexDigit(c) < 0) break
  }
  if (colons < 2 || at - from > MOST_IPV6) return 0
  if (!ipv6.read(bytes.toString('latin1', from, at))) return 0
  for (let word = 0; word < 4; word++) wide[word] = ipv6.octets.getUint32(12 - 4 * word)
  return at
}

/** Takes a number of a kind that begins at `from`, with `wide`; gives its end, 0 where there is none that is plain. */
export function takeToken(bytes: Buffer, from: number, to: number, kind: TokenKind): number {
  if (kind === TOKEN.IPV6) return takeIpv6(bytes, from, to)
  wide[2] = 0
  wide[3] = 0
  if (kind === TOKEN.DECIMAL) return takeDecimal(bytes, from, to)
  if (kind === TOKEN.HEX) return takeHex(bytes, from, to)
  return kind === TOKEN.MAC ? takeMac(bytes, from, to) : takeIpv4(bytes, from, to)
}

/** Kinds in the order in which they are looked for: what may begin another comes after it. */
const KINDS = [TOKEN.HEX, TOKEN.MAC, TOKEN.IPV4, TOKEN.IPV6, TOKEN.DECIMAL] as const

/** Whether a word goes on there, so that what is before it is no number. */
function goesOn(bytes: Uint8Array, at: number, to: number): boolean {
  if (at >= to) return false
  const c = bytes[at] ?? 0
  const lower = c | 32
  return (c >= ZERO && c <= NINE) || (lower >= 97 && lower <= 122) || c === UNDERSCORE || c === DOT
}

const MOST_TOKENS = 64

/** The tokens of the line that was scanned last: there is only one at a time. Positions are those in its bytes. */
export const scanned = {
  count: 0,
  /** Of all that is no token, and of the kinds of tokens. */
  hash: 0,
  starts: new Int32Array(MOST_TOKENS),
  ends: new Int32Array(MOST_TOKENS),
  kinds: new Uint8Array(MOST_TOKENS),
}

function takeAny(bytes: Buffer, at: number, to: number): number {
  for (const kind of KINDS) {
    const end = takeToken(bytes, at, to, kind)
    if (end === 0 || goesOn(bytes, end, to)) continue
    scanned.starts[scanned.count] = at
    scanned.ends[scanned.count] = end
    scanned.kinds[scanned.count] = kind
    return end
  }
  return 0
}

/** A number may begin behind these. Masks and what else follows a slash are never free. */
const DELIMITERS = Buffer.from(' ,=:(>')
const isDelimiter = Uint8Array.from({ length: 256 }, (_, c) => (DELIMITERS.includes(c) ? 1 : 0))

/** Finds the tokens of a line. False when it has characters that templates do not know. */
export function scan(bytes: Buffer, from: number, to: number): boolean {
  let hash = 0
  let mayBegin = true
  scanned.count = 0
  for (let at = from; at < to; ) {
    const c = bytes[at] ?? 0
    if (c < 32 || c > 126 || c === HASH) return false
    if (mayBegin && hexDigit(c) >= 0) {
      const end = scanned.count === MOST_TOKENS ? 0 : takeAny(bytes, at, to)
      if (end !== 0) {
        hash = Math.imul(hash ^ (0x100 + (scanned.kinds[scanned.count++] ?? 0)), 0x01000193)
        at = end
        mayBegin = false
        continue
      }
    }
    hash = Math.imul(hash ^ c, 0x01000193)
    mayBegin = isDelimiter[c] === 1
    at++
  }
  scanned.hash = hash
  return true
}
