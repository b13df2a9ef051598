import type { Duplex } from 'node:stream'
import {
  CanceledError,
  ConnectionClosedError,
  InactivityError,
  ProtocolError,
  rpcError,
  SendQueueFullError,
  ValueError,
  type OvsdbError,
} from '../errors.js'
import { excerpt, stringifyJson, type Json, type JsonObject } from '../json/value.js'
import { complete } from '../json/outline.js'
import { JsonScanner } from '../json/scanner.js'
import { readError, readMessage, type Message } from './message.js'
import { InactivityProbe } from './probe.js'

export interface ChannelOptions {
  /** Largest message accepted, in bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number
  /** Deepest nesting of JSON accepted. Default 100. */
  readonly maxDepth?: number
  /** How many bytes may wait to be sent before further calls fail with SendQueueFullError. Default 64 MiB. */
  readonly maxSendBytes?: number
  /** Silence of the peer in ms after which it is probed, and after twice of which the session ends; 0: never. */
  readonly probeIntervalMs?: number
}

export const CHANNEL_DEFAULTS = {
  maxMessageBytes: 64 * 1024 * 1024,
  maxDepth: 100,
  maxSendBytes: 64 * 1024 * 1024,
  probeIntervalMs: 5000,
} as const satisfies Required<ChannelOptions>

export interface ChannelEvents {
  /**
   * A message of the peer's that asks for no reply. Of a large one, `params` are the outline (`json/outline.ts`).
   * ProtocolErrors thrown end the channel.
   */
  notification(method: string, params: readonly Json[]): void
  /** Called once. */
  closed(reason: OvsdbError): void
}

/** A request under way. */
export interface Call {
  readonly id: number
  readonly result: Promise<Json>
}

interface Pending {
  readonly method: string
  readonly onResult: ((result: Json) => void) | undefined
  readonly resolve: (result: Json) => void
  readonly reject: (reason: OvsdbError) => void
}

const PROBE_ID = 'echo'
/** Messages as large as this are read in parts by those who can take them so. */
const OUTLINE_BYTES = 64 * 1024
/** How long a closing channel waits for its last bytes to leave. */
const LINGER_MS = 1000

/** JSON-RPC over a stream of bytes: requests and their replies, notifications, echo both ways. */
export class Channel {
  readonly #stream: Duplex
  readonly #events: ChannelEvents
  readonly #scanner: JsonScanner
  readonly #probe: InactivityProbe
  readonly #maxSendBytes: number
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #streamError: Error | undefined
  #closeReason: OvsdbError | undefined

  constructor(stream: Duplex, events: ChannelEvents, options: ChannelOptions) {
    const limits = { ...CHANNEL_DEFAULTS, ...withoutUndefined(options) }
    for (const [name, value] of Object.entries(limits)) checkLimit(name, value)
    this.#stream = stream
    this.#events = events
    this.#scanner = new JsonScanner({ ...limits, outlineBytes: OUTLINE_BYTES })
    this.#maxSendBytes = limits.maxSendBytes
    this.#probe = new InactivityProbe(
      limits.probeIntervalMs,
      () => {
        this.#sendOrFail({ method: 'echo', params: [], id: PROBE_ID })
      },
      () => {
        this.fail(new InactivityError(`no answer from the peer for ${2 * limits.probeIntervalMs} ms`))
      },
    )
    stream.on('data', this.#onData)
    stream.on('error', (error: Error) => {
      this.#streamError = error
    })
    stream.on('close', () => {
      this.fail(this.#peerClosed())
    })
    stream.on('end', () => {
      this.fail(this.#peerClosed())
    })
  }

  /** Why the channel is closed; undefined while it is open. */
  get closeReason(): OvsdbError | undefined {
    return this.#closeReason
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    return this.#stream.writableLength
  }

  /**
   * Sends a request. `onResult` sees the result (of a large one, its outline) before any later message is looked at;
   * then the promise gives none. It is rejected with RpcError, or with the reason when the channel closes. Throws that
   * reason, or SendQueueFullError.
   */
  call(method: string, params: Json, onResult?: (result: Json) => void): Call {
    const id = ++this.#lastId
    this.#send({ method, params, id })
    const result = new Promise<Json>((resolve, reject) => {
      this.#pending.set(id, { method, onResult, resolve, reject })
    })
    return { id, result }
  }

  /**
   * Asks the peer to give a call up (RFC 7047 section 4.1.4), which rejects it with CanceledError unless its reply is
   * on the way already. A server should answer "canceled"; ovsdb-server 3.1 gives the call up and never answers. So an
   * echo goes along: whatever was going to be answered has been answered before it.
   */
  cancel(id: number): void {
    const call = this.#pending.get(id)
    if (call === undefined) return
    this.#sendOrFail({ method: 'cancel', params: [id], id: null })
    if (this.#closeReason !== undefined) return
    const onResult = (): void => {
      if (this.#pending.delete(id)) call.reject(new CanceledError(call.method, 'canceled'))
    }
    const barrier = ++this.#lastId
    this.#pending.set(barrier, { method: 'echo', onResult, resolve: () => undefined, reject: () => undefined })
    this.#sendOrFail({ method: 'echo', params: [], id: barrier })
  }

  /** Ends the channel once what waits is sent (within a second). */
  close(): void {
    if (this.#closeReason !== undefined) return
    this.#finish(new ConnectionClosedError('local', 'session closed'))
    const linger = setTimeout(() => this.#stream.destroy(), LINGER_MS)
    this.#stream.on('close', () => {
      clearTimeout(linger)
    })
    this.#stream.end(() => this.#stream.destroy())
  }

  /** Ends the channel at once. */
  fail(reason: OvsdbError): void {
    if (this.#closeReason !== undefined) return
    this.#stream.destroy()
    this.#finish(reason)
  }

  #finish(reason: OvsdbError): void {
    this.#closeReason = reason
    this.#probe.stop()
    const pending = Array.from(this.#pending.values())
    this.#pending.clear()
    for (const { reject } of pending) reject(reason)
    this.#events.closed(reason)
  }

  #peerClosed(): OvsdbError {
    const cause = this.#streamError
    const where = this.#scanner.midMessage ? ' in the middle of a message' : ''
    const what = cause === undefined ? 'connection closed by the peer' : `connection lost (${cause.message})`
    return new ConnectionClosedError('peer', what + where, cause === undefined ? undefined : { cause })
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#probe.heard()
    if (this.#closeReason !== undefined) return
    try {
      this.#scanner.push(chunk, this.#onMessage)
    } catch (error) {
      // Only the peer's faults end the session; an error of a listener's is the program's own.
      if (!(error instanceof ProtocolError)) throw error
      this.fail(error)
    }
  }

  readonly #onMessage = (json: Json): void => {
    if (this.#closeReason !== undefined) return
    const message = readMessage(json)
    switch (message.kind) {
      case 'request':
        this.#answer(message.method, message.params, message.id)
        break
      case 'notification':
        this.#events.notification(message.method, message.params)
        break
      case 'reply':
        this.#settle(message)
    }
  }

  #answer(method: string, params: readonly Json[], id: Json): void {
    const known = method === 'echo'
    const error = known ? null : { error: 'unknown method', details: `this client does not serve "${method}"` }
    this.#sendOrFail({ result: known ? complete(params) : null, error, id })
  }

  #settle({ id, result, error }: Extract<Message, { kind: 'reply' }>): void {
    if (id === PROBE_ID) return
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined
    if (typeof id !== 'number' || pending === undefined) {
      throw new ProtocolError(`reply to a request that was not made: id ${excerpt(id)}`)
    }
    this.#pending.delete(id)
    if (error !== null) {
      const { error: text, details } = readError(error)
      pending.reject(rpcError(pending.method, text, details, complete(error)))
      return
    }
    try {
      if (pending.onResult === undefined) {
        pending.resolve(complete(result))
        return
      }
      pending.onResult(result)
      pending.resolve(null)
    } catch (thrown) {
      if (thrown instanceof ProtocolError) pending.reject(thrown)
      throw thrown
    }
  }

  /** Sends what the peer made necessary; a peer that does not read its own answers is dropped. */
  #sendOrFail(message: JsonObject): void {
    try {
      this.#send(message)
    } catch (error) {
      if (!(error instanceof SendQueueFullError)) throw error
      this.fail(error)
    }
  }

  #send(message: JsonObject): void {
    if (this.#closeReason !== undefined) throw this.#closeReason
    const bytes = Buffer.from(stringifyJson(message), 'utf8')
    const waiting = this.#stream.writableLength
    // A message larger than the whole limit may still go when nothing else waits.
    if (waiting > 0 && waiting + bytes.length > this.#maxSendBytes) {
      throw new SendQueueFullError(`${waiting} bytes wait to be sent; ${bytes.length} more would pass the limit`)
    }
    this.#stream.write(bytes)
  }
}

function withoutUndefined(options: ChannelOptions): ChannelOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function checkLimit(name: string, value: unknown): void {
  if (!(name in CHANNEL_DEFAULTS)) return
  const smallest = name === 'probeIntervalMs' ? 0 : 1
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= smallest) return
  throw new ValueError(name, `expected an integer of at least ${smallest}, got ${String(value)}`)
}
