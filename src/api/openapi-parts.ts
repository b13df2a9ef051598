import { NAME_PATTERN, type PathField } from '../model/kinds.js'
import { PARAMS, type ParamName } from './params.js'
import { type ProblemCode, PROBLEMS } from './problem.js'

/** What parts of the OpenAPI document are made of. */

export type Json = Readonly<Record<string, unknown>>

export const JSON_TYPE = 'application/json'

export function pathParameter(field: PathField): Json {
  return { name: field, in: 'path', required: true, schema: { type: 'string', pattern: NAME_PATTERN } }
}

export function queryParameter(name: ParamName): Json {
  const { schema, description } = PARAMS[name]
  return { name, in: 'query', schema, description }
}

export function headerParameter(name: string, description: string): Json {
  return { name, in: 'header', schema: { type: 'string' }, description }
}

export function ref(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` }
}

/** Several codes may share a status: they share its response, too. */
export function problems(...codes: readonly ProblemCode[]): Json {
  return Object.fromEntries(
    [...codes, 'INTERNAL' as const].map((code) => {
      const { status } = PROBLEMS[code]
      return [status, { $ref: `#/components/responses/Problem${status}` }]
    }),
  )
}

export const ok = (description: string, type: string, schema: Json): Json => ({
  200: { description, content: { [type]: { schema } } },
})
