/** Files of flows, printed as they would be sent. */
import {
  ByteSink,
  EncodeError,
  encodeMessage,
  firstProtocol,
  FlowModPrinter,
  flowModOf,
  freeOf,
  parseFlowFor,
  type ParsedFlow,
  PROTOCOLS,
  type Protocols,
  TemplateLines,
  TextError,
  versionOfProtocol,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import { LineCursor, stripComment } from './files.js'

/** How flows are to be printed. */
export interface Printing {
  /** The formats to choose from. */
  readonly allowed: Protocols
  readonly verbosity: number
}

export interface Printed {
  /** The formats that all flows can have; they are printed in the first that is allowed. */
  readonly usable: Protocols
  readonly texts: readonly Buffer[]
  /** What is wrong with the first flow that cannot be sent in that format. Those before it are printed. */
  readonly failure?: string
}

/**
 * Parses the flows of a file and prints each at once, in the format that is the first for all until then: to print some
 * anew when one of them rules that format out costs less than to keep all.
 * @throws FatalError naming the first wrong line
 */
export function printFlowFile(file: string, source: Buffer, printing: Printing): Printed {
  let usable: Protocols = PROTOCOLS.ANY
  for (;;) {
    const protocol = firstProtocol(usable & printing.allowed)
    const printer = new FlowFilePrinter(file, source, { ...printing, protocol })
    usable = printer.print(usable)
    if (firstProtocol(usable & printing.allowed) === protocol) return { usable, ...printer.printed }
  }
}

/** Text is kept in pieces of this size. */
const PIECE_BYTES = 256 * 1024

const parse = (line: string): ParsedFlow => parseFlowFor('add', stripComment(line))

class FlowFilePrinter {
  #failure: string | undefined
  readonly #file: string
  readonly #source: Buffer
  readonly #allowed: Protocols
  readonly #protocol: Protocols
  readonly #lines: TemplateLines
  readonly #printer: FlowModPrinter
  readonly #message = new ByteSink()
  readonly #texts: Buffer[] = []
  #text = new ByteSink(PIECE_BYTES)
  #xid = 0

  constructor(file: string, source: Buffer, printing: Printing & { readonly protocol: Protocols }) {
    const { allowed, verbosity, protocol } = printing
    this.#file = file
    this.#source = source
    this.#allowed = allowed
    this.#protocol = protocol
    this.#printer = new FlowModPrinter({ verbosity })
    this.#lines = new TemplateLines({
      assemble(line) {
        const flow = parse(line)
        return { message: flowModOf('add', flow, protocol), usable: flow.usable }
      },
      encode: (message, xid) => encodeMessage(message, versionOfProtocol(protocol), xid),
      free: freeOf,
    })
  }

  get printed(): Pick<Printed, 'texts' | 'failure'> {
    const texts = [...this.#texts, this.#text.view()]
    return this.#failure === undefined ? { texts } : { texts, failure: this.#failure }
  }

  /** Prints all flows, or those up to one that rules the format out; gives the formats that are left. */
  print(before: Protocols): Protocols {
    let usable = before
    const lines = new LineCursor(this.#source)
    while (lines.next()) {
      try {
        usable &= this.#one(lines)
      } catch (error) {
        if (error instanceof TextError) throw new FatalError(`${this.#file}:${lines.number}: ${error.message}`)
        throw error
      }
      if (firstProtocol(usable & this.#allowed) !== this.#protocol) break
    }
    return usable
  }

  #one(lines: LineCursor): Protocols {
    const { source, from, to } = lines
    this.#xid++
    const isPrinted = this.#failure === undefined && this.#protocol !== PROTOCOLS.NONE
    if (!isPrinted) return parse(lines.text).usable
    this.#message.length = 0
    try {
      const usable = this.#lines.append(source, from, to, this.#message, this.#xid)
      this.#printer.print(this.#message.bytes, 0, this.#message.length, this.#text)
      this.#endPiece()
      return usable
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error
      this.#failure = error.message
      return parse(lines.text).usable
    }
  }

  #endPiece(): void {
    if (this.#text.length < PIECE_BYTES) return
    this.#texts.push(this.#text.view())
    this.#text = new ByteSink(2 * PIECE_BYTES)
  }
}
