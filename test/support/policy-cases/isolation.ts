import type { PolicyCase } from './case.js'
import { on, pod, tcp } from './world.js'

const BOTH = ['Ingress', 'Egress'] as const
const fromB = { from: [{ podSelector: pod('b') }] }
const fromC = { from: [{ podSelector: pod('c') }] }
const toB = { to: [{ podSelector: pod('b') }] }
const toC = { to: [{ podSelector: pod('c') }] }

export const ISOLATION_CASES: readonly PolicyCase[] = [
  {
    name: 'without policies all pods of a tenant reach each other, and none of another',
    expect: { '80/TCP': [], '53/UDP': [], '9/SCTP': [], '8/ICMP': [], '128/ICMPv6': [] },
    lab: true,
  },

  // Deny and allow all, by direction.
  {
    name: 'deny all ingress of a network',
    policies: [{ ...on('x/*'), policyTypes: ['Ingress'] }],
    expect: ['x/* <- none'],
    lab: true,
  },
  {
    name: 'deny all ingress by an empty list',
    policies: [{ ...on('x/*'), policyTypes: ['Ingress'], ingress: [] }],
    expect: ['x/* <- none'],
  },
  {
    name: 'deny all egress of a network',
    policies: [{ ...on('x/*'), policyTypes: ['Egress'] }],
    expect: ['x/* -> none'],
    lab: true,
  },
  {
    name: 'deny all egress by an empty list',
    policies: [{ ...on('x/*'), policyTypes: ['Egress'], egress: [] }],
    expect: ['x/* -> none'],
  },
  {
    name: 'deny all in both directions',
    policies: [{ ...on('x/*'), policyTypes: BOTH }],
    expect: ['x/* <- none', 'x/* -> none'],
    lab: true,
  },
  {
    name: 'deny all is of every protocol',
    policies: [{ ...on('x/*'), policyTypes: BOTH }],
    expect: {
      '53/UDP': ['x/* <- none', 'x/* -> none'],
      '9/SCTP': ['x/* <- none', 'x/* -> none'],
      '8/ICMP': ['x/* <- none', 'x/* -> none'],
      '128/ICMPv6': ['x/* <- none', 'x/* -> none'],
    },
  },
  {
    name: 'allow all ingress',
    policies: [{ ...on('x/*'), ingress: [{}] }],
    expect: { '80/TCP': [], '53/UDP': [], '9/SCTP': [], '8/ICMP': [], '128/ICMPv6': [] },
  },
  {
    name: 'allow all egress',
    policies: [{ ...on('x/*'), policyTypes: ['Egress'], egress: [{}] }],
    expect: { '80/TCP': [], '53/UDP': [], '9/SCTP': [], '8/ICMP': [], '128/ICMPv6': [] },
  },
  { name: 'deny ingress of one pod', policies: [{ ...on('x/a'), policyTypes: ['Ingress'] }], expect: ['x/a <- none'] },
  { name: 'deny egress of one pod', policies: [{ ...on('x/a'), policyTypes: ['Egress'] }], expect: ['x/a -> none'] },
  {
    name: 'deny all, each way of another pod',
    policies: [
      { ...on('x/a'), policyTypes: ['Ingress'] },
      { ...on('y/a'), policyTypes: ['Egress'] },
    ],
    expect: ['x/a <- none', 'y/a -> none'],
  },

  // Empty and absent lists of a rule.
  { name: 'an empty from is everyone', policies: [{ ...on('x/a'), ingress: [{ from: [] }] }], expect: [] },
  {
    name: 'an empty to is everyone',
    policies: [{ ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: [] }] }],
    expect: [],
  },
  {
    name: 'empty ports are all ports',
    policies: [{ ...on('x/a'), ingress: [{ ...fromB, ports: [] }] }],
    expect: { '80/TCP': ['x/a <- x/b'], '53/UDP': ['x/a <- x/b'], '9/SCTP': ['x/a <- x/b'], '8/ICMP': ['x/a <- x/b'] },
  },
  {
    name: 'an empty from with ports is everyone at those ports',
    policies: [{ ...on('x/a'), ingress: [{ from: [], ...tcp(80) }] }],
    expect: { '80/TCP': [], '81/TCP': ['x/a <- none'] },
  },

  // policyTypes and what they are by default.
  {
    name: 'a policy that says nothing isolates ingress alone',
    policies: [on('x/a')],
    expect: ['x/a <- none'],
    lab: true,
  },
  {
    name: 'ingress rules alone isolate ingress alone',
    policies: [{ ...on('x/a'), ingress: [fromB] }],
    expect: ['x/a <- x/b'],
  },
  {
    name: 'egress rules isolate ingress too, where types are not given',
    policies: [{ ...on('x/a'), egress: [toB] }],
    expect: ['x/a <- none', 'x/a -> x/b'],
    lab: true,
  },
  {
    name: 'an egress list without rules isolates ingress alone, where types are not given',
    policies: [{ ...on('x/a'), egress: [] }],
    expect: ['x/a <- none'],
  },
  {
    name: 'rules of both directions isolate both',
    policies: [{ ...on('x/a'), ingress: [fromB], egress: [toC] }],
    expect: ['x/a <- x/b', 'x/a -> x/c'],
    lab: true,
  },
  {
    name: 'with type Egress alone, ingress rules say nothing',
    policies: [{ ...on('x/a'), policyTypes: ['Egress'], ingress: [fromB] }],
    expect: ['x/a -> none'],
  },
  {
    name: 'with type Ingress alone, egress rules say nothing',
    policies: [{ ...on('x/a'), policyTypes: ['Ingress'], egress: [toB] }],
    expect: ['x/a <- none'],
  },
  {
    name: 'with both types and ingress rules alone, nothing is sent',
    policies: [{ ...on('x/a'), policyTypes: BOTH, ingress: [fromB] }],
    expect: ['x/a <- x/b', 'x/a -> none'],
  },
  {
    name: 'with both types and egress rules alone, nothing is received',
    policies: [{ ...on('x/a'), policyTypes: BOTH, egress: [toB] }],
    expect: ['x/a <- none', 'x/a -> x/b'],
  },
  {
    name: 'the order of types does not matter',
    policies: [{ ...on('x/a'), policyTypes: ['Egress', 'Ingress'], ingress: [fromB], egress: [toC] }],
    expect: ['x/a <- x/b', 'x/a -> x/c'],
  },

  // Policies and rules add up.
  {
    name: 'rules of one policy add up',
    policies: [{ ...on('x/a'), ingress: [fromB, fromC] }],
    expect: ['x/a <- x/b x/c'],
  },
  {
    name: 'policies of one pod add up',
    policies: [
      { ...on('x/a'), ingress: [fromB] },
      { ...on('x/a'), ingress: [fromC] },
    ],
    expect: ['x/a <- x/b x/c'],
    lab: true,
  },
  {
    name: 'a policy that denies takes nothing from one that allows',
    policies: [{ ...on('x/*') }, { ...on('x/a'), ingress: [fromB] }],
    expect: ['x/a <- x/b', 'x/b x/c <- none'],
    lab: true,
  },
  {
    name: 'a policy that denies egress takes nothing from one that allows it',
    policies: [
      { ...on('x/*'), policyTypes: ['Egress'] },
      { ...on('x/a'), policyTypes: ['Egress'], egress: [toB] },
    ],
    expect: ['x/a -> x/b', 'x/b x/c -> none'],
  },
  {
    name: 'deny all beside allow all is allow all',
    policies: [{ ...on('x/*') }, { ...on('x/*'), ingress: [{}] }],
    expect: [],
  },
  {
    name: 'one policy twice is that policy',
    policies: [
      { ...on('x/a'), ingress: [fromB] },
      { ...on('x/a'), ingress: [fromB] },
    ],
    expect: ['x/a <- x/b'],
  },
  {
    name: 'directions add up apart from each other',
    policies: [
      { ...on('x/a'), policyTypes: ['Ingress'], ingress: [fromB] },
      { ...on('x/a'), policyTypes: ['Egress'], egress: [toC] },
    ],
    expect: ['x/a <- x/b', 'x/a -> x/c'],
  },
  {
    name: 'policies of overlapping pods: each pod has the sum of its own',
    policies: [
      { ...on('x/*'), ingress: [fromC] },
      { network: 'x', podSelector: pod('a', 'b'), ingress: [{ from: [{ podSelector: pod('a') }] }] },
    ],
    expect: ['x/a x/b <- x/a x/c', 'x/c <- none'],
  },
  {
    name: 'ports of one policy do not go with peers of another',
    policies: [
      { ...on('x/a'), ingress: [{ ...fromB, ...tcp(80) }] },
      { ...on('x/a'), ingress: [{ ...fromC, ...tcp(81) }] },
    ],
    expect: { '80/TCP': ['x/a <- x/b'], '81/TCP': ['x/a <- x/c'] },
    lab: true,
  },
  {
    name: 'ports of one rule do not go with peers of another',
    policies: [
      {
        ...on('x/a'),
        ingress: [
          { ...fromB, ...tcp(80) },
          { ...fromC, ...tcp(81) },
        ],
      },
    ],
    expect: { '80/TCP': ['x/a <- x/b'], '81/TCP': ['x/a <- x/c'] },
  },
  { name: 'a policy of another network does not isolate', policies: [{ ...on('y/*') }], expect: ['y/* <- none'] },

  // Both ends must agree.
  {
    name: 'egress allowed, ingress not: not reached',
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [toB] },
      { ...on('x/b'), ingress: [fromC] },
    ],
    expect: ['x/a -> none', 'x/b <- x/c'],
  },
  {
    name: 'ingress allowed, egress not: not reached',
    policies: [
      { ...on('x/b'), ingress: [{ from: [{ podSelector: pod('a') }] }] },
      { ...on('x/a'), policyTypes: ['Egress'], egress: [toC] },
    ],
    expect: ['x/b <- none', 'x/a -> x/c'],
    lab: true,
  },
  {
    name: 'egress and ingress allowed: reached',
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [toB] },
      { ...on('x/b'), ingress: [{ from: [{ podSelector: pod('a') }] }] },
    ],
    expect: ['x/a -> x/b', 'x/b <- x/a'],
    lab: true,
  },
  {
    name: 'egress and ingress must agree on the port',
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [{ ...toB, ...tcp(80, 81) }] },
      { ...on('x/b'), ingress: [{ ...tcp(81, 443) }] },
    ],
    expect: { '80/TCP': ['x/a -> none', 'x/b <- none'], '81/TCP': ['x/a -> x/b'], '443/TCP': ['x/a -> none'] },
  },
  {
    name: 'egress of one network and ingress of another',
    policies: [
      {
        ...on('y/*'),
        policyTypes: ['Egress'],
        egress: [{ to: [{ networkSelector: { matchLabels: { env: 'prod' } } }] }],
      },
      { ...on('x/*'), ingress: [{ from: [{ networkSelector: { matchLabels: { env: 'test' } } }] }] },
    ],
    expect: ['y/* -> x/* z/*', 'x/* <- y/*'],
  },

  // A new connection one way says nothing of the other way.
  {
    name: 'a pod that receives nothing may send, and gets its replies',
    policies: [{ ...on('x/a'), policyTypes: ['Ingress'] }],
    expect: { '80/TCP': ['x/a <- none'], '53/UDP': ['x/a <- none'] },
    lab: true,
  },
  {
    name: 'a pod that sends nothing may receive, and replies',
    policies: [{ ...on('x/a'), policyTypes: ['Egress'] }],
    expect: { '80/TCP': ['x/a -> none'], '53/UDP': ['x/a -> none'] },
    lab: true,
  },
  {
    name: 'x/a may reach x/b, x/b not x/a',
    policies: [{ ...on('x/a'), policyTypes: BOTH, egress: [toB] }],
    expect: ['x/a -> x/b', 'x/a <- none'],
    lab: true,
  },
  {
    name: 'who may be reached at a port does not reach from that port',
    policies: [{ ...on('x/a'), policyTypes: BOTH, ingress: [{ ...fromB, ...tcp(80) }] }],
    expect: { '80/TCP': ['x/a <- x/b', 'x/a -> none'] },
  },
  {
    name: 'a ring: each pod reaches the next alone',
    policies: [
      { ...on('x/a'), ingress: [fromC] },
      { ...on('x/b'), ingress: [{ from: [{ podSelector: pod('a') }] }] },
      { ...on('x/c'), ingress: [fromB] },
    ],
    expect: ['x/a <- x/c', 'x/b <- x/a', 'x/c <- x/b'],
    lab: true,
  },
]
