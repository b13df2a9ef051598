export * from './errors.js'
export * from './transaction-errors.js'
export { excerpt, isJsonArray, isJsonObject, stringifyJson, type Json, type JsonObject } from './json/value.js'
export {
  JsonTextError,
  parseExact,
  parseJson,
  parseJsonStream,
  unescapeJson,
  type JsonTextOptions,
  type Unescaped,
} from './json/parser.js'
export { canonicalJson, prettyJson, printReal, type RealDigits } from './json/canonical.js'
export { JsonScanner, type ScannerLimits } from './json/scanner.js'
export type * from './schema/types.js'
export { ATOMIC_TYPES } from './schema/types.js'
export {
  defineSchema,
  parseSchema,
  readColumn,
  readColumnSet,
  readTable,
  type DynamicTypes,
  type ParseSchemaOptions,
} from './schema/parse.js'
export { plainType, readAtomicType, readBaseType, readType, type ReadTypeOptions } from './schema/read-type.js'
export { baseTypeToJson, columnToJson, schemaToJson, tableToJson, typeToJson } from './schema/print.js'
export * from './data/datum.js'
export { checkAtom, checkCount, checkElements } from './data/constraints.js'
export { atomFromJson, atomToJson, datumFromJson, datumToJson, isId, syntaxError } from './data/notation.js'
export { atomText, bareAtom, bareDatum, datumText, needsQuotes } from './data/print.js'
export { parseAtom, parseAtoms, parseDatum, readToken, type TextToken } from './data/parse-text.js'
export { SymbolTable, type RowSymbol } from './data/symbols.js'
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
export { type TlsOptions, type TlsProtocol } from './rpc/tls.js'
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
export {
  compareConditions,
  conditionsToJson,
  meetsAll,
  meetsAny,
  parseConditions,
  type Clause,
} from './database/condition.js'
export { mutateFields, mutationsToJson, parseMutations, type DataMutation } from './database/mutation.js'
export {
  allColumns,
  columnType,
  defaultFields,
  equalIn,
  fieldOf,
  fieldsFromJson,
  rowToJson,
  type DataRow,
  type Fields,
} from './database/row.js'
export { TablePrinter, type TableStyle, type TextCell, type TextTable } from './text/table.js'
export { Backoff, type BackoffOptions } from './client/backoff.js'
export { Client, type ClientOptions } from './client/client.js'
export { Change, change, NewRow, Outcome, type ChangeOptions, type InsertOptions } from './client/change.js'
export { Lock } from './client/lock.js'
export { type DatabaseStatus } from './client/server-database.js'
export { monitoredColumns, monitorHeading, monitorTables, type MonitoredTable } from './text/monitor.js'
