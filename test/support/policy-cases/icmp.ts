import type { NetworkPolicySpec, PolicyPort } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { on, pod } from './world.js'

/** x/a admits everyone at these ports. */
const at = (...ports: PolicyPort[]): NetworkPolicySpec[] => [{ ...on('x/a'), ingress: [{ ports }] }]
const closed = ['x/a <- none']

/** ICMP, which Kubernetes has no word for. Probes are TYPE.CODE, the code 0 where none is given. */
export const ICMP_CASES: readonly PolicyCase[] = [
  { name: 'ICMP is isolated like all else', policies: [on('x/a')], expect: { '8/ICMP': closed, '128/ICMPv6': closed } },
  {
    name: 'ICMP alone',
    policies: at({ protocol: 'ICMP' }),
    expect: { '8/ICMP': [], '13/ICMP': [], '128/ICMPv6': closed, '80/TCP': closed },
  },
  {
    name: 'ICMPv6 alone',
    policies: at({ protocol: 'ICMPv6' }),
    expect: { '128/ICMPv6': [], '8/ICMP': closed, '80/TCP': closed },
  },
  {
    name: 'ICMP of both families',
    policies: at({ protocol: 'ICMP' }, { protocol: 'ICMPv6' }),
    expect: { '8/ICMP': [], '128/ICMPv6': [], '80/TCP': closed },
  },
  {
    name: 'one type of ICMP',
    policies: at({ protocol: 'ICMP', icmpType: 8 }),
    expect: { '8/ICMP': [], '13/ICMP': closed },
  },
  {
    name: 'another type of ICMP',
    policies: at({ protocol: 'ICMP', icmpType: 13 }),
    expect: { '13/ICMP': [], '8/ICMP': closed },
  },
  {
    name: 'to admit echo replies is not to admit echo requests',
    policies: at({ protocol: 'ICMP', icmpType: 0 }),
    expect: { '8/ICMP': closed },
  },
  {
    name: 'one type and code of ICMP',
    policies: at({ protocol: 'ICMP', icmpType: 8, icmpCode: 0 }),
    expect: { '8.0/ICMP': [], '13/ICMP': closed },
  },
  {
    name: 'another code of that type',
    policies: at({ protocol: 'ICMP', icmpType: 8, icmpCode: 1 }),
    expect: { '8.0/ICMP': closed },
  },
  { name: 'one type of ICMPv6', policies: at({ protocol: 'ICMPv6', icmpType: 128 }), expect: { '128/ICMPv6': [] } },
  {
    name: 'another type of ICMPv6',
    policies: at({ protocol: 'ICMPv6', icmpType: 1 }),
    expect: { '128/ICMPv6': closed },
  },
  {
    name: 'ICMP with a peer',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }], ports: [{ protocol: 'ICMP', icmpType: 8 }] }] },
    ],
    expect: { '8/ICMP': ['x/a <- x/b'], '80/TCP': closed },
  },
  {
    name: 'ICMP out alone',
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [{ ports: [{ protocol: 'ICMP' }, { protocol: 'ICMPv6' }] }] },
    ],
    expect: { '8/ICMP': [], '128/ICMPv6': [], '80/TCP': ['x/a -> none'] },
  },
  {
    name: 'a peer without ports admits ICMP too',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }] }] }],
    expect: { '8/ICMP': ['x/a <- x/b'], '128/ICMPv6': ['x/a <- x/b'], '9/SCTP': ['x/a <- x/b'] },
  },
]
