import { type Family, formatIp, parseIp } from '../model/address.js'
import { addressOf } from '../explain/addresses.js'
import { PROTOCOLS, type Probe, type Service } from '../explain/probe.js'
import type { FabricView } from '../explain/source.js'
import { parseDuration } from '../model/duration.js'
import { invalid, type Issue } from '../model/errors.js'
import { describeItems, type Query } from './params.js'
import { ApiError, type ProblemItem } from './problem.js'

/** What is asked of the fabric, out of bodies and queries. */

/** Fields of a service, as a body or a query has them. */
interface ServiceFields {
  readonly protocol?: unknown
  readonly port?: unknown
  readonly icmpType?: unknown
  readonly icmpCode?: unknown
}

type FieldProblem = readonly [field: string, detail: string]

const TRACE_FIELDS = ['from', 'to', 'protocol', 'port', 'icmpType', 'icmpCode', 'family', 'live', 'timeout']

const DEFAULT_TIMEOUT_MS = 3_000
const MAX_TIMEOUT_MS = 30_000

export interface TraceRequest {
  readonly probe: Probe
  /** How long to look for a real packet; absent: none is sent. */
  readonly liveMs?: number
}

/** The trace that a body asks for; throws INVALID with every field that is wrong. */
export function readTrace(body: unknown, view: FabricView): TraceRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid([{ pointer: '', detail: 'must be an object' }])
  }
  const fields = body as Readonly<Record<string, unknown>>
  const problems: FieldProblem[] = Object.keys(fields)
    .filter((field) => !TRACE_FIELDS.includes(field))
    .map((field) => [field, `is not a field of a trace: there are ${TRACE_FIELDS.join(', ')}`])
  const from = readPod(fields, 'from', view, problems)
  const to = readTarget(fields, view, problems)
  const service = readService(fields, problems)
  const family = from === undefined || to === undefined ? 4 : readFamily(fields, from, to, view, problems)
  const liveMs = readLive(fields, to, problems)
  if (from === undefined || to === undefined || service === undefined || problems.length > 0) {
    throw invalid(problems.map(([field, detail]): Issue => ({ pointer: `/${field}`, detail })))
  }
  return { probe: { from, to, family, service }, ...(liveMs !== undefined && { liveMs }) }
}

function readLive(
  { live, timeout }: Readonly<Record<string, unknown>>,
  to: Probe['to'] | undefined,
  problems: FieldProblem[],
): number | undefined {
  if (live !== undefined && typeof live !== 'boolean') problems.push(['live', 'must be true or false'])
  if (live === true && to !== undefined && 'address' in to) problems.push(['to', 'must be a pod where a real packet is sent'])
  if (timeout === undefined) return live === true ? DEFAULT_TIMEOUT_MS : undefined
  if (live !== true) problems.push(['timeout', 'has no meaning without live'])
  const ms = typeof timeout === 'string' ? parseDuration(timeout) : undefined
  if (ms === undefined || ms > MAX_TIMEOUT_MS) problems.push(['timeout', `must be a duration like 500ms or 3s, at most ${MAX_TIMEOUT_MS / 1000}s`])
  return ms
}

/** Service and family that a query asks for; throws INVALID with every parameter that is wrong. */
export function readReachQuery(query: Query): { readonly service: Service; readonly family: Family } {
  const problems: FieldProblem[] = []
  const service = readService(query, problems)
  if (service === undefined || problems.length > 0) {
    const items = problems.map(([parameter, detail]): ProblemItem => ({ parameter, detail }))
    throw new ApiError('INVALID', describeItems(items), items)
  }
  return { service, family: query.family ?? 4 }
}

function readPod(
  fields: Readonly<Record<string, unknown>>,
  field: 'from' | 'to',
  view: FabricView,
  problems: FieldProblem[],
): string | undefined {
  const value = fields[field]
  if (value === undefined) problems.push([field, 'is required'])
  else if (typeof value !== 'string') problems.push([field, 'must be a string'])
  else if (view.pods.has(value)) return value
  else if (/^[^/]+\/[^/]+\/[^/]+$/.test(value)) problems.push([field, `pod ${value.slice(0, 200)} does not exist`])
  else problems.push([field, `"${value.slice(0, 200)}" is not a pod: TENANT/NETWORK/NAME`])
  return undefined
}

function readTarget(
  fields: Readonly<Record<string, unknown>>,
  view: FabricView,
  problems: FieldProblem[],
): Probe['to'] | undefined {
  const { to } = fields
  const address = typeof to === 'string' ? parseIp(to) : undefined
  if (address !== undefined) return { address }
  if (typeof to === 'string' && !to.includes('/')) {
    problems.push(['to', `"${to.slice(0, 200)}" is neither a pod (TENANT/NETWORK/NAME) nor an address`])
    return undefined
  }
  const pod = readPod(fields, 'to', view, problems)
  return pod === undefined ? undefined : { pod }
}

function readService(fields: ServiceFields, problems: FieldProblem[]): Service | undefined {
  const protocol = PROTOCOLS.find((name) => name === fields.protocol)
  const known = PROTOCOLS.join(', ')
  if (protocol === undefined) {
    problems.push(['protocol', fields.protocol === undefined ? `is required: one of ${known}` : `must be one of ${known}`])
    return undefined
  }
  if (protocol === 'ICMP') {
    if (fields.port !== undefined) problems.push(['port', 'has no meaning for ICMP'])
    const type = readNumber(fields, 'icmpType', 255, problems)
    const code = readNumber(fields, 'icmpCode', 255, problems)
    return { protocol, ...(type === undefined ? {} : { type }), ...(code === undefined ? {} : { code }) }
  }
  for (const field of ['icmpType', 'icmpCode'] as const) {
    if (fields[field] !== undefined) problems.push([field, `has no meaning for ${protocol}`])
  }
  const port = readNumber(fields, 'port', 65535, problems)
  if (port === undefined && fields.port === undefined) problems.push(['port', `is required for ${protocol}`])
  return port === undefined ? undefined : { protocol, port }
}

function readNumber(
  fields: ServiceFields,
  field: 'port' | 'icmpType' | 'icmpCode',
  maximum: number,
  problems: FieldProblem[],
): number | undefined {
  const value = fields[field]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maximum) return value
  problems.push([field, `must be an integer from 0 to ${maximum}`])
  return undefined
}

/** That of the address or, where both ends are pods, the one that is asked for, or the first that both have. */
function readFamily(
  { family }: Readonly<Record<string, unknown>>,
  from: string,
  to: Probe['to'],
  view: FabricView,
  problems: FieldProblem[],
): Family {
  if (family !== undefined && family !== 4 && family !== 6) {
    problems.push(['family', 'must be 4 or 6'])
    return 4
  }
  const ends = 'pod' in to ? [from, to.pod] : [from]
  const has = (pod: string, wanted: Family): boolean => {
    const known = view.pods.get(pod)
    return known !== undefined && addressOf(known, wanted) !== undefined
  }
  const asked: Family | undefined = 'address' in to ? to.address.family : family
  const wanted = asked ?? ([4, 6] as const).find((one) => ends.every((pod) => has(pod, one))) ?? 4
  if ('address' in to && family !== undefined && family !== wanted) {
    problems.push(['family', `${formatIp(to.address)} is not an IPv${family} address`])
  }
  for (const [i, pod] of ends.entries()) {
    if (!has(pod, wanted)) problems.push([i === 0 ? 'from' : 'to', `pod ${pod} has no IPv${wanted} address`])
  }
  return wanted
}
