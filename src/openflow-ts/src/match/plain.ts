/** Reading of matches as they mostly are: fields in table order, each once, all as it should be. */
import type { Reader } from '../binary.js'
import { widenPort } from '../ports.js'
import type { Value } from '../spec/fields.js'
import { type KnownHeader, oxmByHeader } from '../spec/headers.js'
import { PacketKind } from '../spec/prereqs.js'
import type { FieldInfo } from '../spec/registry.js'
import { OF10 } from '../version.js'
import { isValidValue, type Match, type MatchTerm } from './terms.js'

/** Whether the fields read last stand in the message just as NXM writes them. */
let asWritten = false

export const plainAsWritten = (): boolean => asWritten

/** What is known of the packets of the match that is being read. */
const kind = new PacketKind()

/** The TLVs to the end, if they are well formed. */
function countFields(r: Reader): number {
  let count = 0
  for (let at = r.offset; at < r.end; at += 4 + (r.u16At(at + 2) & 0xff)) count++
  return count
}

/** The match of such fields, up to the end of `r`. Undefined when it takes a closer look. */
export function readPlainFields(r: Reader): Match | undefined {
  asWritten = true
  kind.reset()
  // An array that grows takes 17 places at once.
  const terms = new Array<MatchTerm>(countFields(r))
  let count = 0
  let last = -1
  while (r.remaining >= 4) {
    const known = oxmByHeader(r.u32())
    if (known === undefined || r.remaining < known.payload) return undefined
    const { info, masked } = known
    if (masked && (!info.maskable || info.kept !== info.place.ones)) return undefined
    const given = readValue(r, info, known.bytes)
    const value = info.format === 'port' && known.bytes === 2 ? widenPort(Number(given)) : given
    const mask = masked ? readValue(r, info, known.bytes) : undefined
    if (!info.anyValue && !isKept(info, value)) return undefined
    if (info.prereq !== 'none' && !info.prereqMet(kind)) return undefined
    if (mask !== undefined && !isProper(value, mask, info.place.ones)) return undefined
    if (info.plain) {
      if (info.index <= last) return undefined
      last = info.index
      terms[count++] = plainTerm(known, value, mask)
    } else {
      const target = info.view?.only
      if (target === undefined || target.index < last) return undefined
      const before = target.index === last ? terms[--count] : undefined
      const term = viewTerm(info, target, value, mask, before)
      if (term === undefined) return undefined
      last = target.index
      terms[count++] = term
    }
  }
  if (r.remaining !== 0) return undefined
  if (count < terms.length) terms.length = count
  return terms
}

/** The term of a field that is no view. */
function plainTerm({ id, info, masked }: KnownHeader, value: Value, mask: Value | undefined): MatchTerm {
  const { name: field, note, place } = info
  if (id !== info.matchIds[OF10] || info.unlikeWritten || (info.alwaysMasked && !masked)) asWritten = false
  if (note !== undefined) note(kind, Number(value), Number(mask ?? place.ones))
  return mask === undefined ? { field, value } : { field, value, mask }
}

/** The term of the one field that `info` is a view of, together with what another view has asked of it before. */
function viewTerm(
  { view, ones }: FieldInfo,
  { name: field, place, note }: FieldInfo,
  value: Value,
  mask: Value | undefined,
  before: MatchTerm | undefined,
): MatchTerm | undefined {
  if (view === undefined) return undefined
  asWritten = false
  const bits = shifted(ones, view.shift)
  let set = (shifted(value, view.shift) & bits) | view.set
  let kept = (mask === undefined ? bits : shifted(mask, view.shift) & bits) | view.set
  if (before !== undefined) {
    const others = Number(before.mask ?? place.ones)
    if ((others & bits) !== 0) return undefined
    set |= Number(before.value)
    kept |= others
  }
  if (kept === 0) return undefined
  const own = (set & kept) >>> 0
  const all = kept >>> 0
  if (note !== undefined) note(kind, own, all)
  return all === place.ones ? { field, value: own } : { field, value: own, mask: all }
}

const shifted = (bits: Value, shift: number): number => (shift < 0 ? Number(bits) >>> -shift : Number(bits) << shift)

export function readValue(r: Reader, info: FieldInfo, bytes: number): Value {
  const value = r.uint(bytes)
  return info.wide ? BigInt(value) : value
}

/** A valid value of which a match keeps all bits. */
const isKept = (info: FieldInfo, value: Value): boolean => value <= info.kept && isValidValue(info, value)

/** A mask of some bits but not all, and a value within it. */
const isProper = (value: Value, mask: Value, ones: Value): boolean =>
  typeof value === 'number' && typeof mask === 'number'
    ? mask !== 0 && mask < ones && (value & ~mask) === 0
    : mask !== 0n && mask < ones && (BigInt(value) & ~BigInt(mask)) === 0n
