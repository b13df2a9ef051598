import type { DecodeOptions } from '../action/codec.js'
import type { Reader, Writer } from '../binary.js'
import { EncodeError } from '../errors.js'
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

/** Bits of the unsigned integers that structs read and write themselves. */
export type UintBits = 8 | 16 | 32 | 64

/** How a value stands in bytes, both ways. All layouts of messages are built of these. */
export interface Layout<T> {
  /** It is an unsigned integer of so many bits and nothing but that. */
  readonly uint?: UintBits
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

/** @throws EncodeError unless `value` is a whole number up to `max` */
export function checkUint(value: number, max: number): void {
  if (!(value >= 0 && value <= max && Number.isInteger(value))) throw new EncodeError(`${value} is not in 0 to ${max}`)
}

/** @throws EncodeError unless `value` fits in 64 bits */
export function checkU64(value: bigint): void {
  if (value < 0n || value > 0xffffffffffffffffn) throw new EncodeError(`${value.toString()} does not fit in 64 bits`)
}

export const u8: Layout<number> = {
  uint: 8,
  write(w, value) {
    checkUint(value, 0xff)
    w.u8(value)
  },
  read: (r) => r.u8(),
}

export const u16: Layout<number> = {
  uint: 16,
  write(w, value) {
    checkUint(value, 0xffff)
    w.u16(value)
  },
  read: (r) => r.u16(),
}

export const u32: Layout<number> = {
  uint: 32,
  write(w, value) {
    checkUint(value, 0xffffffff)
    w.u32(value)
  },
  read: (r) => r.u32(),
}

export const u64: Layout<bigint> = {
  uint: 64,
  write(w, value) {
    checkU64(value)
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
  ...(layout.uint !== undefined && { uint: layout.uint }),
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

/** Another shape for what `layout` reads. */
export const mapped = <A, B>(layout: Layout<A>, read: (a: A) => B, write: (b: B) => A): Layout<B> => ({
  write: (w, value, scope) => { layout.write(w, write(value), scope) },
  read: (r, scope) => read(layout.read(r, scope)),
})
