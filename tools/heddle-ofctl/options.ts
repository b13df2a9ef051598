import {
  OF10,
  OF13,
  OF14,
  type OfVersion,
  PROTOCOLS,
  type Protocols,
  protocolsByName,
  protocolsOfVersion,
  protocolsToString,
  VERSION_NAMES,
} from 'openflow-ts'
import { FatalError } from '../cli/errors.js'
import { getopt } from '../cli/getopt.js'
import {
  applyOptions,
  DAEMON_ENTRIES,
  type DaemonOptions,
  type Entry,
  logEntries,
  type LogOptions,
  NO_DAEMON,
  none,
  optional,
  parseTimeout,
  required,
  TLS_ENTRIES,
  type TlsOptionsGiven,
} from '../cli/options.js'
import type { Tls } from '../cli/tls.js'

/** Sort by a field, or by priority where there is none. */
export interface SortKey {
  readonly field: string | undefined
  readonly descending: boolean
}

export const PACKET_IN_FORMATS = ['standard', 'nxt_packet_in', 'nxt_packet_in2'] as const
export type PacketInFormat = (typeof PACKET_IN_FORMATS)[number]

interface OwnOptions {
  /** Versions that a switch is offered. */
  versions: readonly OfVersion[]
  /** Flow formats that may be used: those of the versions, fewer with -F. */
  protocols: Protocols
  /** Undefined: names are taken, and printed on a terminal only. */
  names: boolean | undefined
  stats: boolean
  strict: boolean
  bundle: boolean
  readd: boolean
  mayCreate: boolean
  readOnly: boolean
  timestamp: boolean
  raw: boolean
  pcap: boolean
  /** Undefined: whatever the switch takes best. */
  packetInFormat: PacketInFormat | undefined
  sort: readonly SortKey[]
  verbosity: number
  timeoutMs: number | undefined
  color: boolean | undefined
  unixctl: string | undefined
  /** Print this and do nothing else. */
  only: 'help' | 'version' | 'option' | undefined
}

/** The options as they were given. */
export interface GivenOptions extends OwnOptions, DaemonOptions, LogOptions, TlsOptionsGiven {
  readonly operands: readonly string[]
}

/** The options of a run. */
export type Options = Readonly<OwnOptions & DaemonOptions> & { readonly tls: Tls; readonly operands: readonly string[] }

interface Mutable extends GivenOptions {
  readonly versionNames: OfVersion[]
  formats: Protocols
}

function parseVersions(text: string): OfVersion[] {
  const byName = new Map(
    Object.entries(VERSION_NAMES).map(([version, name]) => [name.toLowerCase(), Number(version) as OfVersion]),
  )
  return text
    .split(/[ ,]+/)
    .filter((name) => name !== '')
    .map((name) => {
      const version = byName.get(name.toLowerCase())
      if (version === undefined) throw new FatalError(`Unknown OpenFlow version: "${name}"`)
      return version
    })
}

function parseFormats(text: string): Protocols {
  const names = text.split(/[ ,\t\r\n]+/).filter((name) => name !== '')
  if (names.length === 0) throw new FatalError(`${text}: no flow protocol specified`)
  return names.reduce((set, name) => {
    const formats = protocolsByName(name)
    if (formats === undefined) throw new FatalError(`${name}: unknown flow protocol`)
    return set | formats
  }, 0)
}

function sortKey(field: string, descending: boolean): SortKey {
  return { field: field === '' || field.toLowerCase() === 'priority' ? undefined : field, descending }
}

function parsePacketInFormat(text: string): PacketInFormat {
  const aliases: Readonly<Record<string, string>> = { openflow10: 'standard', nxm: 'nxt_packet_in' }
  const format = PACKET_IN_FORMATS.find((name) => name === (aliases[text] ?? text))
  if (format === undefined) throw new FatalError(`unknown packet-in format \`${text}'`)
  return format
}

const COLORS: Readonly<Record<string, boolean | undefined>> = { '': true, auto: undefined, always: true, never: false }

function parseColor(text: string): boolean | undefined {
  if (!Object.hasOwn(COLORS, text)) throw new FatalError(`incorrect value \`${text}' for --color`)
  return COLORS[text]
}

/** Modules that log in ovs-ofctl only. */
const MODULES = ['ofctl', 'pcap', 'vconn', 'vconn_stream']

/** All options, in the order in which ovs-ofctl names the possible ones of an ambiguous beginning. */
const ENTRIES: readonly Entry<Mutable>[] = [
  { long: 'timeout', short: 't', ...required, set: (to, v) => (to.timeoutMs = parseTimeout(v)) },
  { long: 'strict', ...none, set: (to) => (to.strict = true) },
  { long: 'readd', ...none, set: (to) => (to.readd = true) },
  { long: 'flow-format', short: 'F', ...required, set: (to, v) => (to.formats = parseFormats(v)) },
  { long: 'packet-in-format', short: 'P', ...required, set: (to, v) => (to.packetInFormat = parsePacketInFormat(v)) },
  { long: 'more', short: 'm', ...none, set: (to) => to.verbosity++ },
  { long: 'timestamp', ...none, set: (to) => (to.timestamp = true) },
  { long: 'sort', ...optional, set: (to, v) => (to.sort = [...to.sort, sortKey(v, false)]) },
  { long: 'rsort', ...optional, set: (to, v) => (to.sort = [...to.sort, sortKey(v, true)]) },
  { long: 'names', ...none, set: (to) => (to.names = true) },
  { long: 'no-names', ...none, set: (to) => (to.names = false) },
  { long: 'stats', ...none, set: (to) => (to.stats = true) },
  { long: 'no-stats', ...none, set: (to) => (to.stats = false) },
  { long: 'unixctl', ...required, set: (to, v) => (to.unixctl = v) },
  { long: 'help', short: 'h', ...none, set: (to) => (to.only = 'help') },
  { long: 'option', short: 'o', ...none, set: (to) => (to.only = 'option') },
  { long: 'bundle', ...none, set: (to) => (to.bundle = true) },
  { long: 'color', ...optional, set: (to, v) => (to.color = parseColor(v)) },
  { long: 'may-create', ...none, set: (to) => (to.mayCreate = true) },
  { long: 'pcap', ...none, set: (to) => (to.pcap = true) },
  { long: 'raw', ...none, set: (to) => (to.raw = true) },
  { long: 'read-only', ...none, set: (to) => (to.readOnly = true) },
  ...DAEMON_ENTRIES,
  { long: 'version', short: 'V', ...none, set: (to) => (to.only = 'version') },
  { long: 'protocols', short: 'O', ...required, set: (to, v) => to.versionNames.push(...parseVersions(v)) },
  ...logEntries(MODULES),
  ...TLS_ENTRIES,
]

const isBundleVersion = (version: OfVersion): boolean => version >= OF13

/** Versions that know bundles, of those that are allowed; where there are none, 1.4. */
export const versionsForBundles = (versions: readonly OfVersion[]): readonly OfVersion[] =>
  versions.some(isBundleVersion) ? versions : [OF14]

/** All flow formats of some versions. */
export const protocolsOf = (versions: readonly OfVersion[]): Protocols =>
  versions.reduce((set, version) => set | protocolsOfVersion(version), 0)

/** Versions and flow formats that go together. @throws FatalError when nothing is left */
function settleProtocols(to: Mutable): void {
  const wanted: readonly OfVersion[] = to.versionNames.length === 0 ? [OF10] : [...new Set(to.versionNames)].sort()
  const versions = to.bundle ? versionsForBundles(wanted) : wanted
  const protocols = protocolsOf(versions) & to.formats
  if (protocols === 0) {
    const names = versions.map((version) => VERSION_NAMES[version]).join(', ')
    throw new FatalError(
      `None of the enabled OpenFlow versions (${names}) supports any of the enabled flow formats ` +
        `(${protocolsToString(to.formats)}).  (Use -O to enable additional OpenFlow versions or -F to enable ` +
        'additional flow formats.)',
    )
  }
  to.protocols = protocols
  to.versions = versions.filter((version) => (protocolsOfVersion(version) & protocols) !== 0)
}

/** `--option` of ovs-ofctl: every option in a line, for the completion of shells. */
export const optionLines = (): string =>
  ENTRIES.map(({ long, short, argument }) => {
    const value = argument === 'required' ? 'ARG' : argument === 'optional' ? '[ARG]' : ''
    return `--${long}${value === '' ? '' : `=${value}`}\n${short === undefined ? '' : `-${short} ${value}\n`}`
  }).join('')

/** @throws FatalError on what cannot be understood */
export function parseOptions(argv: readonly string[]): GivenOptions {
  const line = getopt(argv, ENTRIES)
  const to: Mutable = {
    ...NO_DAEMON,
    versions: [],
    versionNames: [],
    protocols: PROTOCOLS.NONE,
    formats: PROTOCOLS.ANY,
    names: undefined,
    stats: true,
    strict: false,
    bundle: false,
    readd: false,
    mayCreate: false,
    readOnly: false,
    timestamp: false,
    raw: false,
    pcap: false,
    packetInFormat: undefined,
    sort: [],
    verbosity: 0,
    timeoutMs: undefined,
    color: undefined,
    logging: [],
    tls: [],
    unixctl: undefined,
    only: undefined,
    operands: line.operands,
  }
  // What only prints ends the program before later options are looked at.
  applyOptions(to, line, ENTRIES, () => to.only !== undefined)
  if (to.only === undefined) settleProtocols(to)
  return to
}
