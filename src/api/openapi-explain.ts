import Type from 'typebox'
import { PROTOCOLS } from '../explain/probe.js'
import { type Json, JSON_TYPE, ok, pathParameter, problems, queryParameter, ref } from './openapi-parts.js'
import { API_PREFIX } from './routes.js'

/** Questions about packets, for the OpenAPI document. */

const protocol = Type.Union(
  PROTOCOLS.map((name) => Type.Literal(name)),
  { description: 'ICMP stands for ICMPv6, too' },
)
const port = Type.Optional(Type.Integer({ minimum: 0, maximum: 65535, description: 'destination port; not with ICMP' }))
const icmpType = Type.Optional(Type.Integer({ minimum: 0, maximum: 255, description: 'an echo request by default' }))
const icmpCode = Type.Optional(Type.Integer({ minimum: 0, maximum: 255 }))
const family = Type.Union([Type.Literal(4), Type.Literal(6)])

const traceInput = Type.Object(
  {
    from: Type.String({ description: 'the pod that sends: TENANT/NETWORK/NAME' }),
    to: Type.String({ description: 'a pod, or an IPv4 or IPv6 address' }),
    protocol,
    port,
    icmpType,
    icmpCode,
    family: Type.Optional(
      Type.Union([Type.Literal(4), Type.Literal(6)], { description: 'by default the first that both ends have' }),
    ),
    live: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'also send a real packet, marked, and tell where it was seen; it is not given to the receiving pod',
      }),
    ),
    timeout: Type.Optional(Type.String({ default: '3s', description: 'how long to look for the real packet, at most 30s' })),
  },
  { additionalProperties: false },
)

const direction = Type.Object({
  result: Type.Union(
    (['delivered', 'answered', 'dropped', 'controller', 'looped'] as const).map((result) => Type.Literal(result)),
    { description: '`answered`: by the router itself' },
  ),
  decision: Type.String({ description: 'in one line' }),
  hops: Type.Array(
    Type.Object({
      host: Type.String(),
      port: Type.String({ description: 'through which the packet came' }),
      packet: Type.String({ description: 'in the syntax of ovs-appctl ofproto/trace' }),
      steps: Type.Array(
        Type.Object({
          table: Type.String(),
          flow: Type.Optional(Type.String({ description: 'that took the packet, as ovs-ofctl prints it' })),
          unit: Type.Optional(
            Type.Object(
              { kind: Type.String(), subject: Type.String() },
              { description: 'what of the intent the flow is there for' },
            ),
          ),
          policies: Type.Optional(
            Type.Array(Type.String(), { description: 'policies and rules that say so, like `networkpolicies/red/web ingress 0`' }),
          ),
        }),
        { description: 'every table that the packet came to' },
      ),
      exits: Type.Array(Type.String(), { description: 'where it went' }),
    }),
  ),
})

const trace = Type.Object({
  decision: Type.String({ description: 'in one line' }),
  reaches: Type.Boolean({ description: 'the packet arrives, and the answer, where there is one, comes back' }),
  forward: direction,
  reply: Type.Optional(direction),
  live: Type.Optional(
    Type.Object({
      delivered: Type.Boolean({ description: 'it came as far as the port of the pod' }),
      sightings: Type.Array(
        Type.Object({
          host: Type.String(),
          stage: Type.Union([Type.Literal('arrived'), Type.Literal('delivered')]),
          afterMs: Type.Number({ description: 'since it was sent' }),
        }),
      ),
    }),
  ),
})

const reach = Type.Object({
  tenant: Type.String(),
  service: Type.Object({
    protocol,
    port,
    type: Type.Optional(Type.Integer()),
    code: Type.Optional(Type.Integer()),
  }),
  family,
  pods: Type.Array(Type.String(), { description: 'TENANT/NETWORK/NAME: rows and columns, in this order' }),
  rows: Type.Array(Type.String(), {
    description: 'a sender each, with a character a receiver: `x` reaches it and hears its answer, `.` does not, `-` is itself',
  }),
})

const verification = Type.Object({
  ok: Type.Boolean({ description: 'nothing was found that is not as it should be' }),
  violations: Type.Array(
    Type.Object({
      invariant: Type.Union([Type.Literal('isolation'), Type.Literal('delivery')], {
        description:
          '`isolation`: no tenant reaches another that it has no peering with. `delivery`: every pod of a tenant is ' +
          'delivered to by all its hosts.',
      }),
      from: Type.String(),
      to: Type.String(),
      trace: Type.Unsafe<unknown>(ref('Trace')),
    }),
  ),
  truncated: Type.Boolean({ description: 'not everything was tried' }),
  packets: Type.Integer({ description: 'that were tried' }),
  hosts: Type.Array(
    Type.Object({
      host: Type.String(),
      missing: Type.Array(Type.String(), { description: 'wanted flows, meters and ports that it lacks or has otherwise' }),
      extra: Type.Array(Type.String(), { description: "Heddle's own that are not wanted" }),
      unreachable: Type.Optional(Type.String({ description: 'why it could not be asked' })),
    }),
    { description: 'where what is there differs from what is wanted' },
  ),
})

export const EXPLAIN_SCHEMAS: Json = { TraceInput: traceInput, Trace: trace, Reach: reach, Verification: verification }

const BODY = ['MALFORMED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const

export const EXPLAIN_PATHS: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  [`${API_PREFIX}/trace`]: {
    post: {
      tags: ['Explain'],
      summary: 'Trace a packet and its answer through every table of every host',
      operationId: 'trace',
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: ref('TraceInput') } } },
      responses: { ...ok('Its way.', JSON_TYPE, ref('Trace')), ...problems('INVALID', ...BODY) },
    },
  },
  [`${API_PREFIX}/tenants/{tenant}/reach`]: {
    get: {
      tags: ['Explain'],
      summary: 'Who of a tenant reaches whom with a service',
      operationId: 'reach',
      parameters: [
        pathParameter('tenant'),
        ...(['protocol', 'port', 'icmpType', 'icmpCode', 'family'] as const).map(queryParameter),
      ],
      responses: { ...ok('The matrix.', JSON_TYPE, ref('Reach')), ...problems('INVALID', 'NOT_FOUND', 'UNAVAILABLE') },
    },
  },
  [`${API_PREFIX}/verify`]: {
    post: {
      tags: ['Explain'],
      summary: 'Try the invariants over all hosts',
      operationId: 'verify',
      responses: {
        ...ok('What was found.', JSON_TYPE, ref('Verification')),
        ...problems('INVALID', 'UNAVAILABLE', ...BODY),
      },
    },
  },
}
