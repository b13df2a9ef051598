import { CATALOG, KIND_ORDER, type KindName, type PathField } from '../model/catalog.js'

/** Every route of a resource, derived from the kinds: what is registered, and what the OpenAPI document describes. */

export type Operation = 'list' | 'create' | 'read' | 'replace' | 'delete'

export interface ResourceRoute {
  readonly kind: KindName
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As fastify writes it: `/v1/tenants/:tenant/networks/:name`. */
  readonly url: string
  /** Path fields that the URL gives. */
  readonly given: readonly PathField[]
}

export const API_PREFIX = '/v1'

export const RESOURCE_ROUTES: readonly ResourceRoute[] = KIND_ORDER.flatMap((kind) => routesOf(kind))

function routesOf(kind: KindName): ResourceRoute[] {
  const { route, path, plural } = CATALOG[kind]
  const collection = { kind, url: API_PREFIX + route, given: path.slice(0, -1) }
  const item = { kind, url: `${collection.url}/:name`, given: path }
  const everywhere = { kind, url: `${API_PREFIX}/${plural}`, given: [] }
  return [
    ...(everywhere.url === collection.url ? [] : [{ ...everywhere, operation: 'list', method: 'GET' } as const]),
    { ...collection, operation: 'list', method: 'GET' },
    { ...collection, operation: 'create', method: 'POST' },
    { ...item, operation: 'read', method: 'GET' },
    { ...item, operation: 'replace', method: 'PUT' },
    { ...item, operation: 'delete', method: 'DELETE' },
  ]
}

/** The URL of one resource. */
export function resourceUrl(kind: KindName, ref: Readonly<Partial<Record<PathField, string>>>): string {
  return `${API_PREFIX}${CATALOG[kind].route}/:name`.replace(/:([a-z]+)/g, (_, field: PathField) => ref[field] ?? '')
}
