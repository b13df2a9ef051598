import { connect, type Socket } from 'node:net'
import { isJsonObject, type Json, JsonScanner } from 'ovsdb-client'
import { BenchError } from './errors.js'

interface Waiting {
  readonly resolve: (result: string) => void
  readonly reject: (error: Error) => void
}

/** The daemon refused the command; the message is its own. */
export class UnixctlError extends Error {
  override readonly name = 'UnixctlError'
}

/** One lasting connection to a daemon's control socket (JSON-RPC 1.0; see ovs-appctl(8)). */
export class Unixctl {
  readonly #path: string
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #sequence = 0

  private constructor(path: string, socket: Socket) {
    this.#path = path
    this.#socket = socket
    const scanner = new JsonScanner({ maxMessageBytes: 64 << 20, maxDepth: 8 })
    socket.on('data', (chunk: Buffer) => {
      try {
        scanner.push(chunk, (reply) => {
          this.#settle(reply)
        })
      } catch (cause) {
        socket.destroy(new BenchError(`${path}: ${String(cause)}`))
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new BenchError(`${path} closed the connection`))
      this.#waiting.clear()
    })
  }

  static connect(path: string): Promise<Unixctl> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new Unixctl(path, socket))
      })
    })
  }

  /** Throws UnixctlError when the daemon refuses. */
  call(method: string, ...params: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new BenchError(`${this.#path} closed the connection`))
        return
      }
      const id = this.#sequence++
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(JSON.stringify({ id, method, params }))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #settle(reply: Json): void {
    if (!isJsonObject(reply) || typeof reply['id'] !== 'number') return
    const waiting = this.#waiting.get(reply['id'])
    this.#waiting.delete(reply['id'])
    const { result, error } = reply
    if (typeof error === 'string') waiting?.reject(new UnixctlError(error.trim()))
    else waiting?.resolve(typeof result === 'string' ? result : '')
  }
}
