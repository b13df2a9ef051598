import type { Layout, LayoutValue } from './layout.js'
import { struct } from './struct.js'
import { bundleAdd, bundleControl, requestForward } from './spec/bundle.js'
import { ctFlush, ctFlushZone } from './spec/ct-flush.js'
import { flowMod } from './spec/flow-mod.js'
import { flowMonitorCancel, flowMonitorRequests, flowUpdate } from './spec/flow-monitor.js'
import { flowRemoved } from './spec/flow-removed.js'
import { aggregateStats, flowStats, flowStatsRequest } from './spec/flow-stats.js'
import { groupMod } from './spec/group-mod.js'
import { groupDesc, groupDescRequest, groupFeatures, groupStats, groupStatsRequest } from './spec/group.js'
import { ipfixStats } from './spec/ipfix.js'
import { meterConfig, meterFeatures, meterMod, meterRequest, meterStats } from './spec/meter.js'
import { flowModTableId, setFlowFormat } from './spec/nicira.js'
import { packetIn } from './spec/packet.js'
import { packetIn2 } from './spec/packet-in2.js'
import { packetOutLayout } from './spec/packet-out.js'
import { getAsyncReply, roleStatus, setAsyncConfig, setControllerId, setPacketInFormat } from './spec/controller.js'
import { portDesc, portDescRequest, portMod, portStatus } from './spec/port.js'
import { portStats, portStatsRequest } from './spec/port-stats.js'
import {
  queueConfigReply,
  queueConfigRequest,
  queueDesc,
  queueDescRequest,
  queueStats,
  queueStatsRequest,
} from './spec/queue.js'
import { featuresReply, setConfig, switchConfig, switchDesc } from './spec/switch.js'
import { echo, errorBody, hello, role } from './spec/symmetric.js'
import { tableDesc, tableMod, tableStats, tableStatus } from './spec/table.js'
import { tableFeatures, tableFeaturesRequest } from './spec/table-features.js'
import { tlvTableMod, tlvTableReply } from './spec/tlv-table.js'

const empty = struct({})

/**
 * All messages but multipart, with their bodies. Names are those of OVS (OFPTYPE_*); `raws.ts` has their numbers.
 * Encoder, decoder and the type `Message` derive from both tables.
 */
export const MESSAGES = {
  HELLO: hello,
  ERROR: errorBody,
  ECHO_REQUEST: echo,
  ECHO_REPLY: echo,
  FEATURES_REQUEST: empty,
  FEATURES_REPLY: featuresReply,
  GET_CONFIG_REQUEST: empty,
  GET_CONFIG_REPLY: switchConfig,
  SET_CONFIG: setConfig,
  PACKET_IN: packetIn,
  FLOW_REMOVED: flowRemoved,
  PORT_STATUS: portStatus,
  PACKET_OUT: packetOutLayout,
  FLOW_MOD: flowMod,
  GROUP_MOD: groupMod,
  PORT_MOD: portMod,
  BARRIER_REQUEST: empty,
  BARRIER_REPLY: empty,
  QUEUE_GET_CONFIG_REQUEST: queueConfigRequest,
  QUEUE_GET_CONFIG_REPLY: queueConfigReply,
  ROLE_REQUEST: role,
  ROLE_REPLY: role,
  ROLE_STATUS: roleStatus,
  GET_ASYNC_REQUEST: empty,
  GET_ASYNC_REPLY: getAsyncReply,
  SET_ASYNC_CONFIG: setAsyncConfig,
  SET_CONTROLLER_ID: setControllerId,
  SET_PACKET_IN_FORMAT: setPacketInFormat,
  RESUME: packetIn2,
  METER_MOD: meterMod,
  FLOW_AGE: empty,
  FLOW_MONITOR_CANCEL: flowMonitorCancel,
  FLOW_MONITOR_PAUSED: empty,
  FLOW_MONITOR_RESUMED: empty,
  BUNDLE_CONTROL: bundleControl,
  BUNDLE_ADD_MESSAGE: bundleAdd,
  SET_FLOW_FORMAT: setFlowFormat,
  FLOW_MOD_TABLE_ID: flowModTableId,
  REQUESTFORWARD: requestForward,
  TABLE_MOD: tableMod,
  TABLE_STATUS: tableStatus,
  TLV_TABLE_MOD: tlvTableMod,
  TLV_TABLE_REQUEST: empty,
  TLV_TABLE_REPLY: tlvTableReply,
  CT_FLUSH_ZONE: ctFlushZone,
  CT_FLUSH: ctFlush,
} as const

/** `single`: a reply has exactly one entry, else any number of them, and goes on in further replies. */
interface MultipartSpec<Q, E> {
  readonly request: Layout<Q>
  readonly entry: Layout<E>
  readonly single: boolean
}

const entries = <Q, E>(request: Layout<Q>, entry: Layout<E>): MultipartSpec<Q, E> => ({ request, entry, single: false })
const single = <Q, E>(request: Layout<Q>, entry: Layout<E>): MultipartSpec<Q, E> => ({ request, entry, single: true })

/** Multipart messages (OFPMP_*): each NAME makes the messages NAME_REQUEST and NAME_REPLY. */
export const MULTIPARTS = {
  DESC_STATS: single(empty, switchDesc),
  FLOW_STATS: entries(flowStatsRequest, flowStats),
  AGGREGATE_STATS: single(flowStatsRequest, aggregateStats),
  FLOW_MONITOR_STATS: entries(flowMonitorRequests, flowUpdate),
  TABLE_STATS: entries(empty, tableStats),
  PORT_STATS: entries(portStatsRequest, portStats),
  QUEUE_STATS: entries(queueStatsRequest, queueStats),
  GROUP_STATS: entries(groupStatsRequest, groupStats),
  GROUP_DESC_STATS: entries(groupDescRequest, groupDesc),
  GROUP_FEATURES_STATS: single(empty, groupFeatures),
  METER_STATS: entries(meterRequest, meterStats),
  METER_CONFIG_STATS: entries(meterRequest, meterConfig),
  METER_FEATURES_STATS: single(empty, meterFeatures),
  TABLE_FEATURES_STATS: entries(tableFeaturesRequest, tableFeatures),
  TABLE_DESC: entries(empty, tableDesc),
  IPFIX_BRIDGE_STATS: single(empty, ipfixStats),
  IPFIX_FLOW_STATS: entries(empty, ipfixStats),
  PORT_DESC_STATS: entries(portDescRequest, portDesc),
  QUEUE_DESC: entries(queueDescRequest, queueDesc),
} as const

/** What every message may carry beside its body. Decoding sets both. */
export interface Envelope {
  readonly xid?: number
  /** Version byte; encoding does not look at it. */
  readonly version?: number
  /** The form (`NXT_FLOW_MOD`) of a message that a version has several of; absent: the usual one. */
  readonly form?: string
}

type PlainMessage = {
  [K in keyof typeof MESSAGES]: { readonly type: K } & Envelope & LayoutValue<(typeof MESSAGES)[K]>
}[keyof typeof MESSAGES]

export type MultipartName = keyof typeof MULTIPARTS
/** The body of a request of a multipart. */
export type MultipartQuery<K extends MultipartName> = LayoutValue<(typeof MULTIPARTS)[K]['request']>
/** One entry of a multipart's replies. */
export type MultipartEntry<K extends MultipartName> = LayoutValue<(typeof MULTIPARTS)[K]['entry']>

interface Multipart extends Envelope {
  /** More messages of the same xid follow. */
  readonly more?: boolean
  /** Other bits of the header's flags, which have no meaning. */
  readonly multipart_flags?: number
}
export type MultipartRequest<K extends MultipartName = MultipartName> = {
  [N in K]: { readonly type: `${N}_REQUEST` } & Multipart & MultipartQuery<N>
}[K]
export type MultipartReply<K extends MultipartName = MultipartName> = {
  [N in K]: { readonly type: `${N}_REPLY`; readonly entries: readonly MultipartEntry<N>[] } & Multipart
}[K]

/** What this library does not know: header and body as they came, written back unchanged. */
export interface UnknownMessage {
  readonly type: 'UNKNOWN'
  readonly version: number
  readonly msgType: number
  readonly xid: number
  readonly raw: Uint8Array
}

/** Any OpenFlow message. `type` names it as OVS does, fields are those of the specification or of OVS. */
export type Message = PlainMessage | MultipartRequest | MultipartReply | UnknownMessage
export type MessageType = Message['type']
/** The message of a type. */
export type MessageOf<K extends MessageType> = Extract<Message, { readonly type: K }>
