import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionClosedError, OvsdbError, RpcError, ValueError } from '../errors.js'
import type { Operation, Results } from '../ops/operations.js'
import { Replica, type ReplicaOptions } from '../replica/replica.js'
import type { Selection } from '../replica/selection.js'
import { Session, type SessionOptions } from '../rpc/session.js'
import { parseTarget } from '../rpc/target.js'
import type { DatabaseSchema, DatabaseTypes } from '../schema/types.js'
import { Backoff, type BackoffOptions } from './backoff.js'
import { Lock } from './lock.js'
import { ServerWatch, type DatabaseStatus } from './server-database.js'

export interface ClientOptions extends Omit<SessionOptions, 'signal'> {
  /** The servers: `tcp:HOST:PORT`, `ssl:HOST:PORT` or `unix:PATH`; those of one cluster, or equal ones. */
  readonly remotes: readonly string[]
  /** The database that is used. */
  readonly database: string
  /** Of a cluster, follow the leader: needed for writes without delay and for the freshest reads. Default true. */
  readonly leaderOnly?: boolean
  /** Try the remotes in an order drawn at random, to spread the clients. Default true. */
  readonly shuffle?: boolean
  readonly backoff?: BackoffOptions
}

interface ClientEvents {
  /** A server is connected that can be used; replicas follow (`synced`). */
  connected: [session: Session, target: string]
  /** The connection is lost, or was given up because the server cannot be used any more. */
  disconnected: [reason: OvsdbError, target: string]
  /** An attempt failed; the next one follows by itself. */
  failed: [reason: OvsdbError, target: string]
}

/** What a client keeps alive over sessions. */
interface Follower {
  attach(session: Session): Promise<void>
}

/**
 * Keeps a session to one of several servers, whatever comes: it reconnects with growing pauses, goes on to the next
 * server when one fails, follows the leader of a cluster, and brings replicas and locks along.
 */
export class Client extends EventEmitter<ClientEvents> {
  readonly #options: ClientOptions
  readonly #remotes: readonly string[]
  readonly #backoff: Backoff
  readonly #closing = new AbortController()
  readonly #followers = new Set<Follower>()
  readonly #running: Promise<void>
  #session: Session | undefined
  #watch: ServerWatch | undefined
  #leastIndex = 0

  /** Begins to connect. Throws TargetError and ValueError. */
  constructor(options: ClientOptions) {
    super()
    if (options.remotes.length === 0) throw new ValueError('remotes', 'expected at least one')
    for (const target of options.remotes) parseTarget(target)
    this.#options = options
    this.#backoff = new Backoff(options.backoff)
    this.#remotes = options.shuffle === false ? options.remotes : shuffled(options.remotes)
    this.#running = this.#run()
  }

  /** The session, while a server is connected that can be used. */
  get session(): Session | undefined {
    return this.#session
  }

  /** What the connected server says of the database; undefined of old servers. */
  get status(): DatabaseStatus | undefined {
    return this.#session === undefined ? undefined : this.#watch?.status
  }

  /** The session, as soon as there is one. Rejects with the signal's reason, or when the client is closed. */
  async ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Session> {
    const { signal } = options
    signal?.throwIfAborted()
    this.#closing.signal.throwIfAborted()
    const session = this.#session
    if (session !== undefined) return session
    return await new Promise<Session>((resolve, reject) => {
      const settle = (): void => {
        this.off('connected', onConnected)
        signal?.removeEventListener('abort', onAbort)
        this.#closing.signal.removeEventListener('abort', onAbort)
      }
      const onConnected = (connected: Session): void => {
        settle()
        resolve(connected)
      }
      const onAbort = (): void => {
        settle()
        reject(asError(signal?.aborted === true ? signal.reason : this.#closing.signal.reason))
      }
      this.on('connected', onConnected)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#closing.signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /**
   * Executes operations as one transaction, on the session that there is or will be; see `Session.transact`. When
   * that ends before the reply, it rejects with ConnectionClosedError: the transaction may have been executed.
   */
  async transact<const Ops extends readonly Operation[]>(
    ops: Ops,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Results<Ops>> {
    const session = await this.ready(options)
    return await session.transact(this.#options.database, ops, options)
  }

  /**
   * A replica that is kept current over sessions, with the contents in. Rejects with ValueError for a selection that
   * the schema does not have, with RpcError when the server refuses it, and as `ready` does.
   */
  async replica<D extends DatabaseTypes, const S extends Selection<D>>(
    schema: DatabaseSchema<D>,
    options: ReplicaOptions<D, S>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Replica<D, S>> {
    const replica = Replica.detached<D, S>(schema, options)
    replica.once('close', () => this.#followers.delete(replica))
    // What a server refuses it would refuse again: only a lost session is waited out.
    for (;;) {
      const session = await this.ready({ signal })
      try {
        await replica.attach(session)
        break
      } catch (error) {
        if (session.closeReason === undefined) throw error
      }
    }
    this.#followers.add(replica)
    replica.on('stale', () => {
      this.#reattach(replica)
    })
    if (!replica.synced) this.#reattach(replica)
    return replica
  }

  /** A lock that is asked for on every session, until it is released. */
  lock(name: string): Lock {
    const lock = new Lock(name, () => this.#followers.delete(lock))
    this.#followers.add(lock)
    this.#reattach(lock)
    return lock
  }

  /** Ends the session and all replicas. */
  async close(): Promise<void> {
    const reason = new ConnectionClosedError('local', 'client closed')
    this.#closing.abort(reason)
    const replicas = Array.from(this.#followers).filter((follower) => follower instanceof Replica)
    await Promise.all(replicas.map((replica) => replica.close().catch(() => undefined)))
    await this.#session?.close()
    await this.#running
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  async #run(): Promise<void> {
    for (let at = 0; !this.#closed; at++) {
      const target = this.#remotes[at % this.#remotes.length] ?? ''
      const worked = await this.#serve(target)
      if (worked) {
        // The same server first: after a short outage it is the one that knows what was sent.
        at -= 1
        await this.#pause()
      } else if ((at + 1) % this.#remotes.length === 0) await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    if (this.#closed) return
    await sleep(this.#backoff.next(), undefined, { signal: this.#closing.signal }).catch(() => undefined)
  }

  /** One connection from its beginning to its end; whether it was of use and is worth another one. */
  async #serve(target: string): Promise<boolean> {
    let session: Session
    try {
      session = await Session.connect(target, { ...this.#options, signal: this.#closing.signal })
    } catch (error) {
      this.#failed(error, target)
      return false
    }
    try {
      await this.#adopt(session, target)
    } catch (error) {
      this.#failed(error, target)
      await session.close()
      return false
    }
    const begun = performance.now()
    const reason = await session.closed
    this.#backoff.lasted(performance.now() - begun)
    this.#session = undefined
    if (!this.#closed) this.emit('disconnected', reason, target)
    return reason.code !== 'OVSDB_UNSUITABLE'
  }

  /** Makes a session the client's, if its server can be used. */
  async #adopt(session: Session, target: string): Promise<void> {
    await session.setDbChangeAware(true).catch(ignoreRefusal)
    const { database, leaderOnly = true } = this.#options
    const watch = await ServerWatch.open(session, { database, leaderOnly })
    const check = (): void => {
      const fault = watch.fault(this.#leastIndex)
      if (fault !== undefined) session.fail(fault)
      else this.#leastIndex = Math.max(this.#leastIndex, watch.status?.index ?? 0)
    }
    check()
    if (session.closeReason !== undefined) throw session.closeReason
    watch.onChange(check)
    this.#watch = watch
    this.#session = session
    this.emit('connected', session, target)
    for (const follower of this.#followers) this.#reattach(follower)
  }

  /** Gives a follower the session that there is; if that does not work, the session is of no use. */
  #reattach(follower: Follower): void {
    const session = this.#session
    if (session === undefined || session.closeReason !== undefined || this.#closed) return
    follower.attach(session).catch((error: unknown) => {
      if (session.closeReason === undefined && !this.#closed) session.fail(asOvsdbError(error))
    })
  }

  #failed(error: unknown, target: string): void {
    if (!this.#closed) this.emit('failed', asOvsdbError(error), target)
  }
}

/** Older servers lack the method. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof RpcError)) throw error
}

/** Errors that are not this library's are faults of the program. */
function asOvsdbError(error: unknown): OvsdbError {
  if (error instanceof OvsdbError) return error
  throw error
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
