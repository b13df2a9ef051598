/** Where the free values of a message stand in its bytes. */
import { OpenFlowError } from '../errors.js'
import { type FreeValue, type Range, valueAt, withValueAt } from './free-values.js'
import { readWide, toWords, wide, wordsOf } from './wide.js'

/** Bytes that hold one free value, beside bits that are not free. */
export interface Slot {
  readonly range: Range
  readonly offset: number
  readonly width: number
  readonly words: number
  /** The free bits, in words and in bytes. */
  readonly wordMask: Uint32Array
  readonly byteMask: Uint8Array
  /** Limits of a value of one word; that of a longer one has none but its mask. */
  readonly min: number
  readonly max: number
  /** Values for which the rule does not hold. */
  readonly exceptions: readonly Uint32Array[]
}

const ALTERNATE = BigInt(`0x${'55'.repeat(16)}`)

/** Two values that differ in every free bit: what holds for these holds for all but special ones. */
export const probesOf = ({ mask }: Range): readonly [bigint, bigint] => [mask & ALTERNATE, mask & ~ALTERNATE]

/** The special values that a rule does not hold for. */
export const exceptionsTo = ({ special, mask }: Range, holds: (value: bigint) => boolean): readonly bigint[] =>
  special.filter((value) => (value & ~mask) === 0n && !holds(value))

/** Takes the value that a slot has, in bytes that begin at `from`. */
export function readSlot(bytes: Uint8Array, from: number, { offset, width, words, wordMask }: Slot): void {
  readWide(bytes, from + offset, width)
  for (let i = 0; i < words; i++) wide[i] = (wide[i] ?? 0) & (wordMask[i] ?? 0)
}

/** Whether what `wide` holds may be a slot's value. */
export function accepts(slot: Slot, exceptions: readonly Uint32Array[]): boolean {
  const { words, wordMask } = slot
  for (let i = 0; i < words; i++) if (((wide[i] ?? 0) & ~(wordMask[i] ?? 0)) !== 0) return false
  if (words === 1) {
    const value = wide[0] ?? 0
    if (value < slot.min || value > slot.max) return false
  }
  for (const exception of exceptions) if (isWide(exception, words)) return false
  return true
}

function isWide(value: Uint32Array, words: number): boolean {
  for (let i = 0; i < words; i++) if (value[i] !== wide[i]) return false
  return true
}

const bytesOf = (mask: bigint): number => (mask.toString(16).length + 1) >>> 1

/** Bytes at the lower end that have no bit of it. */
function zeroBytesBelow(mask: bigint): number {
  let count = 0
  for (let rest = mask; rest !== 0n && (rest & 0xffn) === 0n; rest >>= 8n) count++
  return count
}

function lastDifference(a: Uint8Array, b: Uint8Array): number {
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return i
  return -1
}

/** The bytes with a value put in the slot. */
export function withSlot(bytes: Uint8Array, { offset, width, byteMask }: Pick<Slot, 'offset' | 'width' | 'byteMask'>, value: bigint): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = 0; i < width; i++) {
    const byte = Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn)
    copy[offset + i] = ((copy[offset + i] ?? 0) & ~(byteMask[i] ?? 0)) | byte
  }
  return copy
}

const byteMaskOf = (mask: bigint, width: number): Uint8Array =>
  Uint8Array.from({ length: width }, (_, i) => Number((mask >> BigInt(8 * (width - 1 - i))) & 0xffn))

/** Bytes of a message. @throws EncodeError */
export type Encode<M> = (message: M) => Buffer

/** What is made, or undefined where it cannot be. */
export function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof OpenFlowError) return undefined
    throw error
  }
}

/**
 * Finds out where a free value stands in the bytes of a message, by changing it; undefined where it stands in no one
 * place, or is one for which no rule holds.
 */
export function findSlot<M>(message: M, bytes: Buffer, free: FreeValue, encode: Encode<M>): Slot | undefined {
  const { mask } = free
  if (mask === 0n) return undefined
  const encoded = (value: bigint): Buffer | undefined => attempt(() => encode(withValueAt(message, free, value)))
  const probes = probesOf(free)
  const [first, second] = probes.map(encoded)
  if (first === undefined || second?.length !== bytes.length || first.length !== bytes.length) return undefined
  const width = bytesOf(mask)
  const offset = lastDifference(first, second) + 1 + zeroBytesBelow(mask) - width
  if (offset < 0 || offset + width > bytes.length) return undefined
  const place = { offset, width, byteMask: byteMaskOf(mask, width) }
  const holds = (value: bigint): boolean => encoded(value)?.equals(withSlot(bytes, place, value)) ?? false
  const value = valueAt(message, free)
  if (!withSlot(bytes, place, probes[0]).equals(first) || !withSlot(bytes, place, probes[1]).equals(second)) return undefined
  const exceptions = exceptionsTo(free, holds)
  if (exceptions.includes(value)) return undefined
  return {
    ...place,
    range: free,
    words: wordsOf(width),
    wordMask: toWords(mask),
    min: free.max > 0xffffffffn ? 0 : Number(free.min),
    max: free.max > 0xffffffffn ? 0xffffffff : Number(free.max),
    exceptions: exceptions.map(toWords),
  }
}

/** The slots of all free values that have one, none of which is in the bytes of another. */
export function findSlots<M>(message: M, bytes: Buffer, free: Iterable<FreeValue>, encode: Encode<M>): Slot[] {
  const taken = new Uint8Array(bytes.length)
  const slots: Slot[] = []
  for (const value of free) {
    const slot = findSlot(message, bytes, value, encode)
    if (slot === undefined) continue
    const { offset, byteMask } = slot
    if (byteMask.some((bits, i) => bits !== 0 && taken[offset + i] !== 0)) continue
    byteMask.forEach((bits, i) => (taken[offset + i] = (taken[offset + i] ?? 0) | bits))
    slots.push(slot)
  }
  return slots
}

/** The value that bytes have in a slot. */
export function slotValue(bytes: Uint8Array, { offset, width, byteMask }: Slot): bigint {
  let value = 0n
  for (let i = 0; i < width; i++) value = (value << 8n) | BigInt((bytes[offset + i] ?? 0) & (byteMask[i] ?? 0))
  return value
}

/** The bytes with zeros where free values are. */
export function withoutValues(bytes: Uint8Array, slots: readonly Slot[]): Buffer {
  return slots.reduce<Buffer>((rest, slot) => withSlot(rest, slot, 0n), Buffer.from(bytes))
}
