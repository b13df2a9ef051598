import { TextError } from '../errors.js'
import type { FlowModCommand } from '../messages/spec/flow-mod.js'
import { takeCommand } from './command-word.js'
import type { TextContext } from './context.js'
import { parseFlowFor, type ParsedFlow } from './flow-parse.js'
import { parseGroupMod, type ParsedGroupMod } from './group-parse.js'
import { type ParsedPacketOut, parsePacketOut } from './packet-out-parse.js'

/** One line of a bundle's file. */
export type ParsedBundleLine =
  | { readonly type: 'flow'; readonly command: FlowModCommand; readonly flow: ParsedFlow }
  | ({ readonly type: 'group' } & ParsedGroupMod)
  | ({ readonly type: 'packet-out' } & ParsedPacketOut)

const FLOW_COMMANDS: readonly FlowModCommand[] = ['add', 'delete', 'delete_strict', 'modify', 'modify_strict']
const KINDS = ['flow', 'group', 'packet-out'] as const

/**
 * Parses a line of the files that ovs-ofctl's `bundle` takes: `flow`, `group` or `packet-out`, or a beginning of it,
 * then what is to be done.
 * @throws TextError
 */
export function parseBundleLine(line: string, ctx: TextContext = {}): ParsedBundleLine {
  const [kind, rest] = takeCommand<(typeof KINDS)[number] | ''>(line, KINDS, '')
  switch (kind) {
    case 'flow': {
      const [command, text] = takeCommand(rest, FLOW_COMMANDS, 'add')
      return { type: 'flow', command, flow: parseFlowFor(command, text, ctx) }
    }
    case 'group':
      return { type: 'group', ...parseGroupMod(undefined, rest, ctx) }
    case 'packet-out':
      return { type: 'packet-out', ...parsePacketOut(rest, ctx) }
    default:
      throw new TextError(`Unsupported bundle message type: ${/^[^, \t\r\n]*/.exec(rest)?.[0] ?? ''}`)
  }
}
