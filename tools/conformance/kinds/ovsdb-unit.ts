/** Kinds that exercise one function each of OVSDB's types, values and rows. */
import {
  allColumns,
  applyDiff,
  atomFromJson,
  atomText,
  atomToJson,
  baseTypeToJson,
  canonicalJson,
  columnToJson,
  compareAtoms,
  compareConditions,
  conditionsToJson,
  DataError,
  datumFromJson,
  datumText,
  datumToJson,
  defaultDatum,
  defaultFields,
  diffData,
  equalData,
  equalIn,
  fieldsFromJson,
  isJsonArray,
  meetsAll,
  meetsAny,
  mutateFields,
  mutationsToJson,
  OvsdbError,
  parseAtoms,
  parseConditions,
  parseDatum,
  parseJson,
  parseMutations,
  parseSchema,
  plainType,
  readAtomicType,
  readBaseType,
  readColumn,
  readColumnSet,
  readTable,
  readType,
  rowToJson,
  schemaToJson,
  tableToJson,
  typeToJson,
  ZERO_UUID,
  ATOMIC_TYPES,
  type BaseType,
  type Clause,
  type DataRow,
  type Json,
  type TableSchema,
  type Uuid,
} from 'ovsdb-client'
import type { Answer, Kind, Kinds, Vector } from '../vector.js'

const STRICT = { strict: true } as const

/** What makes the lines of an answer out of the arguments of a vector. */
type Lines = (args: readonly string[]) => Iterable<string>

function textArgs({ id, input }: Vector): readonly string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  // An argument of `--` says that options end here.
  return list.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).filter((arg, i) => i > 0 || arg !== '--')
    .map((arg) => {
      if (typeof arg !== 'string') throw new TypeError(`${id}: an argument is not a text`)
      return arg
    })
}

/** A kind that prints line after line until the first error. */
const lines = (make: Lines): Kind => (vector): Answer => {
  let output = ''
  try {
    for (const line of make(textArgs(vector))) output += `${line}\n`
    return { output }
  } catch (error) {
    if (error instanceof OvsdbError) return { output, error: error.message }
    throw error
  }
}

/** An argument; a pair of brackets around a single value is dropped. */
function unboxed(text: string | undefined): Json {
  const json = parseJson(text ?? '')
  return isJsonArray(json) && json.length === 1 ? (json[0] ?? null) : json
}

const boxedList = (text: string | undefined): readonly Json[] => {
  const json = parseJson(text ?? '')
  return isJsonArray(json) ? json : [json]
}

/** What `make` says, or the error that it throws. */
function orError(make: () => string): string {
  try {
    return make()
  } catch (error) {
    if (error instanceof OvsdbError) return error.message
    throw error
  }
}

function* parseAtomStrings([type, ...texts]: readonly string[]): Iterable<string> {
  const base = readBaseType(unboxed(type), STRICT)
  for (const text of texts) {
    const atoms = parseAtoms(text, base)
    // A range is shown by its ends.
    const isRange = atoms.length > 1 || /^\s*[-+]?\d+-/.test(text)
    const ends = isRange ? [atoms[0], atoms.at(-1)] : atoms
    yield ends.map((atom) => atomText(atom ?? 0, base.type)).join('-')
  }
}

function* sortAtoms([type, list]: readonly string[]): Iterable<string> {
  const base = readBaseType(unboxed(type), STRICT)
  const atoms = boxedList(list).map((json) => atomFromJson(json, base))
  yield canonicalJson(atoms.sort(compareAtoms).map((atom) => atomToJson(atom, base.type)))
}

function* diffPairs([typeText, ...data]: readonly string[]): Iterable<string> {
  const type = readType(unboxed(typeText), STRICT)
  for (let i = 0; i + 1 < data.length; i += 2) {
    const before = datumFromJson(unboxed(data[i]), type)
    const after = datumFromJson(unboxed(data[i + 1]), type, { anySize: true })
    const diff = diffData(before, after, type)
    const none = { keys: [], values: type.value && [] }
    const again = diff === undefined ? before : applyDiff(before, diff, type)
    if (!equalData(again, after)) throw new DataError({ details: 'failed to apply diff' })
    yield `diff: ${canonicalJson(datumToJson(diff ?? none, type))}`
    yield `apply diff: ${canonicalJson(datumToJson(again, type))}`
    yield `apply diff in place: ${canonicalJson(datumToJson(again, type))}`
    yield 'OK'
  }
}

/** A table called mytable. */
const tableOf = (text: string | undefined): TableSchema => readTable('mytable', parseJson(text ?? ''), STRICT)

function rowOf(json: Json, table: TableSchema): { readonly row: DataRow; readonly included: readonly string[] } {
  const given = fieldsFromJson(json, table)
  const fields = defaultFields(table)
  for (const [column, datum] of given) fields.set(column.name, datum)
  const row = { uuid: ZERO_UUID as Uuid, version: ZERO_UUID as Uuid, fields }
  return { row, included: Array.from(given.keys(), ({ name }) => name).sort() }
}

function* parseRows([tableText, ...rows]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  for (const text of rows) {
    const { row, included } = rowOf(parseJson(text), table)
    yield canonicalJson(rowToJson(row, table, allColumns(table)))
    yield included.length === 0 ? '<none>' : included.join(', ')
  }
}

/** Which rows are equal. That unequal rows have equal hashes is of no concern: ours have none. */
function* compareRows([tableText, ...texts]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  const rows = texts.map((text) => {
    const [name, json] = boxedList(text)
    if (typeof name !== 'string') throw new DataError({ details: 'a row without a name' })
    return { name, row: rowOf(json ?? null, table).row }
  })
  for (const [i, a] of rows.entries()) {
    for (const b of rows.slice(i + 1)) if (equalIn(a.row, b.row, table.columns.keys())) yield `${a.name} == ${b.name}`
  }
}

/** Parses each argument on a table; when any fails, all errors together are the error. */
const reprint = (parse: (json: Json, table: TableSchema) => readonly Json[]) =>
  function* ([tableText, ...texts]: readonly string[]): Iterable<string> {
    const table = tableOf(tableText)
    const errors: string[] = []
    for (const text of texts) {
      try {
        yield canonicalJson(parse(parseJson(text), table))
      } catch (error) {
        if (!(error instanceof DataError)) throw error
        errors.push(error.message)
      }
    }
    if (errors.length > 0) throw new ManyErrors(errors)
  }

class ManyErrors extends OvsdbError {
  override readonly name = 'ManyErrors'
  readonly code = 'OVSDB_MANY'

  constructor(messages: readonly string[]) {
    super(messages.join('\n'))
  }
}

/** One character a row, in groups of five. */
function marks(chars: readonly string[]): string {
  return chars.map((char, i) => (i > 0 && i % 5 === 0 ? ` ${char}` : char)).join('')
}

const numbered = (what: string, i: number): string => `${what} ${String(i).padStart(2)}`

const evaluate = (meets: (row: DataRow, clauses: readonly Clause[]) => boolean) =>
  function* ([tableText, conditions, rowsText]: readonly string[]): Iterable<string> {
    const table = tableOf(tableText)
    const parsed = boxedList(conditions).map((json) => parseConditions(json, table))
    const rows = boxedList(rowsText).map((json) => rowOf(json, table).row)
    for (const [i, clauses] of parsed.entries()) {
      yield `${numbered('condition', i)}: ${marks(rows.map((row) => (meets(row, clauses) ? 'T' : '-')))}`
    }
  }

function* compareAllConditions([tableText, conditions]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  const parsed = boxedList(conditions).map((json) => parseConditions(json, table))
  for (const [i, clauses] of parsed.slice(0, -1).entries()) {
    yield `condition ${i}-${i + 1}: ${compareConditions(clauses, parsed[i + 1] ?? [], table)}`
  }
}

function* executeMutations([tableText, mutationsText, rowsText]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  const mutations = boxedList(mutationsText).map((json) => parseMutations(json, table))
  const rows = boxedList(rowsText).map((json) => rowOf(json, table).row)
  for (const [i, list] of mutations.entries()) {
    if (i > 0) yield ''
    yield `${numbered('mutation', i)}:`
    for (const [n, row] of rows.entries()) {
      yield `row ${n}: ${orError(() => {
        const changed = Array.from(mutateFields(row.fields, list)).filter(([name, datum]) => {
          const before = row.fields.get(name)
          return before === undefined || !equalData(before, datum)
        })
        if (changed.length === 0) return 'no change'
        const after: DataRow = { ...row, fields: new Map([...row.fields, ...changed]) }
        return canonicalJson(rowToJson(after, table, changed.map(([name]) => name)))
      })}`
    }
  }
}

function* query([tableText, rowsText, conditions]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  const rows = boxedList(rowsText).map((json) => rowOf(json, table).row)
  for (const [i, json] of boxedList(conditions).entries()) {
    const clauses = parseConditions(json, table)
    yield `${numbered('query', i)}: ${marks(rows.map((row) => (meetsAll(row, clauses) ? '1' : '-')))}`
  }
}

/** Rows that are equal in the columns share a letter; a query finds the letters of the rows that it finds. */
function* queryDistinct([tableText, rowsText, conditions, columnsText]: readonly string[]): Iterable<string> {
  const table = tableOf(tableText)
  const columns = readColumnSet(parseJson(columnsText ?? ''), table.columns)
  const rows = boxedList(rowsText).map((json) => rowOf(json, table).row)
  const classes: DataRow[] = []
  const classOf = rows.map((row) => {
    const known = classes.findIndex((other) => equalIn(row, other, columns))
    return known >= 0 ? known : classes.push(row) - 1
  })
  for (const [i, json] of boxedList(conditions).entries()) {
    const clauses = parseConditions(json, table)
    const found = new Set(classOf.filter((_, n) => meetsAll(rows[n] as DataRow, clauses)))
    const chars = classOf.map((n) => (found.has(n) ? String.fromCharCode(97 + n) : '-'))
    yield `${numbered('query', i)}: ${marks(chars)}`
  }
}

/** A type without constraints, also none at all, as values of maps that are sets have it. */
function* defaultData(): Iterable<string> {
  const atomicTypes: readonly (BaseType | undefined)[] = [undefined, ...DEFAULT_ORDER.map((type) => plainType(type))]
  for (const min of [0, 1] as const) {
    for (const key of DEFAULT_ORDER) {
      for (const value of atomicTypes) {
        const { keys } = defaultDatum({ key: plainType(key), value, min, max: 1 })
        yield `key ${key}, value ${value?.type ?? 'void'}, n_min ${min}: ${keys.length === min ? 'OK' : 'wrong'}`
      }
    }
  }
}

const DEFAULT_ORDER = ATOMIC_TYPES

export const OVSDB_UNIT_KINDS: Kinds = {
  'ovsdb-default-atoms': lines(() => DEFAULT_ORDER.map((type) => `${type}: OK`)),
  'ovsdb-default-data': lines(defaultData),
  'ovsdb-parse-atomic-type': lines(([type]) => [canonicalJson(readAtomicType(unboxed(type)))]),
  'ovsdb-parse-base-type': lines(([type]) => [canonicalJson(baseTypeToJson(readBaseType(unboxed(type), STRICT)))]),
  'ovsdb-parse-type': lines(([type]) => [canonicalJson(typeToJson(readType(unboxed(type), STRICT)))]),
  'ovsdb-parse-atoms': lines(([type, ...atoms]) => {
    const base = readBaseType(unboxed(type), STRICT)
    return atoms.map((atom) =>
      orError(() => canonicalJson(atomToJson(atomFromJson(unboxed(atom), base), base.type))),
    )
  }),
  'ovsdb-parse-atom-strings': lines(parseAtomStrings),
  'ovsdb-sort-atoms': lines(sortAtoms),
  'ovsdb-parse-data': lines(function* ([typeText, ...data]) {
    const type = readType(unboxed(typeText), STRICT)
    for (const datum of data) yield canonicalJson(datumToJson(datumFromJson(unboxed(datum), type), type))
  }),
  'ovsdb-parse-data-strings': lines(function* ([typeText, ...data]) {
    const type = readType(unboxed(typeText), STRICT)
    for (const datum of data) yield datumText(parseDatum(datum, type), type)
  }),
  'ovsdb-diff-data': lines(diffPairs),
  'ovsdb-parse-column': lines(([name, json]) => [
    canonicalJson(columnToJson(readColumn(name ?? '', parseJson(json ?? ''), STRICT))),
  ]),
  'ovsdb-parse-table': lines(([name, json, usualRoot]) => [
    canonicalJson(tableToJson(readTable(name ?? '', parseJson(json ?? ''), STRICT), usualRoot === 'true')),
  ]),
  'ovsdb-parse-schema': lines(([json]) => [canonicalJson(schemaToJson(parseSchema(parseJson(json ?? ''), STRICT)))]),
  'ovsdb-parse-rows': lines(parseRows),
  'ovsdb-compare-rows': lines(compareRows),
  'ovsdb-parse-conditions': lines(reprint((json, table) => conditionsToJson(parseConditions(json, table)))),
  'ovsdb-evaluate-conditions': lines(evaluate(meetsAll)),
  'ovsdb-evaluate-conditions-any': lines(evaluate(meetsAny)),
  'ovsdb-compare-conditions': lines(compareAllConditions),
  'ovsdb-parse-mutations': lines(reprint((json, table) => mutationsToJson(parseMutations(json, table)))),
  'ovsdb-execute-mutations': lines(executeMutations),
  'ovsdb-query': lines(query),
  'ovsdb-query-distinct': lines(queryDistinct),
}
