import {
  canonicalJson,
  type ColumnSchema,
  datumToJson,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  type Session,
  type Uuid,
} from 'ovsdb-client'
import { isDefault, type Row, type Transaction } from './transaction.js'

/** How a transaction ended. */
export type Committed =
  | { readonly status: 'unchanged' | 'again' }
  | { readonly status: 'refused'; readonly error: string }
  | {
      readonly status: 'success'
      /** The UUIDs that the server chose, by those that the rows had here. */
      readonly uuids: ReadonlyMap<Uuid, Uuid>
      /** What the incremented column holds now. */
      readonly incremented: number | undefined
    }

export interface CommitOptions {
  /** For the server's log. */
  readonly comment: string
  /** Lets the server try it and undo it. */
  readonly dryRun: boolean
}

const uuidName = (uuid: string): string => `row${uuid.replaceAll('-', '_')}`

/** Writes a transaction in RFC 7047 notation; keeps where the answers are found that matter. */
class Writer {
  readonly operations: JsonObject[] = []
  readonly inserts: (readonly [Row, number])[] = []
  selected: number | undefined
  readonly #transaction: Transaction
  readonly #named: ReadonlySet<string>

  constructor(transaction: Transaction) {
    this.#transaction = transaction
    const rows = Array.from(transaction.touched())
    this.#named = new Set(rows.filter((row) => row.isNew && !row.keepsUuid).map(({ uuid }) => uuid))
    for (const row of rows) this.#verify(row)
    const verified = this.operations.length
    for (const row of rows) this.#change(row)
    if (this.operations.length === verified) this.operations.length = 0
    else this.#increment()
  }

  #verify(row: Row): void {
    const columns = Array.from(row.verified)
    if (columns.length === 0) return
    const stored = columns.map((name) => [name, datumToJson(row.stored(name), row.column(name).type)] as const)
    this.#add(row, 'wait', { timeout: 0, columns, until: '==', rows: [Object.fromEntries(stored)] })
  }

  #change(row: Row): void {
    if (row.deleted) {
      // Rows that nothing refers to go by themselves.
      if (!row.isNew && row.table.isRoot) this.#add(row, 'delete', {})
    } else if (row.isNew) this.#insert(row)
    else this.#update(row)
  }

  #insert(row: Row): void {
    const columns = Array.from(row.written, ([name, datum]) => [row.column(name), datum] as const)
      .filter(([{ type }, datum]) => !isDefault(datum, type))
      .map(([{ name, type }, datum]) => [name, this.#substituted(datumToJson(datum, type))] as const)
    const id = row.keepsUuid ? { uuid: row.uuid } : { 'uuid-name': uuidName(row.uuid) }
    this.inserts.push([row, this.operations.length])
    this.operations.push({ op: 'insert', table: row.table.name, row: Object.fromEntries(columns), ...id })
  }

  /** Where anything differs, what was written the same is sent too: else a change made meanwhile would stay. */
  #update(row: Row): void {
    if (row.differs) {
      const columns = Array.from(row.written, ([name, datum]) => {
        return [name, this.#substituted(datumToJson(datum, row.column(name).type))] as const
      })
      this.#add(row, 'update', { row: Object.fromEntries(columns) })
    }
    const mutations = Array.from(row.insertions()).flatMap(([column, { come, replaced }]) => [
      ...(replaced.keys.length === 0 ? [] : [[column.name, 'delete', keysToJson(replaced.keys, column)]]),
      [column.name, 'insert', this.#substituted(datumToJson(come, column.type))],
    ])
    if (mutations.length > 0) this.#add(row, 'mutate', { mutations })
  }

  #increment(): void {
    const { incremented } = this.#transaction
    if (incremented === undefined) return
    const [row, column] = incremented
    this.#add(row, 'mutate', { mutations: [[column, '+=', 1]] })
    this.selected = this.operations.length
    this.#add(row, 'select', { columns: [column] })
  }

  #add(row: Row, op: string, members: JsonObject): void {
    const where = [['_uuid', '==', this.#substituted(['uuid', row.uuid])]]
    this.operations.push({ op, table: row.table.name, where, ...members })
  }

  /** The same with new rows by their names. */
  #substituted(json: Json): Json {
    if (!isJsonArray(json)) return json
    const [tag, uuid] = json
    if (tag === 'uuid' && typeof uuid === 'string') return this.#named.has(uuid) ? ['named-uuid', uuidName(uuid)] : json
    return json.map((element) => this.#substituted(element))
  }
}

const keysToJson = (keys: readonly (string | number | bigint | boolean)[], { type }: ColumnSchema): Json =>
  datumToJson({ keys, values: undefined }, { key: type.key, value: undefined, min: 0, max: Infinity })

/** Sends a transaction, if it changes anything. Rejects as `Session.request` does. */
export async function commitTransaction(
  session: Session,
  transaction: Transaction,
  { comment, dryRun }: CommitOptions,
): Promise<Committed> {
  const writer = new Writer(transaction)
  if (writer.operations.length === 0) return { status: 'unchanged' }
  const reply = await session.request('transact', [
    transaction.schema.name,
    ...writer.operations,
    { op: 'comment', comment },
    ...(dryRun ? [{ op: 'abort' }] : []),
  ])
  const results = isJsonArray(reply) ? reply.map((result) => (isJsonObject(result) ? result : {})) : []
  return failureOf(results) ?? success(writer, results)
}

function failureOf(results: readonly JsonObject[]): Committed | undefined {
  const failed = results.find(({ error }) => typeof error === 'string' && error !== 'aborted')
  if (failed === undefined) return undefined
  return failed['error'] === 'timed out' ? { status: 'again' } : { status: 'refused', error: canonicalJson(failed) }
}

function success({ inserts, selected }: Writer, results: readonly JsonObject[]): Committed {
  const uuids = inserts.flatMap(([row, at]) => {
    const json = results[at]?.['uuid']
    return isJsonArray(json) && typeof json[1] === 'string' ? [[row.uuid, json[1] as Uuid] satisfies [Uuid, Uuid]] : []
  })
  const rows = selected === undefined ? undefined : results[selected]?.['rows']
  const sums = isJsonArray(rows) && isJsonObject(rows[0]) ? Object.values(rows[0]) : []
  return { status: 'success', uuids: new Map(uuids), incremented: sums.length === 1 ? Number(sums[0]) : undefined }
}
