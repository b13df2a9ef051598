import { type FlowModCommand, type MessageOf, parseFlowMod, type TextContext, TextError } from 'openflow-ts'
import { readFile } from 'node:fs/promises'
import type { Command, Run } from '../command.js'
import { describe, FatalError } from '../errors.js'

type FlowMod = MessageOf<'FLOW_MOD'>

const COMMANDS: readonly FlowModCommand[] = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict']

/** Sends the mods one by one, each confirmed before the next, or with --bundle all as one. */
async function apply(run: Run, mods: readonly FlowMod[]): Promise<void> {
  const context = await run.names.toShow(run.target)
  await run.withSwitch(async (sw) => {
    if (run.options.bundle) await sw.bundle(mods, context)
    else for (const mod of mods) await sw.command(mod, context)
  })
}

/** The lines of a file, `-` for standard input, without comments and empty lines, each with its number. */
async function linesOf({ io }: Run, file: string): Promise<(readonly [number: number, text: string])[]> {
  let text: string
  try {
    text = file === '-' ? await io.stdin() : await readFile(file, 'utf8')
  } catch (error) {
    throw new FatalError(`${file}: open failed (${describe(error)})`)
  }
  return text
    .split('\n')
    .map((line, i) => [i + 1, line.replace(/#.*$/, '').trim()] as const)
    .filter(([, line]) => line !== '')
}

/** A line of a file may begin with what is to be done: `delete table=3`. Without that flows are added. */
function parseLine(line: string, names: TextContext): FlowMod {
  const [, word, rest = ''] = /^([a-z_]+)(?:\s+(.*))?$/.exec(line) ?? []
  const command = COMMANDS.find((name) => name === word)
  return command === undefined ? parseFlowMod('add', line, names) : parseFlowMod(command, rest, names)
}

function parseFile(file: string, lines: readonly (readonly [number, string])[], names: TextContext): FlowMod[] {
  return lines.map(([number, line]) => {
    try {
      return parseLine(line, names)
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  })
}

/** A command on one flow given as text. */
function onFlow(name: string, help: string, loose: FlowModCommand, strict: FlowModCommand, optional = false): Command {
  return {
    name,
    usage: optional ? 'SWITCH [FLOW]' : 'SWITCH FLOW',
    help,
    min: optional ? 1 : 2,
    max: 2,
    async run(run) {
      const [, text = ''] = run.args
      const names = await run.names.toAccept(run.target)
      await apply(run, [parseFlowMod(run.options.strict ? strict : loose, text, names)])
    },
  }
}

const addFlows: Command = {
  name: 'add-flows',
  usage: 'SWITCH FILE',
  help: 'add flows from FILE',
  min: 2,
  max: 2,
  async run(run) {
    const [, file = '-'] = run.args
    const lines = await linesOf(run, file)
    await apply(run, parseFile(file, lines, await run.names.toAccept(run.target)))
  },
}

export const MOD_FLOWS: readonly Command[] = [
  onFlow('add-flow', 'add flow described by FLOW', 'add', 'add'),
  addFlows,
  onFlow('mod-flows', 'modify actions of matching FLOWs', 'modify', 'modify_strict'),
  onFlow('del-flows', 'delete matching FLOWs', 'delete', 'delete_strict', true),
]
