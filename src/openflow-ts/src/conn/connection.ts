import { EventEmitter, once } from 'node:events'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DecodeError } from '../errors.js'
import {
  decodeMessage,
  errorNumber,
  type FlowStats,
  type FlowStatsRequest,
  type Message,
  type MessageOf,
  type MessageType,
  type MultipartEntry,
  type MultipartName,
  type MultipartQuery,
  type OfErrorName,
} from '../messages/index.js'
import type { OfVersion } from '../version.js'
import { type BundleOptions, runBundle } from './bundle.js'
import { type ConnectionEvents, count, type Counters } from './events.js'
import { ConnectionClosedError, EchoTimeoutError, PeerError, QueueFullError } from './errors.js'
import type { Framer } from './framer.js'
import { type Agreed, shakeHands } from './handshake.js'
import { Liveness } from './liveness.js'
import { type ConnectionOptions, type Settings, settingsOf } from './options.js'
import { Outbox } from './outbox.js'
import { allParts, expectReply, firstReply } from './replies.js'
import { Requests } from './requests.js'
import { addressOf, connectStream } from './transport.js'

const ERROR_DATA_BYTES = 64
/** Senders that pace themselves keep about this many bytes on their way. */
const PACE_BYTES = 256 * 1024
/** How long `close` waits for the peer to take what is queued. */
const CLOSE_GRACE_MS = 2000

/**
 * One OpenFlow connection, of either side. Made by `connect`, `accept` or a Listener, when the version is agreed on.
 * Answers echo requests, asks for life signs itself, and pairs replies with requests.
 */
export class Connection extends EventEmitter<ConnectionEvents> {
  readonly version: OfVersion
  /** `ADDRESS:PORT`, or `unix` for a socket without one. */
  readonly remoteAddress: string

  readonly #socket: Duplex
  readonly #framer: Framer
  readonly #settings: Settings
  readonly #requests = new Requests()
  readonly #sent: Partial<Record<MessageType, number>> = {}
  readonly #received: Partial<Record<MessageType, number>> = {}
  readonly #outbox: Outbox
  readonly #liveness: Liveness
  #bundleId = 0
  #paused = false
  #closed = false
  #reason: Error | undefined

  private constructor(socket: Duplex, agreed: Agreed, settings: Settings, signal?: AbortSignal) {
    super()
    this.#socket = socket
    this.#framer = agreed.framer
    this.#settings = settings
    this.version = agreed.version
    this.#outbox = new Outbox(socket, agreed.version)
    this.remoteAddress = addressOf(socket)
    this.#liveness = new Liveness(
      settings.echoIntervalMs,
      () => { this.#answer({ type: 'ECHO_REQUEST' }, 0) },
      () => { this.#destroy(new EchoTimeoutError(`nothing heard for ${2 * settings.echoIntervalMs} ms`)) },
    )
    socket.on('data', (chunk: Buffer) => {
      this.#onData(chunk)
    })
    socket.on('error', (error) => {
      this.#reason ??= error
    })
    socket.on('end', () => {
      // The peer has said all; what it asked before that is still answered.
      this.#outbox.flush()
      if (socket.writableLength === 0) socket.destroy()
      else socket.end(() => socket.destroy())
    })
    socket.once('close', () => {
      this.#onClose()
    })
    const abort = (): void => {
      this.#destroy(new ConnectionClosedError(signal?.reason instanceof Error ? signal.reason : undefined))
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.once('close', () => signal?.removeEventListener('abort', abort))
    socket.pause()
    // Whoever awaits the connection first gets to add its listeners.
    setImmediate(() => {
      for (const bytes of agreed.early) this.#onMessage(bytes)
      if (!this.#paused) socket.resume()
      if (socket.destroyed) this.#onClose()
    })
  }

  /**
   * Connects to `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]` (option `tls`) or `unix:PATH` and agrees on a version.
   * @throws TargetError, HandshakeError, ConnectionClosedError (`cause`: the system's error)
   */
  static async connect(target: string, options: ConnectionOptions = {}): Promise<Connection> {
    const socket = await connectStream(target, options)
    return Connection.accept(socket, options)
  }

  /**
   * Agrees on a version over a stream that is open: a socket, TLS, a pair in memory. `handshake` gives up that alone.
   * @throws HandshakeError, ConnectionClosedError
   */
  static async accept(socket: Duplex, options: ConnectionOptions = {}, handshake?: AbortSignal): Promise<Connection> {
    const settings = settingsOf(options)
    if (socket instanceof Socket) socket.setNoDelay(true)
    const signals = [options.signal, handshake].filter((signal) => signal !== undefined)
    const agreed = await shakeHands(socket, settings, signals.length === 0 ? undefined : AbortSignal.any(signals))
    return new Connection(socket, agreed, settings, options.signal)
  }

  get closed(): boolean {
    return this.#closed
  }

  get sent(): Counters {
    return this.#sent
  }

  get received(): Counters {
    return this.#received
  }

  /** Bytes that wait for the peer to read. */
  get queuedBytes(): number {
    return this.#outbox.bytes
  }

  /**
   * Sends and does not wait; returns the xid (the message's own where it has one). Errors come as `peer_error`.
   * @throws EncodeError, ConnectionClosedError, QueueFullError
   */
  send(message: Message): number {
    const xid = message.xid ?? this.#requests.nextXid()
    this.#write(message, xid)
    return xid
  }

  /** Resolves with the first reply. @throws PeerError, ConnectionClosedError, and all that `send` throws */
  request(message: Message): Promise<Message> {
    return new Promise((resolve, reject) => {
      const xid = message.xid ?? this.#requests.nextXid()
      this.#requests.wait(xid, firstReply(message.type, { resolve, reject }))
      this.#writeOrForget(message, xid)
    })
  }

  /**
   * Asks for NAME_REPLY and puts its parts together.
   * @throws as `request`, and ReplyTooLongError beyond `maxReplyBytes`
   */
  multipart<K extends MultipartName>(name: K, query: MultipartQuery<K>): Promise<MultipartEntry<K>[]> {
    return new Promise((resolve, reject) => {
      const xid = this.#requests.nextXid()
      this.#requests.wait(xid, allParts(name, this.#settings.maxReplyBytes, { resolve, reject }))
      this.#writeOrForget({ type: `${name}_REQUEST`, ...query } as Message, xid)
    })
  }

  async features(): Promise<MessageOf<'FEATURES_REPLY'>> {
    return expectReply(await this.request({ type: 'FEATURES_REQUEST' }), 'FEATURES_REPLY')
  }

  /** The flows that match `filter` (all of them without one), with their counters. */
  dumpFlows(filter: FlowStatsRequest = {}): Promise<FlowStats[]> {
    return this.multipart('FLOW_STATS', filter)
  }

  /** Resolves when the peer has done all that was sent before; errors of it have come by then. */
  async barrier(): Promise<void> {
    expectReply(await this.request({ type: 'BARRIER_REQUEST' }), 'BARRIER_REPLY')
  }

  /**
   * Sends `mods` (flow-, group-, port-mods, packet-outs) in one bundle, no faster than the peer reads; resolves when
   * it is committed. @throws BundleError when anything failed: then nothing of it is in effect; ConnectionClosedError:
   * then it may be
   */
  bundle(mods: Iterable<Message>, options: BundleOptions = {}): Promise<void> {
    this.#bundleId = (this.#bundleId % 0xffffffff) + 1
    return runBundle(
      {
        id: this.#bundleId,
        requests: this.#requests,
        write: (message, xid) => { this.#write(message, xid) },
        isFull: () => this.#outbox.bytes > PACE_BYTES,
        drain: () => this.drain(),
      },
      mods,
      options,
    )
  }

  /**
   * Reads nothing more until `resume`: what the peer goes on to send waits in the network and, at last, at the peer.
   * Echoes of either side wait as well, so the pause has to be shorter than the peer's patience; ours waits.
   */
  pause(): void {
    this.#paused = true
    this.#liveness.pause()
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#liveness.resume()
    this.#socket.resume()
  }

  /** Resolves when the peer has read enough for more to be sent; at once when little waits. */
  async drain(): Promise<void> {
    if (this.#outbox.bytes > PACE_BYTES) this.#outbox.flush()
    while (this.#socket.writableLength > PACE_BYTES) {
      if (this.#closed || this.#socket.destroyed) throw new ConnectionClosedError(this.#reason)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#socket.off('drain', done).off('close', done)
          resolve()
        }
        this.#socket.on('drain', done).on('close', done)
      })
    }
    if (this.#closed || this.#socket.destroyed) throw new ConnectionClosedError(this.#reason)
  }

  /** Sends what is queued, then ends the connection. What still waits for replies is rejected. */
  async close(): Promise<void> {
    if (this.#closed) return
    const gone = once(this, 'close')
    this.#requests.failAll(new ConnectionClosedError())
    this.#outbox.flush()
    this.#socket.end()
    const late = setTimeout(() => {
      this.#socket.destroy()
    }, CLOSE_GRACE_MS)
    this.#socket.once('finish', () => this.#socket.destroy())
    await gone
    clearTimeout(late)
  }

  #writeOrForget(message: Message, xid: number): void {
    try {
      this.#write(message, xid)
    } catch (error) {
      this.#requests.forget(xid)
      throw error
    }
  }

  #write(message: Message, xid: number): void {
    if (this.#closed || !this.#socket.writable) throw new ConnectionClosedError(this.#reason)
    const { maxQueueBytes } = this.#settings
    const waiting = this.#outbox.bytes
    if (waiting > maxQueueBytes) throw new QueueFullError(`${waiting} bytes wait for the peer to read`)
    this.#outbox.put(message, xid)
    count(this.#sent, message)
  }

  #onData(chunk: Buffer): void {
    this.#liveness.heard()
    try {
      for (const bytes of this.#framer.push(chunk)) {
        if (this.#socket.destroyed) return
        this.#onMessage(bytes)
      }
    } catch (error) {
      // Where the next message begins is not known any more.
      if (!(error instanceof DecodeError)) throw error
      this.#destroy(error)
    }
  }

  #onMessage(bytes: Buffer): void {
    let message: Message
    try {
      message = decodeMessage(bytes)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#onUndecodable(bytes, error)
      return
    }
    count(this.#received, message)
    const { version, type } = message
    if (version !== this.version && type !== 'HELLO' && type !== 'ERROR') {
      this.#complain('OFPBRC_BAD_VERSION', bytes)
      return
    }
    if (type === 'ECHO_REQUEST') this.#answer({ ...message, type: 'ECHO_REPLY' }, message.xid ?? 0)
    const awaited = this.#requests.deliver(message, bytes.length)
    if (type === 'ERROR') {
      if (!awaited) this.emit('peer_error', new PeerError(message), message)
    } else if (type === 'PACKET_IN') this.emit('packet_in', message)
    else if (type === 'PORT_STATUS') this.emit('port_status', message)
    else if (type === 'FLOW_REMOVED') this.emit('flow_removed', message)
    this.emit('message', message)
  }

  /** A reply that somebody waits for fails there; anything else is answered with the error. */
  #onUndecodable(bytes: Buffer, error: DecodeError): void {
    const xid = bytes.readUInt32BE(4)
    if (!this.#requests.fail(xid, error) && bytes[1] !== OFPT_ERROR) this.#complain(error.reply, bytes)
    this.emit('decode_error', error)
  }

  #complain(reply: string, about: Buffer): void {
    const name = (errorNumber(this.version, reply) === undefined ? 'OFPBRC_BAD_LEN' : reply) as OfErrorName
    const data = Buffer.from(about.subarray(0, ERROR_DATA_BYTES))
    this.#answer({ type: 'ERROR', error: name, data }, about.readUInt32BE(4))
  }

  /** A peer that asks and never reads loses the connection rather than fill memory. */
  #answer(message: Message, xid: number): void {
    try {
      this.#write(message, xid)
    } catch (error) {
      if (error instanceof QueueFullError) this.#destroy(error)
      else if (!(error instanceof ConnectionClosedError)) throw error
    }
  }

  #destroy(reason: Error): void {
    this.#reason ??= reason
    this.#socket.destroy()
  }

  #onClose(): void {
    if (this.#closed) return
    this.#closed = true
    this.#liveness.stop()
    this.#requests.failAll(new ConnectionClosedError(this.#reason))
    this.emit('close', this.#reason)
  }
}

const OFPT_ERROR = 1
