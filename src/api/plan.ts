import type { FastifyInstance } from 'fastify'
import { CATALOG, KIND_ORDER, type KindName } from '../model/catalog.js'
import { parseDocument, isRecord } from '../model/document.js'
import { HeddleError, invalid, type Issue } from '../model/errors.js'
import { validateRef } from '../model/validate.js'
import type { Edit } from '../intent/resources.js'
import type { ApiContext } from './context.js'
import { readQuery } from './params.js'
import { API_PREFIX } from './routes.js'

/** What changes would do, without doing them. */

/** The plan of these edits together. */
export async function planOf({ resources, status, closing }: ApiContext, edits: readonly Edit[]): Promise<unknown> {
  const changes = resources.rehearse(edits)
  return { kind: 'Plan', ...(await status.plan(changes, closing)) }
}

/** `POST /v1/plan`: many documents at once, as `heddle apply` would send them one by one. */
export function registerPlan(app: FastifyInstance, context: ApiContext): void {
  app.post(`${API_PREFIX}/plan`, async (request) => {
    readQuery(request.query, [])
    return await planOf(context, readEdits(request.body))
  })
}

function readEdits(body: unknown): Edit[] {
  if (!isRecord(body)) throw invalid([{ pointer: '', detail: 'must be an object' }])
  const unknown = Object.keys(body).filter((name) => name !== 'apply' && name !== 'delete')
  if (unknown.length > 0) throw invalid(unknown.map((name) => ({ pointer: `/${name}`, detail: 'is unknown: there are apply, delete' })))
  const written = readDocuments(body['apply'], '/apply').map((edit): Edit => ({ ...edit, op: 'put' }))
  const deleted = readDocuments(body['delete'], '/delete').map(({ kind, ref }): Edit => ({ kind, ref, op: 'delete' }))
  return [...inOrder(deleted, [...KIND_ORDER].reverse()), ...inOrder(written, KIND_ORDER)]
}

function inOrder(edits: readonly Edit[], order: readonly KindName[]): Edit[] {
  return order.flatMap((kind) => edits.filter((edit) => edit.kind === kind))
}

function readDocuments(list: unknown, pointer: string): Omit<Edit, 'op'>[] {
  if (list === undefined) return []
  if (!Array.isArray(list)) throw invalid([{ pointer, detail: 'must be a list' }])
  return list.map((document: unknown, i) => readDocument(document, `${pointer}/${i}`))
}

function readDocument(document: unknown, pointer: string): Omit<Edit, 'op'> {
  const kind = isRecord(document) ? document['kind'] : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(CATALOG, kind)) {
    throw invalid([{ pointer: `${pointer}/kind`, detail: `must be one of ${KIND_ORDER.join(', ')}` }])
  }
  try {
    const { ref, spec } = parseDocument(kind as KindName, {}, document)
    validateRef(kind as KindName, ref)
    return { kind: kind as KindName, ref, spec }
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    throw invalid(error.issues.map((issue): Issue => ({ ...issue, pointer: pointer + issue.pointer })))
  }
}
