export { antiSpoof, dropLinkTalk } from './anti-spoof.js'
export { answerArp } from './arp.js'
export { classifyPod, classifyTunnel, takeProbes } from './classify.js'
export {
  acceptAll,
  acceptKnown,
  addressesMiss,
  checkConnections,
  checkReplies,
  isolationMiss,
  loadAddresses,
  outboundMiss,
  outboundOfIdentity,
  outboundToNetwork,
  trackBoth,
  trackEnd,
} from './connection.js'
export { type LimitedPod, type Limiting, type LocalNetwork, type LocalPod, type LocalRoute, type RemoteRoute } from './facts.js'
export {
  cookieOf,
  cookiesOf,
  isOurCookie,
  isOurMeter,
  LOG_METER,
  type MeterSubject,
  podMeter,
  PROBE_KEY,
  type PodMeterUse,
  subjectOfMeter,
  REGISTERS,
  TABLES,
  type TableName,
  tenantMeter,
  TUNNEL_OFPORTS,
  type UnitKind,
} from './layout.js'
export { deliver, limitMisses, limitReceived, limitSent, limitUplink, totalOf } from './limit.js'
export { misses } from './miss.js'
export { answerNeighbours } from './neighbour.js'
export {
  clause,
  type ClauseMatch,
  denyByDefault,
  isolate,
  policyMisses,
  rule,
  type RulePlace,
  type Share,
} from './policy.js'
export { receive } from './receive.js'
export { answerPing, dropExpired, routeLocal, routeRemote } from './route.js'
export { type FlowTerm, toDestination } from './terms.js'
export { ContractError, verifyRegisters, verifyTerm } from './verify.js'
export { readTraceCookie, traceCookies, traceFlows, type TraceStage } from './trace.js'
