/** Messages about flows, printed by templates. */
import { decodeMessage, encodeMessage } from '../messages/codec.js'
import { identify } from '../messages/forms.js'
import type { PrintContext } from '../messages/print/common.js'
import { DUMP_VERBOSITY, formatBytes } from '../messages/print/message.js'
import type { Message } from '../messages/table.js'
import type { OfVersion } from '../version.js'
import { freeOf, freeOfFlowStats, type FreeValue } from './free-values.js'
import { type Specimen, TemplatePrinter } from './printed.js'
import type { ByteSink } from './sink.js'
import { attempt } from './slot.js'
import type { Thrift } from './track.js'

/** What is wrong with a message is said between these. */
const FAULT = '***'

/** Whether numbers are shown as such: ports and tables may go by their names. */
const isPlain = (context: PrintContext): boolean =>
  (context.verbosity ?? 0) < DUMP_VERBOSITY && context.portName === undefined && context.tableName === undefined

const encode = (message: Message): Buffer => encodeMessage(message, message.version as OfVersion)

function specimenOf(bytes: Buffer, freeOf: (message: Message) => Iterable<FreeValue>): Specimen<Message> | undefined {
  const message = attempt(() => decodeMessage(bytes))
  return message && { message, free: freeOf(message), encode }
}

/** Prints many flow-mods, each as `formatBytes` does; other messages, too, though no faster. */
export class FlowModPrinter {
  readonly #templates: TemplatePrinter<Message>

  constructor(context: PrintContext = {}, thrift?: Partial<Thrift>) {
    this.#templates = new TemplatePrinter({
      text: (bytes) => formatBytes(bytes, context),
      specimen: (bytes) => (isPlain(context) ? specimenOf(bytes, freeOf) : undefined),
    }, thrift)
  }

  /** Prints the message that is this part of some bytes. */
  print(bytes: Buffer, from: number, to: number, sink: ByteSink): void {
    this.#templates.print(bytes, from, to, sink)
  }
}

/** Prints replies to requests for flows, each as `formatBytes` does; other messages, too, though no faster. */
export class FlowStatsPrinter {
  readonly #context: PrintContext
  /** Header of the reply that is being printed, and what is printed of it before its entries. */
  #head = Buffer.alloc(0)
  #headText = ''
  readonly #entries: TemplatePrinter<Message>

  constructor(context: PrintContext = {}, thrift?: Partial<Thrift>) {
    this.#context = context
    this.#entries = new TemplatePrinter({
      text: (entry) => this.#entryText(entry),
      specimen: (entry) => this.#specimen(entry),
    }, thrift)
  }

  /** Prints a whole message. */
  print(message: Buffer, sink: ByteSink): void {
    const start = sink.length
    if (isPlain(this.#context) && this.#printEntries(message, sink)) return
    sink.length = start
    sink.text(formatBytes(message, this.#context))
  }

  /** False when that is no reply with flows, or one of them cannot be printed on its own. */
  #printEntries(message: Buffer, sink: ByteSink): boolean {
    const form = identify(message)
    if (typeof form === 'string' || form.type !== 'FLOW_STATS_REPLY' || message.readUInt16BE(2) !== message.length) return false
    this.#head = Buffer.from(message.subarray(0, form.header))
    this.#headText = formatBytes(this.#wrap(Buffer.alloc(0)), this.#context).trimEnd()
    sink.text(this.#headText)
    for (let at = form.header; at < message.length; ) {
      if (at + 2 > message.length) return false
      const end = at + message.readUInt16BE(at)
      if (end <= at || end > message.length || !this.#entries.print(message, at, end, sink)) return false
      at = end
    }
    sink.text('\n')
    return true
  }

  /** A reply of one entry. */
  #wrap(entry: Buffer): Buffer {
    const message = Buffer.concat([this.#head, entry])
    message.writeUInt16BE(message.length, 2)
    return message
  }

  #entryText(entry: Buffer): string | undefined {
    const text = formatBytes(this.#wrap(entry), this.#context)
    const head = this.#headText
    return text.startsWith('\n', head.length) && !text.includes(FAULT) ? text.slice(head.length, -1) : undefined
  }

  #specimen(entry: Buffer): Specimen<Message> | undefined {
    const header = this.#head.length
    const specimen = specimenOf(this.#wrap(entry), (message) =>
      message.type === 'FLOW_STATS_REPLY' && message.entries[0] !== undefined
        ? freeOfFlowStats(message.entries[0], ['entries', 0])
        : [],
    )
    return specimen && { ...specimen, encode: (message) => encode(message).subarray(header) }
  }
}
