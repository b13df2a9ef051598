import { type Atom, type Datum, overlay, sortedDatum, subtract } from 'ovsdb-client'
import type { Row } from '../database/transaction.js'

/** A column of one value. */
export const one = (value: Atom): Datum => ({ keys: [value], values: undefined })
/** An empty set. */
export const NONE: Datum = { keys: [], values: undefined }
/** A map. */
export const mapOf = (entries: Iterable<readonly [Atom, Atom]>): Datum => {
  const unique = Array.from(new Map(entries))
  return sortedDatum(unique.map(([key]) => key), unique.map(([, value]) => value))
}

/** The text in a column; empty when there is none. */
export const textOf = (row: Row, column: string): string => String(row.read(column).keys[0] ?? '')

/** The pairs of a map. */
export const pairsOf = (row: Row, column: string): readonly (readonly [Atom, Atom])[] => {
  const { keys, values = [] } = row.read(column)
  return keys.map((key, i) => [key, values[i] ?? ''] as const)
}

/** Adds a reference to a column that is verified elsewhere. */
export function refer(row: Row, column: string, to: Row): void {
  row.write(column, overlay(row.read(column), one(to.uuid)))
}

/** Takes a reference out of a column. */
export function unrefer(row: Row, column: string, to: Row): void {
  row.write(column, subtract(row.read(column), one(to.uuid)))
}

/** An integer as C's atoll reads the beginning of a text: 0 without any, held within 64 bits. */
export function leadingInteger(text: string): bigint {
  const [, digits] = /^\s*([-+]?\d+)/.exec(text) ?? []
  const value = digits === undefined ? 0n : BigInt(digits.replace(/^\+/, ''))
  const limit = 2n ** 63n
  return value >= limit ? limit - 1n : value < -limit ? -limit : value
}

export const asAtom = (value: bigint): Atom => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
/** What is left of it in an int of C. */
export const asInt = (value: bigint): number => Number(BigInt.asIntN(32, value))
