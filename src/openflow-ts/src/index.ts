export { Reader, Writer } from './binary.js'
export { DecodeError, EncodeError, OpenFlowError, TextError } from './errors.js'
export * from './version.js'
export {
  firstProtocol,
  FLOW_FORMATS,
  type FormatEntry,
  PROTOCOLS,
  type Protocols,
  protocolsByName,
  protocolsOfVersion,
  protocolsToString,
  versionOfProtocol,
  withTableId,
} from './protocols.js'
export { type FieldName, type Value, type ValueOf } from './spec/fields.js'
export { type Match, type MatchTerm, termOf } from './match/terms.js'
export { match, type MatchInit, matchKey } from './match/match.js'
export {
  decodeMatch,
  encodeMatch,
  type NxmCookie,
  readMatchFields,
  readNxmFields,
  type ReadOptions,
  writeNxmCookie,
} from './match/oxm.js'
export { writeMatchFields, writeTerms } from './match/write.js'
export { formatMatchTlvs, writeMatchTlvs } from './match/nx-text.js'
export { decodeOfp10Match, encodeOfp10Match, OFP10_MATCH_BYTES } from './match/ofp10.js'
export { decodeOfp11Match, encodeOfp11Match, OFP11_MATCH_BYTES } from './match/ofp11.js'
export { normalizeMatch } from './match/normalize.js'
export { PORTS } from './ports.js'
export * from './action/types.js'
export { type Flow, FLOW_FLAGS, type FlowFlag, flowKey } from './flow/flow.js'
export { type TextContext } from './text/context.js'
export { ActionDecoder, type DecodeOptions, decodeActions, encodeActions, encoderOf } from './action/codec.js'
export {
  type ActionForm,
  type ActionSpec,
  type DecodeEnv,
  define as defineAction,
  type EncodeEnv,
  type FormatEnv,
  type FormRange,
  type InstructionForm,
  nicira as niciraAction,
  onf as onfAction,
  type ParseEnv,
  standard as standardAction,
} from './action/spec.js'
export { type Checked, type PacketState } from './action/state.js'
export { ACTIONS, ActionTable } from './action/table.js'
export { type ActionPlace, checkActions, checkConsistency, type CheckedActions } from './action/check.js'
export { decodeInstructions, encodeInstructions } from './action/instruction-codec.js'
export { sameActions, sameFlow } from './flow/same.js'
export {
  ActionFormatter,
  ActionParser,
  formatActions,
  parseActions,
  parseActionText,
  parseInstructionText,
  type ParsedActions,
} from './text/action-text.js'
export {
  formatDuration,
  formatFlow,
  formatFlowFlags,
  formatPriorityAndMatch,
  type FlowStatsText,
} from './text/flow-format.js'
export { type FlowPart, type FlowUse, parseFlow, parseFlowFor, type ParsedFlow } from './text/flow-parse.js'
export { formatMatch } from './text/match-format.js'
export { parseMatch } from './text/match-parse.js'
export { formatPort, parsePort } from './text/ports.js'
export { type KeyValue, scanKeyValues } from './text/scan.js'
export { parseCtTuples } from './text/ct-tuple.js'
export { parseTlvMaps } from './text/tlv-map.js'
export { parseGroupMod, type ParsedGroupMod } from './text/group-parse.js'
export { parseMeter, parseMeterMod } from './text/meter-parse.js'
export { type ParsedPacketOut, parsePacketOut } from './text/packet-out-parse.js'
export { type ParsedTableMod, parseTableMod } from './text/table-mod-parse.js'
export { parseBundleLine, type ParsedBundleLine } from './text/bundle-parse.js'
export { takeCommand } from './text/command-word.js'
export { parseFlowMonitor } from './text/flow-monitor-parse.js'
export { type ExtractedPacket, extractFields, type PacketFields } from './packet/extract.js'
export { checksum } from './packet/checksum.js'
export { composePacket, type PacketContents } from './packet/compose.js'
export { formatPacket, formatPacketFlow } from './packet/format.js'
export { formatMeter } from './messages/print/meter.js'
export * from './messages/index.js'
export * from './conn/index.js'
export { type FieldSpec, type FieldView, type FormatName, type PrereqName, type WireId } from './spec/field-spec.js'
export {
  fieldByName,
  type FieldInfo,
  type FieldViewInfo,
  type OxmId,
  type Packed,
  type Place,
} from './spec/registry.js'
export { type PacketKind } from './spec/prereqs.js'
export { type FieldArray, type FieldBits } from './match/field-array.js'
export * from './sim/index.js'
export { freeOf, type FreeValue, type Range } from './templates/free-values.js'
export { type Assembled, type Assembling, TemplateLines } from './templates/lines.js'
export { FlowModPrinter, FlowStatsPrinter } from './templates/messages.js'
export { ByteSink } from './templates/sink.js'
export { actionReference, fieldReference } from './reference.js'
