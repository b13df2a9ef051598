import { DecodeError } from './errors.js'

/**
 * A growing big-endian output buffer. One instance is reused for many messages: `reset`, write, `take`.
 * Lengths that are known only afterwards are written with `patch16` / `patch32`.
 */
export class Writer {
  #buffer: Buffer
  #length = 0

  constructor(capacity = 1024) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  reset(): void {
    this.#length = 0
  }

  u8(value: number): void {
    const at = this.#claim(1)
    this.#buffer[at] = value
  }

  u16(value: number): void {
    const at = this.#claim(2)
    this.#buffer[at] = value >>> 8
    this.#buffer[at + 1] = value
  }

  u32(value: number): void {
    const at = this.#claim(4)
    this.#buffer[at] = value >>> 24
    this.#buffer[at + 1] = value >>> 16
    this.#buffer[at + 2] = value >>> 8
    this.#buffer[at + 3] = value
  }

  u64(value: bigint): void {
    const at = this.#claim(8)
    this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, value), at)
  }

  /** The low `bytes` bytes of `value`, most significant first. */
  uint(value: number | bigint, bytes: number): void {
    if (typeof value === 'number') {
      if (bytes === 4) this.u32(value)
      else if (bytes === 2) this.u16(value)
      else if (bytes === 1) this.u8(value)
      else this.uint(BigInt(value), bytes)
      return
    }
    if (bytes === 16) {
      this.u64(value >> 64n)
      this.u64(value)
      return
    }
    if (bytes === 8) {
      this.u64(value)
      return
    }
    const at = this.#claim(bytes)
    if (bytes === 6) {
      this.#buffer.writeUIntBE(Number(BigInt.asUintN(48, value)), at, 6)
      return
    }
    let rest = value
    for (let i = bytes - 1; i >= 0; i--) {
      this.#buffer[at + i] = Number(rest & 0xffn)
      rest >>= 8n
    }
  }

  bytes(source: Uint8Array): void {
    const at = this.#claim(source.length)
    this.#buffer.set(source, at)
  }

  zeros(count: number): void {
    const at = this.#claim(count)
    this.#buffer.fill(0, at, at + count)
  }

  /** Zero padding until the distance from `start` is a multiple of `multiple`. */
  alignFrom(start: number, multiple: number): void {
    const over = (this.#length - start) % multiple
    if (over !== 0) this.zeros(multiple - over)
  }

  patch16(at: number, value: number): void {
    this.#buffer.writeUInt16BE(value, at)
  }

  patch32(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value >>> 0, at)
  }

  /** A copy of what has been written. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }

  /** Whether both hold the same bytes. */
  equals(other: Writer): boolean {
    return this.#buffer.subarray(0, this.#length).equals(other.#buffer.subarray(0, other.#length))
  }

  #claim(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.#length = needed
    return at
  }
}

/** A bounded big-endian view of received bytes. Reading past the end throws DecodeError (OFPBRC_BAD_LEN). */
export class Reader {
  readonly #buffer: Buffer
  readonly #end: number
  #at: number

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer
    this.#at = start
    this.#end = end
  }

  /** Offset in the underlying buffer. */
  get offset(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1))
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2))
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4))
  }

  u64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#advance(8))
  }

  /** An unsigned integer of `bytes` bytes: a number up to 32 bits, a bigint beyond. */
  uint(bytes: number): number | bigint {
    if (bytes <= 4) return bytes === 0 ? 0 : this.#buffer.readUIntBE(this.#advance(bytes), bytes)
    const at = this.#advance(bytes)
    if (bytes === 8) return this.#buffer.readBigUInt64BE(at)
    if (bytes === 6) return BigInt(this.#buffer.readUIntBE(at, 6))
    if (bytes === 16) return (this.#buffer.readBigUInt64BE(at) << 64n) | this.#buffer.readBigUInt64BE(at + 8)
    let value = 0n
    for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(this.#buffer.readUInt8(at + i))
    return value
  }

  /** A view, not a copy, of the next `count` bytes. */
  bytes(count: number): Buffer {
    const at = this.#advance(count)
    return this.#buffer.subarray(at, at + count)
  }

  skip(count: number): void {
    this.#advance(count)
  }

  /** A copy of what has been read since `offset`, a former value of `this.offset`. */
  copyFrom(offset: number): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(offset, this.#at))
  }

  /** A reader of the next `count` bytes, which this one steps over. */
  slice(count: number): Reader {
    const at = this.#advance(count)
    return new Reader(this.#buffer, at, at + count)
  }

  #advance(count: number): number {
    const at = this.#at
    if (count < 0 || at + count > this.#end) {
      throw new DecodeError(`needs ${count} more bytes, has ${this.#end - at}`, { offset: at, reply: 'OFPBRC_BAD_LEN' })
    }
    this.#at = at + count
    return at
  }
}
