import { once } from 'node:events'
import net from 'node:net'

/** Stands between a client and a unix socket, counts bytes, and cuts connections. */
export class TcpProxy {
  readonly #server: net.Server
  readonly #pairs = new Set<net.Socket>()
  /** Bytes that went to clients. */
  delivered = 0
  /** After how many more bytes to clients all connections are cut; at any place, also inside a message. */
  cutAfter = Infinity

  private constructor(socketPath: string) {
    this.#server = net.createServer((client) => {
      const upstream = net.connect(socketPath)
      this.#pairs.add(client).add(upstream)
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined)
        socket.on('close', () => {
          client.destroy()
          upstream.destroy()
          this.#pairs.delete(socket)
        })
      }
      client.on('data', (chunk) => upstream.write(chunk))
      upstream.on('data', (chunk) => {
        this.#deliver(client, chunk)
      })
    })
  }

  static async start(socketPath: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(socketPath)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get target(): string {
    return `tcp:127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`
  }

  cut(): void {
    for (const socket of this.#pairs) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #deliver(client: net.Socket, chunk: Buffer): void {
    const part = chunk.subarray(0, this.cutAfter)
    this.delivered += part.length
    this.cutAfter -= part.length
    client.write(part)
    if (this.cutAfter > 0) return
    this.cutAfter = Infinity
    client.end()
    this.cut()
  }
}
