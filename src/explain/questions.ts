import { type Action, type Flow, formatActions, type Packet, type Value } from 'openflow-ts'
import { slotOf } from './bits.js'
import { push } from './lists.js'
import { onesAt, type Place, partOf } from './origins.js'

/** Something that is asked of a packet's value of an origin; packets with answers alike go the same way from there. */
export interface Question {
  readonly origin: number
  answerOf(value: Value): number
}

/** What the bits are, where they decide by themselves. */
export class ExactQuestion implements Question {
  readonly origin: number
  readonly #place: Place
  readonly #answers = new Map<bigint, number>()

  constructor(place: Place) {
    this.origin = place.origin
    this.#place = place
  }

  answerOf(value: Value): number {
    return intern(this.#answers, partOf(BigInt(value), this.#place))
  }
}

/**
 * Which flows the bits match, told by what else there is to these flows: table, priority, other terms, actions. Two values
 * are alike when these are the same, as then the same is done with packets that have one in the place of the other.
 *
 * So 10.1.0.7 and 10.1.0.9 in nw_dst are alike on a host that routes both by one block, and the security identities 5 and
 * 6 in reg1 where every policy that names one names the other.
 */
class MatchQuestion implements Question {
  readonly origin: number
  readonly #place: Place
  readonly #groups: readonly Group[]
  readonly #signatures = new Map<string, number>()
  readonly #answers = new Map<Value, number>()

  constructor(place: Place, groups: readonly Group[]) {
    this.origin = place.origin
    this.#place = place
    this.#groups = groups
  }

  answerOf(value: Value): number {
    let answer = this.#answers.get(value)
    if (answer === undefined) {
      const bits = partOf(BigInt(value), this.#place)
      const signature = this.#groups.map(({ mask, contents }) => contents.get(bits & mask) ?? '').join()
      this.#answers.set(value, (answer = intern(this.#signatures, signature)))
    }
    return answer
  }
}

/** Terms with one mask, as far as a place goes: by their value, what else there is to their flows. */
interface Group {
  readonly mask: bigint
  readonly contents: ReadonlyMap<bigint, string>
}

/** The flows of a switch, in the parts that questions are made of. */
export class Tables {
  readonly #tables = new Map<number, Candidate[]>()
  readonly #slots = new Map<number, Set<number>>()
  readonly #contents = new Map<string, number>()

  constructor(flows: Iterable<Flow>) {
    for (const flow of flows) {
      const { table_id } = flow
      const candidate = new Candidate(flow)
      push(this.#tables, table_id, candidate)
      let slots = this.#slots.get(table_id)
      if (slots === undefined) this.#slots.set(table_id, (slots = new Set<number>()))
      for (const { slot } of candidate.terms) slots.add(slot)
    }
  }

  /**
   * The priority below which flows do not matter to a packet that this one took. Where it took it by a conjunction, those
   * of its clauses do.
   */
  cutOf(table: number, flow: Flow | undefined): number {
    if (flow === undefined) return -1
    const id = flow.match.find((term) => slotOf(term.field) === CONJ_ID)?.value
    if (id === undefined) return flow.priority
    const clauses = this.#of(table).filter(({ conjunctions }) => conjunctions.some((one) => one.id === Number(id)))
    return Math.min(flow.priority, ...clauses.map((clause) => clause.flow.priority))
  }

  /** Whether flows of a table match on a slot at all. */
  matchOn(table: number, slot: number): boolean {
    return this.#slots.get(table)?.has(slot) === true
  }

  /**
   * What a table asks about a place; undefined: nothing. `open`: bits that the packet may have otherwise and that were not
   * asked about yet; flows that do not match in the others do not matter.
   */
  question(table: number, cut: number, packet: Packet, open: ReadonlyMap<number, bigint>, place: Place): Question | undefined {
    const own = onesAt(place)
    const closed = new Map<number, bigint>()
    const flows = viable(this.#of(table).filter((one) => one.flow.priority >= cut && one.mayMatch(packet, open, closed)))
    const groups = new Map<bigint, Map<bigint, number[]>>()
    for (const { candidate, actions } of flows) {
      for (const [i, term] of candidate.terms.entries()) {
        if (term.slot !== place.slot || (term.mask & own) === 0n) continue
        const byValue = groups.get(term.mask & own) ?? new Map<bigint, number[]>()
        groups.set(term.mask & own, byValue)
        push(byValue, term.value & own, intern(this.#contents, candidate.without(i, own, actions)))
      }
    }
    if (groups.size === 0) return undefined
    const list = Array.from(groups, ([mask, byValue]) => ({
      mask,
      contents: new Map(Array.from(byValue, ([value, ids]) => [value, ids.sort((a, b) => a - b).join('+')])),
    }))
    return new MatchQuestion(place, list)
  }

  #of(table: number): readonly Candidate[] {
    return this.#tables.get(table) ?? []
  }
}

const METADATA = slotOf('metadata')
const CONJ_ID = slotOf('conj_id')

type Conjunction = Extract<Action, { type: 'conjunction' }>

interface Term {
  readonly slot: number
  readonly value: bigint
  readonly mask: bigint
}

/** A flow that a packet may match. */
class Candidate {
  readonly flow: Flow
  readonly terms: readonly Term[]
  readonly conjunctions: readonly Conjunction[]
  readonly conjId: number | undefined
  #actions: string | undefined

  constructor(flow: Flow) {
    this.flow = flow
    this.terms = flow.match.map(({ field, value, mask }) => ({
      slot: slotOf(field),
      value: BigInt(value),
      mask: mask === undefined ? ALL : BigInt(mask),
    }))
    this.conjunctions = flow.actions.filter((action): action is Conjunction => action.type === 'conjunction')
    const id = this.terms.find(({ slot }) => slot === CONJ_ID)
    this.conjId = id && Number(id.value)
  }

  /** @param known the packet's values that were looked at already */
  mayMatch({ values }: Packet, open: ReadonlyMap<number, bigint>, known: Map<number, bigint>): boolean {
    return this.terms.every(({ slot, value, mask }) => {
      if (slot === CONJ_ID) return true
      let own = known.get(slot)
      if (own === undefined) known.set(slot, (own = BigInt(values[slot] ?? 0)))
      return ((own ^ value) & mask & ~(open.get(slot) ?? 0n)) === 0n
    })
  }

  get actions(): string {
    return (this.#actions ??= formatActions(this.flow.actions))
  }

  /** The flow without what a term says of these bits. Its cookie says nothing of what it does. */
  without(index: number, bits: bigint, actions: string): string {
    const terms = this.terms.map(({ slot, value, mask }, i) => {
      const rest = i === index ? ~bits : ALL
      return `${slot}=${value & rest}/${mask & rest}`
    })
    return `${this.flow.table_id} ${this.flow.priority} ${terms.join()} ${actions}`
  }
}

const ALL = (1n << 128n) - 1n

/** Flows with what they do; of conjunctions, only those all of whose clauses may still hold. */
function viable(candidates: readonly Candidate[]): { readonly candidate: Candidate; readonly actions: string }[] {
  const clauses = new Map<number, Set<number>>()
  const sizes = new Map<number, number>()
  for (const { conjunctions } of candidates) {
    for (const { id, clause, n_clauses } of conjunctions) {
      const met = clauses.get(id) ?? new Set<number>()
      clauses.set(id, met.add(clause))
      sizes.set(id, n_clauses)
    }
  }
  const holds = (id: number): boolean => clauses.get(id)?.size === sizes.get(id)
  return candidates.flatMap((candidate) => {
    const { conjunctions, conjId, actions } = candidate
    if (conjId !== undefined && conjId !== 0 && !(clauses.has(conjId) && holds(conjId))) return []
    if (conjunctions.length === 0) return [{ candidate, actions }]
    const left = conjunctions.filter(({ id }) => holds(id))
    return left.length === 0 ? [] : [{ candidate, actions: left.map(({ id, clause }) => `${id}:${clause}`).join() }]
  })
}

function intern<K>(numbers: Map<K, number>, key: K): number {
  let number = numbers.get(key)
  if (number === undefined) numbers.set(key, (number = numbers.size))
  return number
}

/** Places in the order in which they are asked about: the tenant first, which rules out most flows. */
export function inOrder(places: readonly Place[]): Place[] {
  return [...places].sort((a, b) => Number(b.slot === METADATA) - Number(a.slot === METADATA) || a.slot - b.slot || a.ofs - b.ofs)
}

