import { formatPort } from '../../text/ports.js'
import { PORT_CONFIG, PORT_STATE, type PortDesc, type PortMod, type PortStats, type QueueStats } from '../spec/port.js'
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

const KBPS_PER_MBPS = 1000

export const printFeatures = (bits: number): string => bitNames(bits, FEATURES)

function featureLine(name: string, bits: number): string {
  return bits === 0 ? '' : `     ${`${name}:`.padEnd(12)}${printFeatures(bits)}\n`
}

/** A port with its lines, as in the replies to FEATURES and PORT_DESC. The number is never a name here. */
export function printPortDesc(port: PortDesc): string {
  const speeds = [port.curr_speed, port.max_speed].map((speed) => Math.floor(speed / KBPS_PER_MBPS))
  return (
    ` ${formatPort(port.port_no, {})}(${port.name}): addr:${port.hw_addr}\n` +
    `     config:     ${bitNames(port.config, PORT_CONFIG)}\n` +
    `     state:      ${bitNames(port.state, PORT_STATE)}\n` +
    featureLine('current', port.curr) +
    featureLine('advertised', port.advertised) +
    featureLine('supported', port.supported) +
    featureLine('peer', port.peer) +
    `     speed: ${speeds[0] ?? 0} Mbps now, ${speeds[1] ?? 0} Mbps max\n`
  )
}

/** Ports in the order of their numbers. */
export const printPortDescs = (ports: readonly PortDesc[]): string =>
  `\n${[...ports].sort((a, b) => a.port_no - b.port_no).map(printPortDesc).join('')}`

/** OFPT_PORT_MOD as ofp-print shows it. */
export function printPortMod(mod: PortMod, ctx: PrintContext): string {
  const advertise = mod.advertise ?? 0
  return (
    ` port: ${formatPort(mod.port_no, ctx)}: addr:${mod.hw_addr}\n` +
    `     config: ${bitNames(mod.config, PORT_CONFIG)}\n` +
    `     mask:   ${bitNames(mod.mask, PORT_CONFIG)}\n` +
    `     advertise: ${advertise === 0 ? 'UNCHANGED' : printFeatures(advertise)}\n`
  )
}

const CUSTOM_PER_LINE = 3
const CUSTOM_INDENT = ' '.repeat(22)

function printCustom(stats: PortStats): string {
  if (stats.custom === undefined || stats.custom.length === 0) return ''
  let text = '           CUSTOM Statistics'
  stats.custom.forEach(({ name, value }, i) => {
    text += i % CUSTOM_PER_LINE === 0 ? `\n${CUSTOM_INDENT}` : ' '
    text += `${name}=${value.toString()},`
  })
  return `${text}\n`
}

function printStats(stats: PortStats, ctx: PrintContext): string {
  const named = formatPort(stats.port_no, ctx)
  const known = stats.duration_sec !== 0xffffffff || stats.duration_nsec !== 0xffffffff
  return (
    `  port ${stats.port_no < 10 ? ' ' : ''}${named}: rx pkts=${counter(stats.rx_packets)}, ` +
    `bytes=${counter(stats.rx_bytes)}, drop=${counter(stats.rx_dropped)}, errs=${counter(stats.rx_errors)}, ` +
    `frame=${counter(stats.rx_frame_err)}, over=${counter(stats.rx_over_err)}, crc=${counter(stats.rx_crc_err)}\n` +
    `           tx pkts=${counter(stats.tx_packets)}, bytes=${counter(stats.tx_bytes)}, ` +
    `drop=${counter(stats.tx_dropped)}, errs=${counter(stats.tx_errors)}, coll=${counter(stats.collisions)}\n` +
    (known ? `           duration=${printDuration(stats.duration_sec, stats.duration_nsec)}\n` : '') +
    printCustom(stats)
  )
}

export const printPortStats = (entries: readonly PortStats[], ctx: PrintContext): string =>
  ` ${entries.length} ports\n${entries.map((stats) => printStats(stats, ctx)).join('')}`

const ALL_QUEUES = 0xffffffff
export const printQueue = (queue: number): string => (queue === ALL_QUEUES ? 'ALL' : String(queue))

function printQueueStat(stats: QueueStats, ctx: PrintContext): string {
  return (
    `  port ${formatPort(stats.port_no, ctx)} queue ${printQueue(stats.queue_id)}: bytes=${counter(stats.tx_bytes)}, ` +
    `pkts=${counter(stats.tx_packets)}, errors=${counter(stats.tx_errors)}, ` +
    `duration=${printDuration(stats.duration_sec, stats.duration_nsec)}\n`
  )
}

export const printQueueStats = (entries: readonly QueueStats[], ctx: PrintContext): string =>
  ` ${entries.length} queues\n${entries.map((stats) => printQueueStat(stats, ctx)).join('')}`
