import fc from 'fast-check'
import type { KindName, Ref } from '../../../src/model/kinds.js'
import { adminPolicySpec, labels, networkPolicySpec, podPorts } from './policy-specs.js'

/** Random commands of the API, for a small world in which they meet each other. */

export type Command =
  | {
      readonly op: 'create' | 'put'
      readonly kind: KindName
      readonly ref: Ref
      readonly spec: object
      readonly stale?: boolean
    }
  | { readonly op: 'delete'; readonly kind: KindName; readonly ref: Ref; readonly stale?: boolean }
  /** An hour later, identities that are not used go. */
  | { readonly op: 'collect' }

/** Mostly absent. */
function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}

const tenant = fc.constantFrom('red', 'red', 'red', 'red', 'blue', 'blue', 'green')
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
    encapsulation: rarely(fc.constantFrom('gre', 'direct', 'direct')),
    blockPrefix: rarely(fc.constantFrom(30, 31, 32)),
    blockPrefix6: rarely(fc.constantFrom(125, 126, 128)),
    labels: rarely(labels),
    default: rarely(fc.constantFrom('allow', 'deny', 'deny')),
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
    labels: rarely(labels),
    ports: rarely(podPorts),
    mac: rarely(fc.constantFrom('02:00:00:00:00:07', '02:00:00:00:AA:08')),
  })
  .map(withOneOf)
  .map(compact)

const hostSpec = fc
  .record({
    tunnelAddress: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'),
    systemId: rarely(fc.constantFrom('h1', 'h2', 'other')),
    uplink: fc.constantFrom(undefined, { bridge: 'br-phy' }, { bridge: 'br-phy' }, { bridge: 'br-ex' }),
  })
  .map(compact)

const tenantSpec = fc.record({ description: fc.constantFrom('', 'x'), labels: rarely(labels) }).map(compact)

const peeringSpec = fc.record({ peer: fc.constantFrom('red', 'red', 'blue', 'blue', 'green', 'nobody') })

const podRef = fc.record({ tenant, network, name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h') })
const networkRef = fc.record({ tenant, name: network })
const hostRef = fc.record({ name: host })
const tenantRef = fc.record({ name: tenant })
const peeringRef = fc.record({ tenant, name: fc.constantFrom('p', 'q') })
const policyRef = fc.record({ tenant, name: fc.constantFrom('x', 'y', 'z') })
const adminPolicyRef = fc.record({ name: fc.constantFrom('x', 'y', 'z') })

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
  { weight: 2, arbitrary: writes('Tenant', tenantRef, tenantSpec) },
  { weight: 1, arbitrary: deletes('Tenant', tenantRef) },
  { weight: 10, arbitrary: writes('NetworkPolicy', policyRef, networkPolicySpec) },
  { weight: 3, arbitrary: deletes('NetworkPolicy', policyRef) },
  { weight: 5, arbitrary: writes('AdminPolicy', adminPolicyRef, adminPolicySpec) },
  { weight: 2, arbitrary: deletes('AdminPolicy', adminPolicyRef) },
  { weight: 5, arbitrary: writes('Peering', peeringRef, peeringSpec) },
  { weight: 1, arbitrary: deletes('Peering', peeringRef) },
  { weight: 2, arbitrary: fc.constant({ op: 'collect' } as const) },
)

/** Tenants, networks of theirs and three hosts, so that commands meet something from the start. */
export const FURNITURE: readonly Command[] = [
  { op: 'put', kind: 'Tenant', ref: { name: 'red' }, spec: {} },
  { op: 'put', kind: 'Tenant', ref: { name: 'blue' }, spec: { labels: { app: 'a' } } },
  { op: 'put', kind: 'Tenant', ref: { name: 'green' }, spec: {} },
  { op: 'put', kind: 'Host', ref: { name: 'h1' }, spec: { tunnelAddress: '192.0.2.1', uplink: { bridge: 'br-phy' } } },
  { op: 'put', kind: 'Host', ref: { name: 'h2' }, spec: { tunnelAddress: '192.0.2.2', uplink: { bridge: 'br-phy' } } },
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

