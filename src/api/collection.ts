import { type KindName, KINDS, type Ref, resourceKey } from '../model/kinds.js'
import type { Resources, Stored } from '../intent/resources.js'
import type { StatusSource } from '../hosts/status.js'
import type { PodRecord } from '../model/records.js'
import { DEFAULT_LIMIT, type LabelTerm, type ParamName, type Query } from './params.js'

/** Lists: scope, filters and pages. */

/** Filters of a kind's lists; the scope's names are added where the URL does not give them. */
const FILTERS = {
  Tenant: [],
  Network: [],
  Host: ['realized'],
  Pod: ['host', 'label', 'realized'],
  NetworkPolicy: [],
  AdminPolicy: [],
  Peering: [],
  BandwidthProfile: [],
} as const satisfies Record<KindName, readonly ParamName[]>

/** Query parameters of a list whose URL gives the names in `given`. */
export function listParams(kind: KindName, given: readonly string[]): ParamName[] {
  const scope = KINDS[kind].path.slice(0, -1) as readonly ('tenant' | 'network')[]
  const open = scope.filter((field) => !given.includes(field))
  return [...open, ...FILTERS[kind], 'limit', 'continue', 'watch']
}

/** Which resources a list or watch is about. */
export interface Selection {
  readonly kind: KindName
  readonly scope: Partial<Ref>
  readonly query: Query
}

export interface Page {
  readonly items: readonly Stored[]
  /** Key after which the next page begins. */
  readonly next?: string
}

export function listPage(resources: Resources, status: StatusSource, selection: Selection): Page {
  const { kind, scope, query } = selection
  const { limit = DEFAULT_LIMIT, continue: after } = query
  const items: Stored[] = []
  for (const stored of resources.list(kind, scope)) {
    if (after !== undefined && resourceKey(kind, stored.ref) <= after) continue
    if (!isSelected(selection, stored, status)) continue
    const last = items.at(-1)
    if (items.length === limit && last !== undefined) return { items, next: resourceKey(kind, last.ref) }
    items.push(stored)
  }
  return { items }
}

/** Whether a resource of the selection's kind belongs to it. Without `status`, realized or not is no matter. */
export function isSelected({ kind, scope, query }: Selection, stored: Stored, status?: StatusSource): boolean {
  const { tenant = scope.tenant, network = scope.network } = query
  const { ref } = stored
  if (tenant !== undefined && ref.tenant !== tenant) return false
  if (network !== undefined && ref.network !== network) return false
  if (kind === 'Pod' && !isSelectedPod(query, (stored as Stored<'Pod'>).record)) return false
  return query.realized === undefined || status === undefined || isRealized(stored, status) === query.realized
}

function isSelectedPod({ host, label = [] }: Query, { spec }: PodRecord): boolean {
  return (host === undefined || spec.host === host) && label.every((term) => hasLabel(spec.labels ?? {}, term))
}

function hasLabel(labels: Readonly<Record<string, string>>, { key, value }: LabelTerm): boolean {
  return Object.hasOwn(labels, key) && (value === undefined || labels[key] === value)
}

function isRealized({ kind, ref }: Stored, status: StatusSource): boolean {
  return kind === 'Pod' ? status.pod(ref).realized : (status.host(ref.name)?.realized ?? false)
}
