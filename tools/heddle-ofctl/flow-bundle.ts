/** Large files of flow-mods for a bundle, sent while they are read. */
import {
  ByteSink,
  EncodeError,
  encodeMessage,
  type FlowModCommand,
  flowModOf,
  freeOf,
  OF13,
  parseFlowFor,
  type ParsedFlow,
  type Protocols,
  takeCommand,
  TemplateLines,
  type TextContext,
  TextError,
  versionOfProtocol,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import type { Run } from './command.js'
import { LineCursor, stripComment } from './files.js'
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

/** Files from this size on are sent while they are read. */
export const LARGE_FILE_BYTES = 128 * 1024

/** Some flow cannot be sent in the connection's own format. */
class UnsuitableFormat extends Error {}

/**
 * Sends the flows of a file as one bundle, in the connection's own format, while others of them are being read: until
 * the bundle is committed nothing has happened. False, and nothing has happened, when that does not do: flows that need
 * another format, a switch that does not answer.
 * @throws FatalError naming the first wrong line, or as `Switch.bundle`
 */
export async function bundleFile(run: Run, file: string, source: Buffer): Promise<boolean> {
  const names = await run.names.toAccept(run.target)
  const sw = await openQuietly(run)
  if (sw === undefined) return false
  try {
    const protocol = initialProtocol(sw)
    if (sw.version < OF13 || (run.options.protocols & protocol) === 0) return false
    // As with ovs-ofctl, all of them have been numbered when the bundle is opened.
    const firstXid = sw.takeXids(countLines(source))
    await sw.bundleOf(encodeLines({ file, source, names, protocol, firstXid }), run.options.verbosity)
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

function countLines(source: Buffer): number {
  let count = 0
  for (const lines = new LineCursor(source); lines.next(); ) count++
  return count
}

interface Lines {
  readonly file: string
  readonly source: Buffer
  readonly names: TextContext
  readonly protocol: Protocols
  readonly firstXid: number
}

/** A piece of the stream: enough for a system call, little enough that the switch begins soon. */
const PIECE_BYTES = 128 * 1024

/** The messages that add the flow-mods to a bundle, many in each piece. @throws FatalError, UnsuitableFormat */
function* encodeLines(from: Lines): Generator<Buffer> {
  const templates = templatesFor(from)
  const lines = new LineCursor(from.source)
  let sink = new ByteSink(2 * PIECE_BYTES)
  for (let xid = from.firstXid; lines.next(); xid++) {
    appendLine(from, lines, templates, sink, xid)
    if (sink.length < PIECE_BYTES) continue
    yield sink.view()
    // That one is being sent.
    sink = new ByteSink(2 * PIECE_BYTES)
  }
  yield sink.view()
}

function appendLine({ file, protocol }: Lines, lines: LineCursor, templates: TemplateLines, sink: ByteSink, xid: number): void {
  try {
    const usable = templates.append(lines.source, lines.from, lines.to, sink, xid)
    if ((usable & protocol) === 0) throw new UnsuitableFormat()
  } catch (error) {
    if (error instanceof TextError) throw new FatalError(`${file}:${lines.number}: ${error.message}`)
    throw error instanceof EncodeError ? new UnsuitableFormat() : error
  }
}

function templatesFor({ names, protocol }: Lines): TemplateLines {
  const version = versionOfProtocol(protocol)
  return new TemplateLines({
    assemble(line) {
      const { command, flow } = parseChange(stripComment(line), undefined, names)
      return { message: bundleAdd(flowModOf(command, flow, protocol)), usable: flow.usable }
    },
    encode: (message, xid) => encodeMessage(message, version, xid),
    free: freeOf,
  })
}
