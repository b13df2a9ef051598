import { DataError } from '../errors.js'
import type { Atom, BaseType, ColumnType } from '../schema/types.js'
import { compareAtoms } from './atom.js'
import { atomText, datumText } from './print.js'
import { describeType, sortedDatum, type Datum } from './datum.js'

const violation = (details: string): DataError => new DataError({ error: 'constraint violation', details })

/** Throws DataError unless the enum, the bounds and the lengths of a base type allow an atom. */
export function checkAtom(atom: Atom, base: BaseType): void {
  if (base.enum !== undefined) checkEnum(atom, base, base.enum)
  if (typeof atom === 'number' || typeof atom === 'bigint') checkRange(atom, base)
  if (base.type === 'string' && typeof atom === 'string') checkLength(atom, base)
}

function checkEnum(atom: Atom, base: BaseType, allowed: readonly Atom[]): void {
  if (allowed.some((choice) => compareAtoms(choice, atom) === 0)) return
  const choices = datumText(sortedDatum(allowed, undefined), { key: base, value: undefined, min: 0, max: Infinity })
  throw violation(`${atomText(atom, base.type)} is not one of the allowed values (${choices})`)
}

function checkRange(atom: number | bigint, { type, min, max }: BaseType): void {
  const below = min !== undefined && atom < min
  const above = max !== undefined && atom > max
  if (!below && !above) return
  const text = (value: Atom): string => atomText(value, type)
  if (min === undefined || max === undefined) {
    throw violation(
      below
        ? `${text(atom)} is less than minimum allowed value ${text(min)}`
        : `${text(atom)} is greater than maximum allowed value ${text(max ?? atom)}`,
    )
  }
  throw violation(`${text(atom)} is not in the valid range ${text(min)} to ${text(max)} (inclusive)`)
}

function checkLength(text: string, { minLength = 0, maxLength = Infinity }: BaseType): void {
  if (minLength === 0 && maxLength === Infinity) return
  const length = Array.from(text).length
  if (length < minLength) {
    throw violation(`"${text}" length ${length} is less than minimum allowed length ${minLength}`)
  }
  if (length > maxLength) {
    throw violation(`"${text}" length ${length} is greater than maximum allowed length ${maxLength}`)
  }
}

/** Throws DataError unless every element of a datum is allowed; the number of elements is not looked at. */
export function checkElements({ keys, values }: Datum, type: ColumnType): void {
  for (const key of keys) checkAtom(key, type.key)
  if (type.value !== undefined) for (const value of values ?? []) checkAtom(value, type.value)
}

/** Throws DataError unless a type allows as many elements as a datum has. */
export function checkCount({ keys }: Datum, type: ColumnType): void {
  if (keys.length >= type.min && keys.length <= type.max) return
  throw violation(`Attempted to store ${keys.length} elements in ${describeType(type)}.`)
}
