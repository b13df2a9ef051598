import { Ranked } from '../ranked.js'
import type { Value } from '../spec/fields.js'
import { PacketKind } from '../spec/prereqs.js'
import { fieldInfo, type FieldInfo, type FieldViewInfo, type Place } from '../spec/registry.js'
import type { Match, MatchTerm } from './terms.js'

interface Slot {
  readonly place: Place
  value: Value
  mask: Value
  /** Of a field of variable length. */
  bytes: number
}

/** VLAN number and priority: all of a tag but the bit that says that there is one. */
const TAG_CONTENT = 0xefff
/** Bytes that tunnel options may take in one match. */
const MAX_OPTION_BYTES = 256

const PACKET_TYPE = fieldInfo('packet_type')

const isZero = (value: Value): boolean => value === 0 || value === 0n

/** Bytes of a number without its leading zeros. */
const byteLength = (value: bigint): number => (value === 0n ? 0 : (value.toString(16).length + 1) >>> 1)

/** Bytes that a field of variable length takes with this value and mask. */
export const lengthOfOption = (value: Value, mask: Value | undefined): number =>
  Math.max(byteLength(BigInt(value)), mask === undefined ? 0 : byteLength(BigInt(mask)))

/**
 * A match being put together, from fields in any order. As OVS's own flow key it holds the bits of places, which fields
 * with different prerequisites may share; what a place is called is known when all is there.
 */
export class MatchBuilder {
  #slots: Slot[] = []
  /** What is asked so far of the packets. */
  readonly kind = new PacketKind()

  /** Asks for nothing any more: to build another match without the price of a new builder. */
  reset(): this {
    this.#slots.length = 0
    this.kind.reset()
    return this
  }

  static of(match: Match): MatchBuilder {
    const builder = new MatchBuilder()
    for (const { field, value, mask, bytes } of match) {
      const { place, prereq, variableLength } = fieldInfo(field)
      builder.#store(place, value, mask ?? place.ones, variableLength ? (bytes ?? lengthOfOption(value, mask)) : 0)
      if (prereq !== 'none') builder.setEthernet()
    }
    return builder
  }

  /**
   * Asks that a field have a value in the bits of the mask, exactly where there is none; what was asked of the field
   * before no longer holds. A message when it cannot be so.
   */
  set(info: FieldInfo, value: Value, mask?: Value): string | undefined {
    const { view, place } = info
    if (info.variableLength) return this.#setOption(info, value, mask)
    if (mask !== undefined && isZero(mask)) this.#setWild(info)
    else if (view !== undefined) this.#setView(info, view, value, mask)
    else if (info.valueIsMask) this.#store(place, mask === undefined ? value : and(value, mask), value)
    else this.#store(place, within(value, info.kept), mask === undefined ? place.ones : within(mask, place.ones))
    return undefined
  }

  /**
   * Asks for the value in the bits of the mask beside what has been asked before. A message when it cannot be so, as
   * when both contradict each other.
   */
  add(info: FieldInfo, value: Value, mask?: Value): string | undefined {
    const before: Slot[] = []
    for (const { place } of info.view?.of ?? [info]) {
      const slot = this.#find(place)
      if (slot !== undefined) before.push({ ...slot })
    }
    const failure = this.set(info, value, mask)
    if (failure !== undefined) return failure
    for (const { place, value: old, mask: oldMask } of before) {
      const { value: own, mask: ownMask } = this.#find(place) ?? { value: zeroOf(place), mask: zeroOf(place) }
      if (and(own, oldMask) !== and(old, ownMask)) return `${info.name}: contradicts what else is matched of ${place.name}`
      this.#store(place, or(own, old), or(ownMask, oldMask))
    }
    return undefined
  }

  /** Asks for Ethernet packets, unless a type of packet has been asked for. */
  setEthernet(): void {
    if (this.#find(PACKET_TYPE.place) === undefined) this.#store(PACKET_TYPE.place, 0, PACKET_TYPE.place.ones)
  }

  /** What a field with prerequisites asks of packets. */
  setPrereqOf(info: FieldInfo): void {
    if (info.prereq !== 'none') this.setEthernet()
  }

  /** The bits asked of a field, [0, 0] when there are none. */
  get(info: FieldInfo): readonly [value: Value, mask: Value] {
    const { view } = info
    if (view === undefined) return this.#stored(info)
    const [first] = view.of
    if (first === undefined) return [zeroOf(info), zeroOf(info)]
    if (view.of.length > 1) return this.#getParts(view.of)
    const [value, mask] = this.#stored(first)
    return [viewBits(info, view, value), viewBits(info, view, mask)]
  }

  /** Nothing is asked of the field. */
  isWild(info: FieldInfo): boolean {
    if (info.view === undefined) return this.#find(info.place) === undefined
    return isZero(this.get(info)[1])
  }

  /** Asks nothing of a place any more. */
  remove(place: Place): void {
    const at = this.#slots.findIndex((slot) => slot.place === place)
    if (at < 0) return
    this.#slots.splice(at, 1)
    place.note?.(this.kind, 0, 0)
  }

  /** The canonical match. */
  build(): Match {
    const inOrder = new Ranked<MatchTerm>()
    let isEthernet = false
    for (const slot of this.#slots) {
      const { place } = slot
      const info = this.#fieldOf(place)
      if (info === undefined) continue
      if (info.prereq !== 'none') isEthernet = true
      inOrder.put(info.index, termOf(info, slot))
    }
    const terms = inOrder.items
    // A packet type of Ethernet goes without saying beside a field that only Ethernet packets have.
    const [first] = terms
    if (isEthernet && first?.field === 'packet_type' && first.value === 0) terms.shift()
    return terms
  }

  /** Of the fields that share a place that which is sent for these packets, or else the first. */
  #fieldOf(place: Place): FieldInfo | undefined {
    const { fields } = place
    if (fields.length > 1) for (const info of fields) if (info.sent(this.kind)) return info
    return fields[0]
  }

  #find(place: Place): Slot | undefined {
    for (const slot of this.#slots) if (slot.place === place) return slot
    return undefined
  }

  #stored({ place }: FieldInfo): readonly [value: Value, mask: Value] {
    const slot = this.#find(place)
    return slot === undefined ? [zeroOf(place), zeroOf(place)] : [slot.value, slot.mask]
  }

  #store(place: Place, value: Value, mask: Value, bytes = 0): void {
    if (isZero(mask) && place.fields[0]?.variableLength !== true) {
      this.remove(place)
      return
    }
    const own = mask === place.ones ? within(value, mask) : and(value, mask)
    const slot = this.#find(place)
    if (slot === undefined) {
      const added = { place, value: own, mask, bytes }
      // It is the first in table order and mostly comes last, by way of a field that asks for it.
      if (place === PACKET_TYPE.place) this.#slots.unshift(added)
      else this.#slots.push(added)
    } else {
      slot.value = own
      slot.mask = mask
      slot.bytes = bytes
    }
    place.note?.(this.kind, Number(own), Number(mask))
  }

  #setOption(info: FieldInfo, value: Value, mask: Value | undefined): string | undefined {
    const bytes = lengthOfOption(value, mask)
    let used = bytes
    for (const slot of this.#slots) {
      if (slot.place.fields[0]?.variableLength !== true) continue
      if (slot.place === info.place) return `field ${info.name} set multiple times`
      used += slot.bytes
    }
    if (used > MAX_OPTION_BYTES) {
      return `field ${info.name} exceeds maximum size for tunnel metadata (used ${used}, max ${MAX_OPTION_BYTES})`
    }
    this.#store(info.place, value, mask ?? info.place.ones, bytes)
    return undefined
  }

  #setWild(info: FieldInfo): void {
    const { view } = info
    const [target] = view?.of ?? [info]
    if (target === undefined) return
    if (view === undefined || view.of.length > 1 || view.whole || target.name !== 'vlan_tci') {
      for (const part of view?.of ?? [info]) this.remove(part.place)
      return
    }
    // Number and priority keep the bit that says that there is a tag for each other.
    const [value, mask] = this.#stored(target)
    const other = Number(mask) & TAG_CONTENT & ~moveBits(Number(info.ones), view.shift)
    const left = other === 0 ? 0 : Number(mask) & (other | ~TAG_CONTENT)
    this.#store(target.place, value, left)
  }

  #setView(info: FieldInfo, view: FieldViewInfo, value: Value, mask: Value | undefined): void {
    const [target] = view.of
    if (target === undefined) return
    if (view.of.length > 1) {
      this.#setParts(view.of, BigInt(value), BigInt(mask ?? info.ones))
      return
    }
    const bits = (moveBits(Number(info.ones), view.shift) & Number(target.kept)) >>> 0
    const [oldValue, oldMask] = this.#stored(target)
    const own = (Number(oldValue) & ~bits) | (moveBits(Number(value), view.shift) & bits) | view.set
    const moved = mask === undefined ? bits : moveBits(Number(mask), view.shift) & bits
    this.#store(target.place, own >>> 0, ((Number(oldMask) & ~bits) | moved | view.set) >>> 0)
  }

  #setParts(of: readonly FieldInfo[], value: bigint, mask: bigint): void {
    let shift = 32n * BigInt(of.length)
    for (const part of of) {
      shift -= 32n
      this.#store(part.place, Number((value >> shift) & 0xffffffffn), Number((mask >> shift) & 0xffffffffn))
    }
  }

  #getParts(of: readonly FieldInfo[]): readonly [bigint, bigint] {
    let value = 0n
    let mask = 0n
    for (const part of of) {
      const [partValue, partMask] = this.#stored(part)
      value = (value << 32n) | BigInt(partValue)
      mask = (mask << 32n) | BigInt(partMask)
    }
    return [value, mask]
  }
}

/** What is stored, as a term of that field. */
function termOf({ name: field, variableLength }: FieldInfo, { place, value, mask, bytes }: Slot): MatchTerm {
  if (mask === place.ones) return { field, value }
  const longer = variableLength && bytes > lengthOfOption(value, mask)
  return longer ? { field, value, mask, bytes } : { field, value, mask }
}

const viewBits = (info: FieldInfo, view: FieldViewInfo, stored: Value): number =>
  (moveBits(Number(stored), -view.shift) & Number(info.ones)) >>> 0

const moveBits = (bits: number, shift: number): number => (shift < 0 ? bits >>> -shift : bits << shift)

/** Zero in the type of a field's or place's values. */
const zeroOf = ({ wide }: { readonly wide: boolean }): Value => (wide ? 0n : 0)

/** The bits of a value that are among the lowest, of which `ones` has all. */
const within = (value: Value, ones: Value): Value => (value <= ones ? value : and(value, ones))

export function and(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return (a & b) >>> 0
  return BigInt(a) & BigInt(b)
}

export function or(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return (a | b) >>> 0
  return BigInt(a) | BigInt(b)
}
