/** Rows of the database idltest, printed as Open vSwitch's own test program for its replica does. */
import { printReal, type Atom, type ColumnValue, type DynamicRow } from 'ovsdb-client'
import type { View } from './view.js'

type Print = (value: ColumnValue | undefined, view: View) => string

const list = (values: readonly string[]): string => `[${values.join(' ')}]`

const elements = (value: ColumnValue | undefined): readonly Atom[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly Atom[]) : [value as Atom]

const atomText = (atom: Atom): string => (typeof atom === 'number' ? printReal(atom) : String(atom))

const scalar: Print = (value) => elements(value).map(atomText).join()
const set: Print = (value) => list(elements(value).map(atomText))
const map: Print = (value) => {
  const pairs = value instanceof Map ? Array.from(value as ReadonlyMap<Atom, Atom>) : Object.entries(value ?? {})
  return list(pairs.map(([key, item]) => `(${key} ${String(item)})`))
}
/** References to rows that are there. */
const references = (table: string): Print => (value, view) =>
  list(elements(value).filter((uuid) => view.row(table, String(uuid)) !== undefined).map(String))
const ofRows = (table: string, value: ColumnValue | undefined, view: View): readonly string[] =>
  elements(value).flatMap((uuid) => {
    const row = view.row(table, String(uuid))
    return row === undefined ? [] : [scalar(row['i'], view)]
  })
/** A row that is referred to, by its `i`. */
const link = (table: string): Print => (value, view) => ofRows(table, value, view).join()
const links = (table: string): Print => (value, view) => list([...ofRows(table, value, view)].sort())

const SIMPLE: Readonly<Record<string, Print>> = {
  i: scalar, r: scalar, b: scalar, s: scalar, u: scalar, ia: set, ra: set, ba: set, sa: set, ua: set,
}

/** The columns of each table, in the order in which they are printed. */
export const COLUMNS: Readonly<Record<string, Readonly<Record<string, Print>>>> = {
  simple: SIMPLE,
  simple2: { name: scalar, smap: map, imap: map },
  simple3: { name: scalar, uset: set, uref: references('simple4') },
  simple4: { name: scalar },
  simple5: { name: scalar, irefmap: map },
  simple6: { name: scalar, weak_ref: references('simple') },
  simple7: { name: scalar, id: scalar },
  link1: { i: scalar, k: link('link1'), ka: links('link1'), l2: link('link2') },
  link2: { i: scalar, l1: link('link1') },
  indexed: { i: scalar },
  singleton: { name: scalar },
}

const NOTIFIED: Readonly<Record<string, Print>> = { ...SIMPLE, l2: set, l1: set }

const columnsText = (columns: Readonly<Record<string, Print>>, row: Readonly<Record<string, ColumnValue>>, view: View): string =>
  Object.entries(columns)
    .filter(([name]) => row[name] !== undefined)
    .map(([name, print]) => `${name}=${print(row[name], view)}`)
    .join(' ')

/** A row as a line, without the number of the step. */
export function rowLine(table: string, row: DynamicRow, view: View, what = ''): string {
  return `table ${table}: ${what}${columnsText(COLUMNS[table] ?? {}, row, view)} uuid=${row._uuid}`
}

/** An event as a line; `before`: the columns of an update as they were. */
export function eventLine(
  event: string,
  row: DynamicRow,
  before: Readonly<Record<string, ColumnValue>> | undefined,
  view: View,
): string {
  const updates = before === undefined ? 'None' : `{${columnsText(NOTIFIED, before, view)}}`
  return `event:${event}, row={${columnsText(NOTIFIED, row, view)}}, uuid=${row._uuid}, updates=${updates}`
}
