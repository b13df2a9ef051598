import {
  decodeMessage,
  encodeMessage,
  formatBytes,
  Framer,
  MAX_MESSAGE_BYTES,
  type Message,
  OF10,
  OF13,
  type OfVersion,
  OpenFlowError,
  type PrintContext,
} from 'openflow-ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ExitError, FatalError } from '../cli/errors.js'
import type { Io } from './io.js'
import type { Options } from './options.js'
import { openTarget, type Suffix } from './target.js'
import type { Vconn } from './vconn.js'
import type { Xids } from './xids.js'

const OFPT_ERROR = 1
const REPLY_MORE = 1
/** OFPT_STATS_REPLY of 1.0, OFPT_MULTIPART_REPLY since. */
const multipartReply = (version: number): number => (version === OF10 ? 17 : 19)

/** Whether more parts of a multipart reply follow. */
const goesOn = (bytes: Buffer): boolean =>
  bytes.readUInt8(1) === multipartReply(bytes.readUInt8(0)) &&
  bytes.length >= 12 &&
  (bytes.readUInt16BE(10) & REPLY_MORE) !== 0

const xidOf = (bytes: Buffer): number => bytes.readUInt32BE(4)
const isError = (bytes: Buffer): boolean => bytes.readUInt8(1) === OFPT_ERROR

/** How what goes wrong is printed: with the names of the switch, when it comes to that. */
export type Naming = (target: string, verbosity: number) => Promise<PrintContext>

/** What a switch is opened with, beside its name. */
export interface Opening {
  readonly suffix?: Suffix
  /** Instead of those of the options. */
  readonly versions?: readonly OfVersion[]
}

const FLAGS = ['atomic', 'ordered'] as const
const BUNDLE_ID = 0
/** So many messages make a write that is worth its system call. */
const ADDS_AT_ONCE = 256

/** What adds a message to the bundle that `bundleOf` opens. */
export const bundleAdd = (message: Message): Message => ({
  type: 'BUNDLE_ADD_MESSAGE',
  bundle_id: BUNDLE_ID,
  flags: FLAGS,
  message,
})

/** Bytes of a bundle-add message before the one inside. */
const bundleAddHeader = (version: OfVersion): number => (version === OF13 ? 24 : 16)

/** One connection of a command, with the few things that commands do. */
export class Switch {
  readonly vconn: Vconn
  readonly #xids: Xids
  readonly #io: Io
  readonly #naming: Naming

  private constructor(vconn: Vconn, xids: Xids, io: Io, naming: Naming) {
    this.vconn = vconn
    this.#xids = xids
    this.#io = io
    this.#naming = naming
  }

  /** @throws FatalError */
  static async open(
    target: string,
    options: Options,
    { xids, io, naming }: { xids: Xids; io: Io; naming: Naming },
    opening: Opening = {},
  ): Promise<Switch> {
    const { suffix, versions = options.versions } = opening
    const vconn = await openTarget(target, { ...options, versions }, suffix)
    xids.next()
    return new Switch(vconn, xids, io, naming)
  }

  get version(): OfVersion {
    return this.vconn.version
  }

  /** The bytes of a message with the next xid. */
  encode(message: Message): Buffer {
    return encodeMessage(message, this.version, this.#xids.next())
  }

  /** Sends a request and gives its one reply, which may be an error. @throws FatalError */
  async transact(request: Message): Promise<Buffer> {
    const bytes = this.encode(request)
    this.vconn.send(bytes)
    return this.vconn.receiveXid(xidOf(bytes))
  }

  /** All parts of the reply to a multipart request; an error is the only part. @throws FatalError */
  async *parts(request: Message): AsyncGenerator<Buffer> {
    const bytes = this.encode(request)
    this.vconn.send(bytes)
    for (;;) {
      const reply = await this.vconn.receiveXid(xidOf(bytes))
      yield reply
      if (!goesOn(reply)) return
    }
  }

  /** The parts, none of which is an error. @throws FatalError */
  async *accepted(request: Message): AsyncGenerator<Buffer> {
    for await (const bytes of this.parts(request)) {
      if (isError(bytes)) throw new FatalError(`received bad reply: ${formatBytes(bytes, { verbosity: 1 })}`)
      yield bytes
    }
  }

  /** The parts decoded. @throws FatalError when a part is an error or cannot be decoded */
  async *decoded(request: Message): AsyncGenerator<Message> {
    for await (const bytes of this.accepted(request)) {
      try {
        yield decodeMessage(bytes)
      } catch (error) {
        if (error instanceof OpenFlowError) throw new FatalError(`parse error in reply (${error.message})`)
        throw error
      }
    }
  }

  /** Sends what has a reply only if it fails, and waits until it is done. Gives the failure. */
  async confirm(bytes: Buffer): Promise<Buffer | undefined> {
    const barrier = this.encode({ type: 'BARRIER_REQUEST' })
    this.vconn.send(bytes)
    this.vconn.send(barrier)
    let failure: Buffer | undefined
    for (;;) {
      const reply = await this.vconn.receive()
      if (reply === undefined) throw new FatalError(`talking to ${this.vconn.name} (${this.vconn.failure})`)
      const xid = xidOf(reply)
      if (xid === xidOf(barrier)) return failure
      if (xid === xidOf(bytes)) failure ??= reply
    }
  }

  /** The same for several, in order. @throws ExitError at the first that fails; it has been printed */
  async confirmAll(requests: Iterable<Buffer>, verbosity: number): Promise<void> {
    for (const bytes of requests) {
      const failure = await this.confirm(bytes)
      if (failure === undefined) continue
      this.#io.err(formatBytes(failure, await this.#naming(this.vconn.name, verbosity + 2)))
      throw new ExitError()
    }
  }

  /** Sends one message that has no reply. @throws as `confirmAll` */
  command(message: Message, verbosity: number): Promise<void> {
    return this.confirmAll([this.encode(message)], verbosity)
  }

  /** Does all of `mods` or, when one fails, nothing. @throws FatalError then; what failed has been printed */
  async bundle(mods: readonly Message[], verbosity: number): Promise<void> {
    const adds = mods.map((message) => this.encode(bundleAdd(message)))
    const pieces = Array.from({ length: Math.ceil(adds.length / ADDS_AT_ONCE) }, (_, i) =>
      Buffer.concat(adds.slice(i * ADDS_AT_ONCE, (i + 1) * ADDS_AT_ONCE)),
    )
    await this.bundleOf(pieces, verbosity)
  }

  /** Takes the xids of `count` messages that are encoded elsewhere; gives the first. */
  takeXids(count: number): number {
    return this.#xids.take(count)
  }

  /** The same as `bundle`, of messages of type BUNDLE_ADD_MESSAGE in bytes, many in each piece. */
  async bundleOf(pieces: AsyncIterable<Buffer> | Iterable<Buffer>, verbosity: number): Promise<void> {
    const errors: Buffer[] = []
    const sent: Buffer[] = []
    const added: Buffer[] = []
    const failed =
      (await this.#bundleControl('open_request', errors, sent)) || (await this.#addAll(pieces, errors, { sent, added }))
    const refused = failed || (await this.#bundleControl('commit_request', errors, sent))
    if (failed) await this.#bundleControl('discard_request', [], [])
    if (!refused) return
    const inner = bundleAddHeader(this.version)
    const adds = added.flatMap((piece) => [...new Framer(MAX_MESSAGE_BYTES).push(piece)])
    const about = [...adds.map((bytes) => bytes.subarray(inner)), ...sent]
    const context = await this.#naming(this.vconn.name, verbosity + 1)
    for (const error of errors) this.#printBundleError(error, about, context)
    throw new FatalError(`talking to ${this.vconn.name} (Protocol error)`)
  }

  /** Sends one step of the bundle's life. True when it failed; the errors until then go to `errors`. */
  async #bundleControl(
    control: 'open_request' | 'commit_request' | 'discard_request',
    errors: Buffer[],
    sent: Buffer[],
  ): Promise<boolean> {
    const bytes = this.encode({ type: 'BUNDLE_CONTROL', bundle_id: BUNDLE_ID, control, flags: FLAGS })
    sent.push(bytes)
    this.vconn.send(bytes)
    return this.#errorsUntil(xidOf(bytes), errors)
  }

  async #addAll(
    pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
    errors: Buffer[],
    { sent, added }: Record<'sent' | 'added', Buffer[]>,
  ): Promise<boolean> {
    for await (const piece of pieces) {
      added.push(piece)
      this.vconn.send(piece)
      if (this.vconn.congested) await this.vconn.drained()
      // The next piece may take a while to make; the switch begins with this one.
      else await nextTurn()
    }
    const barrier = this.encode({ type: 'BARRIER_REQUEST' })
    sent.push(barrier)
    this.vconn.send(barrier)
    await this.#errorsUntil(xidOf(barrier), errors)
    return errors.length > 0
  }

  /** Collects errors until the reply to `xid`. True when that is one. */
  async #errorsUntil(xid: number, errors: Buffer[]): Promise<boolean> {
    for (;;) {
      const reply = await this.vconn.receive()
      if (reply === undefined) throw new FatalError(`talking to ${this.vconn.name} (${this.vconn.failure})`)
      if (isError(reply)) errors.push(reply)
      if (xidOf(reply) === xid) return isError(reply)
    }
  }

  #printBundleError(error: Buffer, about: readonly Buffer[], context: PrintContext): void {
    const message = decodeMessage(error)
    if (message.type !== 'ERROR') return
    const name = message.error ?? '***decode error***'
    const cause = about.find((bytes) => xidOf(bytes) === xidOf(error)) ?? message.data
    this.#io.err(`Error ${name} for: ${formatBytes(cause, context)}`)
  }

  close(): void {
    this.vconn.close()
  }
}
