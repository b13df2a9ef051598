import { HeddleError, invalid } from '../model/errors.js'
import type { Commit } from './store.js'

type Listener = (commit: Commit) => void

interface Watcher {
  readonly listener: Listener
  active: boolean
}

/** The last commits, and those who want to be told of the next. */
export class Feed {
  readonly #limit: number
  readonly #onError: (error: unknown) => void
  readonly #watchers = new Set<Watcher>()
  /** Consecutive; at most twice `#limit`, so that trimming is rare. */
  #commits: Commit[] = []
  /** Revision before the first of `#commits`. */
  #before: number

  constructor(revision: number, limit: number, onError: (error: unknown) => void) {
    this.#before = revision
    this.#limit = limit
    this.#onError = onError
  }

  /** Keeps a commit and tells every watcher of it; what a listener throws goes to `onError`. */
  publish(commit: Commit): void {
    this.#commits.push(commit)
    if (this.#commits.length >= 2 * this.#limit) {
      const kept = this.#commits.slice(this.#commits.length - this.#limit)
      this.#before += this.#commits.length - kept.length
      this.#commits = kept
    }
    // A copy: who begins to watch in a listener has been given this commit as a past one.
    for (const watcher of [...this.#watchers]) this.#tell(watcher, commit)
  }

  /** See Store.watch. */
  watch(after: number, listener: Listener): () => void {
    if (!Number.isSafeInteger(after) || after < 0) {
      throw invalid([{ pointer: '', detail: `revision ${after} is not a non-negative integer` }])
    }
    const latest = this.#before + this.#commits.length
    const oldest = Math.max(this.#before, latest - this.#limit)
    if (after < oldest) throw new HeddleError('COMPACTED', `revision ${after} is gone; the oldest kept is ${oldest}`)
    // Comes from a store that was since replaced by an older one: what the watcher holds must be read anew as well.
    if (after > latest) throw new HeddleError('COMPACTED', `revision ${after} is not known; the latest is ${latest}`)
    const watcher: Watcher = { listener, active: true }
    for (const commit of this.#commits.slice(after - this.#before)) this.#tell(watcher, commit)
    this.#watchers.add(watcher)
    return () => {
      watcher.active = false
      this.#watchers.delete(watcher)
    }
  }

  /** Ends every watch. */
  close(): void {
    for (const watcher of this.#watchers) watcher.active = false
    this.#watchers.clear()
  }

  #tell(watcher: Watcher, commit: Commit): void {
    if (!watcher.active) return
    try {
      watcher.listener(commit)
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A reporter that fails has nowhere left to report to, and must not undo a commit that is on disk.
    }
  }
}
