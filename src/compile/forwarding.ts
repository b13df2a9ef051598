import {
  acceptAll,
  addressesMiss,
  answerArp,
  answerNeighbours,
  answerPing,
  antiSpoof,
  checkConnections,
  checkReplies,
  classifyDirect,
  classifyPod,
  classifyTunnel,
  deliver,
  type DirectNetwork,
  dropExpired,
  dropLinkTalk,
  type FlowTerm,
  isolationMiss,
  limitMisses,
  type LocalPod,
  misses,
  outboundMiss,
  policyMisses,
  receive,
  remoteMiss,
  routeDirect,
  routeLocal,
  routeRemote,
  type SegmentPort,
  sendToSegment,
  takeProbes,
  trackBoth,
} from '../../flows/index.js'
import { gatewayOf } from '../intent/ranges.js'
import { hostMac, isOnSegment } from '../intent/segment.js'
import { datapathTypeOf, encapsulationOf, type PodView } from '../intent/view.js'
import { type Cidr, formatMac, hostCidr, mustParseCidr, mustParseIp, mustParseMac } from '../model/address.js'
import type { Encapsulation } from '../model/kinds.js'
import { uplinkOf } from './bandwidth.js'
import { NOTHING_YET, type Parts } from './parts.js'
import type { Tracker } from './tracker.js'
import { patchPorts, tunnelPort } from './underlay-ports.js'
import { type Unit, splitSubject } from './units.js'
import type { WantedPort } from './wanted.js'

/** Units about where packets go. */

export function compileHost({ host }: Unit, read: Tracker): Parts | undefined {
  const record = read.host(host)
  if (record === undefined) return undefined
  const encapsulations = new Set<Encapsulation>()
  for (const key of read.networksOn(host)) {
    const network = read.network(key)
    if (network !== undefined) encapsulations.add(encapsulationOf(network))
  }
  const ports = [...encapsulations]
    .sort()
    .flatMap((encapsulation) => (encapsulation === 'direct' ? patchPorts(record.spec.uplink?.bridge ?? null) : [tunnelPort(encapsulation)]))
  // The kernel's datapath cannot write the option of an advertisement: OVS refuses the flow, and all that go with it.
  const answersNd = datapathTypeOf(record.spec) === 'netdev'
  const tracks = tracksConnections(host, read)
  const segment = segmentPort(host, read)
  return {
    terms: () => [
      ...flowsOfEveryHost(),
      ...(answersNd ? answerNeighbours() : []),
      ...(tracks ? flowsOfTracking() : []),
      ...(segment === undefined ? [] : sendToSegment(segment)),
    ],
    same: `${String(answersNd)} ${String(tracks)} ${segment === undefined ? '' : `${segment.ofport} ${formatMac(segment.mac)}`}`,
    ports,
    ...uplinkOf(record.spec),
  }
}

/** Undefined: the host is not on the segment, or the number of its patch is not known. */
function segmentPort(host: string, read: Tracker): SegmentPort | undefined {
  const record = read.host(host)
  if (record === undefined || !isOnSegment(record.spec)) return undefined
  const ofport = read.underlayOfport(host, 'direct')
  return ofport === undefined ? undefined : { ofport, mac: hostMac(record) }
}

/**
 * Whether a policy is about a tenant with pods on the host, or about one of its peers. Where none is, no flow asks for
 * conntrack, so that a datapath without it, or without its zones, still forwards.
 */
function tracksConnections(host: string, read: Tracker): boolean {
  const tenants = new Set<string>()
  for (const key of read.networksOn(host)) {
    const network = read.network(key)
    if (network !== undefined) tenants.add(network.tenant)
  }
  const isPoliced = (tenant: string): boolean => read.isPolicedTenant(tenant)
  return [...tenants].some((tenant) => isPoliced(tenant) || [...read.peersOf(tenant)].some(isPoliced))
}

function flowsOfEveryHost() {
  return [
    ...misses(),
    ...takeProbes(),
    ...dropLinkTalk(),
    ...answerArp(),
    ...remoteMiss(),
    ...outboundMiss(),
    ...isolationMiss(),
    ...dropExpired(),
    ...limitMisses(),
    ...deliver(),
  ]
}

function flowsOfTracking() {
  return [
    ...trackBoth(),
    ...checkReplies(),
    ...checkConnections(),
    ...addressesMiss(),
    ...policyMisses(),
    ...acceptAll(),
  ]
}

export function compileNetwork({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const network = read.network(subject)
  const tenant = network && read.tenant(network.tenant)
  if (network === undefined || tenant === undefined || !read.hostHasNetwork(host, subject)) return undefined
  const cidrs = network.record.spec.cidrs.map(mustParseCidr)
  const facts: DirectNetwork = {
    domain: tenant.domain,
    tunnelKey: network.record.tunnelKey,
    cidrs,
    gateways: cidrs.map(gatewayOf),
  }
  const arriving = classifyArriving(host, encapsulationOf(network), facts, read)
  return { terms: () => [...arriving, ...answerPing(facts)] }
}

function classifyArriving(host: string, encapsulation: Encapsulation, facts: DirectNetwork, read: Tracker): FlowTerm[] {
  if (encapsulation === 'direct') {
    const segment = segmentPort(host, read)
    return segment === undefined ? [] : classifyDirect(facts, segment)
  }
  const ofport = read.underlayOfport(host, encapsulation)
  return ofport === undefined ? [] : classifyTunnel(facts, ofport)
}

/** Subject: a block of a tenant that has pods on the host. */
export function compileRoute({ host, subject }: Unit, read: Tracker): Parts | undefined {
  return compileBlock(host, subject, undefined, read)
}

/** Subject: a tenant that has pods on the host, and a block of a peer. */
export function compilePeerRoute({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [viewer, block] = splitSubject(subject)
  return compileBlock(host, block, viewer, read)
}

function compileBlock(host: string, key: string, viewer: string | undefined, read: Tracker): Parts | undefined {
  const block = read.block(key)
  if (block === undefined) return undefined
  return compileDestination(
    {
      host,
      viewer: viewer ?? block.tenant,
      owner: block.host,
      tenant: block.tenant,
      network: `${block.tenant}/${block.network}`,
      destination: block.cidr,
      stray: false,
    },
    read,
  )
}

/** Subject: an address of a pod outside of its host's blocks. */
export function compileStray({ host, subject }: Unit, read: Tracker): Parts | undefined {
  return compileAddress(host, subject, undefined, read)
}

/** Subject: a tenant that has pods on the host, and such an address of a peer's pod. */
export function compilePeerStray({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [viewer, stray] = splitSubject(subject)
  return compileAddress(host, stray, viewer, read)
}

function compileAddress(host: string, stray: string, viewer: string | undefined, read: Tracker): Parts | undefined {
  const slash = stray.lastIndexOf('/')
  const address = stray.slice(slash + 1)
  const pod = read.pod(stray.slice(0, slash))
  if (pod?.record.strays.includes(address) !== true) return undefined
  return compileDestination(
    {
      host,
      viewer: viewer ?? pod.tenant,
      owner: pod.record.spec.host,
      tenant: pod.tenant,
      network: networkOf(pod),
      destination: hostCidr(mustParseIp(address)),
      stray: true,
    },
    read,
  )
}

interface Destination {
  readonly host: string
  /** The tenant whose pods on `host` send there. */
  readonly viewer: string
  /** The host that has the addresses. */
  readonly owner: string
  /** Whose addresses they are. */
  readonly tenant: string
  readonly network: string
  readonly destination: Cidr
  readonly stray: boolean
}

/** The route on `host` to addresses that `owner` has. */
function compileDestination(to: Destination, read: Tracker): Parts | undefined {
  const { host, viewer, owner, destination, stray } = to
  const sender = read.tenant(viewer)
  const receiver = read.tenant(to.tenant)
  if (sender === undefined || receiver === undefined || !read.hostHasTenant(host, viewer)) return undefined
  if (viewer !== to.tenant && !read.peersOf(viewer).has(to.tenant)) return undefined
  const peerDomain = viewer === to.tenant ? undefined : receiver.domain
  const route = { domain: sender.domain, destination, stray, ...(peerDomain !== undefined && { peerDomain }) }
  if (owner === host) return { terms: () => routeLocal(route) }
  const network = read.network(to.network)
  const remote = read.host(owner)
  if (network === undefined || remote === undefined) return undefined
  const encapsulation = encapsulationOf(network)
  // The sender's host may have no pod in the destination's network, so the way there comes with the route.
  if (encapsulation === 'direct') {
    const mac = hostMac(remote)
    const same = `${sender.domain} ${formatMac(mac)}`
    return { terms: () => routeDirect({ ...route, mac }), same, ports: patchPorts(read.host(host)?.spec.uplink?.bridge ?? null) }
  }
  const ports = [tunnelPort(encapsulation)]
  const tunnelOfport = read.underlayOfport(host, encapsulation)
  if (tunnelOfport === undefined) return { terms: NOTHING_YET, ports }
  const { tunnelKey } = network.record
  const { tunnelAddress: address } = remote.spec
  const terms = () => routeRemote({ ...route, tunnelKey, tunnelOfport, tunnelAddress: mustParseIp(address) })
  // The unit's subject names the destination.
  const same = `${sender.domain} ${tunnelKey} ${tunnelOfport} ${address}`
  return { terms, same, ports }
}

export function compilePod({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const pod = read.pod(subject)
  if (pod === undefined || pod.record.spec.host !== host) return undefined
  const tenant = read.tenant(pod.tenant)
  const network = read.network(networkOf(pod))
  const zone = read.zone(host, networkOf(pod))
  if (tenant === undefined || network === undefined || zone === undefined) return undefined
  const { record } = pod
  const ports = [podPort(pod)]
  const ofport = read.ofport(host, record.interface, record.ofport)
  if (ofport === undefined) return { terms: NOTHING_YET, ports }
  const facts: LocalPod = {
    ofport,
    mac: mustParseMac(record.mac),
    addresses: record.addresses.map(mustParseIp),
    domain: tenant.domain,
    tunnelKey: network.record.tunnelKey,
    identity: record.identity,
    zone,
  }
  return { terms: () => [...classifyPod(facts), ...antiSpoof(facts), ...receive(facts)], ports }
}

/** `iface-id` and `attached-mac` are what integrators of OVS look for; `heddle-pod` says whose it is. */
function podPort({ key, record }: PodView): WantedPort {
  return {
    name: record.interface,
    type: '',
    options: {},
    ofport_request: record.ofport,
    external_ids: { 'heddle-pod': key, 'iface-id': key.replaceAll('/', '.'), 'attached-mac': record.mac },
  }
}

function networkOf(pod: PodView): string {
  return `${pod.tenant}/${pod.network}`
}
