import { DecodeError } from '../errors.js'
import { HEADER_BYTES } from '../messages/index.js'

/**
 * Cuts a stream into whole messages, however it is fragmented. Holds at most one incomplete message.
 * A length field that cannot be right leaves no way to find the next message: `push` throws then, for good.
 */
export class Framer {
  readonly #maxBytes: number
  readonly #head = Buffer.alloc(HEADER_BYTES)
  #partial: Buffer = this.#head
  #have = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of an incomplete message that are here. */
  get pending(): number {
    return this.#have
  }

  /**
   * Gives each message that `chunk` completes, as a view that stays valid as long as `chunk` does.
   * @throws DecodeError (OFPBRC_BAD_LEN) on an impossible length
   */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let at = 0
    while (at < chunk.length) {
      if (this.#have === 0) {
        const end = chunk.length - at < HEADER_BYTES ? -1 : at + this.#lengthOf(chunk, at)
        if (end >= 0 && end <= chunk.length) {
          const message = chunk.subarray(at, end)
          at = end
          yield message
          continue
        }
      }
      at = this.#keep(chunk, at)
      const message = this.#takeWhole()
      if (message !== undefined) yield message
    }
  }

  /** Takes bytes into the incomplete message, no more than up to its header's or its own end. */
  #keep(chunk: Buffer, at: number): number {
    const count = Math.min(this.#partial.length - this.#have, chunk.length - at)
    chunk.copy(this.#partial, this.#have, at, at + count)
    this.#have += count
    return at + count
  }

  #takeWhole(): Buffer | undefined {
    if (this.#have < this.#partial.length) return undefined
    if (this.#partial === this.#head) {
      const whole = Buffer.alloc(this.#lengthOf(this.#head, 0))
      this.#head.copy(whole)
      this.#partial = whole
      if (this.#have < whole.length) return undefined
    }
    const message = this.#partial
    this.#partial = this.#head
    this.#have = 0
    return message
  }

  #lengthOf(buffer: Buffer, at: number): number {
    const length = buffer.readUInt16BE(at + 2)
    if (length < HEADER_BYTES || length > this.#maxBytes) {
      throw new DecodeError(`message of length ${length}`, { offset: 2, reply: 'OFPBRC_BAD_LEN' })
    }
    return length
  }
}
