import { Session } from 'ovsdb-client'
import { type Clock, systemClock } from './worker.js'

const FIRST_DELAY_MS = 200
const LONGEST_DELAY_MS = 8_000

export interface DialerOptions {
  readonly target: string
  readonly connect?: (target: string, signal: AbortSignal) => Promise<Session>
  /** Resolves when the session is in use; the dialer then waits for its end. */
  readonly onSession: (session: Session) => Promise<void>
  readonly onError: (error: unknown) => void
  readonly clock?: Clock
}

/** Keeps a session to a host that is dialled: connects, and again after it is lost, with growing pauses and jitter. */
export class Dialer {
  readonly #options: DialerOptions
  readonly #clock: Clock
  readonly #stop = new AbortController()
  #failures = 0

  constructor(options: DialerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    void this.#loop()
  }

  get target(): string {
    return this.#options.target
  }

  stop(): void {
    this.#stop.abort()
  }

  async #loop(): Promise<void> {
    const { target, onSession, onError } = this.#options
    const connect = this.#options.connect ?? ((to, signal) => Session.connect(to, { signal }))
    const { signal } = this.#stop
    while (!this.#stopped()) {
      try {
        const session = await connect(target, signal)
        await onSession(session)
        this.#failures = 0
        await session.closed
      } catch (error) {
        if (!this.#stopped()) onError(error)
      }
      if (!this.#stopped()) await this.#pause()
    }
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted
  }

  #pause(): Promise<void> {
    const longest = Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, LONGEST_DELAY_MS)
    const { signal } = this.#stop
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#clock.setTimeout(done, longest * (0.5 + Math.random() / 2))
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
