import { BlockList } from 'node:net'
import type {
  AdminAction,
  AdminPolicySpec,
  Direction,
  IpBlock,
  Labels,
  NetworkPolicySpec,
  PodPort,
  PolicyPeer,
  PolicyPort,
  Protocol,
  Ref,
  Resource,
  ResourceOf,
  Selector,
} from '../../tools/conformance/netpol/resources.js'

/**
 * Who may connect to whom, straight from the text of Kubernetes' NetworkPolicy and of the network-policy API: slow,
 * small, and without a line of what it is there to check. A network stands where Kubernetes has a namespace.
 */

/** A new connection between pods, named TENANT/NETWORK/NAME. */
export interface Connection {
  readonly from: string
  readonly to: string
  readonly family: 4 | 6
  readonly protocol: Protocol
  /** Of TCP, UDP and SCTP. */
  readonly port?: number
  /** Of ICMP and ICMPv6. */
  readonly icmpType?: number
  readonly icmpCode?: number
}

export interface Verdict {
  readonly allowed: boolean
  readonly why: string
}

interface Pod {
  readonly key: string
  readonly labels: Labels
  readonly ports: readonly PodPort[]
  readonly addresses: readonly string[]
  readonly network: Group & { readonly deny: boolean }
  readonly tenant: Group
}

/** A tenant or a network: what selectors see of it. */
interface Group {
  readonly name: string
  readonly labels: Labels
}

/** What a selector that is not there stands for: a policy of a tenant, and maybe of a network; or an admin's of neither. */
interface Scope {
  readonly tenant?: string
  readonly network?: string
}

/** One end of a connection looked at from the other: `subject` is the pod that a policy would be about. */
interface Flow {
  readonly direction: Direction
  readonly subject: Pod
  readonly other: Pod
  readonly connection: Connection
}

interface Rule {
  readonly peers: readonly PolicyPeer[]
  readonly ports: readonly PolicyPort[]
}

export class PolicyOracle {
  readonly #pods = new Map<string, Pod>()
  readonly #policies: readonly ResourceOf<'NetworkPolicy'>[]
  readonly #adminPolicies: readonly ResourceOf<'AdminPolicy'>[]
  readonly #peerings: ReadonlySet<string>

  constructor(resources: readonly Resource[]) {
    const of = <K extends Resource['kind']>(kind: K): ResourceOf<K>[] =>
      resources.filter((resource) => resource.kind === kind) as unknown as ResourceOf<K>[]
    const tenants = new Map(of('Tenant').map(({ ref, spec }) => [ref.name, groupOf(ref.name, spec.labels)]))
    const networks = new Map(
      of('Network').map(({ ref, spec }) => [
        `${ref.tenant ?? ''}/${ref.name}`,
        { ...groupOf(ref.name, spec.labels), deny: spec.default === 'deny' },
      ]),
    )
    for (const { ref, spec } of of('Pod')) {
      const { tenant = '', network = '' } = ref
      this.#pods.set(podKey(ref), {
        key: podKey(ref),
        labels: spec.labels ?? {},
        ports: spec.ports ?? [],
        addresses: spec.addresses ?? [],
        network: mustGet(networks, `${tenant}/${network}`),
        tenant: mustGet(tenants, tenant),
      })
    }
    this.#policies = of('NetworkPolicy')
    this.#adminPolicies = of('AdminPolicy').sort((a, b) => a.spec.priority - b.spec.priority)
    this.#peerings = new Set(of('Peering').map(({ ref, spec }) => `${ref.tenant ?? ''} ${spec.peer}`))
  }

  get pods(): readonly string[] {
    return [...this.#pods.keys()]
  }

  verdict(connection: Connection): Verdict {
    const from = mustGet(this.#pods, connection.from)
    const to = mustGet(this.#pods, connection.to)
    const family = connection.family
    if (addressOf(from, family) === undefined || addressOf(to, family) === undefined) {
      return { allowed: false, why: `no IPv${family} on both ends` }
    }
    if (from === to) return { allowed: true, why: 'a pod reaches itself' }
    if (!this.#joined(from.tenant.name, to.tenant.name)) return { allowed: false, why: 'tenants without a peering' }
    const egress = this.#decide({ direction: 'Egress', subject: from, other: to, connection })
    if (!egress.allowed) return egress
    const ingress = this.#decide({ direction: 'Ingress', subject: to, other: from, connection })
    return ingress.allowed ? { allowed: true, why: `${egress.why}; ${ingress.why}` } : ingress
  }

  /** Own networks always; another tenant's only once each of the two has asked for the other. */
  #joined(a: string, b: string): boolean {
    return a === b || (this.#peerings.has(`${a} ${b}`) && this.#peerings.has(`${b} ${a}`))
  }

  /** Admin rules, then NetworkPolicies, then Baseline rules, then the network's default: the first that says something. */
  #decide(flow: Flow): Verdict {
    return (
      this.#decideByTier('Admin', flow) ??
      this.#decideByPolicies(flow) ??
      this.#decideByTier('Baseline', flow) ??
      verdictOf(flow, !flow.subject.network.deny, `default of network ${flow.subject.network.name}`)
    )
  }

  /** The first rule that takes the connection, policies in the order of their priorities; Pass ends the tier. */
  #decideByTier(tier: 'Admin' | 'Baseline', flow: Flow): Verdict | undefined {
    for (const { ref, spec } of this.#adminPolicies) {
      if ((spec.tier ?? 'Admin') !== tier || !selects(spec.subject ?? {}, {}, flow.subject)) continue
      for (const { action, rule, number } of adminRules(spec, flow.direction)) {
        if (!takes(rule, {}, flow)) continue
        if (action === 'Pass') return undefined
        return verdictOf(flow, action === 'Allow', `rule ${number} of AdminPolicy ${ref.name}`)
      }
    }
    return undefined
  }

  /** Policies add up: a pod that any of them isolates in this direction may do what at least one of their rules allows. */
  #decideByPolicies(flow: Flow): Verdict | undefined {
    const { direction, subject } = flow
    const isolating = this.#policies.filter(({ ref, spec }) => {
      const scope = scopeOf(ref, spec)
      return policyTypes(spec).includes(direction) && selects({ podSelector: spec.podSelector ?? {} }, scope, subject)
    })
    if (isolating.length === 0) return undefined
    for (const { ref, spec } of isolating) {
      const number = policyRules(spec, direction).findIndex((rule) => takes(rule, scopeOf(ref, spec), flow))
      if (number >= 0) return verdictOf(flow, true, `rule ${number} of NetworkPolicy ${ref.name}`)
    }
    return verdictOf(flow, false, `isolated by ${isolating.map(({ ref }) => ref.name).join(', ')}`)
  }
}

const podKey = ({ tenant = '', network = '', name }: Ref): string => `${tenant}/${network}/${name}`

const scopeOf = ({ tenant }: Ref, { network }: NetworkPolicySpec): Scope => ({
  ...(tenant !== undefined && { tenant }),
  ...(network !== undefined && { network }),
})

const verdictOf = ({ direction }: Flow, allowed: boolean, by: string): Verdict => ({
  allowed,
  why: `${direction} ${allowed ? 'allowed' : 'denied'}: ${by}`,
})

/** Each has its name as a label, so that a selector can tell it from the others whatever its labels are. */
const groupOf = (name: string, labels: Labels = {}): Group => ({ name, labels: { ...labels, 'heddle.io/name': name } })

/** By default Ingress always, and Egress where there are any egress rules. */
const policyTypes = ({ policyTypes: types, egress = [] }: NetworkPolicySpec): readonly Direction[] =>
  types ?? (egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])

function policyRules({ ingress = [], egress = [] }: NetworkPolicySpec, direction: Direction): Rule[] {
  return direction === 'Ingress'
    ? ingress.map(({ from = [], ports = [] }) => ({ peers: from, ports }))
    : egress.map(({ to = [], ports = [] }) => ({ peers: to, ports }))
}

function adminRules(
  { ingress = [], egress = [] }: AdminPolicySpec,
  direction: Direction,
): { readonly action: AdminAction; readonly rule: Rule; readonly number: number }[] {
  return direction === 'Ingress'
    ? ingress.map(({ action, from = [], ports = [] }, number) => ({ action, rule: { peers: from, ports }, number }))
    : egress.map(({ action, to = [], ports = [] }, number) => ({ action, rule: { peers: to, ports }, number }))
}

/** A peer and a port must match; a list that is empty or absent stands for all. */
function takes({ peers, ports }: Rule, scope: Scope, { direction, subject, other, connection }: Flow): boolean {
  const receiver = direction === 'Ingress' ? subject : other
  return (
    (peers.length === 0 || peers.some((peer) => isPeer(peer, scope, other, connection.family))) &&
    (ports.length === 0 || ports.some((port) => isPort(port, receiver, connection)))
  )
}

function isPeer({ ipBlock, ...selectors }: PolicyPeer, scope: Scope, pod: Pod, family: 4 | 6): boolean {
  if (ipBlock === undefined) return selects(selectors, scope, pod)
  const address = addressOf(pod, family)
  return address !== undefined && isInBlock(ipBlock, address)
}

/** All selectors of one peer must hold. */
function selects(
  { podSelector, networkSelector, tenantSelector }: Omit<PolicyPeer, 'ipBlock'>,
  scope: Scope,
  { labels, network, tenant }: Pod,
): boolean {
  // A policy of one network stays there, unless the peer says where else to look.
  const isNearby = tenantSelector !== undefined || scope.network === undefined || network.name === scope.network
  return (
    (tenantSelector === undefined
      ? scope.tenant === undefined || tenant.name === scope.tenant
      : matches(tenantSelector, tenant.labels)) &&
    (networkSelector === undefined ? isNearby : matches(networkSelector, network.labels)) &&
    (podSelector === undefined || matches(podSelector, labels))
  )
}

/** All requirements must hold; none is fulfilled by all. */
function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
      }
    })
  )
}

function isPort(
  { protocol = 'TCP', port, endPort, icmpType, icmpCode }: PolicyPort,
  receiver: Pod,
  connection: Connection,
): boolean {
  if (protocol !== connection.protocol) return false
  if (icmpType !== undefined && icmpType !== connection.icmpType) return false
  if (icmpCode !== undefined && icmpCode !== connection.icmpCode) return false
  if (port === undefined) return true
  const asked = connection.port ?? -1
  if (typeof port === 'number') return asked >= port && asked <= (endPort ?? port)
  return receiver.ports.some(
    (named) => named.name === port && (named.protocol ?? 'TCP') === protocol && named.port === asked,
  )
}

function isInBlock({ cidr, except = [] }: IpBlock, address: string): boolean {
  return isIn(cidr, address) && !except.some((prefix) => isIn(prefix, address))
}

function isIn(cidr: string, address: string): boolean {
  const [base = '', length = ''] = cidr.split('/')
  if (familyOf(base) !== familyOf(address)) return false
  const type = familyOf(address) === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(base, Number(length), type)
  return list.check(address, type)
}

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4)

const addressOf = ({ addresses }: Pod, family: 4 | 6): string | undefined =>
  addresses.find((address) => familyOf(address) === family)

function mustGet<V>(map: ReadonlyMap<string, V>, key: string): V {
  const value = map.get(key)
  if (value === undefined) throw new Error(`no such tenant, network or pod: ${key}`)
  return value
}
