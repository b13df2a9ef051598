import assert from 'node:assert/strict'
import { MemoryStore } from '../../../src/store/memory.js'
import { assertProblem, call, seed, startApi, type TestApi } from '../../support/api.js'

interface Event {
  readonly event: string
  readonly id?: string
  readonly data: { readonly name?: string }
}

/** The events of a live watch, one after the other. */
class Watch {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  #text = ''

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Watch> {
    const response = await fetch(url, { headers })
    assert.equal(response.status, 200)
    assert.match(String(response.headers.get('content-type')), /^text\/event-stream/)
    assert.ok(response.body !== null)
    return new Watch(response.body.getReader())
  }

  /** Undefined at the end of the stream. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        const fields = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]))
        return { ...fields, data: JSON.parse(fields['data'] ?? '') as Event['data'] } as Event
      }
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      this.#text += this.#decoder.decode(value, { stream: true })
    }
  }

  /** `event name id` of the next events. */
  async take(count: number): Promise<string[]> {
    const taken: string[] = []
    for (let i = 0; i < count; i++) {
      const event = await this.next()
      taken.push(`${event?.event ?? 'end'} ${event?.data.name ?? '-'} ${event?.id ?? '-'}`)
    }
    return taken
  }

  close(): Promise<void> {
    return this.#reader.cancel()
  }
}

describe('api: watch', () => {
  let api: TestApi
  let base: string
  beforeEach(async () => {
    api = await startApi()
    await seed(api)
    base = await api.app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterEach(() => api.close())

  const PODS = '/v1/tenants/red/networks/web/pods'

  it('begins with what is there, then tells each change', async () => {
    await call(api, `PUT ${PODS}/a`, { host: 'h1' })
    const watch = await Watch.open(`${base}${PODS}?watch=1`)
    assert.deepEqual(await watch.take(2), ['put a -', 'sync - 5'])
    await call(api, `PUT ${PODS}/b`, { host: 'h2' })
    await call(api, `PUT /v1/tenants/blue`, {})
    await call(api, `DELETE ${PODS}/a`)
    assert.deepEqual(await watch.take(2), ['put b 6', 'delete a 8'])
    await watch.close()
  })

  it('shows resources as GET does', async () => {
    const watch = await Watch.open(`${base}/v1/hosts?watch=1`)
    const first = await watch.next()
    assert.deepEqual(first?.data, (await call(api, 'GET /v1/hosts/h1')).body)
    await watch.close()
  })

  it('goes on after the event that the client saw last', async () => {
    await call(api, `PUT ${PODS}/a`, { host: 'h1' })
    await call(api, `PUT ${PODS}/b`, { host: 'h1' })
    const watch = await Watch.open(`${base}/v1/pods?watch=1`, { 'last-event-id': '5' })
    await call(api, `PUT ${PODS}/c`, { host: 'h1' })
    assert.deepEqual(await watch.take(2), ['put b 6', 'put c 7'])
    await watch.close()
  })

  it('tells a pod that no longer matches as deleted', async () => {
    const watch = await Watch.open(`${base}/v1/pods?watch=1&label=app=x`)
    assert.deepEqual(await watch.take(1), ['sync - 4'])
    await call(api, `PUT ${PODS}/a`, { host: 'h1' })
    await call(api, `PUT ${PODS}/a`, { host: 'h1', labels: { app: 'x' } })
    await call(api, `PUT ${PODS}/a`, { host: 'h1', labels: { app: 'y' } })
    assert.deepEqual(await watch.take(2), ['put a 6', 'delete a 7'])
    await watch.close()
  })

  it('refuses parameters and ids that mean nothing', async () => {
    const paged = assertProblem(await call(api, 'GET /v1/pods?watch=1&limit=1&realized=true'), 400, 'INVALID')
    assert.deepEqual(paged.map(({ parameter }) => parameter), ['limit', 'realized'])
    const [issue] = assertProblem(
      await call(api, 'GET /v1/pods?watch=1', undefined, { 'last-event-id': 'x' }),
      400,
      'INVALID',
    )
    assert.equal(issue?.['header'], 'Last-Event-ID')
  })

  it('ends when the server closes', async () => {
    const watch = await Watch.open(`${base}/v1/hosts?watch=1`)
    assert.deepEqual(await watch.take(3), ['put h1 -', 'put h2 -', 'sync - 4'])
    await api.app.close()
    await assert.rejects(async () => {
      assert.equal(await watch.next(), undefined)
      throw new Error('ended')
    })
  })

  it('says 410 when the last event is older than what the store keeps', async () => {
    const kept = await startApi({}, MemoryStore.open(undefined, { history: 2 }))
    await seed(kept)
    const answer = await call(kept, 'GET /v1/hosts?watch=1', undefined, { 'last-event-id': '1' })
    assertProblem(answer, 410, 'COMPACTED')
    await kept.close()
  })

  it('answers HEAD as a list, not as a stream', async () => {
    const answer = await call(api, 'HEAD /v1/hosts?watch=1')
    assert.match(String(answer.headers['content-type']), /json/)
  })
})
