import { checkAtom, checkCount } from '../data/constraints.js'
import { isScalarType, sortedDatum, subtract, union, type Datum } from '../data/datum.js'
import { datumFromJson, datumToJson, syntaxError } from '../data/notation.js'
import type { SymbolTable } from '../data/symbols.js'
import { DataError } from '../errors.js'
import { INT64_MAX, INT64_MIN } from '../json/parser.js'
import { isJsonArray, type Json } from '../json/value.js'
import type { Atom, BaseType, ColumnSchema, ColumnType, TableSchema } from '../schema/types.js'
import { readTriple, typeMismatch } from './condition.js'
import { unknownColumn, type Fields } from './row.js'

/** One mutation, ready to be executed. */
export interface DataMutation {
  readonly column: ColumnSchema
  readonly mutator: string
  readonly arg: Datum
  readonly argType: ColumnType
}

interface Arithmetic {
  readonly integer: ((a: bigint, b: bigint) => bigint) | undefined
  readonly real: ((a: number, b: number) => number) | undefined
  readonly divides?: boolean
}

/** RFC 7047 `<mutator>`s on numbers. */
const ARITHMETIC: ReadonlyMap<string, Arithmetic> = new Map<string, Arithmetic>([
  ['+=', { integer: (a, b) => a + b, real: (a, b) => a + b }],
  ['-=', { integer: (a, b) => a - b, real: (a, b) => a - b }],
  ['*=', { integer: (a, b) => a * b, real: (a, b) => a * b }],
  ['/=', { integer: (a, b) => a / b, real: (a, b) => a / b, divides: true }],
  ['%=', { integer: (a, b) => a % b, real: undefined, divides: true }],
])

function parseMutation(json: Json, table: TableSchema, symbols: SymbolTable | undefined): DataMutation {
  const triple = readTriple(json)
  if (triple === undefined) throw syntaxError(json, 'Parse error in mutation.')
  const [name, mutator, arg] = triple
  const column = table.columns.get(name)
  if (column === undefined) throw unknownColumn(json, name, table)
  if (!column.mutable) {
    const details = `Cannot mutate immutable column ${name} in table ${table.name}.`
    throw syntaxError(json, details, 'constraint violation')
  }
  const argType = argumentType(json, column, mutator)
  return { column, mutator, ...readArgument(arg, argType, mutator, symbols) }
}

/** The type of what a column is changed by. */
function argumentType(json: Json, { name, type }: ColumnSchema, mutator: string): ColumnType {
  const arithmetic = ARITHMETIC.get(mutator)
  if (arithmetic !== undefined) {
    const isNumber = type.key.type === 'integer' || (type.key.type === 'real' && arithmetic.real !== undefined)
    if (!isNumber || type.value !== undefined) throw typeMismatch(json, mutator, name, type)
    const key: BaseType = { ...type.key, enum: undefined, min: undefined, max: undefined }
    return { key, value: undefined, min: 1, max: 1 }
  }
  if (mutator !== 'insert' && mutator !== 'delete') {
    throw new DataError({ error: 'unknown mutator', details: `No mutator named ${mutator}.` })
  }
  if (isScalarType(type)) throw typeMismatch(json, mutator, name, type)
  return { ...type, min: 0, max: mutator === 'delete' ? Infinity : type.max }
}

/** What is deleted from a map is given as pairs or as keys. */
function readArgument(
  json: Json,
  argType: ColumnType,
  mutator: string,
  symbols: SymbolTable | undefined,
): { readonly arg: Datum; readonly argType: ColumnType } {
  try {
    return { arg: datumFromJson(json, argType, { symbols }), argType }
  } catch (error) {
    if (!(error instanceof DataError) || mutator !== 'delete' || argType.value === undefined) throw error
    const keys: ColumnType = { ...argType, value: undefined }
    return { arg: datumFromJson(json, keys, { symbols }), argType: keys }
  }
}

/** Reads RFC 7047 `<mutation>`s. Throws DataError. */
export function parseMutations(json: Json, table: TableSchema, symbols?: SymbolTable): readonly DataMutation[] {
  if (!isJsonArray(json)) throw syntaxError(json, 'array expected')
  return json.map((mutation) => parseMutation(mutation, table, symbols))
}

/** RFC 7047 notation of mutations. */
export function mutationsToJson(mutations: readonly DataMutation[]): readonly Json[] {
  return mutations.map(({ column, mutator, arg, argType }) => [column.name, mutator, datumToJson(arg, argType)])
}

/** What mutations, one after the other, make of the columns that they change. Throws DataError. */
export function mutateFields(fields: Fields, mutations: readonly DataMutation[]): Map<string, Datum> {
  const changed = new Map<string, Datum>()
  for (const mutation of mutations) {
    const { name } = mutation.column
    const before = changed.get(name) ?? fields.get(name)
    if (before !== undefined) changed.set(name, mutateDatum(before, mutation))
  }
  return changed
}

function mutateDatum(before: Datum, { column, mutator, arg }: DataMutation): Datum {
  const arithmetic = ARITHMETIC.get(mutator)
  if (arithmetic !== undefined) return calculateAll(before, column.type, mutator, arithmetic, arg.keys[0] ?? 0)
  const after = mutator === 'insert' ? union(before, arg) : subtract(before, arg)
  checkCount(after, column.type)
  return after
}

function calculateAll(
  before: Datum,
  { key }: ColumnType,
  mutator: string,
  arithmetic: Arithmetic,
  operand: Atom,
): Datum {
  const atoms = before.keys.map((atom) => {
    const result = calculate(atom, operand, key, mutator, arithmetic)
    checkAtom(result, key)
    return result
  })
  try {
    return sortedDatum(atoms, undefined)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    throw new DataError({
      error: 'constraint violation',
      details: `Result of "${mutator}" operation contains duplicates.`,
    })
  }
}

function calculate(a: Atom, b: Atom, { type }: BaseType, mutator: string, arithmetic: Arithmetic): number | bigint {
  if (arithmetic.divides === true && Number(b) === 0) {
    throw new DataError({ error: 'domain error', details: 'Division by zero.' })
  }
  const result =
    type === 'integer'
      ? narrowed(arithmetic.integer?.(BigInt(a), BigInt(b)))
      : arithmetic.real?.(Number(a), Number(b))
  if (result !== undefined && Math.abs(Number(result)) !== Infinity) return result
  throw new DataError({ error: 'range error', details: `Result of "${mutator}" operation is out of range.` })
}

/** An integer as an atom; undefined when 64 bits do not hold it. */
function narrowed(value: bigint | undefined): number | bigint | undefined {
  if (value === undefined || value < INT64_MIN || value > INT64_MAX) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

