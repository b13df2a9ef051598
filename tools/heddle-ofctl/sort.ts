import { fieldByName, type FieldName, type FlowStats, type Value } from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import type { SortKey } from './options.js'

type Compare = (a: FlowStats, b: FlowStats) => number

const order = (a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0)

const placeOf = (field: FieldName): string | undefined => fieldByName(field)?.place.name

/**
 * Fields that share a place in a packet, such as nw_dst and arp_tpa, are one to sort by. Flows that match neither come
 * last in either direction.
 */
function byField(field: FieldName, descending: boolean): Compare {
  const place = placeOf(field)
  const valueOf = ({ match }: FlowStats): Value | undefined =>
    match.find((term) => placeOf(term.field) === place)?.value
  return (a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)]
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1
    return descending ? order(y, x) : order(x, y)
  }
}

const byPriority =
  (descending: boolean): Compare =>
  (a, b) =>
    descending ? b.priority - a.priority : a.priority - b.priority

function compareBy(key: SortKey): Compare[] {
  if (key.field === undefined) return [byPriority(key.descending)]
  const info = fieldByName(key.field)
  if (info === undefined) throw new FatalError(`${key.field}: unknown field name`)
  // A match holds the fields that a view like dl_vlan shows parts of.
  return (info.view?.of ?? [info]).map(({ name }) => byField(name, key.descending))
}

/** How `keys` put flows in order; what no key tells apart stays as it came. @throws FatalError on an unknown field */
export function flowOrder(keys: readonly SortKey[]): Compare {
  // Whatever is asked for, the higher priority comes first in the end.
  const compares = [...keys.flatMap(compareBy), byPriority(true)]
  return (a, b) => {
    for (const compare of compares) {
      const result = compare(a, b)
      if (result !== 0) return result
    }
    return 0
  }
}
