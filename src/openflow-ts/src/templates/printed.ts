/** Bytes that become text: what was printed before says how what looks the same is printed. */
import { Budget, type Thrift } from './budget.js'
import type { FreeValue } from './free-values.js'
import { LastView, Piece, SLACK, wordsOfBytes } from './piece.js'
import { ByteSink } from './sink.js'
import { accepts, attempt, type Encode, exceptionsTo, findSlots, probesOf, readSlot, type Slot, slotValue, withoutValues, withSlot } from './slot.js'
import { MOST_TEXT, TEXT_FORMS, type TextForm } from './text-forms.js'
import { toWords } from './wide.js'

/** A message, or an entry of one, that is changed to learn from. */
export interface Specimen<M> {
  readonly message: M
  readonly free: Iterable<FreeValue>
  readonly encode: Encode<M>
}

/** How bytes are printed where there is no template, and what is behind them. */
export interface Printing<M> {
  /** Undefined: they cannot be printed on their own. */
  text(bytes: Buffer): string | undefined
  /** Undefined: there is nothing to be learnt from them. */
  specimen(bytes: Buffer): Specimen<M> | undefined
}

const MOST_TEMPLATES = 64

/** A slot whose value is written at `at` of the text. */
interface Written {
  readonly slot: Slot
  readonly form: TextForm
  readonly at: number
  readonly length: number
  readonly exceptions: readonly Uint32Array[]
}

/** Where `text` stands in one such that, with another in its place, it is `other`. */
function placeOf(one: string, text: string | undefined, other: string, replaced: string | undefined): number {
  if (text === undefined || replaced === undefined) return -1
  // What is empty is found everywhere, the end included.
  for (let at = one.indexOf(text); at >= 0; at = at < one.length ? one.indexOf(text, at + 1) : -1) {
    if (one.slice(0, at) + replaced + one.slice(at + text.length) === other) return at
  }
  return -1
}

type TextOf = (bytes: Buffer) => string | undefined

/** Finds out how the value of a slot is written, by changing it. */
function findWritten(bytes: Buffer, base: string, slot: Slot, textOf: TextOf): Written | undefined {
  const textWith = (value: bigint): string | undefined => textOf(withSlot(bytes, slot, value))
  const value = slotValue(bytes, slot)
  const [first, second] = probesOf(slot.range)
  const one = textWith(first)
  const other = textWith(second)
  if (one === undefined || other === undefined) return undefined
  for (const form of TEXT_FORMS) {
    const own = form.text(value)
    const at = placeOf(one, form.text(first), other, form.text(second))
    if (own === undefined || at < 0 || !base.startsWith(own, at)) continue
    const rule = (probe: bigint): string => base.slice(0, at) + (form.text(probe) ?? '') + base.slice(at + own.length)
    if (rule(first) !== one || rule(second) !== other) continue
    const exceptions = exceptionsTo(slot.range, (probe) => form.text(probe) !== undefined && textWith(probe) === rule(probe))
    if (exceptions.includes(value)) continue
    return { slot, form, at, length: own.length, exceptions: [...slot.exceptions, ...exceptions.map(toWords)] }
  }
  return undefined
}

/** A text with places for values, and the bytes that are printed with it. */
class PrintTemplate {
  /** That of the bytes which came behind these last. */
  next: PrintTemplate | undefined
  readonly #length: number
  readonly #pattern: Int32Array
  readonly #mask: Int32Array
  readonly #written: readonly Written[]
  /** What stands before each value, and behind the last. */
  readonly #pieces: readonly Piece[]
  readonly #mostText: number

  constructor(bytes: Buffer, text: string, written: readonly Written[]) {
    const slots = written.map(({ slot }) => slot)
    this.#length = bytes.length
    this.#pattern = wordsOfBytes(withoutValues(bytes, slots))
    this.#mask = wordsOfBytes(maskAround(bytes.length, slots))
    this.#written = written
    const ends = [0, ...written.map(({ at, length }) => at + length)]
    this.#pieces = ends.map((end, i) => new Piece(Buffer.from(text.slice(end, written[i]?.at ?? text.length))))
    this.#mostText = text.length + MOST_TEXT * written.length + SLACK
  }

  /** Prints a part of some bytes, whose view it is. False, and nothing is printed, when it does not look the same. */
  print(bytes: Buffer, view: DataView, from: number, to: number, sink: ByteSink): boolean {
    if (to - from !== this.#length) return false
    const pattern = this.#pattern
    const mask = this.#mask
    for (let i = 0; i < pattern.length; i++) {
      if ((view.getInt32(from + 4 * i) & (mask[i] ?? 0)) !== pattern[i]) return false
    }
    sink.reserve(this.#mostText)
    const start = sink.length
    const written = this.#written
    for (let i = 0; i < written.length; i++) {
      this.#piece(i, sink)
      const { slot, form, exceptions } = written[i] as Written
      readSlot(bytes, from, slot)
      if (!accepts(slot, exceptions) || !form.write(sink, slot.words)) {
        sink.length = start
        return false
      }
    }
    this.#piece(written.length, sink)
    return true
  }

  #piece(i: number, sink: ByteSink): void {
    const piece = this.#pieces[i] as Piece
    piece.copyTo(sink.words, sink.length)
    sink.length += piece.length
  }
}

/** Ones in all bits but those of slots. */
function maskAround(length: number, slots: readonly Slot[]): Buffer {
  const mask = Buffer.alloc(length, 0xff)
  for (const { offset, byteMask } of slots) byteMask.forEach((bits, i) => (mask[offset + i] = (mask[offset + i] ?? 0) & ~bits))
  return mask
}

const ASCII = /^[\n\x20-\x7e]*$/

/** Learns from some bytes and their text; undefined when there is nothing to be learnt. */
function learn<M>(bytes: Buffer, text: string, { message, free, encode }: Specimen<M>, textOf: TextOf): PrintTemplate | undefined {
  // All that is sent is made of whole words.
  if (bytes.length % 4 !== 0 || !ASCII.test(text)) return undefined
  if (attempt(() => encode(message))?.equals(bytes) !== true) return undefined
  const written: Written[] = []
  for (const slot of findSlots(message, bytes, free, encode)) {
    const found = findWritten(bytes, text, slot, textOf)
    if (found !== undefined) written.push(found)
  }
  written.sort((a, b) => a.at - b.at)
  const apart = written.every(({ at }, i) => i === 0 || at >= (written[i - 1]?.at ?? 0) + (written[i - 1]?.length ?? 0))
  const template = apart ? new PrintTemplate(bytes, text, written) : undefined
  return template !== undefined && isTrue(template, bytes, written, textOf) ? template : undefined
}

/** Whether it also prints bytes right in which all values are others at once. */
function isTrue(template: PrintTemplate, bytes: Buffer, written: readonly Written[], textOf: TextOf): boolean {
  const changed = written.reduce((all, { slot }) => withSlot(all, slot, probesOf(slot.range)[0]), bytes)
  const sink = new ByteSink()
  return template.print(changed, new LastView().of(changed), 0, changed.length, sink) && sink.view().toString() === textOf(changed)
}

/** Prints bytes, most of which look like others before. */
export class TemplatePrinter<M> {
  readonly #printing: Printing<M>
  readonly #byLength = new Map<number, PrintTemplate[]>()
  readonly #budget: Budget
  readonly #view = new LastView()
  /** That of the bytes before. */
  #last: PrintTemplate | undefined

  constructor(printing: Printing<M>, thrift?: Partial<Thrift>) {
    this.#printing = printing
    this.#budget = new Budget(thrift)
  }

  /** Prints a part of some bytes. False when that cannot be printed on its own. */
  print(bytes: Buffer, from: number, to: number, sink: ByteSink): boolean {
    const expected = this.#last?.next
    if (expected?.print(bytes, this.#view.of(bytes), from, to, sink) !== true) return this.#search(bytes, from, to, sink)
    this.#budget.hits++
    this.#last = expected
    return true
  }

  #search(bytes: Buffer, from: number, to: number, sink: ByteSink): boolean {
    for (const template of this.#byLength.get(to - from) ?? []) {
      if (!template.print(bytes, this.#view.of(bytes), from, to, sink)) continue
      this.#budget.hits++
      if (this.#last !== undefined) this.#last.next = template
      this.#last = template
      return true
    }
    return this.#printAnew(bytes.subarray(from, to), sink)
  }

  #printAnew(bytes: Buffer, sink: ByteSink): boolean {
    const text = this.#printing.text(bytes)
    if (text === undefined) return false
    sink.text(text)
    if (this.#budget.spend(bytes.length)) this.#learn(bytes, text)
    return true
  }

  #learn(bytes: Buffer, text: string): void {
    const specimen = this.#printing.specimen(bytes)
    const template = specimen && learn(bytes, text, specimen, (other) => this.#printing.text(other))
    if (template === undefined) return
    const templates = this.#byLength.get(bytes.length) ?? []
    if (templates.length < MOST_TEMPLATES) templates.push(template)
    this.#byLength.set(bytes.length, templates)
  }
}
