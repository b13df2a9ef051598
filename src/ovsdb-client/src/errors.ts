import type { Json } from './json/value.js'

/** Base of every error of this library. `code` is stable; messages are for people. */
export abstract class OvsdbError extends Error {
  abstract readonly code: `OVSDB_${string}`
  /** Whether the same call can succeed later, on this session or on a new one, with nothing changed. */
  readonly retryable: boolean = false
}

/** A target such as `tcp:HOST:PORT` or `punix:PATH` that cannot be read. */
export class TargetError extends OvsdbError {
  override readonly name = 'TargetError'
  readonly code = 'OVSDB_TARGET'
}

/** A database schema that does not follow RFC 7047 section 3.2. `path` leads to the faulty member. */
export class SchemaError extends OvsdbError {
  override readonly name = 'SchemaError'
  readonly code = 'OVSDB_SCHEMA'
  readonly path: string
  /** The message without the path: what ovsdb-server says. */
  readonly what: string

  constructor(path: string, what: string) {
    super(`${path}: ${what}`)
    this.path = path
    this.what = what
  }
}

/** A value of the caller's that does not fit its column. `path` is `Table.column` or the argument's name. */
export class ValueError extends OvsdbError {
  override readonly name = 'ValueError'
  readonly code = 'OVSDB_VALUE'
  readonly path: string

  constructor(path: string, what: string) {
    super(`${path}: ${what}`)
    this.path = path
  }
}

/** What a DataError says, member by member: an error as ovsdb-server puts it into a reply. */
export interface DataFault {
  /** RFC 7047's error string, such as `constraint violation`; `ovsdb error` where there is none. */
  readonly error?: string
  readonly details: string
  /** The JSON text that is at fault. */
  readonly syntax?: string | undefined
}

/**
 * Data, a type or an operation that OVSDB does not allow, in the words of ovsdb-server:
 * `syntax "0.5": syntax error: expected integer`.
 */
export class DataError extends OvsdbError {
  override readonly name: string = 'DataError'
  readonly code: `OVSDB_${string}` = 'OVSDB_DATA'
  readonly error: string
  readonly details: string
  readonly syntax: string | undefined

  constructor({ error = 'ovsdb error', details, syntax }: DataFault) {
    super(`${syntax === undefined ? '' : `syntax "${syntax}": `}${error}: ${details}`)
    this.error = error
    this.details = details
    this.syntax = syntax
  }
}

/** Text that is not a value of its column's type, as `ovs-vsctl set` would be given one. */
export class DataTextError extends OvsdbError {
  override readonly name = 'DataTextError'
  readonly code = 'OVSDB_DATA_TEXT'
}

/** No connection could be made, or no socket opened to listen on; `cause` is the system's error. */
export class ConnectError extends OvsdbError {
  override readonly name = 'ConnectError'
  readonly code = 'OVSDB_CONNECT'
  override readonly retryable = true
}

/** A server that cannot be used at present: not the leader, cut off from its cluster, or without the database. */
export class UnsuitableServerError extends OvsdbError {
  override readonly name = 'UnsuitableServerError'
  readonly code = 'OVSDB_UNSUITABLE'
  override readonly retryable = true
}

/** The session is over. Requests without a reply may or may not have been executed. */
export class ConnectionClosedError extends OvsdbError {
  override readonly name = 'ConnectionClosedError'
  readonly code = 'OVSDB_CLOSED'
  override readonly retryable = true
  readonly by: 'local' | 'peer'

  constructor(by: 'local' | 'peer', message: string, options?: ErrorOptions) {
    super(message, options)
    this.by = by
  }
}

/** The peer sent nothing for two probe intervals, not even an answer to `echo`. */
export class InactivityError extends OvsdbError {
  override readonly name = 'InactivityError'
  readonly code = 'OVSDB_INACTIVITY'
  override readonly retryable = true
}

/** More is waiting to be sent than `maxSendBytes` allows: the peer reads too slowly. Nothing of this call was sent. */
export class SendQueueFullError extends OvsdbError {
  override readonly name = 'SendQueueFullError'
  readonly code = 'OVSDB_SEND_QUEUE_FULL'
  override readonly retryable = true
}

/** The peer sent something that OVSDB does not allow. It ends the session. */
export class ProtocolError extends OvsdbError {
  override readonly name: string = 'ProtocolError'
  readonly code: `OVSDB_${string}` = 'OVSDB_PROTOCOL'
}

/** The peer sent bytes that are not JSON. `offset` counts from the first byte of the session. */
export class JsonSyntaxError extends ProtocolError {
  override readonly name = 'JsonSyntaxError'
  override readonly code = 'OVSDB_JSON'
  readonly offset: number

  constructor(what: string, offset: number, options?: ErrorOptions) {
    super(`${what} (message at byte ${offset})`, options)
    this.offset = offset
  }
}

/** The peer sent a message larger or deeper than this session accepts. */
export class MessageLimitError extends ProtocolError {
  override readonly name = 'MessageLimitError'
  override readonly code = 'OVSDB_MESSAGE_LIMIT'
}

/** The peer's updates contradict the replica: a row inserted twice, or changed or deleted without being there. */
export class InconsistentReplicaError extends ProtocolError {
  override readonly name = 'InconsistentReplicaError'
  override readonly code = 'OVSDB_INCONSISTENT'
  override readonly retryable = true
}

export interface RpcErrorOptions extends ErrorOptions {
  /** The error as it was sent. */
  readonly json?: Json | undefined
}

/** The server answered a request with an error as a whole (RFC 7047 section 4). `error` is its error string. */
export class RpcError extends OvsdbError {
  override readonly name: string = 'RpcError'
  readonly code: `OVSDB_${string}` = 'OVSDB_RPC'
  readonly method: string
  readonly error: string
  readonly details: string | undefined
  /** The error as the server sent it; undefined when it sent none. */
  readonly json: Json | undefined

  constructor(method: string, error: string, details?: string, options?: RpcErrorOptions) {
    super(`${method}: ${error}${details === undefined ? '' : ` (${details})`}`, options)
    this.method = method
    this.error = error
    this.details = details
    this.json = options?.json
  }
}

/** The server does not know the database asked for. */
export class UnknownDatabaseError extends RpcError {
  override readonly name = 'UnknownDatabaseError'
  override readonly code = 'OVSDB_UNKNOWN_DATABASE'
}

/** The server does not know the method: an older server. */
export class UnknownMethodError extends RpcError {
  override readonly name = 'UnknownMethodError'
  override readonly code = 'OVSDB_UNKNOWN_METHOD'
}

/** The transaction was cancelled before it was executed: nothing changed. */
export class CanceledError extends RpcError {
  override readonly name = 'CanceledError'
  override readonly code = 'OVSDB_CANCELED'
}

type RpcErrorClass = new (method: string, error: string, details?: string, options?: RpcErrorOptions) => RpcError

/** Error strings that answer a whole request, and their classes; all others become `RpcError`. */
const RPC_ERRORS: ReadonlyMap<string, RpcErrorClass> = new Map<string, RpcErrorClass>([
  ['canceled', CanceledError],
  ['unknown database', UnknownDatabaseError],
  ['unknown method', UnknownMethodError],
])

/** The error of the class that the server's error string asks for. */
export function rpcError(method: string, error: string, details?: string, json?: Json): RpcError {
  return new (RPC_ERRORS.get(error) ?? RpcError)(method, error, details, { json })
}
