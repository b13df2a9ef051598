import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  acceptAll,
  acceptKnown,
  addressesMiss,
  answerArp,
  answerNeighbours,
  answerPing,
  antiSpoof,
  checkConnections,
  checkReplies,
  classifyPod,
  classifyTunnel,
  clause,
  type ClauseMatch,
  ContractError,
  cookieOf,
  deliver,
  type LimitedPod,
  limitMisses,
  limitReceived,
  limitSent,
  limitUplink,
  takeProbes,
  totalOf,
  denyByDefault,
  dropExpired,
  dropLinkTalk,
  type FlowTerm,
  isolate,
  isolationMiss,
  isOurCookie,
  loadAddresses,
  type LocalPod,
  misses,
  outboundMiss,
  outboundOfIdentity,
  outboundToNetwork,
  policyMisses,
  receive,
  routeLocal,
  routeRemote,
  rule,
  type RulePlace,
  type TableName,
  TABLES,
  toDestination,
  trackBoth,
  trackEnd,
  verifyRegisters,
  verifyTerm,
} from '../../../flows/index.js'
import { BITS, type Family, type Ip, mustParseCidr, mustParseIp } from '../../../src/model/address.js'
import { PRIORITY, UNIT_KINDS } from '../../../flows/layout.js'
import { match } from 'openflow-ts'

const POD: LocalPod = { ofport: 16, mac: 0x02480a010002n, addresses: [mustParseIp('10.1.0.2'), mustParseIp('fd00:1::2')], domain: 1, tunnelKey: 5, identity: 256, zone: 7 }
const NETWORK = { domain: 1, tunnelKey: 5, gateways: [mustParseIp('10.1.0.1'), mustParseIp('fd00:1::1')] }
const ROUTE = { domain: 1, destination: mustParseCidr('10.1.0.16/28'), stray: false }
const ROUTE6 = { ...ROUTE, destination: mustParseCidr('fd00:1::40/122') }
const REMOTE = { ...ROUTE, tunnelKey: 5, tunnelOfport: 1, tunnelAddress: mustParseIp('192.0.2.2') }

const PLACES: readonly RulePlace[] = (['Ingress', 'Egress'] as const).flatMap((direction) => [
  { domain: 1, direction, tier: 'admin', order: 50_049, chunk: 0 },
  { domain: 1, direction, tier: 'policy', order: 0, chunk: 63 },
  { domain: 1, direction, tier: 'baseline', order: 0, chunk: 0 },
])
const VALUES: readonly ClauseMatch[] = [
  { type: 'identity', end: 'sender', identity: 256 },
  { type: 'identity', end: 'receiver', identity: 257 },
  { type: 'address', end: 'sender', prefix: mustParseCidr('10.0.0.0/8') },
  { type: 'address', end: 'receiver', prefix: mustParseCidr('fd00::/64') },
  { type: 'service', value: 0x060050, mask: 0xffffff },
  { type: 'podService', ofport: 16, service: 0x060050 },
  { type: 'any' },
]
const ACTIONS = ['Allow', 'Deny', 'Pass'] as const

const POLICY: readonly FlowTerm[] = [
  ...outboundMiss(),
  ...outboundOfIdentity(1, 256),
  ...outboundToNetwork(1, [toDestination(mustParseCidr('10.1.0.0/16')), toDestination(mustParseCidr('fd00::/64'))]),
  ...trackBoth(),
  ...checkReplies(),
  ...isolationMiss(),
  ...trackEnd(1, 'sender', 256),
  ...trackEnd(1, 'receiver', 256),
  ...checkConnections(),
  ...addressesMiss(),
  ...loadAddresses(1),
  ...policyMisses(),
  ...PLACES.flatMap((place) => [
    ...VALUES.map((value) => clause(place, value, [{ rule: 1, clause: 1, n_clauses: 2 }])),
    ...ACTIONS.flatMap((action) => rule(place, 1, action, true)),
  ]),
  ...(['Ingress', 'Egress'] as const).flatMap((direction) => [
    ...isolate(1, direction, 256),
    ...denyByDefault(1, direction, 256),
  ]),
  ...acceptAll(),
  ...acceptKnown(1, 256),
]

const LIMITING = { floods: { syn: 1, udp: 2, icmp: 3 }, packets: 4, newConnections: 5, dscp: 6 }
const LIMITED: LimitedPod = { ofport: 16, zone: 7, sent: LIMITING, received: LIMITING, queue: 16, uplinkMeter: 8 }

const ALL: readonly FlowTerm[] = [
  ...limitMisses(),
  ...limitSent(LIMITED),
  ...limitUplink(LIMITED),
  ...limitReceived(LIMITED),
  ...totalOf(1, { egress: 9, ingress: 10 }),
  ...takeProbes(),
  ...POLICY,
  ...misses(),
  ...dropLinkTalk(),
  ...answerArp(),
  ...answerNeighbours(),
  ...dropExpired(),
  ...classifyPod(POD),
  ...antiSpoof(POD),
  ...receive(POD),
  ...deliver(),
  ...classifyTunnel(NETWORK, 1),
  ...answerPing(NETWORK),
  ...routeLocal(ROUTE),
  ...routeRemote(REMOTE),
  ...routeLocal(ROUTE6),
  ...routeRemote({ ...REMOTE, ...ROUTE6, tunnelAddress: mustParseIp('2001:db8::2') }),
]

describe('pipeline layout', () => {
  it('has tables whose ids only grow along the way, each once', () => {
    const ids = Object.values(TABLES).map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const { id, next } of Object.values(TABLES))
      for (const name of next) assert(TABLES[name].id > id, `${id} -> ${name}`)
    assert.equal(TABLES.classify.id, 0, 'packets enter there')
  })

  it('has registers that share no bit, and refuses those that do', () => {
    verifyRegisters()
    assert.throws(() => {
      verifyRegisters({ a: { field: 'reg1', bits: [0, 15], doc: '' }, b: { field: 'reg1', bits: [15, 31], doc: '' } })
    }, new ContractError('reg1[15] is both a and b'))
    assert.throws(() => {
      verifyRegisters({ a: { field: 'xxreg1', bits: [0, 127], doc: '' }, b: { field: 'reg5', bits: [7, 7], doc: '' } })
    }, new ContractError('reg5[7] is both a and b'))
    assert.throws(() => {
      verifyRegisters({ a: { field: 'xreg1', bits: [32, 40], doc: '' }, b: { field: 'reg2', bits: [8, 9], doc: '' } })
    }, new ContractError('reg2[8] is both a and b'))
  })

  it('has priorities that let the longest prefix win, below the guards of the route table', () => {
    const { normal, routeBase, expired, router }: Readonly<Record<string, number>> = PRIORITY
    const rising = [normal, routeBase, routeBase + 128 + 1, expired, router]
    assert.deepEqual(
      rising.toSorted((a, b) => a - b),
      rising,
    )
    const priorityOf = (prefix: number, stray: boolean) =>
      routeLocal({ ...ROUTE, destination: { family: 6, address: 0n, prefix }, stray })[0]!.priority
    assert(priorityOf(28, false) > priorityOf(26, false))
    assert(priorityOf(128, true) > priorityOf(128, false))
  })

  it('makes cookies that say they are ours, of which kind, and differ by unit', () => {
    const cookies = new Set<bigint>()
    for (const kind of UNIT_KINDS) {
      for (let i = 0; i < 2000; i++) {
        const cookie = cookieOf(kind, `h${i % 7} red/web/p${i}`)
        assert(isOurCookie(cookie) && cookie < 1n << 64n)
        assert.equal(Number((cookie >> 40n) & 0xffn), UNIT_KINDS.indexOf(kind) + 1)
        cookies.add(cookie)
      }
    }
    assert.equal(cookies.size, UNIT_KINDS.length * 2000)
    for (const other of [0n, 1n, 0xffff_ffff_ffff_ffffn, cookieOf('pod', 'x') >> 1n]) assert(!isOurCookie(other))
  })
})

describe('pipeline contracts', () => {
  it('hold for every flow of every table', () => {
    for (const term of ALL) {
      verifyTerm(term)
      assert(term.priority >= 0 && term.priority <= 0xffff)
      match(term.match)
    }
    assert.deepEqual(new Set(ALL.map(({ table }) => table)), new Set(Object.keys(TABLES) as TableName[]))
  })

  it('make every match valid for a switch, whatever the facts', () => {
    const u32 = fc.nat(2 ** 31 - 1).map((n) => n * 2)
    const address = (family: Family) =>
      fc.bigInt(0n, (1n << BigInt(BITS[family])) - 1n).map((value): Ip => ({ family, value }))
    const facts = fc.record({
      ofport: fc.integer({ min: 1, max: 0xfeff }),
      mac: fc.bigInt(1n, (1n << 40n) - 1n),
      addresses: fc.tuple(address(4), address(6)),
      domain: u32,
      tunnelKey: fc.nat(2 ** 24 - 1),
      identity: u32,
      zone: fc.integer({ min: 1, max: 0xffff }),
    })
    fc.assert(
      fc.property(facts, (pod) => {
        for (const term of [...classifyPod(pod), ...antiSpoof(pod), ...receive(pod)]) {
          verifyTerm(term)
          match(term.match)
        }
      }),
      { numRuns: 50 },
    )
  })

  const broken: readonly [string, FlowTerm][] = [
    ['a field that its table may not match', { table: 'arp', priority: 1, match: { tcp_dst: 80 }, actions: [] }],
    [
      'a table that may not follow',
      { table: 'classify', priority: 1, match: {}, actions: [{ type: 'goto_table', table_id: TABLES.arp.id }] },
    ],
    ['a way back', { table: 'deliver', priority: 1, match: {}, actions: [{ type: 'goto_table', table_id: 0 }] }],
    [
      'an output where there may be none',
      { table: 'anti_spoof', priority: 1, match: {}, actions: [{ type: 'output', port: 1 }] },
    ],
    [
      'an action that no table has',
      { table: 'route', priority: 1, match: {}, actions: [{ type: 'resubmit', table: 0 }] },
    ],
    [
      'a register that nobody declared',
      { table: 'route', priority: 1, match: {}, actions: [{ type: 'set_field', field: 'reg7', value: 1 }] },
    ],
    [
      'a conjunction where there are no rules',
      { table: 'route', priority: 1, match: {}, actions: [{ type: 'conjunction', id: 1, clause: 1, n_clauses: 2 }] },
    ],
    [
      'a look at conntrack that comes back where it may not',
      { table: 'track', priority: 1, match: {}, actions: [{ type: 'ct', flags: [], zone: 1, table: TABLES.deliver.id, actions: [] }] },
    ],
  ]
  for (const [what, term] of broken) {
    it(`are broken by ${what}`, () => {
      assert.throws(() => {
        verifyTerm(term)
      }, ContractError)
    })
  }
})
