import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { CanceledError, ProtocolError, ValueError, type OvsdbError } from '../errors.js'
import { excerpt, isJsonArray, isJsonObject, type Json, type JsonObject } from '../json/value.js'
import { complete } from '../json/outline.js'
import type { Operation, Results } from '../ops/operations.js'
import { parseSchema, type DynamicTypes } from '../schema/parse.js'
import type { DatabaseSchema } from '../schema/types.js'
import { Channel, type ChannelOptions } from './channel.js'
import { connectSocket, type ConnectOptions } from './connect.js'
import {
  MONITOR_METHODS,
  UPDATE_NOTIFICATIONS,
  type Monitor,
  type MonitorMethod,
  type MonitorRequests,
  type OnUpdate,
} from './monitor.js'
import { readTransactionReply } from './transaction-reply.js'

export type SessionOptions = ChannelOptions & ConnectOptions

/** A database by its name, or by an object that has one, such as a schema. */
export type DatabaseRef = string | { readonly name: string }

/** An end of a TCP connection. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

interface SessionEvents {
  /** The session is over. Emitted once. */
  close: [reason: OvsdbError]
  /** A lock that was asked for is now owned. */
  locked: [lock: string]
  /** A lock that was owned has been taken by another session. */
  stolen: [lock: string]
}

const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000'

/**
 * One connection to an OVSDB server: the methods of RFC 7047 section 4 and of ovsdb-server(7). All methods that
 * return promises reject with RpcError when the server answers with an error, with SendQueueFullError when too much
 * waits to be sent, and with the reason of closing (ConnectionClosedError, InactivityError, ProtocolError) when the
 * session ends; then the outcome of what was asked is unknown.
 */
export class Session extends EventEmitter<SessionEvents> {
  readonly #channel: Channel
  readonly #monitors = new Map<string, OnUpdate>()
  readonly #stream: Duplex
  #monitorCount = 0

  /** Resolves, never rejects, with the reason when the session is over. */
  readonly closed: Promise<OvsdbError>
  /** With tcp: this side's address and port. */
  readonly localAddress: Endpoint | undefined
  /** With tcp: the peer's address and port. */
  readonly remoteAddress: Endpoint | undefined

  /** A session over any stream that is connected already. The stream belongs to the session from now on. */
  constructor(stream: Duplex, options: ChannelOptions = {}) {
    super()
    this.#stream = stream
    if (stream instanceof Socket) {
      this.localAddress = endpoint(stream.localAddress, stream.localPort)
      this.remoteAddress = endpoint(stream.remoteAddress, stream.remotePort)
    }
    const { promise, resolve } = withResolver<OvsdbError>()
    this.closed = promise
    const events = {
      notification: (method: string, params: readonly Json[]) => {
        this.#onNotification(method, params)
      },
      closed: (reason: OvsdbError) => {
        this.#monitors.clear()
        resolve(reason)
        this.emit('close', reason)
      },
    }
    this.#channel = new Channel(stream, events, options)
  }

  /** Connects to `tcp:HOST:PORT`, `ssl:HOST:PORT` or `unix:PATH`. Throws TargetError and ConnectError. */
  static async connect(target: string, options: SessionOptions = {}): Promise<Session> {
    return new Session(await connectSocket(target, options), options)
  }

  /** Why the session is over; undefined while it is open. */
  get closeReason(): OvsdbError | undefined {
    return this.#channel.closeReason
  }

  /** Bytes that wait to be sent. */
  get queuedBytes(): number {
    return this.#channel.queuedBytes
  }

  /** Bytes received and sent so far. */
  get traffic(): { readonly received: number; readonly sent: number } {
    const { bytesRead = 0, bytesWritten = 0 } = this.#stream instanceof Socket ? this.#stream : {}
    return { received: bytesRead, sent: bytesWritten }
  }

  /** Sends what waits, then closes. Requests under way are rejected with ConnectionClosedError. */
  async close(): Promise<void> {
    this.#channel.close()
    if (this.#stream.closed) return
    await new Promise<void>((resolve) => {
      this.#stream.once('close', resolve)
    })
  }

  /** Ends the session at once because of a fault of the peer's. */
  fail(reason: OvsdbError): void {
    this.#channel.fail(reason)
  }

  /** Any request as it stands, for methods that have none of their own here. */
  async request(method: string, params: readonly Json[]): Promise<Json> {
    return await this.#channel.call(method, params).result
  }

  /** Names of the databases served (section 4.1.1). */
  async listDbs(): Promise<readonly string[]> {
    const result = await this.request('list_dbs', [])
    if (isJsonArray(result) && result.every((name) => typeof name === 'string')) return result
    throw new ProtocolError(`list_dbs: expected names, got ${excerpt(result)}`)
  }

  /** A database's schema, as the server has it (section 4.1.2). Throws UnknownDatabaseError and SchemaError. */
  async getSchema(db: DatabaseRef): Promise<DatabaseSchema<DynamicTypes>> {
    return parseSchema(await this.getSchemaJson(db))
  }

  /** The same in RFC 7047 notation. */
  async getSchemaJson(db: DatabaseRef): Promise<JsonObject> {
    const result = await this.request('get_schema', [databaseName(db)])
    if (isJsonObject(result)) return result
    throw new ProtocolError(`get_schema: expected a schema, got ${excerpt(result)}`)
  }

  /**
   * Executes operations as one transaction (section 4.1.3); the results come place by place. Throws TransactionError
   * (its subclass by the server's error string) when nothing was changed because an operation or the commit failed.
   * When `signal` aborts, the server is asked to cancel: CanceledError says that nothing was changed; a transaction
   * that was already executed still resolves.
   */
  async transact<const Ops extends readonly Operation[]>(
    db: DatabaseRef,
    ops: Ops,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Results<Ops>> {
    const { signal } = options
    if (signal?.aborted === true) throw new CanceledError('transact', 'canceled', undefined, { cause: signal.reason })
    const { id, result } = this.#channel.call('transact', [databaseName(db), ...ops.map((op) => op.wire)])
    const cancel = (): void => {
      this.#channel.cancel(id)
    }
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      return readTransactionReply(ops, await result) as Results<Ops>
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /**
   * Monitors tables (section 4.1.5). `onUpdate` is called with the initial contents first, then with every change,
   * in order and without anything between; the promise resolves after the first call.
   */
  async monitor(db: DatabaseRef, requests: MonitorRequests, onUpdate: OnUpdate): Promise<Monitor> {
    return await this.follow('monitor', db, requests, completely(onUpdate))
  }

  /** Monitors the rows that meet conditions (ovsdb-server(7), 4.1.12). Throws UnknownMethodError on old servers. */
  async monitorCond(db: DatabaseRef, requests: MonitorRequests, onUpdate: OnUpdate): Promise<Monitor> {
    return await this.follow('monitor_cond', db, requests, completely(onUpdate))
  }

  /** Like monitorCond, but what changed since a transaction only, when the server still knows it (4.1.15). */
  async monitorCondSince(
    db: DatabaseRef,
    requests: MonitorRequests,
    onUpdate: OnUpdate,
    transactionId?: string,
  ): Promise<Monitor> {
    return await this.follow('monitor_cond_since', db, requests, completely(onUpdate), transactionId)
  }

  /**
   * Begins a monitor by any of the methods. Of a large update, rows are parts that are text still (`json/outline.ts`).
   * @internal
   */
  async follow(
    method: MonitorMethod,
    db: DatabaseRef,
    requests: MonitorRequests,
    onUpdate: OnUpdate,
    transactionId: string = NO_TRANSACTION,
  ): Promise<Monitor> {
    const id = `monitor-${++this.#monitorCount}`
    const { format, readInitial } = MONITOR_METHODS[method]
    const params = [databaseName(db), id, requests as JsonObject]
    if (method === 'monitor_cond_since') params.push(transactionId)
    const { result } = this.#channel.call(method, params, (reply) => {
      this.#monitors.set(id, onUpdate)
      onUpdate(readInitial(reply, format))
    })
    await result
    return { id, method }
  }

  /** Replaces the conditions of a monitor; the rows that come or go arrive as updates (4.1.13). */
  async monitorCondChange(monitor: Monitor, requests: MonitorRequests): Promise<void> {
    // Unlike monitor_cond, ovsdb-server wants a list here even of one request.
    const lists = Object.entries(requests as JsonObject).map(([table, request]) => [table, [request].flat()])
    await this.request('monitor_cond_change', [monitor.id, monitor.id, Object.fromEntries(lists) as JsonObject])
  }

  /** Ends a monitor (section 4.1.7). */
  async monitorCancel(monitor: Monitor): Promise<void> {
    await this.request('monitor_cancel', [monitor.id])
    this.#monitors.delete(monitor.id)
  }

  /** Asks the server to send back what is sent (section 4.1.11). */
  async echo(params: readonly Json[] = []): Promise<readonly Json[]> {
    const result = await this.request('echo', params)
    if (isJsonArray(result)) return result
    throw new ProtocolError(`echo: expected an array, got ${excerpt(result)}`)
  }

  /** Asks for a lock (section 4.1.8): true when it is owned now; when false, `locked` says when it is. */
  async lock(lock: string): Promise<boolean> {
    return await this.#lock('lock', lock)
  }

  /** Takes a lock from whoever owns it; that session gets `stolen`. */
  async steal(lock: string): Promise<boolean> {
    return await this.#lock('steal', lock)
  }

  /** Gives a lock back, or the wish for it up. */
  async unlock(lock: string): Promise<void> {
    await this.request('unlock', [lock])
  }

  /** Converts a database to another schema (ovsdb-server(7), 4.1.17), in RFC 7047 notation. Throws RpcError. */
  async convert(db: DatabaseRef, schema: JsonObject): Promise<void> {
    await this.request('convert', [databaseName(db), schema])
  }

  /**
   * Says whether this client can bear that databases are added, removed or converted (4.1.16). If not, the server
   * closes the connection when that happens; if so, it cancels the monitors of that database only.
   */
  async setDbChangeAware(aware: boolean): Promise<void> {
    await this.request('set_db_change_aware', [aware])
  }

  /** The UUID of the running server (4.1.14). */
  async getServerId(): Promise<string> {
    const result = await this.request('get_server_id', [])
    if (typeof result === 'string') return result
    throw new ProtocolError(`get_server_id: expected an UUID, got ${excerpt(result)}`)
  }

  async #lock(method: 'lock' | 'steal', lock: string): Promise<boolean> {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(lock)) throw new ValueError('lock', `"${lock}" is not a valid name of a lock`)
    const result = await this.request(method, [lock])
    if (isJsonObject(result) && typeof result['locked'] === 'boolean') return result['locked']
    throw new ProtocolError(`${method}: expected "locked", got ${excerpt(result)}`)
  }

  #onNotification(method: string, params: readonly Json[]): void {
    if (method === 'locked' || method === 'stolen') {
      const [lock] = params
      if (typeof lock !== 'string') throw new ProtocolError(`${method}: expected a lock, got ${excerpt(lock)}`)
      this.emit(method, lock)
      return
    }
    const readUpdate = UPDATE_NOTIFICATIONS.get(method)
    // A notification of a later version asks for nothing and is not for us.
    if (readUpdate === undefined) return
    const [id, ...rest] = params
    const onUpdate = typeof id === 'string' ? this.#monitors.get(id) : undefined
    if (typeof id !== 'string' || onUpdate === undefined) {
      throw new ProtocolError(`${method}: no such monitor: ${excerpt(id)}`)
    }
    const update = readUpdate(rest)
    if (update.kind === 'canceled') this.#monitors.delete(id)
    onUpdate(update)
  }
}

/** For those who take updates as plain JSON. */
function completely(onUpdate: OnUpdate): OnUpdate {
  return (update) => {
    onUpdate('updates' in update ? { ...update, updates: complete(update.updates) as JsonObject } : update)
  }
}

function databaseName(db: DatabaseRef): string {
  return typeof db === 'string' ? db : db.name
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address, port }
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
