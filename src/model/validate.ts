import { isIPv6 } from 'node:net'
import type { TObject } from 'typebox'
import {
  BITS,
  type Cidr,
  contains,
  type Family,
  formatCidr,
  isMulticastMac,
  mustParseCidr,
  overlaps,
  parseCidr,
  parseIp,
  parseMac,
} from './address.js'
import { invalid, type Issue } from './errors.js'
import {
  type HostSpec,
  type Kind,
  type KindName,
  KINDS,
  NAME_PATTERN,
  type NetworkSpec,
  type PodSpec,
  type Ref,
  type SpecOf,
  type TenantSpec,
} from './kinds.js'
import { LEAST_IPV6_MTU } from './mtu.js'
import type { AdminPolicySpec, NetworkPolicySpec, PeeringSpec, PodPort } from './policy.js'
import { adminPolicyIssues, networkPolicyIssues } from './policy-issues.js'
import { NAME_RULE, schemaIssues } from './schema-issues.js'
import { RESERVED_DEVICES, ROUTER_MAC } from './reserved.js'

/** What can be said about a resource without looking at any other: names, schema, and what its fields mean. */

/** Ranges that no pod or host can have an address in (RFC 6890). */
const RESERVED: readonly { readonly cidr: Cidr; readonly what: string }[] = [
  { cidr: mustParseCidr('0.0.0.0/8'), what: '"this network"' },
  { cidr: mustParseCidr('127.0.0.0/8'), what: 'loopback' },
  { cidr: mustParseCidr('169.254.0.0/16'), what: 'link-local' },
  { cidr: mustParseCidr('224.0.0.0/4'), what: 'multicast' },
  { cidr: mustParseCidr('240.0.0.0/4'), what: 'reserved' },
  { cidr: mustParseCidr('::/128'), what: 'unspecified' },
  { cidr: mustParseCidr('::1/128'), what: 'loopback' },
  { cidr: mustParseCidr('::/96'), what: 'IPv4-compatible' },
  { cidr: mustParseCidr('::ffff:0:0/96'), what: 'IPv4-mapped' },
  { cidr: mustParseCidr('fe80::/10'), what: 'link-local' },
  { cidr: mustParseCidr('ff00::/8'), what: 'multicast' },
]

/** Longest prefixes that have room for the network's own address, the gateway, one pod, and IPv4's broadcast address. */
const LONGEST_PREFIX: Readonly<Record<Family, number>> = { 4: BITS[4] - 2, 6: BITS[6] - 2 }

const NAME = new RegExp(NAME_PATTERN)

/** Why `name` cannot be a name; undefined when it can. */
export function validateName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a string'
  return NAME.test(name) ? undefined : `"${name.slice(0, 80)}" is not a name: ${NAME_RULE}`
}

/** The issues of `refIssues` as an error: throws INVALID. */
export function validateRef(kind: KindName, ref: Ref): void {
  const issues = refIssues(kind, ref)
  if (issues.length > 0) throw invalid(issues)
}

/** What is wrong with the names that make up a resource's path; each is named by its path field. */
export function refIssues(kind: KindName, ref: Partial<Ref>): Issue[] {
  const issues: Issue[] = []
  for (const field of KINDS[kind].path) {
    const detail = ref[field] === undefined ? 'is required' : validateName(ref[field])
    if (detail !== undefined) issues.push({ pointer: `/${field}`, detail })
  }
  return issues
}

/** `spec` as the kind's type, unchanged; throws INVALID with every issue. */
export function validateSpec<K extends KindName>(kind: K, spec: unknown): SpecOf[K] {
  const issues = specIssues(kind, spec)
  if (issues.length > 0) throw invalid(issues)
  return spec as SpecOf[K]
}

/** Everything that is wrong with a spec: against the schema first, and, where that holds, what its fields mean. */
export function specIssues(kind: KindName, spec: unknown): Issue[] {
  const issues = schemaIssues(kind, spec)
  if (issues.length > 0) return issues
  const check = MEANING[kind] as (spec: unknown) => Issue[]
  return check(spec)
}

/** Specs whose fields with a default are there. */
export interface FilledSpecOf {
  Tenant: TenantSpec
  Network: NetworkSpec & Required<Pick<NetworkSpec, 'encapsulation' | 'default'>>
  Host: HostSpec & Required<Pick<HostSpec, 'underlayMtu' | 'datapathType'>>
  Pod: PodSpec
  NetworkPolicy: NetworkPolicySpec
  AdminPolicy: AdminPolicySpec & Required<Pick<AdminPolicySpec, 'tier'>>
  Peering: PeeringSpec
}

const DEFAULTS = Object.fromEntries(
  Object.values(KINDS).map(({ kind, spec }: Kind) => [kind, schemaDefaults(spec)]),
) as Readonly<Record<KindName, Readonly<Record<string, unknown>>>>

/** A copy of a valid spec with the schema's defaults filled in. What is stored stays as it was given. */
export function withDefaults<K extends KindName>(kind: K, spec: SpecOf[K]): FilledSpecOf[K] {
  return { ...DEFAULTS[kind], ...spec } as FilledSpecOf[K]
}

function schemaDefaults({ properties }: TObject): Record<string, unknown> {
  const defaults: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(properties)) {
    if ('default' in schema) defaults[name] = schema.default
  }
  return defaults
}

const MEANING: { readonly [K in KindName]: (spec: SpecOf[K]) => Issue[] } = {
  Tenant: () => [],
  Network: networkIssues,
  Host: hostIssues,
  Pod: podIssues,
  NetworkPolicy: networkPolicyIssues,
  AdminPolicy: adminPolicyIssues,
  Peering: ({ peer }) => nameIssues('/peer', peer),
}

function nameIssues(pointer: string, name: string): Issue[] {
  const detail = validateName(name)
  return detail === undefined ? [] : [{ pointer, detail }]
}

function networkIssues(spec: NetworkSpec): Issue[] {
  const issues: Issue[] = []
  const parsed: { readonly pointer: string; readonly cidr: Cidr }[] = []
  spec.cidrs.forEach((text, i) => {
    const pointer = `/cidrs/${i}`
    const cidr = parseCidr(text)
    const detail = 'error' in cidr ? cidr.error : cidrIssue(cidr, spec)
    if (detail !== undefined) issues.push({ pointer, detail })
    if ('error' in cidr) return
    for (const other of parsed) {
      if (overlaps(other.cidr, cidr)) issues.push({ pointer, detail: overlapDetail(cidr, other) })
    }
    parsed.push({ pointer, cidr })
  })
  if (spec.mtu !== undefined && spec.mtu < LEAST_IPV6_MTU && parsed.some(({ cidr }) => cidr.family === 6)) {
    issues.push({ pointer: '/mtu', detail: `must be at least ${LEAST_IPV6_MTU} in a network with an IPv6 range` })
  }
  return issues
}

const BLOCK_PREFIX = { 4: 'blockPrefix', 6: 'blockPrefix6' } as const satisfies Record<Family, keyof NetworkSpec>

function cidrIssue(cidr: Cidr, spec: NetworkSpec): string | undefined {
  const text = formatCidr(cidr)
  const reserved = RESERVED.find((range) => overlaps(range.cidr, cidr))
  if (reserved !== undefined) return `${text} overlaps ${formatCidr(reserved.cidr)} (${reserved.what})`
  const longest = LONGEST_PREFIX[cidr.family]
  if (cidr.prefix > longest) {
    return `${text} has no room for a gateway and a pod: the prefix length may be at most ${longest}`
  }
  const field = BLOCK_PREFIX[cidr.family]
  const blockPrefix = spec[field]
  if (blockPrefix !== undefined && blockPrefix < cidr.prefix) {
    return `${text} is smaller than a block: ${field} (${blockPrefix}) must be at least ${cidr.prefix}`
  }
  return undefined
}

function overlapDetail(cidr: Cidr, other: { readonly pointer: string; readonly cidr: Cidr }): string {
  const text = formatCidr(cidr)
  const theirs = formatCidr(other.cidr)
  return text === theirs ? `${text} is the same as ${other.pointer}` : `${text} overlaps ${theirs} of ${other.pointer}`
}

function hostIssues({ tunnelAddress, ovsdb, uplink }: HostSpec): Issue[] {
  const issues: Issue[] = []
  const address = addressIssue(tunnelAddress)
  if (address !== undefined) issues.push({ pointer: '/tunnelAddress', detail: address })
  const target = ovsdb === undefined ? undefined : targetIssue(ovsdb)
  if (target !== undefined) issues.push({ pointer: '/ovsdb', detail: target })
  if (uplink?.bridge === 'br-int') {
    issues.push({ pointer: '/uplink/bridge', detail: "br-int is the controller's own: the uplink is a port of another bridge" })
  }
  return issues
}

function podIssues({ address, addresses, mac, interface: device, ports = [] }: PodSpec): Issue[] {
  const issues: Issue[] = []
  const wrongAddress = address === undefined ? undefined : addressIssue(address)
  if (wrongAddress !== undefined) issues.push({ pointer: '/address', detail: wrongAddress })
  if (address !== undefined && addresses !== undefined) {
    issues.push({ pointer: '/addresses', detail: 'cannot be given beside address' })
  }
  issues.push(...fixedAddressesIssues(addresses ?? []))
  const wrongMac = mac === undefined ? undefined : macIssue(mac)
  if (wrongMac !== undefined) issues.push({ pointer: '/mac', detail: wrongMac })
  if (device !== undefined && RESERVED_DEVICES.has(device)) {
    issues.push({ pointer: '/interface', detail: `"${device}" is a device of the host's own` })
  }
  return [...issues, ...portIssues(ports)]
}

/** A name means one port, and a port has one name: else a policy that names it would mean two things. */
function portIssues(ports: readonly PodPort[]): Issue[] {
  const issues: Issue[] = []
  const seen = new Map<string, number>()
  ports.forEach(({ name, port, protocol = 'TCP' }, i) => {
    for (const [field, key] of [['name', `name ${name}`], ['port', `${protocol} port ${port}`]] as const) {
      const before = seen.get(key)
      if (before !== undefined) issues.push({ pointer: `/ports/${i}/${field}`, detail: `${key} is that of /ports/${before}, too` })
      seen.set(key, before ?? i)
    }
  })
  return issues
}

function fixedAddressesIssues(addresses: readonly string[]): Issue[] {
  const issues: Issue[] = []
  const families = new Set<Family>()
  addresses.forEach((text, i) => {
    const family = parseIp(text)?.family
    const second = family !== undefined && families.has(family) ? `is a second IPv${family} address` : undefined
    const detail = addressIssue(text) ?? second
    if (detail !== undefined) issues.push({ pointer: `/addresses/${i}`, detail })
    if (family !== undefined) families.add(family)
  })
  return issues
}

function addressIssue(text: string): string | undefined {
  const address = parseIp(text)
  if (address === undefined) return `"${text.slice(0, 80)}" is not an address like 10.1.0.5 or fd00:1::5`
  const reserved = RESERVED.find(({ cidr }) => contains(cidr, address))
  return reserved && `${text} is in ${formatCidr(reserved.cidr)} (${reserved.what})`
}

function macIssue(text: string): string | undefined {
  const mac = parseMac(text)
  if (mac === undefined) return `"${text.slice(0, 80)}" is not an Ethernet address like 02:00:0a:01:00:05`
  if (mac === 0n) return `${text} is not a station's address`
  if (mac === ROUTER_MAC) return `${text} is the router's address`
  return isMulticastMac(mac) ? `${text} is a multicast address` : undefined
}

const HOST_PART = /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/

/** The schema has seen to `tcp:HOST:PORT` or `unix:/PATH`. */
function targetIssue(target: string): string | undefined {
  const match = /^tcp:(.+):([0-9]+)$/.exec(target)
  if (match === null) return target.includes('\0') ? 'has a NUL character' : undefined
  const [, host = '', port = ''] = match
  if (Number(port) < 1 || Number(port) > 65535) return `port ${port} is not from 1 to 65535`
  const known = /^\[.*\]$/.test(host) ? isIPv6(host.slice(1, -1)) : HOST_PART.test(host)
  return known ? undefined : `"${host}" is not a host name, an IPv4 address or an IPv6 address in brackets`
}
