import { EventEmitter } from 'node:events'
import { unlink } from 'node:fs/promises'
import { connect as netConnect, createServer, type Server, type Socket } from 'node:net'
import { Connection } from './connection.js'
import type { ConnectionOptions } from './options.js'
import { parseListenTarget } from './target.js'

export interface ListenerEvents {
  connection: [connection: Connection]
  /** A peer that did not get through the handshake. */
  rejected: [error: Error, remoteAddress: string]
}

/** Takes OpenFlow connections; `connection` comes when the version is agreed on. */
export class Listener extends EventEmitter<ListenerEvents> {
  readonly #server: Server
  readonly #options: ConnectionOptions
  readonly #abort = new AbortController()

  private constructor(server: Server, options: ConnectionOptions) {
    super()
    this.#server = server
    this.#options = options
    server.on('connection', (socket) => {
      void this.#accept(socket)
    })
  }

  /**
   * Listens on `ptcp:[PORT][:HOST]` (port 0: any) or `punix:PATH`. A socket file that nobody listens on is replaced.
   * @throws TargetError, and the system's error when the address cannot be had
   */
  static async listen(target: string, options: ConnectionOptions = {}): Promise<Listener> {
    const where = parseListenTarget(target)
    if ('path' in where) await removeStale(where.path)
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, () => {
        server.off('error', reject)
        resolve()
      })
    })
    return new Listener(server, options)
  }

  /** The target to connect to, as `Connection.connect` takes it. */
  get address(): string {
    const address = this.#server.address()
    if (address === null) return 'closed'
    if (typeof address === 'string') return `unix:${address}`
    return `tcp:${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
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
    const remote = socket.remoteAddress === undefined ? 'unix' : `${socket.remoteAddress}:${socket.remotePort ?? 0}`
    let connection: Connection
    try {
      connection = await Connection.accept(socket, this.#options, this.#abort.signal)
    } catch (error) {
      this.emit('rejected', error instanceof Error ? error : new Error(String(error)), remote)
      return
    }
    if (this.#abort.signal.aborted) await connection.close()
    else this.emit('connection', connection)
  }
}

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
