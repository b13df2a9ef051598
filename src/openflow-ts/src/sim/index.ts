export { type HiddenName, Packet, packetOf, packetOfBytes, withoutMetadata } from './packet.js'
export { formatConsulted, formatSimPacket, type PacketTextOptions, parsePacket } from './packet-text.js'
export { composeSimPacket, parseExactPacket } from './packet-exact.js'
export { FlowTable } from './classifier.js'
export { type SimPort, type SwitchInit, SwitchModel, type TableMiss, type TunnelSettings } from './switch.js'
export { Connections, CT_STATES, type CtModel, type CtVerdict, parseCtState, unknownConnections } from './conntrack.js'
export { type TraceOptions } from './options.js'
export type {
  Condition,
  CtEffect,
  Effect,
  Output,
  Pass,
  RecircReason,
  Resumed,
  Step,
  StepBase,
  Trace,
  Visit,
} from './result.js'
export { trace } from './trace.js'
export { type DatapathActions, datapathActions } from './datapath.js'
export { formatTrace } from './trace-text.js'
