import type { FastifyReply, FastifyRequest } from 'fastify'
import { HeddleError, invalid } from '../model/errors.js'
import { describeRef, type KindName, KINDS, type PathField, type Ref } from '../model/kinds.js'
import { parseDocument } from '../model/document.js'
import { validateName, validateRef } from '../model/validate.js'
import type { Resources, Stored, Written } from '../intent/resources.js'
import type { ApiContext } from './context.js'
import { listPage, listParams, type Selection } from './collection.js'
import { DEFAULT_WAIT_MS, type Query, readQuery, WRITE_PARAMS } from './params.js'
import { etagOf, isNotModified, wantedRevision } from './preconditions.js'
import { planOf } from './plan.js'
import { ApiError } from './problem.js'
import type { Representation } from './represent.js'
import { type Operation, type ResourceRoute, resourceUrl } from './routes.js'
import { openWatch } from './watch.js'

/** A request for one of the resource routes, and where its answer goes. */
export interface Exchange {
  readonly route: ResourceRoute
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type Handler = (context: ApiContext, exchange: Exchange) => Promise<unknown>

export const HANDLERS: Readonly<Record<Operation, Handler>> = { list, create, read, replace, delete: remove }

function list(context: ApiContext, { route, request, reply }: Exchange): Promise<unknown> {
  const { kind, given } = route
  const query = readQuery(request.query, listParams(kind, given))
  const selection: Selection = { kind, scope: scopeOf(given, request), query }
  requireScope(context.resources, selection.scope)
  if (query.watch === true && request.method !== 'HEAD') return openWatch(context, selection, request, reply)
  const { resources, status, store, representer } = context
  const { revision } = store
  const { items, next } = listPage(resources, status, selection)
  return Promise.resolve({
    kind: `${kind}List`,
    items: items.map((stored) => representer.represent(stored)),
    metadata: { revision, ...(next !== undefined && { continue: Buffer.from(next).toString('base64url') }) },
  })
}

function read(context: ApiContext, { route, request, reply }: Exchange): Promise<unknown> {
  const { kind } = route
  readQuery(request.query, [])
  const ref = refOf(kind, request)
  const stored = context.resources.get(kind, ref)
  if (stored === undefined) throw new HeddleError('NOT_FOUND', `${describeRef(kind, ref)} does not exist`)
  void reply.header('etag', etagOf(stored.revision))
  if (isNotModified(request.headers, stored.revision)) return Promise.resolve(reply.code(304).send())
  return Promise.resolve(context.representer.represent(stored))
}

async function create(context: ApiContext, { route, request, reply }: Exchange): Promise<unknown> {
  const { kind, given } = route
  const query = readQuery(request.query, WRITE_PARAMS)
  const { ref, spec } = parseDocument(kind, scopeOf(given, request), request.body)
  if (query.dryRun !== undefined) return planOf(context, [{ op: 'create', kind, ref, spec }])
  const written = await context.resources.create(kind, ref, spec)
  return answerWrite(context, written, 'created', query, reply)
}

async function replace(context: ApiContext, { route, request, reply }: Exchange): Promise<unknown> {
  const { kind } = route
  const query = readQuery(request.query, WRITE_PARAMS)
  const { ref, spec } = parseDocument(kind, refOf(kind, request), request.body)
  const before = context.resources.get(kind, ref)
  const ifRevision = wantedRevision(request.headers, before?.revision)
  if (query.dryRun !== undefined) {
    return planOf(context, [{ op: 'put', kind, ref, spec, ...(ifRevision !== undefined && { ifRevision }) }])
  }
  const written = await context.resources.put(kind, ref, spec, ifRevision === undefined ? {} : { ifRevision })
  const unchanged = !written.created && written.stored.revision === before?.revision
  return answerWrite(context, written, written.created ? 'created' : unchanged ? 'unchanged' : 'changed', query, reply)
}

async function remove(context: ApiContext, { route, request, reply }: Exchange): Promise<unknown> {
  const { kind } = route
  const query = readQuery(request.query, WRITE_PARAMS)
  const ref = refOf(kind, request)
  const ifRevision = wantedRevision(request.headers, context.resources.get(kind, ref)?.revision)
  if (query.dryRun !== undefined) {
    return planOf(context, [{ op: 'delete', kind, ref, ...(ifRevision !== undefined && { ifRevision }) }])
  }
  const { commit } = await context.resources.delete(kind, ref, ifRevision === undefined ? {} : { ifRevision })
  await waitIfAsked(context, query, commit, undefined, reply)
  return reply.code(204).send()
}

async function answerWrite(
  context: ApiContext,
  { stored, created, commit }: Written,
  result: 'created' | 'changed' | 'unchanged',
  query: Query,
  reply: FastifyReply,
): Promise<Representation> {
  const { kind, ref } = stored
  const written = context.representer.represent(stored)
  await waitIfAsked(context, query, commit, kind === 'Pod' ? ref : undefined, reply)
  const shown = query.wait === undefined ? written : showAgain(context, stored, written)
  void reply.header('etag', etagOf(shown.metadata.revision)).header('heddle-result', result)
  if (created) void reply.code(201).header('location', resourceUrl(kind, ref))
  return shown
}

/** After a wait: with the status of now, unless others have deleted the resource meanwhile. */
function showAgain({ resources, representer }: ApiContext, stored: Stored, before: Representation): Representation {
  const now = resources.get(stored.kind, stored.ref)
  return now?.record.uid === stored.record.uid ? representer.represent(now) : before
}

/** The change is durable already: a wait that takes too long says so in a header and changes nothing else. */
async function waitIfAsked(
  { status, closing }: ApiContext,
  { wait, timeout = DEFAULT_WAIT_MS }: Query,
  commit: number,
  pod: Ref | undefined,
  reply: FastifyReply,
): Promise<void> {
  if (wait === undefined) return
  const gone = new AbortController()
  const onClose = (): void => {
    gone.abort()
  }
  reply.raw.once('close', onClose)
  const signal = AbortSignal.any([AbortSignal.timeout(timeout), closing, gone.signal])
  try {
    await status.waitRealized(commit, pod, signal)
    void reply.header('heddle-wait', 'realized')
  } catch (error) {
    if (!signal.aborted) throw error
    void reply.header('heddle-wait', 'timeout')
  } finally {
    reply.raw.off('close', onClose)
  }
}

function namesOf(given: readonly PathField[], request: FastifyRequest): Partial<Record<PathField, string>> {
  const params = request.params as Readonly<Record<string, string>>
  return Object.fromEntries(given.map((field) => [field, params[field]]))
}

function refOf(kind: KindName, request: FastifyRequest): Ref {
  const ref = namesOf(KINDS[kind].path, request) as unknown as Ref
  validateRef(kind, ref)
  return ref
}

function scopeOf(given: readonly PathField[], request: FastifyRequest): Partial<Ref> {
  const scope = namesOf(given, request)
  const issues = given.flatMap((field) => {
    const detail = validateName(scope[field])
    return detail === undefined ? [] : [{ pointer: `/${field}`, detail }]
  })
  if (issues.length > 0) throw invalid(issues)
  return scope
}

/** An empty list and a parent that is not there are different answers. */
function requireScope(resources: Resources, { tenant, network }: Partial<Ref>): void {
  if (tenant === undefined) return
  const parent = network === undefined ? 'Tenant' : 'Network'
  const ref: Ref = network === undefined ? { name: tenant } : { tenant, name: network }
  if (resources.get(parent, ref) !== undefined) return
  throw new ApiError('NOT_FOUND', `${describeRef(parent, ref)} does not exist`)
}
