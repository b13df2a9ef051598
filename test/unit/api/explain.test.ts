import assert from 'node:assert/strict'
import { assertProblem, call, seed, startApi, type TestApi } from '../../support/api.js'

const PODS = ['a', 'b'] as const

describe('api: questions about packets', () => {
  let api: TestApi
  before(async () => {
    api = await startApi()
    await seed(api)
    for (const [i, name] of PODS.entries()) {
      await call(api, `PUT /v1/tenants/red/networks/web/pods/${name}`, { host: `h${i + 1}` })
    }
    await call(api, 'PUT /v1/tenants/blue', {})
    await call(api, 'PUT /v1/tenants/blue/networks/web', { cidrs: ['10.1.0.0/16'] })
    await call(api, 'PUT /v1/tenants/blue/networks/web/pods/z', { host: 'h1' })
  })
  after(() => api.close())

  const probe = { from: 'red/web/a', to: 'red/web/b', protocol: 'TCP', port: 80 }

  it('traces packets between pods, and to addresses', async () => {
    const { status, body } = await call(api, 'POST /v1/trace', probe)
    assert.equal(status, 200)
    assert.equal(body['reaches'], true)
    assert.match(String(body['decision']), /^red\/web\/a to red\/web\/b, TCP 80: delivered to red\/web\/b on h2; the reply/)
    const ping = await call(api, 'POST /v1/trace', { from: 'red/web/a', to: '10.1.0.1', protocol: 'ICMP' })
    assert.match(String(ping.body['decision']), /answered by the router on h1$/)
    const other = await call(api, 'POST /v1/trace', { ...probe, from: 'blue/web/z', protocol: 'ICMP', port: undefined, icmpType: 13 })
    assert.match(String(other.body['decision']), /ICMP type 13: dropped on h1 in table route/)
  })

  it('names each field of a trace that is wrong, and why', async () => {
    const cases: [unknown, [string, RegExp][]][] = [
      [{}, [['/from', /is required/], ['/to', /is required/], ['/protocol', /is required: one of TCP, UDP, SCTP, ICMP/]]],
      [{ ...probe, from: 'red/web/x' }, [['/from', /pod red\/web\/x does not exist/]]],
      [{ ...probe, from: 'a' }, [['/from', /"a" is not a pod: TENANT\/NETWORK\/NAME/]]],
      [{ ...probe, to: '10.1.0.999' }, [['/to', /is neither a pod .* nor an address/]]],
      [{ ...probe, to: 7 }, [['/to', /must be a string/]]],
      [{ ...probe, protocol: 'tcp' }, [['/protocol', /must be one of TCP/]]],
      [{ ...probe, port: undefined }, [['/port', /is required for TCP/]]],
      [{ ...probe, port: 65536 }, [['/port', /from 0 to 65535/]]],
      [{ ...probe, port: '80' }, [['/port', /must be an integer/]]],
      [{ ...probe, icmpType: 8 }, [['/icmpType', /no meaning for TCP/]]],
      [{ ...probe, protocol: 'ICMP' }, [['/port', /no meaning for ICMP/]]],
      [{ ...probe, family: 5 }, [['/family', /must be 4 or 6/]]],
      [{ ...probe, family: 6 }, [['/from', /has no IPv6 address/], ['/to', /has no IPv6 address/]]],
      [{ ...probe, to: '10.1.0.1', family: 6 }, [['/family', /10\.1\.0\.1 is not an IPv6 address/]]],
      [{ ...probe, to: 'fd00::1' }, [['/from', /has no IPv6 address/]]],
      [{ ...probe, lively: true }, [['/lively', /is not a field of a trace/]]],
      [{ ...probe, live: 1 }, [['/live', /must be true or false/]]],
      [{ ...probe, to: '10.1.0.1', live: true }, [['/to', /must be a pod/]]],
      [{ ...probe, timeout: '1s' }, [['/timeout', /has no meaning without live/]]],
      [{ ...probe, live: true, timeout: '31s' }, [['/timeout', /at most 30s/]]],
      [[], [['', /must be an object/]]],
    ]
    for (const [body, expected] of cases) {
      const items = assertProblem(await call(api, 'POST /v1/trace', body), 400, 'INVALID')
      assert.deepEqual(items.map(({ pointer }) => pointer), expected.map(([pointer]) => pointer), JSON.stringify(body))
      for (const [i, [, detail]] of expected.entries()) assert.match(items[i]!.detail!, detail)
    }
  })

  it("gives a tenant's matrix", async () => {
    const { status, body } = await call(api, 'GET /v1/tenants/red/reach?protocol=TCP&port=80')
    assert.equal(status, 200)
    assert.deepEqual(body, {
      tenant: 'red',
      service: { protocol: 'TCP', port: 80 },
      family: 4,
      pods: ['red/web/a', 'red/web/b'],
      rows: ['-x', 'x-'],
    })
    assert.equal((await call(api, 'GET /v1/tenants/red/reach?protocol=ICMP&icmpType=8&icmpCode=0')).status, 200)
    for (const [query, parameter] of [
      ['', 'protocol'],
      ['?protocol=TCP', 'port'],
      ['?protocol=IP&port=1', 'protocol'],
      ['?protocol=ICMP&port=1', 'port'],
      ['?protocol=TCP&port=80&family=5', 'family'],
      ['?protocol=UDP&port=80&icmpCode=1', 'icmpCode'],
    ]) {
      const items = assertProblem(await call(api, `GET /v1/tenants/red/reach${query}`), 400, 'INVALID')
      assert.deepEqual(items.map((item) => item.parameter), [parameter], query)
    }
    assertProblem(await call(api, 'GET /v1/tenants/green/reach?protocol=ICMP'), 404, 'NOT_FOUND')
  })

  it('verifies', async () => {
    for (const body of [undefined, {}]) {
      const answer = await call(api, 'POST /v1/verify', body)
      assert.equal(answer.status, 200)
      assert.deepEqual([answer.body['ok'], answer.body['violations'], answer.body['hosts']], [true, [], []])
    }
    assertProblem(await call(api, 'POST /v1/verify', { all: true }), 400, 'INVALID')
  })
})
