/** Bytes that become text: what was printed before says how what looks the same is printed. */
import type { FreeValue } from './free-values.js'
import { LastView } from './piece.js'
import { PrintTemplate } from './print-template.js'
import type { ByteSink } from './sink.js'
import { attempt, type Encode, findSlots } from './slot.js'
import { type Thrift, Track } from './track.js'
import { TextFinder, type TextOf } from './written.js'

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

const ASCII = /^[\n\x20-\x7e]*$/

/** Learns from some bytes and their text; undefined when there is nothing to be learnt. */
function learn<M>(bytes: Buffer, text: string, { message, free, encode }: Specimen<M>, textOf: TextOf): PrintTemplate | undefined {
  // All that is sent is made of whole words.
  if (bytes.length % 4 !== 0 || !ASCII.test(text)) return undefined
  if (attempt(() => encode(message))?.equals(bytes) !== true) return undefined
  const written = new TextFinder(bytes, text, textOf).find(findSlots(message, bytes, free, encode))
  return written.length === 0 ? undefined : new PrintTemplate(bytes, text, written)
}

const MOST_TEMPLATES = 1024
const PRIME = 0x01000193

const mix = (hash: number, word: number): number => Math.imul(hash ^ word, PRIME) ^ (hash >>> 15)

const NONE: readonly PrintTemplate[] = []

/** Templates of bytes of one length, by the bits that are in no slot of any of them. */
class Index {
  #templates: PrintTemplate[] = []
  #byHash = new Map<number, PrintTemplate[]>()
  #mask: Int32Array

  constructor(words: number) {
    this.#mask = new Int32Array(words).fill(-1)
  }

  /** Those that bytes may have the look of. */
  at(view: DataView, from: number): readonly PrintTemplate[] {
    const mask = this.#mask
    let hash = 0
    for (let i = 0; i < mask.length; i++) hash = mix(hash, view.getInt32(from + 4 * i) & (mask[i] ?? 0))
    return this.#byHash.get(hash) ?? NONE
  }

  add(template: PrintTemplate): void {
    if (this.#templates.length >= MOST_TEMPLATES) return
    this.#templates.push(template)
    const common = this.#mask.map((bits, i) => bits & (template.mask[i] ?? 0))
    const isSame = common.every((bits, i) => bits === this.#mask[i])
    this.#mask = common
    if (isSame) this.#put(template)
    else this.#build()
  }

  #build(): void {
    this.#byHash = new Map()
    for (const template of this.#templates) this.#put(template)
  }

  #put(template: PrintTemplate): void {
    const hash = template.pattern.reduce((before, word, i) => mix(before, word & (this.#mask[i] ?? 0)), 0)
    const same = this.#byHash.get(hash)
    if (same === undefined) this.#byHash.set(hash, [template])
    else same.push(template)
  }
}

/** Prints bytes, most of which look like others before. */
export class TemplatePrinter<M> {
  readonly #printing: Printing<M>
  readonly #byLength = new Map<number, Index>()
  readonly #track: Track<PrintTemplate>
  readonly #view = new LastView()

  constructor(printing: Printing<M>, thrift?: Partial<Thrift>) {
    this.#printing = printing
    this.#track = new Track(thrift)
  }

  /** Prints a part of some bytes. False when that cannot be printed on its own. */
  print(bytes: Buffer, from: number, to: number, sink: ByteSink): boolean {
    const { expected } = this.#track
    if (expected?.print(bytes, this.#view.of(bytes), from, to, sink) !== true) return this.#search(bytes, from, to, sink)
    this.#track.hit(expected)
    return true
  }

  #search(bytes: Buffer, from: number, to: number, sink: ByteSink): boolean {
    const view = this.#view.of(bytes)
    for (const template of (this.#track.pays && this.#byLength.get(to - from)?.at(view, from)) || NONE) {
      if (!template.print(bytes, view, from, to, sink)) continue
      this.#track.hit(template)
      return true
    }
    const own = bytes.subarray(from, to)
    const text = this.#printing.text(own)
    if (text === undefined) return false
    sink.text(text)
    if (this.#track.miss(own.length)) this.#learn(own, text)
    return true
  }

  #learn(bytes: Buffer, text: string): void {
    const specimen = this.#printing.specimen(bytes)
    const template = specimen && learn(bytes, text, specimen, (other) => this.#printing.text(other))
    if (template === undefined) return
    const index = this.#byLength.get(bytes.length) ?? new Index(bytes.length >> 2)
    index.add(template)
    this.#byLength.set(bytes.length, index)
  }
}
