import { EventEmitter } from 'node:events'
import { unlink } from 'node:fs/promises'
import { connect as netConnect, type Server, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { ConnectionOptions } from './options.js'
import { type ListenTarget, parseListenTarget } from './target.js'
import { streamServer } from './transport.js'

export interface ListenerEvents {
  connection: [connection: Connection]
  /** A peer that did not get through the handshake. */
  rejected: [error: Error, remoteAddress: string]
}

/** Takes OpenFlow connections; `connection` comes when the version is agreed on. */
export class Listener extends EventEmitter<ListenerEvents> {
  readonly #server: Server
  readonly #secure: boolean
  readonly #options: ConnectionOptions
  readonly #abort = new AbortController()

  private constructor(where: ListenTarget, options: ConnectionOptions) {
    super()
    this.#secure = 'secure' in where
    this.#options = options
    this.#server = streamServer(
      where,
      options,
      (socket) => void this.#accept(socket),
      (error, socket) => this.emit('rejected', error, remoteOf(socket)),
    )
  }

  /**
   * Listens on `ptcp:[PORT][:HOST]`, `pssl:[PORT][:HOST]` (option `tls`; port 0: any) or `punix:PATH`. A socket file
   * that nobody listens on is replaced.
   * @throws TargetError, and the system's error when the address cannot be had
   */
  static async listen(target: string, options: ConnectionOptions = {}): Promise<Listener> {
    const where = parseListenTarget(target)
    if ('path' in where) await removeStale(where.path)
    const listener = new Listener(where, options)
    const server = listener.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, () => {
        server.off('error', reject)
        resolve()
      })
    })
    return listener
  }

  /** The target to connect to, as `Connection.connect` takes it. */
  get address(): string {
    const address = this.#server.address()
    if (address === null) return 'closed'
    if (typeof address === 'string') return `unix:${address}`
    return `${this.#secure ? 'ssl' : 'tcp'}:${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  }

  /** The port listened on; undefined on a unix socket and after `close`. */
  get port(): number | undefined {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? undefined : address.port
  }

  /** Takes no further connections and gives up handshakes. Connections that were handed out stay. */
  close(): Promise<void> {
    if (!this.#server.listening) return Promise.resolve()
    this.#abort.abort()
    // Listening ends at once; the event for it would wait for the connections that were handed out.
    this.#server.close()
    return Promise.resolve()
  }

  async #accept(socket: Socket): Promise<void> {
    let connection: Connection
    try {
      connection = await Connection.accept(socket, this.#options, this.#abort.signal)
    } catch (error) {
      this.emit('rejected', error instanceof Error ? error : new Error(String(error)), remoteOf(socket))
      return
    }
    if (this.#abort.signal.aborted) await connection.close()
    else this.emit('connection', connection)
  }
}

const remoteOf = (socket: Socket): string =>
  socket.remoteAddress === undefined ? 'unix' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`

/** Takes away a socket file that a process that is gone left behind. */
async function removeStale(path: string): Promise<void> {
  const refused = await new Promise<boolean>((resolve) => {
    const probe = netConnect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED')
    })
  })
  if (refused) await unlink(path)
}
