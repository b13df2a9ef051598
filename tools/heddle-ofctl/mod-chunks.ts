/** Large files of flow-mods for a bundle, sent while they are read. */
import {
  appendMessage,
  EncodeError,
  type FlowModCommand,
  flowModOf,
  OF13,
  parseFlowFor,
  type ParsedFlow,
  type Protocols,
  takeCommand,
  type TextContext,
  TextError,
  versionOfProtocol,
  Writer,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import type { Run } from './command.js'
import { linesOf } from './files.js'
import type { Chunk } from './flow-chunks.js'
import { initialProtocol } from './protocols.js'
import { bundleAdd, type Switch } from './switch.js'

/** What is to be done with a flow. */
export interface FlowChange {
  readonly command: FlowModCommand
  readonly flow: ParsedFlow
}

const COMMANDS: readonly FlowModCommand[] = ['add', 'delete', 'delete_strict', 'modify', 'modify_strict']

/** A line of a file, which may begin with what is to be done (`delete table=3`) where `use` does not say it. */
export function parseChange(line: string, use: FlowModCommand | undefined, names: TextContext): FlowChange {
  const [command, text] = use === undefined ? takeCommand(line, COMMANDS, 'add') : ([use, line] as const)
  return { command, flow: parseFlowFor(command, text, names) }
}

/** Some flow cannot be sent in the connection's own format. */
class UnsuitableFormat extends Error {}

/**
 * Sends the flows of a file as one bundle, in the connection's own format, while others of them are being read: until
 * the bundle is committed nothing has happened. False, and nothing has happened, when that does not do: flows that need
 * another format, a switch that does not answer.
 * @throws FatalError naming the first wrong line, or as `Switch.bundle`
 */
export async function bundleChunks(run: Run, file: string, chunks: readonly Chunk[]): Promise<boolean> {
  const names = await run.names.toAccept(run.target)
  const sw = await openQuietly(run)
  if (sw === undefined) return false
  try {
    const protocol = initialProtocol(sw)
    if (sw.version < OF13 || (run.options.protocols & protocol) === 0) return false
    // As with ovs-ofctl, all of them have been numbered when the bundle is opened.
    const firstXid = sw.takeXids(chunks.reduce((total, { flows }) => total + flows, 0))
    await sw.bundleOf(encodeChunks({ file, chunks, names, protocol, firstXid }), run.options.verbosity)
    return true
  } catch (error) {
    if (error instanceof UnsuitableFormat) return false
    throw error
  } finally {
    sw.close()
  }
}

/** What is wrong with the file is said before what is wrong with the switch. */
async function openQuietly(run: Run): Promise<Switch | undefined> {
  try {
    return await run.open()
  } catch (error) {
    if (error instanceof FatalError) return undefined
    throw error
  }
}

interface Source {
  readonly file: string
  readonly chunks: readonly Chunk[]
  readonly names: TextContext
  readonly protocol: Protocols
  readonly firstXid: number
}

/** The messages that add the flow-mods to a bundle, a chunk's in each piece. @throws FatalError, UnsuitableFormat */
function* encodeChunks({ file, chunks, names, protocol, firstXid }: Source): Generator<Buffer> {
  const version = versionOfProtocol(protocol)
  let xid = firstXid
  for (const { text, linesBefore } of chunks) {
    const w = new Writer(2 * text.length)
    for (const [number, line] of linesOf(text)) {
      try {
        const { command, flow } = parseChange(line, undefined, names)
        if ((flow.usable & protocol) === 0) throw new UnsuitableFormat()
        appendMessage(w, bundleAdd(flowModOf(command, flow, protocol)), version, xid++)
      } catch (error) {
        if (error instanceof TextError) throw new FatalError(`${file}:${linesBefore + number}: ${error.message}`)
        throw error instanceof EncodeError ? new UnsuitableFormat() : error
      }
    }
    yield w.take()
  }
}
