import type { NetworkPolicySpec, PolicyPeer } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { named, on, pod, where } from './world.js'

const from = (...peers: PolicyPeer[]): NetworkPolicySpec[] => [{ ...on('x/a'), ingress: [{ from: peers }] }]
const to = (...peers: PolicyPeer[]): NetworkPolicySpec[] => [
  { ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: peers }] },
]
const prod = { matchLabels: { env: 'prod' } }
const test = { matchLabels: { env: 'test' } }
const stage = { matchLabels: { env: 'stage' } }

export const PEER_CASES: readonly PolicyCase[] = [
  {
    name: "podSelector alone: pods of the policy's own network",
    policies: from({ podSelector: pod('b') }),
    expect: ['x/a <- x/b'],
    lab: true,
  },
  {
    name: 'podSelector alone, empty: all pods of the own network',
    policies: from({ podSelector: {} }),
    expect: ['x/a <- x/*'],
  },
  {
    name: "podSelector alone: labels of other networks' pods do not count",
    policies: from({ podSelector: where('version', 'In', 'v2') }),
    expect: ['x/a <- none'],
  },
  {
    name: 'networkSelector alone: all pods of those networks',
    policies: from({ networkSelector: test }),
    expect: ['x/a <- y/*'],
  },
  {
    name: 'networkSelector alone: the own network only where it is selected',
    policies: from({ networkSelector: where('heddle.io/name', 'NotIn', 'x') }),
    expect: ['x/a <- y/* z/*'],
  },
  {
    name: 'both selectors in one peer: such pods of such networks',
    policies: from({ podSelector: pod('b'), networkSelector: prod }),
    expect: ['x/a <- x/b z/b'],
    lab: true,
  },
  {
    name: 'both selectors in two peers: either',
    policies: from({ podSelector: pod('b') }, { networkSelector: test }),
    expect: ['x/a <- x/b y/*'],
    lab: true,
  },
  {
    name: 'both selectors in two peers: the pod selector is still of the own network',
    policies: from({ podSelector: pod('c') }, { networkSelector: named('z') }),
    expect: ['x/a <- x/c z/*'],
  },
  {
    name: 'an empty networkSelector with a podSelector: such pods of all networks',
    policies: from({ podSelector: pod('b'), networkSelector: {} }),
    expect: ['x/a <- */b'],
  },
  {
    name: 'an empty podSelector with a networkSelector: all pods of those networks',
    policies: from({ podSelector: {}, networkSelector: test }),
    expect: ['x/a <- y/*'],
  },
  {
    name: 'both selectors empty: everyone of the tenant',
    policies: from({ podSelector: {}, networkSelector: {} }),
    expect: [],
  },
  {
    name: 'a networkSelector that takes none, with a podSelector: nobody',
    policies: from({ podSelector: pod('b'), networkSelector: stage }),
    expect: ['x/a <- none'],
  },
  {
    name: 'a podSelector that takes none, with a networkSelector: nobody',
    policies: from({ podSelector: pod('d'), networkSelector: prod }),
    expect: ['x/a <- none'],
  },
  {
    name: 'a peer that takes nobody takes nothing from the others',
    policies: from({ networkSelector: stage }, { podSelector: pod('b') }),
    expect: ['x/a <- x/b'],
  },
  {
    name: 'peers that overlap',
    policies: from({ podSelector: pod('b') }, { podSelector: {} }, { podSelector: pod('b'), networkSelector: {} }),
    expect: ['x/a <- x/* y/b z/b'],
  },
  {
    name: 'two networks, each with its own pods',
    policies: from(
      { podSelector: pod('a'), networkSelector: named('y') },
      { podSelector: pod('b'), networkSelector: named('z') },
    ),
    expect: ['x/a <- y/a z/b'],
  },
  { name: 'a pod may be its own peer', policies: from({ podSelector: pod('a') }), expect: ['x/a <- none'] },
  { name: 'podSelector alone, on egress', policies: to({ podSelector: pod('b') }), expect: ['x/a -> x/b'], lab: true },
  { name: 'podSelector alone, empty, on egress', policies: to({ podSelector: {} }), expect: ['x/a -> x/*'] },
  {
    name: 'networkSelector alone, on egress',
    policies: to({ networkSelector: test }),
    expect: ['x/a -> y/*'],
    lab: true,
  },
  {
    name: 'both selectors in one peer, on egress',
    policies: to({ podSelector: pod('b'), networkSelector: prod }),
    expect: ['x/a -> x/b z/b'],
  },
  {
    name: 'both selectors in two peers, on egress',
    policies: to({ podSelector: pod('b') }, { networkSelector: test }),
    expect: ['x/a -> x/b y/*'],
  },
  { name: 'both selectors empty, on egress', policies: to({ podSelector: {}, networkSelector: {} }), expect: [] },
  { name: 'a peer of nobody, on egress', policies: to({ networkSelector: stage }), expect: ['x/a -> none'] },
  {
    name: 'NotIn of pods and of networks in one peer',
    policies: from({ podSelector: where('version', 'NotIn', 'v1'), networkSelector: where('team', 'NotIn', 'two') }),
    expect: ['x/a <- * -x/b -z/a'],
  },
  {
    name: 'all pods of a network among themselves alone',
    policies: [
      {
        ...on('x/*'),
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: {} }] }],
        egress: [{ to: [{ podSelector: {} }] }],
      },
    ],
    expect: ['x/* <- x/*', 'x/* -> x/*'],
    lab: true,
  },
  {
    name: 'each network to itself, by one policy a network',
    policies: ['x', 'y', 'z'].map((network) => ({ network, ingress: [{ from: [{ podSelector: {} }] }] })),
    expect: ['x/* <- x/*', 'y/* <- y/*', 'z/* <- z/*'],
  },
  {
    name: 'several pods in one policy, several in one peer',
    policies: [{ network: 'x', podSelector: pod('a', 'b'), ingress: [{ from: [{ podSelector: pod('b', 'c') }] }] }],
    expect: ['x/a x/b <- x/b x/c'],
  },
]
