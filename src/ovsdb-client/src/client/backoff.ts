export interface BackoffOptions {
  /** The first pause, in ms. Default 250. */
  readonly minDelayMs?: number
  /** The longest pause, in ms. Default 8000. */
  readonly maxDelayMs?: number
  /** A number from 0 to below 1. Default Math.random. */
  readonly random?: () => number
}

/** Pauses that grow twofold, each shortened at random by up to half, so that many clients do not come back as one. */
export class Backoff {
  readonly #min: number
  readonly #max: number
  readonly #random: () => number
  #next: number

  constructor({ minDelayMs = 250, maxDelayMs = 8000, random = Math.random }: BackoffOptions = {}) {
    this.#min = minDelayMs
    this.#max = Math.max(minDelayMs, maxDelayMs)
    this.#random = random
    this.#next = minDelayMs
  }

  /** The pause before the next attempt, in ms. */
  next(): number {
    const delay = this.#next
    this.#next = Math.min(this.#max, delay * 2)
    return delay * (1 - this.#random() / 2)
  }

  /** Begins anew, if what was attempted has then lasted as long as the next pause would. */
  lasted(ms: number): void {
    if (ms >= this.#next) this.#next = this.#min
  }
}
