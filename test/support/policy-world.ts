import type { Admission } from '../../src/intent/admission.js'

/** Two tenants that have a peering, a third beside them, and policies of every kind with everything that they may say. */
export async function populateWithPolicies(admission: Admission): Promise<void> {
  const put = admission.put.bind(admission)
  await put('Host', { name: 'h1' }, { tunnelAddress: '192.0.2.1' })
  await put('Host', { name: 'h2' }, { tunnelAddress: '192.0.2.2' })
  await put('Tenant', { name: 'red' }, {})
  await put('Tenant', { name: 'blue' }, { labels: { trusted: 'yes' } })
  await put('Tenant', { name: 'green' }, {})
  await put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.1.0.0/24', 'fd00:1::/64'], labels: { stage: 'live' } })
  await put('Network', { tenant: 'red', name: 'db' }, { cidrs: ['10.2.0.0/24'], default: 'deny', encapsulation: 'gre' })
  await put('Network', { tenant: 'blue', name: 'web' }, { cidrs: ['10.3.0.0/24'] })
  await put('Network', { tenant: 'green', name: 'web' }, { cidrs: ['10.1.0.0/24'] })
  await put('Peering', { tenant: 'red', name: 'blue' }, { peer: 'blue' })
  await put('Peering', { tenant: 'blue', name: 'red' }, { peer: 'red' })
  const ports = [{ name: 'http', port: 8080 }, { name: 'dns', port: 5353, protocol: 'UDP' }]
  for (const [tenant, network] of [['red', 'web'], ['red', 'db'], ['blue', 'web'], ['green', 'web']] as const) {
    for (const [name, labels] of Object.entries(PODS)) {
      for (const host of ['h1', 'h2']) await put('Pod', { tenant, network, name: `${name}-${host}` }, { host, labels, ports })
    }
  }
  for (const [name, spec] of Object.entries(NETWORK_POLICIES)) await put('NetworkPolicy', { tenant: 'red', name }, spec)
  for (const [name, spec] of Object.entries(ADMIN_POLICIES)) await put('AdminPolicy', { name }, spec)
}

const PODS = { front: { app: 'front' }, back: { app: 'back', tier: 'x' }, plain: {} }

const EVERY_PEER = [
  { podSelector: { matchLabels: { app: 'front' } } },
  { networkSelector: { matchLabels: { stage: 'live' } } },
  { networkSelector: {}, podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['back'] }] } },
  { tenantSelector: { matchLabels: { trusted: 'yes' } }, podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
  { ipBlock: { cidr: '0.0.0.0/0', except: ['10.2.0.0/25', '10.3.0.7/32'] } },
  { ipBlock: { cidr: 'fd00:1::/64', except: ['fd00:1::/66'] } },
  { ipBlock: { cidr: '::/0' } },
]

const EVERY_PORT = [
  { port: 80 },
  { port: 8000, endPort: 9003 },
  { port: 'http' },
  { protocol: 'UDP', port: 'dns' },
  { protocol: 'UDP', port: 53 },
  { protocol: 'SCTP' },
  { protocol: 'ICMP' },
  { protocol: 'ICMP', icmpType: 8 },
  { protocol: 'ICMP', icmpType: 3, icmpCode: 4 },
  { protocol: 'ICMPv6', icmpType: 128, icmpCode: 0 },
]

const NETWORK_POLICIES: Readonly<Record<string, object>> = {
  all: { ingress: [{ from: EVERY_PEER, ports: EVERY_PORT, log: true }], egress: [{ to: EVERY_PEER, ports: EVERY_PORT }] },
  isolated: { network: 'web', podSelector: { matchLabels: { app: 'back' } }, policyTypes: ['Ingress', 'Egress'] },
  open: { network: 'db', ingress: [{}], egress: [{ ports: EVERY_PORT.slice(0, 1) }, { to: EVERY_PEER.slice(0, 1) }] },
  nobody: { podSelector: { matchLabels: { app: 'nobody' } }, ingress: [{ from: EVERY_PEER }] },
}

const actions = ['Allow', 'Deny', 'Pass'] as const
const subject = { tenantSelector: { matchExpressions: [{ key: 'heddle.io/name', operator: 'In', values: ['red', 'green'] }] } }

const ADMIN_POLICIES: Readonly<Record<string, object>> = {
  first: {
    priority: 0,
    ingress: actions.map((action) => ({ action, from: EVERY_PEER, ports: EVERY_PORT, log: action === 'Deny' })),
    egress: actions.map((action) => ({ action, to: EVERY_PEER, ports: EVERY_PORT, log: action === 'Allow' })),
  },
  last: { priority: 1000, subject, ingress: [{ action: 'Pass' }], egress: [{ action: 'Deny', ports: EVERY_PORT }] },
  baseline: {
    tier: 'Baseline',
    priority: 1000,
    subject: { podSelector: { matchLabels: { app: 'front' } } },
    ingress: [{ action: 'Allow', from: EVERY_PEER }, { action: 'Deny' }],
    egress: [{ action: 'Allow', to: EVERY_PEER }, { action: 'Deny', log: true }],
  },
}
