import { EventEmitter } from 'node:events'
import { unlink } from 'node:fs/promises'
import net from 'node:net'
import tls from 'node:tls'
import { ConnectError, TargetError } from '../errors.js'
import type { ChannelOptions } from './channel.js'
import { Session } from './session.js'
import { parsePassiveTarget, type PassiveTarget } from './target.js'
import { judgePeer, serverTls, type TlsOptions } from './tls.js'

export interface ListenerOptions extends ChannelOptions {
  /** Connections beyond this number are closed at once. Default 4096. */
  readonly maxSessions?: number
  /** Needed for `pssl:`. */
  readonly tls?: TlsOptions
  /** Given to a peer to prove who it is, with `pssl:`. Default 10,000 ms. */
  readonly handshakeTimeoutMs?: number
}

interface ListenerEvents {
  /** A peer has connected. Handlers for the session's own events are in time when set here. */
  session: [session: Session]
  /** The listening socket failed; sessions go on. */
  error: [error: Error]
}

/**
 * Waits for OVSDB servers that connect to us, as ovsdb-server does for a Manager target (`ovs-vsctl set-manager`).
 * Who connects is the client in TCP, but the server in OVSDB: each connection is a Session like any other.
 */
export class Listener extends EventEmitter<ListenerEvents> {
  readonly #server: net.Server
  readonly #sessions = new Set<Session>()

  private constructor(server: net.Server, options: ListenerOptions) {
    super()
    this.#server = server
    const { maxSessions = 4096 } = options
    server.on(server instanceof tls.Server ? 'secureConnection' : 'connection', (socket: net.Socket) => {
      if (this.#sessions.size >= maxSessions) {
        socket.destroy()
        return
      }
      if (isRefused(socket, options)) socket.destroy()
      else this.#accept(socket, options)
    })
  }

  /**
   * Listens on `ptcp:[PORT][:HOST]` or `pssl:[PORT][:HOST]` (all addresses without HOST), or `punix:PATH`.
   * Throws TargetError, ConnectError.
   */
  static async listen(target: string, options: ListenerOptions = {}): Promise<Listener> {
    const passive = parsePassiveTarget(target)
    const server = createServer(target, passive, options)
    const listener = new Listener(server, options)
    try {
      await bind(server, passive)
    } catch (cause) {
      throw new ConnectError(`${target}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
    server.on('error', (error) => {
      if (listener.listenerCount('error') > 0) listener.emit('error', error)
    })
    return listener
  }

  /** The port listened on; undefined for a unix socket and when closed. */
  get port(): number | undefined {
    const address = this.#server.address()
    return typeof address === 'object' ? address?.port : undefined
  }

  /** The sessions that are open. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions
  }

  /** Stops listening and, unless `keepSessions`, closes the sessions that are open. */
  async close(options: { readonly keepSessions?: boolean } = {}): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve()
      })
    })
    // A server is only "closed" when its last connection is; to stop listening takes no time.
    if (options.keepSessions === true) return
    await Promise.all(Array.from(this.#sessions, (session) => session.close()))
    await stopped
  }

  #accept(socket: net.Socket, options: ChannelOptions): void {
    socket.setNoDelay(true)
    const session = new Session(socket, options)
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    this.emit('session', session)
  }
}

function isRefused(socket: net.Socket, { tls: tlsOptions }: ListenerOptions): boolean {
  if (!(socket instanceof tls.TLSSocket) || tlsOptions === undefined) return false
  try {
    judgePeer(socket, tlsOptions)
    return false
  } catch {
    return true
  }
}

function createServer(text: string, { kind }: PassiveTarget, options: ListenerOptions): net.Server {
  if (kind !== 'pssl') return net.createServer()
  if (options.tls === undefined) throw new TargetError(`${text}: pssl needs the option tls`)
  const { handshakeTimeoutMs: handshakeTimeout = 10_000 } = options
  try {
    const server = tls.createServer({ ...serverTls(options.tls), handshakeTimeout })
    // Node tells of a peer that proves nothing, and leaves it connected.
    return server.on('tlsClientError', (_error, socket) => socket.destroy())
  } catch (cause) {
    // Keys, certificates and ciphers that are none.
    throw new ConnectError(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

async function bind(server: net.Server, target: PassiveTarget): Promise<void> {
  if (target.kind !== 'punix') {
    await listening(
      server,
      target.host === undefined ? { port: target.port } : { port: target.port, host: target.host },
    )
    return
  }
  try {
    await listening(server, { path: target.path })
  } catch (error) {
    if (!(isSystemError(error) && error.code === 'EADDRINUSE' && (await isStale(target.path)))) throw error
    await unlink(target.path)
    await listening(server, { path: target.path })
  }
}

function listening(server: net.Server, options: net.ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      server.off('error', settle).off('listening', onListening)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onListening = (): void => {
      settle()
    }
    server.once('error', settle).once('listening', onListening).listen(options)
  })
}

/** Whether a unix socket was left behind by a process that is gone. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error) => {
      resolve(isSystemError(error) && error.code === 'ECONNREFUSED')
    })
  })
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
