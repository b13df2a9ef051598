import type { FastifyInstance, FastifyReply } from 'fastify'
import { Fabric } from '../explain/fabric.js'
import { reach } from '../explain/reach.js'
import { inSlices, type Work } from '../explain/slices.js'
import { freeze } from '../explain/source.js'
import { traceProbe } from '../explain/trace.js'
import { verify } from '../explain/verify.js'
import { invalid } from '../model/errors.js'
import type { ApiContext } from './context.js'
import { readReachQuery, readTrace } from './explain-input.js'
import { readQuery } from './params.js'
import { ApiError } from './problem.js'
import { API_PREFIX } from './routes.js'

/** Questions about packets. All are answered from what is wanted of the hosts, whether they have it yet or not. */
export function registerExplain(app: FastifyInstance, context: ApiContext): void {
  const { fabric, status } = context

  app.post(`${API_PREFIX}/trace`, async (request) => {
    readQuery(request.query, [])
    const source = fabric()
    const { probe, liveMs } = readTrace(request.body, source.view)
    const report = traceProbe(new Fabric(source), probe)
    if (report === undefined) throw new TypeError('the ends of a probe that was read have addresses')
    return liveMs === undefined ? report : { ...report, live: await status.liveTrace(probe, liveMs) }
  })

  app.get<{ Params: { readonly tenant: string } }>(`${API_PREFIX}/tenants/:tenant/reach`, async (request, reply) => {
    const query = readQuery(request.query, ['protocol', 'port', 'icmpType', 'icmpCode', 'family'])
    const { tenant } = request.params
    const source = fabric()
    if (!source.view.tenants.has(tenant)) throw new ApiError('NOT_FOUND', `tenant ${tenant.slice(0, 80)} does not exist`)
    const { service, family } = readReachQuery(query)
    return await work(context, reply, reach(new Fabric(freeze(source)), tenant, service, family))
  })

  app.post(`${API_PREFIX}/verify`, async (request, reply) => {
    readQuery(request.query, [])
    if (!isEmpty(request.body)) throw invalid([{ pointer: '', detail: 'must be {}, or no body at all' }])
    const source = freeze(fabric())
    const { arePeers } = source.view
    const report = await work(context, reply, verify(new Fabric(source), { peered: arePeers }))
    const hosts = await status.differences()
    const differs = hosts.some(({ missing, extra, unreachable }) => missing.length + extra.length > 0 || unreachable !== undefined)
    return { ...report, ok: report.ok && !differs, hosts }
  })
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0
}

/** Lets others be served while it lasts, and ends with the client or the server. */
async function work<T>({ closing }: ApiContext, reply: FastifyReply, steps: Work<T>): Promise<T> {
  const gone = new AbortController()
  const onClose = (): void => {
    gone.abort()
  }
  reply.raw.once('close', onClose)
  const signal = AbortSignal.any([closing, gone.signal])
  try {
    return await inSlices(steps, signal)
  } catch (error) {
    if (!signal.aborted) throw error
    throw new ApiError('UNAVAILABLE', 'The controller is stopping')
  } finally {
    reply.raw.off('close', onClose)
  }
}
