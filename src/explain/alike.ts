import { type Flow, formatActions, type Value } from 'openflow-ts'
import { type Bits, leadsOn, type Move, readingOfAll, slotOf } from './bits.js'
import { onesAt, overlap } from './origins.js'

/**
 * Which values of a field a switch cannot tell apart. Two values are alike when the flows that match one are, but for that
 * term, the flows that match the other: same table, priority, other terms and actions. A packet with one value in the place
 * of the other then meets such flows in every table, whatever else is in it, and the same is done with it. That holds for
 * every place that the value may be moved to, one by one.
 *
 * So 10.1.0.7 and 10.1.0.9 in nw_dst are alike on a host that routes both by one block, and the security identities 5 and
 * 6 in reg1 where every policy that names one names the other.
 */
export class Alike {
  readonly #flows: FlowTexts[] = []
  readonly #termsOfSlot = new Map<number, Occurrence[]>()
  readonly #moves = new Map<string, Move>()
  readonly #uses: Bits[] = []
  /** Some action may read anything: no two values are alike. */
  readonly #opaque: boolean
  readonly #places = new Map<number, readonly Place[]>()
  readonly #groups = new Map<string, readonly Group[]>()
  readonly #contents = new Map<string, number>()
  readonly #signatures = new Map<string, number>()
  readonly #classes = new Map<number, Map<Value, number>>()

  constructor(all: Iterable<Flow>) {
    const flows = [...all]
    let opaque = false
    // Where every flow leads on once at most, one that does not lead on is the last that its packet meets.
    const linear = flows.every(({ actions }) => actions.filter(leadsOn).length <= 1)
    for (const flow of flows) {
      const last = linear && !flow.actions.some((action) => leadsOn(action) || action.type === 'output_reg')
      const texts = new FlowTexts(flow)
      this.#flows.push(texts)
      for (const [term, { field }] of flow.match.entries()) {
        const slot = slotOf(field)
        const list = this.#termsOfSlot.get(slot)
        if (list === undefined) this.#termsOfSlot.set(slot, [{ texts, term }])
        else list.push({ texts, term })
      }
      const reading = readingOfAll(flow.actions)
      if (reading === undefined) opaque = true
      for (const move of reading?.moves ?? []) {
        if (!last || DECISIVE.has(move.to.slot)) this.#moves.set(JSON.stringify(move), move)
      }
      this.#uses.push(...(reading?.uses ?? []))
    }
    this.#opaque = opaque
  }

  /** A number for the value's class: the same for values of the slot that are alike. */
  classOf(slot: number, value: Value): number {
    let known = this.#classes.get(slot)
    if (known === undefined) this.#classes.set(slot, (known = new Map<Value, number>()))
    let found = known.get(value)
    if (found === undefined) {
      found = intern(this.#signatures, this.#signatureOf(slot, BigInt(value)))
      known.set(value, found)
    }
    return found
  }

  /**
   * Where classes of a slot's values may begin, within `bits` bits: between two of these numbers all values are alike.
   * Undefined: terms have masks that cut the values up otherwise.
   */
  bounds(slot: number, bits: number): Set<number> | undefined {
    const bounds = new Set([0])
    const all = (1n << BigInt(bits)) - 1n
    const places = this.#placesOf(slot)
    if (this.#opaque || places.some((place) => this.#isUsed(place, slot))) return undefined
    for (const place of places) {
      const back = (at: bigint): bigint => ((at >> BigInt(place.ofs)) << BigInt(place.from)) & all
      for (const { mask, contents } of this.#groupsAt(place)) {
        const own = back(mask)
        const size = all - own + 1n
        if ((size & (size - 1n)) !== 0n) return undefined
        for (const value of contents.keys()) {
          bounds.add(Number(back(value)))
          bounds.add(Number(back(value) + size))
        }
      }
    }
    bounds.delete(Number(all + 1n))
    return bounds
  }

  #signatureOf(slot: number, value: bigint): string {
    if (this.#opaque) return `=${value}`
    const places = this.#placesOf(slot)
    if (places.some((place) => this.#isUsed(place, slot))) return `=${value}`
    return places.map((place) => this.#signatureAt(place, partOf(value, place))).join('|')
  }

  /** Whether more is done with what is in a place than to match it. */
  #isUsed(place: Place, origin: number): boolean {
    if (place.slot !== origin && DECISIVE.has(place.slot)) return true
    return this.#uses.some((bits) => overlap(bits, place))
  }

  /** Which flows the bits match in one place, told by what else there is to these flows. */
  #signatureAt(place: Place, value: bigint): string {
    return this.#groupsAt(place).map(({ mask, contents }) => contents.get(value & mask) ?? '').join()
  }

  #groupsAt(place: Place): readonly Group[] {
    const key = `${place.slot} ${place.ofs} ${place.n_bits}`
    let groups = this.#groups.get(key)
    if (groups === undefined) this.#groups.set(key, (groups = this.#groupsOf(place)))
    return groups
  }

  #groupsOf(place: Place): Group[] {
    const own = onesAt(place)
    const groups = new Map<bigint, Map<bigint, number[]>>()
    for (const { texts, term } of this.#termsOfSlot.get(place.slot) ?? []) {
      const { value, mask } = texts.term(term)
      if ((mask & own) === 0n) continue
      const rest = texts.without(term, `${value & ~own}/${mask & ~own}`)
      const byValue = groups.get(mask & own) ?? new Map<bigint, number[]>()
      groups.set(mask & own, byValue)
      const contents = byValue.get(value & own) ?? []
      byValue.set(value & own, contents)
      contents.push(intern(this.#contents, rest))
    }
    return Array.from(groups, ([mask, byValue]) => ({
      mask,
      contents: new Map(Array.from(byValue, ([value, list]) => [value, list.sort((a, b) => a - b).join('+')])),
    }))
  }

  /** Where a value that comes in a slot may be while the packet is in the switch. */
  #placesOf(slot: number): readonly Place[] {
    const known = this.#places.get(slot)
    if (known !== undefined) return known
    const places = new Map<string, Place>()
    const queue: Place[] = [{ slot, ofs: 0, n_bits: WIDEST, from: 0 }]
    for (const place of queue) {
      const key = `${place.slot} ${place.ofs} ${place.n_bits} ${place.from}`
      if (places.has(key)) continue
      places.set(key, place)
      for (const move of this.#moves.values()) if (overlap(move.from, place)) queue.push(moved(place, move))
    }
    const all = [...places.values()]
    this.#places.set(slot, all)
    return all
  }
}

const WIDEST = 128

/** Fields whose values do something of themselves: what is moved into one of these is no longer only matched. */
const DECISIVE: ReadonlySet<number> = new Set(
  (['in_port', 'nw_ttl', 'tun_id', 'tun_dst', 'tun_ipv6_dst', 'ct_mark', 'ct_label'] as const).map(slotOf),
)

/** Bits of a slot that may hold those of the value from bit `from` on. */
interface Place extends Bits {
  readonly from: number
}

/** Terms with one mask, as far as a place goes: by their value, what else there is to their flows. */
interface Group {
  readonly mask: bigint
  readonly contents: ReadonlyMap<bigint, string>
}

interface Occurrence {
  readonly texts: FlowTexts
  readonly term: number
}

/** A flow in comparable parts. */
class FlowTexts {
  readonly #flow: Flow
  #parts: { readonly terms: readonly string[]; readonly rest: string } | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  term(index: number): { readonly value: bigint; readonly mask: bigint } {
    const { value, mask } = this.#flow.match[index] ?? { value: 0, mask: 0 }
    return { value: BigInt(value), mask: mask === undefined ? (1n << BigInt(WIDEST)) - 1n : BigInt(mask) }
  }

  /** The flow with something else in the place of a term. Its cookie says nothing of what it does. */
  without(index: number, instead: string): string {
    const { match, table_id, priority, actions } = this.#flow
    this.#parts ??= {
      terms: match.map(({ field, value, mask }) => `${field}=${value}/${mask}`),
      rest: `${table_id} ${priority} ${formatActions(actions)}`,
    }
    const { terms, rest } = this.#parts
    return `${terms.with(index, instead).join()} ${rest}`
  }
}

/** Where the part of a place that is moved comes to be. */
function moved(place: Place, { from, to }: Move): Place {
  const low = Math.max(place.ofs, from.ofs)
  const high = Math.min(place.ofs + place.n_bits, from.ofs + from.n_bits)
  return { slot: to.slot, ofs: to.ofs + low - from.ofs, n_bits: high - low, from: place.from + low - place.ofs }
}

/** The bits of a value that a place holds, as they stand there. */
function partOf(value: bigint, place: Place): bigint {
  return ((value >> BigInt(place.from)) << BigInt(place.ofs)) & onesAt(place)
}

function intern(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text)
  if (number === undefined) numbers.set(text, (number = numbers.size))
  return number
}
