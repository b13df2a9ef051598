import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { assertProblem, call, seed, startApi, type TestApi } from '../../support/api.js'

const NETWORKS = '/v1/tenants/red/networks'
const PODS = `${NETWORKS}/web/pods`

describe('api: refusals', () => {
  let api: TestApi
  beforeEach(async () => {
    api = await startApi({ bodyLimit: 4096 })
    await seed(api)
  })
  afterEach(async () => {
    assert.equal(api.store.revision, 4, 'a refused request changes nothing')
    await api.close()
  })

  /** Bodies that are refused: request, body, status, code, and the pointers that are named. */
  const refused: [title: string, request: string, body: unknown, status: number, code: string, pointers: string[]][] = [
    [
      'a duplicate CIDR',
      `POST ${NETWORKS}`,
      { name: 'n', cidrs: ['10.2.0.0/16', '10.2.0.0/16'] },
      400,
      'INVALID',
      ['/cidrs/1'],
    ],
    [
      'overlapping CIDRs',
      `POST ${NETWORKS}`,
      { name: 'n', cidrs: ['10.2.1.0/24', '10.2.0.0/16'] },
      400,
      'INVALID',
      ['/cidrs/1'],
    ],
    [
      "a CIDR of the tenant's other network",
      `POST ${NETWORKS}`,
      { name: 'n', cidrs: ['10.1.2.0/24'] },
      409,
      'CONFLICT',
      ['/cidrs/0'],
    ],
    ['host bits', `POST ${NETWORKS}`, { name: 'n', cidrs: ['10.2.0.1/16'] }, 400, 'INVALID', ['/cidrs/0']],
    ['a range without room', `POST ${NETWORKS}`, { name: 'n', cidrs: ['10.2.0.0/31'] }, 400, 'INVALID', ['/cidrs/0']],
    ['a reserved range', `POST ${NETWORKS}`, { name: 'n', cidrs: ['224.0.0.0/8'] }, 400, 'INVALID', ['/cidrs/0']],
    [
      'an address outside',
      `POST ${PODS}`,
      { name: 'a', host: 'h1', address: '10.9.0.1' },
      400,
      'INVALID',
      ['/address'],
    ],
    ['an unknown host', `POST ${PODS}`, { name: 'a', host: 'h7' }, 400, 'INVALID', ['/host']],
    ['an unknown network', `POST ${NETWORKS}/db/pods`, { name: 'a', host: 'h1' }, 404, 'NOT_FOUND', []],
    ['an unknown tenant', 'PUT /v1/tenants/blue/networks/n', { cidrs: ['10.2.0.0/16'] }, 404, 'NOT_FOUND', []],
    [
      'a tunnel address that is taken',
      'POST /v1/hosts',
      { name: 'h3', tunnelAddress: '192.0.2.1' },
      409,
      'CONFLICT',
      ['/tunnelAddress'],
    ],
    ['an existing name', 'POST /v1/hosts', { name: 'h1', tunnelAddress: '192.0.2.3' }, 409, 'ALREADY_EXISTS', []],
    ['a name that is none', 'POST /v1/tenants', { name: 'Red_1' }, 400, 'INVALID', ['/name']],
    ['a name that is no string', 'POST /v1/tenants', { name: 7 }, 400, 'INVALID', ['/name']],
    ['a name that is missing', 'POST /v1/tenants', {}, 400, 'INVALID', ['/name']],
    ['a name in the URL that is none', 'PUT /v1/tenants/-red', {}, 400, 'INVALID', ['/name']],
    [
      'another name than the URL',
      'PUT /v1/hosts/h1',
      { name: 'h2', tunnelAddress: '192.0.2.1' },
      400,
      'INVALID',
      ['/name'],
    ],
    [
      'another tenant than the URL',
      `POST ${PODS}`,
      { tenant: 'blue', name: 'a', host: 'h1' },
      400,
      'INVALID',
      ['/tenant'],
    ],
    ['another kind', 'PUT /v1/tenants/blue', { kind: 'Host' }, 400, 'INVALID', ['/kind']],
    [
      'names and spec, all at once',
      'POST /v1/hosts',
      { name: '', colour: 1 },
      400,
      'INVALID',
      ['/name', '/colour', '/tunnelAddress'],
    ],
    [
      'unknown fields and wrong types',
      `POST ${PODS}`,
      { name: 'a', host: 1, foo: 2, labels: { 'a b': 'c' } },
      400,
      'INVALID',
      ['/foo', '/host', '/labels/a b'],
    ],
    ['a MAC of a group', `POST ${PODS}`, { name: 'a', host: 'h1', mac: '01:00:5e:00:00:01' }, 400, 'INVALID', ['/mac']],
    ['a body that is a list', 'POST /v1/tenants', [], 400, 'INVALID', ['']],
    ['a body that is null', 'PUT /v1/tenants/blue', null, 400, 'INVALID', ['']],
  ]
  for (const [title, request, body, status, code, pointers] of refused) {
    it(`refuses ${title}`, async () => {
      const issues = assertProblem(await call(api, request, body), status, code)
      assert.deepEqual(issues.map(({ pointer }) => pointer).sort(), [...pointers].sort())
      for (const { detail } of issues) assert.ok(detail !== undefined && detail.length > 5)
    })
  }

  it('refuses what is not JSON and says where', async () => {
    const answer = await call(api, 'POST /v1/tenants', '{"name": "x",}')
    assertProblem(answer, 400, 'MALFORMED')
    assert.match(String(answer.body['detail']), /position 13|line 1/)
    assertProblem(await call(api, 'POST /v1/tenants', ''), 400, 'MALFORMED')
    assertProblem(await call(api, 'PUT /v1/tenants/x', '{"__proto__": {"a": 1}}'), 400, 'MALFORMED')
  })

  it('refuses other media types', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/yaml']) {
      assertProblem(await call(api, 'POST /v1/tenants', '{}', { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE')
    }
  })

  it('refuses bodies over the limit, by length announced or sent', async () => {
    const body = { name: 'x', description: 'y'.repeat(5000) }
    assertProblem(await call(api, 'POST /v1/tenants', body), 413, 'TOO_LARGE')
  })

  it('says 404 for what is not there and 405 with Allow for what cannot be done', async () => {
    assertProblem(await call(api, 'GET /v2/tenants'), 404, 'NOT_FOUND')
    assertProblem(await call(api, 'POST /nothing', { a: 1 }), 404, 'NOT_FOUND')
    assertProblem(await call(api, 'GET /v1/%zz'), 400, 'MALFORMED')
    assertProblem(await call(api, `GET /v1/tenants/${'x'.repeat(600)}`), 414, 'URI_TOO_LONG')
    assertProblem(await call(api, `GET /v1/tenants/${'x'.repeat(64)}`), 400, 'INVALID')
    const patch = await call(api, 'PATCH /v1/hosts/h1', 'x', { 'content-type': 'text/plain' })
    assertProblem(patch, 405, 'METHOD_NOT_ALLOWED')
    assert.equal(patch.headers.allow, 'DELETE, GET, HEAD, PUT')
    assert.equal((await call(api, 'DELETE /v1/pods')).headers.allow, 'GET, HEAD')
  })

  it('is not ready before the live side is', async () => {
    assert.equal((await call(api, 'GET /readyz')).status, 200)
    api.status.isReady = false
    assertProblem(await call(api, 'GET /readyz'), 503, 'UNAVAILABLE')
    assert.equal((await call(api, 'GET /healthz')).status, 200)
  })

  it('gives nothing of an internal error away', async () => {
    api.status.host = () => {
      throw new Error('secret')
    }
    const answer = await call(api, 'GET /v1/hosts/h1')
    assertProblem(answer, 500, 'INTERNAL')
    assert.doesNotMatch(answer.text, /secret/)
  })

  it('answers bytes that are not HTTP with a problem, and hangs up', async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    const address = api.app.server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const socket = connect(address.port, '127.0.0.1').end('\x16\x03\x01 no\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
    assert.match(head, /^HTTP\/1\.1 400 /)
    assert.match(head, /application\/problem\+json/)
    assert.equal((JSON.parse(body) as { code: string }).code, 'MALFORMED')
  })
})

describe('api: what is exhausted or in use', () => {
  let api: TestApi
  beforeEach(async () => {
    api = await startApi()
    await seed(api)
  })
  afterEach(() => api.close())

  it('refuses a pod when its network has no address left', async () => {
    await call(api, 'PUT /v1/tenants/red/networks/small', { cidrs: ['10.2.0.0/30'] })
    const url = 'POST /v1/tenants/red/networks/small/pods'
    assert.equal((await call(api, url, { name: 'a', host: 'h1' })).status, 201)
    const { revision } = api.store
    assertProblem(await call(api, url, { name: 'b', host: 'h1' }), 409, 'EXHAUSTED')
    assert.equal(api.store.revision, revision)
  })

  it('refuses to delete what others need', async () => {
    await call(api, 'PUT /v1/tenants/red/networks/web/pods/a', { host: 'h1' })
    for (const url of ['tenants/red', 'tenants/red/networks/web', 'hosts/h1']) {
      assertProblem(await call(api, `DELETE /v1/${url}`), 409, 'IN_USE')
    }
    assert.equal((await call(api, 'DELETE /v1/hosts/h2')).status, 204)
  })

  it('limits the rate of requests, also of those for nothing', async () => {
    const limited = await startApi({ rateLimit: 3 })
    await call(limited, 'GET /v1/hosts')
    await call(limited, 'GET /nothing')
    await call(limited, 'GET /nothing')
    assertProblem(await call(limited, 'GET /v1/hosts'), 429, 'TOO_MANY_REQUESTS')
    await limited.close()
  })
})
