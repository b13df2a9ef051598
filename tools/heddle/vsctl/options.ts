import type { TableStyle } from 'ovsdb-client'
import { getopt, type OptionSpec } from '../../cli/getopt.js'
import {
  BOOTSTRAP_CA_ENTRY,
  type Entry,
  logEntries,
  type LogOptions,
  none,
  nothing,
  parseTimeout,
  PEER_CA_ENTRY,
  required,
  TLS_ENTRIES,
  type TlsOptionsGiven,
} from '../../cli/options.js'
import { TABLE_ENTRIES } from '../table-options.js'
import type { Command } from './command.js'
import { CtlError } from './errors.js'

interface OwnOptions {
  /** Undefined: the socket in Open vSwitch's run directory. */
  db: string | undefined
  /** Whether to wait until ovs-vswitchd has done what the database asks for. */
  wait: boolean
  dryRun: boolean
  oneline: boolean
  retry: boolean
  leaderOnly: boolean
  shuffleRemotes: boolean
  /** 0: none. */
  timeoutMs: number
  style: TableStyle
  /** Print this and do nothing else. */
  only: 'help' | 'version' | 'commands' | 'options' | undefined
}

interface Mutable extends OwnOptions, LogOptions, TlsOptionsGiven {
  /** Options of the first command that stood among the global ones. */
  readonly local: ReadonlyMap<string, string | undefined>
  /** The commands, parted by `--`. */
  readonly operands: readonly string[]
}

export type Options = Readonly<Mutable>

/** Modules of ovs-vsctl's log that ovs-ofctl has not. */
const LOG_MODULES = ['vsctl', 'db_ctl_base', 'ovsdb_cs', 'ovsdb_idl']

/** The options that stand before all commands, in the order in which `--options` prints them. */
const ENTRIES: readonly Entry<Mutable>[] = [
  { long: 'db', ...required, help: 'connect to DATABASE', set: (to, v) => (to.db = v) },
  { long: 'no-syslog', ...none, set: nothing },
  { long: 'no-wait', ...none, help: 'do not wait for ovs-vswitchd to reconfigure', set: (to) => (to.wait = false) },
  { long: 'dry-run', ...none, help: 'do not commit changes to database', set: (to) => (to.dryRun = true) },
  { long: 'oneline', ...none, help: 'print exactly one line of output per command', set: (to) => (to.oneline = true) },
  { long: 'timeout', short: 't', ...required, help: 'wait at most SECS seconds', set: (to, v) => (to.timeoutMs = parseTimeout(v, { allowZero: true })) },
  { long: 'retry', ...none, help: 'keep trying to connect to server forever', set: (to) => (to.retry = true) },
  { long: 'help', short: 'h', ...none, help: 'this text', set: (to) => (to.only = 'help') },
  { long: 'commands', ...none, help: 'all commands, for the completion of shells', set: (to) => (to.only = 'commands') },
  { long: 'options', ...none, help: 'all options, for the completion of shells', set: (to) => (to.only = 'options') },
  { long: 'leader-only', ...none, help: 'use only the leader of a cluster (default)', set: (to) => (to.leaderOnly = true) },
  { long: 'no-leader-only', ...none, help: 'use any server of a cluster', set: (to) => (to.leaderOnly = false) },
  { long: 'shuffle-remotes', ...none, help: 'try servers in random order (default)', set: (to) => (to.shuffleRemotes = true) },
  { long: 'no-shuffle-remotes', ...none, help: 'try servers in the order given', set: (to) => (to.shuffleRemotes = false) },
  { long: 'version', short: 'V', ...none, help: 'version of the program and of its schema', set: (to) => (to.only = 'version') },
  ...logEntries(LOG_MODULES),
  ...TABLE_ENTRIES,
  ...TLS_ENTRIES,
  BOOTSTRAP_CA_ENTRY,
  PEER_CA_ENTRY,
]

const localSpec = (option: string): OptionSpec =>
  option.endsWith('=')
    ? { long: option.slice(2, -1), argument: 'required' }
    : { long: option.slice(2), argument: 'none' }

/** Each option of any command once. */
function localSpecs(commands: readonly Pick<Command, 'options'>[]): readonly OptionSpec[] {
  const specs = commands.flatMap(({ options = [] }) => options.map(localSpec))
  return Array.from(new Map(specs.map((spec) => [spec.long, spec])).values())
}

/** Throws CtlError, or FatalError in the words of getopt, on what cannot be understood. */
export function parseOptions(argv: readonly string[], commands: readonly Pick<Command, 'options'>[]): Options {
  const { options, operands } = getopt(argv, [...ENTRIES, ...localSpecs(commands)], true)
  const local = new Map<string, string | undefined>()
  const to: Mutable = {
    db: undefined,
    wait: true,
    dryRun: false,
    oneline: false,
    retry: false,
    leaderOnly: true,
    shuffleRemotes: true,
    timeoutMs: 0,
    style: { format: 'list' },
    tls: [],
    logging: [],
    only: undefined,
    local,
    operands,
  }
  for (const { long, value } of options) {
    const entry = ENTRIES.find((one) => one.long === long)
    if (entry !== undefined) entry.set(to, value ?? '')
    else if (local.has(`--${long}`)) throw new CtlError(`'${long}' option specified multiple times`)
    else local.set(`--${long}`, value)
    // What only prints ends the program before later options are looked at.
    if (to.only !== undefined) return to
  }
  return to
}

/** `--options`: a line for each form of each. */
export const optionLines = (): string =>
  ENTRIES.map(({ long, short, argument }) => {
    const takes = argument !== 'none'
    return `--${long}${takes ? '=ARG' : ''}\n${short === undefined ? '' : `-${short}${takes ? ' ARG' : ''}\n`}`
  }).join('')

/** The options that `--help` names. */
export const optionsHelp = (): string =>
  ENTRIES.flatMap(({ long, short, argument, help }) => {
    if (help === undefined) return []
    const form = `${short === undefined ? '' : `-${short}, `}--${long}${argument === 'none' ? '' : '=ARG'}`
    return [`  ${form.padEnd(30)} ${help}\n`]
  }).join('')
