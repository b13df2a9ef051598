/** Reading of matches as they mostly are: fields in table order, each once, all as it should be. */
import type { Reader } from '../binary.js'
import { widenPort } from '../ports.js'
import type { Value } from '../spec/fields.js'
import { type KnownHeader, oxmByHeader } from '../spec/headers.js'
import { PacketKind } from '../spec/prereqs.js'
import type { FieldInfo } from '../spec/registry.js'
import { OF10 } from '../version.js'
import { and } from './builder.js'
import { isValidValue, type Match, type MatchTerm } from './terms.js'

/** Whether the fields read last stand in the message just as NXM writes them. */
let asWritten = false

export const plainAsWritten = (): boolean => asWritten

/** What is known of the packets of the match that is being read. */
const kind = new PacketKind()

/** The match of such fields, up to the end of `r`. Undefined when it takes a closer look. */
export function readPlainFields(r: Reader): Match | undefined {
  asWritten = true
  kind.reset()
  const terms: MatchTerm[] = []
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
    const index = info.plain ? putPlain(terms, known, value, mask, last) : putView(terms, info, value, mask, last)
    if (index < 0) return undefined
    last = index
  }
  return r.remaining === 0 ? terms : undefined
}

/** Adds the term of a field that is no view; gives its place in the table, or -1 when it does not come in order. */
function putPlain(
  terms: MatchTerm[],
  { id, info, masked }: KnownHeader,
  value: Value,
  mask: Value | undefined,
  last: number,
): number {
  const { index, name: field, note, place } = info
  if (index <= last) return -1
  if (id !== info.matchIds[OF10] || info.unlikeWritten || (info.alwaysMasked && !masked)) asWritten = false
  if (note !== undefined) note(kind, Number(value), Number(mask ?? place.ones))
  terms.push(mask === undefined ? { field, value } : { field, value, mask })
  return index
}

/** The same of a view of one field, of which a former view may have set other bits. */
function putView(
  terms: MatchTerm[],
  info: FieldInfo,
  value: Value,
  mask: Value | undefined,
  last: number,
): number {
  const { view } = info
  const target = view?.only
  if (view === undefined || target === undefined || target.index < last) return -1
  const { place, index, name: field } = target
  asWritten = false
  const bits = shifted(info.ones, view.shift)
  let set = (shifted(value, view.shift) & bits) | view.set
  let kept = (mask === undefined ? bits : shifted(mask, view.shift) & bits) | view.set
  const before = index === last ? terms.pop() : undefined
  if (before !== undefined) {
    const others = Number(before.mask ?? place.ones)
    if ((others & bits) !== 0) return -1
    set |= Number(before.value)
    kept |= others
  }
  if (kept === 0) return -1
  const own = and(set, kept)
  const mine = kept >>> 0
  target.note?.(kind, Number(own), mine)
  terms.push(mine === place.ones ? { field, value: own } : { field, value: own, mask: mine })
  return index
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
