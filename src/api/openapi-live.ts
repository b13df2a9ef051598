import Type from 'typebox'
import { KINDS } from '../model/kinds.js'
import { headerParameter, type Json, JSON_TYPE, ok, pathParameter, problems, queryParameter, ref } from './openapi-parts.js'
import { API_PREFIX } from './routes.js'

/** Plans, and what happens on the hosts, for the OpenAPI document. */

const plannedChange = Type.Object({
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  changed: Type.Array(Type.Object({ before: Type.String(), after: Type.String() })),
})

const range = Type.Tuple([Type.Integer(), Type.Integer()], { description: 'first and last' })
const service = Type.Object({
  protocol: Type.String({ description: 'TCP, UDP, SCTP or ICMP' }),
  ports: Type.Optional(range),
  types: Type.Optional(range),
  codes: Type.Optional(range),
})
const pods = Type.Array(Type.String(), { description: 'TENANT/NETWORK/NAME' })

const plan = Type.Object({
  kind: Type.Literal('Plan'),
  hosts: Type.Array(
    Type.Object({
      host: Type.String(),
      rows: plannedChange,
      flows: plannedChange,
      groups: plannedChange,
      meters: plannedChange,
    }),
    { description: 'those on which something would change; flows and meters as ovs-ofctl writes them' },
  ),
  reachability: Type.Object(
    {
      changes: Type.Array(
        Type.Object({
          family: Type.Union([Type.Literal(4), Type.Literal(6)]),
          from: pods,
          to: pods,
          gained: Type.Array(service),
          lost: Type.Array(service),
        }),
        { description: 'pods that would gain or lose the same of the same others' },
      ),
      truncated: Type.Boolean({ description: 'there may be more' }),
      probes: Type.Integer({ description: 'packets that were compared' }),
    },
    { description: 'computed from the pipelines without and with the change' },
  ),
})

const planInput = Type.Object(
  {
    apply: Type.Optional(Type.Array(Type.Unknown(), { description: 'resources as they are written, each with its `kind`' })),
    delete: Type.Optional(Type.Array(Type.Unknown(), { description: 'resources that are deleted: `kind` and names' })),
  },
  { additionalProperties: false },
)

const counters = Type.Object({
  kind: Type.Literal('RuleCountersList'),
  items: Type.Array(
    Type.Object({
      rules: Type.Array(Type.String(), { description: 'where it is said; rules that say the same share their counters' }),
      packets: Type.Integer(),
      bytes: Type.Integer(),
      hosts: Type.Integer({ description: 'that have it in force' }),
      missing: Type.Array(Type.String(), { description: 'hosts that could not be asked: the sums lack theirs' }),
    }),
    { description: 'a rule each, in the order in which the policy says them: ingress, egress' },
  ),
})

const end = Type.Object({ address: Type.String(), pod: Type.Optional(Type.String()) })
const event = Type.Object({
  id: Type.Integer(),
  time: Type.String({ format: 'date-time' }),
  host: Type.String(),
  tenant: Type.String(),
  type: Type.Union([Type.Literal('policy'), Type.Literal('flood')], {
    description: '`policy`: a rule with log decided about a new connection; `flood`: a flood guard dropped packets',
  }),
  action: Type.Optional(Type.String()),
  direction: Type.String(),
  rules: Type.Optional(Type.Array(Type.String())),
  from: Type.Optional(end),
  to: Type.Optional(end),
  protocol: Type.Optional(Type.String()),
  sourcePort: Type.Optional(Type.Integer()),
  destinationPort: Type.Optional(Type.Integer()),
  icmpType: Type.Optional(Type.Integer()),
  icmpCode: Type.Optional(Type.Integer()),
  pod: Type.Optional(Type.String()),
  kind: Type.Optional(Type.String()),
  dropped: Type.Optional(Type.Integer()),
})

const eventList = Type.Object({
  kind: Type.Literal('EventList'),
  items: Type.Array(event),
  metadata: Type.Object({ last: Type.Integer({ description: 'number of the newest event' }) }),
})

const traffic = Type.Object({
  kind: Type.Literal('Traffic'),
  pods: Type.Array(Type.Unknown(), { description: 'rates and counters of each pod, as of the last look at its host' }),
})

export const LIVE_SCHEMAS: Json = { Plan: plan, PlanInput: planInput, RuleCountersList: counters, EventList: eventList, Traffic: traffic }

const BODY = ['MALFORMED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const

export const LIVE_PATHS: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  [`${API_PREFIX}/plan`]: {
    post: {
      tags: ['Plan'],
      summary: 'What writing and deleting resources would change, together',
      description: 'Nothing is done. Refuses what the writes would be refused for.',
      operationId: 'plan',
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: ref('PlanInput') } } },
      responses: {
        ...ok('What would change.', JSON_TYPE, ref('Plan')),
        ...problems('INVALID', 'NOT_FOUND', 'CONFLICT', 'EXHAUSTED', 'IN_USE', ...BODY),
      },
    },
  },
  [`${API_PREFIX}/events`]: {
    get: {
      tags: ['Events'],
      summary: 'What happened on the hosts, the newest thousand; with watch, a stream of what comes',
      operationId: 'events',
      parameters: [
        ...(['tenant', 'host', 'watch'] as const).map(queryParameter),
        headerParameter('Last-Event-ID', 'with `watch`: go on after this event'),
      ],
      responses: {
        200: {
          description: 'Oldest first.',
          content: { [JSON_TYPE]: { schema: ref('EventList') }, 'text/event-stream': { schema: { type: 'string' } } },
        },
        ...problems('INVALID', 'COMPACTED'),
      },
    },
  },
  [`${API_PREFIX}/traffic`]: {
    get: {
      tags: ['Events'],
      summary: 'What pods send and receive, and what their limits drop, as of the last look at their hosts',
      operationId: 'traffic',
      responses: { ...ok('All pods.', JSON_TYPE, ref('Traffic')), ...problems('INVALID') },
    },
  },
  ...Object.fromEntries((['NetworkPolicy', 'AdminPolicy'] as const).map((kind) => [countersPath(kind), countersOf(kind)])),
}

function countersPath(kind: 'NetworkPolicy' | 'AdminPolicy'): string {
  return `${API_PREFIX}${KINDS[kind].route}/:name/counters`.replace(/:([a-z]+)/g, '{$1}')
}

function countersOf(kind: 'NetworkPolicy' | 'AdminPolicy'): Readonly<Record<string, Json>> {
  return {
    get: {
      tags: [kind],
      summary: 'Packets and bytes that its rules took, summed over the hosts',
      operationId: `countersOf${kind}`,
      parameters: KINDS[kind].path.map(pathParameter),
      responses: { ...ok('A rule each.', JSON_TYPE, ref('RuleCountersList')), ...problems('INVALID', 'NOT_FOUND') },
    },
  }
}
