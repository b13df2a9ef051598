export { antiSpoof, dropLinkTalk } from './anti-spoof.js'
export { answerArp } from './arp.js'
export { classifyPod, classifyTunnel } from './classify.js'
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
export {
  type DirectNetwork,
  type DirectRoute,
  type LocalNetwork,
  type LocalPod,
  type LocalRoute,
  type RemoteRoute,
  type SegmentPort,
} from './facts.js'
export {
  cookieOf,
  cookiesOf,
  isOurCookie,
  LOG_METER,
  PATCH_OFPORT,
  REGISTERS,
  TABLES,
  type TableName,
  TUNNEL_OFPORTS,
  type UnitKind,
} from './layout.js'
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
export { deliver, receive } from './receive.js'
export { answerPing, dropExpired, routeDirect, routeLocal, routeRemote } from './route.js'
export { classifyDirect, identifyRemote, remoteMiss, sendToSegment } from './segment.js'
export { type FlowTerm, toDestination } from './terms.js'
export { ContractError, verifyRegisters, verifyTerm } from './verify.js'
export { readTraceCookie, traceCookies, traceFlows, type TraceStage } from './trace.js'
