import { Settings } from 'typebox/system'
import Value from 'typebox/value'
import type { TSchema } from 'typebox'
import type { Issue } from './errors.js'
import { type KindName, KINDS, NAME_PATTERN } from './kinds.js'
import { LABEL_KEY, LABEL_VALUE, PORT_NAME } from './policy.js'

/** What the kinds' schemas say is wrong with a value, in words for the person who wrote it. */

// TypeBox stops at eight by default, and one unknown field already costs two.
Settings.Set({ maxErrors: 512 })

type SchemaError = ReturnType<typeof Value.Errors>[number]

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

export const NAME_RULE = 'lower-case letters, digits and "-", at most 63, beginning and ending with a letter or digit'
const LABEL_RULE = 'letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit'

const LABEL_KEY_RULE = `an optional DNS prefix and "/", then ${LABEL_RULE}`

/** Patterns in words; a pattern that is not here is shown as it is. */
const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [NAME_PATTERN]: `a name: ${NAME_RULE}`,
  [LABEL_KEY]: `a label key: ${LABEL_KEY_RULE}`,
  [LABEL_VALUE]: `empty or ${LABEL_RULE}`,
  [PORT_NAME]: 'a name: at most 15 lower-case letters, digits and "-", with a letter, not beginning or ending with "-"',
}

/** The same for patterns of one field, by where the schema has them. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  'Host#/properties/ovsdb': 'tcp:HOST:PORT or unix:/PATH',
  'Pod#/properties/interface':
    'a device name: letters, digits, "-", "_" and ".", at most 15, not beginning with "-" or "."',
}

/** Every way in which `value` breaks the schema of `kind`; empty when it is right. */
export function schemaIssues(kind: KindName, value: unknown): Issue[] {
  const schema = KINDS[kind].spec
  if (Value.Check(schema, value)) return []
  const errors = Value.Errors(schema, value)
  const choices = choicesByPointer(errors)
  // What each alternative of a union says by itself says less than all of them together.
  const unions = new Set(errors.flatMap((error) => (error.keyword === 'anyOf' ? [error.instancePath] : [])))
  // Patterns in words say how long a text may be, too.
  const patterns = new Set(errors.flatMap((error) => (error.keyword === 'pattern' ? [error.instancePath] : [])))
  const issues = new Map<string, Issue>()
  for (const error of errors) {
    if (error.keyword === 'maxLength' && patterns.has(error.instancePath)) continue
    if (error.keyword !== 'anyOf' && error.keyword !== 'const' && unions.has(error.instancePath)) continue
    for (const issue of explain(kind, error, choices)) {
      const key = `${issue.pointer} ${issue.detail}`
      if (!issues.has(key)) issues.set(key, issue)
    }
  }
  return [...issues.values()]
}

/** A union of literals is reported once a literal: the literals of each field, to be named together. */
function choicesByPointer(errors: readonly SchemaError[]): Map<string, string[]> {
  const choices = new Map<string, string[]>()
  for (const error of errors) {
    if (error.keyword !== 'const') continue
    const list = choices.get(error.instancePath) ?? []
    list.push(JSON.stringify(error.params.allowedValue))
    choices.set(error.instancePath, list)
  }
  return choices
}

function explain(kind: KindName, error: SchemaError, choices: ReadonlyMap<string, string[]>): Issue[] {
  const pointer = error.instancePath
  switch (error.keyword) {
    case 'type':
      return [{ pointer, detail: `must be ${typeWords(error.params.type)}` }]
    case 'required':
      return error.params.requiredProperties.map((name) => ({ pointer: join(pointer, name), detail: 'is required' }))
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        pointer: join(pointer, name),
        detail: unknownField(kind, error.schemaPath),
      }))
    // The same field again, as `additionalProperties: false` sees it.
    case 'boolean':
      return []
    case 'const':
      return [{ pointer, detail: `must be ${(choices.get(pointer) ?? []).join(' or ')}` }]
    case 'anyOf':
      return choices.has(pointer) ? [] : [{ pointer, detail: alternatives(kind, error.schemaPath) }]
    case 'pattern':
      return [{ pointer, detail: patternDetail(kind, error.schemaPath, String(error.params.pattern)) }]
    case 'minimum':
      return [{ pointer, detail: `must be at least ${error.params.limit}` }]
    case 'maximum':
      return [{ pointer, detail: `must be at most ${error.params.limit}` }]
    case 'minLength':
      return [{ pointer, detail: `must have at least ${error.params.limit} characters` }]
    case 'maxLength':
      return [{ pointer, detail: `must have at most ${error.params.limit} characters` }]
    case 'minItems':
      return [{ pointer, detail: `must have at least ${error.params.limit} entries` }]
    case 'maxItems':
    case 'maxProperties':
      return [{ pointer, detail: `must have at most ${error.params.limit} entries` }]
    default:
      return [{ pointer, detail: error.message }]
  }
}

function typeWords(type: string | readonly string[]): string {
  return [type].flat().map((name) => TYPE_WORDS[name] ?? name).join(' or ')
}

/** Parts of JSON schema that the words below are made from. */
interface SchemaPart {
  readonly type?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly patternProperties?: unknown
  readonly anyOf?: readonly SchemaPart[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

/** The part of a kind's schema at a path like `#/properties/labels`. */
function schemaAt(kind: KindName, schemaPath: string): SchemaPart {
  let part: unknown = KINDS[kind].spec
  for (const step of schemaPath.split('/').slice(1)) part = (part as Record<string, unknown> | undefined)?.[step]
  return (part ?? {})
}

function unknownField(kind: KindName, schemaPath: string): string {
  const { patternProperties, properties = {} } = schemaAt(kind, schemaPath)
  if (patternProperties !== undefined) return `is not a label key: ${LABEL_KEY_RULE}`
  const fields = Object.keys(properties).join(', ')
  return schemaPath === '#' ? `is not a field of ${kind}, which has ${fields}` : `is not a field here; there are ${fields}`
}

/** Of a union that is not of literals. */
function alternatives(kind: KindName, schemaPath: string): string {
  const { anyOf = [] } = schemaAt(kind, schemaPath)
  return `must be ${anyOf.map(({ type = '', minimum, maximum, pattern }) => {
    if (pattern !== undefined) return PATTERN_WORDS[pattern] ?? `a text that matches ${pattern}`
    const range = minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`
    return `${typeWords(type)}${range}`
  }).join(', or ')}`
}

function patternDetail(kind: KindName, schemaPath: string, pattern: string): string {
  const words = FIELD_WORDS[`${kind}${schemaPath}`] ?? PATTERN_WORDS[pattern]
  return words === undefined ? `must match ${pattern}` : `must be ${words}`
}

/** One more step of a JSON pointer (RFC 6901). */
export function join(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
