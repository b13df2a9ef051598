import { type Message, METERS, type MessageOf, parseMeter, parseMeterMod, PROTOCOLS } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { checkUsable, settleForMods } from '../protocols.js'
import type { Switch } from '../switch.js'

const USABLE = PROTOCOLS.OF13_UP

/** Calls `use` with a connection whose version has meters. */
async function withMeters(run: Run, use: (sw: Switch) => Promise<void>): Promise<void> {
  checkUsable(USABLE, run.options)
  await run.withSwitch(async (sw) => {
    await settleForMods(sw, USABLE, run.options)
    await use(sw)
  })
}

/** Asks for something about meters and prints the reply. */
const ask = (run: Run, request: Message): Promise<void> =>
  withMeters(run, (sw) => run.printReplies(sw.parts(request)))

const modify = (run: Run, mod: Omit<MessageOf<'METER_MOD'>, 'type'>): Promise<void> =>
  withMeters(run, (sw) => sw.command({ type: 'METER_MOD', ...mod }, run.options.verbosity))

/** The meter that an optional argument names. */
const meterOf = ([, text]: readonly string[]): number => (text === undefined || text === '' ? METERS.ALL : parseMeter(text))

function aboutMeters(name: string, help: string, type: 'METER_CONFIG_STATS_REQUEST' | 'METER_STATS_REQUEST'): Command {
  return {
    name,
    usage: 'SWITCH [METER]',
    help,
    min: 1,
    max: 2,
    run: (run) => ask(run, { type, meter_id: meterOf(run.args) }),
  }
}

function setMeter(name: string, help: string, command: 'add' | 'modify'): Command {
  return {
    name,
    usage: 'SWITCH METER',
    help,
    min: 2,
    max: 2,
    writes: true,
    run: (run) => modify(run, parseMeterMod(command, run.args[1] ?? '')),
  }
}

const deleteMeters = (name: string): Command => ({
  name,
  usage: 'SWITCH [METER]',
  help: 'delete meters matching METER',
  min: 1,
  max: 2,
  writes: true,
  run: (run) => modify(run, { command: 'delete', meter_id: meterOf(run.args) }),
})

const meterFeatures: Command = {
  name: 'meter-features',
  usage: 'SWITCH',
  help: 'print meter features',
  min: 1,
  max: 1,
  run: (run) => ask(run, { type: 'METER_FEATURES_STATS_REQUEST' }),
}

export const METERS_COMMANDS: readonly Command[] = [
  setMeter('add-meter', 'add meter described by METER', 'add'),
  setMeter('mod-meter', 'modify specific METER', 'modify'),
  deleteMeters('del-meter'),
  deleteMeters('del-meters'),
  aboutMeters('dump-meter', 'print METER configuration', 'METER_CONFIG_STATS_REQUEST'),
  aboutMeters('dump-meters', 'print METER configuration', 'METER_CONFIG_STATS_REQUEST'),
  aboutMeters('meter-stats', 'print meter statistics', 'METER_STATS_REQUEST'),
  meterFeatures,
]
