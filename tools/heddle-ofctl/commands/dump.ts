import { formatMessage, type Message, parseFlowStatsRequest, parsePort, TextError } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../errors.js'

/** Prints every message of a reply as it is. */
export async function printReplies(run: Run, replies: readonly Message[]): Promise<void> {
  const context = await run.names.toShow(run.target)
  for (const reply of replies) run.print(formatMessage(reply, context))
}

/** A command that sends one request without arguments and prints the replies. */
function plain(name: string, help: string, request: Message): Command {
  return {
    name,
    usage: 'SWITCH',
    help,
    min: 1,
    max: 1,
    async run(run) {
      await printReplies(run, await run.ask(request))
    },
  }
}

function numberOf(text: string): number | undefined {
  try {
    return parsePort(text, {})
  } catch (error) {
    if (error instanceof TextError) return undefined
    throw error
  }
}

/** A port given by number, reserved name, or the name it has on the switch. @throws FatalError */
async function portOf(run: Run, text: string): Promise<number> {
  const reserved = numberOf(text)
  if (reserved !== undefined) return reserved
  const replies = await run.ask({ type: 'PORT_DESC_STATS_REQUEST' })
  for (const reply of replies) {
    if (reply.type !== 'PORT_DESC_STATS_REPLY') continue
    const port = reply.entries.find((entry) => entry.name === text)
    if (port !== undefined) return port.port_no
  }
  throw new FatalError(`${run.target}: unknown port \`${text}'`)
}

/** A command about one port or all. */
function aboutPort(name: string, help: string, type: 'PORT_STATS_REQUEST' | 'PORT_DESC_STATS_REQUEST'): Command {
  return {
    name,
    usage: 'SWITCH [PORT]',
    help,
    min: 1,
    max: 2,
    async run(run) {
      const [, text] = run.args
      const port = text === undefined ? {} : { port_no: await portOf(run, text) }
      await printReplies(run, await run.ask({ type, ...port }))
    },
  }
}

function unsigned(text: string, what: string): number {
  const value = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : NaN
  if (!(value <= 0xffffffff)) throw new FatalError(`invalid ${what} ${text}`)
  return value
}

const show: Command = {
  name: 'show',
  usage: 'SWITCH',
  help: 'show OpenFlow information',
  min: 1,
  max: 1,
  async run(run) {
    await run.withSwitch(async (sw) => {
      const context = { verbosity: run.options.verbosity + 1 }
      for (const reply of await sw.transact({ type: 'FEATURES_REQUEST' })) run.print(formatMessage(reply, context))
      await printReplies(run, await sw.transact({ type: 'PORT_DESC_STATS_REQUEST' }))
    })
    await printReplies(run, await run.ask({ type: 'GET_CONFIG_REQUEST' }))
  },
}

const dumpAggregate: Command = {
  name: 'dump-aggregate',
  usage: 'SWITCH [FLOW]',
  help: 'print aggregate flow statistics',
  min: 1,
  max: 2,
  async run(run) {
    const [, flow] = run.args
    const filter = flow === undefined ? {} : parseFlowStatsRequest(flow, await run.names.toAccept(run.target))
    await printReplies(run, await run.ask({ type: 'AGGREGATE_STATS_REQUEST', ...filter }))
  },
}

/** A command about one group, meter or all, given by number. */
function aboutNumber(
  name: string,
  usage: string,
  help: string,
  request: (id: number | undefined) => Message,
): Command {
  return {
    name,
    usage: `SWITCH [${usage}]`,
    help,
    min: 1,
    max: 2,
    async run(run) {
      const [, text] = run.args
      const all = text === undefined || text === 'all'
      const id = all ? undefined : unsigned(text.replace(/^meter=/, ''), usage.toLowerCase())
      await printReplies(run, await run.ask(request(id)))
    },
  }
}

const groupId = (id: number | undefined): { group_id?: number } => (id === undefined ? {} : { group_id: id })
const meterId = (id: number | undefined): { meter_id?: number } => (id === undefined ? {} : { meter_id: id })

export const DUMPS: readonly Command[] = [
  show,
  plain('dump-desc', 'print switch description', { type: 'DESC_STATS_REQUEST' }),
  plain('dump-tables', 'print table stats', { type: 'TABLE_STATS_REQUEST' }),
  aboutPort('dump-ports', 'print port statistics', 'PORT_STATS_REQUEST'),
  aboutPort('dump-ports-desc', 'print port descriptions', 'PORT_DESC_STATS_REQUEST'),
  dumpAggregate,
  plain('queue-stats', 'dump queue stats', { type: 'QUEUE_STATS_REQUEST' }),
  plain('dump-group-features', 'print group features', { type: 'GROUP_FEATURES_STATS_REQUEST' }),
  aboutNumber('dump-groups', 'GROUP', 'print group description', (id) => ({
    type: 'GROUP_DESC_STATS_REQUEST',
    ...groupId(id),
  })),
  aboutNumber('dump-group-stats', 'GROUP', 'print group statistics', (id) => ({
    type: 'GROUP_STATS_REQUEST',
    ...groupId(id),
  })),
  aboutNumber('dump-meters', 'METER', 'print METER configuration', (id) => ({
    type: 'METER_CONFIG_STATS_REQUEST',
    ...meterId(id),
  })),
  aboutNumber('meter-stats', 'METER', 'print meter statistics', (id) => ({
    type: 'METER_STATS_REQUEST',
    ...meterId(id),
  })),
  plain('meter-features', 'print meter features', { type: 'METER_FEATURES_STATS_REQUEST' }),
]
