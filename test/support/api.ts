import assert from 'node:assert/strict'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import pino from 'pino'
import { createApi, type ApiConfig } from '../../src/api/api.js'
import { Compiler } from '../../src/compile/engine.js'
import { Admission } from '../../src/intent/admission.js'
import { IntentView } from '../../src/intent/view.js'
import { MemoryStore } from '../../src/store/memory.js'
import { FakeStatus } from './fake-status.js'

export interface TestApi {
  readonly app: FastifyInstance
  readonly store: MemoryStore
  readonly status: FakeStatus
  close(): Promise<void>
}

/** The API on the real commands and a store in memory. */
export async function startApi(config: Partial<ApiConfig> = {}, store = MemoryStore.open()): Promise<TestApi> {
  const status = new FakeStatus()
  const app = await createApi({
    resources: new Admission(store),
    status,
    store,
    fabric: () => new Compiler(IntentView.of(store, store.revision)),
    config: { version: '0.0.0-test', bodyLimit: 1 << 20, rateLimit: 0, ...config },
    logger: pino({ level: 'silent' }),
  })
  return {
    app,
    store,
    status,
    close: async () => {
      await app.close()
      await store.close()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: LightMyRequestResponse['headers']
  /** Empty where the answer is not JSON. */
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
}

/** One request; a body that is a string goes as it is. */
export async function call(
  { app }: Pick<TestApi, 'app'>,
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = '', url = ''] = request.split(' ')
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers: { ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(payload !== undefined && { payload }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  const parsed = isJson && response.body !== '' ? (JSON.parse(response.body) as Answer['body']) : {}
  return { status: response.statusCode, headers: response.headers, body: parsed, text: response.body }
}

/** Tenant red with network web on hosts h1 and h2. */
export async function seed(api: Pick<TestApi, 'app'>): Promise<void> {
  const requests: [string, unknown][] = [
    ['PUT /v1/tenants/red', {}],
    ['PUT /v1/hosts/h1', { tunnelAddress: '192.0.2.1' }],
    ['PUT /v1/hosts/h2', { tunnelAddress: '192.0.2.2', underlayMtu: 9000 }],
    ['PUT /v1/tenants/red/networks/web', { cidrs: ['10.1.0.0/16'] }],
  ]
  for (const [request, body] of requests) {
    const { status, text } = await call(api, request, body)
    assert.equal(status, 201, text)
  }
}

/** An entry of a problem's `errors`. */
export type Item = Readonly<Partial<Record<'pointer' | 'parameter' | 'header' | 'detail', string>>>

/** `status` of the resource in an answer. */
export function statusOf({ body }: Answer): Readonly<Record<string, unknown>> {
  return body['status'] as Readonly<Record<string, unknown>>
}

/** Asserts that an answer is a problem document of this status and code, and gives its errors. */
export function assertProblem(answer: Answer, status: number, code: string): Item[] {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  assert.equal(answer.body['code'], code, answer.text)
  assert.equal(answer.body['status'], status)
  assert.equal(answer.body['type'], `/problems/${code.toLowerCase().replaceAll('_', '-')}`)
  assert.equal(typeof answer.body['title'], 'string')
  return (answer.body['errors'] as Item[] | undefined) ?? []
}
