/** Text of a setting, and where it comes from. */
export interface Sourced {
  readonly text: string
  readonly source: string
}

export type ReadFile = (path: string) => string | undefined

export interface ConfigIssue {
  readonly setting: string
  readonly source: string
  readonly reason: string
}

/** Settings that are wrong, each with its source and the reason. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'CONFIG'
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(({ setting, source, reason }) => `${setting} (${source}): ${reason}`).join('\n'))
    this.issues = issues
  }
}
