import { type KindName, type Ref, resourceKey } from '../../../src/model/kinds.js'
import { equalJson } from '../../../src/store/json.js'
import type { Resource } from './resources.js'

export type Change =
  | { readonly op: 'put'; readonly resource: Resource }
  | { readonly op: 'delete'; readonly kind: KindName; readonly ref: Ref }

/** What is to be done, in an order that works, where both lists are in one in which they can be created. */
export function changesBetween(before: readonly Resource[], after: readonly Resource[]): Change[] {
  const known = new Map(before.map((resource) => [keyOf(resource), resource]))
  const wanted = new Set(after.map(keyOf))
  const gone = before.filter((resource) => !wanted.has(keyOf(resource)))
  const different = after.filter((resource) => !equalJson(known.get(keyOf(resource))?.spec, resource.spec))
  return [
    ...gone.toReversed().map(({ kind, ref }): Change => ({ op: 'delete', kind, ref })),
    ...different.map((resource): Change => ({ op: 'put', resource })),
  ]
}

const keyOf = ({ kind, ref }: Resource): string => resourceKey(kind, ref)
