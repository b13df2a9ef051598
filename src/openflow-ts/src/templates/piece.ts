const asView = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** The view of bytes by which four are read at a time: mostly it is asked for that of the same again. */
export class LastView {
  #bytes: Uint8Array | undefined
  #view: DataView = new DataView(new ArrayBuffer(0))

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = asView(bytes)
    }
    return this.#view
  }
}

/** Bytes past its end that a copy of a piece may change. */
export const SLACK = 3

/** Words of bytes, the last one filled with zeros. */
export function wordsOfBytes(bytes: Uint8Array): Int32Array {
  const padded = new DataView(new ArrayBuffer((bytes.length + SLACK) & ~SLACK))
  bytes.forEach((byte, i) => { padded.setUint8(i, byte) })
  return Int32Array.from({ length: padded.byteLength / 4 }, (_, i) => padded.getInt32(4 * i))
}

/** Bytes that are the same in all that a template is for. */
export class Piece {
  readonly length: number
  readonly #words: Int32Array
  /** The last four bytes; the word before has some of them, too. */
  readonly #last: number

  constructor(bytes: Uint8Array) {
    this.length = bytes.length
    this.#words = wordsOfBytes(bytes)
    this.#last = bytes.length < 4 ? 0 : asView(bytes).getInt32(bytes.length - 4)
  }

  /** Whether they stand at `at` of bytes that are looked at up to `to`. */
  isAt(view: DataView, at: number, to: number): boolean {
    const { length } = this
    if (at + length > to) return false
    const words = this.#words
    if (length < 4) {
      const word = words.length === 0 ? 0 : (words[0] ?? 0)
      for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== ((word >>> (24 - 8 * i)) & 0xff)) return false
      return true
    }
    const whole = length >> 2
    for (let i = 0; i < whole; i++) if (view.getInt32(at + 4 * i) !== words[i]) return false
    return view.getInt32(at + length - 4) === this.#last
  }

  /** Writes them there, and up to SLACK bytes behind. */
  copyTo(view: DataView, at: number): void {
    const words = this.#words
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] ?? 0)
  }
}
