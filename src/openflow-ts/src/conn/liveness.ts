/** Whether a peer is still there: asked when nothing has been heard for a while, given up after as long again. */
export class Liveness {
  readonly #ask: () => void
  readonly #giveUp: () => void
  readonly #timer: NodeJS.Timeout | undefined
  #heard = true
  #asked = false
  #paused = false

  /** @param intervalMs 0: the peer is never asked */
  constructor(intervalMs: number, ask: () => void, giveUp: () => void) {
    this.#ask = ask
    this.#giveUp = giveUp
    if (intervalMs > 0) {
      this.#timer = setInterval(() => {
        this.#check()
      }, intervalMs)
    }
  }

  heard(): void {
    this.#heard = true
  }

  /** Nothing is being read: nothing can be heard. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#heard = true
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    if (this.#heard || this.#paused) {
      this.#heard = false
      this.#asked = false
    } else if (this.#asked) {
      this.#giveUp()
    } else {
      this.#asked = true
      this.#ask()
    }
  }
}
