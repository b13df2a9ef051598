interface Waiter {
  readonly isDone: (host: string) => boolean
  readonly hosts: Set<string>
  readonly resolve: () => void
}

/** Requests that wait until hosts have realized something, found by host so that progress costs only those it concerns. */
export class Waiters {
  readonly #byHost = new Map<string, Set<Waiter>>()

  /** Resolves when `isDone` has been true of each of `hosts` after a report of progress; rejects with the signal's reason. */
  wait(hosts: ReadonlySet<string>, signal: AbortSignal, isDone: (host: string) => boolean): Promise<void> {
    if (hosts.size === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const abort = () => {
        for (const host of waiter.hosts) this.#remove(host, waiter)
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      }
      const waiter: Waiter = {
        isDone,
        hosts: new Set(hosts),
        resolve: () => {
          signal.removeEventListener('abort', abort)
          resolve()
        },
      }
      if (signal.aborted) {
        abort()
        return
      }
      signal.addEventListener('abort', abort, { once: true })
      for (const host of hosts) this.#add(host, waiter)
    })
  }

  /** A host made progress. */
  progress(host: string): void {
    for (const waiter of [...(this.#byHost.get(host) ?? [])]) {
      if (!waiter.isDone(host)) continue
      this.#remove(host, waiter)
      waiter.hosts.delete(host)
      if (waiter.hosts.size === 0) waiter.resolve()
    }
  }

  #add(host: string, waiter: Waiter): void {
    const waiters = this.#byHost.get(host) ?? new Set()
    waiters.add(waiter)
    this.#byHost.set(host, waiters)
  }

  #remove(host: string, waiter: Waiter): void {
    const waiters = this.#byHost.get(host)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#byHost.delete(host)
  }
}
