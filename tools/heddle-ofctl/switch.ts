import {
  BundleError,
  type Connection,
  ConnectionClosedError,
  formatMessage,
  type Message,
  PeerError,
  type PrintContext,
} from 'openflow-ts'
import { ExitError, FatalError } from './errors.js'
import type { Io } from './io.js'
import type { Options } from './options.js'
import { openTarget } from './target.js'

/** What ovs-ofctl shows when a bundle as such failed. */
const COMMIT = {
  type: 'BUNDLE_CONTROL',
  control: 'commit_request',
  bundle_id: 0,
  flags: ['atomic', 'ordered'],
} as const satisfies Message

/**
 * Numbers messages as ovs-ofctl does: one sequence for the whole run, of which the hello of each connection takes one.
 */
export class Xids {
  #last = 0

  next(): number {
    return ++this.#last
  }
}

/** One connection of a command, with the few things that commands do. */
export class Switch {
  /** The target connected to. */
  readonly name: string
  readonly connection: Connection
  readonly #xids: Xids
  readonly #io: Io

  private constructor(name: string, connection: Connection, xids: Xids, io: Io) {
    this.name = name
    this.connection = connection
    this.#xids = xids
    this.#io = io
  }

  static async open(name: string, options: Options, xids: Xids, io: Io): Promise<Switch> {
    const { connection, target } = await openTarget(name, options)
    xids.next()
    return new Switch(target, connection, xids, io)
  }

  get version(): Connection['version'] {
    return this.connection.version
  }

  /** Sends a request and gives every message of its reply, errors included, in order. @throws FatalError */
  async transact(request: Message): Promise<Message[]> {
    const { connection } = this
    const xid = this.#xids.next()
    const replies: Message[] = []
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        connection.off('message', onMessage).off('close', onClose).off('decode_error', onBad)
      }
      const onMessage = (message: Message): void => {
        if (message.xid !== xid || message.type === 'ECHO_REQUEST') return
        replies.push(message)
        if ('more' in message && message.more) return
        stop()
        resolve()
      }
      const onClose = (): void => {
        stop()
        reject(new FatalError(`talking to ${this.name} (End of file)`))
      }
      const onBad = (error: Error): void => {
        stop()
        reject(new FatalError(`talking to ${this.name} (${error.message})`))
      }
      connection.on('message', onMessage).on('close', onClose).on('decode_error', onBad)
      try {
        connection.send({ ...request, xid })
      } catch (error) {
        stop()
        if (error instanceof ConnectionClosedError) onClose()
        else reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    return replies
  }

  /** Sends what has no reply and waits until it is done. @throws ExitError when that failed; it has been printed */
  async command(message: Message, context: PrintContext): Promise<void> {
    const xid = this.#xids.next()
    const failures: Message[] = []
    const onMessage = (reply: Message): void => {
      if (reply.type === 'ERROR' && reply.xid === xid) failures.push(reply)
    }
    this.connection.on('message', onMessage)
    this.connection.send({ ...message, xid })
    await this.transact({ type: 'BARRIER_REQUEST' })
    this.connection.off('message', onMessage)
    const [first] = failures
    if (first === undefined) return
    this.#io.err(formatMessage(first, context))
    throw new ExitError()
  }

  /** Does all of `mods` or, when one fails, nothing. @throws FatalError then; what failed has been printed */
  async bundle(mods: readonly Message[], context: PrintContext): Promise<void> {
    const numbered = mods.map((mod) => ({ ...mod, version: this.version, xid: this.#xids.next() }))
    // Open and close take a number each before the commit.
    const [, , xid] = [this.#xids.next(), this.#xids.next(), this.#xids.next()]
    try {
      await this.connection.bundle(mods)
    } catch (error) {
      if (!(error instanceof BundleError)) throw error
      for (const { index, error: cause } of error.failures) {
        const name = cause instanceof PeerError ? cause.error : cause.message
        const about = index === undefined ? { ...COMMIT, version: this.version, xid } : numbered[index]
        if (about !== undefined) this.#io.err(`Error ${name} for: ${formatMessage(about, context)}`)
      }
      throw new FatalError(`talking to ${this.name} (Protocol error)`)
    }
  }

  close(): Promise<void> {
    return this.connection.close()
  }
}
