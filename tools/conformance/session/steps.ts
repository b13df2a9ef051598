/** The steps of a session, as ../shared/vectors describes them. */
export interface Step {
  readonly tool: string
  readonly argv: readonly string[]
  readonly stdin?: string
  /** Written before the step, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** -N: ended by signal N. */
  readonly rc: number
  readonly stdout: string
  readonly stderr?: string
  readonly verify: boolean
  /** The step leaves a daemon behind. */
  readonly daemon?: boolean
  /** Repeated until it matches. */
  readonly wait?: unknown
}

export interface Session {
  readonly steps: readonly Step[]
  /** Arguments of ovs-vswitchd, where the session needs a switch. */
  readonly vswitchd?: readonly string[]
}

/** The session that a vector carries. @throws TypeError when it has none */
export function sessionOf(vector: object): Session {
  if (!('steps' in vector) || !Array.isArray(vector.steps)) throw new TypeError('a session without steps')
  return vector as Session
}
