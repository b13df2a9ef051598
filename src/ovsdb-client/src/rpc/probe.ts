/**
 * Watches that a peer is alive: after `intervalMs` without a byte it calls `probe`, after another one `dead`.
 * An interval of 0 watches nothing.
 */
export class InactivityProbe {
  readonly #intervalMs: number
  readonly #probe: () => void
  readonly #dead: () => void
  #timer: NodeJS.Timeout | undefined
  #heard = false
  #probing = false
  #stopped = false

  constructor(intervalMs: number, probe: () => void, dead: () => void) {
    this.#intervalMs = intervalMs
    this.#probe = probe
    this.#dead = dead
    this.#arm()
  }

  /** Bytes arrived. */
  heard(): void {
    this.#heard = true
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #arm(): void {
    if (this.#intervalMs === 0 || this.#stopped) return
    this.#timer = setTimeout(() => {
      // When this process itself was held up, bytes may be waiting in the socket: they are read before setImmediate.
      if (this.#probing && !this.#heard) setImmediate(this.#expire)
      else this.#expire()
    }, this.#intervalMs)
  }

  readonly #expire = (): void => {
    if (this.#stopped) return
    const silent = !this.#heard
    this.#heard = false
    if (silent && this.#probing) {
      this.#stopped = true
      this.#dead()
      return
    }
    this.#probing = silent
    if (silent) this.#probe()
    this.#arm()
  }
}
