export * from './errors.js'
export * from './transaction-errors.js'
export { excerpt, isJsonArray, isJsonObject, stringifyJson, type Json, type JsonObject } from './json/value.js'
export { parseExact } from './json/exact.js'
export { JsonScanner, type ScannerLimits } from './json/scanner.js'
export type * from './schema/types.js'
export { defineSchema, parseSchema, readType, type DynamicTypes } from './schema/parse.js'
export { datumCodec, type DatumCodec, type EncodeUse } from './data/codec.js'
export { compareAtoms, isUuid, ZERO_UUID } from './data/atom.js'
export { type Condition, type ConditionFunction, type Mutation } from './ops/clauses.js'
export {
  abort,
  assertLock,
  comment,
  commit,
  operations,
  Operations,
  rawOperation,
  ref,
  type Counted,
  type Inserted,
  type Nothing,
  type Operation,
  type Results,
  type WireOperation,
} from './ops/operations.js'
export { CHANNEL_DEFAULTS, type ChannelOptions } from './rpc/channel.js'
export { OVSDB_PORT, parsePassiveTarget, parseTarget, type PassiveTarget, type Target } from './rpc/target.js'
export { Session, type DatabaseRef, type Endpoint, type SessionOptions } from './rpc/session.js'
export { Listener, type ListenerOptions } from './rpc/listener.js'
export {
  type Monitor,
  type MonitorMethod,
  type MonitorRequest,
  type MonitorRequests,
  type MonitorUpdate,
  type OnUpdate,
  type UpdateFormat,
} from './rpc/monitor.js'
export {
  Replica,
  type ExtraIndex,
  type ReplicaOf,
  type ReplicaOptions,
  type RowChange,
} from './replica/replica.js'
export { type SelectedRow, type SelectedTable, type Selection, type TableSelection } from './replica/selection.js'
export { type IndexValue } from './replica/table-index.js'
export { generateTypes, type GenerateOptions } from './codegen/generate.js'
