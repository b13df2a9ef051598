import { TextError } from '../errors.js'

/** Names of the bits of a field of flags, by bit number. */
export type FlagNames = readonly (string | undefined)[]

/** The flags of a field, and what errors call them. */
export interface FlagSet {
  readonly names: FlagNames
  readonly what: string
}

export const CT_STATE_NAMES: FlagNames = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat']
export const TCP_FLAG_NAMES: FlagNames = [
  ...['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns'],
  ...['[200]', '[400]', '[800]'],
]
export const TUN_FLAG_NAMES: FlagNames = ['oam']

/** `+a-b`: the bits of the mask, from the lowest on, each as it must be. */
export function formatFlags(names: FlagNames, value: number, mask: number): string {
  if (mask === 0) return '0/0'
  let text = ''
  for (let bit = 0; bit < 32; bit++) {
    const one = (1 << bit) >>> 0
    if ((mask & one) === 0) continue
    text += ((value & one) === 0 ? '-' : '+') + (names[bit] ?? `0x${one.toString(16)}`)
  }
  return text
}

/** `a|b`, 0 for none. */
export function formatFlagSet(names: FlagNames, value: number): string {
  const set: string[] = []
  let rest = value
  names.forEach((name, bit) => {
    if (name !== undefined && (rest & (1 << bit)) !== 0) set.push(name)
    if (name !== undefined) rest &= ~(1 << bit)
  })
  if (rest !== 0) set.push(`0x${(rest >>> 0).toString(16)}`)
  return set.length === 0 ? '0' : set.join('|')
}

const C_NUMBER = '[ \\t\\n\\v\\f\\r]*[+-]?(?:0[xX][0-9a-fA-F]+|0(?![xX])[0-7]*|[1-9][0-9]*)'
const NUMBER = new RegExp(`^${C_NUMBER}`)
const NUMBERS = new RegExp(`^(${C_NUMBER})/(${C_NUMBER})`)

/** As C reads it: octal after a 0. */
function numberOf(text: string): number {
  const trimmed = text.trim()
  const negative = trimmed.startsWith('-')
  const digits = trimmed.replace(/^[+-]/, '')
  const value = /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits)
  return negative ? -value : value
}

/**
 * `+a-b`, `a|b`, or numbers as value[/mask]; no mask where all bits count.
 * @throws TextError on an unknown or repeated flag
 */
export function parseFlags(
  { names, what }: FlagSet,
  text: string,
): { readonly value: number; readonly mask: number | undefined } {
  const allowed = 2 ** names.length - 1
  const numbers = NUMBERS.exec(text)
  if (numbers !== null) {
    const value = numberOf(numbers[1] ?? '') >>> 0
    const mask = numberOf(numbers[2] ?? '') >>> 0
    if (value > allowed || mask > allowed) throw unknown(text, what)
    return { value, mask }
  }
  return text.startsWith('+') || text.startsWith('-') ? parseSigned(names, text, what) : parseSet(names, text, what)
}

const unknown = (text: string, what: string): TextError => new TextError(`${text}: unknown ${what} flag(s)`)

function parseSigned(names: FlagNames, text: string, what: string): { value: number; mask: number } {
  let value = 0
  let mask = 0
  for (let at = 0; at < text.length; ) {
    const sign = text.charAt(at)
    if (sign !== '+' && sign !== '-') {
      throw new TextError(`${text.slice(at)}: ${what} must be preceded by '+' (for SET) or '-' (NOT SET)`)
    }
    const rest = text.slice(at + 1)
    const name = /^[^+-]*/.exec(rest)?.[0] ?? ''
    const bit = names.indexOf(name)
    if (bit < 0) throw unknown(rest, what)
    if ((mask & (1 << bit)) !== 0) throw new TextError(`${rest}: Each ${what} flag can be specified only once`)
    mask |= 1 << bit
    if (sign === '+') value |= 1 << bit
    at += 1 + name.length
  }
  return { value: value >>> 0, mask: mask >>> 0 }
}

function parseSet(names: FlagNames, text: string, what: string): { value: number; mask: undefined } {
  const allowed = 2 ** names.length - 1
  let value = 0
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const number = NUMBER.exec(rest)?.[0]
    const name = number ?? /^[^|]*/.exec(rest)?.[0] ?? ''
    const bits = number === undefined ? bitsOf(names, name) : numberOf(number)
    if (bits < 0 || bits > allowed) throw unknown(text, what)
    value |= bits
    at += name.length
    if (text[at] === '|') at++
  }
  return { value: value >>> 0, mask: undefined }
}

function bitsOf(names: FlagNames, name: string): number {
  const bit = names.indexOf(name)
  return bit < 0 ? -1 : 2 ** bit
}
