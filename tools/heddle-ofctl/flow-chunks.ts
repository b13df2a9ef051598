/** Files of flows in parts that can be understood and printed on their own. */
import {
  encodeMessage,
  firstProtocol,
  flowModOf,
  formatBytes,
  OpenFlowError,
  parseFlowFor,
  type ParsedFlow,
  PROTOCOLS,
  type Protocols,
  TextError,
  versionOfProtocol,
} from 'openflow-ts'
import { hasContent, linesOf } from './files.js'

/** Some lines of a file. */
export interface Chunk {
  readonly text: string
  /** How many lines stand before it, and how many of these say something. */
  readonly linesBefore: number
  readonly flowsBefore: number
  /** How many of its own lines say something. */
  readonly flows: number
}

const CHUNK_CHARS = 128 * 1024

/** Cuts a text at ends of lines. */
export function* chunksOf(text: string): Generator<Chunk> {
  let linesBefore = 0
  let flowsBefore = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at + CHUNK_CHARS)
    const end = found < 0 ? text.length : found + 1
    const part = text.slice(at, end)
    let lines = 0
    let flows = 0
    while (at < end) {
      const newline = text.indexOf('\n', at)
      const next = newline < 0 ? end : newline + 1
      lines++
      if (hasContent(text, at, next)) flows++
      at = next
    }
    yield { text: part, linesBefore, flowsBefore, flows }
    linesBefore += lines
    flowsBefore += flows
  }
}

/** A chunk whose flows are to be printed as they would be sent, in the first format that all flows can have. */
export interface PrintTask extends Chunk {
  readonly allowed: Protocols
  /** The formats that the flows known so far can have. */
  readonly usable: Protocols
  readonly verbosity: number
}

/** What became of a chunk: the formats that its flows and those before can have, and them printed in the first. */
export interface Printed {
  readonly usable: Protocols
  readonly protocol: Protocols
  readonly text: string
  /** What is wrong with the first flow that cannot be sent in that format. */
  readonly failure?: string
}

/** The first line that is wrong. */
export interface WrongLine {
  readonly line: number
  readonly message: string
}

/**
 * Parses the flows of a chunk and prints each at once, in the format that is the first for all until then: flows that
 * are kept until the last is known cost more than to print a few anew when one of them rules that format out.
 */
export function printChunk(task: PrintTask): Printed | WrongLine {
  let { usable } = task
  for (;;) {
    const protocol = firstProtocol(usable & task.allowed)
    const printed = printIn(protocol, usable, task)
    if ('line' in printed || firstProtocol(printed.usable & task.allowed) === protocol) return printed
    usable = printed.usable
  }
}

/** Stops at a flow that rules the format out. */
function printIn(protocol: Protocols, before: Protocols, task: PrintTask): Printed | WrongLine {
  const printer = protocol === PROTOCOLS.NONE ? undefined : new FlowPrinter(protocol, task)
  let usable = before
  for (const [number, line] of linesOf(task.text)) {
    try {
      const flow = parseFlowFor('add', line)
      usable &= flow.usable
      if (firstProtocol(usable & task.allowed) !== protocol) break
      printer?.add(flow)
    } catch (error) {
      if (!(error instanceof TextError)) throw error
      return { line: task.linesBefore + number, message: error.message }
    }
  }
  return { usable, protocol, text: printer?.text ?? '', ...(printer?.failure !== undefined && { failure: printer.failure }) }
}

/** Flow-mods that add flows in a format, printed as they would be sent, up to one that cannot be sent. */
export class FlowPrinter {
  text = ''
  failure?: string
  readonly #protocol: Protocols
  readonly #verbosity: number
  #xid: number

  constructor(protocol: Protocols, { flowsBefore, verbosity }: Pick<PrintTask, 'flowsBefore' | 'verbosity'>) {
    this.#protocol = protocol
    this.#verbosity = verbosity
    this.#xid = flowsBefore
  }

  add(flow: ParsedFlow): void {
    this.#xid++
    if (this.failure !== undefined) return
    try {
      const mod = flowModOf('add', flow, this.#protocol)
      const bytes = encodeMessage(mod, versionOfProtocol(this.#protocol), this.#xid)
      this.text += formatBytes(bytes, { verbosity: this.#verbosity })
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error
      this.failure = error.message
    }
  }
}
