import type { NetworkPolicySpec, PolicyPort } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { named, on, pod, tcp } from './world.js'

/** x/a admits everyone at these ports. */
const at = (...ports: PolicyPort[]): NetworkPolicySpec[] => [{ ...on('x/a'), ingress: [{ ports }] }]
/** All pods of x admit everyone at these ports. */
const allAt = (...ports: PolicyPort[]): NetworkPolicySpec[] => [{ ...on('x/*'), ingress: [{ ports }] }]
/** x/a may send to everyone at these ports. */
const sendsTo = (...ports: PolicyPort[]): NetworkPolicySpec[] => [
  { ...on('x/a'), policyTypes: ['Egress'], egress: [{ ports }] },
]
const udp = (port: number | string): PolicyPort => ({ protocol: 'UDP', port })
const sctp = (port: number | string): PolicyPort => ({ protocol: 'SCTP', port })
const closed = ['x/a <- none']
const silent = ['x/a -> none']

export const PORT_CASES: readonly PolicyCase[] = [
  // By number.
  {
    name: 'one port, no other',
    policies: at({ port: 80 }),
    expect: { '80/TCP': [], '79/TCP': closed, '81/TCP': closed },
    lab: true,
  },
  {
    name: 'the protocol is TCP by default',
    policies: at({ port: 80 }),
    expect: { '80/TCP': [], '80/UDP': closed, '80/SCTP': closed },
  },
  {
    name: 'UDP is not TCP of the same port',
    policies: at(udp(80)),
    expect: { '80/UDP': [], '80/TCP': closed, '80/SCTP': closed },
    lab: true,
  },
  { name: 'SCTP is neither', policies: at(sctp(80)), expect: { '80/SCTP': [], '80/TCP': closed, '80/UDP': closed } },
  {
    name: 'several ports: any of them',
    policies: at({ port: 80 }, { port: 443 }),
    expect: { '80/TCP': [], '443/TCP': [], '81/TCP': closed },
  },
  {
    name: 'one port of two protocols',
    policies: at(udp(53), { port: 53 }),
    expect: { '53/UDP': [], '53/TCP': [], '53/SCTP': closed },
  },
  { name: 'a port listed twice', policies: at({ port: 80 }, { port: 80 }), expect: { '80/TCP': [], '81/TCP': closed } },
  {
    name: 'the lowest and the highest port',
    policies: at({ port: 1 }, { port: 65535 }),
    expect: { '1/TCP': [], '65535/TCP': [], '2/TCP': closed, '65534/TCP': closed },
  },
  {
    name: 'ports and peers of one rule must both hold',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }], ...tcp(80) }] }],
    expect: { '80/TCP': ['x/a <- x/b'], '81/TCP': closed },
    lab: true,
  },
  {
    name: 'each port with each peer of its rule',
    policies: [
      {
        ...on('x/a'),
        ingress: [{ from: [{ podSelector: pod('b') }, { networkSelector: named('y') }], ...tcp(80, 81) }],
      },
    ],
    expect: { '80/TCP': ['x/a <- x/b y/*'], '81/TCP': ['x/a <- x/b y/*'], '443/TCP': closed },
  },
  {
    name: 'a port for some, all ports for others',
    policies: [{ ...on('x/a'), ingress: [{ ...tcp(80) }, { from: [{ podSelector: pod('b') }] }] }],
    expect: { '80/TCP': [], '81/TCP': ['x/a <- x/b'], '53/UDP': ['x/a <- x/b'] },
  },

  // Protocols without a port.
  {
    name: 'a protocol without a port: all its ports',
    policies: at({ protocol: 'UDP' }),
    expect: { '53/UDP': [], '65535/UDP': [], '80/TCP': closed, '9/SCTP': closed },
    lab: true,
  },
  {
    name: 'an entry that says nothing: all ports of TCP',
    policies: at({}),
    expect: { '80/TCP': [], '1/TCP': [], '80/UDP': closed, '9/SCTP': closed },
  },
  { name: 'SCTP without a port', policies: at({ protocol: 'SCTP' }), expect: { '9/SCTP': [], '80/TCP': closed } },
  {
    name: 'TCP and UDP without ports are not ICMP',
    policies: at({}, { protocol: 'UDP' }),
    expect: { '80/TCP': [], '80/UDP': [], '8/ICMP': closed, '128/ICMPv6': closed },
  },

  // Ranges.
  {
    name: 'a range of ports, both ends included',
    policies: at({ port: 80, endPort: 90 }),
    expect: { '79/TCP': closed, '80/TCP': [], '85/TCP': [], '90/TCP': [], '91/TCP': closed },
    lab: true,
  },
  {
    name: 'a range of one port',
    policies: at({ port: 80, endPort: 80 }),
    expect: { '80/TCP': [], '79/TCP': closed, '81/TCP': closed },
  },
  {
    name: 'a range that is no power of two',
    policies: at({ port: 1000, endPort: 1999 }),
    expect: { '999/TCP': closed, '1000/TCP': [], '1023/TCP': [], '1024/TCP': [], '1999/TCP': [], '2000/TCP': closed },
  },
  {
    name: 'the range of all ports',
    policies: at({ port: 1, endPort: 65535 }),
    expect: { '1/TCP': [], '32768/TCP': [], '65535/TCP': [], '80/UDP': closed },
  },
  {
    name: 'the upper half of all ports',
    policies: at({ port: 32768, endPort: 65535 }),
    expect: { '32767/TCP': closed, '32768/TCP': [], '65535/TCP': [] },
  },
  {
    name: 'a range of UDP',
    policies: at({ protocol: 'UDP', port: 5000, endPort: 5003 }),
    expect: { '4999/UDP': closed, '5000/UDP': [], '5003/UDP': [], '5004/UDP': closed, '5000/TCP': closed },
  },
  {
    name: 'a range of SCTP',
    policies: at({ protocol: 'SCTP', port: 7, endPort: 9 }),
    expect: { '6/SCTP': closed, '7/SCTP': [], '9/SCTP': [], '10/SCTP': closed },
  },
  {
    name: 'ranges that overlap',
    policies: at({ port: 80, endPort: 90 }, { port: 85, endPort: 100 }),
    expect: { '79/TCP': closed, '80/TCP': [], '88/TCP': [], '100/TCP': [], '101/TCP': closed },
  },
  {
    name: 'a range within a range',
    policies: at({ port: 80, endPort: 100 }, { port: 85, endPort: 90 }),
    expect: { '80/TCP': [], '87/TCP': [], '95/TCP': [], '101/TCP': closed },
  },
  {
    name: 'ranges side by side',
    policies: at({ port: 80, endPort: 84 }, { port: 85, endPort: 89 }),
    expect: { '79/TCP': closed, '84/TCP': [], '85/TCP': [], '90/TCP': closed },
  },
  {
    name: 'a range for one peer, a port within it for another',
    policies: [
      {
        ...on('x/a'),
        ingress: [
          { from: [{ podSelector: pod('b') }], ports: [{ port: 80, endPort: 90 }] },
          { from: [{ podSelector: pod('c') }], ...tcp(85) },
        ],
      },
    ],
    expect: { '85/TCP': ['x/a <- x/b x/c'], '84/TCP': ['x/a <- x/b'], '86/TCP': ['x/a <- x/b'] },
  },
  {
    name: 'overlapping ranges of two policies, each with its own peers',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ podSelector: pod('b') }], ports: [{ port: 80, endPort: 443 }] }] },
      { ...on('x/a'), ingress: [{ from: [{ networkSelector: named('y') }], ports: [{ port: 100, endPort: 8080 }] }] },
    ],
    expect: {
      '80/TCP': ['x/a <- x/b'],
      '443/TCP': ['x/a <- x/b y/*'],
      '444/TCP': ['x/a <- y/*'],
      '8080/TCP': ['x/a <- y/*'],
      '8081/TCP': closed,
    },
  },

  // By name: the receiving pod says which number it is.
  {
    name: 'a named port is that of the receiving pod',
    policies: at({ port: 'http' }),
    expect: { '80/TCP': [], '8080/TCP': closed },
    lab: true,
  },
  {
    name: 'a named port is another number on each pod',
    policies: allAt({ port: 'http' }),
    expect: { '80/TCP': ['x/b x/c <- none'], '8080/TCP': ['x/a x/c <- none'] },
    lab: true,
  },
  {
    name: 'a name that no pod has is no port',
    policies: allAt({ port: 'https' }),
    expect: { '80/TCP': ['x/* <- none'], '443/TCP': ['x/* <- none'] },
  },
  {
    name: 'a name of one protocol is none of another',
    policies: allAt({ protocol: 'UDP', port: 'http' }),
    expect: { '80/TCP': ['x/* <- none'], '80/UDP': ['x/* <- none'] },
  },
  {
    name: 'a named port of UDP',
    policies: allAt({ protocol: 'UDP', port: 'dns' }),
    expect: { '53/UDP': ['x/c <- none'], '53/TCP': ['x/* <- none'] },
  },
  {
    name: 'two names of one number with two protocols',
    policies: allAt({ protocol: 'UDP', port: 'dns' }, { protocol: 'TCP', port: 'dns-tcp' }),
    expect: { '53/UDP': ['x/c <- none'], '53/TCP': ['x/b x/c <- none'] },
  },
  {
    name: 'a named port of SCTP',
    policies: allAt(sctp('diameter')),
    expect: { '3868/SCTP': ['x/a x/b <- none'], '3868/TCP': ['x/* <- none'] },
  },
  {
    name: 'a name and a number',
    policies: allAt({ port: 'http' }, { port: 9090 }),
    expect: { '80/TCP': ['x/b x/c <- none'], '8080/TCP': ['x/a x/c <- none'], '9090/TCP': [] },
  },
  {
    name: 'a named port with a peer',
    policies: [{ ...on('x/*'), ingress: [{ from: [{ podSelector: pod('c') }], ...tcp('http') }] }],
    expect: { '80/TCP': ['x/a <- x/c', 'x/b x/c <- none'], '8080/TCP': ['x/b <- x/c', 'x/a x/c <- none'] },
  },
  {
    name: "a named port of a tenant's policy",
    policies: [{ ...on('*/*'), ingress: [tcp('http')] }],
    expect: { '80/TCP': ['x/b x/c y/b y/c z/b z/c <- none'], '8080/TCP': ['x/a x/c y/a y/c z/a z/c <- none'] },
  },
  {
    name: "a pod whose port of that name has another number than its namesake's",
    pods: { 'y/a': { ports: [{ name: 'http', port: 8000 }] } },
    policies: [{ ...on('*/a'), ingress: [tcp('http')] }],
    expect: { '80/TCP': ['y/a <- none'], '8000/TCP': ['x/a z/a <- none'] },
  },
  {
    name: 'a pod without ports has none by name',
    pods: { 'x/a': { ports: [] } },
    policies: at({ port: 'http' }),
    expect: { '80/TCP': closed },
  },

  // Egress: the ports are still those of the receiver.
  {
    name: 'egress to one port',
    policies: sendsTo({ port: 80 }),
    expect: { '80/TCP': [], '81/TCP': silent, '80/UDP': silent },
    lab: true,
  },
  {
    name: 'egress to a range',
    policies: sendsTo({ port: 80, endPort: 90 }),
    expect: { '79/TCP': silent, '80/TCP': [], '90/TCP': [], '91/TCP': silent },
  },
  {
    name: 'egress to DNS of both protocols',
    policies: sendsTo(udp(53), { port: 53 }),
    expect: { '53/UDP': [], '53/TCP': [], '80/TCP': silent },
    lab: true,
  },
  {
    name: 'egress to a named port: that of each destination',
    policies: sendsTo({ port: 'http' }),
    expect: { '80/TCP': ['x/a -> x/a y/a z/a'], '8080/TCP': ['x/a -> x/b y/b z/b'] },
    lab: true,
  },
  {
    name: 'egress to a named port that some destinations do not have',
    policies: sendsTo({ port: 'metrics' }),
    expect: { '9090/TCP': ['x/a -> x/c y/c z/c'], '80/TCP': silent },
  },
  {
    name: 'egress to a named port of some pods',
    policies: [
      { ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: [{ podSelector: pod('b', 'c') }], ...tcp('http') }] },
    ],
    expect: { '8080/TCP': ['x/a -> x/b'], '80/TCP': silent },
  },
  {
    name: 'egress to a named port that the sender itself has with another number',
    policies: [{ ...on('x/b'), policyTypes: ['Egress'], egress: [tcp('http')] }],
    expect: { '80/TCP': ['x/b -> x/a y/a z/a'], '8080/TCP': ['x/b -> x/b y/b z/b'] },
  },
  { name: 'egress to a protocol', policies: sendsTo({ protocol: 'UDP' }), expect: { '53/UDP': [], '80/TCP': silent } },
]
