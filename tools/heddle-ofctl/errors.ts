/** Ends the program with exit code 1 and this message on standard error. */
export class FatalError extends Error {
  override readonly name = 'FatalError'
}

/** Ends the program with exit code 1; all there is to say has been printed. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
}

/** What C's strerror says of the errors that connecting and reading files meet. */
const STRERROR: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  EISDIR: 'Is a directory',
  ENETUNREACH: 'Network is unreachable',
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EPIPE: 'Broken pipe',
  EPROTO: 'Protocol error',
  ETIMEDOUT: 'Connection timed out',
}

/** The system's error code of an error or of what caused it. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) return error.code
  return systemCode(error.cause)
}

/** What went wrong, as C's strerror puts it where the system said so. */
export function describe(error: unknown): string {
  const code = systemCode(error)
  if (code !== undefined) return STRERROR[code] ?? code
  return error instanceof Error ? error.message : String(error)
}
