import { OF12, OF13, type OfVersion } from '../version.js'
import type { Layout, LayoutValue } from './layout.js'
import type { Raw } from './raws.js'
import { struct } from './struct.js'
import { bundleAdd, bundleControl, requestForward } from './spec/bundle.js'
import { ctFlush, ctFlushZone } from './spec/ct-flush.js'
import { flowMod } from './spec/flow-mod.js'
import { flowMonitorCancel, flowMonitorRequests, flowUpdate } from './spec/flow-monitor.js'
import { flowRemoved } from './spec/flow-removed.js'
import { aggregateStats, flowStats, flowStatsRequest } from './spec/flow-stats.js'
import { groupDesc, groupDescRequest, groupFeatures, groupMod, groupStats, groupStatsRequest } from './spec/group.js'
import { ipfixStats } from './spec/ipfix.js'
import { meterConfig, meterFeatures, meterMod, meterRequest, meterStats } from './spec/meter.js'
import { flowModTableId, setFlowFormat } from './spec/nicira.js'
import { packetIn, packetOut } from './spec/packet.js'
import {
  portDesc,
  portDescRequest,
  portMod,
  portStats,
  portStatsRequest,
  portStatus,
  queueStats,
  queueStatsRequest,
} from './spec/port.js'
import { featuresReply, switchConfig, switchDesc } from './spec/switch.js'
import { echo, errorBody, hello, role } from './spec/symmetric.js'
import { tableDesc, tableMod, tableStats, tableStatus } from './spec/table.js'
import { tableFeatures, tableFeaturesRequest } from './spec/table-features.js'
import { tlvTableMod, tlvTableReply } from './spec/tlv-table.js'

/** The layout of a message, in those of its forms that it covers. */
interface MessageSpec<T> {
  readonly body: Layout<T>
  readonly covers: (raw: Raw, version: OfVersion) => boolean
}

/** In all versions and extensions; layouts that differ in them choose by `scope`. */
const message = <T>(body: Layout<T>): MessageSpec<T> => ({ body, covers: () => true })

const isStandard = ({ family }: Raw): boolean => family !== 'NXT' && family !== 'NXST'

/** Without Nicira's forms, from a version on. */
const standard = <T>(body: Layout<T>, from: OfVersion): MessageSpec<T> => ({
  body,
  covers: (raw, version) => isStandard(raw) && version >= from,
})

const empty = struct({})

/**
 * All messages but multipart, with their bodies. Names are those of OVS (OFPTYPE_*); `raws.ts` has their numbers.
 * Encoder, decoder and the type `Message` derive from both tables.
 */
export const MESSAGES = {
  HELLO: message(hello),
  ERROR: message(errorBody),
  ECHO_REQUEST: message(echo),
  ECHO_REPLY: message(echo),
  FEATURES_REQUEST: message(empty),
  FEATURES_REPLY: standard(featuresReply, OF13),
  GET_CONFIG_REQUEST: message(empty),
  GET_CONFIG_REPLY: message(switchConfig),
  SET_CONFIG: message(switchConfig),
  PACKET_IN: standard(packetIn, OF12),
  FLOW_REMOVED: message(flowRemoved),
  PORT_STATUS: standard(portStatus, OF12),
  PACKET_OUT: standard(packetOut, OF12),
  FLOW_MOD: message(flowMod),
  GROUP_MOD: message(groupMod),
  PORT_MOD: standard(portMod, OF12),
  BARRIER_REQUEST: message(empty),
  BARRIER_REPLY: message(empty),
  ROLE_REQUEST: standard(role, OF12),
  ROLE_REPLY: standard(role, OF12),
  METER_MOD: message(meterMod),
  FLOW_AGE: message(empty),
  FLOW_MONITOR_CANCEL: message(flowMonitorCancel),
  FLOW_MONITOR_PAUSED: message(empty),
  FLOW_MONITOR_RESUMED: message(empty),
  BUNDLE_CONTROL: message(bundleControl),
  BUNDLE_ADD_MESSAGE: message(bundleAdd),
  SET_FLOW_FORMAT: message(setFlowFormat),
  FLOW_MOD_TABLE_ID: message(flowModTableId),
  REQUESTFORWARD: message(requestForward),
  TABLE_MOD: message(tableMod),
  TABLE_STATUS: message(tableStatus),
  TLV_TABLE_MOD: message(tlvTableMod),
  TLV_TABLE_REQUEST: message(empty),
  TLV_TABLE_REPLY: message(tlvTableReply),
  CT_FLUSH_ZONE: message(ctFlushZone),
  CT_FLUSH: message(ctFlush),
} as const

/** `entries`: a reply holds any number of them, and goes on in further replies; else exactly one. */
interface MultipartSpec<Q, E> {
  readonly request: Layout<Q>
  readonly entry: Layout<E>
  readonly single: boolean
  readonly covers: (raw: Raw, version: OfVersion) => boolean
}

const everywhere = (): boolean => true

const entries = <Q, E>(
  request: Layout<Q>,
  entry: Layout<E>,
  covers: MultipartSpec<Q, E>['covers'] = everywhere,
): MultipartSpec<Q, E> => ({ request, entry, single: false, covers })
const single = <Q, E>(
  request: Layout<Q>,
  entry: Layout<E>,
  covers: MultipartSpec<Q, E>['covers'] = everywhere,
): MultipartSpec<Q, E> => ({ request, entry, single: true, covers })
const standardSince = (from: OfVersion) => (raw: Raw, version: OfVersion): boolean => isStandard(raw) && version >= from

/** Multipart messages (OFPMP_*): each NAME makes the messages NAME_REQUEST and NAME_REPLY. */
export const MULTIPARTS = {
  DESC_STATS: single(empty, switchDesc),
  FLOW_STATS: entries(flowStatsRequest, flowStats),
  AGGREGATE_STATS: single(flowStatsRequest, aggregateStats),
  FLOW_MONITOR_STATS: entries(flowMonitorRequests, flowUpdate),
  TABLE_STATS: entries(empty, tableStats),
  PORT_STATS: entries(portStatsRequest, portStats, standardSince(OF13)),
  QUEUE_STATS: entries(queueStatsRequest, queueStats, standardSince(OF13)),
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
  PORT_DESC_STATS: entries(portDescRequest, portDesc, standardSince(OF12)),
} as const

/** What every message may carry beside its body. Decoding sets both. */
export interface Envelope {
  readonly xid?: number
  /** Version byte; encoding does not look at it. */
  readonly version?: number
  /** The form (`NXT_FLOW_MOD`) of a message that a version has several of; absent: the usual one. */
  readonly form?: string
}

type Body<M> = M extends { readonly body: Layout<infer T> } ? T : never
type PlainMessage = {
  [K in keyof typeof MESSAGES]: { readonly type: K } & Envelope & Body<(typeof MESSAGES)[K]>
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
