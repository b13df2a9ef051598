import {
  decodeMessage,
  formatBytes,
  FRAGMENTS,
  type MessageOf,
  OF10,
  OF12,
  OF11,
  type OfVersion,
  parseFlowMonitor,
  VERSION_NAMES,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { leading } from '../numbers.js'
import type { PacketInFormat } from '../options.js'
import { PORTS_FIRST } from '../names.js'
import type { Switch } from '../switch.js'

/** Where a switch can be asked for packets whose TTL is invalid. */
const INVALID_TTL_VERSIONS: readonly OfVersion[] = [OF10, OF11, OF12]
const INVALID_TTL = 4
const WHOLE_PACKETS = 0xffff

type Config = Pick<MessageOf<'SET_CONFIG'>, 'flags' | 'miss_send_len'>

/** Changes the switch's configuration. */
async function configure(run: Run, sw: Switch, change: (config: Config) => Config): Promise<void> {
  const reply = decodeMessage(await sw.transact({ type: 'GET_CONFIG_REQUEST' }))
  if (reply.type !== 'GET_CONFIG_REPLY') throw new FatalError(`${run.target}: bad reply to config request`)
  const { flags, miss_send_len } = change(reply)
  await sw.command({ type: 'SET_CONFIG', flags, miss_send_len }, run.options.verbosity)
}

const withTtl = ({ flags, ...rest }: Config): Config => ({
  ...rest,
  flags: (typeof flags === 'number' ? flags : FRAGMENTS[flags]) | INVALID_TTL,
})

/** Asks for changes of flows; what there is now is printed as the reply. */
async function watch(run: Run, sw: Switch, text: string, id: number): Promise<void> {
  const request = parseFlowMonitor(text, id, await run.names.toAccept(run.target, PORTS_FIRST))
  for await (const part of sw.parts({ type: 'FLOW_MONITOR_STATS_REQUEST', monitors: [request] })) {
    run.print(formatBytes(part, await run.names.toShow(run.target, run.options.verbosity + 1)))
  }
}

/** Does what one argument asks for. */
async function prepare(run: Run, sw: Switch, argument: string, id: number): Promise<void> {
  if (/^\d/.test(argument)) {
    await configure(run, sw, (config) => ({ ...config, miss_send_len: leading(argument) & 0xffff }))
  } else if (argument === 'invalid_ttl') {
    await configure(run, sw, withTtl)
  } else if (argument.startsWith('watch:')) {
    await watch(run, sw, argument.slice('watch:'.length), id)
  } else if (argument === 'resume') {
    await configure(run, sw, (config) => ({ ...config, miss_send_len: WHOLE_PACKETS }))
  } else {
    throw new FatalError(`${argument}: unsupported "monitor" argument`)
  }
}

/** Asks for packets in a form; false when the switch refuses. */
async function trySetFormat(sw: Switch, format: PacketInFormat): Promise<boolean> {
  return (await sw.confirm(sw.encode({ type: 'SET_PACKET_IN_FORMAT', format }))) === undefined
}

/** The form that the options ask for, else the newest that the switch knows. */
async function choosePacketFormat(run: Run, sw: Switch): Promise<void> {
  const { packetInFormat, verbosity } = run.options
  if (packetInFormat !== undefined) await sw.command({ type: 'SET_PACKET_IN_FORMAT', format: packetInFormat }, verbosity)
  else if (!(await trySetFormat(sw, 'nxt_packet_in2')) && sw.version === OF10) await trySetFormat(sw, 'nxt_packet_in')
}

function versionsOf({ options, args }: Run): readonly OfVersion[] {
  if (!args.includes('invalid_ttl')) return options.versions
  const versions = options.versions.filter((version) => INVALID_TTL_VERSIONS.includes(version))
  if (versions.length > 0) return versions
  const names = INVALID_TTL_VERSIONS.map((version) => VERSION_NAMES[version]).join(', ')
  throw new FatalError(`invalid_ttl requires one of the OpenFlow versions ${names} but none is enabled (use -O)`)
}

/** Starts the process that stays, where one is to; true when that is all there is to do here. */
async function detached(run: Run): Promise<boolean> {
  if (!run.options.detach) return false
  const { startDaemon, startsDaemon } = await import('../../cli/daemon.js')
  if (!startsDaemon(run.options)) return false
  await startDaemon()
  return true
}

const monitorCommand: Command = {
  name: 'monitor',
  usage: 'SWITCH [MISSLEN] [invalid_ttl] [watch:[...]]',
  help: 'print packets received from SWITCH',
  min: 1,
  max: 3,
  async run(run) {
    if (await detached(run)) return
    const [, ...args] = run.args
    await run.withSwitch(
      async (sw) => {
        let id = 0
        for (const argument of args) await prepare(run, sw, argument, argument.startsWith('watch:') ? id++ : id)
        await choosePacketFormat(run, sw)
        const context = await run.names.toShow(run.target, run.options.verbosity + 2)
        const { monitor } = await import('../monitor.js')
        await monitor(run, sw, context, { answersEchoes: true, resumes: args.includes('resume') })
      },
      { versions: versionsOf(run) },
    )
  },
}

const snoop: Command = {
  name: 'snoop',
  usage: 'SWITCH',
  help: 'snoop on SWITCH and its controller',
  min: 1,
  max: 1,
  async run(run) {
    if (await detached(run)) return
    await run.withSwitch(
      async (sw) => {
        const context = { verbosity: run.options.verbosity + 2 }
        const { monitor } = await import('../monitor.js')
        await monitor(run, sw, context, { answersEchoes: false, resumes: false })
      },
      { suffix: 'snoop' },
    )
  },
}

export const MONITORS: readonly Command[] = [monitorCommand, snoop]
