/** A set of small integers as hex text: bit `i % 8` of byte `i / 8`, so that a record in the store stays compact. */
export class Bitmap {
  readonly #bytes: Uint8Array
  readonly #size: number

  private constructor(bytes: Uint8Array, size: number) {
    this.#bytes = bytes
    this.#size = size
  }

  static empty(size: number): Bitmap {
    return new Bitmap(new Uint8Array(Math.ceil(size / 8)), size)
  }

  static parse(hex: string, size: number): Bitmap {
    return new Bitmap(Uint8Array.from(Buffer.from(hex, 'hex')), size)
  }

  has(i: number): boolean {
    return (((this.#bytes[i >>> 3] ?? 0) >>> (i & 7)) & 1) === 1
  }

  add(i: number): void {
    this.#bytes[i >>> 3] = (this.#bytes[i >>> 3] ?? 0) | (1 << (i & 7))
  }

  delete(i: number): void {
    this.#bytes[i >>> 3] = (this.#bytes[i >>> 3] ?? 0) & ~(1 << (i & 7))
  }

  /** The first absent number at or after `from`, round to before it; undefined when all are there. */
  firstFree(from: number): number | undefined {
    for (let step = 0; step < this.#size; step++) {
      const i = (from + step) % this.#size
      if (!this.has(i)) return i
    }
    return undefined
  }

  toString(): string {
    return Buffer.from(this.#bytes).toString('hex')
  }
}
