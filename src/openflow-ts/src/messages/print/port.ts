import { formatPort } from '../../text/ports.js'
import { OF10 } from '../../version.js'
import { PORT_CONFIG, PORT_CONFIG_OF10, PORT_STATE, type PortDesc } from '../spec/port.js'
import { type PortStats, RFC2819 } from '../spec/port-stats.js'
import { UNKNOWN_U64 } from '../spec/parts.js'
import type { MessageOf } from '../table.js'
import { bitNames, counter, type PrintContext, printDuration } from './common.js'

/** OFPPF_* of OpenFlow 1.1+, as they are printed. */
const FEATURES = {
  '10MB-HD': 1 << 0,
  '10MB-FD': 1 << 1,
  '100MB-HD': 1 << 2,
  '100MB-FD': 1 << 3,
  '1GB-HD': 1 << 4,
  '1GB-FD': 1 << 5,
  '10GB-FD': 1 << 6,
  '40GB-FD': 1 << 7,
  '100GB-FD': 1 << 8,
  '1TB-FD': 1 << 9,
  OTHER: 1 << 10,
  COPPER: 1 << 11,
  FIBER: 1 << 12,
  AUTO_NEG: 1 << 13,
  AUTO_PAUSE: 1 << 14,
  AUTO_PAUSE_ASYM: 1 << 15,
} as const
const KNOWN_FEATURES = 0xffff

const KBPS_PER_MBPS = 1000

const printFeatures = (bits: number): string => bitNames(bits & KNOWN_FEATURES, FEATURES)

const allBits = (table: Readonly<Record<string, number>>): number =>
  Object.values(table).reduce<number>((all, bit) => all | bit, 0)

/** The bits of a table that are on; others have no meaning in the version. */
const known = (bits: number, table: Readonly<Record<string, number>>): string => bitNames(bits & allBits(table), table)

const configNames = (bits: number, version: number): string =>
  known(bits, version === OF10 ? PORT_CONFIG_OF10 : PORT_CONFIG)

const STP_STATE = 0x300
const STP_NAMES = ['STP_LISTEN', 'STP_LEARN', 'STP_FORWARD', 'STP_BLOCK'] as const

/** OpenFlow 1.0 has the state of the spanning tree in two bits, whose 0 is not shown. */
function stateNames(bits: number, version: number): string {
  if (version !== OF10) return known(bits, PORT_STATE)
  const stp = (bits & STP_STATE) >>> 8
  const others = bits & PORT_STATE.LINK_DOWN
  if (stp === 0) return bitNames(others, PORT_STATE)
  return `${STP_NAMES[stp] ?? ''}${others === 0 ? '' : bitNames(others, PORT_STATE)}`
}

function featureLine(name: string, bits: number): string {
  return (bits & KNOWN_FEATURES) === 0 ? '' : `     ${`${name}:`.padEnd(12)}${printFeatures(bits)}\n`
}

const MAX_NAME = 15

/** A name up to what cannot be printed. */
const printName = (name: string): string => (/^[\x20-\x7e]*/.exec(name)?.[0] ?? '').slice(0, MAX_NAME)

/** A port with its lines, as in the replies to FEATURES and PORT_DESC. The number is never a name here. */
function printPortDesc(port: PortDesc, version: number): string {
  const speeds = [port.curr_speed, port.max_speed].map((speed) => Math.floor(speed / KBPS_PER_MBPS))
  return (
    ` ${formatPort(port.port_no, {})}(${printName(port.name)}): addr:${port.hw_addr}\n` +
    `     config:     ${configNames(port.config, version)}\n` +
    `     state:      ${stateNames(port.state, version)}\n` +
    featureLine('current', port.curr) +
    featureLine('advertised', port.advertised) +
    featureLine('supported', port.supported) +
    featureLine('peer', port.peer) +
    `     speed: ${speeds[0] ?? 0} Mbps now, ${speeds[1] ?? 0} Mbps max\n`
  )
}

/** Ports in the order of their numbers. */
export const printPortList = (ports: readonly PortDesc[], version = OF10): string =>
  [...ports]
    .sort((a, b) => a.port_no - b.port_no)
    .map((port) => printPortDesc(port, version))
    .join('')

const REASONS = { add: 'ADD', delete: 'DEL', modify: 'MOD' } as const

export const printPortStatus = ({ reason, desc, version = OF10 }: MessageOf<'PORT_STATUS'>): string =>
  ` ${REASONS[reason]}:${printPortDesc(desc, version)}`

/** OFPT_PORT_MOD as ofp-print shows it. */
export function printPortMod(mod: MessageOf<'PORT_MOD'>, ctx: PrintContext): string {
  const { advertise = 0, version = OF10 } = mod
  return (
    ` port: ${formatPort(mod.port_no, ctx)}: addr:${mod.hw_addr}\n` +
    `     config: ${configNames(mod.config & mod.mask, version)}\n` +
    `     mask:   ${configNames(mod.mask, version)}\n` +
    `     advertise: ${(advertise & KNOWN_FEATURES) === 0 ? 'UNCHANGED' : printFeatures(advertise)}\n`
  )
}

const RFC2819_NAMES: Readonly<Record<'rx' | 'tx', readonly (typeof RFC2819)[number][]>> = {
  rx: RFC2819.filter((name) => name.startsWith('rx_')),
  tx: RFC2819.filter((name) => name.startsWith('tx_')),
}

/** The counters of one direction that the switch keeps. */
function printRfc2819({ rfc2819 }: PortStats, direction: 'rx' | 'tx'): string {
  if (rfc2819 === undefined) return ''
  const kept = RFC2819_NAMES[direction].filter((name) => rfc2819[name] !== UNKNOWN_U64)
  if (kept.length === 0) return ''
  const texts = kept.map((name) => `${name.slice(3)}=${rfc2819[name].toString()}, `)
  return `           ${direction} rfc2819 ${texts.join('')}\n`
}

const CUSTOM_PER_LINE = 3
const CUSTOM_INDENT = ' '.repeat(22)

function printCustom(stats: PortStats): string {
  if (stats.custom === undefined || stats.custom.length === 0) return ''
  let text = '           CUSTOM Statistics'
  stats.custom.forEach(({ name, value }, i) => {
    if (name === '') return
    text += i % CUSTOM_PER_LINE === 0 ? `\n${CUSTOM_INDENT}` : ' '
    text += `${name}=${value.toString()},`
  })
  return `${text}\n`
}

function printStats(stats: PortStats, ctx: PrintContext): string {
  const named = formatPort(stats.port_no, ctx)
  const isTimed = stats.duration_sec !== 0xffffffff
  return (
    `  port ${stats.port_no < 10 ? ' ' : ''}${named}: rx pkts=${counter(stats.rx_packets)}, ` +
    `bytes=${counter(stats.rx_bytes)}, drop=${counter(stats.rx_dropped)}, errs=${counter(stats.rx_errors)}, ` +
    `frame=${counter(stats.rx_frame_err)}, over=${counter(stats.rx_over_err)}, crc=${counter(stats.rx_crc_err)}\n` +
    `           tx pkts=${counter(stats.tx_packets)}, bytes=${counter(stats.tx_bytes)}, ` +
    `drop=${counter(stats.tx_dropped)}, errs=${counter(stats.tx_errors)}, coll=${counter(stats.collisions)}\n` +
    (isTimed ? `           duration=${printDuration(stats.duration_sec, stats.duration_nsec)}\n` : '') +
    printRfc2819(stats, 'rx') +
    printRfc2819(stats, 'tx') +
    printCustom(stats)
  )
}

/** How many there are, and from verbosity 1 on each of them. */
export const printPortStats = (entries: readonly PortStats[], ctx: PrintContext): string =>
  ` ${entries.length} ports\n` +
  ((ctx.verbosity ?? 1) < 1 ? '' : entries.map((stats) => printStats(stats, ctx)).join(''))
