import { OvsdbError } from './errors.js'

export interface TransactionFailure {
  /** The error string of RFC 7047 (or one of ovsdb-server's own), such as `constraint violation`. */
  readonly error: string
  readonly details: string | undefined
  /** Place of the failed operation among those given; undefined when all succeeded and the commit failed. */
  readonly index: number | undefined
  /** The failed operation's `op`, or `commit`. */
  readonly op: string
}

/** A transaction that changed nothing because an operation or the commit failed (RFC 7047 section 4.1.3). */
export class TransactionError extends OvsdbError {
  override readonly name: string = 'TransactionError'
  readonly code: `OVSDB_${string}` = 'OVSDB_TRANSACTION'
  readonly error: string
  readonly details: string | undefined
  readonly index: number | undefined
  readonly op: string

  constructor(failure: TransactionFailure) {
    const place = failure.index === undefined ? 'commit' : `operation ${failure.index} (${failure.op})`
    super(`${place}: ${failure.error}${failure.details === undefined ? '' : `: ${failure.details}`}`)
    this.error = failure.error
    this.details = failure.details
    this.index = failure.index
    this.op = failure.op
  }
}

/** A row would break a constraint of its column, its table or an index. */
export class ConstraintViolationError extends TransactionError {
  override readonly name = 'ConstraintViolationError'
  override readonly code = 'OVSDB_CONSTRAINT_VIOLATION'
}

/** A reference to a row that does not exist would remain. */
export class ReferentialIntegrityError extends TransactionError {
  override readonly name = 'ReferentialIntegrityError'
  override readonly code = 'OVSDB_REFERENTIAL_INTEGRITY'
}

/** A `wait` was not fulfilled within its timeout: the rows are not as expected. */
export class WaitTimeoutError extends TransactionError {
  override readonly name = 'WaitTimeoutError'
  override readonly code = 'OVSDB_TIMED_OUT'
  override readonly retryable = true
}

/** The transaction contained `abort`. */
export class AbortedError extends TransactionError {
  override readonly name = 'AbortedError'
  override readonly code = 'OVSDB_ABORTED'
}

/** An `assert` named a lock that this session does not own. */
export class NotOwnerError extends TransactionError {
  override readonly name = 'NotOwnerError'
  override readonly code = 'OVSDB_NOT_OWNER'
}

/** Two inserts of one transaction have the same uuid-name. */
export class DuplicateUuidNameError extends TransactionError {
  override readonly name = 'DuplicateUuidNameError'
  override readonly code = 'OVSDB_DUPLICATE_UUID_NAME'
}

/** A division by zero in a mutation. */
export class DomainError extends TransactionError {
  override readonly name = 'DomainError'
  override readonly code = 'OVSDB_DOMAIN'
}

/** The result of a mutation does not fit 64 bits or a double. */
export class RangeOverflowError extends TransactionError {
  override readonly name = 'RangeOverflowError'
  override readonly code = 'OVSDB_RANGE'
}

/** The server has not enough memory or disk. */
export class ResourcesExhaustedError extends TransactionError {
  override readonly name = 'ResourcesExhaustedError'
  override readonly code = 'OVSDB_RESOURCES_EXHAUSTED'
  override readonly retryable = true
}

/** The server failed to write. */
export class ServerIoError extends TransactionError {
  override readonly name = 'ServerIoError'
  override readonly code = 'OVSDB_IO'
  override readonly retryable = true
}

/** The server cannot do what was asked, such as a durable commit of a database that is not on disk. */
export class NotSupportedError extends TransactionError {
  override readonly name = 'NotSupportedError'
  override readonly code = 'OVSDB_NOT_SUPPORTED'
}

/** The operation is not permitted: a read-only server or column, or role-based access control. */
export class NotAllowedError extends TransactionError {
  override readonly name = 'NotAllowedError'
  override readonly code = 'OVSDB_NOT_ALLOWED'
}

/** An operation the server cannot read: mostly a table or column that its schema lacks. */
export class OperationSyntaxError extends TransactionError {
  override readonly name = 'OperationSyntaxError'
  override readonly code = 'OVSDB_OPERATION_SYNTAX'
}

/** The server is no longer (or not yet) able to commit in its cluster; another server may be. */
export class ClusterError extends TransactionError {
  override readonly name = 'ClusterError'
  override readonly code = 'OVSDB_CLUSTER'
  override readonly retryable = true
}

type TransactionErrorClass = new (failure: TransactionFailure) => TransactionError

/** Error strings of RFC 7047 section 5.2 and of ovsdb-server, and their classes; others become `TransactionError`. */
export const TRANSACTION_ERRORS: ReadonlyMap<string, TransactionErrorClass> = new Map<string, TransactionErrorClass>([
  ['constraint violation', ConstraintViolationError],
  ['referential integrity violation', ReferentialIntegrityError],
  ['timed out', WaitTimeoutError],
  ['aborted', AbortedError],
  ['not owner', NotOwnerError],
  ['duplicate uuid-name', DuplicateUuidNameError],
  ['domain error', DomainError],
  ['range error', RangeOverflowError],
  ['resources exhausted', ResourcesExhaustedError],
  ['I/O error', ServerIoError],
  ['not supported', NotSupportedError],
  ['not allowed', NotAllowedError],
  ['permission error', NotAllowedError],
  ['syntax error', OperationSyntaxError],
  ['unknown column', OperationSyntaxError],
  ['unknown table', OperationSyntaxError],
  ['cluster error', ClusterError],
  ['not leader', ClusterError],
])

/** The error of the class that the failure's error string asks for. */
export function transactionError(failure: TransactionFailure): TransactionError {
  return new (TRANSACTION_ERRORS.get(failure.error) ?? TransactionError)(failure)
}
