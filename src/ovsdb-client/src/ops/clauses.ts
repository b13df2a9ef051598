import type { ColumnName, Ref, Uuid, Writable } from '../schema/types.js'

/** RFC 7047 `<function>`. */
export const CONDITION_FUNCTIONS = ['==', '!=', '<', '<=', '>', '>=', 'includes', 'excludes'] as const
export type ConditionFunction = (typeof CONDITION_FUNCTIONS)[number]

/** A value to compare a column with; a lone element stands for a set of it. */
type Compared<V> = V extends readonly (infer E)[] ? Writable<V> | Writable<E> : Writable<V>

/** RFC 7047 `<condition>`: `[column, function, value]`, or true or false for all or none. */
export type Condition<Row> =
  | boolean
  | readonly ['_uuid', ConditionFunction, Row extends { readonly _uuid: Uuid<infer T> } ? Ref<T> : Ref]
  | { [C in ColumnName<Row>]: readonly [C, ConditionFunction, Compared<Row[C]>] }[ColumnName<Row>]

/** RFC 7047 `<mutator>`, but for `insert` and `delete`. */
export const ARITHMETIC_MUTATORS = ['+=', '-=', '*=', '/=', '%='] as const
type ArithmeticMutator = (typeof ARITHMETIC_MUTATORS)[number]

/** What may be done to a column that holds values of type `V`. */
type Change<C, V> =
  [NonNullable<V>] extends [number | bigint] ? readonly [C, ArithmeticMutator, number | bigint]
  : V extends readonly (infer E)[] ? readonly [C, 'insert' | 'delete', readonly Writable<E>[] | Writable<E>]
  : V extends ReadonlyMap<infer K, unknown> ?
    readonly [C, 'insert', Writable<V>] | readonly [C, 'delete', Writable<V> | readonly K[]]
  : V extends null ? never
  : V extends string | boolean ? readonly [C, 'insert' | 'delete', Writable<V>]
  : readonly [C, 'insert', Writable<V>] | readonly [C, 'delete', Writable<V> | readonly string[]]

/** RFC 7047 `<mutation>`: `[column, mutator, value]`; `delete` from a map takes pairs, or keys in an array. */
export type Mutation<Row, Immutable extends string = never> = {
  [C in Exclude<ColumnName<Row>, Immutable>]: Change<C, Row[C]>
}[Exclude<ColumnName<Row>, Immutable>]
