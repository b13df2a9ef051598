import {
  acceptKnown,
  clause,
  type ClauseMatch,
  denyByDefault,
  type FlowTerm,
  identifyRemote,
  isolate,
  loadAddresses,
  LOG_METER,
  outboundOfIdentity,
  outboundToNetwork,
  rule,
  type RulePlace,
  type Share,
  toDestination,
  trackEnd,
} from '../../flows/index.js'
import { type Clause, dimensionOf, dimensionsOf, serviceOf } from '../intent/policy/clauses.js'
import { placeOf, placeOfRule, type RuleView } from '../intent/policy/rule-index.js'
import { mustParseCidr, mustParseIp } from '../model/address.js'
import type { Protocol } from '../model/policy.js'
import { NOTHING_YET, type Parts } from './parts.js'
import type { Tracker } from './tracker.js'
import { splitSubject, type Unit } from './units.js'

/** Units about who may reach whom. A host has those that its own pods, as receivers, make necessary. */

/** Subject: a tenant that has pods on the host, and an identity of it or a peer: somebody who may send to them. */
export function compileSender({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [tenantName, id] = splitSubject(subject)
  const identity = Number(id)
  const checks = read.checks(identity)
  const tenant = read.tenant(tenantName)
  const home = read.tenantOfIdentity(identity)
  if (tenant === undefined || home === undefined || !read.hostHasTenant(host, tenantName)) return undefined
  if (!checks.checked && !read.isPolicedTenant(tenantName)) return undefined
  if (home !== tenantName && !read.peersOf(tenantName).has(home)) return undefined
  const { domain } = tenant
  const { checked, isolated, deniesByDefault } = checks
  const terms = (): FlowTerm[] => [
    ...(checked ? trackEnd(domain, 'sender', identity) : []),
    ...acceptKnown(domain, identity),
    ...(isolated.Egress ? isolate(domain, 'Egress', identity) : []),
    ...(deniesByDefault ? denyByDefault(domain, 'Egress', identity) : []),
  ]
  return { terms, same: `${domain} ${String(checked)} ${String(isolated.Egress)} ${String(deniesByDefault)}` }
}

/** Subject: an identity of pods on the host. */
export function compileReceiver({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const identity = Number(subject)
  const checks = read.checks(identity)
  const home = read.tenantOfIdentity(identity)
  const tenant = home === undefined ? undefined : read.tenant(home)
  if (!checks.checked || tenant === undefined || !read.isResident(host, identity)) return undefined
  const { domain } = tenant
  const { isolated, deniesByDefault } = checks
  const terms = (): FlowTerm[] => [
    ...outboundOfIdentity(domain, identity),
    ...trackEnd(domain, 'receiver', identity),
    ...(isolated.Ingress ? isolate(domain, 'Ingress', identity) : []),
    ...(deniesByDefault ? denyByDefault(domain, 'Ingress', identity) : []),
  ]
  return { terms, same: `${domain} ${String(isolated.Ingress)} ${String(deniesByDefault)}` }
}

/** Subject: a tenant that has pods on the host, and a pod elsewhere that may send to them over the segment. */
export function compileRemote({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [tenantName, key] = splitSubject(subject)
  const tenant = read.tenant(tenantName)
  const pod = read.pod(key)
  if (tenant === undefined || pod === undefined || pod.record.spec.host === host) return undefined
  if (!read.hostHasTenant(host, tenantName) || !read.isDirectTenant(tenantName)) return undefined
  if (pod.tenant !== tenantName && !read.peersOf(tenantName).has(pod.tenant)) return undefined
  const { addresses, identity } = pod.record
  if (!read.checks(identity).checked && !read.isPolicedTenant(tenantName)) return undefined
  const { domain } = tenant
  const terms = () => identifyRemote(domain, addresses.map(mustParseIp), identity)
  return { terms, same: `${domain} ${identity} ${addresses.join(' ')}` }
}

/** Subject: a tenant that has pods on the host, and a network of it or a peer with pods whose connections are checked. */
export function compilePoliced({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [tenantName, key] = splitSubject(subject)
  const tenant = read.tenant(tenantName)
  const network = read.network(key)
  if (tenant === undefined || network === undefined) return undefined
  if (!read.isPoliced(key) || !read.hostHasTenant(host, tenantName)) return undefined
  if (network.tenant !== tenantName && !read.peersOf(tenantName).has(network.tenant)) return undefined
  const { cidrs } = network.record.spec
  const terms = (): FlowTerm[] =>
    outboundToNetwork(tenant.domain, cidrs.map((cidr) => toDestination(mustParseCidr(cidr))))
  return { terms, same: `${tenant.domain} ${cidrs.join(' ')}` }
}

/** Subject: a tenant that has pods on the host and rules about addresses. */
export function compileAddresses({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const tenant = read.tenant(subject)
  if (tenant === undefined || !read.usesAddresses(subject) || !read.hostHasTenant(host, subject)) return undefined
  return { terms: () => loadAddresses(tenant.domain), same: String(tenant.domain) }
}

/** Packets a second that are reported of all rules that log, and how many at once. */
const LOG_RATE = 100
const LOG_BURST = 200

const LOG_METERS = [
  { meter_id: LOG_METER, flags: ['pktps', 'burst', 'stats'], bands: [{ type: 'drop', rate: LOG_RATE, burst_size: LOG_BURST }] },
] as const

/** Subject: the tenant of the receivers, and a rule in force for some of them on the host. */
export function compileRule({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const [tenantName, id] = splitSubject(subject)
  const tenant = read.tenant(tenantName)
  const view = read.ruleInForce(host, tenantName, Number(id))
  if (tenant === undefined || view === undefined) return undefined
  const place = placeIn(tenant.domain, placeOfRule(view, tenantName))
  const { action, log } = view.rule
  return {
    terms: () => rule(place, view.id, action, log),
    same: String(tenant.domain),
    ...(log && { meters: LOG_METERS }),
  }
}

/** Subject: a value that rules in force on the host have in common. */
export function compileClause({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const place = placeOf(subject)
  const tenant = read.tenant(place.tenant)
  const rules = read.rulesWith(host, subject)
  if (tenant === undefined || rules.length === 0 || !isWanted(host, place.clause, read)) return undefined
  const shares = rules.flatMap((view) => sharesOf(view, place.clause))
  const at = placeIn(tenant.domain, place)
  if (place.clause.type === 'named') {
    const matches = namedServices(host, place.tenant, place.clause, read)
    return matches.length === 0 ? { terms: NOTHING_YET } : { terms: () => matches.map((value) => clause(at, value, shares)) }
  }
  const value = matchOf(place.clause)
  return { terms: () => [clause(at, value, shares)], same: `${tenant.domain} ${rules.map(({ id }) => id).join(' ')}` }
}

/** Receivers are asked for only where they live. */
function isWanted(host: string, value: Clause, read: Tracker): boolean {
  return value.type !== 'identity' || value.dimension === 'sender' || read.isResident(host, value.identity)
}

function placeIn(domain: number, { direction, tier, order, chunk }: Omit<RulePlace, 'domain'>): RulePlace {
  return { domain, direction, tier, order, chunk }
}

/** Which of a rule's clauses a value is of; `any` may be several. */
function sharesOf({ id, rule }: RuleView, value: Clause): Share[] {
  const dimensions = dimensionsOf(rule)
  const own = dimensionOf(value)
  return dimensions.flatMap((dimension, i) =>
    dimension === own ? [{ rule: id, clause: i + 1, n_clauses: dimensions.length }] : [],
  )
}

function matchOf(value: Exclude<Clause, { readonly type: 'named' }>): ClauseMatch {
  switch (value.type) {
    case 'identity':
      return { type: 'identity', end: value.dimension, identity: value.identity }
    case 'address':
      return { type: 'address', end: value.dimension, prefix: mustParseCidr(value.prefix) }
    default:
      return value
  }
}

/** The port that each pod on the host means by the name. */
function namedServices(
  host: string,
  tenant: string,
  { protocol, name }: { readonly protocol: Protocol; readonly name: string },
  read: Tracker,
): ClauseMatch[] {
  return read.podsWithPort(host, tenant, protocol, name).flatMap(({ record }): ClauseMatch[] => {
    const ofport = read.ofport(host, record.interface, record.ofport)
    const port = record.spec.ports?.find((own) => own.name === name && (own.protocol ?? 'TCP') === protocol)
    if (ofport === undefined || port === undefined) return []
    return [{ type: 'podService', ofport, service: serviceOf(protocol, port.port) }]
  })
}
