import type { UnitKind } from '../../flows/index.js'
import type { IntentView, ViewChange } from '../intent/view.js'

/**
 * The smallest thing that is recompiled. `subject` is the intent's key of what it is about; `forwarding.ts` and
 * `policy.ts` say what that is for each kind.
 */
export interface Unit {
  readonly kind: UnitKind
  readonly host: string
  readonly subject: string
}

/** Takes a subject of two parts, a tenant and something else, apart. */
export function splitSubject(subject: string): readonly [tenant: string, other: string] {
  const space = subject.indexOf(' ')
  return [subject.slice(0, space), subject.slice(space + 1)]
}

export function unitKey({ kind, host, subject }: Unit): string {
  return `${kind} ${host} ${subject}`
}

/** Names of what a unit may read; a change of the input makes every unit that read it dirty. */
export const INPUT = {
  host: (host: string) => `host ${host}`,
  tenant: (tenant: string) => `tenant ${tenant}`,
  network: (network: string) => `network ${network}`,
  block: (block: string) => `block ${block}`,
  pod: (pod: string) => `pod ${pod}`,
  membership: (host: string, network: string) => `membership ${host} ${network}`,
  networksOn: (host: string) => `networks ${host}`,
  tenancy: (host: string, tenant: string) => `tenancy ${host} ${tenant}`,
  residence: (host: string, identity: number) => `residence ${host} ${identity}`,
  zone: (host: string, network: string) => `zone ${host} ${network}`,
  peers: (tenant: string) => `peers ${tenant}`,
  checks: (identity: number) => `checks ${identity}`,
  identity: (identity: number) => `identity ${identity}`,
  policedTenant: (tenant: string) => `tenant policed ${tenant}`,
  directTenant: (tenant: string) => `tenant direct ${tenant}`,
  policed: (network: string) => `policed ${network}`,
  addresses: (tenant: string) => `addresses ${tenant}`,
  namedPort: (host: string, tenant: string, port: string) => `port ${host} ${tenant} ${port}`,
  ofport: (host: string, port: string) => `ofport ${host} ${port}`,
  ofportNumber: (host: string, ofport: number) => `number ${host} ${ofport}`,
} as const

export function inputsOf(change: ViewChange): string[] {
  switch (change.type) {
    case 'host':
      return [INPUT.host(change.host)]
    case 'tenant':
      return [INPUT.tenant(change.tenant)]
    case 'network':
      return [INPUT.network(change.network)]
    case 'block':
      return [INPUT.block(change.block)]
    case 'pod': {
      const { tenant, hosts, ports } = change
      const named = hosts.flatMap((host) => ports.map((port) => INPUT.namedPort(host, tenant, port)))
      return [INPUT.pod(change.pod), ...named]
    }
    case 'stray':
      return [INPUT.pod(change.pod)]
    case 'membership':
      return [INPUT.membership(change.host, change.network), INPUT.networksOn(change.host)]
    case 'tenancy':
      return [INPUT.tenancy(change.host, change.tenant)]
    case 'residence':
      return [INPUT.residence(change.host, change.identity)]
    case 'zone':
      return [INPUT.zone(change.host, change.network)]
    case 'peers':
      return [INPUT.peers(change.tenant)]
    case 'direct':
      return [INPUT.directTenant(change.tenant)]
    case 'checks':
      return [INPUT.checks(change.identity)]
    case 'policed':
      return [INPUT.policed(change.network), INPUT.policedTenant(change.tenant)]
    case 'identity':
      return [INPUT.identity(change.identity)]
    case 'addresses':
      return [INPUT.addresses(change.tenant)]
    // What is in force where is told unit by unit.
    case 'rule':
    case 'clause':
      return []
  }
}

/** Units that the change may bring into being; those that exist already are found by their inputs. */
export function* candidatesOf(change: ViewChange, view: IntentView): Iterable<Unit> {
  switch (change.type) {
    case 'host':
      yield { kind: 'host', host: change.host, subject: change.host }
      return
    case 'block':
      yield* onHostsOf(change.tenant, 'route', change.block, view)
      for (const peer of view.peersOf(change.tenant)) {
        yield* onHostsOf(peer, 'peer_route', `${peer} ${change.block}`, view)
      }
      return
    case 'stray':
      yield* onHostsOf(change.tenant, 'stray', change.stray, view)
      for (const peer of view.peersOf(change.tenant)) {
        yield* onHostsOf(peer, 'peer_stray', `${peer} ${change.stray}`, view)
      }
      return
    case 'pod':
      for (const host of change.hosts) yield { kind: 'pod', host, subject: change.pod }
      yield* remotesOfPod(change.pod, change.tenant, view)
      return
    case 'membership':
      yield { kind: 'network', host: change.host, subject: change.network }
      return
    case 'tenancy':
      yield* unitsOfTenancy(change.host, change.tenant, view)
      return
    case 'peers':
      for (const host of view.hostsOfTenant(change.tenant)) yield* unitsOfTenancy(host, change.tenant, view)
      return
    case 'residence':
      yield { kind: 'receiver', host: change.host, subject: String(change.identity) }
      return
    case 'checks': {
      const { identity, tenant } = change
      for (const host of view.hostsOfIdentity(identity)) yield { kind: 'receiver', host, subject: String(identity) }
      for (const viewer of [tenant, ...view.peersOf(tenant)]) {
        yield* onHostsOf(viewer, 'sender', `${viewer} ${identity}`, view)
      }
      for (const pod of view.residents.podsWith(identity)) yield* remotesOfPod(pod, tenant, view)
      return
    }
    case 'direct':
      for (const host of view.hostsOfTenant(change.tenant)) yield* remotesFor(host, change.tenant, view)
      return
    case 'policed':
      for (const viewer of [change.tenant, ...view.peersOf(change.tenant)]) {
        yield* onHostsOf(viewer, 'policed', `${viewer} ${change.network}`, view)
      }
      for (const host of view.hostsOfTenant(change.tenant)) {
        yield* sendersTo(host, change.tenant, view)
        yield* remotesFor(host, change.tenant, view)
      }
      return
    case 'identity':
      for (const viewer of [change.tenant, ...view.peersOf(change.tenant)]) {
        if (view.isPolicedTenant(viewer)) yield* onHostsOf(viewer, 'sender', `${viewer} ${change.identity}`, view)
      }
      return
    case 'addresses':
      yield* onHostsOf(change.tenant, 'addresses', change.tenant, view)
      return
    case 'rule':
      yield { kind: 'rule', host: change.host, subject: `${change.tenant} ${change.rule}` }
      return
    case 'clause':
      yield { kind: 'clause', host: change.host, subject: change.clause }
      return
    case 'tenant':
    case 'network':
    case 'zone':
  }
}

function* onHostsOf(tenant: string, kind: UnitKind, subject: string, view: IntentView): Iterable<Unit> {
  for (const host of view.hostsOfTenant(tenant)) yield { kind, host, subject }
}

/** What a host must know of a tenant that has pods there, whichever these are. */
function* unitsOfTenancy(host: string, tenant: string, view: IntentView): Iterable<Unit> {
  for (const subject of view.blocksOfTenant(tenant)) yield { kind: 'route', host, subject }
  for (const subject of view.straysOfTenant(tenant)) yield { kind: 'stray', host, subject }
  for (const peer of view.peersOf(tenant)) {
    for (const block of view.blocksOfTenant(peer)) yield { kind: 'peer_route', host, subject: `${tenant} ${block}` }
    for (const stray of view.straysOfTenant(peer)) yield { kind: 'peer_stray', host, subject: `${tenant} ${stray}` }
  }
  for (const other of [tenant, ...view.peersOf(tenant)]) {
    for (const network of view.networksOf(other)) {
      if (view.policies.isPoliced(network)) yield { kind: 'policed', host, subject: `${tenant} ${network}` }
    }
  }
  yield* sendersTo(host, tenant, view)
  yield* remotesFor(host, tenant, view)
  yield { kind: 'addresses', host, subject: tenant }
}

function* sendersTo(host: string, tenant: string, view: IntentView): Iterable<Unit> {
  for (const identity of sendersOf(tenant, view)) yield { kind: 'sender', host, subject: `${tenant} ${identity}` }
}

/** Who may send to a tenant's pods: all, where connections to some are tracked, else those who are checked themselves. */
function* sendersOf(tenant: string, view: IntentView): Iterable<number> {
  const { policies } = view
  const all = view.isPolicedTenant(tenant)
  for (const other of [tenant, ...view.peersOf(tenant)]) {
    for (const network of view.networksOf(other)) {
      yield* all ? policies.groups.identitiesOf(network) : policies.checkedIdentities(network)
    }
  }
}

/** Their pods by address, where what they send may come without their identity. */
function* remotesFor(host: string, tenant: string, view: IntentView): Iterable<Unit> {
  if (!view.isDirectTenant(tenant)) return
  for (const identity of sendersOf(tenant, view)) {
    for (const pod of view.residents.podsWith(identity)) yield { kind: 'remote', host, subject: `${tenant} ${pod}` }
  }
}

/** The same for one pod: nothing, where no policy is about it or those it may send to. */
function* remotesOfPod(pod: string, tenant: string, view: IntentView): Iterable<Unit> {
  const identity = view.pods.get(pod)?.record.identity
  if (identity === undefined) return
  const { checked } = view.policies.checks(identity)
  for (const viewer of [tenant, ...view.peersOf(tenant)]) {
    if (!view.isDirectTenant(viewer) || !(checked || view.isPolicedTenant(viewer))) continue
    yield* onHostsOf(viewer, 'remote', `${viewer} ${pod}`, view)
  }
}

export function* allUnits(view: IntentView): Iterable<Unit> {
  const { residents, policies } = view
  for (const host of view.hosts.keys()) {
    yield { kind: 'host', host, subject: host }
    for (const subject of residents.networksOn(host)) yield { kind: 'network', host, subject }
    for (const tenant of residents.tenantsOn(host)) {
      yield* unitsOfTenancy(host, tenant, view)
      const { rules, clauses } = policies.rules.inForceOn(host, tenant)
      for (const rule of rules) yield { kind: 'rule', host, subject: `${tenant} ${rule}` }
      for (const subject of clauses) yield { kind: 'clause', host, subject }
    }
    const identities = new Set<number>()
    for (const subject of residents.podsOn(host)) {
      yield { kind: 'pod', host, subject }
      const identity = view.pods.get(subject)?.record.identity
      if (identity !== undefined) identities.add(identity)
    }
    for (const identity of identities) yield { kind: 'receiver', host, subject: String(identity) }
  }
}
