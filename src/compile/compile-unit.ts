import { type Flow, match } from 'openflow-ts'
import {
  answerArp,
  answerNeighbours,
  answerPing,
  antiSpoof,
  classifyPod,
  classifyTunnel,
  cookieOf,
  deliver,
  dropExpired,
  dropLinkTalk,
  type FlowTerm,
  type LocalNetwork,
  type LocalPod,
  misses,
  routeLocal,
  routeRemote,
  TABLES,
  TUNNEL_OFPORTS,
  type UnitKind,
  verifyTerm,
} from '../../flows/index.js'
import { gatewayOf } from '../intent/ranges.js'
import { encapsulationOf, type PodView } from '../intent/view.js'
import { type Cidr, formatCidr, hostCidr, mustParseCidr, mustParseIp, mustParseMac } from '../model/address.js'
import type { Encapsulation } from '../model/kinds.js'
import { TUNNEL_PORTS } from '../model/reserved.js'
import type { Tracker } from './tracker.js'
import type { Unit } from './units.js'
import type { UnitOutput, WantedPort } from './wanted.js'

/** What a unit contributes, or undefined when there is no reason for it to exist. Pure in what it reads. */
export function compileUnit(unit: Unit, read: Tracker, shared: SharedFlows): UnitOutput | undefined {
  const parts = COMPILERS[unit.kind](unit, read)
  if (parts === undefined) return undefined
  return { flows: flowsOf(unit, parts, shared), ports: parts.ports ?? [] }
}

interface Parts {
  readonly terms: () => readonly FlowTerm[]
  /** All that the terms are made from: units of one kind and subject with equal `same`, on any host, share their flows. */
  readonly same?: string
  readonly ports?: readonly WantedPort[]
}

const NONE = (): readonly FlowTerm[] => []

/** A route is the same on nearly every host of its tenant: compiled once, it costs one object instead of one a host. */
export type SharedFlows = Map<string, readonly Flow[]>

const SHARED_LIMIT = 100_000

function flowsOf({ kind, subject }: Unit, { terms, same }: Parts, shared: SharedFlows): readonly Flow[] {
  const key = same === undefined ? undefined : `${kind} ${subject} ${same}`
  const known = key === undefined ? undefined : shared.get(key)
  if (known !== undefined) return known
  const cookie = cookieOf(kind, subject)
  const flows = terms().map((term) => toFlow(term, cookie))
  if (key !== undefined) {
    if (shared.size >= SHARED_LIMIT) shared.clear()
    shared.set(key, flows)
  }
  return flows
}

const COMPILERS: Readonly<Record<UnitKind, (unit: Unit, read: Tracker) => Parts | undefined>> = {
  host: compileHost,
  network: compileNetwork,
  route: compileRoute,
  stray: compileStray,
  pod: compilePod,
}

function compileHost({ host }: Unit, read: Tracker): Parts | undefined {
  if (read.host(host) === undefined) return undefined
  const encapsulations = new Set<Encapsulation>()
  for (const key of read.networksOn(host)) {
    const network = read.network(key)
    if (network !== undefined) encapsulations.add(encapsulationOf(network))
  }
  const terms = () => [...misses(), ...dropLinkTalk(), ...answerArp(), ...answerNeighbours(), ...dropExpired()]
  return { terms, same: '', ports: [...encapsulations].sort().map(tunnelPort) }
}

function compileNetwork({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const network = read.network(subject)
  const tenant = network && read.tenant(network.tenant)
  if (network === undefined || tenant === undefined || !read.hostHasNetwork(host, subject)) return undefined
  const facts: LocalNetwork = {
    domain: tenant.domain,
    tunnelKey: network.record.tunnelKey,
    gateways: network.record.spec.cidrs.map((cidr) => gatewayOf(mustParseCidr(cidr))),
  }
  const ofport = read.tunnelOfport(host, encapsulationOf(network))
  const fromTunnel = ofport === undefined ? [] : classifyTunnel(facts, ofport)
  return { terms: () => [...fromTunnel, ...answerPing(facts)] }
}

function compileRoute({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const block = read.block(subject)
  if (block === undefined) return undefined
  const network = `${block.tenant}/${block.network}`
  return compileDestination(host, block.host, block.tenant, network, block.cidr, false, read)
}

function compileStray({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const slash = subject.lastIndexOf('/')
  const address = subject.slice(slash + 1)
  const pod = read.pod(subject.slice(0, slash))
  if (pod?.record.strays.includes(address) !== true) return undefined
  const destination = hostCidr(mustParseIp(address))
  return compileDestination(host, pod.record.spec.host, pod.tenant, networkOf(pod), destination, true, read)
}

/** The route on `host` to addresses that `owner` has. */
function compileDestination(
  host: string,
  owner: string,
  tenantName: string,
  networkKey: string,
  destination: Cidr,
  stray: boolean,
  read: Tracker,
): Parts | undefined {
  const tenant = read.tenant(tenantName)
  if (tenant === undefined || !read.hostHasTenant(host, tenantName)) return undefined
  const { domain } = tenant
  if (owner === host) return { terms: () => routeLocal({ domain, destination, stray }) }
  const network = read.network(networkKey)
  const remote = read.host(owner)
  if (network === undefined || remote === undefined) return undefined
  const encapsulation = encapsulationOf(network)
  // The sender's host may have no pod in the destination's network, so the tunnel comes with the route.
  const ports = [tunnelPort(encapsulation)]
  const tunnelOfport = read.tunnelOfport(host, encapsulation)
  if (tunnelOfport === undefined) return { terms: NONE, ports }
  const { tunnelKey } = network.record
  const { tunnelAddress: address } = remote.spec
  const terms = () => {
    const tunnelAddress = mustParseIp(address)
    return routeRemote({ domain, destination, stray, tunnelKey, tunnelOfport, tunnelAddress })
  }
  return { terms, same: `${formatCidr(destination)} ${domain} ${tunnelKey} ${tunnelOfport} ${address}`, ports }
}

function compilePod({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const pod = read.pod(subject)
  if (pod === undefined || pod.record.spec.host !== host) return undefined
  const tenant = read.tenant(pod.tenant)
  const network = read.network(networkOf(pod))
  if (tenant === undefined || network === undefined) return undefined
  const { record } = pod
  const ports = [podPort(pod)]
  const ofport = read.ofport(host, record.interface, record.ofport)
  if (ofport === undefined) return { terms: NONE, ports }
  const facts: LocalPod = {
    ofport,
    mac: mustParseMac(record.mac),
    addresses: record.addresses.map(mustParseIp),
    domain: tenant.domain,
    tunnelKey: network.record.tunnelKey,
    identity: record.identity,
  }
  return { terms: () => [...classifyPod(facts), ...antiSpoof(facts), ...deliver(facts)], ports }
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

function tunnelPort(encapsulation: Encapsulation): WantedPort {
  return {
    name: TUNNEL_PORTS[encapsulation],
    type: encapsulation,
    options: { remote_ip: 'flow', key: 'flow' },
    ofport_request: TUNNEL_OFPORTS[encapsulation],
    external_ids: { 'heddle-tunnel': encapsulation },
  }
}

function networkOf(pod: PodView): string {
  return `${pod.tenant}/${pod.network}`
}

function toFlow(term: FlowTerm, cookie: bigint): Flow {
  verifyTerm(term)
  const { table, priority, match: init, actions } = term
  return { table_id: TABLES[table].id, priority, cookie, match: match(init), actions }
}
