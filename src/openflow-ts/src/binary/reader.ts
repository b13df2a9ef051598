import { DecodeError } from '../errors.js'
import { joinWords } from './words.js'

/** A bounded big-endian view of received bytes. Reading past the end throws DecodeError (OFPBRC_BAD_LEN). */
export class Reader {
  readonly #buffer: Buffer
  #end: number
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

  /** The offset where it ends. */
  get end(): number {
    return this.#end
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  u8(): number {
    return this.#byte(this.#advance(1))
  }

  u16(): number {
    const at = this.#advance(2)
    return (this.#byte(at) << 8) | this.#byte(at + 1)
  }

  /** 16 bits at an offset in the underlying buffer that need not be the next; what is beyond the end is 0. */
  u16At(offset: number): number {
    return offset + 2 > this.#end ? 0 : (this.#byte(offset) << 8) | this.#byte(offset + 1)
  }

  /** The next 16 bits, which are not stepped over. */
  peek16(): number {
    const value = this.u16()
    this.#at -= 2
    return value
  }

  u32(): number {
    return this.#word(this.#advance(4))
  }

  /** The next 32 bits, which stay to be read. */
  peek32(): number {
    const value = this.u32()
    this.#at -= 4
    return value
  }

  u64(): bigint {
    const at = this.#advance(8)
    return joinWords(this.#word(at), this.#word(at + 4))
  }

  /** An unsigned integer of `bytes` bytes: a number up to 32 bits, a bigint beyond. */
  uint(bytes: number): number | bigint {
    if (bytes === 4) return this.u32()
    if (bytes === 2) return this.u16()
    if (bytes === 1) return this.u8()
    if (bytes === 8) return this.u64()
    if (bytes === 6) return joinWords(this.u16(), this.u32())
    if (bytes === 16) return (this.u64() << 64n) | this.u64()
    const at = this.#advance(bytes)
    if (bytes <= 4) return bytes === 0 ? 0 : this.#buffer.readUIntBE(at, bytes)
    let value = 0n
    for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(this.#byte(at + i))
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

  /** Whether the next `count` bytes, which are stepped over up to the first that is not, are all zero. */
  skipZeros(count: number): boolean {
    const end = this.#advance(count) + count
    for (let at = end - count; at < end; at++) if (this.#byte(at) !== 0) return false
    return true
  }

  /** A view of the next `count` bytes, which are yet to be read. */
  peek(count: number): Buffer {
    const at = this.#at
    const ahead = this.bytes(count)
    this.#at = at
    return ahead
  }

  /** Goes back to `offset`, a former value of `this.offset`. */
  rewind(offset: number): void {
    this.#at = offset
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

  /** Ends after the next `count` bytes; gives the end that there was, for `widen`. As `slice`, without another reader. */
  narrow(count: number): number {
    const end = this.#end
    const at = this.#advance(count)
    this.#at = at
    this.#end = at + count
    return end
  }

  /** Steps over what is left, and goes on to the former end. */
  widen(end: number): void {
    this.#at = this.#end
    this.#end = end
  }

  /** What has been checked to be there. */
  #byte(at: number): number {
    return this.#buffer[at] ?? 0
  }

  #word(at: number): number {
    const buffer = this.#buffer
    const high = ((buffer[at] ?? 0) << 8) | (buffer[at + 1] ?? 0)
    const low = ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0)
    return ((high << 16) | low) >>> 0
  }

  #advance(count: number): number {
    const at = this.#at
    if (count < 0 || at + count > this.#end) this.#short(count)
    this.#at = at + count
    return at
  }

  #short(count: number): never {
    const left = this.#end - this.#at
    throw new DecodeError(`needs ${count} more bytes, has ${left}`, { offset: this.#at, reply: 'OFPBRC_BAD_LEN' })
  }
}
