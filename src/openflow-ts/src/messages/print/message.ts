import { DecodeError, EncodeError } from '../../errors.js'
import { PORTS } from '../../ports.js'
import { formatPort } from '../../text/ports.js'
import { OF10, OF13, OF15, type OfVersion } from '../../version.js'
import { decodeForm, encodeMessage } from '../codec.js'
import { type Form, formToSend, HEADER_BYTES, identify, lengthFits } from '../forms.js'
import { METERS } from '../spec/meter.js'
import { ALL_GROUPS } from '../spec/parts.js'
import type { Message, MessageOf, MessageType } from '../table.js'
import { printBundleAdd, printBundleControl, printRequestForward } from './bundle.js'
import { hex, hexDump, type Inner, type PrintContext } from './common.js'
import {
  printAggregate,
  printFlowMod,
  printFlowRemoved,
  printFlowStats,
  printFlowStatsRequest,
} from './flow.js'
import { printFlowMonitors, printFlowUpdates } from './flow-monitor.js'
import { printGroupDesc, printGroupFeatures, printGroupId, printGroupMod, printGroupStats } from './group.js'
import { printMeterConfig, printMeterFeatures, printMeterId, printMeterMod, printMeterStats } from './meter.js'
import {
  printCtFlush,
  printCtFlushZone,
  printIpfixBridge,
  printIpfixFlow,
  printTlvTable,
  printTlvTableMod,
} from './nicira.js'
import { printPacketIn, printPacketOut } from './packet.js'
import { printPortList, printPortMod, printPortStats, printPortStatus } from './port.js'
import { printQueueConfigs, printQueueDescQuery, printQueueQuery, printQueueStats } from './queue.js'
import { printAsync, printConfig, printDesc, printSwitch } from './switch.js'
import { printEcho, printError, printHello, printRoleReply, printRoleRequest, printRoleStatus } from './symmetric.js'
import { printTableDesc, printTableMod, printTableStatus } from './table.js'
import { printTableFeatures, printTableStats } from './table-features.js'

type Printer<K extends MessageType> = (m: MessageOf<K>, ctx: PrintContext, inner: Inner) => string

/** What follows the header `OFPT_NAME (OF1.3) (xid=0x1):`, with the space or line end before it, by message type. */
const PRINTERS: { readonly [K in MessageType]?: Printer<K> } = {
  HELLO: printHello,
  ERROR: printError,
  ECHO_REQUEST: printEcho,
  ECHO_REPLY: printEcho,
  FEATURES_REPLY: printSwitch,
  GET_CONFIG_REPLY: printConfig,
  SET_CONFIG: printConfig,
  FLOW_REMOVED: printFlowRemoved,
  PORT_STATUS: printPortStatus,
  FLOW_MOD: printFlowMod,
  GROUP_MOD: (m, ctx) => printGroupMod(m, m.version ?? 0, ctx),
  METER_MOD: printMeterMod,
  PORT_MOD: printPortMod,
  PACKET_IN: printPacketIn,
  RESUME: printPacketIn,
  PACKET_OUT: printPacketOut,
  QUEUE_GET_CONFIG_REQUEST: (m, ctx) => ` port=${formatPort(m.port_no, ctx)}`,
  QUEUE_GET_CONFIG_REPLY: (m, ctx) =>
    printQueueConfigs((m.queues ?? []).map((queue) => ({ ...queue, port_no: m.port_no })), ctx),
  ROLE_STATUS: printRoleStatus,
  GET_ASYNC_REPLY: printAsync,
  SET_ASYNC_CONFIG: printAsync,
  SET_CONTROLLER_ID: (m) => ` id=${m.controller_id}`,
  SET_PACKET_IN_FORMAT: (m) => ` format=${m.format}`,
  ROLE_REQUEST: printRoleRequest,
  ROLE_REPLY: printRoleReply,
  SET_FLOW_FORMAT: (m) => ` format=${typeof m.format === 'number' ? '(unknown)' : m.format}`,
  FLOW_MOD_TABLE_ID: (m) => (m.set === 0 ? ' disable' : ' enable'),
  BUNDLE_CONTROL: printBundleControl,
  BUNDLE_ADD_MESSAGE: printBundleAdd,
  REQUESTFORWARD: printRequestForward,
  TABLE_MOD: (m, ctx) => printTableMod(m, m.version ?? 0, ctx),
  TABLE_STATUS: printTableStatus,
  TLV_TABLE_MOD: printTlvTableMod,
  TLV_TABLE_REPLY: printTlvTable,
  CT_FLUSH_ZONE: printCtFlushZone,
  CT_FLUSH: printCtFlush,
  FLOW_MONITOR_CANCEL: (m) => ` id=${m.id}`,
  FLOW_MONITOR_STATS_REQUEST: (m, ctx) => printFlowMonitors(m.monitors, ctx),
  FLOW_MONITOR_STATS_REPLY: (m, ctx) => printFlowUpdates(m.entries, ctx),
  DESC_STATS_REPLY: (m) => m.entries.map(printDesc).join(''),
  FLOW_STATS_REQUEST: printFlowStatsRequest,
  FLOW_STATS_REPLY: (m, ctx) => printFlowStats(m.entries, ctx),
  AGGREGATE_STATS_REQUEST: printFlowStatsRequest,
  AGGREGATE_STATS_REPLY: (m) => printAggregate(m.entries),
  TABLE_STATS_REPLY: (m) => printTableStats(m.entries, m.version ?? 0),
  TABLE_FEATURES_STATS_REQUEST: (m) => printTableFeatures(m.tables ?? [], m.version ?? 0),
  TABLE_FEATURES_STATS_REPLY: (m) => printTableFeatures(m.entries, m.version ?? 0),
  TABLE_DESC_REPLY: (m, ctx) => m.entries.map((desc) => printTableDesc(desc, ctx)).join(''),
  IPFIX_BRIDGE_STATS_REPLY: (m) => printIpfixBridge(m.entries),
  IPFIX_FLOW_STATS_REPLY: (m) => printIpfixFlow(m.entries),
  PORT_STATS_REQUEST: (m, ctx) => ` port_no=${formatPort(m.port_no ?? PORTS.ANY, ctx)}`,
  PORT_STATS_REPLY: (m, ctx) => printPortStats(m.entries, ctx),
  QUEUE_STATS_REQUEST: printQueueQuery,
  QUEUE_STATS_REPLY: (m, ctx) => printQueueStats(m.entries, ctx),
  GROUP_STATS_REQUEST: (m) => ` group_id=${printGroupId(m.group_id ?? ALL_GROUPS)}\n`,
  GROUP_STATS_REPLY: (m) => printGroupStats(m.entries),
  GROUP_DESC_STATS_REQUEST: (m) => ` group_id=${printGroupId(m.group_id ?? ALL_GROUPS)}\n`,
  GROUP_DESC_STATS_REPLY: (m, ctx) => printGroupDesc(m.entries, m.version ?? 0, ctx),
  GROUP_FEATURES_STATS_REPLY: (m) => printGroupFeatures(m.entries, m.version ?? 0),
  METER_STATS_REQUEST: (m) => ` meter=${printMeterId(m.meter_id ?? METERS.ALL)}\n`,
  METER_STATS_REPLY: (m) => printMeterStats(m.entries),
  METER_CONFIG_STATS_REQUEST: (m) => ` meter=${printMeterId(m.meter_id ?? METERS.ALL)}\n`,
  METER_CONFIG_STATS_REPLY: (m) => printMeterConfig(m.entries),
  METER_FEATURES_STATS_REPLY: (m) => printMeterFeatures(m.entries),
  PORT_DESC_STATS_REQUEST: (m, ctx) => ` port=${formatPort(m.port_no ?? PORTS.ANY, ctx)}\n`,
  QUEUE_DESC_REQUEST: printQueueDescQuery,
  QUEUE_DESC_REPLY: (m, ctx) => printQueueConfigs(m.entries.map((queue) => ({ port_no: PORTS.ANY, ...queue })), ctx),
  PORT_DESC_STATS_REPLY: (m) => `\n${printPortList(m.entries, m.version)}`,
}

function versionText(version: number): string {
  if (version === OF10) return ''
  return version > OF15 ? ` (OF 0x${version.toString(16).padStart(2, '0')})` : ` (OF1.${version - 1})`
}

const OFPMP_MORE = 1

function flagsText({ more = false, multipart_flags = 0 }: { more?: boolean; multipart_flags?: number }): string {
  if (!more && multipart_flags === 0) return ''
  const unknown = `[***unknown flags 0x${multipart_flags.toString(16).padStart(4, '0')}***]`
  return ` flags=${more ? '[more]' : ''}${multipart_flags === 0 ? '' : unknown}`
}

/** Requests before OpenFlow 1.3 cannot go on in further ones. */
function shownFlags(form: Form, version: number, flags: number): string {
  const knowsMore = form.raw.direction === 'reply' || version >= OF13
  const more = knowsMore && (flags & OFPMP_MORE) !== 0
  return flagsText({ more, multipart_flags: more ? flags & ~OFPMP_MORE : flags })
}

const nameText = (form: Form, version: number, xid: number): string =>
  `${form.raw.name}${versionText(version)} (xid=${hex(xid)}):`

/** What a message is printed after, `OFPT_NAME (OF1.3) (xid=0x1):`, and the flags of a multipart. */
function headOf(form: Form, m: { version: number; xid: number; flags: number }): readonly [name: string, flags: string] {
  const flags = form.multipart === undefined ? '' : shownFlags(form, m.version, m.flags)
  return [nameText(form, m.version, m.xid), flags]
}

/** Ends the last line, one space at whose end is dropped. */
function endLine(text: string): string {
  if (text.endsWith('\n')) return text
  return `${text.endsWith(' ') ? text.slice(0, -1) : text}\n`
}

const refused = (reply: string, bytes: Uint8Array): string => `***decode error: ${reply}***\n${hexDump(bytes)}`

/** What follows the head of a message, if anything. */
function printBody(m: Message, ctx: PrintContext, source: () => Buffer): string {
  const print = PRINTERS[m.type] as ((m: Message, ctx: PrintContext, inner: Inner) => string) | undefined
  return print?.(m, ctx, { message: formatMessage, bytes: formatBytes, source }) ?? ''
}

/** Reading passes some things that printing, as ovs-ofctl's, takes for faults. */
function formatKnown(m: Message, form: Form, ctx: PrintContext, source: () => Buffer): string {
  const { version = OF10, xid = 0 } = m
  const flags = 'more' in m ? (m.more ? OFPMP_MORE : 0) | (m.multipart_flags ?? 0) : 0
  const [name, shown] = headOf(form, { version, xid, flags })
  try {
    return endLine(name + shown + printBody(m, ctx, source))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return `${name}${shown === '' ? ' ' : endLine(shown)}${refused(error.reply, source())}`
  }
}

/** What ovs-ofctl says, of messages of a type alone, where the part that it can decode ends. */
const WHERE_PART_ENDS: { readonly [K in MessageType]?: string } = { GROUP_STATS_REPLY: ' ***parse error***' }

/** What can be said of a message that goes wrong in the midst. */
const printPart = (m: Message, ctx: PrintContext, source: () => Buffer): string =>
  printBody(m, ctx, source) + (WHERE_PART_ENDS[m.type] ?? '')

/** A message as `ovs-ofctl ofp-print` shows it, with its line ends. It carries `version` and `xid`, as decoded. */
export function formatMessage(m: Message, ctx: PrintContext = {}): string {
  if (m.type === 'UNKNOWN') return formatWhole(unknownBytes(m), ctx)
  const version = (m.version ?? OF10) as OfVersion
  const form = formToSend(version, m.type, m.form)
  if (form === undefined) throw new EncodeError(`${m.form ?? m.type} is not in version ${version}`)
  return formatKnown(m, form, ctx, () => encodeMessage(m, version))
}

function unknownBytes(m: MessageOf<'UNKNOWN'>): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt8(m.version, 0)
  head.writeUInt8(m.msgType, 1)
  head.writeUInt16BE(m.raw.length + HEADER_BYTES, 2)
  head.writeUInt32BE(m.xid, 4)
  return Buffer.concat([head, m.raw])
}

const headerOf = (form: Form, b: Buffer): { version: number; xid: number; flags: number } => ({
  version: b.readUInt8(0),
  xid: b.readUInt32BE(4),
  flags: form.multipart === undefined ? 0 : b.readUInt16BE(HEADER_BYTES + 2),
})

/** From here on, all of a message's bytes follow what they mean. */
export const DUMP_VERBOSITY = 5

const STRICT = { strict: true } as const

/** One whole message, and where it cannot be decoded, what of it can, what is wrong and its bytes. */
function formatWhole(bytes: Buffer, ctx: PrintContext): string {
  const form = identify(bytes)
  if (typeof form === 'string') return refused(form, bytes)
  if (!lengthFits(form, bytes.length)) return refused('OFPBRC_BAD_LEN', bytes)
  const [name, flags] = headOf(form, headerOf(form, bytes))
  try {
    const m = decodeForm(form, bytes, STRICT)
    const text = formatKnown(m, form, ctx, () => bytes)
    return (ctx.verbosity ?? 0) >= DUMP_VERBOSITY ? text + hexDump(bytes) : text
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const known = flags + (error.partial === undefined ? '' : printPart(error.partial as Message, ctx, () => bytes))
    return `${name}${known === '' ? ' ' : endLine(known)}${refused(shownReply(error.reply, form, bytes), bytes)}`
  }
}

/** In the flows of OpenFlow 1.5 ovs-ofctl does not say what is wrong with a match. */
function shownReply(reply: string, form: Form, bytes: Buffer): string {
  const isFlows = form.type === 'FLOW_STATS_REPLY' && bytes.readUInt8(0) === OF15
  return isFlows && reply.startsWith('OFPBMC_') ? '<invalid>' : reply
}

/** Bytes that should be a message, shown as such where they are, else as bytes with what is wrong. */
export function formatBytes(bytes: Uint8Array, ctx: PrintContext = {}): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer.length === 0) return 'OpenFlow message is empty\n'
  if (buffer.length < HEADER_BYTES) {
    return `OpenFlow packet too short (only ${buffer.length} bytes):\n${hexDump(buffer)}`
  }
  const length = buffer.readUInt16BE(2)
  if (length > buffer.length) {
    const form = identify(buffer)
    const name = typeof form === 'string' ? '' : `${nameText(form, buffer.readUInt8(0), buffer.readUInt32BE(4))}\n`
    return `${name}(***truncated to ${buffer.length} bytes from ${length}***)\n${hexDump(buffer)}`
  }
  if (length < buffer.length) return `(***only uses ${length} bytes out of ${buffer.length}***)\n${hexDump(buffer)}`
  return formatWhole(buffer, ctx)
}
