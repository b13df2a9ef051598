/** One thing wrong with a request: which field (JSON pointer, RFC 6901; '' is the whole body) and why. */
export interface Issue {
  readonly pointer: string
  readonly detail: string
}

/** What kind of refusal it is; the API maps each to one HTTP status. */
export type HeddleErrorCode =
  | 'INVALID'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'CONFLICT'
  | 'PRECONDITION_FAILED'
  | 'IN_USE'
  | 'EXHAUSTED'
  | 'COMPACTED'
  | 'UNAVAILABLE'
  | 'INTERNAL'

/** A refusal that changed nothing. */
export class HeddleError extends Error {
  override readonly name = 'HeddleError'
  readonly code: HeddleErrorCode
  readonly issues: readonly Issue[]

  constructor(code: HeddleErrorCode, message: string, issues: readonly Issue[] = []) {
    super(message)
    this.code = code
    this.issues = issues
  }
}

/** A request whose fields are wrong, each named. */
export function invalid(issues: readonly Issue[]): HeddleError {
  const summary = issues.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`)).join('; ')
  return new HeddleError('INVALID', summary, issues)
}
