import net from 'node:net'
import { ConnectError } from '../errors.js'
import { parseTarget } from './target.js'

export interface ConnectOptions {
  /** Gives up connecting when aborted; without effect once the session is there. */
  readonly signal?: AbortSignal | undefined
  /** Default 10,000 ms. */
  readonly connectTimeoutMs?: number | undefined
}

/** A connected socket. Throws TargetError and ConnectError. */
export async function connectSocket(text: string, options: ConnectOptions): Promise<net.Socket> {
  const { signal, connectTimeoutMs = 10_000 } = options
  const target = parseTarget(text)
  if (signal?.aborted === true) throw new ConnectError(`${text}: connecting was aborted`, { cause: signal.reason })
  const socket = target.kind === 'tcp' ? net.connect(target.port, target.host) : net.connect(target.path)
  try {
    await established(socket, signal, connectTimeoutMs)
  } catch (cause) {
    socket.destroy()
    // Errors that come after this one are of no interest, but must find a listener.
    socket.on('error', () => undefined)
    throw new ConnectError(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  socket.setNoDelay(true)
  return socket
}

function established(socket: net.Socket, signal: AbortSignal | undefined, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      settle(new Error(`no connection within ${timeoutMs} ms`))
    }, timeoutMs)
    const onAbort = (): void => {
      settle(new Error('connecting was aborted', { cause: signal?.reason }))
    }
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', settle).off('connect', onConnect)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onConnect = (): void => {
      settle()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('error', settle).once('connect', onConnect)
  })
}
