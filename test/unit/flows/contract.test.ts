import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  answerArp,
  answerNeighbours,
  answerPing,
  antiSpoof,
  classifyPod,
  classifyTunnel,
  ContractError,
  cookieOf,
  deliver,
  dropExpired,
  dropLinkTalk,
  type FlowTerm,
  isOurCookie,
  type LocalPod,
  misses,
  routeLocal,
  routeRemote,
  type TableName,
  TABLES,
  verifyRegisters,
  verifyTerm,
} from '../../../flows/index.js'
import { BITS, type Family, type Ip, mustParseCidr, mustParseIp } from '../../../src/model/address.js'
import { PRIORITY, UNIT_KINDS } from '../../../flows/layout.js'
import { match } from 'openflow-ts'

const POD: LocalPod = { ofport: 16, mac: 0x02480a010002n, addresses: [mustParseIp('10.1.0.2'), mustParseIp('fd00:1::2')], domain: 1, tunnelKey: 5, identity: 256 }
const NETWORK = { domain: 1, tunnelKey: 5, gateways: [mustParseIp('10.1.0.1'), mustParseIp('fd00:1::1')] }
const ROUTE = { domain: 1, destination: mustParseCidr('10.1.0.16/28'), stray: false }
const ROUTE6 = { ...ROUTE, destination: mustParseCidr('fd00:1::40/122') }
const REMOTE = { ...ROUTE, tunnelKey: 5, tunnelOfport: 1, tunnelAddress: mustParseIp('192.0.2.2') }

const ALL: readonly FlowTerm[] = [
  ...misses(),
  ...dropLinkTalk(),
  ...answerArp(),
  ...answerNeighbours(),
  ...dropExpired(),
  ...classifyPod(POD),
  ...antiSpoof(POD),
  ...deliver(POD),
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
    for (const term of ALL) verifyTerm(term)
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
    })
    fc.assert(
      fc.property(facts, (pod) => {
        for (const term of [...classifyPod(pod), ...antiSpoof(pod), ...deliver(pod)]) {
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
  ]
  for (const [what, term] of broken) {
    it(`are broken by ${what}`, () => {
      assert.throws(() => {
        verifyTerm(term)
      }, ContractError)
    })
  }
})
