import type { IpBlock, NetworkPolicySpec } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { on, pod, tcp } from './world.js'

const from = (...blocks: IpBlock[]): NetworkPolicySpec[] => [
  { ...on('x/a'), ingress: [{ from: blocks.map((ipBlock) => ({ ipBlock })) }] },
]
const to = (...blocks: IpBlock[]): NetworkPolicySpec[] => [
  { ...on('x/a'), policyTypes: ['Egress'], egress: [{ to: blocks.map((ipBlock) => ({ ipBlock })) }] },
]
const none = ['x/a <- none']

/** Each block is of one family: of the other it admits nobody. */
export const BLOCK_CASES: readonly PolicyCase[] = [
  {
    name: 'a block of a network',
    policies: from({ cidr: '10.1.2.0/24' }),
    expect: { '80/TCP@4': ['x/a <- y/*'], '80/TCP@6': none },
    lab: true,
  },
  {
    name: 'a block of a network, IPv6',
    policies: from({ cidr: 'fd00:1:2::/64' }),
    expect: { '80/TCP@6': ['x/a <- y/*'], '80/TCP@4': none },
    lab: true,
  },
  {
    name: 'blocks of both families',
    policies: from({ cidr: '10.1.2.0/24' }, { cidr: 'fd00:1:2::/64' }),
    expect: ['x/a <- y/*'],
  },
  { name: 'all of IPv4', policies: from({ cidr: '0.0.0.0/0' }), expect: { '80/TCP@4': [], '80/TCP@6': none } },
  { name: 'all of IPv6', policies: from({ cidr: '::/0' }), expect: { '80/TCP@6': [], '80/TCP@4': none } },
  { name: 'all of both families', policies: from({ cidr: '0.0.0.0/0' }, { cidr: '::/0' }), expect: [] },
  {
    name: 'one address',
    policies: from({ cidr: '10.1.2.11/32' }),
    expect: { '80/TCP@4': ['x/a <- y/b'], '80/TCP@6': none },
    lab: true,
  },
  {
    name: 'one address, IPv6',
    policies: from({ cidr: 'fd00:1:2::11/128' }),
    expect: { '80/TCP@6': ['x/a <- y/b'], '80/TCP@4': none },
  },
  {
    name: 'two addresses by one block',
    policies: from({ cidr: '10.1.2.10/31' }),
    expect: { '80/TCP@4': ['x/a <- y/a y/b'] },
  },
  {
    name: 'two addresses by one block, IPv6',
    policies: from({ cidr: 'fd00:1:2::10/127' }),
    expect: { '80/TCP@6': ['x/a <- y/a y/b'] },
  },
  {
    name: 'a block within a network',
    policies: from({ cidr: '10.1.2.16/28' }),
    expect: { '80/TCP@4': ['x/a <- y/c'] },
  },
  {
    name: 'a block of the own network',
    policies: from({ cidr: '10.1.1.0/24' }),
    expect: { '80/TCP@4': ['x/a <- x/*'] },
  },
  {
    name: 'a block of several networks',
    policies: from({ cidr: '10.1.2.0/23' }),
    expect: { '80/TCP@4': ['x/a <- y/* z/*'] },
  },
  {
    name: 'a block of several networks, IPv6',
    policies: from({ cidr: 'fd00:1:2::/47' }),
    expect: { '80/TCP@6': ['x/a <- y/* z/*'] },
  },
  { name: 'a block with none of our addresses', policies: from({ cidr: '192.0.2.0/24' }), expect: none },
  { name: 'a block of another tenant that is not joined', policies: from({ cidr: '10.2.1.0/24' }), expect: none },
  {
    name: 'blocks that overlap',
    policies: from({ cidr: '10.1.0.0/16' }, { cidr: '10.1.2.0/24' }),
    expect: { '80/TCP@4': [] },
  },
  {
    name: 'several blocks',
    policies: from({ cidr: '10.1.1.11/32' }, { cidr: '10.1.3.0/24' }),
    expect: { '80/TCP@4': ['x/a <- x/b z/*'] },
  },

  // except
  {
    name: 'a block but for one address',
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.11/32'] }),
    expect: { '80/TCP@4': ['x/a <- y/a y/c'], '80/TCP@6': none },
    lab: true,
  },
  {
    name: 'a block but for one address, IPv6',
    policies: from({ cidr: 'fd00:1:2::/64', except: ['fd00:1:2::11/128'] }),
    expect: { '80/TCP@6': ['x/a <- y/a y/c'], '80/TCP@4': none },
    lab: true,
  },
  {
    name: 'all but for a network',
    policies: from({ cidr: '0.0.0.0/0', except: ['10.1.2.0/24'] }),
    expect: { '80/TCP@4': ['x/a <- x/* z/*'] },
  },
  {
    name: 'all but for a network, IPv6',
    policies: from({ cidr: '::/0', except: ['fd00:1:2::/64'] }),
    expect: { '80/TCP@6': ['x/a <- x/* z/*'] },
  },
  {
    name: 'several exceptions',
    policies: from({ cidr: '10.1.0.0/16', except: ['10.1.2.0/24', '10.1.3.11/32', '10.1.1.20/32'] }),
    expect: { '80/TCP@4': ['x/a <- x/b z/a z/c'] },
  },
  {
    name: 'several exceptions, IPv6',
    policies: from({ cidr: 'fd00:1::/32', except: ['fd00:1:2::/64', 'fd00:1:3::11/128'] }),
    expect: { '80/TCP@6': ['x/a <- x/* z/a z/c'] },
  },
  {
    name: 'exceptions that leave nothing',
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.0/25', '10.1.2.128/25'] }),
    expect: none,
  },
  {
    name: 'exceptions that leave nobody',
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.8/30', '10.1.2.20/32'] }),
    expect: none,
  },
  {
    name: 'an exception without pods',
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.128/25'] }),
    expect: { '80/TCP@4': ['x/a <- y/*'] },
  },
  {
    name: 'what one block excepts another may admit',
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.10/31'] }, { cidr: '10.1.2.11/32' }),
    expect: { '80/TCP@4': ['x/a <- y/b y/c'] },
  },
  {
    name: 'what a block excepts a selector may admit',
    policies: [
      {
        ...on('x/a'),
        ingress: [
          { from: [{ ipBlock: { cidr: '10.1.1.0/24', except: ['10.1.1.11/32'] } }, { podSelector: pod('b') }] },
        ],
      },
    ],
    expect: { '80/TCP@4': ['x/a <- x/*'], '80/TCP@6': ['x/a <- x/b'] },
  },
  {
    name: 'what a block of one policy excepts another policy may admit',
    policies: [...from({ cidr: '10.1.0.0/16', except: ['10.1.2.0/24'] }), ...from({ cidr: '10.1.2.11/32' })],
    expect: { '80/TCP@4': ['x/a <- x/* y/b z/*'] },
  },
  {
    name: "two blocks except each other's part",
    policies: from({ cidr: '10.1.2.0/24', except: ['10.1.2.0/28'] }, { cidr: '10.1.2.0/24', except: ['10.1.2.16/28'] }),
    expect: { '80/TCP@4': ['x/a <- y/*'] },
  },
  {
    name: 'nested: a block within the exception of a block',
    policies: from({ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }, { cidr: '10.1.2.0/24', except: ['10.1.2.16/28'] }),
    expect: { '80/TCP@4': ['x/a <- y/a y/b'] },
  },

  // With other parts of a rule.
  {
    name: 'a block with a port',
    policies: [{ ...on('x/a'), ingress: [{ from: [{ ipBlock: { cidr: '10.1.2.0/24' } }], ...tcp(80) }] }],
    expect: { '80/TCP@4': ['x/a <- y/*'], '81/TCP@4': none, '80/UDP@4': none },
  },
  {
    name: 'a block admits ICMP too, where no ports are given',
    policies: from({ cidr: '10.1.2.0/24' }),
    expect: { '8/ICMP': ['x/a <- y/*'], '128/ICMPv6': none },
  },
  {
    name: 'a block beside a selector: either',
    policies: [
      { ...on('x/a'), ingress: [{ from: [{ ipBlock: { cidr: '10.1.2.0/24' } }, { podSelector: pod('c') }] }] },
    ],
    expect: { '80/TCP@4': ['x/a <- x/c y/*'], '80/TCP@6': ['x/a <- x/c'] },
  },
  {
    name: "a block in a tenant's policy",
    policies: [{ ...on('*/a'), ingress: [{ from: [{ ipBlock: { cidr: '10.1.3.0/24', except: ['10.1.3.20/32'] } }] }] }],
    expect: { '80/TCP@4': ['x/a y/a z/a <- z/a z/b'], '80/TCP@6': ['x/a y/a z/a <- none'] },
  },

  // Egress.
  {
    name: 'egress to a block',
    policies: to({ cidr: '10.1.2.0/24' }),
    expect: { '80/TCP@4': ['x/a -> y/*'], '80/TCP@6': ['x/a -> none'] },
    lab: true,
  },
  {
    name: 'egress to a block, IPv6',
    policies: to({ cidr: 'fd00:1:2::/64' }),
    expect: { '80/TCP@6': ['x/a -> y/*'], '80/TCP@4': ['x/a -> none'] },
  },
  {
    name: 'egress to a block but for a part',
    policies: to({ cidr: '10.1.0.0/16', except: ['10.1.2.0/24', '10.1.3.10/31'] }),
    expect: { '80/TCP@4': ['x/a -> x/* z/c'] },
    lab: true,
  },
  {
    name: 'egress to a block but for a part, IPv6',
    policies: to({ cidr: 'fd00:1::/32', except: ['fd00:1:2::/64', 'fd00:1:3::10/127'] }),
    expect: { '80/TCP@6': ['x/a -> x/* z/c'] },
  },
  {
    name: 'egress to all but for the own network',
    policies: to({ cidr: '0.0.0.0/0', except: ['10.1.1.0/24'] }),
    expect: { '80/TCP@4': ['x/a -> y/* z/*'] },
  },
  {
    name: 'egress to a block with named ports',
    policies: [
      {
        ...on('x/a'),
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '10.1.2.0/24' } }], ...tcp('http') }],
      },
    ],
    expect: { '80/TCP@4': ['x/a -> y/a'], '8080/TCP@4': ['x/a -> y/b'], '9090/TCP@4': ['x/a -> none'] },
  },
  { name: "egress to nobody's addresses", policies: to({ cidr: '198.51.100.0/24' }), expect: ['x/a -> none'] },
]
