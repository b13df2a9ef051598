import { atomFromJson, datumFromJson, syntaxError } from '../data/notation.js'
import { isJsonArray, type Json } from '../json/value.js'
import { Members } from './members.js'
import { ATOMIC_TYPES, type Atom, type AtomicType, type BaseType, type ColumnType } from './types.js'

const UINT_MAX = 2 ** 32 - 1

export interface ReadTypeOptions {
  /** Whether integers beyond 2^53 are refused, but for the values of maps. */
  readonly narrow?: boolean
  /** Whether members that RFC 7047 does not know are refused. */
  readonly strict?: boolean
}

/** A base type without constraints. */
export function plainType(type: AtomicType, wide = true): BaseType {
  return {
    type,
    enum: undefined,
    min: undefined,
    max: undefined,
    minLength: undefined,
    maxLength: undefined,
    refTable: undefined,
    refType: undefined,
    wide: wide && type === 'integer',
  }
}

/** Reads RFC 7047 `<atomic-type>`. Throws DataError. */
export function readAtomicType(json: Json): AtomicType {
  if (typeof json !== 'string') throw syntaxError(json, 'atomic-type expected')
  const type = ATOMIC_TYPES.find((name) => name === json)
  if (type === undefined) throw syntaxError(json, `"${json}" is not an atomic-type`)
  return type
}

/** Reads RFC 7047 `<base-type>`. Throws DataError. */
export function readBaseType(json: Json, { narrow = false, strict = false }: ReadTypeOptions = {}): BaseType {
  if (typeof json === 'string') return plainType(readAtomicType(json), !narrow)
  const members = new Members(json, 'ovsdb type')
  const type = readAtomicType(members.required('type', 'string'))
  const choices = members.optional('enum', 'any')
  const constraints = choices === undefined ? CONSTRAINTS[type](members, json) : { enum: readEnum(choices, type) }
  if (strict) members.finish()
  const base = { ...plainType(type, !narrow), ...constraints }
  return { ...base, wide: base.wide && !(isSafeBound(base.min) && isSafeBound(base.max)) }
}

const isSafeBound = (value: number | bigint | undefined): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value)

/** Checked as a set, but kept in the schema's own order. */
function readEnum(json: Json, type: AtomicType): readonly Atom[] {
  const base = plainType(type)
  datumFromJson(json, { key: base, value: undefined, min: 1, max: Infinity })
  const elements = isJsonArray(json) && json[0] === 'set' ? (json[1] as readonly Json[]) : [json]
  return elements.map((element) => atomFromJson(element, base))
}

/** How the constraints of each type are read. */
const CONSTRAINTS: Readonly<Record<AtomicType, (members: Members, json: Json) => Partial<BaseType>>> = {
  integer: (members, json) => readRange(members, json, 'Integer', 'integer'),
  real: (members, json) => readRange(members, json, 'Real', 'number'),
  boolean: () => ({}),
  string: readLengths,
  uuid: readReference,
}

function readRange(members: Members, json: Json, suffix: string, kind: 'integer' | 'number'): Partial<BaseType> {
  const min = members.optional(`min${suffix}`, kind)
  const max = members.optional(`max${suffix}`, kind)
  if (min !== undefined && max !== undefined && min > max) throw syntaxError(json, `min${suffix} exceeds max${suffix}`)
  return { min, max }
}

function readLengths(members: Members, json: Json): Partial<BaseType> {
  const [minLength, maxLength] = ['minLength', 'maxLength'].map((name) => {
    const length = members.optional(name, 'integer')
    if (length === undefined || (length >= 0 && length <= UINT_MAX)) return length
    throw syntaxError(length, `${name} out of valid range 0 to ${UINT_MAX}`)
  }) as readonly (number | undefined)[]
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength) {
    throw syntaxError(json, 'minLength exceeds maxLength')
  }
  return { minLength, maxLength }
}

function readReference(members: Members, json: Json): Partial<BaseType> {
  const refTable = members.optional('refTable', 'id')
  if (refTable === undefined) return {}
  const refType = members.optional('refType', 'id') ?? 'strong'
  if (refType === 'strong' || refType === 'weak') return { refTable, refType }
  throw syntaxError(json, `refType must be "strong" or "weak" (not "${refType}")`)
}

/** Reads RFC 7047 `<type>`. Throws DataError. */
export function readType(json: Json, options: ReadTypeOptions = {}): ColumnType {
  if (typeof json === 'string') return { key: readBaseType(json, options), value: undefined, min: 1, max: 1 }
  const members = new Members(json, 'ovsdb type')
  const key = members.required('key', 'string or object')
  const value = members.optional('value', 'string or object')
  const minimum = members.optional('min', 'integer') ?? 1
  const maximum = members.optional('max', 'integer or string') ?? 1
  if (options.strict === true) members.finish()
  const type = {
    key: readBaseType(key, options),
    value: value === undefined ? undefined : readBaseType(value, { ...options, narrow: false }),
  }
  const min = readCount(minimum)
  const max = maximum === 'unlimited' ? Infinity : readCount(maximum)
  if ((min !== 0 && min !== 1) || min > max || max === 0) throw syntaxError(json, 'ovsdb type fails constraint checks')
  return { ...type, min, max }
}

function readCount(json: string | number | bigint): number {
  if (typeof json === 'number' && json >= 0 && json < UINT_MAX) return json
  throw syntaxError(json, 'bad min or max value')
}
