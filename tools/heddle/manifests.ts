import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml'
import { splitDocument } from '../../src/model/document.js'
import { describeRef, KIND_ORDER, type KindName, KINDS, type Ref, resourceKey } from '../../src/model/kinds.js'
import { specIssues } from '../../src/model/validate.js'
import type { Io } from './io.js'

/** A resource that a file describes, checked as far as that is possible without the controller. */
export interface Manifest {
  readonly kind: KindName
  readonly ref: Ref
  readonly spec: Readonly<Record<string, unknown>>
  /** `pods.yaml:12` */
  readonly at: string
}

export interface Manifests {
  readonly manifests: readonly Manifest[]
  /** What is wrong, each line with file and line. */
  readonly errors: readonly string[]
}

/** Reads files, directories (their .yaml, .yml and .json files) and `-`, in the order given. */
export async function readManifests(paths: readonly string[], io: Io): Promise<Manifests> {
  const reader = new ManifestReader()
  for (const path of paths) {
    if (path === '-') reader.read('stdin', await io.stdin())
    else {
      for (const file of await filesOf(path, reader.errors)) await readOne(file, reader)
    }
  }
  return reader
}

async function filesOf(path: string, errors: string[]): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort()
    if (names.length === 0) errors.push(`${path}: the directory has no .yaml, .yml or .json file`)
    return names.map((name) => join(path, name))
  } catch (error) {
    errors.push(unreadable(path, error))
    return []
  }
}

async function readOne(file: string, reader: ManifestReader): Promise<void> {
  try {
    reader.read(file, await readFile(file, 'utf8'))
  } catch (error) {
    reader.errors.push(unreadable(file, error))
  }
}

function unreadable(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return `${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`
}

class ManifestReader implements Manifests {
  readonly manifests: Manifest[] = []
  readonly errors: string[] = []
  readonly #seen = new Map<string, string>()

  read(file: string, text: string): void {
    const lineCounter = new LineCounter()
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false })
    const at = (offset: number | undefined): string => `${file}:${lineCounter.linePos(offset ?? 0).line}`
    // JSON is YAML, too; an empty file has no documents at all.
    for (const document of Array.isArray(documents) ? documents : []) {
      for (const { message, pos } of document.errors) this.errors.push(`${at(pos[0])}: ${message}`)
      if (document.errors.length > 0 || document.contents === null) continue
      for (const node of resourceNodes(document.contents)) this.#add(node, document, at)
    }
  }

  #add(node: Node, document: Document, at: (offset: number | undefined) => string): void {
    const here = at(node.range?.[0])
    if (!isMap(node)) {
      this.errors.push(`${here}: a resource must be a map`)
      return
    }
    const body = plainCopy(node, document, (message) => this.errors.push(`${here}: ${message}`))
    if (body === undefined) return
    const kind = KIND_ORDER.find((known) => known === body['kind'])
    if (kind === undefined) {
      const problem = body['kind'] === undefined ? 'is required' : `${JSON.stringify(body['kind'])} is unknown`
      this.errors.push(`${at(offsetOf(node, '/kind'))}: kind ${problem}: ${KIND_ORDER.join(', ')}`)
      return
    }
    const { ref, spec, issues } = splitDocument(kind, {}, body)
    const all = [...issues, ...specIssues(kind, spec)]
    for (const { pointer, detail } of all) {
      this.errors.push(`${at(offsetOf(node, pointer))}: ${kind} ${pointer}: ${detail}`)
    }
    if (all.length > 0) return
    const whole = Object.fromEntries(KINDS[kind].path.map((field) => [field, ref[field]])) as unknown as Ref
    const key = resourceKey(kind, whole)
    const first = this.#seen.get(key)
    if (first !== undefined) this.errors.push(`${here}: ${describeRef(kind, whole)} is in ${first} already`)
    else this.manifests.push({ kind, ref: whole, spec, at: here })
    this.#seen.set(key, first ?? here)
  }
}

/** A document is a resource, a list of them, or a list resource as `heddle get -o yaml` prints it. */
function* resourceNodes(node: Node): Generator<Node> {
  const list: unknown = isMap(node) ? node.get('items', true) : node
  if (isSeq(list)) yield* list.items.filter(isNode)
  else yield node
}

/** Throws away positions and comments; refuses what JSON cannot say. */
function plainCopy(
  node: YAMLMap,
  document: Document,
  refuse: (message: string) => void,
): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(JSON.stringify(node.toJS(document, { maxAliasCount: 100 }))) as Readonly<Record<string, unknown>>
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

/** Where a JSON pointer leads in the text; the deepest part of it that is there. */
function offsetOf(node: Node, pointer: string): number | undefined {
  let found: Node = node
  let offset = node.range?.[0]
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isMap(found)) {
      const pair = found.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      if (pair === undefined) return offset
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      if (!isNode(pair.value)) return offset
      found = pair.value
    } else if (isSeq(found)) {
      const item = found.items[Number(key)]
      if (!isNode(item)) return offset
      offset = item.range?.[0] ?? offset
      found = item
    } else return offset
  }
  return offset
}
