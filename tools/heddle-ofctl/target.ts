import { Connection, ConnectionClosedError, HandshakeError, TargetError } from 'openflow-ts'
import { join } from 'node:path'
import { describe, FatalError, systemCode } from './errors.js'
import type { Options } from './options.js'

const DEFAULT_RUNDIR = '/var/run/openvswitch'

const runDirectory = (): string => process.env['OVS_RUNDIR'] ?? DEFAULT_RUNDIR

/** A failed handshake is to ovs-ofctl a protocol error of the socket. */
const reason = (error: unknown): string =>
  error instanceof HandshakeError || (error instanceof ConnectionClosedError && error.cause instanceof HandshakeError)
    ? 'Protocol error'
    : describe(error)

export interface Opened {
  readonly connection: Connection
  /** What was connected to in the end, as `unix:PATH` or `tcp:HOST:PORT`. */
  readonly target: string
}

/** Undefined when there is no such socket. */
async function connectSocket(path: string, name: string, options: Options): Promise<Opened | undefined> {
  const target = `unix:${path}`
  try {
    return { connection: await Connection.connect(target, { versions: options.versions, echoIntervalMs: 0 }), target }
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new FatalError(`${name}: failed to connect to socket (${reason(error)})`)
  }
}

/**
 * Connects to `tcp:HOST[:PORT]`, `unix:PATH`, the path of a socket, or a bridge of this host by its name.
 * @throws FatalError
 */
export async function openTarget(name: string, options: Options): Promise<Opened> {
  if (name.includes(':')) {
    try {
      const connection = await Connection.connect(name, { versions: options.versions, echoIntervalMs: 0 })
      return { connection, target: name }
    } catch (error) {
      if (error instanceof TargetError) throw new FatalError(error.message)
      throw new FatalError(`connecting to ${name} (${reason(error)})`)
    }
  }
  const opened =
    (await connectSocket(name, name, options)) ??
    (await connectSocket(join(runDirectory(), `${name}.mgmt`), name, options))
  if (opened === undefined) throw new FatalError(`${name} is not a bridge or a socket`)
  return opened
}
