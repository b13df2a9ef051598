import { EncodeError } from '../errors.js'
import type { FieldName, Value } from '../spec/fields.js'
import { PacketKind } from '../spec/prereqs.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'

/** A field that must have a value; with a mask, only in the bits of the mask. No mask: exactly. */
export interface MatchTerm {
  readonly field: FieldName
  readonly value: Value
  readonly mask?: Value
}

/**
 * A canonical match: terms in the order of the field table, no bit of a value outside its mask, no mask of all ones or
 * of none, and only fields that are not views of others (so `regN`, never `xregN`; `vlan_tci`; `ip_dscp`).
 * Build one with `match`, `parseMatch` or `decodeMatch`.
 */
export type Match = readonly MatchTerm[]

interface Slot {
  readonly info: FieldInfo
  value: Value
  mask: Value
}

const byTable = (a: Slot, b: Slot): number => a.info.index - b.info.index

/** Collects terms in any order, views included, and makes the canonical match of them. */
export class MatchBuilder {
  #slots: Slot[] = []
  #sorted = true

  /** Adds bits; `undefined` when they fit what is there, or the name of the field that is given twice, differently. */
  put(info: FieldInfo, value: Value, mask: Value): FieldName | undefined {
    const view = info.view
    if (view !== undefined) return this.#putView(info, value, mask)
    const slot = this.#find(info)
    if (slot === undefined) {
      const last = this.#slots.at(-1)
      if (last !== undefined && last.info.index > info.index) this.#sorted = false
      this.#slots.push({ info, value: and(value, mask), mask })
      return undefined
    }
    const overlap = and(slot.mask, mask)
    if (and(slot.value, overlap) !== and(value, overlap)) return info.name
    slot.value = or(slot.value, and(value, mask))
    slot.mask = or(slot.mask, mask)
    return undefined
  }

  /** Takes a field anew: whatever was demanded of its bits before no longer holds. */
  replace(info: FieldInfo, value: Value, mask: Value): void {
    const view = info.view
    for (const target of view?.of ?? [info]) {
      if (target === info || view === undefined || view.of.length > 1) this.remove(target)
      else this.#clear(target, moveBits(Number(info.ones), view.shift))
    }
    this.put(info, value, mask)
  }

  #clear(info: FieldInfo, bits: number): void {
    const slot = this.#find(info)
    if (slot === undefined) return
    slot.value = (Number(slot.value) & ~bits) >>> 0
    slot.mask = (Number(slot.mask) & ~bits) >>> 0
  }

  /** The bits collected for a field, [0, 0] when there are none. */
  get(info: FieldInfo): readonly [value: Value, mask: Value] {
    const slot = this.#find(info)
    return slot === undefined ? [zeroOf(info), zeroOf(info)] : [slot.value, slot.mask]
  }

  has(info: FieldInfo): boolean {
    return this.#find(info) !== undefined
  }

  remove(info: FieldInfo): void {
    this.#slots = this.#slots.filter((slot) => slot.info !== info)
  }

  /** The fields collected, in table order. */
  fields(): FieldInfo[] {
    this.#sort()
    return this.#slots.map((slot) => slot.info)
  }

  /** The canonical match. A term whose prerequisite is not met goes to `unmet`. */
  build(unmet: (info: FieldInfo) => void): Match {
    this.#sort()
    const kind = new PacketKind()
    const terms: MatchTerm[] = []
    for (const { info, value, mask } of this.#slots) {
      if (mask === 0 || mask === 0n) continue
      if (!info.prereqMet(kind)) {
        unmet(info)
        continue
      }
      info.note?.(kind, Number(value), Number(mask))
      terms.push(mask === info.ones ? { field: info.name, value } : { field: info.name, value, mask })
    }
    return isEthernetImplied(terms) ? terms.slice(1) : terms
  }

  #find(info: FieldInfo): Slot | undefined {
    for (const slot of this.#slots) if (slot.info === info) return slot
    return undefined
  }

  #sort(): void {
    if (!this.#sorted) this.#slots.sort(byTable)
    this.#sorted = true
  }

  #putView(info: FieldInfo, value: Value, mask: Value): FieldName | undefined {
    const view = info.view
    const target = view?.of[0]
    if (view === undefined || target === undefined) return undefined
    if (view.of.length > 1) return this.#putParts(view.of, BigInt(value), BigInt(mask))
    const moved = (moveBits(Number(value), view.shift) | view.set) >>> 0
    const movedMask = (moveBits(Number(mask), view.shift) | view.set) >>> 0
    return this.put(target, moved, movedMask)
  }

  #putParts(of: readonly FieldInfo[], value: bigint, mask: bigint): FieldName | undefined {
    for (let i = 0; i < of.length; i++) {
      const part = of[i]
      if (part === undefined) continue
      const shift = BigInt(32 * (of.length - 1 - i))
      const partMask = Number((mask >> shift) & 0xffffffffn)
      if (partMask === 0) continue
      const conflict = this.put(part, Number((value >> shift) & 0xffffffffn), partMask)
      if (conflict !== undefined) return conflict
    }
    return undefined
  }
}

/** A packet type of Ethernet goes without saying beside a field that only Ethernet packets have. */
function isEthernetImplied(terms: readonly MatchTerm[]): boolean {
  const first = terms[0]
  if (first?.field !== 'packet_type' || first.value !== 0) return false
  return terms.some((term) => {
    const { prereq } = fieldInfo(term.field)
    return prereq !== 'none' && prereq !== 'ct' && prereq !== 'ct_tp'
  })
}

const moveBits = (bits: number, shift: number): number => (shift < 0 ? bits >>> -shift : bits << shift)

/** Zero in a field's own type. */
export const zeroOf = (info: FieldInfo): Value => (info.wide ? 0n : 0)

export function and(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return (a & b) >>> 0
  return BigInt(a) & BigInt(b)
}

export function or(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return (a | b) >>> 0
  return BigInt(a) | BigInt(b)
}

/** The value in the field's own type. @throws EncodeError when it is negative, not whole or does not fit the field. */
export function checkValue(info: FieldInfo, value: Value, what: string): Value {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new EncodeError(`${info.name}: ${what} ${value} is not an integer`)
  }
  if (value < 0 || value > info.ones) {
    throw new EncodeError(`${info.name}: ${what} ${String(value)} does not fit ${info.bits} bits`)
  }
  return info.wide ? BigInt(value) : Number(value)
}

/** The value that a match demands of a field, with the mask made explicit; undefined when it demands nothing. */
export function termOf(match: Match, field: FieldName): readonly [value: Value, mask: Value] | undefined {
  for (const term of match) if (term.field === field) return [term.value, term.mask ?? fieldInfo(field).ones]
  return undefined
}
