import assert from 'node:assert/strict'
import { assertProblem, call, seed, startApi, type TestApi } from '../../support/api.js'

describe('api: lists', () => {
  let api: TestApi
  before(async () => {
    api = await startApi()
    await seed(api)
    await call(api, 'PUT /v1/tenants/blue', {})
    await call(api, 'PUT /v1/tenants/blue/networks/web', { cidrs: ['10.1.0.0/16'] })
    const pods: [string, string, Record<string, string>][] = [
      ['red', 'a', { app: 'x' }],
      ['red', 'b', { app: 'y', tier: 'db' }],
      ['red', 'b-1', {}],
      ['blue', 'a', { app: 'x' }],
    ]
    for (const [tenant, name, labels] of pods) {
      const host = name === 'a' ? 'h1' : 'h2'
      const { status, text } = await call(api, `PUT /v1/tenants/${tenant}/networks/web/pods/${name}`, { host, labels })
      assert.equal(status, 201, text)
    }
    api.status.realized.add('pod red/web/a')
    api.status.connect('h1')
  })
  after(() => api.close())

  const names = async (url: string): Promise<string[]> => {
    const { status, body, text } = await call(api, `GET ${url}`)
    assert.equal(status, 200, text)
    return (body['items'] as Record<string, string>[]).map(({ tenant, name }) =>
      tenant === undefined ? (name ?? '') : `${tenant}/${name ?? ''}`,
    )
  }

  it('lists by tenant, by network, and of all tenants', async () => {
    assert.deepEqual(await names('/v1/tenants'), ['blue', 'red'])
    assert.deepEqual(await names('/v1/networks'), ['blue/web', 'red/web'])
    assert.deepEqual(await names('/v1/networks?tenant=red'), ['red/web'])
    assert.deepEqual(await names('/v1/tenants/blue/networks'), ['blue/web'])
    assert.deepEqual(await names('/v1/pods'), ['blue/a', 'red/a', 'red/b', 'red/b-1'])
    assert.deepEqual(await names('/v1/tenants/red/networks/web/pods'), ['red/a', 'red/b', 'red/b-1'])
    assert.deepEqual(await names('/v1/pods?tenant=red&network=web'), ['red/a', 'red/b', 'red/b-1'])
    assert.deepEqual(await names('/v1/pods?tenant=green'), [])
  })

  it('filters by host, labels and realized', async () => {
    assert.deepEqual(await names('/v1/pods?host=h1'), ['blue/a', 'red/a'])
    assert.deepEqual(await names('/v1/pods?label=app'), ['blue/a', 'red/a', 'red/b'])
    assert.deepEqual(await names('/v1/pods?label=app=y&label=tier'), ['red/b'])
    assert.deepEqual(await names('/v1/pods?label=constructor'), [])
    assert.deepEqual(await names('/v1/pods?realized=true'), ['red/a'])
    assert.deepEqual(await names('/v1/hosts?realized=false'), ['h2'])
  })

  it('pages without loss or repetition', async () => {
    for (const limit of [1, 2, 3, 4]) {
      const seen: string[] = []
      let next: string | undefined = ''
      while (next !== undefined) {
        const { body } = await call(api, `GET /v1/pods?limit=${limit}${next === '' ? '' : `&continue=${next}`}`)
        const items = body['items'] as Record<string, string>[]
        assert.ok(items.length > 0 && items.length <= limit)
        seen.push(...items.map(({ tenant, name }) => `${tenant ?? ''}/${name ?? ''}`))
        next = (body['metadata'] as { continue?: string }).continue
      }
      assert.deepEqual(seen, ['blue/a', 'red/a', 'red/b', 'red/b-1'])
    }
  })

  it('tells an empty list from a parent that is not there', async () => {
    assertProblem(await call(api, 'GET /v1/tenants/green/networks'), 404, 'NOT_FOUND')
    assertProblem(await call(api, 'GET /v1/tenants/red/networks/db/pods'), 404, 'NOT_FOUND')
    assertProblem(await call(api, 'GET /v1/tenants/Red/networks'), 400, 'INVALID')
  })

  it('names every query parameter that is unknown, wrong or repeated', async () => {
    const query = 'limit=0&colour=red&continue=%21&host=h1&host=h2&realized=maybe&label==x'
    const answer = await call(api, `GET /v1/pods?${query}`)
    assert.deepEqual(
      assertProblem(answer, 400, 'INVALID').map(({ parameter }) => parameter),
      ['limit', 'colour', 'continue', 'host', 'realized', 'label'],
    )
    const nested = await call(api, 'GET /v1/tenants/red/networks/web/pods?tenant=blue')
    assert.equal(assertProblem(nested, 400, 'INVALID')[0]?.['parameter'], 'tenant')
    assertProblem(await call(api, 'GET /v1/hosts/h1?verbose=1'), 400, 'INVALID')
  })

  it('counts for the status page', async () => {
    const { body } = await call(api, 'GET /v1/status')
    assert.equal(body['version'], '0.0.0-test')
    assert.deepEqual(body['hosts'], { total: 2, connected: 1, realized: 1 })
    assert.deepEqual(body['pods'], { total: 4, realized: 1 })
    assert.deepEqual([body['tenants'], body['networks']], [2, 2])
  })
})
