import { printReal } from '../json/canonical.js'
import type { Atom, AtomicType, ColumnType } from '../schema/types.js'
import { isUuid } from './atom.js'
import type { Datum } from './datum.js'

/** Whether a string must be quoted, lest it be read as something else. */
export function needsQuotes(text: string): boolean {
  return !/^[A-Za-z_][-A-Za-z0-9_.]*$/.test(text) || text === 'true' || text === 'false' || isUuid(text.toLowerCase())
}

/** An atom as `ovs-vsctl get` prints it: strings bare where they can be, else quoted as in JSON. */
export function atomText(atom: Atom, type: AtomicType): string {
  if (type === 'string') return needsQuotes(String(atom)) ? JSON.stringify(atom) : String(atom)
  return type === 'real' ? printReal(Number(atom)) : String(atom)
}

/** An atom as in a table: strings are never quoted. */
export function bareAtom(atom: Atom, type: AtomicType): string {
  return type === 'string' ? String(atom) : atomText(atom, type)
}

type PrintAtom = (atom: Atom, type: AtomicType) => string

function elements({ keys, values }: Datum, { key, value }: ColumnType, print: PrintAtom): readonly string[] {
  return keys.map((atom, i) => {
    const paired = values?.[i]
    const text = print(atom, key.type)
    return value === undefined || paired === undefined ? text : `${text}=${print(paired, value.type)}`
  })
}

/** A datum as `ovs-vsctl get` prints it: `br0`, `[1, 2]`, `{a=b}`. */
export function datumText(datum: Datum, type: ColumnType): string {
  const text = elements(datum, type, atomText).join(', ')
  if (type.max <= 1 && datum.keys.length > 0) return text
  return type.value === undefined ? `[${text}]` : `{${text}}`
}

/** A datum as `--data=bare` prints it: no quotes, brackets or commas. */
export function bareDatum(datum: Datum, type: ColumnType): string {
  return elements(datum, type, bareAtom).join(' ')
}
