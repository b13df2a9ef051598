import type { FieldName, Packet, Subfield, Value } from 'openflow-ts'
import { type Bits, movesOf, slotOf } from './bits.js'

/**
 * Bits of a packet that came with it, or with its connection, in a field whose values flows may be unable to tell apart:
 * where they are now, and where they are from. All other bits of the packet were the same from the start, or are constants.
 */
export interface Place extends Bits {
  /** A slot, or `MARKS` and the number of what is tracked. */
  readonly origin: number
  /** Bit of the origin that the place's lowest is. */
  readonly from: number
}

/** Origins from here on are marks of connections. */
export const MARKS = 1000
const WIDEST = 128

const REGISTERS = Array.from({ length: 16 }, (_, i) => slotOf(`reg${i}` as 'reg0'))
export const IN_PORT = slotOf('in_port')
export const CT_MARK = slotOf('ct_mark')
export const DESTINATIONS = { nw_dst: slotOf('nw_dst'), ipv6_dst: slotOf('ipv6_dst') } as const

/** Fields by which packets may differ that are worked out together. */
const TOLD: ReadonlySet<number> = new Set([
  ...(['metadata', 'eth_src', 'nw_src', 'ipv6_src', 'tun_src', 'tun_ipv6_src', 'ct_mark'] as const).map(slotOf),
  ...REGISTERS,
  IN_PORT,
  ...Object.values(DESTINATIONS),
])

/** Not of a tunnel: what leaves through it depends on which one it came from. */
export function isTold(slot: number, fromPod: boolean): boolean {
  return TOLD.has(slot) && (fromPod || slot !== IN_PORT)
}

export type Places = readonly Place[]

/** All that may differ of packets before anything is done with them. */
export function placesAtFirst(fromPod: boolean): Places {
  return [...TOLD]
    .filter((slot) => isTold(slot, fromPod))
    .map((slot) => ({ slot, ofs: 0, n_bits: WIDEST, origin: slot, from: 0 }))
}

export function overlap(a: Bits, b: Bits): boolean {
  return a.slot === b.slot && a.ofs < b.ofs + b.n_bits && b.ofs < a.ofs + a.n_bits
}

/** Without these bits, which are overwritten. */
export function without(places: Places, bits: Bits): Places {
  if (!places.some((place) => overlap(place, bits))) return places
  return places.flatMap((place) => {
    if (!overlap(place, bits)) return [place]
    return [part(place, place.ofs, bits.ofs), part(place, bits.ofs + bits.n_bits, place.ofs + place.n_bits)].filter(
      ({ n_bits }) => n_bits > 0,
    )
  })
}

/** The part of a place between these bits of its slot. */
function part(place: Place, low: number, high: number): Place {
  const ofs = Math.max(place.ofs, low)
  const end = Math.min(place.ofs + place.n_bits, high)
  return { ...place, ofs, n_bits: end - ofs, from: place.from + ofs - place.ofs }
}

/** After a move; undefined: into a field that decides by its value, so that it is not only told by flows. */
export function afterMove(places: Places, src: Subfield, dst: Subfield): Places | undefined {
  let result = places
  for (const { from, to } of movesOf(src, dst)) {
    const moved = places
      .filter((place) => overlap(place, from))
      .map((place) => part(place, from.ofs, from.ofs + from.n_bits))
    if (moved.length > 0 && (!TOLD.has(to.slot) || to.slot === IN_PORT)) return undefined
    const there = moved.map((place) => ({ ...place, slot: to.slot, ofs: to.ofs + place.ofs - from.ofs }))
    result = [...without(result, to), ...there]
  }
  return result
}

/** The same packet as another one's becomes whose values differ: what is in the places is of the other. */
export function carriedBy(packet: Packet, places: Places, valueOf: (origin: number) => Value): Packet {
  const result = packet.clone()
  for (const place of places) put(result, place, valueOf(place.origin))
  return result
}

/** Writes an origin's value into a place. */
export function put({ values }: Packet, place: Place, value: Value): void {
  const before = values[place.slot] ?? 0
  if (place.ofs === 0 && place.from === 0 && place.n_bits === WIDEST) {
    values[place.slot] = value
    return
  }
  const bits = (BigInt(before) & ~onesAt(place)) | partOf(BigInt(value), place)
  values[place.slot] = typeof before === 'bigint' ? bits : Number(bits)
}

/** Of what may differ, only what is in the packet itself comes out of a tunnel. */
export function throughTunnel(places: Places): Places {
  return places.filter(({ slot }) => CARRIED.has(slot))
}

const CARRIED: ReadonlySet<number> = new Set([
  ...(['eth_src', 'nw_src', 'ipv6_src'] as const).map(slotOf),
  ...Object.values(DESTINATIONS),
])

/**
 * Where a value that one slot has is besides, if `copies` is where it was before. Undefined: parts of copies were moved on,
 * which is not followed.
 */
export function copiesAfter(places: Places, slot: number, copies: Places): Places | undefined {
  const made = places.filter((place) => place.origin === slot && place.slot !== slot)
  const kept: Place[] = []
  for (const copy of copies) {
    for (const place of places.filter(({ origin }) => origin === copy.slot)) {
      const still = place.slot === copy.slot && place.ofs === place.from
      if (!still || place.ofs > copy.ofs || place.ofs + place.n_bits < copy.ofs + copy.n_bits) return undefined
      kept.push(copy)
    }
  }
  return [...made, ...kept]
}

const ALL = (1n << BigInt(WIDEST)) - 1n

export function onesAt({ ofs, n_bits }: Bits): bigint {
  if (ofs === 0 && n_bits === WIDEST) return ALL
  return ((1n << BigInt(n_bits)) - 1n) << BigInt(ofs)
}

/** The bits of an origin's value that a place holds, as they stand there. */
export function partOf(value: bigint, place: Place): bigint {
  return ((value >> BigInt(place.from)) << BigInt(place.ofs)) & onesAt(place)
}

/** Bits by slot that another packet may have otherwise. */
export function openBits(places: Places): Map<number, bigint> {
  const open = new Map<number, bigint>()
  for (const place of places) open.set(place.slot, (open.get(place.slot) ?? 0n) | onesAt(place))
  return open
}

/** Fields that name the connection: of flows that rewrite these, nothing is concluded from one packet for others. */
export const ENDS: ReadonlySet<number> = new Set(
  (
    ['eth_type', 'nw_proto', 'nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'tcp_src', 'tcp_dst'] as const satisfies FieldName[]
  ).map(slotOf),
)
