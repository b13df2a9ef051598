import { isAbsolute, join } from 'node:path'
import {
  Client,
  type DynamicTypes,
  Listener,
  type OvsdbError,
  Replica,
  type Session,
} from 'ovsdb-client'
import { describe, SystemError } from '../../cli/errors.js'
import type { Tls, TlsSettings } from '../../cli/tls.js'
import { CtlError } from './errors.js'
import type { Options } from './options.js'
import type { Needs } from './database/needs.js'

/** The parts of a database that commands need, kept current. */
export type Copy = Replica<DynamicTypes>

/** A connection to a database. */
export interface Connection {
  /** Opens a copy of what is needed. Called once. */
  copy(needs: Needs): Promise<Copy>
  /** The session that there is at present; undefined while it is lost. */
  session(): Session | undefined
  /** Rejects with CtlError when there is no connection, and none is to be waited for. */
  readonly failed: Promise<never>
  /** From now on, a lost connection is waited for. */
  persist(): void
  close(): Promise<void>
}

const isPassive = (target: string): boolean => /^p(?:tcp|ssl|unix):/.test(target)

/** Paths of sockets are those of Open vSwitch's run directory. */
function located(target: string, runDirectory: string): string {
  const [, kind = '', path = ''] = /^(p?unix):(.+)$/s.exec(target) ?? []
  return path === '' || isAbsolute(path) ? target : `${kind}:${join(runDirectory, path)}`
}

function connectionError(db: string, reason: unknown): CtlError {
  return new CtlError(`${db}: database connection failed (${reasonText(reason)})`)
}

function reasonText(reason: unknown): string {
  const { code } = reason as Partial<OvsdbError>
  if (code === 'OVSDB_CLOSED') return 'End of file'
  return describe(reason)
}

/** Splits `tcp:A,tcp:B`; a comma belongs to a path where what follows is no target. */
const remotesOf = (db: string): readonly string[] => db.split(/,(?=(?:tcp|ssl|unix):)/)

/** Connects, or waits for a server to connect, to a database. Throws CtlError. */
export async function connect(
  db: string,
  database: string,
  options: Options,
  { tls, runDirectory }: Surroundings,
): Promise<Connection> {
  const withTls = db.includes('ssl:') ? { tls: settingsOf(db, tls) } : {}
  if (isPassive(db)) return await accept(db, located(db, runDirectory), withTls)
  const remotes = remotesOf(db).map((remote) => located(remote, runDirectory))
  return new ActiveConnection(db, remotes, database, options, withTls, (reason) => {
    tls.explain(reason)
  })
}

/** What a connection needs beside the options. */
export interface Surroundings {
  readonly tls: Tls
  readonly runDirectory: string
}

interface WithTls {
  readonly tls?: TlsSettings
}

function settingsOf(db: string, tls: Tls): TlsSettings {
  try {
    return tls.settings()
  } catch (error) {
    throw error instanceof SystemError ? connectionError(db, error) : error
  }
}

/** A connection that goes to a server of a list. */
class ActiveConnection implements Connection {
  readonly failed: Promise<never>
  readonly #client: Client
  #persistent: boolean

  constructor(db: string, remotes: readonly string[], database: string, options: Options, tls: WithTls, explain: (reason: OvsdbError) => void) {
    this.#persistent = options.retry
    try {
      this.#client = new Client({ remotes, database, leaderOnly: options.leaderOnly, shuffle: options.shuffleRemotes, ...tls })
    } catch {
      // What is no target is to OVS an address of a kind that it does not know.
      throw new CtlError(`${db}: database connection failed (Address family not supported by protocol)`)
    }
    let attempts = 0
    this.failed = new Promise((_resolve, reject) => {
      const fail = (reason: OvsdbError): void => {
        if (!this.#persistent) reject(connectionError(db, reason))
      }
      this.#client.on('failed', (reason) => {
        explain(reason)
        if (++attempts >= remotes.length) fail(reason)
      })
      this.#client.on('disconnected', fail)
    })
    this.failed.catch(() => undefined)
  }

  async copy(needs: Needs): Promise<Copy> {
    const session = await Promise.race([this.#client.ready(), this.failed])
    const served = await session.getSchema(needs.schema)
    return await Promise.race([this.#client.replica(needs.schema, { tables: needs.within(served) }), this.failed])
  }

  session(): Session | undefined {
    return this.#client.session
  }

  persist(): void {
    this.#persistent = true
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

/** A connection that a server makes to us. */
async function accept(db: string, target: string, tls: WithTls): Promise<Connection> {
  const listener = await Listener.listen(target, tls).catch((error: unknown) => {
    throw connectionError(db, error)
  })
  const session = await new Promise<Session>((resolve) => listener.once('session', resolve))
  const failed = session.closed.then((reason): never => {
    throw connectionError(db, reason)
  })
  failed.catch(() => undefined)
  return {
    copy: async (needs) => {
      const served = await session.getSchema(needs.schema)
      return await Replica.open(session, needs.schema, { tables: needs.within(served) })
    },
    session: () => (session.closeReason === undefined ? session : undefined),
    failed,
    persist: () => undefined,
    close: () => listener.close(),
  }
}
