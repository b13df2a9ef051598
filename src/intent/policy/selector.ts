import type { Selector } from '../../model/policy.js'

/** Label selectors as Kubernetes has them. */

export type Labels = Readonly<Record<string, string>>
type Expression = NonNullable<Selector['matchExpressions']>[number]

/** The label that every network and tenant has without saying so: its name. */
export const NAME_LABEL = 'heddle.io/name'

export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  )
}

const OPERATORS: Readonly<Record<Expression['operator'], (value: string | undefined, values: readonly string[]) => boolean>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
}

function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  return OPERATORS[operator](Object.hasOwn(labels, key) ? labels[key] : undefined, values)
}

/** The same selector in one form of all that say the same by order, repetition or matchLabels; undefined: takes all. */
export function canonicalSelector(selector: Selector | undefined): Selector | undefined {
  const expressions: Expression[] = [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
      key,
      operator,
      values: [...new Set(values)].sort(),
    })),
  ]
  const distinct = new Map(expressions.map((expression) => [JSON.stringify(expression), expression]))
  if (distinct.size === 0) return undefined
  return { matchExpressions: [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []) }
}
