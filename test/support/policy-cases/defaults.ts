import type { PolicyCase } from './case.js'
import { named, on, pod, tcp } from './world.js'

const xDenies = { networks: { x: { default: 'deny' } } } as const
const allDeny = { networks: { x: { default: 'deny' }, y: { default: 'deny' }, z: { default: 'deny' } } } as const
const inX = { tenantSelector: named('red'), networkSelector: named('x') }

/** Networks with `default: deny`: an isolation in both directions that comes last of all. */
export const DEFAULT_CASES: readonly PolicyCase[] = [
  {
    name: 'default deny isolates the network in both directions',
    ...xDenies,
    expect: {
      '80/TCP': ['x/* <- none', 'x/* -> none'],
      '53/UDP': ['x/* <- none', 'x/* -> none'],
      '8/ICMP': ['x/* <- none', 'x/* -> none'],
    },
    lab: true,
  },
  { name: 'default allow is as if it were not said', networks: { x: { default: 'allow' } }, expect: [] },
  {
    name: 'a NetworkPolicy of ingress overrides it in that direction',
    ...xDenies,
    policies: [{ ...on('x/a'), ingress: [{}] }],
    expect: ['x/a <- y/* z/*', 'x/b x/c <- none', 'x/* -> none'],
    lab: true,
  },
  {
    name: 'within the network both ends must be allowed',
    ...xDenies,
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
      { ...on('x/b'), policyTypes: ['Egress'], egress: [{ to: [{ podSelector: pod('a') }] }] },
    ],
    expect: ['x/a <- x/b', 'x/b -> x/a', 'x/b x/c <- none', 'x/a x/c -> none'],
    lab: true,
  },
  {
    name: 'default deny of both ends',
    ...allDeny,
    policies: [
      {
        ...on('*/a'),
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: pod('a') }] }],
        egress: [{ to: [{ podSelector: pod('a') }] }],
      },
    ],
    expect: ['x/* y/* z/* <- */a', 'x/* y/* z/* -> */a'],
  },
  {
    name: 'a NetworkPolicy that admits a port',
    ...xDenies,
    policies: [{ ...on('x/*'), ingress: [tcp(80)] }],
    expect: { '80/TCP': ['x/* <- y/* z/*', 'x/* -> none'], '81/TCP': ['x/* <- none', 'x/* -> none'] },
  },
  {
    name: 'Admin allow goes before it',
    ...xDenies,
    admin: [{ priority: 10, subject: inX, ingress: [{ action: 'Allow', ...tcp(80) }] }],
    expect: { '80/TCP': ['x/* <- y/* z/*', 'x/* -> none'], '81/TCP': ['x/* <- none', 'x/* -> none'] },
  },
  {
    name: 'Admin Pass leads to it',
    ...xDenies,
    admin: [{ priority: 10, subject: inX, ingress: [{ action: 'Pass' }] }],
    expect: ['x/* <- none', 'x/* -> none'],
  },
  {
    name: 'Baseline allow goes before it',
    ...xDenies,
    admin: [{ tier: 'Baseline', priority: 10, subject: inX, egress: [{ action: 'Allow' }] }],
    expect: ['x/* <- none', 'x/* -> y/* z/*'],
    lab: true,
  },
  {
    name: 'Baseline that does not speak of it leads to it',
    ...xDenies,
    admin: [{ tier: 'Baseline', priority: 10, subject: inX, egress: [{ action: 'Allow', ...tcp(443) }] }],
    expect: { '80/TCP': ['x/* <- none', 'x/* -> none'], '443/TCP': ['x/* <- none', 'x/* -> y/* z/*'] },
  },
  {
    name: 'default deny keeps out a joined tenant',
    ...xDenies,
    peerings: ['red>blue', 'blue>red'],
    joined: ['red blue'],
    expect: ['x/* <- none', 'x/* -> none'],
  },
  {
    name: "a tenant's policy overrides it where it isolates",
    ...allDeny,
    policies: [{ ...on('*/*'), policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] }],
    expect: [],
  },
]
