import { isDeepStrictEqual } from 'node:util'
import type { Answer, JudgedVector } from './vector.js'

const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

function sameOutput(output: unknown, expected: unknown): boolean {
  if (typeof output === 'string' && typeof expected === 'string') return withEnd(output) === withEnd(expected)
  return isDeepStrictEqual(output, expected)
}

/** OVSDB's errors only have to contain what is expected; the tools' are the same to the byte. */
const sameError = (kind: string, error: string, expected: string): boolean =>
  kind.startsWith('ovsdb-') ? error.includes(expected) : error.trimEnd() === expected.trimEnd()

/** Whether an answer is what the real tool says. */
export function isRight(vector: JudgedVector, answer: Answer): boolean {
  if (vector.error === undefined) return answer.error === undefined && sameOutput(answer.output, vector.expect)
  return answer.error !== undefined && sameError(vector.kind, answer.error, vector.error)
}
