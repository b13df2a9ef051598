import { DecodeError } from '../../errors.js'
import { PORTS } from '../../ports.js'
import { formatPort } from '../../text/ports.js'
import { decodeMessage, HEADER_BYTES, messageType } from '../codec.js'
import { METERS } from '../spec/meter.js'
import { ALL_GROUPS, UNKNOWN_U64 } from '../spec/parts.js'
import { CAPABILITIES } from '../spec/switch.js'
import { type Message, type MessageOf, MESSAGES, type MessageType, type MultipartEntry } from '../table.js'
import { bitNames, hex, hexDump, hexOrZero, type PrintContext } from './common.js'
import {
  printAggregate,
  printFlowMod,
  printFlowRemoved,
  printFlowStats,
  printFlowStatsRequest,
  printTableStats,
} from './flow.js'
import { printGroupDesc, printGroupFeatures, printGroupId, printGroupMod, printGroupStats } from './group.js'
import { printMeterConfig, printMeterFeatures, printMeterId, printMeterMod, printMeterStats } from './meter.js'
import { printPortDesc, printPortDescs, printPortMod, printPortStats, printQueue, printQueueStats } from './port.js'

type Printer<K extends MessageType> = (m: MessageOf<K>, ctx: PrintContext) => string

const nothing = (): string => '\n'

/** What follows the header `OFPT_NAME (OF1.3) (xid=0x1):`, with the space or line end before it, by message type. */
const PRINTERS: { readonly [K in MessageType]?: Printer<K> } = {
  HELLO: (m) => `\n version bitmap: ${versionsOf(m).map((v) => `0x${v.toString(16).padStart(2, '0')}`).join(', ')}\n`,
  ERROR: printError,
  ECHO_REQUEST: (m) => printEcho(m.data ?? new Uint8Array()),
  ECHO_REPLY: (m) => printEcho(m.data ?? new Uint8Array()),
  FEATURES_REPLY: printSwitch,
  GET_CONFIG_REPLY: (m) => ` frags=${String(m.flags)} miss_send_len=${m.miss_send_len}\n`,
  SET_CONFIG: (m) => ` frags=${String(m.flags)} miss_send_len=${m.miss_send_len}\n`,
  FLOW_REMOVED: printFlowRemoved,
  PORT_STATUS: (m) => ` ${PORT_REASON_NAMES[m.reason] ?? String(m.reason)}:${printPortDesc(m.desc)}`,
  FLOW_MOD: printFlowMod,
  GROUP_MOD: printGroupMod,
  METER_MOD: printMeterMod,
  PORT_MOD: printPortMod,
  ROLE_REQUEST: printRole,
  ROLE_REPLY: printRole,
  BUNDLE_CONTROL: (m) =>
    `\n bundle_id=${hexOrZero(m.bundle_id)} type=${m.control.toUpperCase()} flags=${bundleFlags(m.flags)}\n`,
  BUNDLE_ADD_MESSAGE: (m, ctx) =>
    `\n bundle_id=${hexOrZero(m.bundle_id)} flags=${bundleFlags(m.flags)}\n${formatMessage(m.message as Message, ctx)}`,
  DESC_STATS_REPLY: (m) => m.entries.map(printDesc).join(''),
  FLOW_STATS_REQUEST: printFlowStatsRequest,
  FLOW_STATS_REPLY: (m, ctx) => printFlowStats(m.entries, ctx),
  AGGREGATE_STATS_REQUEST: printFlowStatsRequest,
  AGGREGATE_STATS_REPLY: (m) => printAggregate(m.entries),
  TABLE_STATS_REPLY: (m) => printTableStats(m.entries),
  PORT_STATS_REQUEST: (m, ctx) => ` port_no=${formatPort(m.port_no ?? PORTS.ANY, ctx)}\n`,
  PORT_STATS_REPLY: (m, ctx) => printPortStats(m.entries, ctx),
  QUEUE_STATS_REQUEST: (m, ctx) =>
    ` port=${formatPort(m.port_no ?? PORTS.ANY, ctx)} queue=${printQueue(m.queue_id ?? 0xffffffff)}\n`,
  QUEUE_STATS_REPLY: (m, ctx) => printQueueStats(m.entries, ctx),
  GROUP_STATS_REQUEST: (m) => ` group_id=${printGroupId(m.group_id ?? ALL_GROUPS)}\n`,
  GROUP_STATS_REPLY: (m) => printGroupStats(m.entries),
  GROUP_DESC_STATS_REQUEST: (m) => ` group_id=${printGroupId(m.group_id ?? ALL_GROUPS)}\n`,
  GROUP_DESC_STATS_REPLY: (m, ctx) => printGroupDesc(m.entries, ctx),
  GROUP_FEATURES_STATS_REPLY: (m) => printGroupFeatures(m.entries),
  METER_STATS_REQUEST: (m) => ` meter=${printMeterId(m.meter_id ?? METERS.ALL)}\n`,
  METER_STATS_REPLY: (m) => printMeterStats(m.entries),
  METER_CONFIG_STATS_REQUEST: (m) => ` meter=${printMeterId(m.meter_id ?? METERS.ALL)}\n`,
  METER_CONFIG_STATS_REPLY: (m) => printMeterConfig(m.entries),
  METER_FEATURES_STATS_REPLY: (m) => printMeterFeatures(m.entries),
  PORT_DESC_STATS_REQUEST: (m, ctx) => ` port=${formatPort(m.port_no ?? PORTS.ANY, ctx)}\n`,
  PORT_DESC_STATS_REPLY: (m) => printPortDescs(m.entries),
}

const PORT_REASON_NAMES: Readonly<Record<string, string>> = { add: 'ADD', delete: 'DEL', modify: 'MOD' }

const bundleFlags = (flags: readonly string[] = []): string => (flags.length === 0 ? '0' : flags.join(' '))

function versionsOf(m: MessageOf<'HELLO'>): number[] {
  const [bitmap] = m.bitmaps ?? []
  if (bitmap === undefined) return Array.from({ length: Math.min(m.version ?? 1, 31) }, (_, i) => i + 1)
  return Array.from({ length: 31 }, (_, i) => i + 1).filter((version) => (bitmap & (1 << version)) !== 0)
}

const printEcho = (data: Uint8Array): string => ` ${data.length} bytes of payload\n${hexDump(data)}`

const KNOWN_CAPABILITIES = Object.values(CAPABILITIES).reduce<number>((all, bit) => all | bit, 0)

function printSwitch(m: MessageOf<'FEATURES_REPLY'>): string {
  const auxiliary = (m.auxiliary_id ?? 0) === 0 ? '' : `, auxiliary_id:${m.auxiliary_id ?? 0}`
  return (
    ` dpid:${m.datapath_id.toString(16).padStart(16, '0')}\n` +
    `n_tables:${m.n_tables}, n_buffers:${m.n_buffers}${auxiliary}\n` +
    `capabilities: ${bitNames(m.capabilities & KNOWN_CAPABILITIES, CAPABILITIES)}\n`
  )
}

function printRole(m: MessageOf<'ROLE_REQUEST'> | MessageOf<'ROLE_REPLY'>): string {
  const { generation_id = UNKNOWN_U64 } = m
  return ` role=${m.role}${generation_id === UNKNOWN_U64 ? '' : ` generation_id=${generation_id.toString()}`}\n`
}

function printDesc(desc: MultipartEntry<'DESC_STATS'>): string {
  return (
    `\nManufacturer: ${desc.mfr_desc}\nHardware: ${desc.hw_desc}\nSoftware: ${desc.sw_desc}\n` +
    `Serial Num: ${desc.serial_num}\nDP Description: ${desc.dp_desc}\n`
  )
}

const HELLO_FAILED = 0

function printError(m: MessageOf<'ERROR'>, ctx: PrintContext): string {
  const name = m.error ?? `***unknown error type ${m.error_type ?? 0} code ${m.error_code ?? 0}***`
  if (m.error_type === HELLO_FAILED && (m.vendor ?? 0) === 0) {
    return ` ${name}\n${Buffer.from(m.data).toString('latin1')}\n`
  }
  return ` ${name}\n${formatBytes(m.data, ctx)}`
}

/** The name that precedes a message: OFPT_FLOW_MOD, OFPST_FLOW reply, ONFT_BUNDLE_CONTROL. */
function nameOf(type: MessageType, version: number): string {
  if (type in MESSAGES) {
    const ids = MESSAGES[type as keyof typeof MESSAGES].ids
    const id = ids.find(({ from, to }) => from <= version && version <= to)
    return `${id !== undefined && id.experimenter !== 0 ? 'ONFT' : 'OFPT'}_${type}`
  }
  const [, name = type, kind = ''] = /^(.*?)(?:_STATS)?_(REQUEST|REPLY)$/.exec(type) ?? []
  return `OFPST_${name} ${kind.toLowerCase()}`
}

const headOf = (type: MessageType, version: number, xid: number): string =>
  `${nameOf(type, version)}${versionText(version)} (xid=${hex(xid)}):`

function versionText(version: number): string {
  if (version === 1) return ''
  return version > 6 ? ` (OF 0x${version.toString(16).padStart(2, '0')})` : ` (OF1.${version - 1})`
}

/** A message as `ovs-ofctl ofp-print` shows it, with its line ends. It carries `version` and `xid`, as decoded. */
export function formatMessage(m: Message, ctx: PrintContext = {}): string {
  if (m.type === 'UNKNOWN') return `***decode error: OFPBRC_BAD_TYPE***\n${hexDump(unknownBytes(m))}`
  const print = PRINTERS[m.type] as ((m: Message, ctx: PrintContext) => string) | undefined
  const flags = 'more' in m && m.more ? ' flags=[more]' : ''
  return `${headOf(m.type, m.version ?? 0, m.xid ?? 0)}${flags}${(print ?? nothing)(m, ctx)}`
}

function unknownBytes(m: MessageOf<'UNKNOWN'>): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt8(m.version, 0)
  head.writeUInt8(m.msgType, 1)
  head.writeUInt16BE(m.raw.length + HEADER_BYTES, 2)
  head.writeUInt32BE(m.xid, 4)
  return Buffer.concat([head, m.raw])
}

/** Bytes that should be a message, shown as such where they are, else as bytes with what is wrong. */
export function formatBytes(bytes: Uint8Array, ctx: PrintContext = {}): string {
  const buffer = Buffer.from(bytes)
  if (buffer.length === 0) return 'OpenFlow message is empty\n'
  if (buffer.length < HEADER_BYTES) {
    return `OpenFlow packet too short (only ${buffer.length} bytes):\n${hexDump(buffer)}`
  }
  const length = buffer.readUInt16BE(2)
  if (length > buffer.length) return `(***truncated to ${buffer.length} bytes from ${length}***)\n${hexDump(buffer)}`
  if (length < buffer.length) return `(***only uses ${length} bytes out of ${buffer.length}***)\n${hexDump(buffer)}`
  try {
    return formatMessage(decodeMessage(buffer), ctx)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const type = messageType(buffer)
    const head = type === undefined ? '' : `${headOf(type, buffer.readUInt8(0), buffer.readUInt32BE(4))} `
    return `${head}***decode error: ${error.reply}***\n${hexDump(buffer)}`
  }
}
