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

/**
 * Runs one pass at a time. Wake-ups while a pass runs are one more pass after it; a pass that fails is run again later,
 * the waiting time doubling up to ten seconds. Level-triggered: a pass looks at the state, not at the wake-up.
 */
export class Worker {
  readonly #pass: () => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #clock: Clock
  #running = false
  #wanted = false
  #stopped = false
  #failures = 0
  #retry: { cancel(): void } | undefined

  constructor(pass: () => Promise<void>, onError: (error: unknown) => void, clock: Clock = systemClock) {
    this.#pass = pass
    this.#onError = onError
    this.#clock = clock
  }

  /** Asks for a pass; it starts in this turn unless one is running. */
  wake(): void {
    if (this.#stopped) return
    this.#wanted = true
    this.#retry?.cancel()
    this.#retry = undefined
    if (!this.#running) void this.#run()
  }

  /** A pass that runs is not interrupted, but no other follows. */
  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false
      try {
        await this.#pass()
        this.#failures = 0
      } catch (error) {
        this.#onError(error)
        this.#retryLater()
        break
      }
    }
    this.#running = false
  }

  #retryLater(): void {
    if (this.#stopped) return
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS)
    this.#failures++
    this.#retry = this.#clock.setTimeout(() => {
      this.wake()
    }, delay)
  }
}
