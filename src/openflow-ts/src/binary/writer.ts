import { EncodeError } from '../errors.js'
import { HIGH, halves, LOW, whole } from './words.js'

const DEFAULT_CHUNK = 16 * 1024

/**
 * A growing big-endian output buffer. One instance is reused for many messages: write, `take`, write, `take`.
 * Lengths that are known only afterwards are written with `patch16` / `patch32`.
 */
export class Writer {
  readonly #chunk: number
  #buffer: Buffer
  #view: DataView
  /** Where what is being written begins; before it is what was taken. */
  #start = 0
  #at = 0

  /** @param chunk bytes allocated at a time; what is taken shares them */
  constructor(chunk = DEFAULT_CHUNK) {
    this.#chunk = chunk
    this.#buffer = Buffer.allocUnsafeSlow(chunk)
    this.#view = new DataView(this.#buffer.buffer)
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at - this.#start
  }

  /** Forgets what has been written since `length` was this much: by default, since the last `take`. */
  reset(length = 0): void {
    this.#at = this.#start + length
  }

  /** Sees to it that `count` more bytes can be written where what has been written stands. */
  reserve(count: number): void {
    if (this.#at + count <= this.#buffer.length) return
    this.#grow(count)
    this.#at -= count
  }

  u8(value: number): void {
    const at = this.#claim(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#claim(2)
    this.#view.setUint16(at, value >>> 0)
  }

  u32(value: number): void {
    const at = this.#claim(4)
    // Of a number on the heap, this spares a call that makes it one.
    this.#view.setUint32(at, value >>> 0)
  }

  /** The low 64 bits. */
  u64(value: bigint): void {
    whole[0] = value
    const at = this.#claim(8)
    this.#view.setUint32(at, halves[HIGH] ?? 0)
    this.#view.setUint32(at + 4, halves[LOW] ?? 0)
  }

  /** A word and behind it the low `bytes` bytes of `value`: in one step what is common in TLVs. */
  tlv(header: number, value: number | bigint, bytes: number): void {
    if (typeof value === 'number' && bytes === 4) {
      const at = this.#claim(8)
      this.#view.setUint32(at, header >>> 0)
      this.#view.setUint32(at + 4, value >>> 0)
    } else if (typeof value === 'number' && bytes === 2) {
      const at = this.#claim(6)
      this.#view.setUint32(at, header >>> 0)
      this.#view.setUint16(at + 4, value >>> 0)
    } else {
      this.u32(header)
      this.uint(value, bytes)
    }
  }

  /** The low `bytes` bytes of `value`, most significant first. */
  uint(value: number | bigint, bytes: number): void {
    if (typeof value === 'number') this.#uintOfNumber(value, bytes)
    else this.#uintOfBigint(value, bytes)
  }

  #uintOfNumber(value: number, bytes: number): void {
    if (bytes === 4) this.u32(value)
    else if (bytes === 2) this.u16(value)
    else if (bytes === 1) this.u8(value)
    else this.#uintOfBigint(BigInt(value), bytes)
  }

  #uintOfBigint(value: bigint, bytes: number): void {
    if (bytes === 8) {
      this.u64(value)
      return
    }
    whole[0] = value
    const high = halves[HIGH] ?? 0
    const low = halves[LOW] ?? 0
    if (bytes === 6) {
      this.u16(high & 0xffff)
      this.u32(low)
    } else if (bytes > 8) {
      this.#uintOfBigint(value >> 64n, bytes - 8)
      this.u64(value)
    } else {
      const at = this.#claim(bytes)
      for (let i = 0; i < bytes; i++) {
        const shift = 8 * (bytes - 1 - i)
        this.#buffer[at + i] = shift >= 32 ? high >>> (shift - 32) : low >>> shift
      }
    }
  }

  bytes(source: Uint8Array): void {
    const at = this.#claim(source.length)
    this.#buffer.set(source, at)
  }

  zeros(count: number): void {
    const at = this.#claim(count)
    // Padding is mostly short: a call costs more than its bytes.
    if (count > 16) this.#buffer.fill(0, at, at + count)
    else for (let i = at; i < at + count; i++) this.#buffer[i] = 0
  }

  /** Zero padding until the distance from `start` is a multiple of `multiple`. */
  alignFrom(start: number, multiple: number): void {
    const over = (this.length - start) % multiple
    if (over !== 0) this.zeros(multiple - over)
  }

  patch16(at: number, value: number): void {
    if (value > 0xffff) throw new EncodeError(`${value} does not fit in 16 bits`)
    this.#view.setUint16(this.#start + at, value)
  }

  patch32(at: number, value: number): void {
    this.#view.setUint32(this.#start + at, value)
  }

  /** What has been written at `at`. */
  u16At(at: number): number {
    return this.#view.getUint16(this.#start + at)
  }

  /** Hands over what has been written since the last time. */
  take(): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#at)
    this.#start = this.#at
    return taken
  }

  /** Whether both hold the same bytes. */
  equals(other: Writer): boolean {
    return this.#written().equals(other.#written())
  }

  #written(): Buffer {
    return this.#buffer.subarray(this.#start, this.#at)
  }

  #claim(count: number): number {
    const at = this.#at
    if (at + count > this.#buffer.length) return this.#grow(count)
    this.#at = at + count
    return at
  }

  /** Goes on in a new chunk, with what has not been taken yet. */
  #grow(count: number): number {
    const { length } = this
    const needed = length + count
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#chunk, needed > this.#chunk / 2 ? needed * 2 : 0))
    this.#buffer.copy(grown, 0, this.#start, this.#at)
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
    this.#start = 0
    this.#at = needed
    return length
  }
}
