import { OpenFlowError } from '../errors.js'
import type { ErrorBody } from '../messages/index.js'

/** The peer answered a request with OFPT_ERROR. */
export class PeerError extends OpenFlowError {
  override readonly name = 'PeerError'
  readonly code = 'OF_PEER'
  /** OFPERR such as OFPFMFC_OVERLAP, or `vendor/type/code` where the numbers have no name. */
  readonly error: string
  /** First bytes of the message that failed. */
  readonly data: Uint8Array

  constructor(body: ErrorBody, what = 'the peer answered') {
    const error = body.error ?? `${body.vendor ?? 0}/${body.error_type ?? 0}/${body.error_code ?? 0}`
    super(`${what}: ${error}`)
    this.error = error
    this.data = body.data
  }
}

/** The connection ended before, or while, something was asked of it. `cause` says why, where that is known. */
export class ConnectionClosedError extends OpenFlowError {
  override readonly name = 'ConnectionClosedError'
  readonly code = 'OF_CLOSED'

  constructor(reason?: Error) {
    super(reason === undefined ? 'the connection is closed' : `the connection is closed: ${reason.message}`)
    this.cause = reason
  }
}

/** No version in common, no hello in time, or something else than a hello first. */
export class HandshakeError extends OpenFlowError {
  override readonly name = 'HandshakeError'
  readonly code = 'OF_HANDSHAKE'
}

/** A target like `tcp:HOST:PORT` that cannot be understood. */
export class TargetError extends OpenFlowError {
  override readonly name = 'TargetError'
  readonly code = 'OF_TARGET'
}

/** The peer takes nothing: as many bytes wait as may. Await `drain()` between many sends. */
export class QueueFullError extends OpenFlowError {
  override readonly name = 'QueueFullError'
  readonly code = 'OF_QUEUE_FULL'
}

/** A reply in parts that grew beyond its bound. */
export class ReplyTooLongError extends OpenFlowError {
  override readonly name = 'ReplyTooLongError'
  readonly code = 'OF_REPLY_TOO_LONG'
}

/** The peer stopped answering echo requests. */
export class EchoTimeoutError extends OpenFlowError {
  override readonly name = 'EchoTimeoutError'
  readonly code = 'OF_ECHO_TIMEOUT'
}

/** One message of a bundle that failed. */
export interface BundleFailure {
  /** Which of the messages, from 0; undefined: the bundle as such (open, close, commit). */
  readonly index: number | undefined
  readonly error: Error
}

/** A bundle that was not committed: nothing of it is in effect. */
export class BundleError extends OpenFlowError {
  override readonly name = 'BundleError'
  readonly code = 'OF_BUNDLE'
  readonly failures: readonly BundleFailure[]

  constructor(failures: readonly BundleFailure[]) {
    const first = failures[0]
    const where = first?.index === undefined ? 'bundle' : `message ${first.index} of the bundle`
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : ''
    super(`${where}: ${first?.error.message ?? 'failed'}${more}`)
    this.failures = failures
  }
}
