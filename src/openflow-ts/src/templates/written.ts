/** Where the values of slots stand in a text, and how they are written there. */
import { failing } from './group.js'
import { type Slot, slotValue, withRule, withSlots } from './slot.js'
import { TEXT_FORMS, type TextForm } from './text-forms.js'

/** A slot whose value is written at `at` of the text. */
export interface Written extends Slot {
  readonly form: TextForm
  readonly at: number
  readonly length: number
}

/** The text of some bytes; undefined when they have none of their own. */
export type TextOf = (bytes: Buffer) => string | undefined

type ValueOf = (slot: Slot) => bigint

const first: ValueOf = ({ probes }) => probes[0]
const second: ValueOf = ({ probes }) => probes[1]

const DIGIT = /[0-9A-Fa-fx]/

/** The only place where a number stands in a text, not counting those within longer numbers; -1 when there are more. */
function onlyPlaceOf(number: string, text: string): number {
  const startsLate = DIGIT.test(number.charAt(0))
  let found = -1
  for (let at = text.indexOf(number); at >= 0; at = text.indexOf(number, at + 1)) {
    if ((startsLate && DIGIT.test(text.charAt(at - 1))) || DIGIT.test(text.charAt(at + number.length))) continue
    if (found >= 0) return -1
    found = at
  }
  return found
}

/** A slot, how its value is written, and where that is when it has its first probe. */
interface Seen {
  readonly slot: Slot
  readonly form: TextForm
  readonly at: number
}

/** How a slot is written in texts of its two probes. */
function see(slot: Slot, one: string, other: string): Seen | undefined {
  for (const form of TEXT_FORMS) {
    const inOne = form.text(first(slot))
    const inOther = form.text(second(slot))
    if (inOne === undefined || inOther === undefined) continue
    const at = onlyPlaceOf(inOne, one)
    if (at >= 0 && onlyPlaceOf(inOther, other) >= 0) return { slot, form, at }
  }
  return undefined
}

/** Finds them by changing the values. */
export class TextFinder {
  readonly #bytes: Buffer
  readonly #text: string
  readonly #textOf: TextOf

  constructor(bytes: Buffer, text: string, textOf: TextOf) {
    this.#bytes = bytes
    this.#text = text
    this.#textOf = textOf
  }

  /** In the order of the text. Slots that are not found, or for whose value no rule holds, are left out. */
  find(slots: readonly Slot[]): readonly Written[] {
    // What has a special value may not be in the text at all: a change of it would move all others.
    const [special, usual] = [true, false].map((is) => slots.filter((slot) => this.#isSpecial(slot) === is))
    const alone = (special ?? []).flatMap((slot) => this.#locateAll([slot]))
    const located = inOrder([...this.#locateAll(usual ?? []), ...alone])
    return withRule(this.#chooseForms(located), this.#bytes, (some, valueOf) => this.#holds(some, valueOf))
  }

  #isSpecial(slot: Slot): boolean {
    return slot.range.special.includes(slotValue(this.#bytes, slot))
  }

  #textWith<S extends Slot>(slots: readonly S[], valueOf: (slot: S) => bigint): string | undefined {
    return this.#textOf(withSlots(this.#bytes, slots, valueOf))
  }

  #locateAll(slots: readonly Slot[]): Written[] {
    const one = this.#textWith(slots, first)
    const other = this.#textWith(slots, second)
    if (one === undefined || other === undefined) return slots.length > 1 ? slots.flatMap((slot) => this.#locateAll([slot])) : []
    const seen = slots.flatMap((slot) => see(slot, one, other) ?? [])
    if (seen.length === slots.length) return this.#inOwnText(seen)
    if (slots.length === 1) return []
    // Those that are not to be told from others then are changed alone.
    const known = new Set(seen.map(({ slot }) => slot))
    const rest = slots.filter((slot) => !known.has(slot))
    return [...this.#locateAll([...known]), ...rest.flatMap((slot) => this.#locateAll([slot]))]
  }

  /** Of forms that differ for zero only, that which holds for it, if either does. */
  #chooseForms(written: readonly Written[]): readonly Written[] {
    const doubtful = written.filter(({ form, range }) => form.otherwise !== undefined && range.min === 0n)
    const wrong = new Set(failing(doubtful, (some) => this.#holds(some, () => 0n)))
    return written.map((slot) => (wrong.has(slot) ? { ...slot, form: slot.form.otherwise ?? slot.form } : slot))
  }

  /** Where they stand in the text with the own values of all. */
  #inOwnText(seen: readonly Seen[]): Written[] {
    let shift = 0
    return [...seen]
      .sort((a, b) => a.at - b.at)
      .flatMap(({ slot, form, at }) => {
        const text = form.text(slotValue(this.#bytes, slot))
        const place = at + shift
        shift += (text?.length ?? 0) - (form.text(first(slot))?.length ?? 0)
        return text !== undefined && this.#text.startsWith(text, place) ? [{ ...slot, form, at: place, length: text.length }] : []
      })
  }

  /** Whether the text, with these values of some slots, is as it should be. */
  #holds(some: readonly Written[], valueOf: (slot: Written) => bigint): boolean {
    let text = ''
    let end = 0
    for (const slot of some) {
      const written = slot.form.text(valueOf(slot))
      if (written === undefined) return false
      text += this.#text.slice(end, slot.at) + written
      end = slot.at + slot.length
    }
    return this.#textWith(some, valueOf) === text + this.#text.slice(end)
  }
}

/** In the order of the text, without those that begin before the one before them ends. */
function inOrder(written: readonly Written[]): readonly Written[] {
  let end = 0
  return [...written]
    .sort((a, b) => a.at - b.at)
    .filter(({ at, length }) => {
      if (at < end) return false
      end = at + length
      return true
    })
}
