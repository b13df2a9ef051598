import net from 'node:net'
import tls from 'node:tls'
import { ConnectError, TargetError } from '../errors.js'
import { parseTarget, type Target } from './target.js'
import { clientTls, judgePeer, type TlsOptions } from './tls.js'

export interface ConnectOptions {
  /** Gives up connecting when aborted; without effect once the session is there. */
  readonly signal?: AbortSignal | undefined
  /** Default 10,000 ms. */
  readonly connectTimeoutMs?: number | undefined
  /** Needed for `ssl:`. */
  readonly tls?: TlsOptions | undefined
}

/** A connected socket. Throws TargetError and ConnectError. */
export async function connectSocket(text: string, options: ConnectOptions): Promise<net.Socket> {
  const { signal, connectTimeoutMs = 10_000 } = options
  const target = parseTarget(text)
  if (signal?.aborted === true) throw new ConnectError(`${text}: connecting was aborted`, { cause: signal.reason })
  const socket = open(text, target, options.tls)
  try {
    await established(socket, target.kind === 'ssl' ? 'secureConnect' : 'connect', signal, connectTimeoutMs)
    if (socket instanceof tls.TLSSocket && options.tls !== undefined) judgePeer(socket, options.tls)
  } catch (cause) {
    socket.destroy()
    // Errors that come after this one are of no interest, but must find a listener.
    socket.on('error', () => undefined)
    throw new ConnectError(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  socket.setNoDelay(true)
  return socket
}

function open(text: string, target: Target, options: TlsOptions | undefined): net.Socket {
  if (target.kind === 'unix') return net.connect(target.path)
  if (target.kind === 'tcp') return net.connect(target.port, target.host)
  if (options === undefined) throw new TargetError(`${text}: ssl needs the option tls`)
  const { host, port } = target
  try {
    return tls.connect({ ...clientTls(options), host, port, ...(net.isIP(host) === 0 && { servername: host }) })
  } catch (cause) {
    // Keys, certificates and ciphers that are none.
    throw new ConnectError(`${text}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function established(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<void> {
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
      socket.off('error', settle).off('close', onClose).off(event, onConnect)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onConnect = (): void => {
      settle()
    }
    const onClose = (): void => {
      settle(new Error('the peer closed the connection'))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('error', settle).once('close', onClose).once(event, onConnect)
  })
}
