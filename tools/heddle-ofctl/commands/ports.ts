import { type Message, OF10, OF14, parsePort, type PortDesc, PORTS, TextError } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { leading } from '../numbers.js'
import { portsOf } from '../names.js'

function numberOf(text: string): number | undefined {
  try {
    return parsePort(text, {})
  } catch (error) {
    if (error instanceof TextError) return undefined
    throw error
  }
}

async function findPort(run: Run, wanted: (port: PortDesc) => boolean): Promise<PortDesc | undefined> {
  return run.withSwitch(async (sw) => {
    for await (const port of portsOf(sw)) if (wanted(port)) return port
    return undefined
  })
}

/** A port given by number, reserved name, or the name it has on the switch. @throws FatalError */
export async function portOf(run: Run, text: string): Promise<number> {
  const number = numberOf(text)
  if (number !== undefined) return number
  const port = await findPort(run, ({ name }) => name === text)
  if (port === undefined) throw new FatalError(`${run.target}: unknown port \`${text}'`)
  return port.port_no
}

/** The port that an optional argument names. */
async function optionalPort(run: Run): Promise<number> {
  const [, text] = run.args
  return text === undefined ? PORTS.ANY : portOf(run, text)
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
      await run.dump({ type, port_no: await optionalPort(run) })
    },
  }
}

const ALL_QUEUES = 0xffffffff
const isAll = (text: string | undefined): boolean => text === undefined || text === '' || text.toLowerCase() === 'all'

const queueOf = (text: string | undefined): number =>
  text === undefined || isAll(text) ? ALL_QUEUES : leading(text) >>> 0

const queueStats: Command = {
  name: 'queue-stats',
  usage: 'SWITCH [PORT [QUEUE]]',
  help: 'dump queue stats',
  min: 1,
  max: 3,
  async run(run) {
    const [, port, queue] = run.args
    const port_no = port === undefined || isAll(port) ? PORTS.ANY : await portOf(run, port)
    await run.dump({ type: 'QUEUE_STATS_REQUEST', port_no, queue_id: queueOf(queue) })
  },
}

/** Where there are no multiparts about queues, each port is asked for on its own. */
async function queueConfigOfAll(run: Run): Promise<void> {
  await run.withSwitch(async (sw) => {
    const asking = await run.open()
    try {
      for await (const { port_no } of portsOf(sw)) {
        if (port_no > PORTS.MAX) continue
        await run.printReplies(asking.parts({ type: 'QUEUE_GET_CONFIG_REQUEST', port_no }))
      }
    } finally {
      asking.close()
    }
  })
}

const queueGetConfig: Command = {
  name: 'queue-get-config',
  usage: 'SWITCH [PORT [QUEUE]]',
  help: 'print queue config for PORT',
  min: 1,
  max: 3,
  async run(run) {
    const [, port = 'any', queue] = run.args
    const port_no = await portOf(run, port)
    const isOld = await run.withSwitch(async (sw) => {
      if (sw.version === OF10 && port_no === PORTS.ANY) return true
      const request: Message =
        sw.version < OF14
          ? { type: 'QUEUE_GET_CONFIG_REQUEST', port_no }
          : { type: 'QUEUE_DESC_REQUEST', port_no, queue_id: queueOf(queue) }
      await run.printReplies(sw.parts(request))
      return false
    })
    if (isOld) await queueConfigOfAll(run)
  },
}

/** Bits of a port's configuration (OFPPC_*), by the word that takes each out; `no-` or `no` before it puts it in. */
const PORT_CONFIG_WORDS: Readonly<Record<string, number>> = {
  up: 1 << 0,
  stp: 1 << 1,
  receive: 1 << 2,
  'receive-stp': 1 << 3,
  flood: 1 << 4,
  forward: 1 << 5,
  'packet-in': 1 << 6,
}

interface PortChange {
  readonly config: number
  readonly mask: number
}

/** @throws FatalError on words that are none of mod-port's */
function parsePortChange(text: string): PortChange {
  const word = text.toLowerCase()
  if (word === 'down') return { config: 1 << 0, mask: 1 << 0 }
  const plain = PORT_CONFIG_WORDS[word]
  if (plain !== undefined) return { config: 0, mask: plain }
  const bit = word.startsWith('no') ? PORT_CONFIG_WORDS[word.replace(/^no-?/, '')] : undefined
  if (bit === undefined) throw new FatalError(`unknown mod-port command '${text}'`)
  return { config: bit, mask: bit }
}

/** Reserved ports go by their numbers of 16 bits. */
const isNumber = (port: number, text: string): boolean => (port > PORTS.MAX ? port & 0xffff : port) === Number(text)

/** Bits that OpenFlow 1.1 and later still have. */
const LATER_BITS = 0x65

const modPort: Command = {
  name: 'mod-port',
  usage: 'SWITCH IFACE ACT',
  help: 'modify port behavior',
  min: 3,
  max: 3,
  writes: true,
  async run(run) {
    const [, text = '', word = ''] = run.args
    const port = await findPort(run, ({ name, port_no }) => (/^\d+$/.test(text) ? isNumber(port_no, text) : name === text))
    if (port === undefined) throw new FatalError(`${run.target}: couldn't find port \`${text}'`)
    const { port_no, hw_addr } = port
    const change = parsePortChange(word)
    await run.withSwitch(async (sw) => {
      const bits = sw.version === OF10 ? ~0 : LATER_BITS
      const { config, mask } = { config: change.config & bits, mask: change.mask & bits }
      await sw.command({ type: 'PORT_MOD', port_no, hw_addr, config, mask }, run.options.verbosity)
    })
  },
}

export const PORTS_COMMANDS: readonly Command[] = [
  aboutPort('dump-ports', 'print port statistics', 'PORT_STATS_REQUEST'),
  aboutPort('dump-ports-desc', 'print port descriptions', 'PORT_DESC_STATS_REQUEST'),
  queueStats,
  queueGetConfig,
  modPort,
]
