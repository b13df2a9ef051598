import { type Message, METERS, PROTOCOLS } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../errors.js'
import { unsigned } from '../numbers.js'
import { checkUsable, settleForMods } from '../protocols.js'

const USABLE = PROTOCOLS.OF13_UP

/** Asks for something about meters and prints the reply. */
async function ask(run: Run, request: Message): Promise<void> {
  checkUsable(USABLE, run.options)
  await run.withSwitch(async (sw) => {
    await settleForMods(sw, USABLE, run.options)
    await run.printReplies(sw.parts(request))
  })
}

const meterFeatures: Command = {
  name: 'meter-features',
  usage: 'SWITCH',
  help: 'print meter features',
  min: 1,
  max: 1,
  run: (run) => ask(run, { type: 'METER_FEATURES_STATS_REQUEST' }),
}

/** The meter that an optional argument names. @throws FatalError */
function meterNumber(text = ''): number {
  const name = text.replace(/^meter=/, '')
  if (name === '' || name === 'all') return METERS.ALL
  const number = unsigned(name, 32)
  if (number === undefined) throw new FatalError(`invalid numeric format ${name}`)
  return number
}

function aboutMeters(name: string, help: string, type: 'METER_CONFIG_STATS_REQUEST' | 'METER_STATS_REQUEST'): Command {
  return {
    name,
    usage: 'SWITCH [METER]',
    help,
    min: 1,
    max: 2,
    run: (run) => ask(run, { type, meter_id: meterNumber(run.args[1]) }),
  }
}

export const METERS_COMMANDS: readonly Command[] = [
  meterFeatures,
  aboutMeters('dump-meters', 'print METER configuration', 'METER_CONFIG_STATS_REQUEST'),
  aboutMeters('dump-meter', 'print METER configuration', 'METER_CONFIG_STATS_REQUEST'),
  aboutMeters('meter-stats', 'print meter statistics', 'METER_STATS_REQUEST'),
]
