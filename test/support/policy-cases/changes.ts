import type { PolicyCase } from './case.js'
import { named, on, pod, where } from './world.js'

const fromNew = [{ ...on('x/a'), ingress: [{ from: [{ podSelector: { matchLabels: { mark: 'new' } } }] }] }]

/** What there is changes: pods, networks and tenants get other labels, policies come and go. */
export const CHANGE_CASES: readonly PolicyCase[] = [
  {
    name: 'a pod gets, and loses, the label by which it is admitted',
    policies: fromNew,
    expect: ['x/a <- none'],
    then: [
      { pods: { 'x/b': { labels: { pod: 'b', mark: 'new' } } }, expect: ['x/a <- x/b'] },
      { pods: {}, expect: ['x/a <- none'] },
    ],
    lab: true,
  },
  {
    name: 'a pod gets, and loses, the label by which it is isolated',
    policies: [{ podSelector: where('mark', 'Exists') }],
    expect: [],
    then: [
      { pods: { 'y/c': { labels: { pod: 'c', mark: '' } } }, expect: ['y/c <- none'] },
      { pods: {}, expect: [] },
    ],
    lab: true,
  },
  {
    name: 'a pod changes the value of a label',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ networkSelector: {}, podSelector: where('version', 'In', 'v1') }] }] },
    ],
    expect: ['x/a <- x/b z/a'],
    then: [
      { pods: { 'x/b': { labels: { pod: 'b', version: 'v2' } } }, expect: ['x/a <- z/a'] },
      { pods: { 'y/b': { labels: { pod: 'b', version: 'v1' } } }, expect: ['x/a <- x/b y/b z/a'] },
    ],
  },
  {
    name: 'a pod gets the label that another has: both are admitted',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: ['x/a <- x/b'],
    then: [{ pods: { 'x/c': { labels: { pod: 'b' } } }, expect: ['x/a <- x/b x/c'] }],
  },
  {
    name: 'a pod loses all its labels',
    policies: [{ ...on('x/*'), ingress: [{ from: [{ podSelector: where('pod', 'Exists') }] }] }],
    expect: ['x/* <- x/*'],
    then: [{ pods: { 'x/b': { labels: {} } }, expect: ['x/* <- x/a x/c'] }],
  },
  {
    name: 'two pods change places',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: ['x/a <- x/b'],
    then: [{ pods: { 'x/b': { labels: { pod: 'c' } }, 'x/c': { labels: { pod: 'b' } } }, expect: ['x/a <- x/c'] }],
  },
  {
    name: 'a pod becomes subject of an Admin policy',
    admin: [{ priority: 10, subject: { podSelector: where('mark', 'Exists') }, egress: [{ action: 'Deny' }] }],
    expect: [],
    then: [{ pods: { 'z/b': { labels: { mark: 'new' } } }, expect: ['z/b -> none'] }],
  },
  {
    name: 'a network gets, and loses, the label by which its pods are admitted',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ networkSelector: { matchLabels: { team: 'two' } } }] }] }],
    expect: ['x/a <- none'],
    then: [
      { networks: { y: { labels: { team: 'two' } } }, expect: ['x/a <- y/*'] },
      { networks: { z: { labels: { team: 'two' } } }, expect: ['x/a <- z/*'] },
      { networks: {}, expect: ['x/a <- none'] },
    ],
    lab: true,
  },
  {
    name: 'a network loses the label that excluded it',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ networkSelector: where('team', 'DoesNotExist') }] }] }],
    expect: ['x/a <- z/*'],
    then: [{ networks: { y: { labels: {} } }, expect: ['x/a <- y/* z/*'] }],
  },
  {
    name: 'a tenant gets the label by which it is admitted',
    peerings: ['red>blue', 'blue>red'],
    joined: ['red blue'],
    policies: [{ ...on('x/a'), ingress: [{ from: [{ tenantSelector: { matchLabels: { friend: 'yes' } } }] }] }],
    expect: ['x/a <- none'],
    then: [
      { tenants: { blue: { labels: { friend: 'yes' } } }, expect: ['x/a <- q/*'] },
      { tenants: { red: { labels: { friend: 'yes' } } }, expect: ['x/a <- x/* y/* z/*'] },
    ],
  },
  {
    name: 'a peering comes, and goes',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ tenantSelector: {} }] }] }],
    expect: [],
    then: [
      { peerings: ['red>blue'], expect: [] },
      { peerings: ['red>blue', 'blue>red'], joined: ['red blue'], expect: [] },
      { peerings: ['blue>red'], joined: [], expect: [] },
    ],
    lab: true,
  },
  {
    name: 'a policy is created, changed and deleted',
    expect: [],
    then: [
      { policies: [on('x/a')], expect: ['x/a <- none'] },
      { policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }], expect: ['x/a <- x/b'] },
      { policies: [{ ...on('x/b'), policyTypes: ['Egress'] }], expect: ['x/b -> none'] },
      { policies: [], expect: [] },
    ],
    lab: true,
  },
  {
    name: 'one of two policies is deleted',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('c') }] }] },
    ],
    expect: ['x/a <- x/b x/c'],
    then: [{ policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }], expect: ['x/a <- x/b'] }],
  },
  {
    name: 'a port gets another number behind its name',
    policies: [{ ...on('x/a'), ingress: [{ ports: [{ port: 'http' }] }] }],
    expect: { '80/TCP': [], '8081/TCP': ['x/a <- none'] },
    then: [
      {
        pods: { 'x/a': { ports: [{ name: 'http', port: 8081 }] } },
        expect: { '80/TCP': ['x/a <- none'], '8081/TCP': [] },
      },
    ],
  },
  {
    name: 'a network turns to default deny, and back',
    expect: [],
    then: [
      { networks: { y: { default: 'deny' } }, expect: ['y/* <- none', 'y/* -> none'] },
      { networks: {}, expect: [] },
    ],
    lab: true,
  },
  {
    name: 'Admin policies change their order',
    policies: [on('x/a')],
    admin: [
      {
        priority: 1,
        subject: { tenantSelector: named('red') },
        ingress: [{ action: 'Deny', from: [{ networkSelector: named('y') }] }],
      },
      { priority: 2, subject: { tenantSelector: named('red') }, ingress: [{ action: 'Allow' }] },
    ],
    expect: ['y/* !> x/* y/* z/*'],
    then: [
      {
        admin: [
          {
            priority: 3,
            subject: { tenantSelector: named('red') },
            ingress: [{ action: 'Deny', from: [{ networkSelector: named('y') }] }],
          },
          { priority: 2, subject: { tenantSelector: named('red') }, ingress: [{ action: 'Allow' }] },
        ],
        expect: [],
      },
    ],
  },
  {
    name: 'an Admin policy changes its tier',
    policies: [on('x/a')],
    admin: [{ priority: 1, ingress: [{ action: 'Allow' }] }],
    expect: [],
    then: [{ admin: [{ tier: 'Baseline', priority: 1, ingress: [{ action: 'Allow' }] }], expect: ['x/a <- none'] }],
  },
  {
    name: 'a policy moves from a network to the tenant',
    policies: [on('x/a')],
    expect: ['x/a <- none'],
    then: [
      { policies: [on('*/a')], expect: ['x/a y/a z/a <- none'] },
      { policies: [on('z/a')], expect: ['z/a <- none'] },
    ],
  },
]
