import type { DecodeOptions } from '../action/codec.js'
import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import type { OfVersion } from '../version.js'

/** A message inside a message (bundles): which ones there are is known to the codec alone. */
export interface Enclosed {
  readonly type: string
  readonly xid?: number
}

/** What a layout may ask about the message around it. */
export interface Scope extends DecodeOptions {
  readonly version: OfVersion
  readonly xid: number
  /** Which of a message's forms it has: `OFPT_FLOW_MOD`, `NXST_FLOW reply`. */
  readonly form: string
  readonly enclosed: {
    write(w: Writer, m: Enclosed, version: OfVersion, xid: number): void
    /** The type of the one message in `b`, whatever its body, or the OFPERR why there is none. */
    typeOf(b: Buffer): string
    read(b: Buffer, options: DecodeOptions): Enclosed
    /** The same, UNKNOWN where the body cannot be decoded. */
    readLoosely(b: Buffer, options: DecodeOptions): Enclosed
  }
}

/** How a value stands in bytes, both ways. All layouts of messages are built of these. */
export interface Layout<T> {
  write(w: Writer, value: T, scope: Scope): void
  read(r: Reader, scope: Scope): T
}

/** A layout that can read its value as a message: with the message's type, version and xid before its fields. */
export interface MessageLayout<T> extends Layout<T> {
  readMessage(r: Reader, scope: Scope, type: string): T
}

/** A field that may be left out of a struct given for encoding; reading always gives it. */
export interface OptionalLayout<T> extends Layout<T> {
  readonly fallback: T
}

/** A field of the wire that has no value: padding, lengths. */
export interface HiddenLayout extends Layout<undefined> {
  readonly hidden: true
}

export type LayoutValue<L> = L extends Layout<infer T> ? T : never

function checkUint(value: number, max: number): void {
  if (!(value >= 0 && value <= max && Number.isInteger(value))) throw new EncodeError(`${value} is not in 0 to ${max}`)
}

export const u8: Layout<number> = {
  write(w, value) {
    checkUint(value, 0xff)
    w.u8(value)
  },
  read: (r) => r.u8(),
}

export const u16: Layout<number> = {
  write(w, value) {
    checkUint(value, 0xffff)
    w.u16(value)
  },
  read: (r) => r.u16(),
}

export const u32: Layout<number> = {
  write(w, value) {
    checkUint(value, 0xffffffff)
    w.u32(value)
  },
  read: (r) => r.u32(),
}

export const u64: Layout<bigint> = {
  write(w, value) {
    if (value < 0n || value > 0xffffffffffffffffn) throw new EncodeError(`${value.toString()} does not fit in 64 bits`)
    w.u64(value)
  },
  read: (r) => r.u64(),
}

/** Zero bytes without meaning. */
export const pad = (count: number): HiddenLayout => ({
  hidden: true,
  write(w) {
    w.zeros(count)
  },
  read(r) {
    r.skip(count)
    return undefined
  },
})

/** Zero bytes that versions from `from` on have. */
export const padSince = (from: OfVersion, count: number): HiddenLayout => ({
  hidden: true,
  write(w, _value, { version }) {
    if (version >= from) w.zeros(count)
  },
  read(r, { version }) {
    if (version >= from) r.skip(count)
    return undefined
  },
})

/** What is left of a body whose last bytes have no meaning; `count` zero bytes are written. */
export const slack = (count: number): HiddenLayout => ({
  hidden: true,
  write(w) {
    w.zeros(count)
  },
  read(r) {
    r.skip(r.remaining)
    return undefined
  },
})

/** The field may be left out and is `fallback` then. */
export const optional = <T>(layout: Layout<T>, fallback: T): OptionalLayout<T> => ({
  fallback,
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read: (r, scope) => layout.read(r, scope),
})

/** All bytes that are left. */
export const rest: Layout<Uint8Array> = {
  write(w, value) {
    w.bytes(value)
  },
  read: (r) => Buffer.from(r.bytes(r.remaining)),
}

/** A text in a fixed number of bytes, ended by a zero byte where it is shorter. */
export const text = (bytes: number): Layout<string> => ({
  write(w, value) {
    const encoded = Buffer.from(value, 'utf8')
    if (encoded.length > bytes) throw new EncodeError(`"${value}" is longer than ${bytes} bytes`)
    w.bytes(encoded)
    w.zeros(bytes - encoded.length)
  },
  read(r) {
    const raw = r.bytes(bytes)
    const end = raw.indexOf(0)
    return raw.toString('utf8', 0, end < 0 ? bytes : end)
  },
})

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i

/** An Ethernet address as `aa:bb:cc:dd:ee:ff`. */
export const mac: Layout<string> = {
  write(w, value) {
    if (!MAC.test(value)) throw new EncodeError(`"${value}" is not an Ethernet address`)
    w.bytes(Buffer.from(value.replaceAll(':', ''), 'hex'))
  },
  read: (r) => r.bytes(6).toString('hex').replace(/(..)(?=.)/g, '$1:'),
}

/** One of the names in `table`. A number without a name is refused with the OFPERR `reply`. */
export function choice<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
  reply: string,
): Layout<N> {
  const names = new Map<number, N>((Object.entries(table) as [N, number][]).map(([name, value]) => [value, name]))
  return {
    write(w, value, scope) {
      if (!Object.hasOwn(table, value)) throw new EncodeError(`"${value}" is none of ${Object.keys(table).join(', ')}`)
      number.write(w, table[value], scope)
    },
    read(r, scope) {
      const offset = r.offset
      const value = number.read(r, scope)
      const name = names.get(value)
      if (name === undefined) throw new DecodeError(`${value} has no meaning here`, { offset, reply })
      return name
    },
  }
}

/** One of the names in `table`, or the number itself where it has no name. */
export function nameOrNumber<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
): Layout<N | number> {
  const names = new Map<number, N>((Object.entries(table) as [N, number][]).map(([name, value]) => [value, name]))
  return {
    write(w, value, scope) {
      if (typeof value === 'number') number.write(w, value, scope)
      else if (Object.hasOwn(table, value)) number.write(w, table[value], scope)
      else throw new EncodeError(`"${value}" is none of ${Object.keys(table).join(', ')}`)
    },
    read(r, scope) {
      const value = number.read(r, scope)
      return names.get(value) ?? value
    },
  }
}

/** A set of the one-bit names in `table`. A bit without a name is refused with the OFPERR `reply`. */
export function flagSet<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
  reply: string,
): Layout<readonly N[]> {
  const all = Object.entries(table) as [N, number][]
  const none: readonly N[] = []
  return {
    write(w, value, scope) {
      let bits = 0
      for (const name of value) {
        if (!Object.hasOwn(table, name)) throw new EncodeError(`unknown flag "${name}"`)
        bits |= table[name]
      }
      number.write(w, bits >>> 0, scope)
    },
    read(r, scope) {
      const offset = r.offset
      let bits = number.read(r, scope)
      if (bits === 0) return none
      const names: N[] = []
      for (const [name, bit] of all) {
        if ((bits & bit) === 0) continue
        names.push(name)
        bits &= ~bit
      }
      if (bits !== 0) throw new DecodeError(`flags 0x${(bits >>> 0).toString(16)} have no meaning`, { offset, reply })
      return names
    },
  }
}

/** The same, where other bits mean something to others: they come as one number. */
export function openFlagSet<N extends string>(
  number: Layout<number>,
  table: Readonly<Record<N, number>>,
): Layout<readonly (N | number)[]> {
  const all = Object.entries(table) as [N, number][]
  return {
    write(w, value, scope) {
      let bits = 0
      for (const flag of value) {
        if (typeof flag !== 'number' && !Object.hasOwn(table, flag)) throw new EncodeError(`unknown flag "${flag}"`)
        bits |= typeof flag === 'number' ? flag : table[flag]
      }
      number.write(w, bits >>> 0, scope)
    },
    read(r, scope) {
      const bits = number.read(r, scope)
      const named = all.filter(([, bit]) => (bits & bit) !== 0)
      const others = named.reduce((left, [, bit]) => left & ~bit, bits) >>> 0
      const names = named.map(([name]) => name)
      return others === 0 ? names : [...names, others]
    },
  }
}

/** Entries until the bytes end. */
export const listOf = <T>(entry: Layout<T>): Layout<readonly T[]> => ({
  write(w, value, scope) {
    for (const item of value) entry.write(w, item, scope)
  },
  read(r, scope) {
    const items: T[] = []
    while (r.remaining > 0) items.push(entry.read(r, scope))
    return items
  },
})

/** `count` entries. */
export const tuple = <T>(count: number, entry: Layout<T>): Layout<readonly T[]> => ({
  write(w, value, scope) {
    if (value.length !== count) throw new EncodeError(`${value.length} values where there must be ${count}`)
    for (const item of value) entry.write(w, item, scope)
  },
  read: (r, scope) => Array.from({ length: count }, () => entry.read(r, scope)),
})

/** Why a value is refused: in words, and the OFPERR to answer with. */
export interface Fault {
  readonly what: string
  readonly reply: string
}

/** Refuses values that `fault` finds fault with when they are read; writes them nevertheless. */
export const judged = <T>(layout: Layout<T>, fault: (value: T) => Fault | undefined): Layout<T> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read(r, scope) {
    const offset = r.offset
    const value = layout.read(r, scope)
    const found = fault(value)
    if (found !== undefined) throw new DecodeError(found.what, { offset, reply: found.reply })
    return value
  },
})

/** Refuses what `fault` finds fault with in the first `count` bytes, before anything behind them is looked at. */
export const judgedAhead = <T>(
  layout: Layout<T>,
  count: number,
  fault: (head: Buffer, version: OfVersion) => Fault | undefined,
): Layout<T> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read(r, scope) {
    const { offset } = r
    const found = fault(r.peek(count), scope.version)
    if (found !== undefined) throw new DecodeError(found.what, { offset, reply: found.reply })
    return layout.read(r, scope)
  },
})

/** Refuses values that `fault` finds fault with, both ways. */
export const checked = <T>(layout: Layout<T>, fault: (value: T) => Fault | undefined): Layout<T> => {
  const { read } = judged(layout, fault)
  return {
    write(w, value, scope) {
      const found = fault(value)
      if (found !== undefined) throw new EncodeError(found.what)
      layout.write(w, value, scope)
    },
    read,
  }
}

/** Another shape for what `layout` reads. */
export const mapped = <A, B>(layout: Layout<A>, read: (a: A) => B, write: (b: B) => A): Layout<B> => ({
  write: (w, value, scope) => { layout.write(w, write(value), scope) },
  read: (r, scope) => read(layout.read(r, scope)),
})

/**
 * The layout of the newest version that is not above the message's.
 * @param layouts from the oldest on, as [first version, layout]
 */
export function byVersion<T>(...layouts: readonly (readonly [OfVersion, Layout<T>])[]): MessageLayout<T> {
  const chosen: (Layout<T> | undefined)[] = Array.from({ length: 7 }, (_, version) =>
    layouts.filter(([from]) => from <= version).at(-1)?.[1],
  )
  const choose = (version: OfVersion): Layout<T> => {
    const layout = chosen[version]
    if (layout === undefined) throw new EncodeError(`has no form in OpenFlow version 0x0${version}`)
    return layout
  }
  return {
    write: (w, value, scope) => { choose(scope.version).write(w, value, scope) },
    read: (r, scope) => choose(scope.version).read(r, scope),
    readMessage: (r, scope, type) => readAsMessage(choose(scope.version), r, scope, type),
  }
}

/** For messages of several forms: the layouts of some of them by name, and that of all others. */
export const byForm = <T>(forms: Readonly<Record<string, Layout<T>>>, others: Layout<T>): MessageLayout<T> => {
  const choose = ({ form }: Scope): Layout<T> => forms[form] ?? others
  return {
    write: (w, value, scope) => { choose(scope).write(w, value, scope) },
    read: (r, scope) => choose(scope).read(r, scope),
    readMessage: (r, scope, type) => readAsMessage(choose(scope), r, scope, type),
  }
}

/** Reads `layout` with type, version and xid before its fields. */
export function readAsMessage<T>(layout: Layout<T>, r: Reader, scope: Scope, type: string): T {
  if ('readMessage' in layout) return (layout as MessageLayout<T>).readMessage(r, scope, type)
  return { type, version: scope.version, xid: scope.xid, ...layout.read(r, scope) }
}

/** A field that versions from `from` on have; older ones have `filler` in its place, or nothing. */
export const since = <T>(
  from: OfVersion,
  layout: Layout<T>,
  fallback: T,
  filler?: HiddenLayout,
): OptionalLayout<T> => ({
  fallback,
  write(w, value, scope) {
    if (scope.version >= from) layout.write(w, value, scope)
    else filler?.write(w, undefined, scope)
  },
  read(r, scope) {
    if (scope.version >= from) return layout.read(r, scope)
    filler?.read(r, scope)
    return fallback
  },
})
