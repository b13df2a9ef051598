import assert from 'node:assert/strict'
import { type Answer, assertProblem, call, seed, startApi, statusOf, type TestApi } from '../../support/api.js'

describe('api: resources', () => {
  let api: TestApi
  beforeEach(async () => {
    api = await startApi()
  })
  afterEach(() => api.close())

  it('creates, reads, replaces and deletes each kind', async () => {
    const created = await call(api, 'POST /v1/tenants', { name: 'red', description: 'weavers' })
    assert.equal(created.status, 201)
    assert.equal(created.headers.location, '/v1/tenants/red')
    assert.equal(created.headers.etag, '"1"')
    assert.equal(created.headers['heddle-result'], 'created')
    assert.deepEqual(statusOf(created), { networks: 0, pods: 0 })
    const network = await call(api, 'POST /v1/tenants/red/networks', { name: 'web', cidrs: ['10.1.0.0/16'] })
    assert.equal(network.headers.location, '/v1/tenants/red/networks/web')
    assert.equal(network.body['encapsulation'], 'vxlan')
    await call(api, 'POST /v1/hosts', { name: 'h1', tunnelAddress: '192.0.2.1' })
    const pod = await call(api, 'POST /v1/tenants/red/networks/web/pods', { name: 'a', host: 'h1' })
    assert.equal(pod.status, 201)
    assert.equal(pod.headers.location, '/v1/tenants/red/networks/web/pods/a')
    const { realized, reason, address, gateway, prefixLength, mtu } = statusOf(pod)
    assert.deepEqual(
      { realized, reason, address, gateway, prefixLength, mtu },
      {
        realized: false,
        reason: 'the host is not connected',
        address: '10.1.0.2',
        gateway: '10.1.0.1',
        prefixLength: 16,
        mtu: 1450,
      },
    )
    const replaced = await call(api, 'PUT /v1/tenants/red/networks/web/pods/a', { host: 'h1', labels: { app: 'x' } })
    assert.equal(replaced.status, 200)
    assert.equal(replaced.headers['heddle-result'], 'changed')
    assert.deepEqual((await call(api, 'GET /v1/tenants/red/networks/web/pods/a')).body, replaced.body)
    for (const url of ['tenants/red/networks/web/pods/a', 'tenants/red/networks/web', 'tenants/red', 'hosts/h1']) {
      const deleted = await call(api, `DELETE /v1/${url}`)
      assert.deepEqual([deleted.status, deleted.text], [204, ''])
      assertProblem(await call(api, `GET /v1/${url}`), 404, 'NOT_FOUND')
      assertProblem(await call(api, `DELETE /v1/${url}`), 404, 'NOT_FOUND')
    }
  })

  it('takes back what it gave: GET, PUT changes nothing that is wanted', async () => {
    await seed(api)
    await call(api, 'POST /v1/tenants/red/networks/web/pods', { name: 'a', host: 'h1', labels: { app: 'x' } })
    const urls = ['tenants/red', 'tenants/red/networks/web', 'tenants/red/networks/web/pods/a', 'hosts/h1']
    for (const url of urls) {
      const before = await call(api, `GET /v1/${url}`)
      const put = await call(api, `PUT /v1/${url}`, before.body, { 'if-match': String(before.headers.etag) })
      assert.equal(put.status, 200, put.text)
      const after = await call(api, `GET /v1/${url}`)
      assert.deepEqual({ ...after.body, metadata: null }, { ...before.body, metadata: null })
    }
  })

  it('says unchanged, with the old revision, when nothing differs', async () => {
    await seed(api)
    const again = await call(api, 'PUT /v1/hosts/h1', { tunnelAddress: '192.0.2.1' })
    assert.equal(again.status, 200)
    assert.equal(again.headers['heddle-result'], 'unchanged')
    assert.equal(again.headers.etag, '"2"')
    assert.equal(api.store.revision, 4)
  })

  it('works out MTUs from the smallest underlay, the tunnel and the wish', async () => {
    await seed(api)
    const mtu = async (): Promise<unknown> => {
      return statusOf(await call(api, 'GET /v1/tenants/red/networks/web'))['mtu']
    }
    assert.equal(await mtu(), 1450)
    await call(api, 'PUT /v1/tenants/red/networks/web', { cidrs: ['10.1.0.0/16'], encapsulation: 'gre' })
    assert.equal(await mtu(), 1458)
    await call(api, 'PUT /v1/hosts/h1', { tunnelAddress: '192.0.2.1', underlayMtu: 9000 })
    assert.equal(await mtu(), 8958)
    await call(api, 'PUT /v1/tenants/red/networks/web', { cidrs: ['10.1.0.0/16'], mtu: 1400 })
    assert.equal(await mtu(), 1400)
    await call(api, 'PUT /v1/tenants/red/networks/web', { cidrs: ['10.1.0.0/16'] })
    await call(api, 'PUT /v1/hosts/h6', { tunnelAddress: '2001:db8::6' })
    assert.equal(await mtu(), 1430)
  })

  it('shows all addresses of a pod, each with its gateway; the first one as the address', async () => {
    await seed(api)
    await call(api, 'PUT /v1/tenants/red/networks/web', { cidrs: ['fd00:1::/64', '10.1.0.0/16'] })
    const pod = statusOf(await call(api, 'POST /v1/tenants/red/networks/web/pods', { name: 'a', host: 'h1' }))
    const first = { address: '10.1.0.2', prefixLength: 16, gateway: '10.1.0.1' }
    assert.deepEqual(pod['addresses'], [first, { address: 'fd00:1::2', prefixLength: 64, gateway: 'fd00:1::1' }])
    const { address, prefixLength, gateway } = pod
    assert.deepEqual({ address, prefixLength, gateway }, first)
  })

  it('shows hosts as the live side knows them', async () => {
    await seed(api)
    const unknown = await call(api, 'GET /v1/hosts/h1')
    assert.deepEqual(statusOf(unknown), { connected: false, realized: false, realizedRevision: 0, flows: 0, pods: 0 })
    api.status.connect('h1')
    await call(api, 'POST /v1/tenants/red/networks/web/pods', { name: 'a', host: 'h1' })
    const known = statusOf(await call(api, 'GET /v1/hosts/h1'))
    assert.equal(known['connected'], true)
    assert.equal(known['pods'], 1)
    assert.equal(known['ovsVersion'], '3.1.0')
  })

  describe('entity tags', () => {
    beforeEach(() => seed(api))

    it('answers 304 to a client that has the revision', async () => {
      for (const tag of ['"2"', 'W/"2"', '"7", "2"', '*']) {
        const answer = await call(api, 'GET /v1/hosts/h1', undefined, { 'if-none-match': tag })
        assert.deepEqual([answer.status, answer.text, answer.headers.etag], [304, '', '"2"'], tag)
      }
      assert.equal((await call(api, 'GET /v1/hosts/h1', undefined, { 'if-none-match': '"1"' })).status, 200)
    })

    it('writes only at the revision that If-Match names', async () => {
      const put = (tag: string, name = 'h1'): Promise<Answer> =>
        call(api, `PUT /v1/hosts/${name}`, { tunnelAddress: '192.0.2.9' }, { 'if-match': tag })
      for (const tag of ['"1"', 'W/"2"', '"x"']) assertProblem(await put(tag), 412, 'PRECONDITION_FAILED')
      assertProblem(await put('*', 'h9'), 412, 'PRECONDITION_FAILED')
      const [issue] = assertProblem(await put('2'), 400, 'INVALID')
      assert.equal(issue?.['header'], 'If-Match')
      assert.equal(api.store.revision, 4)
      assert.equal((await put('"1", "2"')).headers.etag, '"5"')
      assertProblem(await put('"2"'), 412, 'PRECONDITION_FAILED')
      assert.equal((await put('*')).status, 200)
    })

    it('creates only what is not there with If-None-Match: *', async () => {
      const none = { 'if-none-match': '*' }
      const body = { tunnelAddress: '192.0.2.9' }
      assertProblem(await call(api, 'PUT /v1/hosts/h1', body, none), 412, 'PRECONDITION_FAILED')
      assert.equal((await call(api, 'PUT /v1/hosts/h9', body, none)).status, 201)
      const tagged = await call(api, 'PUT /v1/hosts/h8', body, { 'if-none-match': '"1"' })
      const [issue] = assertProblem(tagged, 400, 'INVALID')
      assert.equal(issue?.['header'], 'If-None-Match')
    })

    it('deletes only at the revision that If-Match names', async () => {
      const remove = (tag: string): Promise<Answer> =>
        call(api, 'DELETE /v1/hosts/h2', undefined, { 'if-match': tag })
      assertProblem(await remove('"2"'), 412, 'PRECONDITION_FAILED')
      assert.equal((await remove('"3"')).status, 204)
    })
  })

  describe('wait=realized', () => {
    beforeEach(() => seed(api))

    it('answers once the live side has it, with the status of then', async () => {
      api.status.onWait = () => {
        api.status.realized.add('pod red/web/a')
        return Promise.resolve()
      }
      const answer = await call(api, 'POST /v1/tenants/red/networks/web/pods?wait=realized', { name: 'a', host: 'h1' })
      assert.equal(answer.status, 201)
      assert.equal(answer.headers['heddle-wait'], 'realized')
      assert.equal(statusOf(answer)['realized'], true)
      assert.deepEqual(api.status.waits, [{ revision: 5, pod: { tenant: 'red', network: 'web', name: 'a' } }])
    })

    it('lets a write stand that takes too long, and says so', async () => {
      api.status.onWait = () => new Promise(() => undefined)
      const url = '/v1/tenants/red/networks/web/pods/a?wait=realized&timeout=5ms'
      const put = await call(api, `PUT ${url}`, { host: 'h1' })
      assert.equal(put.status, 201)
      assert.equal(put.headers['heddle-wait'], 'timeout')
      assert.equal(statusOf(put)['realized'], false)
      const deleted = await call(api, `DELETE ${url}`)
      assert.deepEqual([deleted.status, deleted.headers['heddle-wait']], [204, 'timeout'])
      assert.equal(api.status.waits.at(-1)?.pod, undefined)
    })

    it('ends waits when the server closes', async () => {
      let waiting = (): void => undefined
      const entered = new Promise<void>((resolve) => (waiting = resolve))
      api.status.onWait = () => {
        waiting()
        return new Promise(() => undefined)
      }
      const answer = call(api, 'PUT /v1/hosts/h1?wait=realized&timeout=5m', { tunnelAddress: '192.0.2.7' })
      await entered
      await api.close()
      assert.equal((await answer).headers['heddle-wait'], 'timeout')
      api = await startApi()
    })

    it('refuses durations without unit, too long ones, and a timeout of nothing', async () => {
      for (const query of ['wait=realized&timeout=10', 'wait=realized&timeout=6m', 'timeout=1s', 'wait=done']) {
        const answer = await call(api, `PUT /v1/hosts/h5?${query}`, { tunnelAddress: '192.0.2.5' })
        const [issue] = assertProblem(answer, 400, 'INVALID')
        assert.equal(issue?.['parameter'], query === 'wait=done' ? 'wait' : 'timeout')
      }
      assert.equal(api.store.revision, 4)
    })
  })
})
