import { DecodeError } from './errors.js'

/** One 64-bit integer seen as its two halves, to get from one to the other without arithmetic on bigints. */
const whole = new BigUint64Array(1)
const halves = new Uint32Array(whole.buffer)
whole[0] = 1n
const LOW = halves[0] === 1 ? 0 : 1
const HIGH = 1 - LOW

/** The 64 bits of two words. */
export function joinWords(high: number, low: number): bigint {
  halves[HIGH] = high
  halves[LOW] = low
  return whole[0] ?? 0n
}

const DEFAULT_CHUNK = 16 * 1024

/**
 * A growing big-endian output buffer. One instance is reused for many messages: write, `take`, write, `take`.
 * Lengths that are known only afterwards are written with `patch16` / `patch32`.
 */
export class Writer {
  readonly #chunk: number
  #buffer: Buffer
  /** Where what is being written begins; before it is what was taken. */
  #start = 0
  #at = 0

  /** @param chunk bytes allocated at a time; what is taken shares them */
  constructor(chunk = DEFAULT_CHUNK) {
    this.#chunk = chunk
    this.#buffer = Buffer.allocUnsafeSlow(chunk)
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at - this.#start
  }

  /** Forgets what has been written since `length` was this much: by default, since the last `take`. */
  reset(length = 0): void {
    this.#at = this.#start + length
  }

  u8(value: number): void {
    const at = this.#claim(1)
    this.#buffer[at] = value
  }

  u16(value: number): void {
    const at = this.#claim(2)
    const buffer = this.#buffer
    buffer[at] = value >>> 8
    buffer[at + 1] = value
  }

  u32(value: number): void {
    const at = this.#claim(4)
    const buffer = this.#buffer
    buffer[at] = value >>> 24
    buffer[at + 1] = value >>> 16
    buffer[at + 2] = value >>> 8
    buffer[at + 3] = value
  }

  /** The low 64 bits. */
  u64(value: bigint): void {
    whole[0] = value
    const high = halves[HIGH] ?? 0
    const low = halves[LOW] ?? 0
    this.u32(high)
    this.u32(low)
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
    whole[0] = value
    const high = halves[HIGH] ?? 0
    const low = halves[LOW] ?? 0
    if (bytes === 6) {
      this.u16(high & 0xffff)
      this.u32(low)
    } else if (bytes === 8) {
      this.u32(high)
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
    this.#buffer.writeUInt16BE(value, this.#start + at)
  }

  patch32(at: number, value: number): void {
    this.#buffer.writeUInt32BE(value >>> 0, this.#start + at)
  }

  /** What has been written at `at`. */
  u16At(at: number): number {
    return this.#buffer.readUInt16BE(this.#start + at)
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
    this.#start = 0
    this.#at = needed
    return length
  }
}

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
