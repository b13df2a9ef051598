import { canonicalJson, JsonTextError, parseJson, parseJsonStream } from 'ovsdb-client'
import { type Kinds, textInput, type Vector } from '../vector.js'

/** The values of a text in canonical form, a line each, or what is wrong with it. */
function json(vector: Vector): string {
  const text = textInput(vector)
  const values = vector.args?.includes('--multiple') === true ? parseJsonStream(text) : [parseOne(text)]
  const lines = values.map((value) =>
    value instanceof JsonTextError ? `error: ${value.message}` : canonicalJson(value, 'exact'),
  )
  return lines.join('\n')
}

function parseOne(text: string): ReturnType<typeof parseJsonStream>[number] {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonTextError) return error
    throw error
  }
}

export const JSON_KINDS: Kinds = { json: (vector) => ({ output: json(vector) }) }
