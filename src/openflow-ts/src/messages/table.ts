import { OF10, OF12, OF13, OF14, OF15, type OfVersion } from '../version.js'
import type { Layout, LayoutValue } from './layout.js'
import { struct } from './struct.js'
import { bundleAdd, bundleControl } from './spec/bundle.js'
import { aggregateStats, flowMod, flowRemoved, flowStats, flowStatsRequest, tableStats } from './spec/flow.js'
import { groupDesc, groupDescRequest, groupFeatures, groupMod, groupStats, groupStatsRequest } from './spec/group.js'
import { meterConfig, meterFeatures, meterMod, meterRequest, meterStats } from './spec/meter.js'
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
import { tableFeatures, tableFeaturesRequest } from './spec/table.js'

/** Under which number a message goes in the versions `from` to `to`. */
export interface WireId {
  readonly from: OfVersion
  readonly to: OfVersion
  /** OFPT_*; for an extension, the subtype. */
  readonly type: number
  /** 0: a standard message. */
  readonly experimenter: number
}

/** Messages that every version has, also those that are not known otherwise. */
export const ANY_VERSION_TYPES: readonly number[] = [0, 1, 2, 3]

const ONF = 0x4f4e4600

const standard = (type: number, from: OfVersion, to: OfVersion = OF15): WireId => ({ from, to, type, experimenter: 0 })
const extension = (experimenter: number, type: number, from: OfVersion, to: OfVersion): WireId => ({
  from,
  to,
  type,
  experimenter,
})

interface MessageSpec<T> {
  readonly ids: readonly WireId[]
  readonly body: Layout<T>
}

const message = <T>(body: Layout<T>, ...ids: WireId[]): MessageSpec<T> => ({ ids, body })

const empty = struct({})

/**
 * All messages but multipart: body, and the numbers under which they go. Names are those of OVS (OFPTYPE_*).
 * Encoder, decoder and the type `Message` derive from this table.
 */
export const MESSAGES = {
  HELLO: message(hello, standard(0, OF10)),
  ERROR: message(errorBody, standard(1, OF10)),
  ECHO_REQUEST: message(echo, standard(2, OF10)),
  ECHO_REPLY: message(echo, standard(3, OF10)),
  FEATURES_REQUEST: message(empty, standard(5, OF10)),
  FEATURES_REPLY: message(featuresReply, standard(6, OF13)),
  GET_CONFIG_REQUEST: message(empty, standard(7, OF10)),
  GET_CONFIG_REPLY: message(switchConfig, standard(8, OF10)),
  SET_CONFIG: message(switchConfig, standard(9, OF10)),
  PACKET_IN: message(packetIn, standard(10, OF12)),
  FLOW_REMOVED: message(flowRemoved, standard(11, OF12)),
  PORT_STATUS: message(portStatus, standard(12, OF12)),
  PACKET_OUT: message(packetOut, standard(13, OF12)),
  FLOW_MOD: message(flowMod, standard(14, OF12)),
  GROUP_MOD: message(groupMod, standard(15, OF12)),
  PORT_MOD: message(portMod, standard(16, OF12)),
  BARRIER_REQUEST: message(empty, standard(18, OF10, OF10), standard(20, OF12)),
  BARRIER_REPLY: message(empty, standard(19, OF10, OF10), standard(21, OF12)),
  ROLE_REQUEST: message(role, standard(24, OF12)),
  ROLE_REPLY: message(role, standard(25, OF12)),
  METER_MOD: message(meterMod, standard(29, OF13)),
  BUNDLE_CONTROL: message(bundleControl, extension(ONF, 2300, OF13, OF13), standard(33, OF14)),
  BUNDLE_ADD_MESSAGE: message(bundleAdd, extension(ONF, 2301, OF13, OF13), standard(34, OF14)),
} as const

/** `entries`: a reply holds any number of them, and goes on in further replies; else exactly one. */
interface MultipartSpec<Q, E> {
  readonly type: number
  readonly from: OfVersion
  readonly request: Layout<Q>
  readonly entry: Layout<E>
  readonly single: boolean
}

const entries = <Q, E>(type: number, from: OfVersion, request: Layout<Q>, entry: Layout<E>): MultipartSpec<Q, E> => ({
  type,
  from,
  request,
  entry,
  single: false,
})
const single = <Q, E>(type: number, from: OfVersion, request: Layout<Q>, entry: Layout<E>): MultipartSpec<Q, E> => ({
  type,
  from,
  request,
  entry,
  single: true,
})

/** Multipart messages (OFPMP_*): each NAME makes the messages NAME_REQUEST and NAME_REPLY. */
export const MULTIPARTS = {
  DESC_STATS: single(0, OF12, empty, switchDesc),
  FLOW_STATS: entries(1, OF13, flowStatsRequest, flowStats),
  AGGREGATE_STATS: single(2, OF13, flowStatsRequest, aggregateStats),
  TABLE_STATS: entries(3, OF13, empty, tableStats),
  PORT_STATS: entries(4, OF13, portStatsRequest, portStats),
  QUEUE_STATS: entries(5, OF13, queueStatsRequest, queueStats),
  GROUP_STATS: entries(6, OF13, groupStatsRequest, groupStats),
  GROUP_DESC_STATS: entries(7, OF12, groupDescRequest, groupDesc),
  GROUP_FEATURES_STATS: single(8, OF12, empty, groupFeatures),
  METER_STATS: entries(9, OF13, meterRequest, meterStats),
  METER_CONFIG_STATS: entries(10, OF13, meterRequest, meterConfig),
  METER_FEATURES_STATS: single(11, OF13, empty, meterFeatures),
  TABLE_FEATURES_STATS: entries(12, OF13, tableFeaturesRequest, tableFeatures),
  PORT_DESC_STATS: entries(13, OF12, portDescRequest, portDesc),
} as const

/** What every message may carry beside its body. Decoding sets both. */
export interface Envelope {
  readonly xid?: number
  /** Version byte; encoding does not look at it. */
  readonly version?: number
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
