/** Connections to the server that a command line names, and requests to it in the words of ovsdb-client. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  canonicalJson,
  ConnectionClosedError,
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  Listener,
  OvsdbError,
  parseSchema,
  prettyJson,
  ProtocolError,
  RpcError,
  SchemaError,
  type DatabaseSchema,
  Session,
  TargetError,
} from 'ovsdb-client'
import { runDirectory } from '../../cli/dirs.js'
import { describe, FatalError, SystemError, systemCode } from '../../cli/errors.js'
import type { TlsSettings } from '../../cli/tls.js'
import type { Options } from './options.js'

/** What a server sends may be as large as its database, and we wait for it as long as it takes. */
const LIMITS = {
  maxMessageBytes: 2 ** 31,
  maxSendBytes: 2 ** 31,
  maxDepth: 1000,
  probeIntervalMs: 0,
  connectTimeoutMs: 2 ** 31 - 1,
}

/** What C's strerror says where a name is no address, or a method of connecting none. */
const NO_ADDRESS = new SystemError('EAFNOSUPPORT').message

/** Why a connection is over, as Open vSwitch says it. */
export function lossOf(reason: unknown): string {
  if (reason instanceof ConnectionClosedError) return systemCode(reason) === undefined ? 'End of file' : describe(reason)
  return reason instanceof ProtocolError ? new SystemError('EPROTO').message : describe(reason)
}

/** A server, and the name that messages give it. */
export class Server {
  readonly session: Session
  readonly name: string
  readonly #options: Options

  constructor(session: Session, name: string, options: Options) {
    this.session = session
    this.name = name
    this.#options = options
  }

  /** @throws FatalError when the server refuses, or is lost */
  async request(method: string, params: readonly Json[]): Promise<Json> {
    try {
      return await this.session.request(method, params)
    } catch (error) {
      throw requestError(error, this.#options)
    }
  }

  async schemaJson(database: string): Promise<Json> {
    return await this.request('get_schema', [database])
  }

  async schema(database: string): Promise<DatabaseSchema> {
    return readSchema(await this.schemaJson(database))
  }

  /** Names of the databases, sorted. */
  async databases(): Promise<readonly string[]> {
    const names = await this.request('list_dbs', [])
    if (!isJsonArray(names)) throw new FatalError('list_dbs response is not array')
    const wrong = names.findIndex((name) => typeof name !== 'string')
    if (wrong >= 0) throw new FatalError(`list_dbs response ${wrong} is not string`)
    return names.map(String).sort()
  }

  /** What the server says of a database; undefined when it has none of that name. */
  async status(database: string): Promise<JsonObject | undefined> {
    const where = [['name', '==', database]]
    const reply = await this.request('transact', ['_Server', { op: 'select', table: 'Database', where }])
    const [result] = isJsonArray(reply) ? reply : []
    const rows = isJsonObject(result) ? result['rows'] : undefined
    return isJsonArray(rows) ? rows.filter(isJsonObject).find((row) => row['name'] === database) : undefined
  }

  /** Says that databases may come, go and change, unless the options forbid it. */
  async announceAwareness(): Promise<void> {
    const { dbChangeAware } = this.#options
    if (dbChangeAware === false) return
    try {
      await this.session.setDbChangeAware(true)
    } catch (error) {
      if (!(error instanceof RpcError)) throw new FatalError(`${this.name}: error setting db_change_aware (${lossOf(error)})`)
      if (dbChangeAware !== true) return
      throw new FatalError(`${this.name}: set_db_change_aware failed (${canonicalJson(error.json ?? null)})`)
    }
  }
}

function requestError(error: unknown, { style }: Options): unknown {
  if (error instanceof RpcError) {
    const print = style.pretty === true ? prettyJson : canonicalJson
    return new FatalError(`transaction returned error: ${print(error.json ?? null)}`)
  }
  return error instanceof OvsdbError ? new FatalError(`transaction failed (${lossOf(error)})`) : error
}

/** @throws FatalError in ovsdb-server's words */
export function readSchema(json: Json, strict = false): DatabaseSchema {
  try {
    return parseSchema(json, { strict })
  } catch (error) {
    throw error instanceof SchemaError ? new FatalError(error.what) : error
  }
}

/** A path of a unix socket counts from the run directory. */
const absolute = (target: string): string =>
  target.replace(/^(p?unix):(.*)$/s, (_, method: string, path: string) => `${method}:${resolve(runDirectory(), path)}`)

/** @throws SystemError when something is missing */
const tlsFor = (target: string, { tls }: Options): { readonly tls?: TlsSettings } =>
  /^p?ssl:/.test(target) ? { tls: tls.settings() } : {}

/** @throws SystemError */
async function openSession(target: string, options: Options): Promise<Session> {
  try {
    return await Session.connect(absolute(target), { ...LIMITS, ...tlsFor(target, options) })
  } catch (error) {
    options.tls.explain(error)
    throw systemError(error)
  }
}

function systemError(error: unknown): unknown {
  if (error instanceof SystemError || !(error instanceof OvsdbError)) return error
  return error instanceof TargetError ? new SystemError('EAFNOSUPPORT') : SystemError.from(error)
}

/** @throws SystemError */
async function acceptSession(target: string, options: Options): Promise<Session> {
  try {
    const listener = await Listener.listen(absolute(target), { ...LIMITS, ...tlsFor(target, options) })
    const [session] = (await once(listener, 'session')) as [Session]
    await listener.close({ keepSessions: true })
    return session
  } catch (error) {
    // Where there is no folder for a socket, Node says that it may not be entered.
    const isMissing = systemCode(error) === 'EACCES' && !existsSync(dirname(absolute(target).replace('punix:', '')))
    throw isMissing ? new SystemError('ENOENT') : systemError(error)
  }
}

/** Connects to a server; undefined when that fails. */
export async function connectOnce(target: string, options: Options): Promise<Server | undefined> {
  try {
    return new Server(await openSession(target, options), target, options)
  } catch (error) {
    if (error instanceof SystemError) return undefined
    throw error
  }
}

/** Connects to a server, or waits for it where its target says so. @throws FatalError */
export async function openServer(target: string, options: Options): Promise<Server> {
  let what = 'connect'
  try {
    return new Server(await openSession(target, options), target, options)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.message !== NO_ADDRESS) throw new FatalError(`failed to ${what} to "${target}" (${error.message})`)
  }
  what = 'connect or listen'
  try {
    return new Server(await acceptSession(target, options), target, options)
  } catch (error) {
    throw error instanceof SystemError ? new FatalError(`failed to ${what} to "${target}" (${error.message})`) : error
  }
}

/** Whether a server of a cluster can be used; one that stands alone always can. */
function isSuitable(status: JsonObject | undefined, { leaderOnly }: Options): boolean {
  if (status === undefined) return false
  if (status['model'] !== 'clustered') return true
  return status['connected'] !== false && (!leaderOnly || status['leader'] !== false)
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}

/** The first of several servers, in any order, that is there and can be used for the database. @throws FatalError */
export async function openAnyServer(
  targets: readonly string[],
  database: string | undefined,
  options: Options,
): Promise<Server> {
  for (const target of shuffled(targets)) {
    const server = await connectOnce(target, options)
    if (server === undefined) continue
    try {
      if (database === undefined || isSuitable(await server.status(database), options)) return server
    } catch (error) {
      // The next one may be better.
      if (!(error instanceof FatalError)) throw error
    }
    await server.session.close()
  }
  throw new FatalError('no servers were available')
}

/** `METHOD:...` one after the other, parted by commas. */
export const remotesOf = (text: string): readonly string[] =>
  text.split(/,+\s*(?=[A-Za-z][A-Za-z0-9]*:)/).filter((target) => !/^(?:$|cid:)/.test(target))
