/** Bytes of one look, and the text that they have. */
import { Piece, SLACK, wordsOfBytes } from './piece.js'
import type { ByteSink } from './sink.js'
import { isWithin, type Limits, limitsOf, readSlot, type Slot, withSlots } from './slot.js'
import { MOST_TEXT, type TextForm } from './text-forms.js'
import type { Written } from './written.js'

/** Where a value is read, and how it is written. */
interface Place {
  readonly slot: Slot
  readonly form: TextForm
  readonly limits: Limits | undefined
}

/** A text with places for values, and the bytes that are printed with it. */
export class PrintTemplate {
  /** That of the bytes which came behind these last. */
  next: PrintTemplate | undefined
  readonly #length: number
  /** The bits that are not in slots, and their mask, by words. */
  readonly pattern: Int32Array
  readonly mask: Int32Array
  readonly #written: readonly Place[]
  /** What stands before each value, and behind the last. */
  readonly #pieces: readonly Piece[]
  readonly #mostText: number

  constructor(bytes: Buffer, text: string, written: readonly Written[]) {
    this.#length = bytes.length
    this.pattern = wordsOfBytes(withSlots(bytes, written, () => 0n))
    this.mask = wordsOfBytes(maskAround(bytes.length, written))
    this.#written = written.map((slot) => ({ slot, form: slot.form, limits: limitsOf(slot) }))
    const ends = [0, ...written.map(({ at, length }) => at + length)]
    this.#pieces = ends.map((end, i) => new Piece(Buffer.from(text.slice(end, written[i]?.at ?? text.length))))
    this.#mostText = text.length + MOST_TEXT * written.length + SLACK
  }

  /** Prints a part of some bytes, whose view it is. False, and nothing is printed, when it does not look the same. */
  print(bytes: Buffer, view: DataView, from: number, to: number, sink: ByteSink): boolean {
    if (to - from !== this.#length) return false
    const { pattern, mask } = this
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
