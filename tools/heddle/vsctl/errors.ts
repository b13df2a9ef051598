/** Ends the program with exit code 1 and this message after the program's name. */
export class CtlError extends Error {
  override readonly name = 'CtlError'
}

/** Ends the program at once with an exit code of its own: `br-exists` says no in this way. */
export class ExitStatus extends Error {
  override readonly name = 'ExitStatus'
  readonly status: number

  constructor(status: number) {
    super(`exit status ${status}`)
    this.status = status
  }
}
