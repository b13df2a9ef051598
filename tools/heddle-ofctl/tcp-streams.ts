import type { ExtractedPacket } from 'openflow-ts'

const [FIN, SYN, RST] = [1, 2, 4]
const TCP_HEADER = 20

interface Stream {
  next: number
  payload: Buffer
}

/** Puts TCP streams together from their packets, as far as these come in order; others are ignored. */
export class TcpStreams {
  readonly #streams = new Map<string, Stream>()

  /**
   * Takes a packet of TCP in IPv4.
   * @returns what is there of its stream and not consumed, undefined when the packet adds nothing
   */
  add(packet: Buffer, { fields, l4 }: ExtractedPacket): Stream | undefined {
    if (l4 === undefined || l4.size < TCP_HEADER) return undefined
    const header = packet.readUInt8(l4.offset + 12) >>> 4
    const data = packet.subarray(l4.offset + header * 4, l4.offset + l4.size)
    if (header * 4 < TCP_HEADER || header * 4 > l4.size) return undefined
    const flags = packet.readUInt8(l4.offset + 13)
    const sequence = packet.readUInt32BE(l4.offset + 4)
    const key = [fields.nw_src, fields.nw_dst, fields.tcp_src, fields.tcp_dst].join('/')
    const isSyn = (flags & SYN) !== 0
    const stream = this.#streams.get(key) ?? (isSyn || data.length > 0 ? { next: sequence, payload: EMPTY } : undefined)
    if (stream === undefined) return undefined
    this.#streams.set(key, stream)
    // ovs-ofctl takes the number 0 for a stream that has not begun.
    if (isSyn || stream.next === 0) {
      stream.payload = EMPTY
      stream.next = (sequence + 1) >>> 0
      return undefined
    }
    if ((flags & (FIN | RST)) !== 0) {
      this.#streams.delete(key)
      return undefined
    }
    if (sequence !== stream.next) return undefined
    stream.payload = Buffer.concat([stream.payload, data])
    stream.next = (stream.next + data.length) >>> 0
    return stream
  }
}

const EMPTY = Buffer.alloc(0)
