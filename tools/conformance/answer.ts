import { KINDS } from './kinds/index.js'
import type { Answer, Vector } from './vector.js'

/** Our answer to a vector. What a kind throws is a fault of ours, and is answered as an error too. */
export async function answer(vector: Vector): Promise<Answer> {
  const kind = KINDS[vector.kind]
  if (kind === undefined) return { output: '', error: `no such kind: ${vector.kind}` }
  try {
    return await kind(vector)
  } catch (error) {
    return { output: '', error: `internal: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` }
  }
}
