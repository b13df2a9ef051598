import assert from 'node:assert/strict'
import { runCli } from '../../../tools/heddle/cli.js'
import { formatReach, formatVerify } from '../../../tools/heddle/explain.js'
import { call, seed, startApi, type TestApi } from '../../support/api.js'

describe('heddle trace, reach and verify', () => {
  let api: TestApi
  let server: string

  before(async () => {
    api = await startApi()
    server = await api.app.listen({ host: '127.0.0.1', port: 0 })
    await seed(api)
    for (const [name, host] of [
      ['a', 'h1'],
      ['b', 'h2'],
    ] as const) {
      await call(api, `PUT /v1/tenants/red/networks/web/pods/${name}`, { host })
    }
  })
  after(() => api.close())

  async function heddle(line: string): Promise<{ code: number; out: string; err: string }> {
    let out = ''
    let err = ''
    const code = await runCli(line.split(' '), {
      env: { HEDDLE_SERVER: server },
      out: (text) => (out += text),
      err: (text) => (err += text),
      stdin: () => Promise.resolve(''),
    })
    return { code, out, err }
  }

  it('shows the way of a packet, the decision first', async () => {
    const { code, out } = await heddle('trace red/web/a red/web/b --tcp 80')
    assert.equal(code, 0)
    assert.match(out, /^red\/web\/a to red\/web\/b, TCP 80: delivered to red\/web\/b on h2; the reply is delivered to red\/web\/a on h1\n/)
    assert.match(out, /^ {4}route +cookie=.*\[route red\/web\/10\.1\.0\.64\/26\]$/m)
    const ping = await heddle('trace red/web/a 10.1.0.1 --icmp')
    assert.match(ping.out, /^red\/web\/a to 10\.1\.0\.1, ICMP: answered by the router on h1\n/)
    const timestamp = await heddle('trace red/web/a red/web/b --icmp 13/0 -o json')
    assert.match((JSON.parse(timestamp.out) as { decision: string }).decision, /ICMP type 13 code 0: delivered to red\/web\/b on h2$/)
  })

  it('shows who reaches whom', async () => {
    const { code, out } = await heddle('reach -t red --udp 53')
    assert.equal(code, 0)
    assert.equal(out, '         1  2\n1 web/a  -  x\n2 web/b  x  -\n')
    assert.deepEqual((JSON.parse((await heddle('reach -t red --tcp 1 -o json')).out) as { rows: string[] }).rows, ['-x', 'x-'])
    assert.equal((await heddle('reach -t red --tcp 1 -6')).err, 'no pods\n')
  })

  it('sums up matrices that are too wide for a terminal', () => {
    const pods = Array.from({ length: 100 }, (_, i) => `red/web/p${i}`)
    const rows = pods.map((_, i) => 'x'.repeat(i) + '-' + 'x'.repeat(99 - i))
    const report = { tenant: 'red', service: { protocol: 'TCP' as const, port: 1 }, family: 4 as const, pods, rows }
    assert.equal(formatReach(report), '9900 of 9900 pairs of 100 pods reach; -o json has the matrix\n')
    const gap = formatReach({ ...report, rows: [rows[0]!.replace(/x$/, '.'), ...rows.slice(1)] })
    assert.match(gap, /^9899 of 9900 .*\n\nFROM +DOES NOT REACH\nweb\/p0 +web\/p99\n$/)
  })

  it('verifies, and fails where not all is well', async () => {
    const { code, out } = await heddle('verify')
    assert.equal(code, 0)
    assert.match(out, /^all is well: \d+ packets tried\n$/)
    const hosts = [{ host: 'h1', missing: ['table=0'], extra: ['table=1'] }]
    const text = formatVerify({ ok: false, violations: [], truncated: true, packets: 1, hosts })
    assert.match(text, /^host h1 differs from what is wanted:\n {2}missing table=0\n {2}beyond {2}table=1\n\nnot all is well: 1 packets tried; not everything was tried\n$/)
  })

  it('says what is wrong with a command line, and what the controller refuses', async () => {
    for (const line of [
      'trace red/web/a',
      'trace red/web/a red/web/b',
      'trace red/web/a red/web/b --tcp 80 --icmp',
      'trace red/web/a red/web/b --tcp http',
      'trace red/web/a red/web/b --icmp 8/0/1',
      'reach --tcp 80',
      'reach -t red',
      'verify x',
    ]) {
      const { code, out, err } = await heddle(line)
      assert.deepEqual([code, out], [2, ''], line)
      assert(err.length > 10, line)
    }
    const unknown = await heddle('trace red/web/a red/web/nobody --tcp 80')
    assert.equal(unknown.code, 1)
    assert.match(unknown.err, /\(INVALID\)\n {2}\/to: pod red\/web\/nobody does not exist\n$/)
    assert.match((await heddle('reach -t green --tcp 80')).err, /tenant green does not exist \(NOT_FOUND\)/)
  })
})
