import assert from 'node:assert/strict'
import { KIND_ORDER, KINDS } from '../../../src/model/kinds.js'
import { openApiDocument } from '../../../src/api/openapi.js'
import { call, seed, startApi, type TestApi } from '../../support/api.js'

type Json = Readonly<Record<string, unknown>>

const DOCUMENT = openApiDocument('1.2.3')

/** Every `$ref` in a document, with where it stands. */
function* refsIn(value: unknown, at = '#'): Generator<readonly [at: string, ref: string]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (key === '$ref') yield [at, child as string]
    else yield* refsIn(child, `${at}/${key}`)
  }
}

function resolve(ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Json | undefined)?.[key], DOCUMENT)
}

function operations(): [path: string, method: string, operation: Json][] {
  return Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Json] => [path, method, operation]),
  )
}

describe('api: OpenAPI document', () => {
  let api: TestApi
  before(async () => {
    api = await startApi()
    await seed(api)
  })
  after(() => api.close())

  it('is served as it is made', async () => {
    const { body } = await call(api, 'GET /openapi.json')
    assert.deepEqual(body, JSON.parse(JSON.stringify(openApiDocument('0.0.0-test'))))
    assert.equal(body['openapi'], '3.1.0')
  })

  it('resolves all its references, and uses all its components', () => {
    const refs = [...refsIn(DOCUMENT)]
    for (const [at, ref] of refs) assert.ok(resolve(ref) !== undefined, `${at}: ${ref}`)
    const used = new Set(refs.map(([, ref]) => ref))
    for (const [section, members] of Object.entries(DOCUMENT.components)) {
      for (const name of Object.keys(members)) {
        const ref = `#/components/${section}/${name}`
        // Statuses that no resource's route is known to give, but that every one may.
        if (/Problem(405|406|414|429|431)$/.test(ref)) continue
        assert.ok(used.has(ref), `${ref} is not used`)
      }
    }
  })

  it('has a component for every kind, with the fields of its spec', () => {
    for (const kind of KIND_ORDER) {
      const { properties } = resolve(`#/components/schemas/${kind}`) as { properties: Json }
      for (const field of [...Object.keys(KINDS[kind].spec.properties), ...KINDS[kind].path]) {
        assert.ok(field in properties, `${kind}.${field}`)
      }
    }
  })

  it('describes every route, and no other', async () => {
    const described = operations().map(([path, method]) => {
      return `${method.toUpperCase()} ${path.replace(/\{[a-z]+\}/g, '{}')}`
    })
    assert.deepEqual(described.sort(), await servedRoutes(api))
  })

  it('gives each operation an id of its own, a summary, a tag, and its path parameters', () => {
    const ids = new Set<unknown>()
    for (const [path, method, operation] of operations()) {
      const at = `${method} ${path}`
      assert.ok(!ids.has(operation['operationId']), at)
      ids.add(operation['operationId'])
      assert.equal(typeof operation['summary'], 'string', at)
      assert.equal((operation['tags'] as unknown[]).length, 1, at)
      const parameters = (operation['parameters'] ?? []) as Json[]
      const declared = parameters.filter((parameter) => parameter['in'] === 'path')
      assert.deepEqual(declared.map((parameter) => parameter['name']), [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name), at)
      assert.ok(Object.keys(operation['responses'] as Json).length >= 2, at)
    }
  })

  it('shows docs that need nothing from elsewhere', async () => {
    const page = await call(api, 'GET /docs')
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, /(src|href)="https?:/)
    for (const url of ['/docs', '/v1/hosts']) {
      const policy = String((await call(api, `GET ${url}`)).headers['content-security-policy'])
      assert.match(policy, /^default-src 'self';/, url)
      assert.doesNotMatch(policy, /https:|unsafe|upgrade-insecure-requests/, url)
    }
    assert.equal((await call(api, 'GET /docs/static/swagger-ui-bundle.js')).status, 200)
    assert.deepEqual((await call(api, 'GET /docs/json')).body, (await call(api, 'GET /openapi.json')).body)
  })

  it('measures requests by route, not by URL', async () => {
    await call(api, 'GET /v1/hosts/h1')
    await call(api, 'GET /nothing/at/all')
    const { text } = await call(api, 'GET /metrics')
    assert.match(text, /_count\{method="GET",route="\/v1\/hosts\/:name",status="200"\} 1/)
    assert.match(text, /_count\{method="GET",route="none",status="404"\} 1/)
    assert.doesNotMatch(text, /h1|nothing/)
  })
})

/** What the server answers other than by 404 or 405: `GET /v1/tenants/{}`; without HEAD and the docs page's files. */
async function servedRoutes(api: TestApi): Promise<string[]> {
  const served: string[] = []
  for (const url of routeUrls(api.app.printRoutes({ commonPrefix: false }))) {
    if (url.startsWith('/docs')) continue
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']) {
      const { body } = await call(api, `${method} ${url.replaceAll('{}', 'x')}`)
      const isNothing = String(body['detail']).startsWith('There is nothing at')
      if (!isNothing && body['code'] !== 'METHOD_NOT_ALLOWED') served.push(`${method} ${url}`)
    }
  }
  return served.sort()
}

/** The tree of `├── /part (GET, HEAD)` lines, nested by indentation, as URLs with `{}` for parameters. */
function routeUrls(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part] = /^(.*?)[├└]── (\S+)(?: \(.*\))?$/.exec(line) ?? []
    if (indent === undefined || part === undefined) return []
    parents.length = indent.length / 4
    parents.push((parents.at(-1) ?? '') + part.replace(/^\/:.*/, '/{}'))
    return parents.slice(-1)
  })
}
