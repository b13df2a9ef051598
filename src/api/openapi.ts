import { KIND_ORDER, type KindName, KINDS, NAME_PATTERN } from '../model/kinds.js'
import { listParams } from './collection.js'
import { EXPLAIN_PATHS, EXPLAIN_SCHEMAS } from './openapi-explain.js'
import { LIVE_PATHS, LIVE_SCHEMAS } from './openapi-live.js'
import { headerParameter, type Json, JSON_TYPE, ok, pathParameter, problems, queryParameter, ref } from './openapi-parts.js'
import { PROBLEM_TYPE, PROBLEMS } from './problem.js'
import { WRITE_PARAMS } from './params.js'
import { API_PREFIX, type Operation, RESOURCE_ROUTES, type ResourceRoute } from './routes.js'
import { METADATA, STATUS } from './schemas.js'

/** The OpenAPI 3.1 document: a pure function of the kinds, the routes, the parameters and the problems. */

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Json
  readonly servers: readonly Json[]
  readonly tags: readonly Json[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components: { readonly schemas: Json; readonly responses: Json; readonly headers: Json }
}

export function openApiDocument(version: string): OpenApiDocument {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of RESOURCE_ROUTES) {
    const path = openApiPath(route.url)
    ;(paths[path] ??= {})[route.method.toLowerCase()] = resourceOperation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Heddle',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      ...KIND_ORDER.map((kind) => ({ name: kind, description: KINDS[kind].description })),
      { name: 'Explain', description: 'What becomes of packets, worked out from what is wanted of all hosts.' },
      { name: 'Plan', description: 'Changes before they are made.' },
      { name: 'Events', description: 'What happened on the hosts, and what goes on there.' },
      { name: 'System', description: 'The controller itself.' },
    ],
    paths: { ...paths, ...EXPLAIN_PATHS, ...LIVE_PATHS, ...SYSTEM_PATHS },
    components: { schemas: schemas(), responses: responses(), headers: HEADERS },
  }
}

const INTRODUCTION = `Tenant networks, hosts and pods. Resources are flat: \`kind\`, their names, what is wanted of them,
and, read-only, \`status\` and \`metadata\`. What was read can be edited and sent back: \`status\` and \`metadata\` are
ignored in requests. A write is on disk before it is answered.

The entity tag is the revision that wrote the resource. It changes with what is wanted and allocated, not with the live
part of \`status\`. \`If-Match\` makes a write conditional; \`If-None-Match: *\` makes a PUT create only.

Refusals are problem documents (RFC 9457); a refused request has changed nothing.`

export function openApiPath(url: string): string {
  return url.replace(/:([a-z]+)/g, '{$1}')
}

function resourceOperation(route: ResourceRoute): Json {
  const { kind, operation, given } = route
  const { summary, ...rest } = OPERATIONS[operation](route)
  return {
    tags: [kind],
    summary,
    operationId: operationId(route),
    ...rest,
    parameters: [...given.map(pathParameter), ...(rest.parameters ?? [])],
  }
}

interface OperationText {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Json[]
  readonly requestBody?: Json
  readonly responses: Json
}

const OPERATIONS: { readonly [O in Operation]: (route: ResourceRoute) => OperationText } = {
  list: ({ kind, given }) => ({
    summary: `List ${KINDS[kind].plural}${given.length === 0 && KINDS[kind].path.length > 1 ? ' of all tenants' : ''}`,
    parameters: [
      ...listParams(kind, given).map(queryParameter),
      headerParameter('Last-Event-ID', 'with `watch`: go on after this event'),
    ],
    responses: {
      200: {
        description: 'In the order of their names.',
        content: { [JSON_TYPE]: { schema: ref(`${kind}List`) }, 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...problems('INVALID', ...(given.length > 0 ? (['NOT_FOUND'] as const) : []), 'COMPACTED'),
    },
  }),
  create: ({ kind }) => ({
    summary: `Create a ${kind.toLowerCase()}`,
    parameters: WAIT,
    requestBody: body(kind),
    responses: {
      201: { ...resource(kind, 'It was created.'), headers: { ...WRITE_HEADERS, Location: header('Location') } },
      ...problems('INVALID', 'NOT_FOUND', ...ALLOCATION, ...BODY),
    },
  }),
  read: ({ kind }) => ({
    summary: `Read a ${kind.toLowerCase()}`,
    parameters: [headerParameter('If-None-Match', 'entity tag of a copy that the client has')],
    responses: {
      200: { ...resource(kind, 'The resource.'), headers: { ETag: header('ETag') } },
      304: { description: "The client's copy has this revision.", headers: { ETag: header('ETag') } },
      ...problems('INVALID', 'NOT_FOUND'),
    },
  }),
  replace: ({ kind }) => ({
    summary: `Create or replace a ${kind.toLowerCase()}`,
    parameters: [...CONDITIONS, headerParameter('If-None-Match', '`*`: only when it does not exist'), ...WAIT],
    requestBody: body(kind),
    responses: {
      200: { ...resource(kind, 'It was replaced, or differed in nothing.'), headers: WRITE_HEADERS },
      201: { ...resource(kind, 'It was created.'), headers: { ...WRITE_HEADERS, Location: header('Location') } },
      ...problems('INVALID', 'NOT_FOUND', ...ALLOCATION, 'IN_USE', 'PRECONDITION_FAILED', ...BODY),
    },
  }),
  delete: ({ kind }) => ({
    summary: `Delete a ${kind.toLowerCase()}`,
    parameters: [...CONDITIONS, ...WAIT],
    responses: {
      204: { description: 'It is gone.', headers: { 'Heddle-Wait': header('Heddle-Wait') } },
      ...problems('INVALID', 'NOT_FOUND', 'IN_USE', 'PRECONDITION_FAILED'),
    },
  }),
}

const WAIT = WRITE_PARAMS.map(queryParameter)
const CONDITIONS = [headerParameter('If-Match', 'entity tag that the resource must have')]
const ALLOCATION = ['ALREADY_EXISTS', 'CONFLICT', 'EXHAUSTED'] as const
const BODY = ['MALFORMED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const
const WRITE_HEADERS = {
  ETag: header('ETag'),
  'Heddle-Result': header('Heddle-Result'),
  'Heddle-Wait': header('Heddle-Wait'),
}

const HEADERS = {
  ETag: { description: 'the revision in quotes', schema: { type: 'string' } },
  Location: { description: 'URL of the resource', schema: { type: 'string' } },
  'Heddle-Result': {
    description: 'what the write did',
    schema: { type: 'string', enum: ['created', 'changed', 'unchanged'] },
  },
  'Heddle-Wait': {
    description: 'with `wait`: whether it was realized within the time',
    schema: { type: 'string', enum: ['realized', 'timeout'] },
  },
}

function operationId({ kind, operation, given }: ResourceRoute): string {
  const everywhere = operation === 'list' && given.length === 0 && KINDS[kind].path.length > 1
  return operation === 'list' ? `list${everywhere ? 'All' : ''}${kind}s` : `${operation}${kind}`
}

function header(name: keyof typeof HEADERS): Json {
  return { $ref: `#/components/headers/${name}` }
}

function body(kind: KindName): Json {
  return { required: true, content: { [JSON_TYPE]: { schema: ref(`${kind}Input`) } } }
}

function resource(kind: KindName, description: string): Json {
  return { description, content: { [JSON_TYPE]: { schema: ref(kind) } } }
}

function responses(): Json {
  const titles = new Map<number, string[]>()
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    titles.set(status, [...(titles.get(status) ?? []), `${title} (\`${code}\`).`])
  }
  return Object.fromEntries(
    Array.from(titles, ([status, lines]) => [
      `Problem${status}`,
      { description: lines.join('\n'), content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } },
    ]),
  )
}

function schemas(): Json {
  return {
    ...(Object.fromEntries(KIND_ORDER.flatMap(kindSchemas)) as Json),
    ...EXPLAIN_SCHEMAS,
    ...LIVE_SCHEMAS,
    Metadata: METADATA,
    Problem: PROBLEM_SCHEMA,
    Status: SYSTEM_STATUS,
  }
}

function kindSchemas(kind: KindName): [string, Json][] {
  const { spec, path, description } = KINDS[kind]
  const names = Object.fromEntries(path.map((field) => [field, { type: 'string', pattern: NAME_PATTERN }]))
  const status = { ...STATUS[kind], readOnly: true }
  const filled = Object.entries(spec.properties).flatMap(([name, schema]) => ('default' in schema ? [name] : []))
  const shown = {
    type: 'object',
    description,
    required: ['kind', ...path, ...(spec.required ?? []), ...filled, 'status', 'metadata'],
    properties: { kind: { const: kind }, ...names, ...spec.properties, status, metadata: ref('Metadata') },
  }
  const input = {
    type: 'object',
    description: `${description} Names that the URL gives may be left out; \`status\` and \`metadata\` are ignored.`,
    required: spec.required ?? [],
    properties: { kind: { const: kind }, ...names, ...spec.properties, status: {}, metadata: {} },
    additionalProperties: false,
  }
  const list = {
    type: 'object',
    required: ['kind', 'items', 'metadata'],
    properties: {
      kind: { const: `${kind}List` },
      items: { type: 'array', items: ref(kind) },
      metadata: {
        type: 'object',
        required: ['revision'],
        properties: { revision: { type: 'integer' }, continue: { type: 'string' } },
      },
    },
  }
  return [
    [kind, shown],
    [`${kind}Input`, input],
    [`${kind}List`, list],
  ]
}

const ITEM_DETAIL = { type: 'string' }

const PROBLEM_SCHEMA: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', description: 'stable; the same for all problems with this `code`' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    errors: {
      type: 'array',
      description: 'each thing that is wrong: a field (JSON pointer, RFC 6901), a query parameter or a header',
      items: {
        type: 'object',
        required: ['detail'],
        properties: { pointer: ITEM_DETAIL, parameter: ITEM_DETAIL, header: ITEM_DETAIL, detail: ITEM_DETAIL },
      },
    },
  },
}

const integer = { type: 'integer' }
const SYSTEM_STATUS: Json = {
  type: 'object',
  required: ['version', 'ready', 'revision', 'tenants', 'networks', 'hosts', 'pods'],
  properties: {
    version: { type: 'string' },
    ready: { type: 'boolean' },
    revision: { type: 'integer', description: "the store's" },
    tenants: integer,
    networks: integer,
    hosts: { type: 'object', properties: { total: integer, connected: integer, realized: integer } },
    pods: { type: 'object', properties: { total: integer, realized: integer } },
  },
}

function system(summary: string, operationId: string, answers: Json): Json {
  return { get: { tags: ['System'], summary, operationId, responses: { ...answers, ...problems() } } }
}

const SYSTEM_PATHS = {
  [`${API_PREFIX}/status`]: system('How the controller is', 'status', ok('Counts.', JSON_TYPE, ref('Status'))),
  '/healthz': system('The process is up', 'health', ok('It is.', JSON_TYPE, { type: 'object' })),
  '/readyz': system("The store's contents are compiled and the listeners are open", 'ready', {
    ...ok('They are.', JSON_TYPE, { type: 'object' }),
    ...problems('UNAVAILABLE'),
  }),
  '/metrics': system('Measurements for Prometheus', 'metrics', ok('They are.', 'text/plain', { type: 'string' })),
  '/openapi.json': system('This document', 'openapi', ok('It is.', JSON_TYPE, { type: 'object' })),
} as Readonly<Record<string, Readonly<Record<string, Json>>>>
