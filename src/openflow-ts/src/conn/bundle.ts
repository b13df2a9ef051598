import { BUNDLED, type BundleFlag, type Message } from '../messages/index.js'
import { BundleError, type BundleFailure, PeerError } from './errors.js'
import { EncodeError } from '../errors.js'
import type { ErrorWatch, Requests } from './requests.js'

export interface BundleOptions {
  /** All or nothing, also towards packets in between. Default: true. */
  readonly atomic?: boolean
  /** In the order given. Default: true. */
  readonly ordered?: boolean
}

/** What a bundle needs of its connection. */
export interface BundleChannel {
  readonly id: number
  readonly requests: Requests
  write(message: Message, xid: number): void
  /** Whether the peer has not taken enough yet for more to be sent. */
  isFull(): boolean
  /** Resolves when more may be sent. */
  drain(): Promise<void>
}

type Control = 'open_request' | 'close_request' | 'commit_request' | 'discard_request'

/** One bundle on its way: the messages, and what failed of them. */
class Bundle {
  readonly #channel: BundleChannel
  readonly #flags: readonly BundleFlag[]
  /** Messages added one after the other have xids one after the other, until somebody else takes one. */
  readonly #watches: ErrorWatch[] = []
  readonly failures: BundleFailure[] = []

  constructor(channel: BundleChannel, options: BundleOptions) {
    this.#channel = channel
    const { atomic = true, ordered = true } = options
    this.#flags = [...(atomic ? (['atomic'] as const) : []), ...(ordered ? (['ordered'] as const) : [])]
  }

  /** Resolves when the peer has answered, an error goes to `failures`; rejects when the connection ends. */
  control(control: Control): Promise<void> {
    const { requests, id } = this.#channel
    const xid = requests.nextXid()
    return new Promise((resolve, reject) => {
      requests.wait(xid, {
        onReply() {
          resolve()
          return true
        },
        onError: (error) => {
          this.failures.push({ index: undefined, error: new PeerError(error, `bundle ${control}`) })
          resolve()
          return true
        },
        onFailure: reject,
      })
      this.#channel.write({ type: 'BUNDLE_CONTROL', bundle_id: id, control, flags: this.#flags }, xid)
    })
  }

  /** Adds a message. Its error, if any, comes before the answer to what is sent next, or with the commit's. */
  add(message: Message, index: number): void {
    const { requests, id } = this.#channel
    const xid = requests.nextXid()
    if (!BUNDLED.includes(message.type)) throw new EncodeError(`${message.type} cannot be in a bundle`)
    this.#channel.write({ type: 'BUNDLE_ADD_MESSAGE', bundle_id: id, flags: this.#flags, message }, xid)
    const last = this.#watches.at(-1)
    if (last?.last === xid - 1) last.last = xid
    else this.#watch(xid, index)
  }

  #watch(first: number, index: number): void {
    const watch: ErrorWatch = {
      first,
      last: first,
      onError: (error) => {
        this.failures.push({ index: index + (error.xid ?? 0) - first, error: new PeerError(error, 'in a bundle') })
      },
    }
    this.#watches.push(watch)
    this.#channel.requests.watch(watch)
  }

  /** Stops waiting for errors of single messages. */
  end(): void {
    for (const watch of this.#watches) this.#channel.requests.unwatch(watch)
  }
}

/** Sends all, paced by what the peer takes. What cannot be encoded becomes a failure. */
async function addAll(bundle: Bundle, channel: BundleChannel, mods: Iterable<Message>): Promise<void> {
  let index = 0
  for (const message of mods) {
    try {
      bundle.add(message, index++)
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error
      bundle.failures.push({ index: index - 1, error })
    }
    if (bundle.failures.length > 0) return
    if (channel.isFull()) await channel.drain()
  }
}

/**
 * Opens, adds, closes, then commits or discards. Open, add and close go without waiting: the answer to the close comes
 * after the errors of all that was added, so that nothing is committed of which a part was refused.
 * @throws BundleError, ConnectionClosedError, and what `mods` throws while it is gone through: then nothing is done
 */
export async function runBundle(
  channel: BundleChannel,
  mods: Iterable<Message>,
  options: BundleOptions,
): Promise<void> {
  const bundle = new Bundle(channel, options)
  const pending: Promise<void>[] = []
  const step = (control: Control): Promise<void> => {
    const answered = bundle.control(control)
    // Awaited below; until then a connection that ends must not make it an unhandled rejection.
    answered.catch(() => undefined)
    pending.push(answered)
    return answered
  }
  try {
    void step('open_request')
    await addAll(bundle, channel, mods).catch(async (error: unknown) => {
      // Whoever makes the messages gave up half-way, or the connection did.
      await step('discard_request').catch(() => undefined)
      throw error
    })
    if (bundle.failures.length === 0) await step('close_request')
    if (bundle.failures.length === 0) await step('commit_request')
    await Promise.all(pending)
    if (bundle.failures.length === 0) return
    const failures = [...bundle.failures]
    // A commit that failed has discarded the bundle already; then this is refused, which changes nothing.
    await step('discard_request')
    throw new BundleError(failures.sort(byIndex))
  } finally {
    bundle.end()
  }
}

/** Single messages first: the error of the bundle as such only says that one of them failed. */
const byIndex = (a: BundleFailure, b: BundleFailure): number => (a.index ?? Infinity) - (b.index ?? Infinity)
