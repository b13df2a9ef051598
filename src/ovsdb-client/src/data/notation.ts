import { DataError } from '../errors.js'
import { canonicalJson } from '../json/canonical.js'
import { isJsonArray, type Json } from '../json/value.js'
import type { Atom, AtomicType, BaseType, ColumnType } from '../schema/types.js'
import { isUuid } from './atom.js'
import { checkAtom } from './constraints.js'
import { sortedDatum, type Datum } from './datum.js'
import type { SymbolTable } from './symbols.js'

/** RFC 7047 `<id>`. */
const ID = /^[A-Za-z_][A-Za-z0-9_]*$/

export const isId = (json: Json | undefined): json is string => typeof json === 'string' && ID.test(json)
export const isInteger = (json: Json | undefined): json is number | bigint =>
  typeof json === 'bigint' || Number.isSafeInteger(json)

/** An error about a piece of JSON, which its message quotes. */
export function syntaxError(json: Json, details: string, error = 'syntax error'): DataError {
  return new DataError({ error, details, syntax: canonicalJson(json) })
}

/** The content of `[NAME, CONTENT]`; undefined when it is something else. */
function unwrap(json: Json, name: string): Json | undefined {
  return isJsonArray(json) && json.length === 2 && json[0] === name ? json[1] : undefined
}

/** Reads an atom in RFC 7047 notation as strictly as ovsdb-server does. Throws DataError. */
export function atomFromJson(json: Json, base: BaseType, symbols?: SymbolTable): Atom {
  const atom = base.type === 'uuid' ? uuidFromJson(json, base, symbols) : plainAtom(json, base.type)
  if (atom === undefined) throw syntaxError(json, `expected ${base.type}`)
  checkAtom(atom, base)
  return atom
}

function plainAtom(json: Json, type: AtomicType): Atom | undefined {
  switch (type) {
    case 'integer':
      return isInteger(json) ? json : undefined
    case 'real':
      return typeof json === 'number' || typeof json === 'bigint' ? Number(json) : undefined
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    default:
      return typeof json === 'string' ? json : undefined
  }
}

function uuidFromJson(json: Json, base: BaseType, symbols: SymbolTable | undefined): string {
  const text = unwrap(json, 'uuid')
  if (typeof text === 'string') {
    const uuid = text.toLowerCase()
    if (!isUuid(uuid)) throw syntaxError(json, `"${text}" is not a valid UUID`)
    return uuid
  }
  const name = symbols === undefined ? undefined : unwrap(json, 'named-uuid')
  if (symbols === undefined || typeof name !== 'string') throw syntaxError(json, 'expected ["uuid", <string>]')
  if (!isId(name)) throw syntaxError(json, 'named-uuid string is not a valid <id>')
  return symbols.reference(name, base.refType).uuid
}

/**
 * Reads a datum in RFC 7047 notation as strictly as ovsdb-server does. With `anySize`, the number of elements is not
 * looked at, as in a transaction, which is only judged when it commits. Throws DataError.
 */
export function datumFromJson(
  json: Json,
  type: ColumnType,
  options: { readonly symbols?: SymbolTable | undefined; readonly anySize?: boolean } = {},
): Datum {
  const { symbols, anySize = false } = options
  const { key, value } = type
  const isSet = isJsonArray(json) && json[0] === 'set'
  if (value === undefined && !isSet) return { keys: [atomFromJson(json, key, symbols)], values: undefined }
  const kind = value === undefined ? 'set' : 'map'
  const elements = unwrap(json, kind)
  if (!isJsonArray(elements)) throw syntaxError(json, `expected ["${kind}", <array>]`)
  if (!anySize) checkSize(json, kind, elements.length, type)
  if (value === undefined) return sortedDatum(elements.map((element) => atomFromJson(element, key, symbols)), undefined)
  const pairs = elements.map((pair) => {
    const [first, second] = isJsonArray(pair) && pair.length === 2 ? pair : []
    if (first === undefined || second === undefined) throw syntaxError(pair, 'expected 2-element array')
    return [atomFromJson(first, key, symbols), atomFromJson(second, value, symbols)] as const
  })
  return sortedDatum(pairs.map(([first]) => first), pairs.map(([, second]) => second))
}

function checkSize(json: Json, kind: string, size: number, { min, max }: ColumnType): void {
  if (size >= min && size <= max) return
  const most = max === Infinity ? 2 ** 32 - 1 : max
  const allowed = min === 1 && max === 1 ? 'exactly one member' : `${min} to ${most} members`
  throw syntaxError(json, `${kind} must have ${allowed} but ${size} are present`)
}

/** RFC 7047 notation of an atom. */
export const atomToJson = (atom: Atom, type: AtomicType): Json => (type === 'uuid' ? ['uuid', String(atom)] : atom)

/** RFC 7047 notation of a datum; a set of one element is written as that element. */
export function datumToJson({ keys, values }: Datum, { key, value }: ColumnType): Json {
  const [only, ...more] = keys
  if (value === undefined) {
    const isOne = only !== undefined && more.length === 0
    return isOne ? atomToJson(only, key.type) : ['set', keys.map((atom) => atomToJson(atom, key.type))]
  }
  return [
    'map',
    keys.map((atom, i) => [atomToJson(atom, key.type), atomToJson(values?.[i] as Atom, value.type)]),
  ]
}
