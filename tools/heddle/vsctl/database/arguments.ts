import {
  compareData,
  type ColumnSchema,
  type ColumnType,
  type Datum,
  excludesAll,
  findKey,
  includesAll,
  parseAtom,
  parseDatum,
  readToken,
  type SymbolTable,
  type TableSchema,
} from 'ovsdb-client'
import { CtlError } from '../errors.js'
import { findColumn } from './names.js'
import type { Row } from './transaction.js'

type Compare = (have: Datum, want: Datum) => boolean

interface Operator {
  readonly test: Compare
  /** Whether a key that a map lacks is compared as the empty set, instead of never fitting. */
  readonly ofSets: boolean
}

const ordered = (test: (order: number) => boolean): Compare => (have, want) => test(compareData(have, want))

const COMPARISONS: readonly (readonly [string, Compare])[] = [
  ['=', ordered((order) => order === 0)],
  ['!=', ordered((order) => order !== 0)],
  ['<', ordered((order) => order < 0)],
  ['>', ordered((order) => order > 0)],
  ['<=', ordered((order) => order <= 0)],
  ['>=', ordered((order) => order >= 0)],
]

const SET_COMPARISONS: readonly (readonly [string, Compare])[] = [
  ['{=}', ordered((order) => order === 0)],
  ['{!=}', ordered((order) => order !== 0)],
  ['{<}', (have, want) => want.keys.length > have.keys.length && includesAll(have, want)],
  ['{>}', (have, want) => have.keys.length > want.keys.length && includesAll(want, have)],
  ['{<=}', (have, want) => includesAll(have, want)],
  ['{>=}', (have, want) => includesAll(want, have)],
  ['{in}', (have, want) => includesAll(have, want)],
  ['{not-in}', (have, want) => excludesAll(have, want)],
]

/** The operators of `find` and `wait-until`. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...COMPARISONS.map(([name, test]) => [name, { test, ofSets: false }] as const),
  ...SET_COMPARISONS.map(([name, test]) => [name, { test, ofSets: true }] as const),
])
const RELATIONS = Array.from(OPERATORS.keys())

/** `COLUMN[:KEY]` and where the rest of the argument begins. */
interface ColumnKey {
  readonly column: ColumnSchema
  readonly key: string | undefined
  readonly end: number
}

/** The column that an argument begins with. */
export function leadingColumn(table: TableSchema, arg: string): ColumnSchema {
  const { text } = readToken(arg, 0)
  if (text === '') throw new CtlError(`${arg}: missing column name`)
  return findColumn(table, text)
}

function readColumnKey(table: TableSchema, arg: string): ColumnKey {
  const column = leadingColumn(table, arg)
  const { end } = readToken(arg, 0)
  if (arg.charAt(end) !== ':') return { column, key: undefined, end }
  const key = readToken(arg, end + 1)
  return { column, key: key.text, end: key.end }
}

/** `COLUMN[:KEY]`, nothing after it. */
export function parseColumnKey(table: TableSchema, arg: string): ColumnKey {
  const parsed = readColumnKey(table, arg)
  const rest = arg.slice(parsed.end)
  if (rest !== '') throw new CtlError(`${arg}: trailing garbage "${rest}" in argument`)
  return parsed
}

/** `COLUMN[:KEY]OPERATOR VALUE` without the space; the longest operator that fits. */
function parseAssignment(
  table: TableSchema,
  arg: string,
  operators: readonly string[],
): ColumnKey & { readonly operator: string; readonly value: string } {
  const parsed = readColumnKey(table, arg)
  const rest = arg.slice(parsed.end)
  const fitting = operators.filter((operator) => rest.startsWith(operator) && rest.length > operator.length)
  const operator = fitting.reduce<string | undefined>(
    (best, one) => (best === undefined || one.length > best.length ? one : best),
    undefined,
  )
  if (operator === undefined) throw missingOperator(arg, operators)
  return { ...parsed, operator, value: rest.slice(operator.length) }
}

function missingOperator(arg: string, operators: readonly string[]): CtlError {
  const quoted = operators.map((operator) => `"${operator}"`)
  const list = quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')}, or ${quoted.at(-1) ?? ''}`
  return new CtlError(`${arg}: argument does not end in ${list} followed by a value.`)
}

/** The type of a map's values, or that of a set, without a limit to their number. */
const valuesType = (type: ColumnType): ColumnType =>
  ({ key: type.value ?? type.key, value: undefined, min: type.min, max: Infinity })

/** Whether a row meets a condition of `find` or `wait-until`. */
export function meetsCondition(row: Row, arg: string, symbols: SymbolTable): boolean {
  const { column, key, operator, value } = parseAssignment(row.table, arg, RELATIONS)
  const relation = OPERATORS.get(operator)
  if (relation === undefined) throw missingOperator(arg, RELATIONS)
  const have = row.read(column.name)
  if (key === undefined) return relation.test(have, parseDatum(value, column.type, symbols))
  if (column.type.value === undefined) {
    throw new CtlError(`cannot specify key to check for non-map column ${column.name}`)
  }
  const at = findKey(have, parseAtom(key, column.type.key, symbols))
  const want = parseDatum(value, valuesType(column.type), symbols)
  if (at < 0 && !relation.ofSets) return false
  const found = have.values?.[at]
  return relation.test({ keys: found === undefined ? [] : [found], values: undefined }, want)
}

/** Does what `COLUMN[:KEY]=VALUE` says. With `partial`, a key is set however the other keys change meanwhile. */
export function setColumn(row: Row, arg: string, symbols: SymbolTable, partial = false): void {
  const { column, key, value } = parseAssignment(row.table, arg, ['='])
  row.checkMutable(column)
  if (key === undefined) {
    row.write(column.name, parseDatum(value, column.type, symbols))
    return
  }
  if (column.type.value === undefined) {
    throw new CtlError(`cannot specify key to set for non-map column ${column.name}`)
  }
  const pair: Datum = {
    keys: [parseAtom(key, column.type.key, symbols)],
    values: [parseAtom(value, column.type.value, symbols)],
  }
  if (partial) row.insert(column.name, pair)
  else row.overlay(column.name, pair)
}
