import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { ApiContext } from './context.js'
import { openApiDocument } from './openapi.js'
import { readQuery } from './params.js'
import { ApiError } from './problem.js'
import { API_PREFIX } from './routes.js'

export interface SystemOptions {
  readonly version: string
  readonly metrics: Registry
}

/** Routes about the controller itself. */
export function registerSystem(app: FastifyInstance, context: ApiContext, { version, metrics }: SystemOptions): void {
  const { status } = context
  app.get('/healthz', () => ({ status: 'up' }))

  app.get('/readyz', () => {
    if (!status.ready()) throw new ApiError('UNAVAILABLE', 'The controller is still compiling what the store holds')
    return { status: 'ready' }
  })

  app.get('/metrics', async (_request, reply) => {
    void reply.header('content-type', metrics.contentType)
    return metrics.metrics()
  })

  const document = openApiDocument(version)
  app.get('/openapi.json', () => document)

  app.get(`${API_PREFIX}/status`, (request) => {
    readQuery(request.query, [])
    return { version, ready: status.ready(), revision: context.store.revision, ...counts(context) }
  })
}

function counts({ resources, status, representer }: ApiContext): Record<string, unknown> {
  const hosts = resources.list('Host').map(({ ref }) => status.host(ref.name))
  const pods = resources.list('Pod').map(({ ref }) => status.pod(ref))
  return {
    tenants: representer.count('tenants/'),
    networks: representer.count('networks/'),
    hosts: {
      total: hosts.length,
      connected: hosts.filter((host) => host?.connected).length,
      realized: hosts.filter((host) => host?.realized).length,
    },
    pods: { total: pods.length, realized: pods.filter(({ realized }) => realized).length },
  }
}
