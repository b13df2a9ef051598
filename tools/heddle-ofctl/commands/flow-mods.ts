import {
  type FlowModCommand,
  flowModOf,
  type MessageOf,
  parseFlowFor,
  PROTOCOLS,
  type Protocols,
  type TextContext,
  TextError,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../errors.js'
import { type Line, linesOf, readText } from '../files.js'
import { checkUsable, inProtocol, settleForMods } from '../protocols.js'

/** Flow-mods, and the formats in which all of them can be sent. */
interface Mods {
  readonly mods: readonly MessageOf<'FLOW_MOD'>[]
  readonly usable: Protocols
}

const COMMANDS: readonly FlowModCommand[] = ['add', 'delete', 'delete_strict', 'modify', 'modify_strict']

/**
 * A line of a file may begin with what is to be done: `delete table=3`. Any beginning of such a word will do, as with
 * ovs-ofctl; without one flows are added.
 */
export function splitCommand(line: string): readonly [FlowModCommand, string] {
  const [, space = '', word = ''] = /^([ \t\r\n]*)([^, \t\r\n]*)/.exec(line) ?? []
  const command = COMMANDS.find((name) => name.startsWith(word))
  return command === undefined ? ['add', line] : [command, line.slice(space.length + word.length)]
}

/** @throws FatalError that says in which line of which file */
function parseLines(file: string, lines: Iterable<Line>, use: FlowModCommand | undefined, names: TextContext): Mods {
  const mods: MessageOf<'FLOW_MOD'>[] = []
  let usable: Protocols = PROTOCOLS.ANY
  for (const [number, line] of lines) {
    try {
      const [command, text] = use === undefined ? splitCommand(line) : ([use, line] as const)
      const flow = parseFlowFor(command, text, names)
      mods.push(flowModOf(command, flow))
      usable &= flow.usable
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  }
  return { mods, usable }
}

async function readFlowMods(run: Run, file: string, use: FlowModCommand | undefined): Promise<Mods> {
  const text = await readText(run.io, file)
  return parseLines(file, linesOf(text), use, await run.names.toAccept(run.target))
}

async function send(run: Run, { mods, usable }: Mods): Promise<void> {
  checkUsable(usable, run.options)
  await run.withSwitch(async (sw) => {
    const protocol = await settleForMods(sw, usable, run.options)
    await run.apply(sw, mods.map((mod) => inProtocol(mod, protocol)))
  })
}

/** A command on one flow given as text, or with `-` on those that standard input has. */
function onFlow(name: string, help: string, loose: FlowModCommand, strict: FlowModCommand, optional = false): Command {
  return {
    name,
    usage: optional ? 'SWITCH [FLOW]' : 'SWITCH FLOW',
    help,
    min: optional ? 1 : 2,
    max: 2,
    writes: true,
    async run(run) {
      const [, text = ''] = run.args
      const command = run.options.strict ? strict : loose
      if (text === '-') {
        await send(run, await readFlowMods(run, '-', command))
        return
      }
      const flow = parseFlowFor(command, text, await run.names.toAccept(run.target))
      await send(run, { mods: [flowModOf(command, flow)], usable: flow.usable })
    },
  }
}

const addFlows: Command = {
  name: 'add-flows',
  usage: 'SWITCH FILE',
  help: 'add flows from FILE',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    const [, file = '-'] = run.args
    await send(run, await readFlowMods(run, file, undefined))
  },
}

export const FLOW_MODS: readonly Command[] = [
  onFlow('add-flow', 'add flow described by FLOW', 'add', 'add'),
  addFlows,
  onFlow('mod-flows', 'modify actions of matching FLOWs', 'modify', 'modify_strict'),
  onFlow('del-flows', 'delete matching FLOWs', 'delete', 'delete_strict', true),
]
