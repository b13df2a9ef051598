import type { AdminPolicySpec, NetworkPolicySpec } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { named, on, pod, tcp, where } from './world.js'

const JOINED = { peerings: ['red>blue', 'blue>red'], joined: ['red blue'] } as const

const red = named('red')
/** Pods of tenant red, or those of these names in it. */
const ofRed = (...names: string[]) => ({ tenantSelector: red, ...(names.length > 0 && { podSelector: pod(...names) }) })
const inX = { tenantSelector: red, networkSelector: named('x') }
const inY = { tenantSelector: red, networkSelector: named('y') }
const atXa = { ...inX, podSelector: pod('a') }

const deny = 'Deny'
const allow = 'Allow'
const pass = 'Pass'

/** A NetworkPolicy that lets x/a receive nothing, and one that lets it receive from x/b alone. */
const closed: NetworkPolicySpec = on('x/a')
const fromB: NetworkPolicySpec = { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }

const baseline = (spec: Omit<AdminPolicySpec, 'tier' | 'priority'>): AdminPolicySpec => ({
  tier: 'Baseline',
  priority: 10,
  ...spec,
})

export const ADMIN_CASES: readonly PolicyCase[] = [
  // One rule.
  {
    name: 'Admin denies ingress of its subject',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny }] }],
    expect: ['x/a <- none'],
    lab: true,
  },
  {
    name: 'Admin denies egress of its subject',
    admin: [{ priority: 10, subject: atXa, egress: [{ action: deny }] }],
    expect: ['x/a -> none'],
    lab: true,
  },
  {
    name: 'Admin denies some peers, and says nothing of others',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, from: [inY] }] }],
    expect: ['y/* !> x/a'],
    lab: true,
  },
  {
    name: 'Admin denies a port',
    admin: [{ priority: 10, subject: ofRed(), ingress: [{ action: deny, ...tcp(81) }] }],
    expect: { '81/TCP': ['x/* y/* z/* <- none'], '80/TCP': [], '81/UDP': [] },
    lab: true,
  },
  {
    name: 'Admin denies a range of ports',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, ports: [{ port: 80, endPort: 89 }] }] }],
    expect: { '79/TCP': [], '80/TCP': ['x/a <- none'], '89/TCP': ['x/a <- none'], '90/TCP': [] },
  },
  {
    name: 'Admin denies a named port',
    admin: [{ priority: 10, subject: inX, ingress: [{ action: deny, ...tcp('http') }] }],
    expect: { '80/TCP': ['x/a <- none'], '8080/TCP': ['x/b <- none'] },
  },
  {
    name: 'Admin denies a named port on egress: that of the destination',
    admin: [{ priority: 10, subject: atXa, egress: [{ action: deny, ...tcp('http') }] }],
    expect: { '80/TCP': ['x/a !> */a'], '8080/TCP': ['x/a !> */b'] },
  },
  {
    name: 'Admin denies ICMP',
    admin: [
      {
        priority: 10,
        subject: inX,
        ingress: [{ action: deny, ports: [{ protocol: 'ICMP' }, { protocol: 'ICMPv6' }] }],
      },
    ],
    expect: { '8/ICMP': ['x/* <- none'], '128/ICMPv6': ['x/* <- none'], '80/TCP': [] },
  },
  {
    name: 'Admin denies a block',
    admin: [
      {
        priority: 10,
        subject: atXa,
        ingress: [{ action: deny, from: [{ ipBlock: { cidr: '10.1.2.0/24', except: ['10.1.2.20/32'] } }] }],
      },
    ],
    expect: { '80/TCP@4': ['y/a y/b !> x/a'], '80/TCP@6': [] },
  },
  {
    name: 'Admin denies egress to a block',
    admin: [{ priority: 10, subject: atXa, egress: [{ action: deny, to: [{ ipBlock: { cidr: 'fd00:1:2::/64' } }] }] }],
    expect: { '80/TCP@6': ['x/a !> y/*'], '80/TCP@4': [] },
  },
  {
    name: 'Admin allow isolates nobody',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow, from: [inY] }] }],
    expect: [],
  },
  { name: 'Admin without rules says nothing', admin: [{ priority: 10, subject: atXa }], expect: [] },

  // Subjects.
  {
    name: 'no subject: pods of all tenants',
    admin: [{ priority: 10, ingress: [{ action: deny, ...tcp(81) }] }],
    expect: { '81/TCP': ['* <- none'], '80/TCP': [] },
  },
  {
    name: 'an empty subject: pods of all tenants',
    admin: [{ priority: 10, subject: {}, ingress: [{ action: deny }] }],
    expect: ['* <- none'],
  },
  {
    name: 'a subject by pods: of all tenants',
    admin: [{ priority: 10, subject: { podSelector: pod('b') }, ingress: [{ action: deny }] }],
    expect: ['*/b <- none'],
  },
  {
    name: 'a subject by networks: of all tenants',
    admin: [
      { priority: 10, subject: { networkSelector: { matchLabels: { env: 'prod' } } }, ingress: [{ action: deny }] },
    ],
    expect: ['x/* z/* q/* <- none'],
  },
  {
    name: 'a subject by tenants',
    admin: [
      { priority: 10, subject: { tenantSelector: { matchLabels: { grade: 'gold' } } }, ingress: [{ action: deny }] },
    ],
    expect: ['x/* y/* z/* q/* <- none'],
  },
  {
    name: 'a subject by all three',
    admin: [
      {
        priority: 10,
        subject: {
          tenantSelector: where('zone', 'DoesNotExist'),
          networkSelector: where('env', 'In', 'prod'),
          podSelector: where('version', 'Exists'),
        },
        ingress: [{ action: deny }],
      },
    ],
    expect: ['x/b z/a <- none'],
  },
  {
    name: 'a subject that is nobody',
    admin: [{ priority: 10, subject: { tenantSelector: named('yellow') }, ingress: [{ action: deny }] }],
    expect: [],
  },

  // Peers.
  {
    name: "an admin's podSelector alone: such pods of all tenants and networks",
    ...JOINED,
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, from: [{ podSelector: pod('b') }] }] }],
    expect: ['*/b !> x/a'],
  },
  {
    name: "an admin's networkSelector alone: such networks of all tenants",
    ...JOINED,
    admin: [
      {
        priority: 10,
        subject: atXa,
        ingress: [{ action: deny, from: [{ networkSelector: { matchLabels: { env: 'prod' } } }] }],
      },
    ],
    expect: ['x/* z/* q/* !> x/a'],
  },
  {
    name: "an admin's tenantSelector",
    ...JOINED,
    admin: [{ priority: 10, subject: inX, ingress: [{ action: deny, from: [{ tenantSelector: named('blue') }] }] }],
    expect: ['q/* !> x/*'],
    lab: true,
  },
  {
    name: 'several peers: any of them',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, from: [inY, ofRed('c')] }] }],
    expect: ['y/* x/c z/c !> x/a'],
  },
  {
    name: "an admin's allow joins no tenants",
    admin: [{ priority: 10, ingress: [{ action: allow }], egress: [{ action: allow }] }],
    expect: { '80/TCP': [], '8/ICMP': [] },
  },
  {
    name: 'peer and subject may be the same pods',
    admin: [{ priority: 10, subject: ofRed('a'), ingress: [{ action: deny, from: [ofRed('a')] }] }],
    expect: ['x/a y/a z/a !> x/a y/a z/a'],
  },

  // Before NetworkPolicies.
  {
    name: 'Admin deny goes before a NetworkPolicy that allows',
    policies: [{ ...on('x/a'), ingress: [{}] }],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, from: [inY] }] }],
    expect: ['y/* !> x/a'],
    lab: true,
  },
  {
    name: 'Admin allow goes before a NetworkPolicy that isolates',
    policies: [closed],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow, from: [inY] }] }],
    expect: ['x/a <- y/*'],
    lab: true,
  },
  {
    name: "what Admin does not speak of is the NetworkPolicies'",
    policies: [fromB],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow, from: [inY], ...tcp(80) }] }],
    expect: { '80/TCP': ['x/a <- x/b y/*'], '81/TCP': ['x/a <- x/b'] },
    lab: true,
  },
  {
    name: 'Admin allow of egress goes before a NetworkPolicy, ingress of the other end still decides',
    policies: [{ ...on('x/a'), policyTypes: ['Egress'] }, on('y/b')],
    admin: [{ priority: 10, subject: atXa, egress: [{ action: allow, to: [inY] }] }],
    expect: ['x/a -> y/a y/c', 'y/b <- none'],
  },
  {
    name: 'Admin allow of ingress does not allow egress of the other end',
    policies: [{ ...on('y/a'), policyTypes: ['Egress'] }],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow }] }],
    expect: ['y/a -> none'],
  },
  {
    name: 'Admin allow of one direction leaves the other to the NetworkPolicies',
    policies: [{ ...on('x/a'), policyTypes: ['Ingress', 'Egress'] }],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow }] }],
    expect: ['x/a -> none'],
  },

  // Order.
  {
    name: 'the first rule that takes a connection decides: deny before allow',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: deny, from: [ofRed('b')] }, { action: allow }] }],
    policies: [closed],
    expect: ['x/a <- x/* y/* z/* -*/b'],
    lab: true,
  },
  {
    name: 'the first rule that takes a connection decides: allow before deny',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow, from: [ofRed('b')] }, { action: deny }] }],
    expect: ['x/a <- */b'],
    lab: true,
  },
  {
    name: 'a rule for a port before one for all',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: allow, ...tcp(80) }, { action: deny }] }],
    expect: { '80/TCP': [], '81/TCP': ['x/a <- none'], '8/ICMP': ['x/a <- none'] },
  },
  {
    name: 'a port denied before a range allowed',
    policies: [closed],
    admin: [
      {
        priority: 10,
        subject: atXa,
        ingress: [
          { action: deny, ...tcp(85) },
          { action: allow, ports: [{ port: 80, endPort: 90 }] },
        ],
      },
    ],
    expect: { '84/TCP': [], '85/TCP': ['x/a <- none'], '86/TCP': [], '91/TCP': ['x/a <- none'] },
  },
  {
    name: 'the policy of lower priority number goes first: deny',
    admin: [
      { priority: 10, subject: atXa, ingress: [{ action: allow }] },
      { priority: 5, subject: atXa, ingress: [{ action: deny, from: [inY] }] },
    ],
    policies: [closed],
    expect: ['x/a <- x/* z/*'],
    lab: true,
  },
  {
    name: 'the policy of lower priority number goes first: allow',
    admin: [
      { priority: 5, subject: atXa, ingress: [{ action: allow, from: [inY] }] },
      { priority: 10, subject: atXa, ingress: [{ action: deny }] },
    ],
    expect: ['x/a <- y/*'],
  },
  {
    name: 'priority 0 goes before all, priority 1000 after all',
    admin: [
      { priority: 1000, subject: atXa, ingress: [{ action: deny }] },
      { priority: 0, subject: atXa, ingress: [{ action: allow, from: [inY] }] },
      {
        priority: 500,
        subject: atXa,
        ingress: [
          { action: deny, from: [inY] },
          { action: allow, from: [ofRed('b')] },
        ],
      },
    ],
    expect: ['x/a <- y/* x/b z/b'],
  },
  {
    name: 'a policy of other subjects is passed over',
    admin: [
      { priority: 5, subject: inY, ingress: [{ action: deny }] },
      { priority: 10, subject: atXa, ingress: [{ action: deny, from: [ofRed('c')] }] },
    ],
    expect: ['y/* <- none', '*/c !> x/a'],
  },
  {
    name: 'a policy with rules of one direction says nothing of the other',
    admin: [
      { priority: 5, subject: atXa, egress: [{ action: allow }] },
      { priority: 10, subject: atXa, ingress: [{ action: deny }] },
    ],
    expect: ['x/a <- none'],
  },

  // Pass.
  {
    name: 'Pass leaves it to the NetworkPolicies, before a deny',
    policies: [fromB],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: pass, from: [inX] }, { action: deny }] }],
    expect: ['x/a <- x/b'],
    lab: true,
  },
  {
    name: 'Pass leaves it to the NetworkPolicies: none isolates',
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: pass, from: [inX] }, { action: deny }] }],
    expect: ['x/a <- x/*'],
    lab: true,
  },
  {
    name: 'Pass ends the whole tier, also policies of higher number',
    admin: [
      { priority: 5, subject: atXa, ingress: [{ action: pass, from: [inY] }] },
      { priority: 10, subject: atXa, ingress: [{ action: deny }] },
    ],
    expect: ['x/a <- y/*'],
  },
  {
    name: 'Pass of a higher number comes too late',
    admin: [
      { priority: 5, subject: atXa, ingress: [{ action: deny }] },
      { priority: 10, subject: atXa, ingress: [{ action: pass }] },
    ],
    expect: ['x/a <- none'],
  },
  {
    name: 'Pass before an allow: NetworkPolicies isolate',
    policies: [closed],
    admin: [{ priority: 5, subject: atXa, ingress: [{ action: pass, from: [inY] }, { action: allow }] }],
    expect: ['x/a <- x/* z/*'],
  },
  {
    name: 'Pass of a port alone',
    policies: [fromB],
    admin: [{ priority: 10, subject: atXa, ingress: [{ action: pass, ...tcp(80) }, { action: deny }] }],
    expect: { '80/TCP': ['x/a <- x/b'], '81/TCP': ['x/a <- none'] },
  },
  {
    name: 'Pass goes on to Baseline where no NetworkPolicy isolates',
    admin: [
      { priority: 10, subject: atXa, ingress: [{ action: pass, from: [inY] }, { action: allow }] },
      baseline({ subject: atXa, ingress: [{ action: deny }] }),
    ],
    expect: ['y/* !> x/a'],
  },
  {
    name: 'Pass of egress',
    policies: [{ ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: [{ podSelector: pod('b') }] }] }],
    admin: [{ priority: 10, subject: atXa, egress: [{ action: pass, to: [inX] }, { action: deny }] }],
    expect: ['x/a -> x/b'],
  },

  // Baseline.
  {
    name: 'Baseline denies pods that no NetworkPolicy isolates',
    admin: [baseline({ subject: inX, ingress: [{ action: deny }] })],
    expect: ['x/* <- none'],
    lab: true,
  },
  {
    name: 'Baseline says nothing of pods that a NetworkPolicy isolates',
    policies: [fromB],
    admin: [baseline({ subject: inX, ingress: [{ action: deny }] })],
    expect: ['x/a <- x/b', 'x/b x/c <- none'],
    lab: true,
  },
  {
    name: 'Baseline allow does not undo the isolation by a NetworkPolicy',
    policies: [closed],
    admin: [baseline({ subject: inX, ingress: [{ action: allow }] })],
    expect: ['x/a <- none'],
  },
  {
    name: 'isolation in one direction leaves the other to Baseline',
    policies: [fromB],
    admin: [baseline({ subject: inX, ingress: [{ action: deny }], egress: [{ action: deny }] })],
    expect: ['x/a <- none', 'x/b x/c <- none', 'x/* -> none'],
  },
  {
    name: 'Baseline rules in order',
    admin: [baseline({ subject: atXa, ingress: [{ action: allow, from: [inX] }, { action: deny }] })],
    expect: ['x/a <- x/*'],
  },
  {
    name: 'Baseline policies by priority',
    admin: [
      { tier: 'Baseline', priority: 20, subject: atXa, ingress: [{ action: deny }] },
      { tier: 'Baseline', priority: 10, subject: atXa, ingress: [{ action: allow, from: [inY] }] },
    ],
    expect: ['x/a <- y/*'],
  },
  {
    name: 'Admin goes before Baseline, whatever their numbers',
    admin: [
      { tier: 'Baseline', priority: 0, subject: atXa, ingress: [{ action: deny }] },
      { priority: 1000, subject: atXa, ingress: [{ action: allow, from: [inY] }] },
    ],
    expect: ['x/a <- y/*'],
  },
  {
    name: 'Baseline of egress, with ports',
    admin: [baseline({ subject: atXa, egress: [{ action: allow, ...tcp(80) }, { action: deny }] })],
    expect: { '80/TCP': [], '81/TCP': ['x/a -> none'], '53/UDP': ['x/a -> none'] },
    lab: true,
  },
  {
    name: 'all three in one: Admin, NetworkPolicy, Baseline',
    policies: [fromB],
    admin: [
      {
        priority: 1,
        subject: atXa,
        ingress: [
          { action: deny, from: [ofRed('b')], ...tcp(81) },
          { action: allow, from: [inY] },
        ],
      },
      baseline({ subject: inX, ingress: [{ action: deny }] }),
    ],
    expect: { '80/TCP': ['x/a <- x/b y/*', 'x/b x/c <- none'], '81/TCP': ['x/a <- y/a y/c', 'x/b x/c <- none'] },
    lab: true,
  },
]
