import { DataError } from '../errors.js'
import type { Atom, BaseType, ColumnType } from '../schema/types.js'
import { compareAtoms, DEFAULT_ATOMS } from './atom.js'

/**
 * The value of any column in one form, as ovsdb-server keeps it: the elements of a set (one for a scalar) or the keys
 * of a map, in order, and a map's values beside them.
 */
export interface Datum {
  readonly keys: readonly Atom[]
  readonly values: readonly Atom[] | undefined
}

export const isScalarType = (type: ColumnType): boolean =>
  type.min === 1 && type.max === 1 && type.value === undefined
export const isOptionalScalar = (type: ColumnType): boolean => type.max === 1 && type.value === undefined

/** A type in English, such as `set of up to 3 strings`. */
export function describeType(type: ColumnType): string {
  const { key, value, min, max } = type
  if (isScalarType(type)) return key.type
  const count =
    max === Infinity
      ? min === 0 ? ' of' : ` of ${min} or more`
      : min === 0 ? ` of up to ${max}` : ` of ${min} to ${max}`
  return value === undefined ? `set${count} ${key.type}s` : `map${count} (${key.type}, ${value.type}) pairs`
}

/** What a column that is not given holds. */
export function defaultDatum(type: ColumnType): Datum {
  const atoms = (base: BaseType): readonly Atom[] => (type.min === 0 ? [] : [DEFAULT_ATOMS[base.type]])
  return { keys: atoms(type.key), values: type.value === undefined ? undefined : atoms(type.value) }
}

/** A datum of unordered keys. Throws DataError when a key is there twice. */
export function sortedDatum(keys: readonly Atom[], values: readonly Atom[] | undefined): Datum {
  if (keys.every((key, i) => i === 0 || compareAtoms(keys[i - 1] as Atom, key) < 0)) return { keys, values }
  const order = keys.map((_, i) => i).sort((a, b) => compareAtoms(keys[a] as Atom, keys[b] as Atom))
  const sorted = order.map((i) => keys[i] as Atom)
  if (sorted.some((key, i) => i > 0 && compareAtoms(sorted[i - 1] as Atom, key) === 0)) {
    throw new DataError({ details: values === undefined ? 'set contains duplicate' : 'map contains duplicate key' })
  }
  return { keys: sorted, values: values && order.map((i) => values[i] as Atom) }
}

/** The place of a key, or -1. */
export function findKey({ keys }: Datum, key: Atom): number {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const order = compareAtoms(keys[middle] as Atom, key)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** The order of atoms one after the other; the shorter first. */
function compareLists(a: readonly Atom[], b: readonly Atom[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareAtoms(a[i] as Atom, b[i] as Atom)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** A total order of data of one type: by number of elements, then keys, then values. */
export function compareData(a: Datum, b: Datum): number {
  return a.keys.length - b.keys.length || compareLists(a.keys, b.keys) || compareLists(a.values ?? [], b.values ?? [])
}

export const equalData = (a: Datum, b: Datum): boolean => compareData(a, b) === 0

/** Whether a datum holds a key, and for maps this value of it. */
function holds(datum: Datum, key: Atom, value: Atom | undefined): boolean {
  const at = findKey(datum, key)
  return at >= 0 && (value === undefined || datum.values === undefined || compareAtoms(datum.values[at] as Atom, value) === 0)
}

/** Whether `b` holds all elements of `a`. */
export const includesAll = (a: Datum, b: Datum): boolean => a.keys.every((key, i) => holds(b, key, a.values?.[i]))
/** Whether `b` holds no element of `a`. */
export const excludesAll = (a: Datum, b: Datum): boolean => !a.keys.some((key, i) => holds(b, key, a.values?.[i]))

function filter(datum: Datum, keep: (key: Atom, value: Atom | undefined) => boolean): Datum {
  const kept = datum.keys.map((key, i) => keep(key, datum.values?.[i]))
  return { keys: datum.keys.filter((_, i) => kept[i]), values: datum.values?.filter((_, i) => kept[i]) }
}

function join(a: Datum, b: Datum): Datum {
  return sortedDatum([...a.keys, ...b.keys], a.values && b.values && [...a.values, ...b.values])
}

/** The elements of both; where both have a key, `b`'s value. */
export function overlay(a: Datum, b: Datum): Datum {
  return join(filter(a, (key) => findKey(b, key) < 0), b)
}

/** The elements of both; where both have a key, `a`'s value. */
export function union(a: Datum, b: Datum): Datum {
  return join(a, filter(b, (key) => findKey(a, key) < 0))
}

/** The elements of `a` that `b` does not hold. When `b` is a set, its elements are keys. */
export function subtract(a: Datum, b: Datum): Datum {
  return filter(a, (key, value) => !holds(b, key, b.values === undefined ? undefined : value))
}

/** What `applyDiff` makes `after` of `before` with; undefined when they are equal. A scalar's is the new value. */
export function diffData(before: Datum, after: Datum, type: ColumnType): Datum | undefined {
  if (equalData(before, after)) return undefined
  if (type.max === 1) return after
  const gone = filter(before, (key) => findKey(after, key) < 0)
  const come = filter(after, (key, value) => !holds(before, key, value))
  return join(gone, come)
}

/** ovsdb-server(7), "update2": elements in both go, others come; a key with another value takes it. */
export function applyDiff(before: Datum, diff: Datum, type: ColumnType): Datum {
  if (type.max === 1) return diff
  return join(
    filter(before, (key) => findKey(diff, key) < 0),
    filter(diff, (key, value) => !holds(before, key, value)),
  )
}
