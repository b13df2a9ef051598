import Type, { type Static } from 'typebox'
import type { Issue } from './errors.js'
import { formatQuantity, mustParseQuantity, parseQuantity, QUANTITIES, type QuantityName } from './quantity.js'

/** How much a pod may send and receive: the resource `BandwidthProfile`, and what its texts mean in numbers. */

const quantity = (kind: QuantityName, description: string) =>
  Type.Optional(Type.String({ maxLength: 32, description: `${description}; ${QUANTITIES[kind].words}` }))

const floodGuard = Type.Object(
  {
    syn: quantity('packetRate', 'packets that begin a TCP connection'),
    udp: quantity('packetRate', 'UDP packets'),
    icmp: quantity('packetRate', 'ICMP and ICMPv6 packets'),
  },
  { additionalProperties: false, description: 'what is above is dropped, counted, and reported as an event' },
)

const direction = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        guaranteed: quantity('bitRate', 'rate that nobody takes from the pod; what it does not use, others may'),
        max: quantity('bitRate', 'rate that it never exceeds'),
        burst: quantity('bytes', 'sent at once before max acts'),
        priority: Type.Optional(
          Type.Integer({ minimum: 0, maximum: 7, description: 'who goes first where idle bandwidth is shared: 0 before 7; 4 by default' }),
        ),
        packetRate: quantity('packetRate', 'packets, of whatever size'),
        packetBurst: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'packets at once before packetRate acts' }),
        ),
        newConnectionRate: quantity('frequency', 'connections that are begun'),
        floodGuard: Type.Optional(floodGuard),
        dscp: Type.Optional(Type.Integer({ minimum: 0, maximum: 63, description: 'mark of its IP packets' })),
      },
      { additionalProperties: false, description },
    ),
  )

export const bandwidthProfileSpec = Type.Object(
  { egress: direction('what pods send'), ingress: direction('what pods receive') },
  { additionalProperties: false },
)

export const uplink = Type.Object(
  {
    bridge: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'bridge of the host that holds the interface, of the same datapath type: all that direct networks need',
    }),
    interface: Type.Optional(
      Type.String({ minLength: 1, maxLength: 15, description: 'port of that bridge through which packets leave' }),
    ),
    bandwidth: Type.Optional(
      Type.String({ maxLength: 32, description: `of the link; together with interface; ${QUANTITIES.bitRate.words}` }),
    ),
    overcommit: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 1000,
        default: 1,
        description: "guarantees of the host's pods may add up to so many times the bandwidth",
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'how the host is on the underlay: with interface and bandwidth, and the kernel datapath, what pods send is queued there',
  },
)

export const unenforceable = Type.Union([Type.Literal('report'), Type.Literal('refuse')], {
  default: 'report',
  description: "what becomes of a guarantee that a host cannot keep: the pod's status says so, or the write is refused",
})

export type BandwidthProfileSpec = Static<typeof bandwidthProfileSpec>
export type Uplink = Static<typeof uplink>
export type BandwidthDirection = 'egress' | 'ingress'
type DirectionSpec = NonNullable<BandwidthProfileSpec['egress']>
export type FloodKind = keyof Static<typeof floodGuard>
export const FLOOD_KINDS: readonly FloodKind[] = ['syn', 'udp', 'icmp']

/** One direction in plain units: bits a second, bytes, packets (a second), connections a second. */
export interface Limits {
  readonly guaranteed?: number
  readonly max?: number
  readonly burst?: number
  readonly priority?: number
  readonly packetRate?: number
  readonly packetBurst?: number
  readonly newConnectionRate?: number
  readonly floods: Readonly<Partial<Record<FloodKind, number>>>
  readonly dscp?: number
}

const FIELDS = {
  guaranteed: 'bitRate',
  max: 'bitRate',
  burst: 'bytes',
  packetRate: 'packetRate',
  newConnectionRate: 'frequency',
} as const satisfies Partial<Record<keyof DirectionSpec, QuantityName>>
type QuantityField = keyof typeof FIELDS
const QUANTITY_FIELDS = Object.keys(FIELDS) as QuantityField[]

/** Below this, a single full packet takes more than a second. */
const LEAST_BIT_RATE = 16_000

/** What a valid spec means. */
export function limitsOf(spec: DirectionSpec | undefined): Limits {
  const { priority, packetBurst, dscp, floodGuard } = spec ?? {}
  const numbers = QUANTITY_FIELDS.flatMap((field) => {
    const text = spec?.[field]
    return text === undefined ? [] : [[field, mustParseQuantity(FIELDS[field], text)] as const]
  })
  const floods = Object.entries(floodGuard ?? {}).map(([kind, text]) => [kind, mustParseQuantity('packetRate', text)] as const)
  return {
    ...Object.fromEntries(numbers),
    ...(priority !== undefined && { priority }),
    ...(packetBurst !== undefined && { packetBurst }),
    ...(dscp !== undefined && { dscp }),
    floods: Object.fromEntries(floods),
  }
}

/** What is wrong with a profile beyond its schema. */
export function profileIssues({ egress, ingress }: BandwidthProfileSpec): Issue[] {
  return [...directionIssues('/egress', egress), ...directionIssues('/ingress', ingress)]
}

function directionIssues(pointer: string, spec: DirectionSpec = {}): Issue[] {
  const issues: Issue[] = []
  const say = (field: string, detail: string): void => void issues.push({ pointer: `${pointer}/${field}`, detail })
  const values: Partial<Record<QuantityField, number>> = {}
  for (const field of QUANTITY_FIELDS) {
    const text = spec[field]
    if (text === undefined) continue
    const parsed = parseQuantity(FIELDS[field], text)
    if ('error' in parsed) say(field, parsed.error)
    else values[field] = parsed.value
    if ('value' in parsed && parsed.value < leastOf(field)) say(field, `must be at least ${formatQuantity(FIELDS[field], leastOf(field))}`)
  }
  for (const [kind, text] of Object.entries(spec.floodGuard ?? {})) {
    const parsed = parseQuantity('packetRate', text)
    if ('error' in parsed) say(`floodGuard/${kind}`, parsed.error)
    else if (parsed.value < 1) say(`floodGuard/${kind}`, 'must be at least 1pps')
  }
  const { guaranteed, max } = values
  if (guaranteed !== undefined && max !== undefined && guaranteed > max) say('guaranteed', `is more than max (${spec.max ?? ''})`)
  if (spec.burst !== undefined && spec.max === undefined && spec.guaranteed === undefined) {
    say('burst', 'has no meaning without max or guaranteed')
  }
  if (spec.packetBurst !== undefined && spec.packetRate === undefined) say('packetBurst', 'has no meaning without packetRate')
  return issues
}

function leastOf(field: QuantityField): number {
  return FIELDS[field] === 'bitRate' ? LEAST_BIT_RATE : 1
}

/** The port of an uplink whose bandwidth is known: where queues can be. */
export function linkOf({ uplink }: { readonly uplink?: Uplink }): LinkSpec | undefined {
  if (uplink?.interface === undefined || uplink.bandwidth === undefined) return undefined
  const { bridge, interface: port, bandwidth, overcommit = 1 } = uplink
  return { bridge, interface: port, bandwidth, overcommit }
}

export type LinkSpec = Required<Uplink>

export function uplinkIssues({ interface: port, bandwidth, overcommit }: Uplink): Issue[] {
  if (bandwidth === undefined) {
    const without = [port !== undefined && 'interface', overcommit !== undefined && 'overcommit'].filter((name) => name !== false)
    return without.map((name) => ({ pointer: `/uplink/${name}`, detail: 'has no meaning without bandwidth' }))
  }
  if (port === undefined) return [{ pointer: '/uplink/interface', detail: 'is required with bandwidth' }]
  const pointer = '/uplink/bandwidth'
  const parsed = parseQuantity('bitRate', bandwidth)
  if ('error' in parsed) return [{ pointer, detail: parsed.error }]
  const least = formatQuantity('bitRate', LEAST_BIT_RATE)
  return parsed.value < LEAST_BIT_RATE ? [{ pointer, detail: `must be at least ${least}` }] : []
}
