export { appendMessage, decodeMessage, encodeMessage, MAX_MESSAGE_BYTES, messageType } from './codec.js'
export { HEADER_BYTES } from './forms.js'
export { errorReply, helloOf } from './compose.js'
export { errorName, type ErrorNumber, errorNumber, OFPERRS, type OfErrorName } from './error-codes.js'
export { flowMod } from './flow-mod.js'
export { flowModOf, flowStatsRequestOf, parseFlowMod, parseFlowStatsRequest } from './flow-text.js'
export {
  type Envelope,
  type Message,
  type MessageOf,
  type MessageType,
  type MultipartEntry,
  type MultipartName,
  type MultipartQuery,
  type MultipartReply,
  type MultipartRequest,
  type UnknownMessage,
} from './table.js'
export { type UnknownProperty } from './property.js'
export { type CtFlush, type CtTuple } from './spec/ct-flush.js'
export {
  EVICTION_FLAGS,
  TABLE_CONFIG,
  TABLE_MISS,
  type TableMod,
  type TableModProperty,
  type TableStats,
  type Vacancy,
} from './spec/table.js'
export {
  type FieldHeader,
  INSTRUCTIONS,
  type InstructionName,
  type TableFeatureProperty,
  type TableFeatures,
} from './spec/table-features.js'
export { type IpfixStats } from './spec/ipfix.js'
export { type TlvMap, TLV_TABLE_COMMANDS, type TlvTableCommand } from './spec/tlv-table.js'
export { BUNDLE_CONTROLS, BUNDLE_FLAGS, BUNDLED, type BundleControl, type BundleFlag } from './spec/bundle.js'
export { FLOW_MOD_COMMANDS, type FlowMod, type FlowModCommand } from './spec/flow-mod.js'
export {
  FLOW_MONITOR_COMMANDS,
  FLOW_MONITOR_FLAGS,
  FLOW_UPDATE_EVENTS,
  type FlowMonitorCommand,
  type FlowMonitorFlag,
  type FlowMonitorRequest,
  type FlowUpdate,
  type FlowUpdateEvent,
} from './spec/flow-monitor.js'
export { FLOW_REMOVED_REASONS, type FlowRemoved } from './spec/flow-removed.js'
export { type AggregateStats, type FlowStats, type FlowStatsRequest } from './spec/flow-stats.js'
export { type Bucket, BUCKETS, GROUP_TYPES, type GroupType } from './spec/group-bucket.js'
export { GROUP_MOD_COMMANDS, type GroupMod, type GroupModCommand } from './spec/group-mod.js'
export type { GroupProperties } from './spec/group-properties.js'
export type { Group, GroupStats } from './spec/group.js'
export {
  type Meter,
  METER_COMMANDS,
  METER_FLAGS,
  type MeterBand,
  type MeterCommand,
  type MeterFlag,
  type MeterMod,
  METERS,
} from './spec/meter.js'
export { type PacketIn } from './spec/packet.js'
export { type PacketOut } from './spec/packet-out.js'
export { PACKET_IN_REASONS, type PacketInReason } from './spec/packet-reasons.js'
export { ALL_GROUPS, ALL_TABLES, ANY_GROUP, NO_BUFFER, UNKNOWN_U64 } from './spec/parts.js'
export {
  ASYNC_EVENTS,
  type AsyncConfig,
  type AsyncEvent,
  type AsyncMask,
  type AsyncRole,
  PACKET_IN_FORMATS,
  ROLE_REASONS,
} from './spec/controller.js'
export {
  PORT_CONFIG,
  PORT_CONFIG_OF10,
  PORT_REASONS,
  PORT_STATE,
  type PortDesc,
  type PortMod,
} from './spec/port.js'
export { type CustomCounter, type PortStats, RFC2819, type Rfc2819, type Rfc2819Name } from './spec/port-stats.js'
export { ALL_QUEUES, type QueueConfig, type QueueConfigReply, type QueueStats } from './spec/queue.js'
export { CAPABILITIES, FRAGMENTS, type SwitchFeatures } from './spec/switch.js'
export { type ErrorBody, type Hello, type Role, ROLES, type VendorForm } from './spec/symmetric.js'
export { hexDump, type PrintContext } from './print/common.js'
export { printFlow } from './print/flow.js'
export { formatBytes, formatMessage } from './print/message.js'
export { printTableFeatures } from './print/table-features.js'
