/** Bytes that become text: what was printed before says how what looks the same is printed. */
import { Budget, type Thrift } from './budget.js'
import type { FreeValue } from './free-values.js'
import { LastView, Piece, SLACK, wordsOfBytes } from './piece.js'
import type { ByteSink } from './sink.js'
import { attempt, type Encode, findSlots, isWithin, type Limits, limitsOf, readSlot, type Slot, withSlots } from './slot.js'
import { MOST_TEXT, type TextForm } from './text-forms.js'
import { TextFinder, type TextOf, type Written } from './written.js'

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

/** Where a value is read, and how it is written. */
interface Place {
  readonly slot: Slot
  readonly form: TextForm
  readonly limits: Limits | undefined
}

/** A text with places for values, and the bytes that are printed with it. */
class PrintTemplate {
  /** That of the bytes which came behind these last. */
  next: PrintTemplate | undefined
  readonly #length: number
  readonly #pattern: Int32Array
  readonly #mask: Int32Array
  readonly #written: readonly Place[]
  /** What stands before each value, and behind the last. */
  readonly #pieces: readonly Piece[]
  readonly #mostText: number

  constructor(bytes: Buffer, text: string, written: readonly Written[]) {
    this.#length = bytes.length
    this.#pattern = wordsOfBytes(withSlots(bytes, written, () => 0n))
    this.#mask = wordsOfBytes(maskAround(bytes.length, written))
    this.#written = written.map((slot) => ({ slot, form: slot.form, limits: limitsOf(slot) }))
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
      const { slot, form, limits } = written[i] as Place
      readSlot(bytes, from, slot)
      if ((limits !== undefined && !isWithin(limits)) || !form.write(sink, slot.words)) {
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
  const written = new TextFinder(bytes, text, textOf).find(findSlots(message, bytes, free, encode))
  return new PrintTemplate(bytes, text, written)
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
