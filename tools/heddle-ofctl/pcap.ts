import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { describe, FatalError, systemCode } from '../cli/errors.js'

const HEADER_BYTES = 24
const RECORD_BYTES = 16
const MAX_PACKET = 65535
/** Time in microseconds or in nanoseconds. */
const MAGICS: readonly number[] = [0xa1b2c3d4, 0xa1b23c4d]
/** Packets of Linux's "any" device, whose header has no destination. */
const LINUX_SLL = 0x71
const SLL_BYTES = 16
const NETWORKS: readonly number[] = [1, LINUX_SLL]

const END_OF_FILE = -1

/** A file that is no capture, or not there; `errno` is C's. */
export class PcapError extends FatalError {
  readonly errno: number

  constructor(path: string, reason: string, errno: number) {
    super(`${path}: open failed (${reason})`)
    this.errno = errno
  }
}

function openFailure(path: string, error: unknown): PcapError {
  const code = systemCode(error) ?? ''
  const { errno } = constants
  return new PcapError(path, describe(error), Object.hasOwn(errno, code) ? errno[code as keyof typeof errno] : 1)
}

/** A capture in the format of libpcap, of a machine of either byte order. */
export class PcapFile {
  readonly #bytes: Buffer
  readonly #little: boolean
  readonly #network: number

  /** @throws PcapError when it is no capture */
  static async open(path: string): Promise<PcapFile> {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw openFailure(path, error)
    })
    return new PcapFile(path, bytes)
  }

  private constructor(path: string, bytes: Buffer) {
    if (bytes.length < HEADER_BYTES) throw new PcapError(path, 'End of file', END_OF_FILE)
    this.#bytes = bytes
    this.#little = MAGICS.includes(bytes.readUInt32LE(0))
    const isCapture = this.#little || MAGICS.includes(bytes.readUInt32BE(0))
    this.#network = this.#u32(20)
    if (!isCapture || !NETWORKS.includes(this.#network)) {
      throw new PcapError(path, 'Protocol error', constants.errno.EPROTO)
    }
  }

  #u32(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  /** The frames up to the first that is cut short or too long. */
  *frames(): Generator<Buffer> {
    for (let at = HEADER_BYTES; at + RECORD_BYTES <= this.#bytes.length; ) {
      const length = this.#u32(at + 8)
      const start = at + RECORD_BYTES
      if (length > MAX_PACKET || start + length > this.#bytes.length) return
      yield this.#asEthernet(this.#bytes.subarray(start, start + length))
      at = start + length
    }
  }

  #asEthernet(frame: Buffer): Buffer {
    if (this.#network !== LINUX_SLL || frame.length < SLL_BYTES) return frame
    return Buffer.concat([Buffer.alloc(12), frame.subarray(SLL_BYTES - 2)])
  }
}

const OWN_MAGIC = 0xa1b2c3d4
const [MAJOR, MINOR] = [2, 4]
/** The longest frame that the header promises: a full one with its Ethernet header. */
const SNAP_BYTES = 1518
const ETHERNET = 1

/** A capture of one frame, as a little-endian machine writes it. @param now milliseconds since 1970 */
export function capture(frame: Buffer, now: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + RECORD_BYTES)
  head.writeUInt32LE(OWN_MAGIC, 0)
  head.writeUInt16LE(MAJOR, 4)
  head.writeUInt16LE(MINOR, 6)
  head.writeUInt32LE(SNAP_BYTES, 16)
  head.writeUInt32LE(ETHERNET, 20)
  head.writeUInt32LE(Math.floor(now / 1000), HEADER_BYTES)
  head.writeUInt32LE((now % 1000) * 1000, HEADER_BYTES + 4)
  head.writeUInt32LE(frame.length, HEADER_BYTES + 8)
  head.writeUInt32LE(frame.length, HEADER_BYTES + 12)
  return Buffer.concat([head, frame])
}
