import { once } from 'node:events'
import { connect as netConnect, createServer, type Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { ConnectionClosedError, TargetError } from './errors.js'
import type { ConnectionOptions, TlsOptions } from './options.js'
import { type ListenTarget, parseTarget } from './target.js'
import { judgePeer, mutualTls } from './tls.js'

/** Loading it is a good part of a program's start, and most connections are without. */
const loadTls = () => process.getBuiltinModule('node:tls')

/** @throws TargetError when there is nothing to show or to trust */
function tlsOf({ tls }: ConnectionOptions, target: string): TlsOptions {
  if (tls === undefined) throw new TargetError(`${target}: TLS needs the option tls: key, cert and ca`)
  return tls
}

/** A connection that is being made, and the event that tells of its end. */
type Opening = { socket: Socket; ready: 'connect' } | { socket: TLSSocket; ready: 'secureConnect' }

function open(target: string, options: ConnectionOptions): Opening {
  const where = parseTarget(target)
  if ('path' in where || where.secure !== true) return { socket: netConnect(where), ready: 'connect' }
  const { host, port } = where
  const secure = loadTls().connect({ ...mutualTls(tlsOf(options, target)), host, port, checkServerIdentity: () => undefined })
  return { socket: secure, ready: 'secureConnect' }
}

/**
 * A stream to `tcp:`, `ssl:` or `unix:`, when it is open.
 * @throws TargetError, ConnectionClosedError (`cause`: the system's error, or TLS's)
 */
export async function connectStream(target: string, options: ConnectionOptions): Promise<Socket> {
  const { signal } = options
  const { socket, ready } = open(target, options)
  try {
    await once(socket, ready, { ...(signal && { signal }) })
    if (ready === 'secureConnect') judgePeer(socket, tlsOf(options, target))
  } catch (error) {
    socket.destroy()
    // What it may still say of its end is of no interest.
    socket.on('error', () => undefined)
    throw new ConnectionClosedError(error instanceof Error ? error : undefined)
  }
  return socket
}

/** A server of streams; those of TLS come when their certificate has been checked, those that fail it go to `onRefused`. */
export function streamServer(
  where: ListenTarget,
  options: ConnectionOptions,
  onStream: (socket: Socket) => void,
  onRefused: (error: Error, socket: TLSSocket) => void,
): Server {
  if ('path' in where || where.secure !== true) return createServer().on('connection', onStream)
  const { handshakeTimeoutMs } = options
  const timeout = handshakeTimeoutMs === undefined ? {} : { handshakeTimeout: handshakeTimeoutMs }
  const tls = tlsOf(options, 'pssl:')
  const server = loadTls().createServer({ ...mutualTls(tls), ...timeout })
  server.on('secureConnection', (socket) => {
    try {
      judgePeer(socket, tls)
    } catch (error) {
      socket.destroy()
      onRefused(error instanceof Error ? error : new Error(String(error)), socket)
      return
    }
    onStream(socket)
  })
  server.on('tlsClientError', onRefused)
  return server
}

/** `ADDRESS:PORT`, or `unix` for a socket without one. */
export function addressOf(socket: Duplex): string {
  if (!(socket instanceof Socket) || socket.remoteAddress === undefined) return 'unix'
  const host = socket.remoteAddress
  return `${host.includes(':') ? `[${host}]` : host}:${socket.remotePort ?? 0}`
}
