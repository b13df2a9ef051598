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
export { type LocalNetwork, type LocalPod, type LocalRoute, type RemoteRoute } from './facts.js'
export {
  cookieOf,
  cookiesOf,
  isOurCookie,
  LOG_METER,
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
export { answerPing, dropExpired, routeLocal, routeRemote } from './route.js'
export { type FlowTerm, toDestination } from './terms.js'
export { ContractError, verifyRegisters, verifyTerm } from './verify.js'
