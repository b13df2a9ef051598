import { DecodeError } from '../../errors.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF12, OF13, OF14 } from '../../version.js'
import { checked } from '../faults.js'
import { type Layout, mapped, optional, pad, rest, slack, u16, u32, u64 } from '../layout.js'
import { byVersion } from '../versions.js'
import { property, propertyList, type UnknownProperty } from '../property.js'
import { length16, sized, struct } from '../struct.js'
import { duration } from './parts.js'
import { isUnknown } from './port.js'
import { checkPort, portNumber } from './port-number.js'
import { streamed } from './streamed.js'

export const ALL_QUEUES = 0xffffffff

/** OpenFlow 1.0 says "all ports" where the others say "any". */
const anyPort10: Layout<number> = mapped(
  portNumber,
  (port) => (port === PORTS.ALL ? PORTS.ANY : port),
  (port) => (port === PORTS.ANY ? PORTS.ALL : port),
)

export interface QueueQuery {
  readonly port_no?: number
  readonly queue_id?: number
}

/** Asks for one port and queue, or with PORTS.ANY and ALL_QUEUES for all. */
export const queueStatsRequest = byVersion<QueueQuery>(
  [OF10, struct({ port_no: optional(anyPort10, PORTS.ANY), _1: pad(2), queue_id: optional(u32, ALL_QUEUES) })],
  [OF11, struct({ port_no: optional(portNumber, PORTS.ANY), queue_id: optional(u32, ALL_QUEUES) })],
)

/** Counters of a queue. */
export interface QueueStats {
  readonly port_no: number
  readonly queue_id: number
  readonly tx_bytes: bigint
  readonly tx_packets: bigint
  readonly tx_errors: bigint
  /** 2^32 - 1 before OpenFlow 1.3. */
  readonly duration_sec: number
  readonly duration_nsec: number
  /** OpenFlow 1.4+: properties, as they came. */
  readonly properties?: Uint8Array
}

const counters = { queue_id: u32, tx_bytes: u64, tx_packets: u64, tx_errors: u64 } as const
const noProperties: Uint8Array = new Uint8Array()
const QUEUE_STATS14_BYTES = 48
const NO_DURATION = { duration_sec: 0xffffffff, duration_nsec: 0xffffffff }

const queueStats10: Layout<QueueStats> = mapped(
  struct({ port_no: portNumber, _1: pad(2), ...counters }),
  (stats) => ({ ...stats, ...NO_DURATION }),
  (stats: QueueStats) => stats,
)
const queueStats11: Layout<QueueStats> = mapped(
  struct({ port_no: portNumber, ...counters }),
  (stats) => ({ ...stats, ...NO_DURATION }),
  (stats: QueueStats) => stats,
)

export const queueStats = byVersion<QueueStats>(
  [OF10, queueStats10],
  [OF11, queueStats11],
  [OF13, struct({ port_no: portNumber, ...counters, ...duration })],
  [
    OF14,
    sized(
      QUEUE_STATS14_BYTES,
      0,
      struct({
        _length: length16,
        _1: pad(6),
        port_no: portNumber,
        ...counters,
        ...duration,
        properties: optional(rest, noProperties),
      }),
    ),
  ],
)

/** Rates in tenths of a percent of the port's speed; more than 1000: off. */
export interface QueueConfig {
  /** Absent before OpenFlow 1.2, where the message says it for all of them. */
  readonly port_no?: number
  readonly queue_id: number
  readonly min_rate?: number
  readonly max_rate?: number
  readonly other_properties?: readonly UnknownProperty[]
}

/** Reserved ports have no queues. */
const queuePort = (allowAny: boolean): Layout<number> =>
  checked(portNumber, (port) =>
    port < PORTS.MAX || (allowAny && port === PORTS.ANY)
      ? undefined
      : { what: `port ${port} has no queues`, reply: 'OFPQOFC_BAD_PORT' },
  )

/** Up to OpenFlow 1.3: asks for the queues of one port. */
export const queueConfigRequest = byVersion<{ readonly port_no: number }>(
  [OF10, struct({ port_no: queuePort(false), _1: pad(2) })],
  [OF11, struct({ port_no: queuePort(true), _1: pad(4) })],
)

const MIN_RATE = 1
const MAX_RATE = 2
const RATE_BYTES = 16

const bad = (what: string, offset: number): DecodeError => new DecodeError(what, { offset, reply: 'OFPBRC_BAD_LEN' })

type Rates = Omit<QueueConfig, 'port_no' | 'queue_id'>

/** The properties of queues up to OpenFlow 1.3, whose lengths count all of their padding. */
const oldProperties: Layout<Rates> = {
  write(w, { min_rate, max_rate, other_properties = [] }) {
    for (const [type, rate] of [
      [MIN_RATE, min_rate],
      [MAX_RATE, max_rate],
    ] as const) {
      if (rate === undefined) continue
      w.u16(type)
      w.u16(RATE_BYTES)
      w.zeros(4)
      w.u16(rate)
      w.zeros(6)
    }
    for (const { raw } of other_properties) w.bytes(raw)
  },
  read(r) {
    const found: { min_rate?: number; max_rate?: number } = {}
    const others: UnknownProperty[] = []
    while (r.remaining > 0) {
      const { offset } = r
      const head = r.bytes(8)
      const [type, length] = [head.readUInt16BE(0), head.readUInt16BE(2)]
      if (length < 8 || length - 8 > r.remaining || length % 8 !== 0) throw bad(`property of ${length} bytes`, offset)
      const body = r.bytes(length - 8)
      if (type !== MIN_RATE && type !== MAX_RATE) {
        others.push({ type: 'unknown', raw: Buffer.concat([head, body]) })
        continue
      }
      if (length !== RATE_BYTES) throw bad(`rate of ${length} bytes`, offset)
      found[type === MIN_RATE ? 'min_rate' : 'max_rate'] = body.readUInt16BE(0)
    }
    return { ...found, ...(others.length > 0 && { other_properties: others }) }
  },
}

/** A queue up to OpenFlow 1.3: `length` bytes with header and properties, a multiple of 8. */
const queue = (bytes: number, hasPort: boolean): Layout<QueueConfig> => ({
  write(w, value, scope) {
    const start = w.length
    w.u32(value.queue_id)
    if (hasPort) portNumber.write(w, value.port_no ?? 0, scope)
    const at = w.length
    w.zeros(bytes - (at - start))
    oldProperties.write(w, value, scope)
    w.patch16(at, w.length - start)
  },
  read(r, scope) {
    const { offset } = r
    const head = r.bytes(bytes)
    const length = head.readUInt16BE(hasPort ? 8 : 4)
    if (length < bytes || length - bytes > r.remaining || length % 8 !== 0) throw bad(`queue of ${length} bytes`, offset)
    const port = hasPort ? { port_no: head.readUInt32BE(4) } : {}
    return { queue_id: head.readUInt32BE(0), ...port, ...oldProperties.read(r.slice(length - bytes), scope) }
  },
})

export interface QueueConfigReply {
  readonly port_no: number
  readonly queues?: readonly QueueConfig[]
}

const anyPort = struct({ port_no: u32, _1: pad(4) })

/** The port of queues, which does not matter where there are none. */
const queuesPort: Layout<{ readonly port_no: number }> = {
  write: (w, value, scope) => { anyPort.write(w, value, scope) },
  read(r, scope) {
    const { offset } = r
    const value = anyPort.read(r, scope)
    if (r.remaining > 0) checkPort(value.port_no, offset)
    return value
  },
}

/** OFPT_QUEUE_GET_CONFIG_REPLY. */
export const queueConfigReply = byVersion<QueueConfigReply>(
  [OF10, streamed(struct({ port_no: portNumber, _1: pad(6) }), 'queues', queue(8, false))],
  [OF11, streamed(queuesPort, 'queues', queue(8, false))],
  [OF12, streamed(queuesPort, 'queues', queue(16, true))],
)

/** OpenFlow 1.4+: asks for one port and queue, or for all. */
export const queueDescRequest = struct({
  port_no: optional(portNumber, PORTS.ANY),
  queue_id: optional(u32, ALL_QUEUES),
})

const QUEUE_DESC_BYTES = 16
const wireQueueDesc = struct({
  port_no: portNumber,
  queue_id: u32,
  _length: length16,
  _1: pad(6),
  properties: propertyList({
    min_rate: property(1, { rate: u16, _1: slack(2) }),
    max_rate: property(2, { rate: u16, _1: slack(2) }),
  }),
})

type WireQueueDesc = ReturnType<(typeof wireQueueDesc)['read']>

/** Looks at the port before the length, which must be a multiple of 8, and at both before anything else. */
const checkedQueueDesc: Layout<WireQueueDesc> = {
  write: (w, value, scope) => { wireQueueDesc.write(w, value, scope) },
  read(r, scope) {
    const { offset } = r
    const head = r.peek(QUEUE_DESC_BYTES)
    checkPort(head.readUInt32BE(0), offset)
    const length = head.readUInt16BE(8)
    if (length < QUEUE_DESC_BYTES || length > r.remaining || length % 8 !== 0) {
      throw bad(`queue of ${length} bytes`, offset)
    }
    return wireQueueDesc.read(r, scope)
  },
}

/** A queue of OFPMP_QUEUE_DESC. */
export const queueDesc: Layout<QueueConfig> = mapped(
  checkedQueueDesc,
  ({ properties, ...queueAndPort }) => {
    const min = properties.findLast((item) => item.type === 'min_rate')
    const max = properties.findLast((item) => item.type === 'max_rate')
    const other = properties.filter(isUnknown)
    return {
      ...queueAndPort,
      ...(min && { min_rate: min.rate }),
      ...(max && { max_rate: max.rate }),
      ...(other.length > 0 && { other_properties: other }),
    }
  },
  ({ port_no = PORTS.ANY, queue_id, min_rate, max_rate, other_properties = [] }: QueueConfig) => ({
    port_no,
    queue_id,
    properties: [
      ...(min_rate === undefined ? [] : [{ type: 'min_rate', rate: min_rate } as const]),
      ...(max_rate === undefined ? [] : [{ type: 'max_rate', rate: max_rate } as const]),
      ...other_properties,
    ],
  }),
)
