import type { TableStyle } from 'ovsdb-client'
import { getopt } from '../../cli/getopt.js'
import {
  applyOptions,
  BOOTSTRAP_CA_ENTRY,
  DAEMON_ENTRIES,
  type DaemonOptions,
  type Entry,
  logEntries,
  type LogOptions,
  NO_DAEMON,
  none,
  parseTimeout,
  required,
  TLS_ENTRIES,
  type TlsOptionsGiven,
} from '../../cli/options.js'
import type { Tls } from '../../cli/tls.js'
import { TABLE_ENTRIES } from '../table-options.js'

interface OwnOptions {
  style: TableStyle
  /** Updates of a monitor with the time at which they came. */
  timestamp: boolean
  /** Restore into a database of another schema. */
  force: boolean
  leaderOnly: boolean
  /** Whether the server is told that we bear changes of its databases; undefined: if it can be told. */
  dbChangeAware: boolean | undefined
  timeoutMs: number | undefined
  /** Print this and do nothing else. */
  only: 'help' | 'version' | undefined
}

/** The options as they were given. */
export type GivenOptions = OwnOptions & DaemonOptions & LogOptions & TlsOptionsGiven & { readonly operands: readonly string[] }

/** The options of a run. */
export type Options = Readonly<OwnOptions & DaemonOptions> & { readonly tls: Tls; readonly operands: readonly string[] }

/** Modules that log in ovsdb-client only. */
const MODULES = [
  'ovsdb', 'ovsdb_client', 'ovsdb_file', 'ovsdb_jsonrpc_server', 'ovsdb_log', 'ovsdb_monitor', 'ovsdb_rbac',
  'ovsdb_util', 'raft', 'raft_rpc', 'storage', 'transaction', 'transaction_forward', 'trigger',
]

/** All options, in the order in which ovsdb-client names the possible ones of an ambiguous beginning. */
const ENTRIES: readonly Entry<GivenOptions>[] = [
  { long: 'help', short: 'h', ...none, set: (to) => (to.only ??= 'help') },
  { long: 'version', short: 'V', ...none, set: (to) => (to.only ??= 'version') },
  { long: 'timestamp', ...none, set: (to) => (to.timestamp = true) },
  { long: 'force', ...none, set: (to) => (to.force = true) },
  { long: 'timeout', short: 't', ...required, set: (to, v) => (to.timeoutMs = parseTimeout(v)) },
  { long: 'db-change-aware', ...none, set: (to) => (to.dbChangeAware = true) },
  { long: 'no-db-change-aware', ...none, set: (to) => (to.dbChangeAware = false) },
  { long: 'leader-only', ...none, set: (to) => (to.leaderOnly = true) },
  { long: 'no-leader-only', ...none, set: (to) => (to.leaderOnly = false) },
  ...logEntries(MODULES),
  ...DAEMON_ENTRIES,
  BOOTSTRAP_CA_ENTRY,
  ...TLS_ENTRIES,
  ...TABLE_ENTRIES,
]

/** @throws FatalError on what cannot be understood */
export function parseOptions(argv: readonly string[]): GivenOptions {
  const line = getopt(argv, ENTRIES)
  const to: GivenOptions = {
    ...NO_DAEMON,
    style: {},
    timestamp: false,
    force: false,
    leaderOnly: true,
    dbChangeAware: undefined,
    timeoutMs: undefined,
    logging: [],
    tls: [],
    only: undefined,
    operands: line.operands,
  }
  // What only prints ends the program before later options are looked at.
  applyOptions(to, line, ENTRIES, () => to.only !== undefined)
  return to
}
