import type { Value } from 'openflow-ts'
import { openBits } from './origins.js'
import { ExactQuestion, inOrder, type Question, type Tables } from './questions.js'
import type { Event } from './walk.js'

/**
 * What became of packets, by what was asked of them on their way. Packets that are the same but for the values of some
 * origins are asked the same first question; those that answer it alike, the same second one, and so on: whoever comes to
 * a leaf is treated as the packet was that was sent to make it.
 */
export class Tree<T> {
  readonly #tables: Tables
  #root: Node<T> | undefined

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Nothing is asked: all packets are treated the same. */
  get isLeaf(): boolean {
    return this.#root?.type === 'leaf'
  }

  find(valueOf: (origin: number) => Value): T | undefined {
    let at = this.#root
    while (at?.type === 'branch') at = at.children.get(at.question.answerOf(valueOf(at.question.origin)))
    return at?.leaf
  }

  /** The leaf of a packet to which this happened. */
  add(events: readonly Event[], valueOf: (origin: number) => Value, leaf: T): void {
    const path = new Path<T>(this.#root, valueOf, (root) => (this.#root = root))
    for (const [i, event] of events.entries()) {
      if (event.type === 'use') {
        const asked = path.follow(i)
        for (const [n, place] of event.places.entries()) {
          if (asked === undefined || n > asked.index) path.ask(i, n, 0, new ExactQuestion(place))
        }
        continue
      }
      const { table, flow, at } = event
      const cut = this.#tables.cutOf(table, flow)
      const places = inOrder(at.places)
      const asked = path.follow(i)
      // What was asked for a packet that a flow of a higher priority took says nothing of those below it.
      const goesOn = asked !== undefined && asked.cut <= cut
      const from = goesOn ? asked.index + 1 : 0
      for (let n = from; n < places.length; n++) {
        const place = places[n]
        if (place === undefined || !this.#tables.matchOn(table, place.slot)) continue
        const own = goesOn ? asked.cut : cut
        // Of what was asked about before in this table, flows are meant that match this packet, as they are all alike.
        const question = this.#tables.question(table, own, at.packet, openBits(places.slice(n)), place)
        if (question !== undefined) path.ask(i, n, own, question)
      }
    }
    path.end(leaf)
  }
}

type Node<T> = Branch<T> | { readonly type: 'leaf'; readonly leaf: T }

interface Branch<T> {
  readonly type: 'branch'
  /** The event that asks, and within it, the place that is asked about. */
  readonly event: number
  readonly index: number
  /** Flows of lower priorities were left out. */
  readonly cut: number
  readonly question: Question
  readonly children: Map<number, Node<T>>
}

/** A packet's way down the tree, which grows where it is the first to come. */
class Path<T> {
  readonly #valueOf: (origin: number) => Value
  #at: Node<T> | undefined
  #plant: (node: Node<T>) => void

  constructor(root: Node<T> | undefined, valueOf: (origin: number) => Value, plant: (node: Node<T>) => void) {
    this.#at = root
    this.#valueOf = valueOf
    this.#plant = plant
  }

  /** Past all that is asked for this event already; returns the last of it. */
  follow(event: number): Branch<T> | undefined {
    let last: Branch<T> | undefined
    while (this.#at?.type === 'branch' && this.#at.event === event) {
      last = this.#at
      this.#down(last)
    }
    return last
  }

  ask(event: number, index: number, cut: number, question: Question): void {
    if (this.#at !== undefined) throw new TypeError('packets that are alike are asked the same')
    const branch: Branch<T> = { type: 'branch', event, index, cut, question, children: new Map<number, Node<T>>() }
    this.#plant(branch)
    this.#down(branch)
  }

  end(leaf: T): void {
    if (this.#at !== undefined) throw new TypeError('packets that are alike end alike')
    this.#plant({ type: 'leaf', leaf })
  }

  #down({ question, children }: Branch<T>): void {
    const answer = question.answerOf(this.#valueOf(question.origin))
    this.#at = children.get(answer)
    this.#plant = (node) => children.set(answer, node)
  }
}
