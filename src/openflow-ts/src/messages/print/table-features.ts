import type { FieldName } from '../../spec/fields.js'
import { inOvsOrder } from '../../spec/field-order.js'
import { fieldInfo } from '../../spec/registry.js'
import { OF10, OF12, OF14, OF15 } from '../../version.js'
import { TABLE_CONFIG, type TableStats } from '../spec/table.js'
import {
  type FieldHeader,
  idNumber,
  INSTRUCTIONS,
  type TableFeatureProperty,
  type TableFeatures,
} from '../spec/table-features.js'
import { actionNames } from './action-bits.js'
import { hexOrZero } from './common.js'
import { compressNames } from './field-names.js'
import { missText } from './table.js'
import { fieldsOf10, fieldsOf11, fieldsOf12 } from './table-bits.js'

/** Names of fields, in OVS's order. */
type Names = readonly string[]

interface ActionFeatures {
  readonly actions: readonly string[]
  readonly fields: Names
}

interface InstructionFeatures {
  readonly next: readonly number[]
  readonly instructions: readonly string[]
  readonly write: ActionFeatures
  readonly apply: ActionFeatures
}

/** What a table can do, as it is printed, whatever message said it. */
interface View {
  readonly table_id: number
  readonly name: string
  readonly command?: string
  readonly metadata_match: bigint
  readonly metadata_write: bigint
  readonly miss?: string | undefined
  readonly eviction?: boolean
  readonly vacancy?: boolean
  readonly max_entries: number
  readonly nonmiss: InstructionFeatures
  readonly ifMiss: InstructionFeatures
  readonly match: Names
  readonly mask: Names
  readonly wildcard: Names
  readonly counters?: TableStats
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A table cannot go on to itself: that a neighbour can go there makes no difference. */
function sameNext(a: readonly number[], aTable: number, b: readonly number[], bTable: number): boolean {
  if (bTable === aTable + 1 && a.includes(bTable) && !b.includes(bTable)) {
    return same(a.filter((table) => table !== bTable), b)
  }
  return aTable === bTable + 1 ? sameNext(b, bTable, a, aTable) : same(a, b)
}

const sameInstructions = (a: InstructionFeatures, aTable: number, b: InstructionFeatures, bTable: number): boolean =>
  sameNext(a.next, aTable, b.next, bTable) &&
  same([a.instructions, a.write, a.apply], [b.instructions, b.write, b.apply])

const isNone = ({ next, instructions, write, apply }: InstructionFeatures): boolean =>
  [next, instructions, write.actions, write.fields, apply.actions, apply.fields].every((list) => list.length === 0)

const scalars = (view: View): string =>
  [view.metadata_match, view.metadata_write, view.miss, view.eviction, view.vacancy, view.max_entries].join()

const sameFeatures = (a: View, b: View): boolean =>
  scalars(a) === scalars(b) &&
  sameInstructions(a.nonmiss, a.table_id, b.nonmiss, b.table_id) &&
  sameInstructions(a.ifMiss, a.table_id, b.ifMiss, b.table_id) &&
  same(a.match, b.match)

const saysNothing = (view: View): boolean =>
  scalars(view) === '0,0,,,,0' && isNone(view.nonmiss) && isNone(view.ifMiss) && view.match.length === 0

function sameCounters(a: TableStats, b: TableStats | undefined): boolean {
  if (b === undefined) return false
  return (
    a.active_count === b.active_count && a.lookup_count === b.lookup_count && a.matched_count === b.matched_count
  )
}

/** `1-3,254` */
function ranges(tables: readonly number[]): string {
  const texts: string[] = []
  for (let i = 0; i < tables.length; ) {
    const start = tables[i] ?? 0
    let end = start
    while (tables[i + 1] === end + 1) {
      end++
      i++
    }
    i++
    texts.push(start === end ? String(start) : `${start}-${end}`)
  }
  return texts.join(',')
}

function printActions({ actions, fields }: ActionFeatures): string {
  const first = actions.length === 0 ? '' : `        actions: ${actions.join(' ')}\n`
  return fields.length === 0 ? first : `${first}        supported on Set-Field: ${compressNames(fields, ' ')}\n`
}

function printInstructions(own: InstructionFeatures, before: InstructionFeatures | undefined): string {
  let text = own.next.length === 0 ? '' : `      next tables: ${ranges(own.next)}\n`
  if (own.instructions.length > 0) {
    const repeats = before !== undefined && same(own.instructions, before.instructions)
    text += repeats ? '      (same instructions)\n' : `      instructions: ${own.instructions.join(' ')}\n`
  }
  const { write, apply } = own
  const repeats = before !== undefined && same([write, apply], [before.write, before.apply])
  if (repeats && write.fields.length > 0) return `${text}      (same actions)\n`
  if (!same(write, apply)) {
    text += `      Write-Actions features:\n${printActions(write)}`
    return `${text}      Apply-Actions features:\n${printActions(apply)}`
  }
  if (write.actions.length + write.fields.length === 0) return text
  return `${text}      Write-Actions and Apply-Actions features:\n${printActions(write)}`
}

function printAllInstructions(view: View, before: View | undefined): string {
  const { nonmiss, ifMiss, table_id } = view
  const repeats =
    before !== undefined &&
    sameInstructions(nonmiss, table_id, before.nonmiss, before.table_id) &&
    sameInstructions(ifMiss, table_id, before.ifMiss, before.table_id)
  if (repeats) return isNone(nonmiss) ? '' : '    (same instructions)\n'
  if (!sameInstructions(nonmiss, table_id, ifMiss, table_id)) {
    return (
      `    instructions (other than table miss):\n${printInstructions(nonmiss, before?.nonmiss)}` +
      `    instructions (table miss):\n${printInstructions(ifMiss, before?.ifMiss)}`
    )
  }
  if (isNone(nonmiss)) return ''
  return `    instructions (table miss and others):\n${printInstructions(nonmiss, before?.nonmiss)}`
}

function printMatching({ match, mask, wildcard }: View, before: View | undefined): string {
  if (match.length === 0) return ''
  if (before !== undefined && same(match, before.match)) return '    (same matching)\n'
  const kinds: readonly (readonly [kind: string, fields: Names])[] = [
    ['arbitrary mask', match.filter((field) => mask.includes(field))],
    ['exact match or wildcard', match.filter((field) => !mask.includes(field) && wildcard.includes(field))],
    ['must exact match', match.filter((field) => !mask.includes(field) && !wildcard.includes(field))],
  ]
  const lines = kinds.filter(([, fields]) => fields.length > 0)
  return `    matching:\n${lines.map(([kind, fields]) => `      ${kind}: ${compressNames(fields, ' ')}\n`).join('')}`
}

const supported = (is: boolean): string => (is ? 'supported' : 'not supported')

function printFeatures(view: View, before: View | undefined): string {
  let text = ''
  if (view.metadata_match !== 0n || view.metadata_write !== 0n) {
    text += `    metadata: match=${hexOrZero(view.metadata_match)} write=${hexOrZero(view.metadata_write)}\n`
  }
  if (view.miss !== undefined) text += `    config=${view.miss}\n`
  if (view.eviction !== undefined) text += `    eviction: ${supported(view.eviction)}\n`
  if (view.vacancy !== undefined) text += `    vacancy events: ${supported(view.vacancy)}\n`
  if (view.max_entries !== 0) text += `    max_entries=${view.max_entries}\n`
  return text + printAllInstructions(view, before) + printMatching(view, before)
}

function printCounters({ active_count, lookup_count, matched_count }: TableStats): string {
  return `    active=${active_count}, lookup=${lookup_count.toString()}, matched=${matched_count.toString()}\n`
}

/** Tables by number, never by name; what is like the table before is not said again. */
function printViews(views: readonly View[]): string {
  let text = ''
  let dittos: number[] = []
  const finish = (): void => {
    const [first, last] = [dittos[0], dittos.at(-1)]
    if (first !== undefined && last !== undefined) {
      text += `\n  ${first === last ? `table ${first}` : `tables ${first}...${last}`}: ditto\n`
    }
    dittos = []
  }
  views.forEach((view, i) => {
    const before = views[i - 1]
    const { counters } = view
    const repeats = before !== undefined && sameFeatures(view, before)
    const countsSame = counters === undefined || sameCounters(counters, before?.counters)
    if (repeats && countsSame && view.name === '') {
      dittos.push(view.table_id)
      return
    }
    finish()
    if (i === 0 && view.command !== undefined) text += `\n  command: ${view.command}`
    text += `\n  table ${view.table_id}${view.name === '' ? '' : ` ("${view.name}")`}:`
    if (repeats && countsSame) {
      text += ' ditto'
      return
    }
    text += `\n${counters === undefined ? '' : printCounters(counters)}`
    if (!repeats) text += printFeatures(view, before)
    else if (!saysNothing(view)) text += '    (same features)\n'
  })
  finish()
  return text
}

const NAME_BYTES = 31

/** As much of a name as OVS keeps. */
const shortName = (name: string): string => Buffer.from(name).toString('utf8', 0, NAME_BYTES)

const noActions: ActionFeatures = { actions: [], fields: [] }
const noInstructions: InstructionFeatures = { next: [], instructions: [], write: noActions, apply: noActions }

const instructionNames = (numbers: ReadonlySet<number>): string[] =>
  Object.entries(INSTRUCTIONS)
    .filter(([, number]) => numbers.has(number))
    .map(([name]) => name)

const LEAST_STANDARD = 32

const bitsOf = (numbers: readonly number[]): number =>
  numbers.reduce((bits, number) => (number < LEAST_STANDARD ? bits | (1 << number) : bits), 0)

const setBits = (bits: number): Set<number> =>
  new Set(Array.from({ length: LEAST_STANDARD }, (_, bit) => bit).filter((bit) => (bits & (1 << bit)) !== 0))

const namesOf = (fields: Iterable<FieldName>): string[] =>
  inOvsOrder(Array.from(new Set(fields), fieldInfo)).map(({ printName }) => printName)

type Items<K extends 'ids' | 'tables' | 'fields'> = Extract<TableFeatureProperty, Readonly<Record<K, unknown>>>[K]

/** What the properties of a table say, by the property's name and what it holds. */
class Said {
  readonly #properties: ReadonlyMap<string, TableFeatureProperty>

  constructor(properties: readonly TableFeatureProperty[]) {
    this.#properties = new Map(properties.map((item) => [item.type, item]))
  }

  /** With `miss`, of packets that match nothing: if nothing is said of these, it is as for others. */
  ids(type: string, miss: boolean): Items<'ids'> {
    const item = this.#find(type, miss)
    return item !== undefined && 'ids' in item ? item.ids : []
  }

  tables(type: string, miss: boolean): Items<'tables'> {
    const item = this.#find(type, miss)
    return item !== undefined && 'tables' in item ? item.tables : []
  }

  fields(type: string, miss = false): Items<'fields'> {
    const item = this.#find(type, miss)
    return item !== undefined && 'fields' in item ? item.fields : []
  }

  #find(type: string, miss: boolean): TableFeatureProperty | undefined {
    return (miss ? this.#properties.get(`${type}_miss`) : undefined) ?? this.#properties.get(type)
  }
}

const headersOf = (headers: readonly FieldHeader[], masked?: boolean): string[] =>
  namesOf(
    headers.flatMap((header) =>
      header.field === undefined || (masked !== undefined && header.masked !== masked) ? [] : [header.field],
    ),
  )

function instructionsOf(said: Said, version: number, miss: boolean): InstructionFeatures {
  const numbers = said.ids('instructions', miss).map((id) => (typeof id === 'string' ? INSTRUCTIONS[id] : idNumber(id)))
  const actions = (kind: string): ActionFeatures => {
    const bits = bitsOf(said.ids(`${kind}_actions`, miss).map((id) => (typeof id === 'string' ? 0 : idNumber(id))))
    return { actions: actionNames(bits, version), fields: headersOf(said.fields(`${kind}_setfield`, miss)) }
  }
  return {
    next: [...new Set(said.tables('next_tables', miss))].sort((a, b) => a - b),
    instructions: instructionNames(new Set(numbers)),
    write: actions('write'),
    apply: actions('apply'),
  }
}

function viewOfFeatures(features: TableFeatures, version: number): View {
  const { properties = [], table_id, max_entries, metadata_match, metadata_write, capabilities, command = 0 } = features
  const said = new Said(properties)
  const match = said.fields('match')
  const plain = command === 0 || command === 'replace'
  return {
    table_id,
    name: shortName(features.name),
    ...(version >= OF15 && !plain && { command: String(command) }),
    metadata_match,
    metadata_write,
    ...(version >= OF14 && {
      eviction: (capabilities & TABLE_CONFIG.eviction) !== 0,
      vacancy: (capabilities & TABLE_CONFIG.vacancy_events) !== 0,
    }),
    max_entries,
    nonmiss: instructionsOf(said, version, false),
    ifMiss: instructionsOf(said, version, true),
    match: headersOf(match),
    mask: headersOf(match, true),
    wildcard: headersOf(said.fields('wildcards')),
  }
}

function fieldsOfStats(stats: TableStats, version: number): { match: Names; wildcard: Names } {
  const { match = 0, wildcards = 0 } = stats
  if (version === OF10) {
    const all = namesOf(fieldsOf10(Number(wildcards)))
    return { match: all, wildcard: all }
  }
  const fields = version < OF12 ? (bits: number | bigint) => fieldsOf11(Number(bits)) : fieldsOf12
  return { match: namesOf([...fields(match), ...fields(wildcards)]), wildcard: namesOf(fields(wildcards)) }
}

function viewOfStats(stats: TableStats, version: number): View {
  const { table_id, name = '', max_entries = 0, metadata_match = 0n, metadata_write = 0n, config = 0 } = stats
  const { write_actions = 0, apply_actions = 0, write_setfields = 0n, apply_setfields = 0n, instructions = 0 } = stats
  const actions = (bits: number, fields: bigint): ActionFeatures => ({
    actions: actionNames(bits, version),
    fields: namesOf(fieldsOf12(fields)),
  })
  const write = actions(write_actions, write_setfields)
  // In 1.1 OVS takes the actions to write for those to apply, too.
  const apply = version < OF12 ? write : actions(apply_actions, apply_setfields)
  const nonmiss =
    version > OF10 && version <= OF12
      ? { next: [], instructions: instructionNames(setBits(instructions)), write, apply }
      : noInstructions
  return {
    table_id,
    name: shortName(name),
    metadata_match,
    metadata_write,
    miss: missText(config, version),
    max_entries,
    nonmiss,
    ifMiss: nonmiss,
    ...fieldsOfStats(stats, version),
    mask: [],
    counters: stats,
  }
}

/** OFPMP_TABLE_FEATURES */
export const printTableFeatures = (tables: readonly TableFeatures[], version: number): string =>
  printViews(tables.map((table) => viewOfFeatures(table, version)))

/** OFPMP_TABLE */
export const printTableStats = (tables: readonly TableStats[], version: number): string =>
  printViews(tables.map((table) => viewOfStats(table, version)))
