import type { TableStyle } from 'ovsdb-client'
import { getopt, type OptionSpec } from '../../cli/getopt.js'
import { checkLogSpec } from '../../cli/vlog.js'
import type { Command } from './command.js'
import { CtlError } from './errors.js'

/** Files for `ssl:` and `pssl:`. */
export interface TlsFiles {
  readonly privateKey?: string
  readonly certificate?: string
  readonly caCert?: string
}

export interface Options {
  /** Undefined: the socket in Open vSwitch's run directory. */
  readonly db: string | undefined
  /** Whether to wait until ovs-vswitchd has done what the database asks for. */
  readonly wait: boolean
  readonly dryRun: boolean
  readonly oneline: boolean
  readonly retry: boolean
  readonly leaderOnly: boolean
  readonly shuffleRemotes: boolean
  /** 0: none. */
  readonly timeoutMs: number
  readonly style: TableStyle
  readonly tls: TlsFiles
  /** Arguments of `-v`. */
  readonly logging: readonly string[]
  /** Print this and do nothing else. */
  readonly only: 'help' | 'version' | 'commands' | 'options' | undefined
  /** Options of the first command that stood among the global ones. */
  readonly local: ReadonlyMap<string, string | undefined>
  /** The commands, parted by `--`. */
  readonly operands: readonly string[]
}

type Mutable = { -readonly [K in keyof Options]: Options[K] }

interface Entry extends OptionSpec {
  readonly help?: string
  readonly set: (to: Mutable, value: string) => void
}

const FORMATS = ['table', 'list', 'html', 'csv', 'json'] as const
const DATA_FORMATS = ['string', 'bare', 'json'] as const

/** Modules of ovs-vsctl's log that ovs-ofctl has not. */
const LOG_MODULES = ['vsctl', 'db_ctl_base', 'ovsdb_cs', 'ovsdb_idl']

function choose<T extends string>(choices: readonly T[], value: string, what: string): T {
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw new CtlError(`unknown ${what} format "${value}"`)
  return chosen
}

function parseTimeout(value: string): number {
  if (!/^\d+$/.test(value)) throw new CtlError(`value ${value} on -t or --timeout is invalid`)
  return Number(value) * 1000
}

function addLogging(to: Mutable, spec: string): void {
  checkLogSpec(spec, LOG_MODULES)
  to.logging = [...to.logging, spec]
}

const nothing = (): void => undefined
const none = { argument: 'none' } as const
const required = { argument: 'required' } as const
const optional = { argument: 'optional' } as const

/** The options that stand before all commands, in the order in which `--options` prints them. */
const ENTRIES: readonly Entry[] = [
  { long: 'db', ...required, help: 'connect to DATABASE', set: (to, v) => (to.db = v) },
  { long: 'no-syslog', ...none, set: nothing },
  { long: 'no-wait', ...none, help: 'do not wait for ovs-vswitchd to reconfigure', set: (to) => (to.wait = false) },
  { long: 'dry-run', ...none, help: 'do not commit changes to database', set: (to) => (to.dryRun = true) },
  { long: 'oneline', ...none, help: 'print exactly one line of output per command', set: (to) => (to.oneline = true) },
  { long: 'timeout', short: 't', ...required, help: 'wait at most SECS seconds', set: (to, v) => (to.timeoutMs = parseTimeout(v)) },
  { long: 'retry', ...none, help: 'keep trying to connect to server forever', set: (to) => (to.retry = true) },
  { long: 'help', short: 'h', ...none, help: 'this text', set: (to) => (to.only = 'help') },
  { long: 'commands', ...none, help: 'all commands, for the completion of shells', set: (to) => (to.only = 'commands') },
  { long: 'options', ...none, help: 'all options, for the completion of shells', set: (to) => (to.only = 'options') },
  { long: 'leader-only', ...none, help: 'use only the leader of a cluster (default)', set: (to) => (to.leaderOnly = true) },
  { long: 'no-leader-only', ...none, help: 'use any server of a cluster', set: (to) => (to.leaderOnly = false) },
  { long: 'shuffle-remotes', ...none, help: 'try servers in random order (default)', set: (to) => (to.shuffleRemotes = true) },
  { long: 'no-shuffle-remotes', ...none, help: 'try servers in the order given', set: (to) => (to.shuffleRemotes = false) },
  { long: 'version', short: 'V', ...none, help: 'version of the program and of its schema', set: (to) => (to.only = 'version') },
  { long: 'verbose', short: 'v', ...optional, help: 'levels of logging', set: addLogging },
  { long: 'log-file', ...optional, set: nothing },
  { long: 'syslog-method', ...required, set: nothing },
  { long: 'syslog-target', ...required, set: nothing },
  { long: 'format', short: 'f', ...required, help: 'table, list (default), html, csv or json', set: (to, v) => (to.style = { ...to.style, format: choose(FORMATS, v, 'output') }) },
  { long: 'data', short: 'd', ...required, help: 'cells as string (default), bare or json', set: (to, v) => (to.style = { ...to.style, data: choose(DATA_FORMATS, v, 'data') }) },
  { long: 'no-headings', ...none, help: 'omit table heading row', set: (to) => (to.style = { ...to.style, headings: false }) },
  { long: 'pretty', ...none, help: 'pretty-print JSON in output', set: (to) => (to.style = { ...to.style, pretty: true }) },
  { long: 'bare', ...none, help: '--format=list --data=bare --no-headings', set: (to) => (to.style = { ...to.style, format: 'list', data: 'bare', headings: false }) },
  { long: 'max-column-width', ...required, help: 'cut cells of tables', set: (to, v) => (to.style = { ...to.style, maxColumnWidth: columnWidth(v) }) },
  { long: 'private-key', short: 'p', ...required, help: 'file with private key', set: (to, v) => (to.tls = { ...to.tls, privateKey: v }) },
  { long: 'certificate', short: 'c', ...required, help: 'file with certificate for private key', set: (to, v) => (to.tls = { ...to.tls, certificate: v }) },
  { long: 'ca-cert', short: 'C', ...required, help: 'file with peer CA certificate', set: (to, v) => (to.tls = { ...to.tls, caCert: v }) },
  { long: 'ssl-protocols', ...required, set: nothing },
  { long: 'ssl-ciphers', ...required, set: nothing },
  { long: 'bootstrap-ca-cert', ...required, set: (to, v) => (to.tls = { ...to.tls, caCert: v }) },
  { long: 'peer-ca-cert', ...required, set: nothing },
]

/** As C's atoi reads it; nothing stands for no limit. */
function columnWidth(text: string): number | undefined {
  const width = Number.parseInt(text, 10)
  return width > 0 ? width : undefined
}

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
    tls: {},
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
