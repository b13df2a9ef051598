import { isUtf8 } from 'node:buffer'
import { JsonSyntaxError, MessageLimitError } from '../errors.js'
import { readBytes, readOutline, SPAN_DEPTH } from './outline.js'
import type { Json } from './value.js'

export interface ScannerLimits {
  /** Largest message accepted, in bytes. */
  readonly maxMessageBytes: number
  /** Deepest nesting of arrays and objects accepted. */
  readonly maxDepth: number
  /**
   * From this size on, a message is read as far as its outline goes; the rest is in parts (`outline.ts`). Default: never.
   */
  readonly outlineBytes?: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const ZERO = 0x30
const NINE = 0x39
const LETTER_U = 0x75

/** Integers with fewer digits are exact as numbers: 10^15 < 2^53. */
const WIDE_DIGITS = 16

/**
 * Cuts a stream of bytes into JSON objects, however the stream is fragmented. Each byte is looked at once: brackets
 * and quotes are counted to find where an object ends, then the object is parsed as a whole. ASCII bytes never occur
 * inside a multi-byte UTF-8 character, so fragments need no decoding of their own.
 */
export class JsonScanner {
  readonly #limits: ScannerLimits
  readonly #outlineBytes: number
  #fragments: Buffer[] = []
  #fragmentBytes = 0
  #messageOffset = 0
  #streamOffset = 0
  #depth = 0
  #inString = false
  #escaped = false
  #digits = 0
  /** Where what is at SPAN_DEPTH begins and ends, in turn. */
  #spans: number[] = []
  /** Whether the message holds what JSON.parse would read inexactly or too leniently. */
  #exact = false

  constructor(limits: ScannerLimits) {
    this.#limits = limits
    this.#outlineBytes = limits.outlineBytes ?? Infinity
  }

  /** Whether a message has begun that has not ended. */
  get midMessage(): boolean {
    return this.#depth > 0
  }

  /**
   * Takes the next bytes and calls `emit` for every object that they complete, in order.
   * Throws JsonSyntaxError and MessageLimitError; the stream cannot be followed any further then.
   */
  push(chunk: Buffer, emit: (value: Json) => void): void {
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (this.#depth === 0) {
        if (isSpace(byte)) continue
        this.#messageOffset = this.#streamOffset + at
        if (byte !== OPEN_OBJECT) throw this.#error(`expected an object, got byte 0x${byte.toString(16)}`)
        start = at
        this.#depth = 1
        continue
      }
      if (this.#inString) {
        at = this.#skipString(chunk, at)
        continue
      }
      this.#structuralByte(byte, this.#fragmentBytes + at - start)
      if (this.#depth === 0) emit(this.#finish(chunk.subarray(start, at + 1)))
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start))
    this.#streamOffset += chunk.length
  }

  /** Goes on inside a string; returns the place of its closing quote, or of the chunk's last byte. */
  #skipString(chunk: Buffer, from: number): number {
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      if (chunk[at++] === LETTER_U) this.#exact = true
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === QUOTE) {
        this.#inString = false
        return at
      }
      if (byte !== BACKSLASH) continue
      if (++at === chunk.length) this.#escaped = true
      else if (chunk[at] === LETTER_U) this.#exact = true
    }
    return chunk.length - 1
  }

  #structuralByte(byte: number, offset: number): void {
    if (byte >= ZERO && byte <= NINE) {
      if (++this.#digits >= WIDE_DIGITS) this.#exact = true
      return
    }
    this.#digits = 0
    switch (byte) {
      case QUOTE:
        this.#inString = true
        break
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (++this.#depth > this.#limits.maxDepth) {
          throw new MessageLimitError(`message is nested deeper than ${this.#limits.maxDepth}`)
        }
        if (this.#depth === SPAN_DEPTH) this.#spans.push(offset)
        break
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        if (this.#depth-- === SPAN_DEPTH) this.#spans.push(offset + 1)
    }
  }

  #keep(fragment: Buffer): void {
    this.#fragmentBytes += fragment.length
    if (this.#fragmentBytes > this.#limits.maxMessageBytes) {
      throw new MessageLimitError(`message is larger than ${this.#limits.maxMessageBytes} bytes`)
    }
    this.#fragments.push(fragment)
  }

  #finish(last: Buffer): Json {
    this.#keep(last)
    const bytes = this.#fragments.length === 1 ? last : Buffer.concat(this.#fragments, this.#fragmentBytes)
    const message = { bytes, spans: this.#spans, exact: this.#exact, offset: this.#messageOffset }
    this.#fragments = []
    this.#fragmentBytes = 0
    this.#digits = 0
    this.#spans = []
    this.#exact = false
    if (!isUtf8(bytes)) throw this.#error('message is not UTF-8')
    return bytes.length < this.#outlineBytes ? readBytes(message, 0, bytes.length) : readOutline(message)
  }

  #error(what: string): JsonSyntaxError {
    return new JsonSyntaxError(what, this.#messageOffset)
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
