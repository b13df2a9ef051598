import { ProtocolError, ValueError } from '../errors.js'
import { INT64_MAX, INT64_MIN } from '../json/parser.js'
import { excerpt, isJsonArray, type Json } from '../json/value.js'
import type { Atom, AtomicType, BaseType } from '../schema/types.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const UUID_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const LONE_SURROGATE = /\p{Surrogate}/u

export const ZERO_UUID = '00000000-0000-0000-0000-000000000000'

/** RFC 7047 section 5.2.1: what a column that is not given holds. */
export const DEFAULT_ATOMS: Readonly<Record<AtomicType, Atom>> = {
  integer: 0,
  real: 0,
  boolean: false,
  string: '',
  uuid: ZERO_UUID,
}

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Reads an atom of a peer's. Structure is checked, constraints are not: a newer server may have wider ones. */
export function decodeAtom(json: Json, base: BaseType, where: string): Atom {
  switch (base.type) {
    case 'string':
      if (typeof json === 'string') return json
      break
    case 'uuid': {
      const text = isJsonArray(json) && json.length === 2 && json[0] === 'uuid' ? json[1] : undefined
      if (typeof text !== 'string') break
      if (UUID.test(text)) return text
      const lower = text.toLowerCase()
      if (UUID.test(lower)) return lower
      break
    }
    case 'boolean':
      if (typeof json === 'boolean') return json
      break
    case 'integer':
      if (typeof json === 'number' && Number.isSafeInteger(json)) return json
      if (typeof json === 'bigint') return wideInteger(json, base, where)
      break
    case 'real':
      if (typeof json === 'number' && Number.isFinite(json)) return json
      if (typeof json === 'bigint') return Number(json)
  }
  throw new ProtocolError(`${where}: expected ${base.type}, got ${excerpt(json)}`)
}

function wideInteger(value: bigint, base: BaseType, where: string): bigint {
  if (base.wide) return value
  throw new ProtocolError(`${where}: integer ${value.toString()} is beyond 2^53, which this column's type excludes`)
}

/**
 * Writes an atom of ours. With `constrained`, the enum and bounds of the base type hold as well.
 * Throws ValueError that names `where`.
 */
export function encodeAtom(value: unknown, base: BaseType, where: string, constrained: boolean): Json {
  const json = encodeUnconstrained(value, base, where)
  if (constrained) checkConstraints(value as Atom, base, where)
  return json
}

function encodeUnconstrained(value: unknown, base: BaseType, where: string): Json {
  switch (base.type) {
    case 'string':
      if (typeof value === 'string') return checkText(value, where)
      break
    case 'uuid':
      if (typeof value === 'string' && isUuid(value.toLowerCase())) return ['uuid', value.toLowerCase()]
      if (isNamedUuid(value)) return ['named-uuid', checkUuidName(value.uuidName, where)]
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'integer':
      // -0 would be written as 0 anyhow; adding 0 keeps what is compared and what is sent the same.
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0
      if (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX) return value
      break
    case 'real':
      if (typeof value === 'number' && Number.isFinite(value)) return value
  }
  throw new ValueError(where, `expected ${describe(base.type)}, got ${show(value)}`)
}

function describe(type: AtomicType): string {
  switch (type) {
    case 'uuid':
      return 'a UUID or { uuidName }'
    case 'integer':
      return 'an integer (a bigint when beyond 2^53)'
    case 'real':
      return 'a finite number'
    case 'boolean':
    case 'string':
      return `a ${type}`
  }
}

/** OVSDB strings are UTF-8 without NUL: what cannot be written so would be refused, or arrive as something else. */
function checkText(text: string, where: string): string {
  if (text.includes('\0')) throw new ValueError(where, 'strings cannot contain NUL')
  if (LONE_SURROGATE.test(text)) throw new ValueError(where, 'string is not well-formed Unicode')
  return text
}

export function checkUuidName(name: string, where: string): string {
  if (!UUID_NAME.test(name)) throw new ValueError(where, `${show(name)} is not a valid uuid-name`)
  return name
}

function isNamedUuid(value: unknown): value is { readonly uuidName: string } {
  return typeof value === 'object' && value !== null && 'uuidName' in value && typeof value.uuidName === 'string'
}

function checkConstraints(value: Atom, base: BaseType, where: string): void {
  if (base.enum !== undefined && !base.enum.includes(value)) {
    throw new ValueError(where, `${show(value)} is not one of ${base.enum.map(String).join(', ')}`)
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (base.min !== undefined && value < base.min) throw new ValueError(where, `${value} is below ${base.min}`)
    if (base.max !== undefined && value > base.max) throw new ValueError(where, `${value} is above ${base.max}`)
  }
  if (typeof value === 'string' && base.type === 'string') checkLength(value, base, where)
}

function checkLength(value: string, base: BaseType, where: string): void {
  if (base.minLength === undefined && base.maxLength === undefined) return
  const length = Array.from(value).length
  const { minLength = 0, maxLength = Infinity } = base
  if (length < minLength) throw new ValueError(where, `string is shorter than ${minLength} characters`)
  if (length > maxLength) throw new ValueError(where, `string is longer than ${maxLength} characters`)
}

/** A short rendering of any value of the caller's for an error message. */
export function show(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value
  if (typeof value === 'number') return String(value)
  const text = value instanceof Map ? 'a Map' : JSON.stringify(value)
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`
}

/** The order in which OVSDB keeps sets and maps: numbers by value, strings by their UTF-8 bytes, false before true. */
export function compareAtoms(a: Atom, b: Atom): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** By code point, which is the order of UTF-8; UTF-16 code units differ from it in the surrogates alone. */
function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return byteOrder(x) - byteOrder(y)
  }
  return a.length - b.length
}

function byteOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
