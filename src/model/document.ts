import { invalid, type Issue } from './errors.js'
import { type KindName, KINDS, type PathField, type Ref } from './kinds.js'
import { join } from './schema-issues.js'
import { refIssues, specIssues } from './validate.js'

/**
 * A resource as it travels, flat: `kind`, its names, its spec's fields, and read-only `status` and `metadata`, which
 * are ignored on the way in, so that what was read can be edited and sent back.
 */
export interface Document {
  readonly ref: Ref
  /** Unchecked. */
  readonly spec: Readonly<Record<string, unknown>>
}

/**
 * Takes a body apart. Names that the URL gives (`known`) may be left out, but not contradicted. Throws INVALID with all
 * issues of names and spec when the names are wrong; a spec that alone is wrong is left to whoever validates it.
 */
export function parseDocument(kind: KindName, known: Partial<Ref>, body: unknown): Document {
  const { ref, spec, issues } = splitDocument(kind, known, body)
  if (issues.length > 0) throw invalid([...issues, ...(isRecord(body) ? specIssues(kind, spec) : [])])
  return { ref: ref as Ref, spec }
}

export interface SplitDocument {
  readonly ref: Partial<Ref>
  readonly spec: Readonly<Record<string, unknown>>
  /** What is wrong with `kind` and the names. */
  readonly issues: readonly Issue[]
}

export function splitDocument(kind: KindName, known: Partial<Ref>, body: unknown): SplitDocument {
  if (!isRecord(body)) return { ref: known, spec: {}, issues: [{ pointer: '', detail: 'must be an object' }] }
  const path: readonly PathField[] = KINDS[kind].path
  const issues: Issue[] = []
  if (body['kind'] !== undefined && body['kind'] !== kind) {
    issues.push({ pointer: '/kind', detail: `must be ${JSON.stringify(kind)}` })
  }
  const names: Partial<Record<PathField, string>> = {}
  const spec: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(body)) {
    if (isPathField(path, field)) names[field] = value as string
    else if (!ENVELOPE.has(field)) spec[field] = value
  }
  for (const field of path) {
    const fromUrl = known[field]
    if (fromUrl === undefined) continue
    if (names[field] !== undefined && names[field] !== fromUrl) {
      issues.push({ pointer: join('', field), detail: `must be "${fromUrl}", as in the URL, or absent` })
    }
    names[field] = fromUrl
  }
  issues.push(...refIssues(kind, names))
  return { ref: names, spec, issues }
}

const ENVELOPE: ReadonlySet<string> = new Set(['kind', 'status', 'metadata'])

function isPathField(path: readonly PathField[], field: string): field is PathField {
  return (path as readonly string[]).includes(field)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
