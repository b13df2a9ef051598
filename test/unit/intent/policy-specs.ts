import fc from 'fast-check'

/** Policies that select, and fail to select, what the random world has. */

export const labels = fc.constantFrom({}, { app: 'a' }, { app: 'b', tier: 'x' }, { tier: 'x', app: 'b' }, { app: 'c' })

export const podPorts = fc.constantFrom(
  [{ name: 'http', port: 80 }],
  [{ name: 'http', port: 8080 }, { name: 'dns', port: 53, protocol: 'UDP' }],
  [{ name: 'dns', port: 5353, protocol: 'UDP' }],
)

const podSelector = fc.constantFrom<object[]>(
  {},
  { matchLabels: { app: 'a' } },
  { matchLabels: { app: 'b' } },
  { matchLabels: { app: 'nobody' } },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] },
  { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
  { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
)

const networkSelector = fc.constantFrom<object[]>(
  {},
  { matchLabels: { app: 'a' } },
  { matchLabels: { 'heddle.io/name': 'web' } },
  { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
)

const tenantSelector = fc.constantFrom<object[]>(
  {},
  { matchLabels: { 'heddle.io/name': 'blue' } },
  { matchLabels: { app: 'a' } },
  { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
)

const ipBlock = fc.constantFrom<object[]>(
  { cidr: '10.0.0.0/8' },
  { cidr: '10.0.1.0/24', except: ['10.0.1.4/30'] },
  { cidr: 'fd00::/64', except: ['fd00::4/126', 'fd00::10/124'] },
)

const peer = fc.oneof<fc.Arbitrary<object>[]>(
  fc.record({ podSelector }),
  fc.record({ networkSelector, podSelector }, { requiredKeys: ['networkSelector'] }),
  fc.record({ tenantSelector, networkSelector, podSelector }, { requiredKeys: ['tenantSelector'] }),
  fc.record({ ipBlock }),
)

const port = fc.constantFrom<object[]>(
  { port: 80 },
  { protocol: 'TCP', port: 8000, endPort: 8010 },
  { port: 'http' },
  { protocol: 'UDP', port: 'dns' },
  { protocol: 'UDP' },
  { protocol: 'ICMP' },
  { protocol: 'ICMP', icmpType: 8, icmpCode: 0 },
  { protocol: 'ICMPv6', icmpType: 128 },
)

const few = { maxLength: 3 }
const optional = { requiredKeys: [] }

function ruleOf(side: 'from' | 'to', more: Record<string, fc.Arbitrary<unknown>> = {}): fc.Arbitrary<object> {
  const parts = { [side]: fc.array(peer, few), ports: fc.array(port, few), log: fc.boolean(), ...more }
  return fc.record(parts, { requiredKeys: Object.keys(more) })
}

/** Of a network that is there or not, or of all networks of the tenant. */
export const networkPolicySpec: fc.Arbitrary<object> = fc
  .record(
    {
      network: fc.constantFrom('web', 'web', 'db', 'nowhere'),
      podSelector,
      ingress: fc.array(ruleOf('from'), few),
      egress: fc.array(ruleOf('to'), few),
    },
    optional,
  )
  .chain((spec) =>
    fc.constantFrom({}, { policyTypes: ['Ingress', 'Egress'] }).map((types) => ({ ...spec, ...types })),
  )

const priority = fc.constantFrom(0, 1, 1000)

export const adminPolicySpec: fc.Arbitrary<object> = fc.oneof(
  adminOf('Admin', fc.constantFrom('Allow', 'Deny', 'Pass')),
  adminOf('Baseline', fc.constantFrom('Allow', 'Deny')),
)

function adminOf(tier: string, action: fc.Arbitrary<string>): fc.Arbitrary<object> {
  return fc.record(
    {
      tier: fc.constant(tier),
      priority,
      subject: fc.record({ tenantSelector, networkSelector, podSelector }, optional),
      ingress: fc.array(ruleOf('from', { action }), few),
      egress: fc.array(ruleOf('to', { action }), few),
    },
    { requiredKeys: ['tier', 'priority'] },
  )
}
