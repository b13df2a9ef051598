import { ProtocolError, ValueError } from '../errors.js'
import { excerpt, isJsonArray, type Json } from '../json/value.js'
import type { Atom, ColumnType, ColumnValue } from '../schema/types.js'
import { compareAtoms, decodeAtom, DEFAULT_ATOMS, encodeAtom, show } from './atom.js'

/**
 * How a value is used: `column` is a whole column (its size and constraints hold), `partial` is a part of one (for
 * `includes`, `insert` and the like), `bare` is a value that is only compared with a column.
 */
export type EncodeUse = 'column' | 'partial' | 'bare'

/**
 * Converts one column's values: an atom (`scalar`), an atom or null (`optional`), an array (`set`), a record when the
 * keys are strings or else a Map (`map`). Arrays and maps are in OVSDB's own order. Values are never changed in place.
 */
export interface DatumCodec {
  readonly kind: 'scalar' | 'optional' | 'set' | 'map'
  readonly defaultValue: ColumnValue
  /** Reads RFC 7047 notation of a peer's; throws ProtocolError. */
  decode(json: Json): ColumnValue
  /** Writes RFC 7047 notation; throws ValueError. */
  encode(value: unknown, use?: EncodeUse): Json
  /** Writes a set of keys, to delete them from a map or set; throws ValueError. */
  encodeKeys(keys: unknown): Json
  /** The value that `diff` of an update2 (`modify`) makes of an old one; throws ProtocolError. */
  applyDiff(old: ColumnValue, diff: Json): ColumnValue
}

/** The codec of a type; `where` (such as `Bridge.ports`) begins the message of every error. */
export function datumCodec(type: ColumnType, where: string): DatumCodec {
  if (type.value !== undefined) return new MapCodec(type, type.value, where)
  if (type.max > 1) return new SetCodec(type, where)
  return type.min === 1 ? new ScalarCodec(type, where) : new OptionalCodec(type, where)
}

/** The elements of `["set", [...]]`, or the single atom that may be written in its stead. */
function setElements(json: Json, where: string): readonly Json[] {
  if (!isJsonArray(json) || json[0] !== 'set') return [json]
  const elements = json[1]
  if (json.length === 2 && isJsonArray(elements)) return elements
  throw new ProtocolError(`${where}: malformed set ${excerpt(json)}`)
}

/** The pairs of `["map", [[k, v], ...]]`, not looked at yet. */
function mapPairs(json: Json, where: string): readonly Json[] {
  const pairs = isJsonArray(json) && json.length === 2 && json[0] === 'map' ? json[1] : undefined
  if (isJsonArray(pairs)) return pairs
  throw new ProtocolError(`${where}: expected a map, got ${excerpt(json)}`)
}

function checkPair(pair: Json, where: string): readonly [Json, Json] {
  if (isJsonArray(pair) && pair.length === 2) return pair as readonly [Json, Json]
  throw new ProtocolError(`${where}: malformed pair ${excerpt(pair)}`)
}

function checkSize(size: number, type: ColumnType, where: string, use: EncodeUse): void {
  if (use !== 'column') return
  if (size < type.min) throw new ValueError(where, `needs at least ${type.min} element`)
  if (size > type.max) throw new ValueError(where, `holds at most ${type.max} elements, got ${size}`)
}

function checkDistinct(keys: readonly unknown[], where: string): void {
  // Named UUIDs are objects: they are told apart by their names.
  const distinct = new Set(keys.map((key) => (typeof key === 'object' ? JSON.stringify(key) : key)))
  if (distinct.size !== keys.length) throw new ValueError(where, 'contains a duplicate')
}

/** The elements of an array, or a lone element, each encoded. */
function encodeElements(value: unknown, type: ColumnType, where: string, use: EncodeUse): Json {
  const elements: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  checkSize(elements.length, type, where, use)
  checkDistinct(elements, where)
  return ['set', elements.map((element) => encodeAtom(element, type.key, where, use === 'column'))]
}

class ScalarCodec implements DatumCodec {
  readonly kind = 'scalar'
  readonly defaultValue: ColumnValue
  readonly #type: ColumnType
  readonly #where: string

  constructor(type: ColumnType, where: string) {
    this.#type = type
    this.#where = where
    this.defaultValue = DEFAULT_ATOMS[type.key.type]
  }

  decode(json: Json): ColumnValue {
    if (!isJsonArray(json) || json[0] !== 'set') return decodeAtom(json, this.#type.key, this.#where)
    const [only, ...more] = setElements(json, this.#where)
    if (only !== undefined && more.length === 0) return decodeAtom(only, this.#type.key, this.#where)
    throw new ProtocolError(`${this.#where}: expected one value, got ${excerpt(json)}`)
  }

  encode(value: unknown, use: EncodeUse = 'column'): Json {
    return encodeAtom(value, this.#type.key, this.#where, use === 'column')
  }

  encodeKeys(keys: unknown): Json {
    return encodeElements(keys, this.#type, this.#where, 'partial')
  }

  applyDiff(_old: ColumnValue, diff: Json): ColumnValue {
    return this.decode(diff)
  }
}

class OptionalCodec implements DatumCodec {
  readonly kind = 'optional'
  readonly defaultValue = null
  readonly #type: ColumnType
  readonly #where: string

  constructor(type: ColumnType, where: string) {
    this.#type = type
    this.#where = where
  }

  decode(json: Json): ColumnValue {
    if (!isJsonArray(json) || json[0] !== 'set') return decodeAtom(json, this.#type.key, this.#where)
    const [only, ...more] = setElements(json, this.#where)
    if (more.length > 0) throw new ProtocolError(`${this.#where}: expected at most one value, got ${excerpt(json)}`)
    return only === undefined ? null : decodeAtom(only, this.#type.key, this.#where)
  }

  encode(value: unknown, use: EncodeUse = 'column'): Json {
    if (value === null) return ['set', []]
    if (Array.isArray(value) && use !== 'column') return encodeElements(value, this.#type, this.#where, use)
    return encodeAtom(value, this.#type.key, this.#where, use === 'column')
  }

  encodeKeys(keys: unknown): Json {
    return encodeElements(keys, this.#type, this.#where, 'partial')
  }

  applyDiff(_old: ColumnValue, diff: Json): ColumnValue {
    return this.decode(diff)
  }
}

const EMPTY_SET: readonly Atom[] = Object.freeze([])

class SetCodec implements DatumCodec {
  readonly kind = 'set'
  readonly defaultValue: ColumnValue
  readonly #type: ColumnType
  readonly #where: string

  constructor(type: ColumnType, where: string) {
    this.#type = type
    this.#where = where
    this.defaultValue = type.min === 0 ? EMPTY_SET : Object.freeze([DEFAULT_ATOMS[type.key.type]])
  }

  decode(json: Json): readonly Atom[] {
    const elements = setElements(json, this.#where)
    if (elements.length === 0) return EMPTY_SET
    const atoms = elements.map((element) => decodeAtom(element, this.#type.key, this.#where))
    sortDistinct(atoms, this.#where)
    return atoms
  }

  encode(value: unknown, use: EncodeUse = 'column'): Json {
    if (use === 'column' && !Array.isArray(value)) {
      throw new ValueError(this.#where, `expected an array, got ${show(value)}`)
    }
    return encodeElements(value, this.#type, this.#where, use)
  }

  encodeKeys(keys: unknown): Json {
    return encodeElements(keys, this.#type, this.#where, 'partial')
  }

  /** The elements that are in one of both only (ovsdb-server(7), "update2"). */
  applyDiff(old: ColumnValue, diff: Json): ColumnValue {
    const result = new Set(old as readonly Atom[])
    for (const element of this.decode(diff)) if (!result.delete(element)) result.add(element)
    return result.size === 0 ? EMPTY_SET : Array.from(result).sort(compareAtoms)
  }
}

/** Servers send sets in order; one that does not is put right. */
function sortDistinct(atoms: Atom[], where: string): void {
  for (let i = 1; i < atoms.length; i++) {
    const [a, b] = [atoms[i - 1], atoms[i]]
    if (a === undefined || b === undefined || compareAtoms(a, b) < 0) continue
    atoms.sort(compareAtoms)
    if (new Set(atoms).size !== atoms.length) throw new ProtocolError(`${where}: set contains a duplicate`)
    return
  }
}

type AtomMap = ReadonlyMap<Atom, Atom>

/** The map itself when its keys are in order, as a server sends them; else one in order. */
function inOrder(map: AtomMap): AtomMap {
  let last: Atom | undefined
  for (const key of map.keys()) {
    if (last !== undefined && compareAtoms(last, key) > 0) {
      return new Map(Array.from(map).sort(([a], [b]) => compareAtoms(a, b)))
    }
    last = key
  }
  return map
}

class MapCodec implements DatumCodec {
  readonly kind = 'map'
  readonly defaultValue: ColumnValue
  readonly #type: ColumnType
  readonly #valueType: NonNullable<ColumnType['value']>
  readonly #where: string
  readonly #record: boolean

  constructor(type: ColumnType, valueType: NonNullable<ColumnType['value']>, where: string) {
    this.#type = type
    this.#valueType = valueType
    this.#where = where
    this.#record = type.key.type === 'string'
    const defaults = type.min === 0 ? [] : [[DEFAULT_ATOMS[type.key.type], DEFAULT_ATOMS[valueType.type]] as const]
    this.defaultValue = Object.freeze(this.#wrap(new Map(defaults)))
  }

  decode(json: Json): ColumnValue {
    const pairs = mapPairs(json, this.#where)
    return (this.#record ? this.#decodeRecord(pairs) : undefined) ?? this.#wrap(this.#decodePairs(pairs))
  }

  encode(value: unknown, use: EncodeUse = 'column'): Json {
    if (use !== 'column' && Array.isArray(value)) return this.encodeKeys(value)
    const pairs = this.#pairs(value)
    checkSize(pairs.length, this.#type, this.#where, use)
    const constrained = use === 'column'
    return [
      'map',
      pairs.map(([key, item]) => [
        encodeAtom(key, this.#type.key, this.#where, constrained),
        encodeAtom(item, this.#valueType, `${this.#where}[${show(key)}]`, constrained),
      ]),
    ]
  }

  encodeKeys(keys: unknown): Json {
    return encodeElements(keys, this.#type, this.#where, 'partial')
  }

  /** A pair that is there as it is goes; any other pair comes, or takes the place of its key's. */
  applyDiff(old: ColumnValue, diff: Json): ColumnValue {
    if (this.#type.max === 1) return this.decode(diff)
    const result = new Map(this.#unwrap(old))
    for (const [key, value] of this.#decodePairs(mapPairs(diff, this.#where))) {
      if (result.get(key) === value) result.delete(key)
      else result.set(key, value)
    }
    return this.#wrap(inOrder(result))
  }

  /** The quick way for keys in order, as a server sends them, none of which an assignment would not make a member of. */
  #decodeRecord(pairs: readonly Json[]): ColumnValue | undefined {
    const record: Record<string, Atom> = {}
    let last: string | undefined
    for (const pair of pairs) {
      const [key, value] = checkPair(pair, this.#where)
      const name = decodeAtom(key, this.#type.key, this.#where) as string
      if (name === '__proto__' || (last !== undefined && compareAtoms(last, name) >= 0)) return undefined
      record[name] = decodeAtom(value, this.#valueType, this.#where)
      last = name
    }
    return record
  }

  #decodePairs(pairs: readonly Json[]): AtomMap {
    const result = new Map<Atom, Atom>()
    for (const pair of pairs) {
      const [key, value] = checkPair(pair, this.#where)
      const name = decodeAtom(key, this.#type.key, this.#where)
      if (result.has(name)) throw new ProtocolError(`${this.#where}: map contains key ${excerpt(key)} twice`)
      result.set(name, decodeAtom(value, this.#valueType, this.#where))
    }
    return inOrder(result)
  }

  /** Object.fromEntries defines own members, so that even a key like `__proto__` is just a key. */
  #wrap(map: AtomMap): ColumnValue {
    return this.#record ? (Object.fromEntries(map) as Readonly<Record<string, Atom>>) : map
  }

  #unwrap(value: ColumnValue): AtomMap {
    return this.#record ? new Map(Object.entries(value as Readonly<Record<string, Atom>>)) : (value as AtomMap)
  }

  #pairs(value: unknown): readonly (readonly [unknown, unknown])[] {
    if (value instanceof Map) return Array.from(value as ReadonlyMap<unknown, unknown>)
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (this.#record && plain) return Object.entries(value).filter(([, item]) => item !== undefined)
    throw new ValueError(this.#where, `expected ${this.#record ? 'a record' : 'a Map'}, got ${show(value)}`)
  }
}
