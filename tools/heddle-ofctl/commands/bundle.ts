import {
  flowModOf,
  type Message,
  type ParsedBundleLine,
  parseBundleLine,
  PROTOCOLS,
  type Protocols,
  TextError,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { linesOf, readText } from '../files.js'
import { protocolsOf, versionsForBundles } from '../options.js'
import { checkUsable, initialProtocol } from '../protocols.js'
import type { Switch } from '../switch.js'
import { checkGroupVersion } from './groups.js'

async function readLines(run: Run, file: string): Promise<ParsedBundleLine[]> {
  const names = await run.names.toAccept(run.target)
  const text = await readText(run.io, file)
  return Array.from(linesOf(text), ([number, line]) => {
    try {
      return parseBundleLine(line, names)
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  })
}

const usableOf = (line: ParsedBundleLine): Protocols => (line.type === 'flow' ? line.flow.usable : line.usable)

function messageOf(line: ParsedBundleLine, sw: Switch): Message {
  if (line.type === 'flow') return flowModOf(line.command, line.flow, initialProtocol(sw))
  if (line.type === 'packet-out') return { type: 'PACKET_OUT', ...line.packet }
  checkGroupVersion(line.mod, sw)
  return { type: 'GROUP_MOD', ...line.mod }
}

export const bundle: Command = {
  name: 'bundle',
  usage: 'SWITCH FILE',
  help: 'add flows and groups and send packets of FILE, all or none',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    const lines = await readLines(run, run.args[1] ?? '-')
    const versions = versionsForBundles(run.options.versions)
    const usable = lines.reduce<Protocols>((set, line) => set & usableOf(line), PROTOCOLS.OF13_UP)
    checkUsable(usable, { ...run.options, protocols: protocolsOf(versions) })
    await run.withSwitch(
      (sw) => sw.bundle(lines.map((line) => messageOf(line, sw)), run.options.verbosity),
      { versions },
    )
  },
}
