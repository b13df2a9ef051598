import type { ConjunctionAction } from '../action/types.js'
import type { Flow } from '../flow/flow.js'
import { flowKey } from '../flow/flow.js'
import { or } from '../match/builder.js'
import type { Match } from '../match/terms.js'
import type { Value } from '../spec/fields.js'
import { fieldInfo } from '../spec/registry.js'
import { type Packet, slotOf } from './packet.js'

type Key = Value | string

/** The bits of a packet that a tuple looks at, as one value. */
function keyOf(slots: readonly number[], masks: readonly Value[], values: readonly Value[]): Key {
  if (slots.length === 1) return maskedBits(values[slots[0] ?? 0] ?? 0, masks[0] ?? 0)
  let key = ''
  for (let i = 0; i < slots.length; i++) key += `${String(maskedBits(values[slots[i] ?? 0] ?? 0, masks[i] ?? 0))},`
  return key
}

const maskedBits = (value: Value, mask: Value): Value =>
  typeof value === 'number' && typeof mask === 'number' ? (value & mask) >>> 0 : BigInt(value) & BigInt(mask)

/** Flows that match with the same masks: one look in a map finds those that match a packet. */
class Tuple {
  readonly slots: number[] = []
  readonly masks: Value[] = []
  readonly #byKey = new Map<Key, Flow[]>()
  readonly #priorities = new Map<number, number>()
  maxPriority = -1
  /** Its fields are those of Ethernet packets. Matches do not say so themselves. */
  readonly ofEthernet: boolean

  constructor(match: Match) {
    this.ofEthernet = isOfEthernet(match)
    for (const term of match) {
      const info = fieldInfo(term.field)
      this.slots.push(slotOf(info))
      this.masks.push(term.mask ?? info.ones)
    }
  }

  get empty(): boolean {
    return this.#byKey.size === 0
  }

  /** Flows that match, the highest priority first. */
  find(packet: Packet): readonly Flow[] | undefined {
    return this.#byKey.get(keyOf(this.slots, this.masks, packet.values))
  }

  add(flow: Flow): void {
    const key = this.#keyOfFlow(flow)
    const flows = this.#byKey.get(key) ?? []
    const at = flows.findIndex((other) => other.priority <= flow.priority)
    if (at >= 0 && flows[at]?.priority === flow.priority) flows[at] = flow
    else {
      flows.splice(at < 0 ? flows.length : at, 0, flow)
      this.#priorities.set(flow.priority, (this.#priorities.get(flow.priority) ?? 0) + 1)
    }
    this.#byKey.set(key, flows)
    this.maxPriority = Math.max(this.maxPriority, flow.priority)
  }

  delete(flow: Flow): boolean {
    const key = this.#keyOfFlow(flow)
    const flows = this.#byKey.get(key) ?? []
    const rest = flows.filter((other) => other.priority !== flow.priority)
    if (rest.length === flows.length) return false
    if (rest.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, rest)
    const left = (this.#priorities.get(flow.priority) ?? 1) - 1
    if (left > 0) this.#priorities.set(flow.priority, left)
    else this.#priorities.delete(flow.priority)
    if (left === 0 && flow.priority === this.maxPriority) this.maxPriority = Math.max(-1, ...this.#priorities.keys())
    return true
  }

  *flows(): Iterable<Flow> {
    for (const flows of this.#byKey.values()) yield* flows
  }

  #keyOfFlow(flow: Flow): Key {
    return keyOf(this.slots.map((_, i) => i), this.masks, flow.match.map((term) => term.value))
  }
}

/** Whether a match is one of Ethernet packets alone, which those do not say that have fields of theirs. */
function isOfEthernet(match: Match): boolean {
  const [first] = match
  if (first?.field === 'packet_type') return first.value === 0
  return match.some((term) => fieldInfo(term.field).prereq !== 'none')
}

const conjunctions = (flow: Flow): readonly ConjunctionAction[] =>
  flow.actions.filter((action): action is ConjunctionAction => action.type === 'conjunction')

const isConjunctive = (flow: Flow): boolean => flow.actions.some((action) => action.type === 'conjunction')

/** A flow of which part of a conjunction is matched, and what its place in its tuple has below it. */
interface Soft {
  readonly flows: readonly Flow[]
  readonly at: number
}

const PACKET_TYPE = slotOf(fieldInfo('packet_type'))
const CONJ_ID = slotOf(fieldInfo('conj_id'))

/** The flows of one table. Looking up costs a map access a set of masks, however many flows there are. */
export class FlowTable {
  readonly #byMasks = new Map<string, Tuple>()
  /** The highest priority first. */
  #tuples: Tuple[] = []
  #sorted = true
  readonly #keys = new Map<string, Flow>()

  get size(): number {
    return this.#keys.size
  }

  get flows(): Iterable<Flow> {
    return this.#keys.values()
  }

  /** Adds a flow, in the place of one of the same priority and match. */
  add(flow: Flow): void {
    const masks = masksKey(flow.match)
    let tuple = this.#byMasks.get(masks)
    if (tuple === undefined) {
      tuple = new Tuple(flow.match)
      this.#byMasks.set(masks, tuple)
      this.#tuples.push(tuple)
    }
    tuple.add(flow)
    this.#keys.set(flowKey(flow), flow)
    this.#sorted = false
  }

  /** Deletes the flow of this priority and match; false when there is none. */
  delete(flow: Pick<Flow, 'table_id' | 'priority' | 'match'>): boolean {
    const own = this.#keys.get(flowKey(flow))
    if (own === undefined) return false
    const masks = masksKey(own.match)
    const tuple = this.#byMasks.get(masks)
    tuple?.delete(own)
    if (tuple?.empty === true) {
      this.#byMasks.delete(masks)
      this.#tuples = this.#tuples.filter((other) => other !== tuple)
    }
    this.#keys.delete(flowKey(own))
    this.#sorted = false
    return true
  }

  /**
   * The flow that a packet matches. Bits that were looked at are added to `consulted` (by slot): a packet that differs
   * in other bits only gets the same answer. Of flows that match with one priority it is not said which is found.
   */
  lookup(packet: Packet, consulted: Value[]): Flow | undefined {
    const soft: Soft[] = []
    let hard = this.#search(packet, consulted, soft)
    while (soft.length > 0) {
      const best = this.#topSoft(soft, hard)
      if (best.length === 0) break
      const id = completed(best)
      if (id !== undefined) {
        const found = this.#withConjId(packet, consulted, id)
        if (found !== undefined) return found
      }
      hard = descend(soft, best, hard)
    }
    return hard
  }

  #search(packet: Packet, consulted: Value[], soft: Soft[] | undefined): Flow | undefined {
    this.#sort()
    let hard: Flow | undefined
    const bare = packet.values[PACKET_TYPE] !== 0
    for (const tuple of this.#tuples) {
      if (hard !== undefined && tuple.maxPriority <= hard.priority) break
      consult(tuple, consulted)
      const flows = tuple.find(packet)
      if (flows === undefined || (bare && tuple.ofEthernet)) continue
      const at = soft === undefined ? flows.findIndex((flow) => !isConjunctive(flow)) : 0
      const flow = flows[at]
      if (flow === undefined || (hard !== undefined && flow.priority <= hard.priority)) continue
      if (soft !== undefined && isConjunctive(flow)) soft.push({ flows, at })
      else hard = flow
    }
    return hard
  }

  /** Forgets what the hard match overrides; returns those of the highest priority. */
  #topSoft(soft: Soft[], hard: Flow | undefined): Soft[] {
    const priorityOf = (one: Soft): number => one.flows[one.at]?.priority ?? -1
    const kept = soft.filter((one) => priorityOf(one) > (hard?.priority ?? -1))
    soft.splice(0, soft.length, ...kept)
    const top = Math.max(-1, ...kept.map(priorityOf))
    return kept.filter((one) => priorityOf(one) === top)
  }

  #withConjId(packet: Packet, consulted: Value[], id: number): Flow | undefined {
    const saved = packet.values[CONJ_ID] ?? 0
    packet.values[CONJ_ID] = id
    const found = this.#search(packet, consulted, undefined)
    packet.values[CONJ_ID] = saved
    return found
  }

  #sort(): void {
    if (this.#sorted) return
    this.#tuples.sort((a, b) => b.maxPriority - a.maxPriority)
    this.#sorted = true
  }
}

/** Nothing complete at this priority: each of these gives way to what its place has below it. */
function descend(soft: Soft[], best: readonly Soft[], hard: Flow | undefined): Flow | undefined {
  let found = hard
  for (const one of best) {
    soft.splice(soft.indexOf(one), 1)
    const next = one.flows[one.at + 1]
    if (next === undefined) continue
    if (isConjunctive(next)) soft.push({ flows: one.flows, at: one.at + 1 })
    else if (found === undefined || next.priority > found.priority) found = next
  }
  return found
}

/** The id of a conjunction all of whose clauses these flows match. */
function completed(matches: readonly Soft[]): number | undefined {
  const clauses = new Map<number, Set<number>>()
  for (const { flows, at } of matches) {
    const flow = flows[at]
    for (const { id, clause, n_clauses } of flow === undefined ? [] : conjunctions(flow)) {
      const met = clauses.get(id) ?? new Set()
      met.add(clause)
      clauses.set(id, met)
      if (met.size === n_clauses) return id
    }
  }
  return undefined
}

function consult(tuple: Tuple, consulted: Value[]): void {
  for (let i = 0; i < tuple.slots.length; i++) {
    const slot = tuple.slots[i] ?? 0
    consulted[slot] = or(consulted[slot] ?? 0, tuple.masks[i] ?? 0)
  }
}

function masksKey(match: Match): string {
  let key = ''
  for (const term of match) {
    const info = fieldInfo(term.field)
    key += `${slotOf(info)}/${String(term.mask ?? info.ones)},`
  }
  return key
}
