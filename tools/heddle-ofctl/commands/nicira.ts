/** Commands about what only Open vSwitch has: tunnel options, connection tracking, IPFIX. */
import { type CtFlush, type Message, parseCtTuples, parseTlvMaps, PROTOCOLS, TextError } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { unsigned } from '../numbers.js'
import { checkUsable, settleForMods } from '../protocols.js'

/** Sends one message that has no reply. */
const sendOne = (run: Run, message: Message): Promise<void> =>
  run.withSwitch((sw) => sw.command(message, run.options.verbosity))

/** A change of the mappings; the switch is asked for a format that has tunnel options first. */
async function modTlvTable(run: Run, command: 'add' | 'delete'): Promise<void> {
  const [, text = ''] = run.args
  const mappings = parseTlvMaps(text)
  checkUsable(PROTOCOLS.NXM_OXM_ANY, run.options)
  await run.withSwitch(async (sw) => {
    await settleForMods(sw, PROTOCOLS.NXM_OXM_ANY, run.options)
    const clears = command === 'delete' && mappings.length === 0
    await sw.command({ type: 'TLV_TABLE_MOD', command: clears ? 'clear' : command, mappings }, run.options.verbosity)
  })
}

/** Zone, then the tuples; the zone may be left out. */
function flushOf([, first = '', ...rest]: readonly string[]): CtFlush {
  if (!first.startsWith('zone=')) return tuplesOf(first, rest[0])
  const digits = /^zone=\s*\+?(\d+)/.exec(first)?.[1]
  if (digits === undefined) throw new FatalError('Failed to parse zone')
  return { zone_id: Number(BigInt.asUintN(16, BigInt(digits))), ...tuplesOf(rest[0], rest[1]) }
}

function tuplesOf(orig: string | undefined, reply: string | undefined): CtFlush {
  try {
    return parseCtTuples(orig, reply)
  } catch (error) {
    if (error instanceof TextError) throw new FatalError(`Failed to parse ct-tuple: ${error.message}`)
    throw error
  }
}

function zoneOf(text: string): number {
  const zone = unsigned(text, 16)
  if (zone === undefined) throw new FatalError(`invalid zone_id "${text}"`)
  return zone
}

export const NICIRA: readonly Command[] = [
  {
    name: 'add-tlv-map',
    usage: 'SWITCH MAP',
    help: 'add TLV option MAPpings',
    min: 2,
    max: 2,
    run: (run) => modTlvTable(run, 'add'),
  },
  {
    name: 'del-tlv-map',
    usage: 'SWITCH [MAP]',
    help: 'delete TLV option MAPpings',
    min: 1,
    max: 2,
    run: (run) => modTlvTable(run, 'delete'),
  },
  {
    name: 'dump-tlv-map',
    usage: 'SWITCH',
    help: 'print TLV option mappings',
    min: 1,
    max: 1,
    run: (run) => run.dump({ type: 'TLV_TABLE_REQUEST' }),
  },
  {
    name: 'dump-ipfix-bridge',
    usage: 'SWITCH',
    help: 'print ipfix stats of bridge',
    min: 1,
    max: 1,
    run: (run) => run.dump({ type: 'IPFIX_BRIDGE_STATS_REQUEST' }),
  },
  {
    name: 'dump-ipfix-flow',
    usage: 'SWITCH',
    help: 'print flow ipfix of a bridge',
    min: 1,
    max: 1,
    run: (run) => run.dump({ type: 'IPFIX_FLOW_STATS_REQUEST' }),
  },
  {
    name: 'ct-flush-zone',
    usage: 'SWITCH ZONE',
    help: 'flush conntrack entries in ZONE',
    min: 2,
    max: 2,
    run: (run) => sendOne(run, { type: 'CT_FLUSH_ZONE', zone_id: zoneOf(run.args[1] ?? '') }),
  },
  {
    name: 'ct-flush',
    usage: 'SWITCH [zone=N] [CT_ORIG_TUPLE [CT_REPLY_TUPLE]]',
    help: 'flush conntrack entries by zone and tuples',
    min: 1,
    max: 4,
    run: (run) => sendOne(run, { type: 'CT_FLUSH', ...flushOf(run.args) }),
  },
]
