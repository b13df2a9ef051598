import type { Clock } from '../../../src/hosts/worker.js'

/** Time that passes when told to. */
export class FakeClock implements Clock {
  readonly timers: { readonly at: number; readonly callback: () => void }[] = []
  #now: number

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + ms, callback }
    this.timers.push(timer)
    const cancel = () => {
      this.#remove(timer)
    }
    return { cancel }
  }

  advance(ms: number): void {
    this.#now += ms
    for (;;) {
      const due = this.timers.find(({ at }) => at <= this.#now)
      if (due === undefined) return
      this.#remove(due)
      due.callback()
    }
  }

  #remove(timer: { readonly at: number; readonly callback: () => void }): void {
    const i = this.timers.indexOf(timer)
    if (i >= 0) this.timers.splice(i, 1)
  }
}
