import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HeddleError } from '../model/errors.js'
import { describeRef, type KindName, KINDS, type Ref, resourceKey } from '../model/kinds.js'
import type { RuleCounters } from '../hosts/rule-counters.js'
import type { ApiContext } from './context.js'
import { readQuery } from './params.js'
import { API_PREFIX } from './routes.js'

/** What policies did: packets and bytes of each of their rules, summed over the hosts. */
export function registerCounters(app: FastifyInstance, context: ApiContext): void {
  for (const kind of ['NetworkPolicy', 'AdminPolicy'] as const) {
    app.get(`${API_PREFIX}${KINDS[kind].route}/:name/counters`, async (request) => {
      readQuery(request.query, [])
      const ref = refOf(kind, request)
      if (context.resources.get(kind, ref) === undefined) {
        throw new HeddleError('NOT_FOUND', `${describeRef(kind, ref)} does not exist`)
      }
      const counters = await context.status.countRules(resourceKey(kind, ref))
      return { kind: 'RuleCountersList', items: counters.map(shown) }
    })
  }
}

function refOf(kind: KindName, request: FastifyRequest): Ref {
  const params = request.params as Readonly<Record<string, string>>
  return Object.fromEntries(KINDS[kind].path.map((field) => [field, params[field]])) as unknown as Ref
}

function shown({ rules, packets, bytes, hosts, missing }: RuleCounters) {
  return { rules, packets: Number(packets), bytes: Number(bytes), hosts, missing }
}
