import {
  type GroupMod,
  type GroupModCommand,
  OF10,
  OF15,
  parseGroupMod,
  PROTOCOLS,
  type Protocols,
  TextError,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { linesOf, readText } from '../files.js'
import { unsigned } from '../numbers.js'
import { checkUsable, settleForMods } from '../protocols.js'
import type { Switch } from '../switch.js'

const ALL_GROUPS = 0xfffffffc
const GROUP_NAMES: Readonly<Record<string, number>> = { all: ALL_GROUPS, any: 0xffffffff }

/** A group's number; what is none stands for all, as with ovs-ofctl. */
const groupNumber = (text = 'all'): number => GROUP_NAMES[text.toLowerCase()] ?? unsigned(text, 32) ?? ALL_GROUPS

interface Mods {
  readonly mods: readonly GroupMod[]
  readonly usable: Protocols
}

/** Groups of a file, each line of which says what is to be done where the command does not. @throws FatalError */
async function readGroupMods(run: Run, file: string, command: GroupModCommand | undefined): Promise<Mods> {
  const text = await readText(run.io, file)
  const names = await run.names.toAccept(run.target)
  const mods: GroupMod[] = []
  let usable: Protocols = PROTOCOLS.ANY
  for (const [number, line] of linesOf(text)) {
    try {
      const parsed = parseGroupMod(command, line, names)
      mods.push(parsed.mod)
      usable &= parsed.usable
    } catch (error) {
      if (error instanceof TextError) throw new FatalError(`${file}:${number}: ${error.message}`)
      throw error
    }
  }
  return { mods, usable }
}

const BUCKET_COMMANDS: Readonly<Partial<Record<GroupModCommand, string>>> = {
  insert_bucket: 'insert-bucket',
  remove_bucket: 'remove-bucket',
}

/** @throws FatalError when the version knows nothing of changing single buckets */
export function checkGroupVersion({ command }: GroupMod, { version }: Switch): void {
  const name = BUCKET_COMMANDS[command]
  if (name === undefined || version === OF10 || version >= OF15) return
  throw new FatalError(`${name} needs OpenFlow 1.5 or later ('-O OpenFlow15')`)
}

async function send(run: Run, { mods, usable }: Mods): Promise<void> {
  checkUsable(usable, run.options)
  await run.withSwitch(async (sw) => {
    await settleForMods(sw, usable, run.options)
    for (const mod of mods) checkGroupVersion(mod, sw)
    await run.apply(sw, mods.map((mod) => ({ type: 'GROUP_MOD', ...mod })))
  })
}

type CommandOf = (run: Run) => GroupModCommand

/** A command on one group given as text, or with `-` on those that standard input has. */
function onGroup(name: string, usage: string, help: string, command: CommandOf): Command {
  return {
    name,
    usage,
    help,
    min: 1,
    max: 2,
    writes: true,
    async run(run) {
      const [, text = ''] = run.args
      if (text === '-') await send(run, await readGroupMods(run, '-', command(run)))
      else {
        const { mod, usable } = parseGroupMod(command(run), text, await run.names.toAccept(run.target))
        await send(run, { mods: [mod], usable })
      }
    },
  }
}

const addGroups: Command = {
  name: 'add-groups',
  usage: 'SWITCH FILE',
  help: 'add groups from FILE',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    await send(run, await readGroupMods(run, run.args[1] ?? '-', undefined))
  },
}

const dumpGroups: Command = {
  name: 'dump-groups',
  usage: 'SWITCH [GROUP]',
  help: 'print group description',
  min: 1,
  max: 2,
  run: (run) => run.dump({ type: 'GROUP_DESC_STATS_REQUEST', group_id: groupNumber(run.args[1]) }),
}

const dumpGroupStats: Command = {
  name: 'dump-group-stats',
  usage: 'SWITCH [GROUP]',
  help: 'print group statistics',
  min: 1,
  max: 2,
  async run(run) {
    const [, text = ''] = run.args
    const { mod } = parseGroupMod('delete', text, await run.names.toAccept(run.target))
    await run.dump({ type: 'GROUP_STATS_REQUEST', group_id: mod.group_id })
  },
}

const dumpGroupFeatures: Command = {
  name: 'dump-group-features',
  usage: 'SWITCH',
  help: 'print group features',
  min: 1,
  max: 1,
  run: (run) => run.dump({ type: 'GROUP_FEATURES_STATS_REQUEST' }),
}

export const GROUPS: readonly Command[] = [
  onGroup('add-group', 'SWITCH GROUP', 'add group described by GROUP', () => 'add'),
  addGroups,
  onGroup('mod-group', 'SWITCH GROUP', 'modify specific group', ({ options }) =>
    options.mayCreate ? 'add_or_mod' : 'modify',
  ),
  onGroup('del-groups', 'SWITCH [GROUP]', 'delete matching GROUPs', () => 'delete'),
  onGroup('insert-buckets', 'SWITCH [GROUP]', 'add buckets to GROUP', () => 'insert_bucket'),
  onGroup('remove-buckets', 'SWITCH [GROUP]', 'remove buckets from GROUP', () => 'remove_bucket'),
  dumpGroupFeatures,
  dumpGroups,
  dumpGroupStats,
]
