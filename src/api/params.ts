import { PROTOCOLS, type Protocol } from '../explain/probe.js'
import { NAME_PATTERN } from '../model/kinds.js'
import { parseDuration } from '../model/duration.js'
import { validateName } from '../model/validate.js'
import { ApiError, type ProblemItem } from './problem.js'

/** The query parameters of all routes, declared once: parser, and what the OpenAPI document says. */

interface Param<T> {
  readonly schema: Readonly<Record<string, unknown>>
  readonly description: string
  /** May be given several times; `parse` then gets all. */
  readonly repeats?: true
  /** The value, or `undefined` where the text is wrong. */
  readonly parse: (texts: readonly string[]) => T | undefined
  /** What the text must be, for errors. */
  readonly rule: string
}

export interface LabelTerm {
  readonly key: string
  /** Absent: the key alone must be there. */
  readonly value?: string
}

export const MAX_LIMIT = 10_000
export const DEFAULT_LIMIT = 1000
export const DEFAULT_WAIT_MS = 10_000
export const MAX_WAIT_MS = 300_000

const first =
  <T>(parse: (text: string) => T | undefined) =>
  ([text = '']: readonly string[]): T | undefined =>
    parse(text)

function param<T>(value: Param<T>): Param<T> {
  return value
}

function nameParam(description: string): Param<string> {
  return {
    schema: { type: 'string', pattern: NAME_PATTERN },
    description,
    parse: first((text) => (validateName(text) === undefined ? text : undefined)),
    rule: 'a name of lower-case letters, digits and "-"',
  }
}

function numberParam(description: string, minimum: number, maximum: number, otherwise?: number): Param<number> {
  return {
    schema: { type: 'integer', minimum, maximum, ...(otherwise !== undefined && { default: otherwise }) },
    description,
    parse: first((text) => {
      const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
      return value >= minimum && value <= maximum ? value : undefined
    }),
    rule: `a number from ${minimum} to ${maximum}`,
  }
}

export const PARAMS = {
  tenant: nameParam('only those of this tenant'),
  network: nameParam('only those of networks with this name'),
  host: nameParam('only pods on this host'),
  label: param<LabelTerm[]>({
    schema: { type: 'array', items: { type: 'string' } },
    description: 'only pods with this label, KEY or KEY=VALUE; given several times, all must be there',
    repeats: true,
    parse: (texts) => (texts.every((text) => /^[^=]+(=[^=]*)?$/.test(text)) ? texts.map(parseLabel) : undefined),
    rule: 'KEY or KEY=VALUE',
  }),
  realized: param<boolean>({
    schema: { type: 'boolean' },
    description: 'only those that are, or are not, realized',
    parse: first((text) => ({ true: true, false: false })[text]),
    rule: 'true or false',
  }),
  limit: numberParam('at most this many items; `metadata.continue` then leads on', 1, MAX_LIMIT, DEFAULT_LIMIT),
  continue: param<string>({
    schema: { type: 'string' },
    description: '`metadata.continue` of the page before',
    parse: first((text) => {
      const key = Buffer.from(text, 'base64url').toString()
      return /^[a-z]+(\/[-a-z0-9]+)+$/.test(key) && Buffer.from(key).toString('base64url') === text ? key : undefined
    }),
    rule: 'the `metadata.continue` of a page',
  }),
  protocol: param<Protocol>({
    schema: { type: 'string', enum: PROTOCOLS },
    description: 'of the service; ICMP stands for ICMPv6, too',
    parse: first((text) => PROTOCOLS.find((name) => name === text)),
    rule: `one of ${PROTOCOLS.join(', ')}`,
  }),
  port: numberParam('of the service: TCP, UDP or SCTP', 0, 65535),
  icmpType: numberParam('with ICMP: an echo request, unless said otherwise', 0, 255),
  icmpCode: numberParam('with ICMP: 0, unless said otherwise', 0, 255),
  family: param<4 | 6>({
    schema: { type: 'integer', enum: [4, 6], default: 4 },
    description: 'IPv4 or IPv6',
    parse: first((text) => ({ 4: 4 as const, 6: 6 as const })[text]),
    rule: '4 or 6',
  }),
  watch: param<boolean>({
    schema: { type: 'string', enum: ['1', 'true'] },
    description:
      'a stream of server-sent events instead of a list: `put` and `delete`, each with the resource; resume by ' +
      '`Last-Event-ID`, begin with what is there without it. `realized` does not cause events.',
    parse: first((text) => (text === '1' || text === 'true' ? true : undefined)),
    rule: '1 or true',
  }),
  dryRun: param<'plan'>({
    schema: { type: 'string', enum: ['plan'] },
    description: 'do nothing; answer with what the request would change on the hosts, and who could reach whom then',
    parse: first((text) => (text === 'plan' ? text : undefined)),
    rule: '"plan"',
  }),
  wait: param<'realized'>({
    schema: { type: 'string', enum: ['realized'] },
    description:
      'answer once the connected hosts that the change touches have it. The write is durable and stands even when ' +
      'that takes too long: the status code is then the same, and the header `Heddle-Wait` says `timeout`.',
    parse: first((text) => (text === 'realized' ? text : undefined)),
    rule: '"realized"',
  }),
  timeout: param<number>({
    schema: { type: 'string', pattern: '^[0-9]+(ms|s|m)$', default: `${DEFAULT_WAIT_MS / 1000}s` },
    description: `how long \`wait\` may take, at most ${MAX_WAIT_MS / 60_000}m`,
    parse: first((text) => {
      const ms = parseDuration(text)
      return ms !== undefined && ms <= MAX_WAIT_MS ? ms : undefined
    }),
    rule: `a duration like 500ms, 10s or 2m, at most ${MAX_WAIT_MS / 60_000}m`,
  }),
} as const

export type ParamName = keyof typeof PARAMS

/** Of every write. */
export const WRITE_PARAMS = ['wait', 'timeout', 'dryRun'] as const

type ParamValue<N extends ParamName> = NonNullable<ReturnType<(typeof PARAMS)[N]['parse']>>
export type Query = { readonly [N in ParamName]?: ParamValue<N> }

/** The query of a request, refused with every parameter that is unknown, wrong or given too often. */
export function readQuery(query: unknown, allowed: readonly ParamName[]): Query {
  const values: Record<string, unknown> = {}
  const items: ProblemItem[] = []
  for (const [name, given] of Object.entries(query as Record<string, string | string[]>)) {
    const value = isAllowed(name, allowed) ? readParam(PARAMS[name], [given].flat()) : unknownParam(allowed)
    if (typeof value === 'object' && value !== null && 'error' in value) {
      items.push({ parameter: name, detail: String(value.error) })
    } else values[name] = value
  }
  if (values['timeout'] !== undefined && values['wait'] === undefined) {
    items.push({ parameter: 'timeout', detail: 'has no meaning without wait=realized' })
  }
  if (items.length > 0) throw new ApiError('INVALID', describeItems(items), items)
  return values
}

function isAllowed(name: string, allowed: readonly ParamName[]): name is ParamName {
  return (allowed as readonly string[]).includes(name)
}

function readParam(spec: Param<unknown>, texts: readonly string[]): unknown {
  if (texts.length > 1 && spec.repeats === undefined) return { error: 'may be given only once' }
  const value = spec.parse(texts)
  return value === undefined ? { error: `must be ${spec.rule}` } : value
}

function unknownParam(allowed: readonly ParamName[]): { readonly error: string } {
  return { error: `is unknown here${allowed.length > 0 ? `: there are ${allowed.join(', ')}` : ''}` }
}

export function describeItems(items: readonly ProblemItem[]): string {
  return items
    .map((item) => {
      if ('parameter' in item) return `query parameter ${item.parameter}: ${item.detail}`
      return 'header' in item ? `header ${item.header}: ${item.detail}` : `${item.pointer}: ${item.detail}`
    })
    .join('; ')
}

function parseLabel(text: string): LabelTerm {
  const equals = text.indexOf('=')
  return equals < 0 ? { key: text } : { key: text.slice(0, equals), value: text.slice(equals + 1) }
}
