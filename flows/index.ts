export { antiSpoof, dropLinkTalk } from './anti-spoof.js'
export { answerArp } from './arp.js'
export { classifyPod, classifyTunnel } from './classify.js'
export { deliver } from './deliver.js'
export { type LocalNetwork, type LocalPod, type LocalRoute, type RemoteRoute } from './facts.js'
export {
  cookieOf,
  isOurCookie,
  TABLES,
  type TableName,
  TUNNEL_OFPORTS,
  type UnitKind,
} from './layout.js'
export { misses } from './miss.js'
export { answerNeighbours } from './neighbour.js'
export { answerPing, dropExpired, routeLocal, routeRemote } from './route.js'
export { type FlowTerm } from './terms.js'
export { ContractError, verifyRegisters, verifyTerm } from './verify.js'
