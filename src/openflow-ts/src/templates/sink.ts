const FIRST_BYTES = 64 * 1024

/** Bytes, of messages or of text, that grow at their end. Whoever writes by index or word reserves room before. */
export class ByteSink {
  bytes: Buffer
  /** Of the same bytes. */
  words: DataView
  length = 0

  constructor(capacity = FIRST_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.words = new DataView(this.bytes.buffer)
  }

  /** Room for so many bytes more. What was in `bytes` before may be a copy afterwards. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
    this.words = new DataView(larger.buffer)
  }

  append(source: Uint8Array): void {
    this.reserve(source.length)
    this.bytes.set(source, this.length)
    this.length += source.length
  }

  /** Text as UTF-8. */
  text(text: string): void {
    // A character of a string takes three bytes at most.
    this.reserve(3 * text.length)
    this.length += this.bytes.write(text, this.length)
  }

  /** What there is. It shares the bytes: it holds until more is written. */
  view(from = 0): Buffer {
    return this.bytes.subarray(from, this.length)
  }
}
