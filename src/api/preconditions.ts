import { HeddleError } from '../model/errors.js'
import { ApiError } from './problem.js'

/** Conditional requests (RFC 9110, 13). An entity tag is the revision that wrote the resource, in quotes. */

export function etagOf(revision: number): string {
  return `"${revision}"`
}

interface Tags {
  readonly any: boolean
  /** Opaque parts of strong tags, of weak ones. */
  readonly strong: readonly string[]
  readonly weak: readonly string[]
}

interface Headers {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}

const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/

function parseTags(header: string, text: string): Tags {
  if (text.trim() === '*') return { any: true, strong: [], weak: [] }
  const strong: string[] = []
  const weak: string[] = []
  for (const part of text.split(',')) {
    const [, isWeak, opaque] = TAG.exec(part.trim()) ?? []
    if (opaque === undefined) {
      const detail = 'must be * or a list of entity tags in quotes, like "42"'
      throw new ApiError('INVALID', `header ${header}: ${detail}`, [{ header, detail }])
    }
    ;(isWeak === undefined ? strong : weak).push(opaque)
  }
  return { any: false, strong, weak }
}

/** GET: true when the client has this revision already (304). `If-None-Match` compares weakly. */
export function isNotModified(headers: Headers, revision: number): boolean {
  const text = headers['if-none-match']
  if (text === undefined) return false
  const { any, strong, weak } = parseTags('If-None-Match', text)
  return any || strong.includes(String(revision)) || weak.includes(String(revision))
}

/**
 * Writes: the revision that the resource must have, 0 for "must not exist", undefined for no condition. `current` is
 * its revision now, which the command compares again inside its transaction. Throws PRECONDITION_FAILED, INVALID.
 */
export function wantedRevision(headers: Headers, current: number | undefined): number | undefined {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) {
    if (match !== undefined || !parseTags('If-None-Match', noneMatch).any) {
      const detail = 'may only be *, and only without If-Match, in a request that writes'
      throw new ApiError('INVALID', `header If-None-Match: ${detail}`, [{ header: 'If-None-Match', detail }])
    }
    return 0
  }
  if (match === undefined) return undefined
  const { any, strong } = parseTags('If-Match', match)
  if (current !== undefined && (any || strong.includes(String(current)))) return current
  const is = current === undefined ? 'The resource does not exist' : `The resource is at revision ${current}`
  throw new HeddleError('PRECONDITION_FAILED', `${is}; If-Match asks for ${match}`)
}
