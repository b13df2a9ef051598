/** Numbers as C's library reads them, with ovs-ofctl's words where they are none. */
import { TextError } from '../errors.js'
import { smallUint } from './scan.js'

const C_INTEGER = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)/

interface Scanned {
  readonly value: bigint
  /** Index of the first character that is no part of the number. */
  readonly end: number
}

/** The number at the start of a text as strtol reads it with base 0; undefined where there is none. */
export function scanInteger(text: string): Scanned | undefined {
  const small = smallUint(text)
  if (small >= 0) return { value: BigInt(small), end: text.length }
  const found = C_INTEGER.exec(text)
  if (found === null) return undefined
  const [all, sign, digits = ''] = found
  let value: bigint
  let end = all.length
  if (/^0[0-9]/.test(digits)) {
    const octal = /^0[0-7]*/.exec(digits)?.[0] ?? '0'
    end -= digits.length - octal.length
    value = octal === '0' ? 0n : BigInt(`0o${octal.slice(1)}`)
  } else {
    value = BigInt(digits)
  }
  return { value: sign === '-' ? -value : value, end }
}

/** A whole text as an integer from `min` to `max`; undefined when it is none. */
function wholeInteger(text: string, min: bigint, max: bigint): bigint | undefined {
  const scanned = scanInteger(text)
  if (scanned?.end !== text.length || scanned.value < min || scanned.value > max) return undefined
  return scanned.value
}

/** An integer of at most 16 bits. @throws TextError `invalid NAME "TEXT"` */
function strToSmall(text: string, name: string, max: bigint): number {
  const small = smallUint(text)
  if (small >= 0 && small <= max) return small
  const value = wholeInteger(text, 0n, max)
  if (value === undefined) throw new TextError(`invalid ${name} "${text}"`)
  return Number(value)
}

export const strToU8 = (text: string, name: string): number => strToSmall(text, name, 0xffn)
export const strToU16 = (text: string, name: string): number => strToSmall(text, name, 0xffffn)

const U64_MAX = 0xffffffffffffffffn

/** Any integer of 64 bits, also a negative one, which wraps around as in C. @throws TextError */
export function strToU64(text: string): bigint {
  const small = smallUint(text)
  if (small >= 0) return BigInt(small)
  if (text === '') throw new TextError('missing required numeric argument')
  const value = wholeInteger(text, -U64_MAX, U64_MAX)
  if (value === undefined) throw new TextError(`invalid numeric format ${text}`)
  return BigInt.asUintN(64, value)
}

/** The low 32 bits of what `strToU64` reads. @throws TextError */
export function strToU32(text: string): number {
  const small = smallUint(text)
  return small >= 0 ? small % 0x100000000 : Number(BigInt.asUintN(32, strToU64(text)))
}

/** The decimal number at the start of a text, 0 where there is none; its low `bits` bits. */
export function atoi(text: string, bits: number): number {
  const digits = /^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text)?.[1]
  if (digits === undefined) return 0
  const value = BigInt(digits.replace('+', ''))
  return Number(BigInt.asUintN(bits, BigInt.asIntN(64, value < -(1n << 63n) ? -1n : value)))
}

/** The number at the start of a text with base 0, 0 where there is none. */
export const strtoull = (text: string): bigint => {
  const value = scanInteger(text)?.value ?? 0n
  if (value > U64_MAX || value < -U64_MAX) return U64_MAX
  return BigInt.asUintN(64, value)
}
