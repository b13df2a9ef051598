/** Where the free values of a message stand in its bytes. */
import { OpenFlowError } from '../errors.js'
import { type FreeValue, type Range, valueAt, withValueAt } from './free-values.js'
import { failing, passing } from './group.js'
import { readWide, toWords, wide, wordsOf } from './wide.js'

/**
 * Two values that differ in every free bit, and a small one: a rule that holds for these holds for all but special ones.
 * The small one tells numbers with leading zeros from those without.
 */
export type Probes = readonly [bigint, bigint, bigint]

/** Bytes that hold one free value, beside bits that are not free. */
export interface Slot {
  readonly range: Range
  readonly probes: Probes
  readonly offset: number
  readonly width: number
  readonly words: number
  /** The free bits, in words and in bytes. */
  readonly wordMask: Uint32Array
  readonly byteMask: Uint8Array
  /** Values for which the rule does not hold. */
  readonly exceptions: readonly bigint[]
}

/** Takes the value that a slot has, in bytes that begin at `from`. */
export function readSlot(bytes: Uint8Array, from: number, { offset, width, words, wordMask }: Slot): void {
  readWide(bytes, from + offset, width)
  for (let i = 0; i < words; i++) wide[i] = (wide[i] ?? 0) & (wordMask[i] ?? 0)
}

/** Whether what `wide` holds has no bits but free ones. */
export function isInMask({ wordMask }: Slot): boolean {
  for (let i = 0; i < wordMask.length; i++) if (((wide[i] ?? 0) & ~(wordMask[i] ?? 0)) !== 0) return false
  return true
}

/** Says which of the numbers that a slot has room for it may not have; undefined when it may have all. */
export function limitsOf({ range, words, exceptions }: Slot): Limits | undefined {
  const { mask, min, max } = range
  if (min === 0n && max === mask && exceptions.length === 0) return undefined
  const isNarrow = max <= 0xffffffffn
  return { words, min: isNarrow ? Number(min) : 0, max: isNarrow ? Number(max) : Infinity, never: exceptions.map(toWords) }
}

/** Limits of a number: those of its lowest word where there is no other, and numbers that it is not. */
export interface Limits {
  readonly words: number
  readonly min: number
  readonly max: number
  readonly never: readonly Uint32Array[]
}

/** Whether what `wide` holds is within limits. */
export function isWithin({ words, min, max, never }: Limits): boolean {
  const low = wide[0] ?? 0
  if (words === 1 && (low < min || low > max)) return false
  for (const exception of never) if (isWide(exception, words)) return false
  return true
}

function isWide(value: Uint32Array, words: number): boolean {
  for (let i = 0; i < words; i++) if (value[i] !== wide[i]) return false
  return true
}

type Place = Pick<Slot, 'offset' | 'width' | 'byteMask'>

/** The byte of a number so many bytes from the left of `width`. */
const byteOf = (value: bigint, width: number, i: number): number => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn)

const bytesOf = (value: bigint, width: number): Uint8Array => Uint8Array.from({ length: width }, (_, i) => byteOf(value, width, i))

function putValue(bytes: Uint8Array, { offset, width, byteMask }: Place, value: bigint): void {
  for (let i = 0; i < width; i++) {
    bytes[offset + i] = ((bytes[offset + i] ?? 0) & ~(byteMask[i] ?? 0)) | byteOf(value, width, i)
  }
}

/** The bytes with other values in some slots. */
export function withSlots<S extends Place>(bytes: Uint8Array, slots: readonly S[], valueOf: (slot: S) => bigint): Buffer {
  const copy = Buffer.from(bytes)
  for (const slot of slots) putValue(copy, slot, valueOf(slot))
  return copy
}

/** The value that bytes have in a slot. */
export function slotValue(bytes: Uint8Array, { offset, width, byteMask }: Place): bigint {
  let value = 0n
  for (let i = 0; i < width; i++) value = (value << 8n) | BigInt((bytes[offset + i] ?? 0) & (byteMask[i] ?? 0))
  return value
}

/** What is made, or undefined where it cannot be. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof OpenFlowError) return undefined
    throw error
  }
}

/** Says whether a rule holds for slots that have certain values. */
type Holds<S> = (some: readonly S[], valueOf: (slot: S) => bigint) => boolean

/**
 * The slots for which a rule holds, and the special values for which it does not. Those are left out whose own value,
 * in these bytes, is one of the latter.
 */
export function withRule<S extends Slot>(slots: readonly S[], bytes: Uint8Array, holds: Holds<S>): readonly S[] {
  const sure = passing(slots, (some) => ([0, 1, 2] as const).every((n) => holds(some, ({ probes }) => probes[n])))
  const exceptions = exceptionsTo(sure, holds)
  return sure
    .map((slot) => ({ ...slot, exceptions: [...slot.exceptions, ...(exceptions.get(slot) ?? [])] }))
    .filter((slot) => !slot.exceptions.includes(slotValue(bytes, slot)))
}

function exceptionsTo<S extends Slot>(slots: readonly S[], holds: Holds<S>): ReadonlyMap<S, readonly bigint[]> {
  const found = new Map<S, bigint[]>()
  const most = Math.max(0, ...slots.map(({ range }) => range.special.length))
  for (let n = 0; n < most; n++) {
    const valueOf = ({ range }: S): bigint => range.special[n] ?? 0n
    const having = slots.filter(({ range }) => n < range.special.length)
    for (const slot of failing(having, (some) => holds(some, valueOf))) {
      found.set(slot, [...(found.get(slot) ?? []), valueOf(slot)])
    }
  }
  return found
}

/** Bits without order: of its odd multiples all are different. */
const MIXED = BigInt('0x9e3779b97f4a7c15f39cc0605cedc835')
/** Multiples that are tried for one value, and how far those of one are from the next one's. */
const ATTEMPTS = 16
const APART = 64

/**
 * Values to look for one by, hardly to be found for another value of the message; undefined when there are none, as
 * where the least value is above half of the mask: one of the two has not its highest bit.
 */
function probesFor({ mask, min, max }: Range, index: number): Probes | undefined {
  const isWithin = (value: bigint): boolean => value >= min && value <= max
  const lowest = mask & -mask
  const small = isWithin(lowest) ? lowest : min
  for (let n = 0; n < ATTEMPTS; n++) {
    const mixed = (MIXED * BigInt(2 * (index + APART * n) + 1)) >> 7n
    const probes = [mask & mixed, mask & ~mixed, small] as const
    if (probes.every(isWithin)) return probes
  }
  return undefined
}

/** A free value, and the values by which it is looked for. */
interface Sought {
  readonly free: FreeValue
  readonly own: bigint
  readonly probes: Probes
}

/** Bytes of a message. @throws EncodeError */
export type Encode<M> = (message: M) => Buffer

/** Messages with more are rare, and cost much to learn. */
const MOST_VALUES = 64

/** Looks for the free values of one message. */
class SlotFinder<M> {
  readonly #message: M
  readonly #bytes: Buffer
  readonly #encode: Encode<M>

  constructor(message: M, bytes: Buffer, encode: Encode<M>) {
    this.#message = message
    this.#bytes = bytes
    this.#encode = encode
  }

  find(free: Iterable<FreeValue>): readonly Slot[] {
    const sought: Sought[] = []
    for (const one of free) {
      const probes = one.mask === 0n ? undefined : probesFor(one, sought.length)
      if (probes !== undefined) sought.push({ free: one, own: valueAt(this.#message, one), probes })
    }
    if (sought.length > MOST_VALUES) return []
    const places = apart(this.#locateAll(sought), this.#bytes.length)
    return withRule(places, this.#bytes, (some, valueOf) => this.#holds(some, valueOf))
  }

  /** The message with other values in some places; undefined when that cannot be sent. */
  #with(some: readonly Sought[], valueOf: (one: Sought) => bigint): Buffer | undefined {
    return attempt(() => this.#encode(some.reduce((message, one) => withValueAt(message, one.free, valueOf(one)), this.#message)))
  }

  #locateAll(sought: readonly Sought[]): (Slot & Sought)[] {
    const one = this.#with(sought, ({ probes }) => probes[0])
    const other = this.#with(sought, ({ probes }) => probes[1])
    return sought.flatMap((free) => {
      const offsets = one && other ? offsetsOf(free, this.#bytes, one, other) : []
      const [offset] = offsets.length === 1 ? offsets : this.#offsetsAlone(free)
      return offset === undefined ? [] : [slotAt(offset, free)]
    })
  }

  /** The same when no other value is changed: where there are several, it is the one that differs. */
  #offsetsAlone(free: Sought): readonly number[] {
    const one = this.#with([free], ({ probes }) => probes[0])
    const other = this.#with([free], ({ probes }) => probes[1])
    return one && other ? offsetsOf(free, this.#bytes, one, other) : []
  }

  #holds(some: readonly (Slot & Sought)[], valueOf: (slot: Slot & Sought) => bigint): boolean {
    const bytes = this.#with(some, (one) => valueOf(one as Slot & Sought))
    return bytes?.equals(withSlots(this.#bytes, some, valueOf)) === true
  }
}

const widthOf = (mask: bigint): number => (mask.toString(16).length + 1) >>> 1

/** Whether bytes have a value at `offset`, as far as its mask goes. */
function hasAt(bytes: Uint8Array, offset: number, value: Uint8Array, mask: Uint8Array): boolean {
  for (let i = 0; i < mask.length; i++) if (((bytes[offset + i] ?? 0) & (mask[i] ?? 0)) !== value[i]) return false
  return true
}

/** Where a value stands that is changed from one to the other. */
function offsetsOf({ free: { mask }, own, probes }: Sought, bytes: Buffer, one: Buffer, other: Buffer): readonly number[] {
  if (one.length !== bytes.length || other.length !== bytes.length) return []
  const width = widthOf(mask)
  const masked = bytesOf(mask, width)
  const [inOne, inOther, inOwn] = ([probes[0], probes[1], own] as const).map((value) => bytesOf(value, width)) as [Uint8Array, Uint8Array, Uint8Array]
  const offsets: number[] = []
  for (let at = 0; at + width <= bytes.length; at++) {
    if (hasAt(one, at, inOne, masked) && hasAt(other, at, inOther, masked) && hasAt(bytes, at, inOwn, masked)) offsets.push(at)
  }
  return offsets
}

function slotAt(offset: number, sought: Sought): Slot & Sought {
  const { free } = sought
  const width = widthOf(free.mask)
  return {
    ...sought,
    range: free,
    offset,
    width,
    words: wordsOf(width),
    wordMask: toWords(free.mask),
    byteMask: bytesOf(free.mask, width),
    exceptions: [],
  }
}

/** Slots none of which is in the bits of one before. */
function apart<S extends Slot>(slots: readonly S[], length: number): readonly S[] {
  const taken = new Uint8Array(length)
  return slots.filter(({ offset, byteMask }) => {
    if (byteMask.some((bits, i) => (bits & (taken[offset + i] ?? 0)) !== 0)) return false
    byteMask.forEach((bits, i) => (taken[offset + i] = (taken[offset + i] ?? 0) | bits))
    return true
  })
}

/** The slots of all free values that have one: a place in the bytes, and a rule that holds but for some exceptions. */
export const findSlots = <M>(message: M, bytes: Buffer, free: Iterable<FreeValue>, encode: Encode<M>): readonly Slot[] =>
  new SlotFinder(message, bytes, encode).find(free)
