/**
 * How far one channel of a host (rows or flows) is behind: `target` is the newest revision asked of it, `done` the
 * revision up to which the switch has confirmed everything.
 */
export class Progress {
  #target = 0
  #done = 0
  /** Nothing is known of the switch's state: a full comparison is due. */
  #synced = false

  get target(): number {
    return this.#target
  }

  get done(): number {
    return this.#synced ? this.#done : 0
  }

  get synced(): boolean {
    return this.#synced
  }

  ask(revision: number): void {
    if (revision > this.#target) this.#target = revision
  }

  /** A pass that began when the target was `revision` has been confirmed. */
  confirm(revision: number): void {
    this.#synced = true
    if (revision > this.#done) this.#done = revision
  }

  lost(): void {
    this.#synced = false
  }

  /** Whether everything up to `revision` that concerns this channel is there. */
  has(revision: number): boolean {
    return this.#synced && this.#done >= Math.min(revision, this.#target)
  }
}
