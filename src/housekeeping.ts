import { collectIdentities } from './intent/identities.js'
import { type Clock, systemClock } from './hosts/worker.js'
import type { Store } from './store/store.js'

export interface HousekeepingOptions {
  readonly store: Store
  /** How long an identity that no pod has is kept. */
  readonly identityRestMs: number
  readonly onError: (error: unknown) => void
  readonly clock?: Clock
}

const INTERVAL_MS = 60_000

/** What is due in the store as time passes, without anybody asking for it: once a minute. */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #clock: Clock
  #timer: { cancel(): void } | undefined
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: HousekeepingOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#schedule()
  }

  /** Resolves when nothing of it is under way any more. */
  async close(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#round
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#round = this.#tidy().finally(() => {
        this.#schedule()
      })
    }, INTERVAL_MS)
  }

  /** What fails is tried again in the next round. */
  async #tidy(): Promise<void> {
    const { store, identityRestMs, onError } = this.#options
    try {
      await collectIdentities(store, new Date(this.#clock.now()), identityRestMs)
    } catch (error) {
      onError(error)
    }
  }
}
