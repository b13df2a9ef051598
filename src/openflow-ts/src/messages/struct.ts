import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import {
  checkU64,
  checkUint,
  type HiddenLayout,
  type Layout,
  type LayoutValue,
  type MessageLayout,
  type OptionalLayout,
  type Scope,
  type UintBits,
} from './layout.js'

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
  /** Of a plain unsigned integer, its bits: reader and writer are called for it without its layout. */
  readonly uint: UintBits | undefined
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

function patchLength(w: Writer, start: number, at: number): void {
  const length = w.length - start
  if (length > 0xffff) throw new EncodeError(`${length} bytes do not fit in a length of 16 bits`)
  w.patch16(at, length)
}

/** Says in which field it was that something could not be written. */
function inField(name: string, error: unknown): unknown {
  return error instanceof EncodeError ? new EncodeError(name === '' ? error.message : `${name}: ${error.message}`) : error
}

function missing(): never {
  throw new EncodeError('missing')
}

/** What the generated functions call. */
const runtime = { bounded, expectEnd, patchLength, inField, missing, checkUint, checkU64 }

function entriesOf(shape: Shape): Entry[] {
  return Object.entries(shape).map(([name, layout]) => ({
    name,
    layout,
    hidden: 'hidden' in layout,
    fallback: 'fallback' in layout ? layout.fallback : undefined,
    uint: layout.uint,
  }))
}

interface Functions {
  write(w: Writer, value: unknown, scope: Scope): void
  read(r: Reader, scope: Scope): unknown
  readMessage(r: Reader, scope: Scope, type: string): unknown
}

const property = (name: string): string => JSON.stringify(name)

const checkOf = (bits: UintBits): string =>
  bits === 64 ? 'runtime.checkU64(value)' : `runtime.checkUint(value, ${2 ** bits - 1})`

function writeStatements(entries: readonly Entry[]): string[] {
  return entries.map(({ name, layout, hidden, fallback, uint }, i) => {
    if (layout === length16) return `patch = w.length; w.u16(0)`
    if (hidden) return `layout${i}.write(w, undefined, scope)`
    const absent = fallback === undefined ? 'runtime.missing()' : `fallback${i}`
    const take = `field = ${property(name)}; value = struct[${property(name)}]; if (value === undefined) value = ${absent}`
    const write = uint === undefined ? `layout${i}.write(w, value, scope)` : `${checkOf(uint)}; w.u${uint}(value)`
    return `${take}; ${write}`
  })
}

function readStatements(entries: readonly Entry[]): string[] {
  return entries.map(({ layout, hidden, uint }, i) => {
    if (layout === length16) return 'from = runtime.bounded(r, start)'
    const read = uint === undefined ? `layout${i}.read(from, scope)` : `from.u${uint}()`
    return hidden ? read : `const value${i} = ${read}`
  })
}

/**
 * The functions of one struct, as straight lines of code: one call a field, an object of fixed shape. A loop over the
 * entries takes more than twice the time. All that goes into the code are our own field names.
 */
function generate(entries: readonly Entry[]): Functions {
  const bounds = entries.some(({ layout }) => layout === length16)
  const reads = readStatements(entries).join('\n')
  const fields = entries.map(({ name, hidden }, i) => (hidden ? '' : `${property(name)}: value${i},`)).join(' ')
  const end = bounds ? 'runtime.expectEnd(from)' : ''
  const code = `
    const { ${entries.map((_, i) => `${i}: layout${i}`).join(', ')} } = layouts
    const { ${entries.map((_, i) => `${i}: fallback${i}`).join(', ')} } = fallbacks
    return {
      write(w, struct, scope) {
        const start = w.length
        let patch = -1, field = '', value
        try {
          ${writeStatements(entries).join('\n')}
          ${bounds ? `field = ''; runtime.patchLength(w, start, patch)` : ''}
        } catch (error) {
          throw runtime.inField(field, error)
        }
      },
      read(r, scope) {
        const start = r.offset
        let from = r
        ${reads}
        ${end}
        return { ${fields} }
      },
      readMessage(r, scope, type) {
        const start = r.offset
        let from = r
        ${reads}
        ${end}
        return { type, version: scope.version, xid: scope.xid, ${fields} }
      },
    }`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- see above
  const make = new Function('runtime', 'layouts', 'fallbacks', code) as (
    ...args: [typeof runtime, readonly Layout<unknown>[], readonly unknown[]]
  ) => Functions
  return make(runtime, entries.map(({ layout }) => layout), entries.map(({ fallback }) => fallback))
}

/**
 * Fields one after the other. Where one of them is `length16`, the struct ends where that says, and bytes that no
 * field takes are an error.
 */
export function struct<S extends Shape>(shape: S): MessageLayout<StructValue<S>> {
  const entries = entriesOf(shape)
  let functions: Functions | undefined
  const made = (): Functions => (functions ??= generate(entries))
  return {
    write: (w, value, scope) => { made().write(w, value, scope) },
    read: (r, scope) => made().read(r, scope) as StructValue<S>,
    readMessage: (r, scope, type) => made().readMessage(r, scope, type) as StructValue<S>,
  }
}

/**
 * A struct whose length (16 bits, `at` bytes from its beginning) is checked before any of its fields, as OVS does:
 * `least` bytes must be there, and as many as it says.
 */
export const sized = <T>(least: number, at: number, layout: Layout<T>): Layout<T> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read(r, scope) {
    const { offset, remaining } = r
    const length = remaining < least ? 0 : r.peek(least).readUInt16BE(at)
    if (length < least || length > remaining) {
      throw new DecodeError(`length ${length}, ${remaining} bytes left`, { offset, reply: 'OFPBRC_BAD_LEN' })
    }
    return layout.read(r, scope)
  },
})
