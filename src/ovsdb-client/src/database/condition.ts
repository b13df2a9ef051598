import { compareData, describeType, equalData, excludesAll, includesAll, isOptionalScalar, isScalarType } from '../data/datum.js'
import type { Datum } from '../data/datum.js'
import { compareAtoms } from '../data/atom.js'
import { datumFromJson, datumToJson, syntaxError } from '../data/notation.js'
import type { SymbolTable } from '../data/symbols.js'
import { DataError } from '../errors.js'
import { isJsonArray, type Json } from '../json/value.js'
import type { ConditionFunction } from '../ops/clauses.js'
import type { ColumnType, TableSchema } from '../schema/types.js'
import { columnType, fieldOf, unknownColumn, type DataRow } from './row.js'

/** One part of a condition, ready to be evaluated. */
export type Clause = boolean | CompareClause

interface CompareClause {
  readonly column: string
  readonly name: ConditionFunction
  readonly arg: Datum
  readonly argType: ColumnType
}

interface FunctionSpec {
  readonly test: (field: Datum, arg: Datum) => boolean
  /** Whether it compares numbers by size. */
  readonly orders?: boolean
  /** The type of what a column that is not a scalar is compared with. */
  readonly relax?: (type: ColumnType) => ColumnType
}

const ordered = (decide: (order: number) => boolean): FunctionSpec => ({
  orders: true,
  test: ({ keys: [value] }, { keys: [arg] }) =>
    value !== undefined && arg !== undefined && decide(compareAtoms(value, arg)),
})

/**
 * RFC 7047 `<function>`, in the order in which clauses are sorted: by how many rows they (presumably) leave.
 */
const FUNCTIONS: ReadonlyMap<ConditionFunction, FunctionSpec> = new Map<ConditionFunction, FunctionSpec>([
  ['==', { test: equalData }],
  ['includes', { test: (field, arg) => includesAll(arg, field), relax: (type) => ({ ...type, min: 0 }) }],
  ['<=', ordered((order) => order <= 0)],
  ['<', ordered((order) => order < 0)],
  ['>=', ordered((order) => order >= 0)],
  ['>', ordered((order) => order > 0)],
  [
    'excludes',
    { test: (field, arg) => excludesAll(arg, field), relax: (type) => ({ ...type, min: 0, max: Infinity }) },
  ],
  ['!=', { test: (field, arg) => !equalData(field, arg) }],
])
const RANKS = new Map(Array.from(FUNCTIONS.keys(), (name, rank) => [name, rank + 2]))

function specOf(name: ConditionFunction): FunctionSpec {
  const spec = FUNCTIONS.get(name)
  if (spec === undefined) throw new DataError({ error: 'unknown function', details: `No function named ${name}.` })
  return spec
}

/** An operator that a column's type does not allow. */
export function typeMismatch(json: Json, operator: string, column: string, type: ColumnType): DataError {
  const details = `"${operator}" operator may not be applied to column ${column} of type ${describeType(type)}.`
  return syntaxError(json, `Type mismatch: ${details}`)
}

/** The three elements of a `<condition>` or a `<mutation>`; undefined for anything else. */
export function readTriple(json: Json): readonly [string, string, Json] | undefined {
  const [column, operator, arg] = isJsonArray(json) && json.length === 3 ? json : []
  if (typeof column !== 'string' || typeof operator !== 'string' || arg === undefined) return undefined
  return [column, operator, arg]
}

function parseClause(json: Json, table: TableSchema, symbols: SymbolTable | undefined): Clause {
  if (typeof json === 'boolean') return json
  const triple = readTriple(json)
  if (triple === undefined) throw syntaxError(json, 'Parse error in condition.')
  const [column, operator, arg] = triple
  const type = columnType(table, column)
  if (type === undefined) throw unknownColumn(json, column, table)
  const name = operator as ConditionFunction
  const { orders = false, relax } = specOf(name)
  if (orders) {
    const isNumber = type.key.type === 'integer' || type.key.type === 'real'
    if (!isNumber || !isOptionalScalar(type)) throw typeMismatch(json, operator, column, type)
  }
  const argType = orders ? { ...type, min: 1 as const } : isScalarType(type) ? type : (relax?.(type) ?? type)
  return { column, name, arg: datumFromJson(arg, argType, { symbols }), argType }
}

/** Reads RFC 7047 `<condition>`s, ordered as ovsdb-server does. Throws DataError. */
export function parseConditions(json: Json, table: TableSchema, symbols?: SymbolTable): readonly Clause[] {
  if (!isJsonArray(json)) throw syntaxError(json, 'array expected')
  return json.map((clause) => parseClause(clause, table, symbols)).sort((a, b) => compareClauses(a, b, table))
}

/** RFC 7047 notation of conditions. */
export function conditionsToJson(clauses: readonly Clause[]): readonly Json[] {
  return clauses.map((clause) =>
    typeof clause === 'boolean' ? clause : [clause.column, clause.name, datumToJson(clause.arg, clause.argType)],
  )
}

function compareClauses(a: Clause, b: Clause, table: TableSchema): number {
  const rank = (clause: Clause): number => (typeof clause === 'boolean' ? Number(clause) : (RANKS.get(clause.name) ?? 0))
  if (typeof a === 'boolean' || typeof b === 'boolean') return rank(a) - rank(b)
  const place = ({ column }: CompareClause): number => Array.from(table.columns.keys()).sort().indexOf(column)
  return rank(a) - rank(b) || place(a) - place(b) || compareData(a.arg, b.arg)
}

/** A total order of conditions: by the number of clauses, then clause by clause. */
export function compareConditions(a: readonly Clause[], b: readonly Clause[], table: TableSchema): -1 | 0 | 1 {
  const orders = [a.length - b.length, ...a.map((clause, i) => compareClauses(clause, b[i] ?? false, table))]
  return Math.sign(orders.find((order) => order !== 0) ?? 0) as -1 | 0 | 1
}

export function meetsClause(row: DataRow, clause: Clause): boolean {
  return typeof clause === 'boolean' ? clause : specOf(clause.name).test(fieldOf(row, clause.column), clause.arg)
}

/** Whether a row meets all conditions, as those of an operation. */
export const meetsAll = (row: DataRow, clauses: readonly Clause[]): boolean =>
  clauses.every((clause) => meetsClause(row, clause))
/** Whether a row meets any condition, as those of a monitor. */
export const meetsAny = (row: DataRow, clauses: readonly Clause[]): boolean =>
  clauses.some((clause) => meetsClause(row, clause))
