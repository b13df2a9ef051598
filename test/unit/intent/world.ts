import fc from 'fast-check'
import { Admission } from '../../../src/intent/admission.js'
import { HeddleError, type HeddleErrorCode } from '../../../src/model/errors.js'
import { KIND_ORDER, type KindName, type PodSpec, type Ref, resourceKey } from '../../../src/model/kinds.js'
import type { NetworkSpec } from '../../../src/model/kinds.js'
import {
  contains,
  type Family,
  formatIp,
  mustParseCidr,
  mustParseIp,
  offsetIn,
  overlaps,
  parseMac,
  size,
} from '../../../src/model/address.js'
import type { NetworkRecord, PodRecord } from '../../../src/model/records.js'
import type { Reader } from '../../../src/store/store.js'
import { MemoryStore } from '../../../src/store/memory.js'

/** A store and its commands; what the property tests of intent and compilation play on. */

export interface World {
  readonly store: MemoryStore
  readonly admission: Admission
  /** What watchers of the store threw; `run` throws the first of it. */
  readonly errors: readonly unknown[]
}

export function newWorld(): World {
  const errors: unknown[] = []
  const store = MemoryStore.open(undefined, { onError: (error) => errors.push(error) })
  return { store, admission: new Admission(store), errors }
}

export type Command =
  | {
      readonly op: 'create' | 'put'
      readonly kind: KindName
      readonly ref: Ref
      readonly spec: object
      readonly stale?: boolean
    }
  | { readonly op: 'delete'; readonly kind: KindName; readonly ref: Ref; readonly stale?: boolean }

export interface Outcome {
  readonly code?: HeddleErrorCode
  readonly error?: HeddleError
}

/** Runs a command; `stale` ones ask for a revision that the resource does not have. */
export async function run(world: World, command: Command): Promise<Outcome> {
  const outcome = await attempt(world, command)
  if (world.errors.length > 0) throw world.errors[0]
  return outcome
}

async function attempt({ admission }: World, command: Command): Promise<Outcome> {
  const { kind, ref } = command
  const options = command.stale === true ? { ifRevision: (admission.get(kind, ref)?.revision ?? 0) + 1 } : {}
  try {
    if (command.op === 'create') await admission.create(kind, ref, command.spec)
    else if (command.op === 'put') await admission.put(kind, ref, command.spec, options)
    else await admission.delete(kind, ref, options)
    return {}
  } catch (error) {
    if (!(error instanceof HeddleError)) throw error
    return { code: error.code, error }
  }
}

/** Everything the store holds, as comparable text. */
export function dump(store: Reader): string {
  return JSON.stringify([...store.list('')])
}

export async function deleteEverything({ admission }: World): Promise<void> {
  for (const kind of KIND_ORDER.toReversed()) {
    for (const { ref } of admission.list(kind)) await admission.delete(kind, ref)
  }
}

/** Mostly absent. */
function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

const tenant = fc.constantFrom('red', 'red', 'red', 'blue')
const network = fc.constantFrom('web', 'web', 'web', 'db')
const host = fc.constantFrom('h1', 'h1', 'h2', 'h3')

/** Small ranges, so that they fill up; one wide enough for blocks, and some that overlap when two networks have them. */
const CIDRS = [
  '10.0.0.0/29',
  '10.0.0.8/30',
  '10.0.1.0/28',
  '10.0.1.16/28',
  '10.0.2.0/27',
  '10.0.2.32/30',
  '10.0.3.0/24',
  'fd00::/125',
  'fd00::10/124',
  'fd00::100/120',
]

/** The furniture's own ranges and more: what a network with pods may become. */
const grown = fc.subarray(CIDRS, { maxLength: 3 }).map((more) => [...new Set(['10.0.1.0/28', '10.0.0.8/30', ...more])])

const networkSpec = fc
  .record({
    cidrs: fc.oneof(fc.subarray(CIDRS, { minLength: 1, maxLength: 3 }), grown),
    encapsulation: rarely(fc.constantFrom('vxlan', 'gre')),
    blockPrefix: rarely(fc.constantFrom(30, 31, 32)),
    blockPrefix6: rarely(fc.constantFrom(125, 126, 128)),
  })
  .map(compact)

/** A spec with both fields is refused before anything is looked up. */
function withOneOf<T extends { address?: unknown; addresses?: unknown }>(spec: T): T {
  return spec.address === undefined ? spec : { ...spec, addresses: undefined }
}

const podSpec = fc
  .record({
    host,
    address: rarely(
      fc.constantFrom(
        '10.0.0.1',
        '10.0.0.2',
        '10.0.0.5',
        '10.0.0.10',
        '10.0.1.3',
        '10.0.1.15',
        '10.0.1.18',
        '10.0.3.77',
        'fd00::5',
        'FD00:0::0015',
      ),
    ),
    addresses: rarely(
      fc.constantFrom(['10.0.1.3', 'fd00::3'], ['fd00::5'], ['fd00::1f', '10.0.0.5'], ['fd00::10'], ['10.0.1.18']),
    ),
    interface: rarely(fc.constantFrom('eth7', 'eth8')),
    labels: rarely(fc.constantFrom({}, { app: 'a' }, { app: 'b', tier: 'x' }, { tier: 'x', app: 'b' })),
    mac: rarely(fc.constantFrom('02:00:00:00:00:07', '02:00:00:00:AA:08')),
  })
  .map(withOneOf)
  .map(compact)

const hostSpec = fc
  .record({
    tunnelAddress: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'),
    systemId: rarely(fc.constantFrom('h1', 'h2', 'other')),
  })
  .map(compact)

const tenantSpec = fc.record({ description: fc.constantFrom('', 'x') })

const podRef = fc.record({ tenant, network, name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h') })
const networkRef = fc.record({ tenant, name: network })
const hostRef = fc.record({ name: host })
const tenantRef = fc.record({ name: tenant })

const write = fc.constantFrom<'put' | 'create'>('put', 'put', 'put', 'create')

function writes(kind: KindName, ref: fc.Arbitrary<Ref>, spec: fc.Arbitrary<object>): fc.Arbitrary<Command> {
  const stale = fc.integer({ min: 0, max: 19 }).map((n) => n === 0)
  return fc
    .record({ op: write, kind: fc.constant(kind), ref, spec, stale })
    .map((command) => (command.op === 'create' ? { ...command, stale: false } : command))
}

function deletes(kind: KindName, ref: fc.Arbitrary<Ref>): fc.Arbitrary<Command> {
  return fc.record({ op: fc.constant('delete' as const), kind: fc.constant(kind), ref })
}

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 40, arbitrary: writes('Pod', podRef, podSpec) },
  { weight: 10, arbitrary: deletes('Pod', podRef) },
  { weight: 4, arbitrary: writes('Network', networkRef, networkSpec) },
  { weight: 1, arbitrary: deletes('Network', networkRef) },
  { weight: 2, arbitrary: writes('Host', hostRef, hostSpec) },
  { weight: 3, arbitrary: deletes('Host', hostRef) },
  { weight: 1, arbitrary: writes('Tenant', tenantRef, tenantSpec) },
  { weight: 1, arbitrary: deletes('Tenant', tenantRef) },
)

/** Two tenants, networks of theirs and three hosts, so that commands meet something from the start. */
export const FURNITURE: readonly Command[] = [
  { op: 'put', kind: 'Tenant', ref: { name: 'red' }, spec: {} },
  { op: 'put', kind: 'Tenant', ref: { name: 'blue' }, spec: {} },
  { op: 'put', kind: 'Host', ref: { name: 'h1' }, spec: { tunnelAddress: '192.0.2.1' } },
  { op: 'put', kind: 'Host', ref: { name: 'h2' }, spec: { tunnelAddress: '192.0.2.2' } },
  { op: 'put', kind: 'Host', ref: { name: 'h3' }, spec: { tunnelAddress: '192.0.2.3' } },
  { op: 'put', kind: 'Network', ref: { tenant: 'red', name: 'web' }, spec: { cidrs: ['10.0.1.0/28', '10.0.0.8/30'] } },
  { op: 'put', kind: 'Network', ref: { tenant: 'red', name: 'db' }, spec: { cidrs: ['fd00::/125', '10.0.2.0/27'] } },
  {
    op: 'put',
    kind: 'Network',
    ref: { tenant: 'blue', name: 'web' },
    spec: { cidrs: ['10.0.0.0/29'], encapsulation: 'gre' },
  },
]

export const commands = fc
  .array(command, { minLength: 1, maxLength: 80, size: 'max' })
  .map((list) => [...FURNITURE, ...list])

/** `undefined` fields are absent in JSON. */
function compact(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

/** What admission must answer, worked out from the resources alone, without its books; undefined: it must accept. */
export function expectedRefusal({ admission, store }: World, command: Command): HeddleErrorCode | undefined {
  const { kind, ref } = command
  const current = admission.get(kind, ref)
  if (command.op === 'delete') {
    if (current === undefined) return 'NOT_FOUND'
    return hasChildren(store, kind, ref) ? 'IN_USE' : undefined
  }
  if (kind !== 'Host' && kind !== 'Tenant' && store.get(`tenants/${ref.tenant}`) === undefined) return 'NOT_FOUND'
  if (kind === 'Pod' && store.get(`networks/${ref.tenant}/${ref.network}`) === undefined) return 'NOT_FOUND'
  if (command.op === 'create' && current !== undefined) return 'ALREADY_EXISTS'
  if (command.stale === true) return 'PRECONDITION_FAILED'
  switch (kind) {
    case 'Tenant':
      return undefined
    case 'Network':
      return networkRefusal(admission, ref, command.spec as NetworkSpec)
    case 'Host':
      return hostRefusal(admission, ref, command.spec as { tunnelAddress: string; systemId?: string })
    case 'Pod':
      return podRefusal(admission, store, ref, command.spec as PodSpec)
  }
}

function hasChildren(store: Reader, kind: KindName, ref: Ref): boolean {
  switch (kind) {
    case 'Tenant':
      return [...store.list(`networks/${ref.name}/`)].length > 0
    case 'Network':
      return [...store.list(`pods/${ref.tenant}/${ref.name}/`)].length > 0
    case 'Host':
      return [...store.list<PodRecord>('pods/')].some(({ value }) => value.spec.host === ref.name)
    case 'Pod':
      return false
  }
}

function networkRefusal(admission: Admission, ref: Ref, spec: NetworkSpec): HeddleErrorCode | undefined {
  if (spec.cidrs.some((cidr) => mustParseCidr(cidr).prefix > (askedCut(spec, cidr) ?? 128))) return 'INVALID'
  const own = spec.cidrs.map(mustParseCidr)
  for (const other of admission.list('Network', { tenant: ref.tenant! })) {
    if (other.ref.name === ref.name) continue
    const theirs = other.record.spec.cidrs.map(mustParseCidr)
    if (own.some((a) => theirs.some((b) => overlaps(a, b)))) return 'CONFLICT'
  }
  const before = admission.get('Network', ref)?.record.spec
  const pods = admission.list('Pod', { tenant: ref.tenant!, network: ref.name })
  for (const address of pods.flatMap(({ record }) => record.addresses)) {
    const cidr = before!.cidrs.find((range) => contains(mustParseCidr(range), mustParseIp(address)))!
    if (!spec.cidrs.includes(cidr) || cut(spec, cidr) !== cut(before!, cidr)) return 'IN_USE'
  }
  return undefined
}

function askedCut(spec: NetworkSpec, cidr: string): number | undefined {
  return cidr.includes(':') ? spec.blockPrefix6 : spec.blockPrefix
}

/** Prefix length of a CIDR's blocks, said in another way than the code does. */
export function cut(spec: NetworkSpec, cidr: string): number {
  const asked = askedCut(spec, cidr)
  if (asked !== undefined) return asked
  const { prefix } = mustParseCidr(cidr)
  if (cidr.includes(':')) {
    if (prefix <= 118) return 122
    return prefix >= 122 ? Math.max(126, prefix) : prefix + 4
  }
  if (prefix <= 22) return 26
  return prefix >= 26 ? 30 : Math.max(26, prefix + 4)
}

function hostRefusal(
  admission: Admission,
  ref: Ref,
  spec: { tunnelAddress: string; systemId?: string },
): HeddleErrorCode | undefined {
  for (const other of admission.list('Host')) {
    if (other.ref.name === ref.name) continue
    if (other.record.spec.tunnelAddress === spec.tunnelAddress) return 'CONFLICT'
    if ((other.record.spec.systemId ?? other.ref.name) === (spec.systemId ?? ref.name)) return 'CONFLICT'
  }
  return undefined
}

function familyOf(addresses: readonly string[] = [], family: Family): string | undefined {
  return addresses.find((address) => mustParseIp(address).family === family)
}

function wantedOf({ address, addresses }: PodSpec, family: Family): string | undefined {
  const wanted = familyOf(address === undefined ? addresses : [address], family)
  return wanted && formatIp(mustParseIp(wanted))
}

/** Of one family: what the pod asks for, has, and its neighbours have. */
function addressRefusal(
  family: Family,
  cidrs: readonly string[],
  wanted: string | undefined,
  current: string | undefined,
  taken: ReadonlySet<string>,
): HeddleErrorCode | undefined {
  if (wanted !== undefined && wanted !== current) {
    if (!assignable(cidrs, wanted)) return 'INVALID'
    return taken.has(wanted) ? 'CONFLICT' : undefined
  }
  const ranges = cidrs.map(mustParseCidr).filter((range) => range.family === family)
  if (current !== undefined || ranges.length === 0) return undefined
  const room = ranges.reduce((sum, range) => sum + size(range) - (family === 4 ? 3 : 2), 0)
  return [...taken].filter((address) => mustParseIp(address).family === family).length >= room ? 'EXHAUSTED' : undefined
}

function podRefusal(admission: Admission, store: Reader, ref: Ref, spec: PodSpec): HeddleErrorCode | undefined {
  const current = admission.get('Pod', ref)?.record
  const network = store.get<NetworkRecord>(`networks/${ref.tenant}/${ref.network}`)!.value.spec
  const complete = current?.addresses.length === new Set(network.cidrs.map((cidr) => mustParseCidr(cidr).family)).size
  if (complete && canonical(current.spec) === canonical(spec)) return undefined
  if (store.get(`hosts/${spec.host}`) === undefined) return 'INVALID'
  const { cidrs } = network
  const neighbours = admission
    .list('Pod', { tenant: ref.tenant!, network: ref.network! })
    .filter((pod) => pod.ref.name !== ref.name)
  const taken = new Set(neighbours.flatMap(({ record }) => record.addresses))
  for (const family of [4, 6] as const) {
    const refusal = addressRefusal(family, cidrs, wantedOf(spec, family), familyOf(current?.addresses, family), taken)
    if (refusal !== undefined) return refusal
  }
  const device = spec.interface
  if (device !== undefined) {
    const others = admission.list('Pod').filter((pod) => resourceKey('Pod', pod.ref) !== resourceKey('Pod', ref))
    if (others.some(({ record }) => record.spec.host === spec.host && record.interface === device)) return 'CONFLICT'
  }
  return undefined
}

/** Neither the first two of a CIDR nor, in IPv4, its last address. */
export function assignable(cidrs: readonly string[], address: string): boolean {
  return cidrs.map(mustParseCidr).some((cidr) => {
    if (!contains(cidr, mustParseIp(address))) return false
    const offset = offsetIn(cidr, mustParseIp(address))
    return offset >= 2 && (cidr.family === 6 || offset <= size(cidr) - 2)
  })
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}:${canonical(part)}`)
    .sort()
    .join()}}`
}

/** Whether a pod's MAC is what its record should say. */
export function macIsRight({ spec, mac, addresses }: PodRecord): boolean {
  if (mac !== mac.toLowerCase()) return false
  if (spec.mac !== undefined) return parseMac(mac) === parseMac(spec.mac)
  const own = familyOf(addresses, 4)
  // Made before the pod had an IPv4 address, or for want of one.
  if (mac.startsWith('0a:48:')) return true
  return own !== undefined && parseMac(mac) === ((0x0248n << 32n) | mustParseIp(own).value)
}
