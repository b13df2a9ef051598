import { STATUS_CODES } from 'node:http'
import { HeddleError, type HeddleErrorCode, type Issue } from '../model/errors.js'

/** Refusals as RFC 9457 problem documents: the only form in which this API says no. */

/** What an item of `errors` is about: a field of the body (JSON pointer), a query parameter or a header. */
export type ProblemItem =
  | Issue
  | { readonly parameter: string; readonly detail: string }
  | { readonly header: string; readonly detail: string }

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  readonly code: string
  readonly errors?: readonly ProblemItem[]
}

export const PROBLEM_TYPE = 'application/problem+json'

/** Every code that `code` may have: HTTP status, and the title that goes with it. */
export const PROBLEMS = {
  INVALID: { status: 400, title: 'The request has fields that are wrong' },
  MALFORMED: { status: 400, title: 'The request cannot be read' },
  NOT_FOUND: { status: 404, title: 'There is no such resource' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The resource does not have this method' },
  NOT_ACCEPTABLE: { status: 406, title: 'The resource has no such representation' },
  ALREADY_EXISTS: { status: 409, title: 'The resource exists already' },
  CONFLICT: { status: 409, title: 'The request contradicts another resource' },
  IN_USE: { status: 409, title: 'Other resources need this one' },
  EXHAUSTED: { status: 409, title: 'Nothing is left to allocate' },
  COMPACTED: { status: 410, title: 'The revision is older than what is kept' },
  PRECONDITION_FAILED: { status: 412, title: 'The resource is not at the revision that the request asks for' },
  TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The URL has a part that is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Bodies are application/json' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The header fields are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong inside' },
  UNAVAILABLE: { status: 503, title: 'Not possible at the moment' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }> &
  Record<HeddleErrorCode, unknown>

export type ProblemCode = keyof typeof PROBLEMS

/** A refusal that the API itself makes, before any command runs. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ProblemCode
  readonly items: readonly ProblemItem[]

  constructor(code: ProblemCode, message: string, items: readonly ProblemItem[] = []) {
    super(message)
    this.code = code
    this.items = items
  }
}

export function problem(code: ProblemCode, detail?: string, errors: readonly ProblemItem[] = []): Problem {
  const { status, title } = PROBLEMS[code]
  return {
    type: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    ...(detail !== undefined && { detail }),
    ...(errors.length > 0 && { errors }),
  }
}

/** Any error as a problem document; what is not a refusal becomes a 500 that gives nothing away. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return problem(error.code, error.message, error.items)
  if (error instanceof HeddleError) {
    return error.code === 'INTERNAL' ? problem('INTERNAL') : problem(error.code, error.message, error.issues)
  }
  return fromFramework(error) ?? problem('INTERNAL')
}

const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

const FRAMEWORK_STATUSES = ['MALFORMED', 'NOT_FOUND', 'NOT_ACCEPTABLE', 'URI_TOO_LONG', 'TOO_MANY_REQUESTS'] as const

/** Errors that fastify and its plugins throw carry a status and, for most, a code. */
function fromFramework(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  const { statusCode, code } = error as Error & { readonly statusCode?: unknown; readonly code?: unknown }
  const known = typeof code === 'string' ? FRAMEWORK_CODES[code] : undefined
  if (known !== undefined) return problem(known, error.message)
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  const sameStatus = FRAMEWORK_STATUSES.find((candidate) => PROBLEMS[candidate].status === statusCode)
  if (sameStatus !== undefined) return problem(sameStatus, error.message.slice(0, 256))
  const title = STATUS_CODES[statusCode] ?? 'The request is refused'
  return { ...problem('MALFORMED', error.message), title, status: statusCode }
}
