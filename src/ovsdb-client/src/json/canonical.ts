import { isJsonArray, isJsonObject, type Json } from './value.js'

/** Digits that Open vSwitch's C programs print of a real number (C's DBL_DIG). */
export const REAL_DIGITS = 15

/** How many digits of a real number are printed; `exact`: as many as it takes to read it back. */
export type RealDigits = number | 'exact'

/** A number as C's `%.*g` prints it. */
export function printReal(value: number, digits: RealDigits = REAL_DIGITS): string {
  if (value === 0) return '0'
  const [mantissa = '', exponentText = '0'] = value
    .toExponential(digits === 'exact' ? undefined : digits - 1)
    .split('e')
  const exponent = Number(exponentText)
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
  // The shortest form switches to an exponent where 17 digits would.
  if (exponent < -4 || exponent >= (digits === 'exact' ? 17 : digits)) {
    const sign = exponent < 0 ? '-' : '+'
    return `${trim(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const significant = digits === 'exact' ? mantissa.replace(/[-.]/g, '').length : digits
  return trim(value.toFixed(Math.max(0, significant - 1 - exponent)))
}

const byName = ([a]: readonly [string, Json], [b]: readonly [string, Json]): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * JSON text as Open vSwitch prints it: no spaces, members sorted by name, numbers as in C (`digits` as for
 * `printReal`).
 */
export function canonicalJson(value: Json, digits: RealDigits = REAL_DIGITS): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value + 0) : printReal(value, digits)
  if (isJsonArray(value)) return `[${value.map((element) => canonicalJson(element, digits)).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).sort(byName)
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item, digits)}`).join(',')}}`
}

/** JSON text as Open vSwitch prints it with `--pretty`. */
export function prettyJson(value: Json, indent = ''): string {
  const inner = `${indent}  `
  if (isJsonArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((element) => inner + prettyJson(element, inner)).join(',\n')}]`
  }
  if (!isJsonObject(value)) return canonicalJson(value)
  const members = Object.entries(value).sort(byName)
  if (members.length === 0) return '{}'
  return `{\n${members.map(([name, item]) => `${inner}${JSON.stringify(name)}: ${prettyJson(item, inner)}`).join(',\n')}}`
}
