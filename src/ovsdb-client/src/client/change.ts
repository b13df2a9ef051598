import { setTimeout as sleep } from 'node:timers/promises'
import { ValueError, type OvsdbError } from '../errors.js'
import type { Condition, Mutation } from '../ops/clauses.js'
import {
  abort,
  assertLock,
  comment,
  commit,
  Operations,
  type Operation,
} from '../ops/operations.js'
import type { Replica } from '../replica/replica.js'
import type { SelectedRow, SelectedTable, Selection } from '../replica/selection.js'
import type { DatabaseTypes, InsertOf, NamedUuid, RowOf, TableName, UpdateOf, Uuid } from '../schema/types.js'
import { ClusterError, WaitTimeoutError } from '../transaction-errors.js'
import { Backoff } from './backoff.js'

export interface ChangeOptions {
  /** How often it is built again when rows that it was built on have changed meanwhile. Default 16. */
  readonly maxRetries?: number
  readonly signal?: AbortSignal | undefined
}

export interface InsertOptions<T extends string> {
  /** The name that stands for the row within the transaction. */
  readonly uuidName?: string
  /** The UUID that the row is to have; else the server chooses. */
  readonly uuid?: Uuid<T>
}

/** A row that a transaction inserts: a reference to it within the transaction, and its UUID afterwards. */
export class NewRow<T extends string = string> implements NamedUuid {
  readonly uuidName: string
  #uuid: Uuid<T> | undefined

  constructor(uuidName: string) {
    this.uuidName = uuidName
  }

  /** The UUID that the server chose. Throws ValueError before the transaction has gone through. */
  get uuid(): Uuid<T> {
    if (this.#uuid === undefined) throw new ValueError(this.uuidName, 'the row is not inserted yet')
    return this.#uuid
  }

  /** Called when the transaction has gone through. */
  settle(uuid: Uuid<T>): void {
    this.#uuid = uuid
  }
}

/** What an operation of a transaction results in; known when the transaction has gone through. */
export class Outcome<R> {
  #result: { readonly value: R } | undefined

  /** Throws ValueError before the transaction has gone through. */
  get value(): R {
    if (this.#result === undefined) throw new ValueError('value', 'the transaction has not gone through yet')
    return this.#result.value
  }

  settle(value: R): void {
    this.#result = { value }
  }
}

type RowRef<T extends string> = Uuid<NoInfer<T>> | NewRow<NoInfer<T>> | { readonly _uuid: Uuid<NoInfer<T>> }

interface Step {
  readonly operation: Operation
  readonly settle: (result: never) => void
}

/**
 * A transaction under construction, on the rows of a replica. What is verified is checked before anything is
 * executed; rows are named by themselves, their UUIDs, or the `NewRow`s of this transaction.
 */
export class Change<D extends DatabaseTypes, S extends Selection<D>> {
  readonly replica: Replica<D, S>
  readonly #operations: Operations<D>
  readonly #verified: Operation[] = []
  readonly #steps: Step[] = []
  #inserts = 0

  constructor(replica: Replica<D, S>) {
    this.replica = replica
    this.#operations = new Operations(replica.schema)
  }

  /** Lets the transaction fail, and be built again, unless these columns of a row are as they are in the replica. */
  verify<T extends SelectedTable<D, S>>(
    table: T,
    row: SelectedRow<D, S, T>,
    columns: readonly (keyof SelectedRow<D, S, T> & string)[],
  ): void {
    const known = row as unknown as Readonly<Record<string, unknown>>
    const expected = Object.fromEntries(columns.map((name) => [name, known[name]]))
    const uuid = known['_uuid'] as Uuid
    this.#wait(table, [['_uuid', '==', uuid]], columns, [expected])
  }

  /** Lets the transaction fail, and be built again, if a row meets all conditions. */
  verifyNone<T extends TableName<D>>(table: T, where: readonly Condition<RowOf<D, T>>[]): void {
    this.#wait(table, where, ['_uuid'], [])
  }

  /** Inserts a row; the result can be used wherever a reference to it is expected. */
  insert<T extends TableName<D>>(
    table: T,
    row: InsertOf<RowOf<D, T>>,
    { uuidName = `row${++this.#inserts}`, uuid }: InsertOptions<NoInfer<T>> = {},
  ): NewRow<T> {
    const inserted = new NewRow<T>(uuidName)
    this.#step(this.#operations.insert(table, row, uuidName, uuid), ({ uuid }) => {
      inserted.settle(uuid)
    })
    return inserted
  }

  /** Sets columns of a row. If it is gone meanwhile, nothing happens; `verify` it to be told. */
  update<T extends TableName<D>>(table: T, row: RowRef<T>, columns: UpdateOf<D[T]>): void {
    this.#step(this.#operations.update(table, byUuid(row), columns), () => undefined)
  }

  /** Changes columns of a row relative to what they hold when the transaction is executed. */
  mutate<T extends TableName<D>>(
    table: T,
    row: RowRef<T>,
    mutations: readonly Mutation<RowOf<D, T>, D[T]['immutable']>[],
  ): void {
    this.#step(this.#operations.mutate(table, byUuid(row), mutations), () => undefined)
  }

  /** Deletes a row. */
  delete<T extends TableName<D>>(table: T, row: RowRef<T>): void {
    this.#step(this.#operations.delete(table, byUuid(row)), () => undefined)
  }

  /** Adds to an integer; the outcome is what it then holds. */
  increment<T extends TableName<D>, C extends keyof RowOf<D, T> & string>(
    table: T,
    row: RowRef<T>,
    column: C,
    by = 1,
  ): Outcome<RowOf<D, T>[C]> {
    const outcome = new Outcome<RowOf<D, T>[C]>()
    this.mutate(table, row, [[column, '+=', by]] as never)
    this.#step(this.#operations.select(table, byUuid(row), [column]), ({ rows: [after] }) => {
      if (after !== undefined) outcome.settle(after[column])
    })
    return outcome
  }

  /** Any other operation, such as a select. */
  operation<R>(operation: Operation<R>): Outcome<R> {
    const outcome = new Outcome<R>()
    this.#step(operation, (result) => {
      outcome.settle(result)
    })
    return outcome
  }

  /** Lets the transaction fail with NotOwnerError unless the session owns the lock. */
  assertLock(name: string): void {
    this.#verified.push(assertLock(name))
  }

  /** Writes a comment into the server's log. */
  comment(text: string): void {
    this.operation(comment(text))
  }

  /** Resolves only when the transaction is on disk. */
  durable(): void {
    this.operation(commit(true))
  }

  /** Lets the transaction fail with AbortedError. */
  abort(): void {
    this.operation(abort())
  }

  /** Whether it would do nothing. */
  get empty(): boolean {
    return this.#steps.length === 0
  }

  /** The operations, in the order in which they are executed. */
  get operations(): readonly Operation[] {
    return [...this.#verified, ...this.#steps.map(({ operation }) => operation)]
  }

  /** Tells new rows and outcomes what they are. */
  settle(results: readonly unknown[]): void {
    this.#steps.forEach(({ settle }, i) => {
      settle(results[this.#verified.length + i] as never)
    })
  }

  #wait(table: string, where: readonly unknown[], columns: readonly string[], rows: readonly object[]): void {
    const wait = this.#operations.wait as unknown as (...args: readonly unknown[]) => Operation
    this.#verified.push(wait(table, where, columns, '==', rows, 0))
  }

  #step<R>(operation: Operation<R>, settle: (result: R) => void): void {
    this.#steps.push({ operation, settle })
  }
}

const byUuid = (row: Uuid | NewRow | { readonly _uuid: Uuid }): never =>
  [['_uuid', '==', typeof row === 'string' || row instanceof NewRow ? row : row._uuid]] as never

/** Whether it failed because of what others did at the same time, so that it may work when built again. */
const isConflict = (error: unknown): error is OvsdbError =>
  error instanceof WaitTimeoutError || error instanceof ClusterError

/**
 * Builds a transaction on a replica and executes it. When rows that it verifies have changed meanwhile, it is built
 * again on what the replica then holds. `build` may therefore be called several times; it should do nothing else.
 * Rejects with WaitTimeoutError when that happens more than `maxRetries` times, and as `Session.transact` does.
 */
export async function change<D extends DatabaseTypes, S extends Selection<D>, R>(
  replica: Replica<D, S>,
  build: (change: Change<D, S>) => R,
  { maxRetries = 16, signal }: ChangeOptions = {},
): Promise<R> {
  const backoff = new Backoff({ minDelayMs: 2, maxDelayMs: 200 })
  for (let retries = 0; ; retries++) {
    await replica.whenSynced({ signal })
    const attempt = new Change(replica)
    const result = build(attempt)
    if (attempt.empty) return result
    const { session } = replica
    if (session === undefined) continue
    try {
      const results = await session.transact(replica.schema, attempt.operations, { signal })
      attempt.settle(results)
      return result
    } catch (error) {
      if (!isConflict(error) || retries >= maxRetries) throw error
    }
    await sleep(backoff.next(), undefined, { signal })
  }
}
