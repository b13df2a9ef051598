/** What a command reads and writes; tests give their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  out(text: string): void
  err(text: string): void
  stdin(): Promise<string>
}

export const EXIT = { ok: 0, failure: 1, usage: 2 } as const

/** The command line makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

/** The command failed; the message is all that the user needs. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code = 'FAILED'
}
