/** Plain JSON values: a checked and frozen copy, equality. */

import { invalid } from '../model/errors.js'

/** Deeper nesting is refused; it also ends the walk of a cyclic value. */
const MAX_DEPTH = 64

/**
 * A deeply frozen copy of `value`, as JSON would bring it back. Properties that are undefined are left out.
 * Throws HeddleError INVALID, with the pointer of the place, for anything JSON does not carry: functions, bigints,
 * NaN and infinities, undefined in an array, instances of classes, nesting beyond 64 levels.
 */
export function frozenJson(value: unknown, pointer = '', depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw notJson(pointer, `${value} is not a JSON number`)
      return value === 0 ? 0 : value
    case 'object':
      break
    default:
      throw notJson(pointer, `${typeof value} is not a JSON value`)
  }
  if (value === null) return null
  if (depth === MAX_DEPTH) throw notJson(pointer, `nested deeper than ${MAX_DEPTH} levels`)
  // Array.from, not map: map skips holes.
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (item: unknown, i) => frozenJson(item, `${pointer}/${i}`, depth + 1)))
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notJson(pointer, 'not a plain object')
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) setOwn(copy, name, frozenJson(item, `${pointer}/${escapeToken(name)}`, depth + 1))
  }
  return Object.freeze(copy)
}

/** Freezes what JSON.parse gave, in place. */
export function freezeParsed(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) freezeParsed(item)
    Object.freeze(value)
  }
  return value
}

/** Equality of plain JSON values; the order of properties does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]))
    )
  }
  const entries = Object.entries(a)
  const others = new Map<string, unknown>(Object.entries(b))
  return (
    entries.length === others.size &&
    entries.every(([name, item]) => others.has(name) && equalJson(item, others.get(name)))
  )
}

/** Plain assignment to `__proto__` would set the prototype instead of a property. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

/** RFC 6901 section 3. */
function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

function notJson(pointer: string, detail: string) {
  return invalid([{ pointer, detail }])
}
