import { EventEmitter } from 'node:events'
import type { Session } from '../rpc/session.js'

interface LockEvents {
  /** The lock is owned now: transactions with `assertLock` go through. */
  owned: []
  /** It is not owned any more: another session took it, or the connection is lost. */
  lost: []
}

/** A lock (RFC 7047 section 4.1.8) that a client asks for on every session. */
export class Lock extends EventEmitter<LockEvents> {
  readonly name: string
  readonly #onRelease: () => void
  #session: Session | undefined
  #owned = false

  constructor(name: string, onRelease: () => void) {
    super()
    this.name = name
    this.#onRelease = onRelease
  }

  get owned(): boolean {
    return this.#owned
  }

  /** Asks for the lock on a session. Called by the client. */
  async attach(session: Session): Promise<void> {
    if (this.#session === session) return
    this.#session = session
    session.on('locked', (lock) => {
      this.#heard(session, lock, true)
    })
    session.on('stolen', (lock) => {
      this.#heard(session, lock, false)
    })
    session.once('close', () => {
      this.#heard(session, this.name, false)
    })
    const owned = await session.lock(this.name)
    if (owned) this.#heard(session, this.name, true)
  }

  /** Takes the lock from whoever owns it. */
  async steal(): Promise<void> {
    const session = this.#session
    if (session?.closeReason !== undefined || session === undefined) return
    await session.unlock(this.name)
    if (await session.steal(this.name)) this.#heard(session, this.name, true)
  }

  /** Gives the lock back, or the wish for it up. */
  async release(): Promise<void> {
    this.#onRelease()
    const session = this.#session
    this.#session = undefined
    this.#owned = false
    if (session !== undefined && session.closeReason === undefined) await session.unlock(this.name)
  }

  #heard(session: Session, lock: string, owned: boolean): void {
    if (session !== this.#session || lock !== this.name || owned === this.#owned) return
    this.#owned = owned
    this.emit(owned ? 'owned' : 'lost')
  }
}
