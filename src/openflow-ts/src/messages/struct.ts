import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import type { HiddenLayout, Layout, LayoutValue, OptionalLayout, Scope } from './layout.js'

/** A struct's fields in the order of the wire. Names of fields without a value begin with `_`. */
export type Shape = Readonly<Record<string, Layout<unknown>>>

type OptionalKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends HiddenLayout ? never : S[K] extends OptionalLayout<unknown> ? K : never
}[keyof S]
type RequiredKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends HiddenLayout | OptionalLayout<unknown> ? never : K
}[keyof S]

/** The value of a struct: an object with its fields. */
export type StructValue<S extends Shape> = { readonly [K in RequiredKeys<S>]: LayoutValue<S[K]> } & {
  readonly [K in OptionalKeys<S>]?: LayoutValue<S[K]>
}

interface Entry {
  readonly name: string
  readonly layout: Layout<unknown>
  readonly hidden: boolean
  readonly fallback: unknown
}

/** Stands where the length of the whole struct does (16 bits, in bytes). */
export const length16: HiddenLayout = {
  hidden: true,
  write(w) {
    w.u16(0)
  },
  read(r) {
    r.skip(2)
    return undefined
  },
}

function entriesOf(shape: Shape): Entry[] {
  return Object.entries(shape).map(([name, layout]) => ({
    name,
    layout,
    hidden: 'hidden' in layout,
    fallback: 'fallback' in layout ? layout.fallback : undefined,
  }))
}

function writeEntry(w: Writer, entry: Entry, value: Readonly<Record<string, unknown>>, scope: Scope): void {
  if (entry.hidden) {
    entry.layout.write(w, undefined, scope)
    return
  }
  const given = value[entry.name] ?? entry.fallback
  if (given === undefined) throw new EncodeError(`${entry.name}: missing`)
  try {
    entry.layout.write(w, given, scope)
  } catch (error) {
    throw error instanceof EncodeError ? new EncodeError(`${entry.name}: ${error.message}`) : error
  }
}

/**
 * Fields one after the other. Where one of them is `length16`, the struct ends where that says, and bytes that no
 * field takes are an error.
 */
export function struct<S extends Shape>(shape: S): Layout<StructValue<S>> {
  const entries = entriesOf(shape)
  return {
    write(w, value, scope) {
      const start = w.length
      let patch = -1
      for (const entry of entries) {
        if (entry.layout === length16) patch = w.length
        writeEntry(w, entry, value, scope)
      }
      if (patch < 0) return
      const length = w.length - start
      if (length > 0xffff) throw new EncodeError(`${length} bytes do not fit in a length of 16 bits`)
      w.patch16(patch, length)
    },
    read(r, scope) {
      const start = r.offset
      const value: Record<string, unknown> = {}
      let from = r
      for (const entry of entries) {
        if (entry.layout === length16) from = bounded(r, start)
        else if (entry.hidden) entry.layout.read(from, scope)
        else value[entry.name] = entry.layout.read(from, scope)
      }
      if (from !== r) expectEnd(from)
      return value as StructValue<S>
    },
  }
}

/** Reads the length of the struct that began at `start`; returns a reader of what is left of it. */
function bounded(r: Reader, start: number): Reader {
  const length = r.u16()
  const left = length - (r.offset - start)
  if (left < 0) throw new DecodeError(`length ${length} is too short`, { offset: start, reply: 'OFPBRC_BAD_LEN' })
  return r.slice(left)
}

/** @throws DecodeError when there are bytes left */
export function expectEnd(r: Reader): void {
  if (r.remaining > 0) {
    throw new DecodeError(`${r.remaining} bytes too many`, { offset: r.offset, reply: 'OFPBRC_BAD_LEN' })
  }
}
