/** Commands of Open vSwitch's test program for its replica that make up one transaction. */
import {
  parseJson,
  rawOperation,
  ref,
  type Change,
  type ColumnValue,
  type DynamicTypes,
  type NewRow,
  type Outcome,
  type Selection,
  type Uuid,
  type WireOperation,
} from 'ovsdb-client'
import type { View } from './view.js'

/** A transaction on any tables. */
export type AnyChange = Change<DynamicTypes, Selection<DynamicTypes>>

export interface Script {
  readonly change: AnyChange
  readonly view: View
  /** The rows of `simple` that it inserts, by their `i`. */
  readonly inserted: Map<number, NewRow>
  /** Set by `increment`. */
  increment?: Outcome<unknown>
  /** Columns that are read once, as `fetch` asks. */
  readonly fetches: Fetch[]
}

interface Fetch {
  readonly uuid: Uuid
  readonly column: string
  readonly rows: Outcome<{ readonly rows: readonly object[] }>
}

type Command = (script: Script, args: readonly string[]) => void

const READ: Readonly<Record<string, (text: string) => ColumnValue>> = {
  b: (text) => text === '1',
  s: (text) => text,
  u: (text) => text,
  r: Number,
  i: Number,
}

/** A row by its `i`: one of the replica's, or one that this transaction inserts. */
const simple = ({ view, inserted }: Script, i: string | undefined): never =>
  (inserted.get(Number(i)) ?? view.find('simple', 'i', Number(i))) as never
const uuid = <T extends string>(text: string): Uuid<T> => text as Uuid<T>

/** UUIDs that upstream's test program writes. */
const U = {
  first: uuid('001e43d2-dd3f-4616-ab6a-83a490bb0991'),
  second: uuid('0026b3ba-571b-4729-8227-d860a5210ab8'),
  third: uuid('b6272353-af9c-40b7-90fe-32a43e6518a1'),
  fourth: uuid('1d6a71a2-dffb-426e-b2fa-b727091f9901'),
  fifth: uuid('0013b31b-c77d-49cb-9b7b-27ab64b9d7d6'),
} as const

const mutateNamed =
  (table: string, name: string, mutations: readonly unknown[], columns?: Readonly<Record<string, ColumnValue>>): Command =>
  ({ change, view }) => {
    const row = view.find(table, 'name', name) as never
    if (mutations.length > 0) change.mutate(table, row, mutations as never)
    if (columns !== undefined) change.update(table, row, columns)
  }

const COMMANDS: Readonly<Record<string, Command>> = {
  set: (script, [i, column = '', ...text]) => {
    script.change.update('simple', simple(script, i), { [column]: READ[column]?.(text.join(' ')) ?? null })
  },
  insert: ({ change, inserted }, [i]) => {
    inserted.set(Number(i), change.insert('simple', { i: Number(i) }))
  },
  insert_uuid: ({ change }, [id = '', i]) => {
    change.insert('simple', { i: Number(i) }, { uuid: uuid(id) })
  },
  insert_uuid_uref: ({ change }, [id = '', target = '']) => {
    const row = change.insert('simple4', {}, { uuid: uuid(target) })
    change.insert('simple3', { uref: [row] } as never, { uuid: uuid(id) })
  },
  delete: (script, [i]) => {
    script.change.delete('simple', simple(script, i))
  },
  verify: (script, [i, column = '']) => {
    // A row that this transaction inserts cannot have changed.
    const row = script.view.rows('simple').find((known) => known['i'] === Number(i))
    if (row !== undefined) script.change.verify('simple', row, [column])
  },
  increment: (script, [i]) => {
    script.increment = script.change.increment('simple', simple(script, i), 'i')
  },
  fetch: (script, [i, column = '']) => {
    const row = script.view.find('simple', 'i', Number(i))
    const where = [['_uuid', '==', ['uuid', row._uuid]]]
    const select = rawOperation({ op: 'select', table: 'simple', where, columns: [column] })
    script.fetches.push({ uuid: row._uuid, column, rows: script.change.operation(select) as never })
  },
  add_op: ({ change }, json) => {
    change.operation(rawOperation(parseJson(json.join(' ')) as WireOperation))
  },
  linktest: ({ change }) => {
    const first = change.insert('link1', { i: 1, k: ref('l1_0'), ka: [ref('l1_0')] } as never, { uuidName: 'l1_0' })
    const both = [first, ref('l1_1')]
    change.insert('link1', { i: 2, k: first, ka: both } as never, { uuidName: 'l1_1' })
  },
  getattrtest: ({ change }) => {
    change.insert('link1', { i: 2, k: ref('l1') } as never, { uuidName: 'l1' })
  },
  partialmapinsertelement: mutateNamed(
    'simple2',
    'myString1',
    [
      ['smap', 'delete', ['key1']],
      ['smap', 'insert', { key1: 'myList1' }],
      ['imap', 'delete', [3]],
      ['imap', 'insert', new Map([[3, 'myids2']])],
    ],
    { name: 'String2' },
  ),
  partialmapinsertmultipleelements: mutateNamed('simple2', 'String2', [
    ['smap', 'delete', ['key2', 'key3', 'key4']],
    ['smap', 'insert', { key2: 'myList2', key3: 'myList3', key4: 'myList4' }],
  ]),
  partialmapdelelements: mutateNamed('simple2', 'String2', [
    ['smap', 'delete', { key1: 'myList1', key2: 'wrongvalue' }],
    ['smap', 'delete', ['key3', 'key4']],
  ]),
  partialmapmutatenew: ({ change }) => {
    change.insert('simple2', { name: 'String2New', smap: { key1: 'newList1' } })
  },
  partialmapmutateirefmap: ({ change, view }) => {
    const target = view.find('simple3', 'name', 'myString1')
    const row = view.find('simple5', 'name', 'myString2') as never
    change.mutate('simple5', row, [['irefmap', 'insert', new Map([[1, target._uuid]])]] as never)
  },
  partialrenamesetadd: mutateNamed('simple3', 'mySet1', [['uset', 'insert', [U.first]]], { name: 'String2' }),
  partialduplicateadd: mutateNamed('simple3', 'String2', [['uset', 'insert', [U.second]]]),
  partialsetdel: mutateNamed('simple3', 'String2', [['uset', 'delete', [U.first]]]),
  partialsetref: ({ change, view }) => {
    const target = change.insert('simple4', { name: 'test' })
    change.mutate('simple3', view.find('simple3', 'name', 'String2') as never, [['uref', 'insert', [target]]] as never)
  },
  partialsetoverrideops: mutateNamed('simple3', 'String2', [], { uset: [U.second] }),
  partialsetadddelete: mutateNamed('simple3', 'String2', [
    ['uset', 'delete', [U.second]],
    ['uset', 'insert', [U.third, U.fourth]],
  ]),
  partialsetmutatenew: ({ change }) => {
    change.insert('simple3', { name: 'String3', uset: [U.fifth] })
  },
}

/** Parts of a command line, cut at commas that are not inside brackets. */
export function splitCommands(line: string): readonly (readonly string[])[] {
  let depth = 0
  let quoted = false
  const parts = ['']
  for (const char of line) {
    if (char === '"') quoted = !quoted
    if (!quoted && '[{'.includes(char)) depth++
    if (!quoted && ']}'.includes(char)) depth--
    if (char === ',' && depth === 0 && !quoted) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${char}`)
  }
  return parts.map((part) => part.trim().split(' '))
}

/** Adds what a command asks for to its transaction. */
export function addCommand(script: Script, [name = '', ...args]: readonly string[]): void {
  const command = COMMANDS[name]
  if (command === undefined) throw new TypeError(`unknown command ${name}`)
  command(script, args)
}
