import { CATALOG, KIND_ORDER, type KindName, type Ref } from '../../src/model/catalog.js'
import { UsageError } from './io.js'

/** Options that say where a resource is. */
export interface Scope {
  readonly tenant?: string
  readonly network?: string
}

/** A kind by its singular, plural or short name, in any case. */
export function kindOf(text: string): KindName {
  const wanted = text.toLowerCase()
  const found = KIND_ORDER.find((kind) => {
    const { plural, short } = CATALOG[kind]
    return [kind.toLowerCase(), plural, short].includes(wanted)
  })
  if (found !== undefined) return found
  const known = KIND_ORDER.map((kind) => `${CATALOG[kind].plural} (${CATALOG[kind].short})`)
  throw new UsageError(`there is no kind "${text}", but ${known.join(', ')}`)
}

/** `web/a` with `-t red`, or `red/web/a`: the last names may all be given with the name itself. */
export function refOf(kind: KindName, name: string, scope: Scope): Ref {
  const path = CATALOG[kind].path
  const parts = name.split('/')
  if (parts.length > path.length || parts.includes('')) {
    throw new UsageError(`"${name}" is not the name of a ${kind.toLowerCase()}: ${path.join('/').toUpperCase()}`)
  }
  const given = Object.fromEntries(path.slice(-parts.length).map((field, i) => [field, parts[i]]))
  const ref = { ...scope, ...given } as Ref
  for (const field of path) {
    if (ref[field] === undefined) throw new UsageError(`which ${field}? --${field}, or ${path.join('/').toUpperCase()}`)
  }
  return Object.fromEntries(path.map((field) => [field, ref[field]])) as unknown as Ref
}
