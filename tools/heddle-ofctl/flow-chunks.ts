/** Files of flows in parts that can be understood and printed on their own. */
import {
  encodeMessage,
  flowModOf,
  formatBytes,
  parseFlowFor,
  type ParsedFlow,
  PROTOCOLS,
  type Protocols,
  TextError,
  versionOfProtocol,
} from 'openflow-ts'
import { linesOf } from './files.js'

/** Some lines of a file. */
export interface Chunk {
  readonly text: string
  /** How many lines stand before it. */
  readonly linesBefore: number
}

/** What a chunk says: how many flows, and in which formats all of them can go; or the first line that is wrong. */
export type Understood =
  | { readonly count: number; readonly usable: Protocols }
  | { readonly line: number; readonly message: string }

const CHUNK_CHARS = 256 * 1024

/** Cuts a text at ends of lines. */
export function* chunksOf(text: string): Generator<Chunk> {
  let linesBefore = 0
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('\n', at + CHUNK_CHARS)
    const end = found < 0 ? text.length : found + 1
    const part = text.slice(at, end)
    yield { text: part, linesBefore }
    linesBefore += countLines(part)
    at = end
  }
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Parses the flows of a chunk; those before a wrong line go to `flows` as well. */
export function understand({ text, linesBefore }: Chunk, flows: ParsedFlow[]): Understood {
  let usable: Protocols = PROTOCOLS.ANY
  for (const [number, line] of linesOf(text)) {
    try {
      const flow = parseFlowFor('add', line)
      usable &= flow.usable
      flows.push(flow)
    } catch (error) {
      if (!(error instanceof TextError)) throw error
      return { line: linesBefore + number, message: error.message }
    }
  }
  return { count: flows.length, usable }
}

/** Flow-mods as they are printed. */
export interface Print {
  readonly protocol: Protocols
  readonly firstXid: number
  readonly verbosity: number
}

/** The flow-mods that add the flows in a format, printed as they would be sent. */
export function printFlowMods(flows: readonly ParsedFlow[], { protocol, firstXid, verbosity }: Print): string {
  const version = versionOfProtocol(protocol)
  let text = ''
  flows.forEach((flow, i) => {
    text += formatBytes(encodeMessage(flowModOf('add', flow, protocol), version, firstXid + i), { verbosity })
  })
  return text
}
