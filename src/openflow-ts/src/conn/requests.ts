import type { Message, MessageOf } from '../messages/index.js'

/** Whoever waits for messages of one xid. */
export interface Waiter {
  /** True: nothing more is expected. */
  onReply(message: Message, bytes: number): boolean
  onError(error: MessageOf<'ERROR'>): boolean
  /** The reply could not be decoded, or the connection ended. */
  onFailure(error: Error): void
}

/** Waits for errors of messages that have no reply: those of a run of xids. */
export interface ErrorWatch {
  readonly first: number
  /** May grow as messages are sent. */
  last: number
  onError(error: MessageOf<'ERROR'>): void
}

const LAST_XID = 0xffffffff

/** Pairs replies with requests by xid. */
export class Requests {
  readonly #waiters = new Map<number, Waiter>()
  readonly #watches = new Set<ErrorWatch>()
  #last = 0

  get size(): number {
    return this.#waiters.size
  }

  /** An xid that nobody waits on; never 0. */
  nextXid(): number {
    do this.#last = this.#last === LAST_XID ? 1 : this.#last + 1
    while (this.#isTaken(this.#last))
    return this.#last
  }

  #isTaken(xid: number): boolean {
    return this.#waiters.has(xid) || this.#watchOf(xid) !== undefined
  }

  #watchOf(xid: number): ErrorWatch | undefined {
    for (const watch of this.#watches) if (xid >= watch.first && xid <= watch.last) return watch
    return undefined
  }

  watch(watch: ErrorWatch): void {
    this.#watches.add(watch)
  }

  unwatch(watch: ErrorWatch): void {
    this.#watches.delete(watch)
  }

  wait(xid: number, waiter: Waiter): void {
    this.#waiters.set(xid, waiter)
  }

  forget(xid: number): void {
    this.#waiters.delete(xid)
  }

  /** False when nobody waits for it. */
  deliver(message: Message, bytes: number): boolean {
    const xid = message.xid ?? 0
    const waiter = this.#waiters.get(xid)
    if (waiter === undefined) return message.type === 'ERROR' && this.#watched(message)
    const done = message.type === 'ERROR' ? waiter.onError(message) : waiter.onReply(message, bytes)
    if (done) this.#waiters.delete(xid)
    return true
  }

  #watched(error: MessageOf<'ERROR'>): boolean {
    const watch = this.#watchOf(error.xid ?? 0)
    watch?.onError(error)
    return watch !== undefined
  }

  /** False when nobody waits for a message of that xid. */
  fail(xid: number, error: Error): boolean {
    const waiter = this.#waiters.get(xid)
    if (waiter === undefined) return false
    this.#waiters.delete(xid)
    waiter.onFailure(error)
    return true
  }

  failAll(error: Error): void {
    const waiters = [...this.#waiters.values()]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.onFailure(error)
  }
}
