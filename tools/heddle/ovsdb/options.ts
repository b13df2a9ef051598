import { readFileSync } from 'node:fs'
import type { TableStyle, TlsOptions } from 'ovsdb-client'
import type { DaemonOptions } from '../../cli/daemon.js'
import { FatalError, SystemError } from '../../cli/errors.js'
import { getopt, type OptionSpec } from '../../cli/getopt.js'
import { checkLogSpec } from '../../cli/vlog.js'

export interface Options extends DaemonOptions {
  readonly style: TableStyle
  /** Updates of a monitor with the time at which they came. */
  readonly timestamp: boolean
  /** Restore into a database of another schema. */
  readonly force: boolean
  readonly leaderOnly: boolean
  /** Whether the server is told that we bear changes of its databases; undefined: if it can be told. */
  readonly dbChangeAware: boolean | undefined
  readonly timeoutMs: number | undefined
  readonly tls: TlsFiles
  /** Print this and do nothing else. */
  readonly only: 'help' | 'version' | undefined
  readonly operands: readonly string[]
}

/** Files for `ssl:` and `pssl:` servers. */
export interface TlsFiles {
  readonly key?: string
  readonly cert?: string
  readonly ca?: string
  /** Whether `ca` is written when it is not there. */
  readonly bootstrap?: boolean
}

type Mutable = { -readonly [K in keyof Options]: Options[K] }

interface Entry extends OptionSpec {
  readonly set: (to: Mutable, value: string) => void
}

/** Modules that log in ovsdb-client only. */
const MODULES = [
  'ovsdb', 'ovsdb_client', 'ovsdb_file', 'ovsdb_jsonrpc_server', 'ovsdb_log', 'ovsdb_monitor', 'ovsdb_rbac',
  'ovsdb_util', 'raft', 'raft_rpc', 'storage', 'transaction', 'transaction_forward', 'trigger',
]

const FORMATS = ['table', 'list', 'html', 'csv', 'json'] as const
const DATA_FORMATS = ['string', 'bare', 'json'] as const

function oneOf<T extends string>(words: readonly T[], text: string, what: string): T {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new FatalError(`unknown ${what} format "${text}"`)
  return word
}

function parseTimeout(text: string): number {
  const seconds = Number(text)
  if (!/^\d+$/.test(text) || seconds === 0) throw new FatalError(`value ${text} on -t or --timeout is invalid`)
  return seconds * 1000
}

/** As C's atoi reads it; nothing or less is no limit. */
function parseWidth(text: string): number | undefined {
  const width = parseInt(text, 10)
  return width > 0 ? width : undefined
}

function style(to: Mutable, change: TableStyle): void {
  to.style = { ...to.style, ...change }
}

function tls(to: Mutable, change: TlsFiles): void {
  to.tls = { ...to.tls, ...change }
}

const nothing = (): void => undefined
const none = { argument: 'none' } as const
const required = { argument: 'required' } as const
const optional = { argument: 'optional' } as const

/** All options, in the order in which ovsdb-client names the possible ones of an ambiguous beginning. */
const ENTRIES: readonly Entry[] = [
  { long: 'help', short: 'h', ...none, set: (to) => (to.only ??= 'help') },
  { long: 'version', short: 'V', ...none, set: (to) => (to.only ??= 'version') },
  { long: 'timestamp', ...none, set: (to) => (to.timestamp = true) },
  { long: 'force', ...none, set: (to) => (to.force = true) },
  { long: 'timeout', short: 't', ...required, set: (to, v) => (to.timeoutMs = parseTimeout(v)) },
  { long: 'db-change-aware', ...none, set: (to) => (to.dbChangeAware = true) },
  { long: 'no-db-change-aware', ...none, set: (to) => (to.dbChangeAware = false) },
  { long: 'leader-only', ...none, set: (to) => (to.leaderOnly = true) },
  { long: 'no-leader-only', ...none, set: (to) => (to.leaderOnly = false) },
  { long: 'verbose', short: 'v', ...optional, set: (_to, v) => { checkLogSpec(v, MODULES) } },
  { long: 'log-file', ...optional, set: nothing },
  { long: 'syslog-method', ...required, set: nothing },
  { long: 'syslog-target', ...required, set: nothing },
  { long: 'detach', ...none, set: (to) => (to.detach = true) },
  { long: 'no-self-confinement', ...none, set: nothing },
  { long: 'no-chdir', ...none, set: (to) => (to.chdir = false) },
  { long: 'pidfile', ...optional, set: (to, v) => (to.pidfile = v) },
  { long: 'overwrite-pidfile', ...none, set: (to) => (to.overwritePidfile = true) },
  { long: 'monitor', ...none, set: nothing },
  { long: 'user', ...required, set: nothing },
  { long: 'bootstrap-ca-cert', ...required, set: (to, v) => { tls(to, { ca: v, bootstrap: true }) } },
  { long: 'private-key', short: 'p', ...required, set: (to, v) => { tls(to, { key: v }) } },
  { long: 'certificate', short: 'c', ...required, set: (to, v) => { tls(to, { cert: v }) } },
  { long: 'ca-cert', short: 'C', ...required, set: (to, v) => { tls(to, { ca: v, bootstrap: false }) } },
  { long: 'ssl-protocols', ...required, set: nothing },
  { long: 'ssl-ciphers', ...required, set: nothing },
  { long: 'format', short: 'f', ...required, set: (to, v) => { style(to, { format: oneOf(FORMATS, v, 'output') }) } },
  { long: 'data', short: 'd', ...required, set: (to, v) => { style(to, { data: oneOf(DATA_FORMATS, v, 'data') }) } },
  { long: 'no-headings', ...none, set: (to) => { style(to, { headings: false }) } },
  { long: 'pretty', ...none, set: (to) => { style(to, { pretty: true }) } },
  { long: 'bare', ...none, set: (to) => { style(to, { format: 'list', data: 'bare', headings: false }) } },
  { long: 'max-column-width', ...required, set: (to, v) => { style(to, { maxColumnWidth: parseWidth(v) }) } },
]

/** @throws FatalError on what cannot be understood */
export function parseOptions(argv: readonly string[]): Options {
  const { options, operands } = getopt(argv, ENTRIES)
  const to: Mutable = {
    style: {},
    timestamp: false,
    force: false,
    leaderOnly: true,
    dbChangeAware: undefined,
    timeoutMs: undefined,
    tls: {},
    only: undefined,
    detach: false,
    chdir: true,
    pidfile: undefined,
    overwritePidfile: false,
    operands,
  }
  for (const { long, value = '' } of options) {
    ENTRIES.find((entry) => entry.long === long)?.set(to, value)
    // What only prints ends the program before later options are looked at.
    if (to.only !== undefined) break
  }
  return to
}

/** What the files of the options hold. @throws SystemError when one is missing */
export function readTls({ key, cert, ca }: TlsFiles): TlsOptions {
  try {
    if (key === undefined || cert === undefined || ca === undefined) throw new SystemError('ENOPROTOOPT')
    return { key: readFileSync(key), cert: readFileSync(cert), ca: readFileSync(ca) }
  } catch {
    throw new SystemError('ENOPROTOOPT')
  }
}
