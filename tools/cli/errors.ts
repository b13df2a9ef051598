/** Ends the program with exit code 1 and this message on standard error. */
export class FatalError extends Error {
  override readonly name = 'FatalError'
}

/** Ends the program with an exit code; all there is to say has been printed. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly exitCode: number

  constructor(exitCode = 1) {
    super(`exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** What C's strerror says of the errors that connecting and reading files meet. */
const STRERROR: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAGAIN: 'Resource temporarily unavailable',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ENAMETOOLONG: 'File name too long',
  ENETUNREACH: 'Network is unreachable',
  ENOENT: 'No such file or directory',
  ENOPROTOOPT: 'Protocol not available',
  ENOTDIR: 'Not a directory',
  ENOTSOCK: 'Socket operation on non-socket',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EPROTO: 'Protocol error',
  EPROTOTYPE: 'Protocol wrong type for socket',
  ETIMEDOUT: 'Connection timed out',
  // Names that do not resolve are to OVS no addresses at all.
  EAI_AGAIN: 'Address family not supported by protocol',
  ENOTFOUND: 'Address family not supported by protocol',
}

/** Node's codes for what TLS refuses, in the handshake or of a certificate. */
const TLS_CODE = /^ERR_SSL_|CERT|LEAF_SIGNATURE/
const SYSTEM_CODE = /^E(?!RR_)[A-Z0-9_]+$/

/** The system's error code of an error or of what caused it. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (TLS_CODE.test(code)) return 'EPROTO'
  return SYSTEM_CODE.test(code) ? code : systemCode(error.cause)
}

/** What went wrong, as C's strerror puts it where the system said so. */
export function describe(error: unknown): string {
  const code = systemCode(error)
  if (code !== undefined) return STRERROR[code] ?? code
  return error instanceof Error ? error.message : String(error)
}

/** A failure of the system; the message is C's. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  /** As `ENOENT`; undefined where the system gave none, as for what TLS refuses. */
  readonly code: string | undefined
  /** A connection that did not even open. */
  readonly atOpen: boolean

  constructor(code: string | undefined, { atOpen = false }: { atOpen?: boolean } = {}) {
    super(code === undefined ? 'Protocol error' : (STRERROR[code] ?? code))
    this.code = code
    this.atOpen = atOpen
  }

  static from(error: unknown, options: { atOpen?: boolean } = {}): SystemError {
    return new SystemError(systemCode(error), options)
  }
}
