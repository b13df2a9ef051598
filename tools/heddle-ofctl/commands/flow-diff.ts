import { existsSync } from 'node:fs'
import { type Flow, type FlowModCommand, type MessageOf, PROTOCOLS, type TextContext } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { ExitError } from '../../cli/errors.js'
import { readText } from '../files.js'
import {
  addFile,
  FlowTables,
  formatVersion,
  sameVersion,
  type Side,
  type Versions,
  withoutStats,
} from '../flow-tables.js'
import { PORTS_FIRST } from '../names.js'
import { inProtocol, settleForDump } from '../protocols.js'
import { flowsOf } from './flows.js'

const FILE = 0
const SWITCH = 1

/** Replacing flows makes the switch's as those of the file: what is to go first, table by table. */
function changes(tables: FlowTables, readd: boolean): MessageOf<'FLOW_MOD'>[] {
  const mod = (command: FlowModCommand, flow: Flow): MessageOf<'FLOW_MOD'> =>
    ({ type: 'FLOW_MOD', command, ...bare(flow) })
  const isNew = (theirs: Flow | undefined, ours: Flow): boolean =>
    readd || theirs === undefined || !sameVersion(theirs, ours)
  return tables.byTable().flatMap((pairs: Versions[]) => [
    ...pairs.flatMap(([ours, theirs]) =>
      ours === undefined && theirs !== undefined ? [{ ...mod('delete_strict', theirs), actions: [] }] : [],
    ),
    ...pairs.flatMap(([ours, theirs]) => (ours !== undefined && isNew(theirs, ours) ? [mod('add', ours)] : [])),
  ])
}

/** The parts of a flow that a flow-mod has. */
const bare = (flow: Flow): Flow => ({
  ...withoutStats(flow),
  ...(flow.flags !== undefined && { flags: flow.flags }),
})

const replaceFlows: Command = {
  name: 'replace-flows',
  usage: 'SWITCH FILE',
  help: 'replace flows with those in FILE',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    const [, file = '-'] = run.args
    const tables = new FlowTables()
    const names = await run.names.toAccept(run.target, PORTS_FIRST)
    const usable = addFile(tables, FILE, file, await readText(run.io, file, 'open'), names)
    await run.withSwitch(async (sw) => {
      const protocol = await settleForDump(sw, usable, run.options)
      for await (const flow of flowsOf(sw, {}, protocol)) tables.add(withoutStats(flow), SWITCH)
      await run.apply(sw, changes(tables, run.options.readd).map((mod) => inProtocol(mod, protocol)))
    })
  },
}

const isFile = (source: string): boolean => /^[/.]/.test(source) || (!source.includes(':') && existsSync(source))

/** Reads one of the two sources. */
async function addSource(run: Run, source: string, tables: FlowTables, side: Side): Promise<void> {
  if (isFile(source)) {
    addFile(tables, side, source, await readText(run.io, source, 'open'), {})
    return
  }
  const sw = await run.open(source)
  try {
    const protocol = await settleForDump(sw, PROTOCOLS.ANY, run.options)
    for await (const flow of flowsOf(sw, {}, protocol)) tables.add(withoutStats(flow), side)
  } finally {
    sw.close()
  }
}

/** Names of the first source that is a switch, where names are shown. */
async function namesOf(run: Run): Promise<TextContext> {
  const source = run.args.find((one) => !isFile(one))
  return source === undefined ? {} : run.names.toShow(source, 0)
}

const diffFlows: Command = {
  name: 'diff-flows',
  usage: 'SOURCE1 SOURCE2',
  help: 'compare flows from two sources',
  min: 2,
  max: 2,
  writes: true,
  async run(run) {
    const [first = '', second = ''] = run.args
    const tables = new FlowTables()
    await addSource(run, first, tables, 0)
    await addSource(run, second, tables, 1)
    const names = await namesOf(run)
    const sizes = tables.optionSizes()
    let differences = ''
    for (const pair of tables.byTable().flat()) {
      const [a, b] = pair.map((flow) => (flow === undefined ? '' : formatVersion(flow, names, sizes)))
      if (a !== b) differences += `${a === '' ? '' : `-${a ?? ''}`}${b === '' ? '' : `+${b ?? ''}`}`
    }
    run.print(differences)
    if (differences !== '') throw new ExitError(2)
  },
}

export const FLOW_DIFFS: readonly Command[] = [replaceFlows, diffFlows]
