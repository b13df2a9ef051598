import type { NetworkPolicySpec, PolicyPeer } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { named, on, pod, tcp, where } from './world.js'

const JOINED = { peerings: ['red>blue', 'blue>red'], joined: ['red blue'] } as const
const ALL_JOINED = {
  peerings: ['red>blue', 'blue>red', 'green>red', 'red>green'],
  joined: ['red blue', 'red green'],
} as const
const from = (...peers: PolicyPeer[]): NetworkPolicySpec[] => [{ ...on('x/a'), ingress: [{ from: peers }] }]
const prod = { matchLabels: { env: 'prod' } }

export const TENANT_CASES: readonly PolicyCase[] = [
  // Whether tenants are joined.
  {
    name: 'without a peering no tenant reaches another, whatever its policies allow',
    policies: [
      { ...on('*/*'), policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
      { tenant: 'blue', ...on('*/*'), ingress: [{}] },
    ],
    expect: { '80/TCP': [], '53/UDP': [], '8/ICMP': [], '128/ICMPv6': [] },
  },
  {
    name: 'with a peering of both, each reaches the other',
    ...JOINED,
    expect: { '80/TCP': [], '53/UDP': [], '8/ICMP': [], '128/ICMPv6': [] },
    lab: true,
  },
  {
    name: 'with a peering of one alone, neither reaches the other',
    peerings: ['red>blue'],
    expect: { '80/TCP': [], '8/ICMP': [] },
    lab: true,
  },
  { name: 'with a peering of the other alone, neither reaches the other', peerings: ['blue>red'], expect: [] },
  { name: 'peerings that miss each other join nobody', peerings: ['red>blue', 'blue>green', 'green>red'], expect: [] },
  { name: 'peerings are not passed on', ...ALL_JOINED, expect: [] },
  {
    name: 'a half peering does not undo a whole one',
    peerings: ['red>blue', 'blue>red', 'green>blue'],
    joined: ['red blue'],
    expect: [],
  },

  // Selectors of tenants.
  {
    name: 'tenantSelector by name',
    ...JOINED,
    policies: from({ tenantSelector: named('blue') }),
    expect: ['x/a <- q/*'],
    lab: true,
  },
  {
    name: 'tenantSelector by a label',
    ...ALL_JOINED,
    policies: from({ tenantSelector: { matchLabels: { zone: 'eu' } } }),
    expect: ['x/a <- q/* r/*'],
  },
  {
    name: 'tenantSelector takes the own tenant where that has the label',
    ...JOINED,
    policies: from({ tenantSelector: { matchLabels: { grade: 'gold' } } }),
    expect: [],
  },
  { name: 'tenantSelector, empty: all that are joined', ...JOINED, policies: from({ tenantSelector: {} }), expect: [] },
  {
    name: 'tenantSelector by NotIn, also tenants without the label',
    ...ALL_JOINED,
    policies: from({ tenantSelector: where('zone', 'NotIn', 'eu') }),
    expect: ['x/a <- x/* y/* z/*'],
  },
  {
    name: 'tenantSelector by Exists',
    ...ALL_JOINED,
    policies: from({ tenantSelector: where('zone', 'Exists') }),
    expect: ['x/a <- q/* r/*'],
  },
  {
    name: 'tenantSelector by DoesNotExist',
    ...ALL_JOINED,
    policies: from({ tenantSelector: where('grade', 'DoesNotExist') }),
    expect: ['x/a <- r/*'],
  },
  {
    name: 'tenantSelector by NotIn of names: all the others',
    ...ALL_JOINED,
    policies: from({ tenantSelector: where('heddle.io/name', 'NotIn', 'red', 'green') }),
    expect: ['x/a <- q/*'],
  },
  {
    name: 'tenantSelector that takes none',
    ...JOINED,
    policies: from({ tenantSelector: named('yellow') }),
    expect: ['x/a <- none'],
  },
  {
    name: 'tenantSelector without a peering takes nobody of the other',
    policies: from({ tenantSelector: named('blue') }),
    expect: ['x/a <- none'],
    lab: true,
  },
  {
    name: 'tenantSelector with a half peering takes nobody of the other',
    peerings: ['red>blue'],
    policies: from({ tenantSelector: named('blue') }),
    expect: ['x/a <- none'],
  },
  {
    name: 'tenantSelector by a label: only those that are joined',
    ...JOINED,
    policies: from({ tenantSelector: { matchLabels: { zone: 'eu' } } }),
    expect: ['x/a <- q/*'],
  },
  {
    name: 'tenantSelector by own name is the own tenant, all its networks',
    ...JOINED,
    policies: from({ tenantSelector: named('red') }),
    expect: ['x/a <- x/* y/* z/*'],
  },

  // With the other selectors.
  {
    name: 'tenantSelector with networkSelector',
    ...JOINED,
    policies: from({ tenantSelector: {}, networkSelector: prod }),
    expect: ['x/a <- x/* z/* q/*'],
  },
  {
    name: 'tenantSelector with podSelector: such pods of all its networks',
    ...JOINED,
    policies: from({ tenantSelector: {}, podSelector: pod('b') }),
    expect: ['x/a <- */b'],
    lab: true,
  },
  {
    name: 'tenantSelector with both',
    ...ALL_JOINED,
    policies: from({ tenantSelector: where('zone', 'Exists'), networkSelector: prod, podSelector: pod('a') }),
    expect: ['x/a <- q/a'],
  },
  {
    name: 'tenantSelector beside a podSelector: either',
    ...JOINED,
    policies: from({ tenantSelector: named('blue') }, { podSelector: pod('c') }),
    expect: ['x/a <- x/c q/*'],
  },
  {
    name: 'podSelector alone does not take pods of a joined tenant',
    ...JOINED,
    policies: [{ ...on('*/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: ['x/a y/a z/a <- x/b y/b z/b'],
    lab: true,
  },
  {
    name: 'networkSelector alone does not take networks of a joined tenant',
    ...JOINED,
    policies: from({ networkSelector: prod }),
    expect: ['x/a <- x/* z/*'],
  },
  {
    name: 'an empty networkSelector does not take networks of a joined tenant',
    ...JOINED,
    policies: from({ networkSelector: {} }),
    expect: ['x/a <- x/* y/* z/*'],
  },
  {
    name: 'an empty from takes a joined tenant too',
    ...JOINED,
    policies: [{ ...on('x/a'), ingress: [{ ...tcp(80) }] }],
    expect: { '80/TCP': [], '81/TCP': ['x/a <- none'] },
  },
  {
    name: 'a block takes addresses of a joined tenant',
    ...JOINED,
    policies: from({ ipBlock: { cidr: '10.2.0.0/16', except: ['10.2.1.11/32'] } }),
    expect: { '80/TCP@4': ['x/a <- q/a'], '80/TCP@6': ['x/a <- none'] },
  },

  // Policies of both.
  { name: 'deny all keeps out a joined tenant', ...JOINED, policies: [on('x/*')], expect: ['x/* <- none'] },
  {
    name: 'deny all egress keeps in, also towards a joined tenant',
    ...JOINED,
    policies: [{ ...on('x/*'), policyTypes: ['Egress'] }],
    expect: ['x/* -> none'],
  },
  {
    name: 'the other tenant isolates its own pods',
    ...JOINED,
    policies: [{ tenant: 'blue', ...on('q/a'), ingress: [{ from: [{ podSelector: {} }] }] }],
    expect: ['q/a <- q/*'],
    lab: true,
  },
  {
    name: 'egress to another tenant',
    ...JOINED,
    policies: [{ ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: [{ tenantSelector: named('blue') }] }] }],
    expect: ['x/a -> q/*'],
    lab: true,
  },
  {
    name: 'egress and ingress of two tenants must agree',
    ...JOINED,
    policies: [
      {
        ...on('*/*'),
        policyTypes: ['Egress'],
        egress: [{ to: [{ tenantSelector: named('blue'), podSelector: pod('a') }] }],
      },
      {
        tenant: 'blue',
        ...on('*/*'),
        ingress: [{ from: [{ tenantSelector: named('red'), networkSelector: named('x') }] }],
      },
    ],
    expect: ['x/* y/* z/* -> q/a', 'q/* <- x/*'],
  },
  {
    name: 'one way between tenants: red reaches blue, blue not red',
    ...JOINED,
    policies: [{ ...on('*/*'), ingress: [{ from: [{ networkSelector: {} }] }] }],
    expect: ['x/* y/* z/* <- x/* y/* z/*'],
  },
  {
    name: "a named port of another tenant's pods",
    ...JOINED,
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: [{ tenantSelector: named('blue') }], ...tcp('http') }] },
    ],
    expect: { '80/TCP': ['x/a -> q/a'], '8080/TCP': ['x/a -> q/b'] },
  },
  {
    name: 'one policy with a tenant that is joined and one that is not',
    ...JOINED,
    policies: [
      {
        ...on('x/a'),
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ tenantSelector: where('heddle.io/name', 'In', 'blue', 'green') }] }],
        egress: [{ to: [{ tenantSelector: where('heddle.io/name', 'In', 'blue', 'green') }] }],
      },
    ],
    expect: ['x/a <- q/*', 'x/a -> q/*'],
  },
]
