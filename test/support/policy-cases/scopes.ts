import type { PolicyCase } from './case.js'
import { named, on, pod, tcp, where } from './world.js'

/** Policies without a network: about the pods of all networks of their tenant. Kubernetes has none; all else is the same. */
export const SCOPE_CASES: readonly PolicyCase[] = [
  {
    name: "a tenant's policy isolates its pods in all networks",
    policies: [on('*/a')],
    expect: ['x/a y/a z/a <- none'],
    lab: true,
  },
  {
    name: "a tenant's policy does not isolate pods of another tenant",
    policies: [on('*/*')],
    expect: ['x/* y/* z/* <- none'],
  },
  {
    name: "in a tenant's policy podSelector alone is of all networks",
    policies: [{ ...on('*/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: ['x/a y/a z/a <- x/b y/b z/b'],
    lab: true,
  },
  {
    name: "in a tenant's policy networkSelector narrows",
    policies: [{ ...on('*/a'), ingress: [{ from: [{ podSelector: pod('b'), networkSelector: named('y') }] }] }],
    expect: ['x/a y/a z/a <- y/b'],
  },
  {
    name: "in a tenant's policy networkSelector alone",
    policies: [{ ...on('*/a'), ingress: [{ from: [{ networkSelector: where('team', 'Exists') }] }] }],
    expect: ['x/a y/a z/a <- x/* y/*'],
  },
  {
    name: "a tenant's policy of egress",
    policies: [{ ...on('*/c'), policyTypes: ['Egress'], egress: [{ to: [{ podSelector: pod('a') }] }] }],
    expect: ['x/c y/c z/c -> x/a y/a z/a'],
    lab: true,
  },
  {
    name: "a tenant's egress policy to one network",
    policies: [{ ...on('*/*'), policyTypes: ['Egress'], egress: [{ to: [{ networkSelector: named('z') }] }] }],
    expect: ['x/* y/* z/* -> z/*'],
  },
  {
    name: "a tenant's deny beside a network's allow",
    policies: [on('*/*'), { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: ['x/a <- x/b', 'x/b x/c y/* z/* <- none'],
    lab: true,
  },
  {
    name: "a tenant's allow beside a network's deny",
    policies: [on('x/*'), { ...on('*/a'), ingress: [{ from: [{ podSelector: pod('c') }] }] }],
    expect: ['x/b x/c <- none', 'x/a y/a z/a <- */c'],
  },
  {
    name: "a tenant's policy and a network's add up",
    policies: [
      { ...on('*/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('c') }] }] },
    ],
    expect: ['x/a <- */b x/c', 'y/a z/a <- */b'],
  },
  {
    name: 'one pod selector, in a network and in the tenant',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
      { ...on('*/c'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
    ],
    expect: ['x/a <- x/b', '*/c <- */b'],
  },
  {
    name: "a tenant's ports",
    policies: [{ ...on('*/*'), ingress: [tcp(80)] }],
    expect: { '80/TCP': [], '81/TCP': ['x/* y/* z/* <- none'], '80/UDP': ['x/* y/* z/* <- none'] },
  },
  { name: "a tenant's allow all", policies: [on('*/*'), { ...on('*/*'), ingress: [{}] }], expect: [] },
  {
    name: 'policies of two tenants do not touch each other',
    policies: [on('x/*'), { tenant: 'blue', ...on('*/b') }],
    expect: ['x/* <- none', 'q/b <- none'],
    lab: true,
  },
  {
    name: "namesakes of two tenants are each their own tenant's",
    policies: [
      { tenant: 'blue', ...on('q/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] },
      { ...on('*/a'), policyTypes: ['Egress'] },
    ],
    expect: ['q/a <- q/b', 'x/a y/a z/a -> none'],
  },
]
