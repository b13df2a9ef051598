/** The bytes of a packet from `at` to `end`; each layer that is taken off moves `at` on. */
export class PacketView {
  readonly bytes: Buffer
  at = 0
  /** Where the packet ends for the layer at hand: without the padding behind an IP packet. */
  end: number

  constructor(packet: Uint8Array) {
    this.bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length)
    this.end = packet.length
  }

  get size(): number {
    return this.end - this.at
  }

  u8(offset: number): number {
    return this.bytes.readUInt8(this.at + offset)
  }

  u16(offset: number): number {
    return this.bytes.readUInt16BE(this.at + offset)
  }

  u32(offset: number): number {
    return this.bytes.readUInt32BE(this.at + offset)
  }

  mac(offset: number): bigint {
    return BigInt(this.bytes.readUIntBE(this.at + offset, 6))
  }

  u128(offset: number): bigint {
    const at = this.at + offset
    return (this.bytes.readBigUInt64BE(at) << 64n) | this.bytes.readBigUInt64BE(at + 8)
  }

  /** Steps over `count` bytes, if there are as many. */
  pull(count: number): boolean {
    if (this.size < count) return false
    this.at += count
    return true
  }
}
