/** Time and timers, injected so that tests can drive them. */
export interface Clock {
  now(): number
  setTimeout(callback: () => void, ms: number): { cancel(): void }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, ms) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return {
      cancel: () => {
        clearTimeout(timer)
      },
    }
  },
}

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

export interface WorkerOptions {
  readonly clock?: Clock
  /** Longest rest between two passes in milliseconds; default 0. */
  readonly longestRestMs?: number
}

/** A pass is followed by a rest of so many times its own duration. */
const REST_FACTOR = 3

/**
 * Runs one pass at a time. Wake-ups while a pass runs are one more pass after it; a pass that fails is run again later,
 * the waiting time doubling up to ten seconds. Level-triggered: a pass looks at the state, not at the wake-up.
 *
 * With rests, what comes in quick succession is collected: the more a pass costs, the fewer there are. What comes alone
 * finds the worker rested and does not wait.
 */
export class Worker {
  readonly #pass: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #clock: Clock
  readonly #longestRestMs: number
  #running = false
  #wanted = false
  #stopped = false
  #failures = 0
  /** Not before this time does a pass begin. */
  #restedAt = 0
  #timer: { cancel(): void } | undefined

  constructor(pass: () => Promise<void>, onError: (error: unknown) => void, options: WorkerOptions = {}) {
    const { clock = systemClock, longestRestMs = 0 } = options
    this.#pass = pass
    this.#onError = onError
    this.#clock = clock
    this.#longestRestMs = longestRestMs
  }

  /** Asks for a pass; it starts in this turn unless one is running or the worker rests from one. */
  wake(): void {
    if (this.#stopped) return
    this.#wanted = true
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#running) return
    const rest = this.#restedAt - this.#clock.now()
    if (rest > 0) this.#wakeAfter(rest)
    else void this.#run()
  }

  /** A pass that runs is not interrupted, but no other follows. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    this.#running = true
    this.#wanted = false
    const began = this.#clock.now()
    let failed = false
    try {
      await this.#pass()
      this.#failures = 0
    } catch (error) {
      failed = true
      this.#onError(error)
    }
    this.#running = false
    const ended = this.#clock.now()
    this.#restedAt = ended + Math.min((ended - began) * REST_FACTOR, this.#longestRestMs)
    if (failed) this.#wakeAfter(Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS))
    else if (this.#isWanted()) this.wake()
  }

  /** It may have been asked for while the pass ran, which the compiler cannot see. */
  #isWanted(): boolean {
    return this.#wanted
  }

  #wakeAfter(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = this.#clock.setTimeout(() => {
      this.wake()
    }, delayMs)
  }
}
