import {
  type Agreed,
  ConnectionClosedError,
  connectStream,
  DecodeError,
  type Framer,
  HandshakeError,
  type OfVersion,
  settingsOf,
  shakeHands,
  TargetError,
  type TlsOptions,
} from 'openflow-ts'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, FatalError, SystemError } from '../cli/errors.js'

/** `EOF` where C has its errno -1: the peer closed in order. */
export const END_OF_FILE = 'End of file'

const HIGH_WATER = 1 << 20
/** As many messages may wait to be looked at before the peer has to. */
const MANY_MESSAGES = 4096

/**
 * A connection on which whole messages go and come as bytes. What a tool prints is what came, also where it cannot be
 * decoded, so nothing here looks into a message.
 */
export class Vconn {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly name: string
  readonly version: OfVersion
  readonly #socket: Socket
  readonly #framer: Framer
  readonly #queue: Buffer[] = []
  #wake: (() => void) | undefined
  #end: string | undefined

  private constructor(name: string, socket: Socket, agreed: Agreed) {
    this.name = name
    this.version = agreed.version
    this.#socket = socket
    this.#framer = agreed.framer
    this.#queue.push(...agreed.early)
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk)
    })
    socket.on('error', (error) => {
      this.#finish(describe(error))
    })
    socket.on('close', () => {
      this.#finish(END_OF_FILE)
    })
    socket.on('end', () => {
      this.#finish(END_OF_FILE)
    })
    socket.resume()
  }

  /**
   * Connects and agrees on one of `versions`.
   * @throws SystemError, with the reason as the system puts it; `atOpen`: it was there before any hello
   */
  static async open(name: string, versions: readonly OfVersion[], tls?: TlsOptions): Promise<Vconn> {
    let socket: Socket
    try {
      socket = await connectStream(name, tls === undefined ? {} : { tls })
    } catch (error) {
      if (error instanceof TargetError) throw new SystemError('EAFNOSUPPORT', { atOpen: true })
      throw SystemError.from(error, { atOpen: true })
    }
    try {
      return new Vconn(name, socket, await shakeHands(socket, settingsOf({ versions, handshakeTimeoutMs: 60_000 })))
    } catch (error) {
      throw handshakeFailure(error)
    }
  }

  #take(chunk: Buffer): void {
    try {
      for (const message of this.#framer.push(chunk)) this.#queue.push(message)
      if (this.#queue.length > MANY_MESSAGES) this.#socket.pause()
      this.#wake?.()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#finish('Protocol error')
    }
  }

  #finish(reason: string): void {
    this.#end ??= reason
    this.#wake?.()
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Whether the peer takes more without memory growing; else `drained` waits until it does. */
  get congested(): boolean {
    return this.#socket.writableLength > HIGH_WATER
  }

  async drained(): Promise<void> {
    while (this.congested && this.#end === undefined) {
      const waiting = new AbortController()
      const { signal } = waiting
      const ends = ['drain', 'close'].map((event) => once(this.#socket, event, { signal }))
      await Promise.race(ends)
      // What did not come is waited for no longer.
      waiting.abort()
      await Promise.allSettled(ends)
    }
  }

  /** A message that is here already. */
  poll(): Buffer | undefined {
    return this.#queue.shift()
  }

  /** The next message; undefined after the last one, of which `failure` says why it was. */
  async receive(): Promise<Buffer | undefined> {
    for (;;) {
      const message = this.#queue.shift()
      if (message !== undefined) return message
      if (this.#end !== undefined) return undefined
      this.#socket.resume()
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
  }

  /** Why no more messages come. */
  get failure(): string {
    return this.#end ?? END_OF_FILE
  }

  /** The reply to what went with `xid`; other messages are passed over. @throws FatalError when it cannot come */
  async receiveXid(xid: number): Promise<Buffer> {
    for (;;) {
      const message = await this.receive()
      if (message === undefined) throw new FatalError(`talking to ${this.name} (${this.failure})`)
      if (message.readUInt32BE(4) === xid) return message
    }
  }

  /** Sends what is queued and closes. */
  close(): void {
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
    this.#socket.end(() => this.#socket.destroy())
  }
}

/**
 * What ovs-ofctl says of a peer that does not agree. A switch that has no version in common with us has seen so first,
 * and has closed by the time that we tell it.
 */
function handshakeFailure(error: unknown): SystemError {
  if (error instanceof ConnectionClosedError) {
    return error.cause instanceof HandshakeError ? new SystemError('ECONNRESET') : SystemError.from(error)
  }
  if (!(error instanceof HandshakeError)) throw error
  return new SystemError(error.message.startsWith('no version in common') ? 'EPIPE' : 'EPROTO')
}
