import {
  type FlowModCommand,
  flowModOf,
  hexDump,
  parseFlowFor,
  PROTOCOLS,
  type Protocols,
  type TextContext,
  TextError,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { type Line, linesOf, readBytes, readText } from '../files.js'
import { bundleFile, type FlowChange, LARGE_FILE_BYTES, parseChange } from '../flow-bundle.js'
import { checkUsable, settleForMods } from '../protocols.js'

/** @throws FatalError that says in which line of which file */
function parseLines(file: string, lines: Iterable<Line>, use: FlowModCommand | undefined, names: TextContext): FlowChange[] {
  const changes: FlowChange[] = []
  for (const [number, line] of lines) {
    try {
      changes.push(parseChange(line, use, names))
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  }
  return changes
}

async function readChanges(run: Run, file: string, use: FlowModCommand | undefined): Promise<FlowChange[]> {
  const text = await readText(run.io, file)
  return changesOf(run, file, text, use)
}

async function changesOf(run: Run, file: string, text: string, use?: FlowModCommand): Promise<FlowChange[]> {
  return parseLines(file, linesOf(text), use, await run.names.toAccept(run.target))
}

/** From here on a flow-mod's bytes are shown when it has been sent: as a dump, then as one number. */
const DUMP_VERBOSITY = 5
const NUMBER_VERBOSITY = 6

function showBytes(run: Run, bytes: Buffer): void {
  if (run.options.verbosity >= NUMBER_VERBOSITY) run.print(`0x${bytes.toString('hex').replace(/^0+(?=.)/, '')}\n`)
  else if (run.options.verbosity >= DUMP_VERBOSITY) run.print(hexDump(bytes))
}

async function send(run: Run, changes: readonly FlowChange[]): Promise<void> {
  const usable = changes.reduce<Protocols>((set, { flow }) => set & flow.usable, PROTOCOLS.ANY)
  checkUsable(usable, run.options)
  const { bundle, verbosity } = run.options
  await run.withSwitch(async (sw) => {
    const protocol = await settleForMods(sw, usable, run.options)
    if (bundle) {
      await sw.bundle(changes.map(({ command, flow }) => flowModOf(command, flow, protocol)), verbosity)
      return
    }
    for (const { command, flow } of changes) {
      const bytes = sw.encode(flowModOf(command, flow, protocol))
      await sw.confirmAll([bytes], verbosity)
      showBytes(run, bytes)
    }
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
        await send(run, await readChanges(run, '-', command))
        return
      }
      const flow = parseFlowFor(command, text, await run.names.toAccept(run.target))
      await send(run, [{ command, flow }])
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
    const source = await readBytes(run.io, file)
    const isLarge = run.options.bundle && source.length > LARGE_FILE_BYTES
    if (isLarge && (await bundleFile(run, file, source))) return
    await send(run, await changesOf(run, file, source.toString()))
  },
}

export const FLOW_MODS: readonly Command[] = [
  onFlow('add-flow', 'add flow described by FLOW', 'add', 'add'),
  addFlows,
  onFlow('mod-flows', 'modify actions of matching FLOWs', 'modify', 'modify_strict'),
  onFlow('del-flows', 'delete matching FLOWs', 'delete', 'delete_strict', true),
]
