import type { FastifyInstance } from 'fastify'
import type { ApiContext } from './context.js'
import { readQuery } from './params.js'
import { API_PREFIX } from './routes.js'

/** What pods send and receive, as of the last look at their hosts. */
export function registerTraffic(app: FastifyInstance, { status }: ApiContext): void {
  app.get(`${API_PREFIX}/traffic`, (request) => {
    readQuery(request.query, [])
    return { kind: 'Traffic', pods: status.traffic() }
  })
}
