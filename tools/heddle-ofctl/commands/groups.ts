import type { Command } from '../command.js'
import { unsigned } from '../numbers.js'

const ALL_GROUPS = 0xfffffffc
const GROUP_NAMES: Readonly<Record<string, number>> = { all: ALL_GROUPS, any: 0xffffffff }

/** A group's number; what is none stands for all, as with ovs-ofctl. */
const groupNumber = (text = 'all'): number => GROUP_NAMES[text.toLowerCase()] ?? unsigned(text, 32) ?? ALL_GROUPS

const dumpGroups: Command = {
  name: 'dump-groups',
  usage: 'SWITCH [GROUP]',
  help: 'print group description',
  min: 1,
  max: 2,
  run: (run) => run.dump({ type: 'GROUP_DESC_STATS_REQUEST', group_id: groupNumber(run.args[1]) }),
}

const dumpGroupFeatures: Command = {
  name: 'dump-group-features',
  usage: 'SWITCH',
  help: 'print group features',
  min: 1,
  max: 1,
  run: (run) => run.dump({ type: 'GROUP_FEATURES_STATS_REQUEST' }),
}

export const GROUPS: readonly Command[] = [dumpGroupFeatures, dumpGroups]
