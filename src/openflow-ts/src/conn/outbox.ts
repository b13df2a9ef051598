import type { Duplex } from 'node:stream'
import { Writer } from '../binary.js'
import { appendMessage, type Message } from '../messages/index.js'
import type { OfVersion } from '../version.js'

/** So many bytes are worth a system call of their own. */
const WRITE_BYTES = 64 * 1024

/**
 * What goes out. Messages stand one behind the other in the same bytes; those of one turn of the event loop are one
 * write to the stream.
 */
export class Outbox {
  readonly #socket: Duplex
  readonly #version: OfVersion
  readonly #writer = new Writer(WRITE_BYTES)
  #scheduled = false

  constructor(socket: Duplex, version: OfVersion) {
    this.#socket = socket
    this.#version = version
  }

  /** Bytes that wait for the peer to read. */
  get bytes(): number {
    return this.#socket.writableLength + this.#writer.length
  }

  /** @throws EncodeError; nothing of the message goes out then */
  put(message: Message, xid: number): void {
    appendMessage(this.#writer, message, this.#version, xid)
    if (this.#writer.length >= WRITE_BYTES) this.flush()
    else if (!this.#scheduled) this.#schedule()
  }

  flush(): void {
    if (this.#writer.length > 0 && this.#socket.writable) this.#socket.write(this.#writer.take())
  }

  #schedule(): void {
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}
