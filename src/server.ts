import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { createApi } from './api/api.js'
import type { Config } from './config/config.js'
import type { HostManager } from './hosts/manager.js'
import { registerHostMetrics } from './hosts/metrics.js'
import { Admission } from './intent/admission.js'
import type { Store } from './store/store.js'

/** The API of a running controller, with the metrics of all its parts; not listening yet. */
export async function createServer(
  { version, bodyLimit, rateLimit }: Config,
  store: Store,
  hosts: HostManager,
  logger: Logger,
): Promise<FastifyInstance> {
  const metrics = new Registry()
  registerHostMetrics(metrics, hosts)
  const config = { version, bodyLimit, rateLimit }
  return await createApi({
    resources: new Admission(store),
    status: hosts,
    store,
    fabric: () => hosts.compiler,
    config,
    logger,
    metrics,
  })
}
