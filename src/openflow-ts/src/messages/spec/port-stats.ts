import { EncodeError } from '../../errors.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF13, OF14 } from '../../version.js'
import { type Layout, mapped, optional, pad, u64 } from '../layout.js'
import { byVersion } from '../versions.js'
import { experimenterProperty, property, propertyList, type UnknownProperty } from '../property.js'
import { length16, sized, struct } from '../struct.js'
import { duration, UNKNOWN_U64 } from './parts.js'
import { isUnknown, pick } from './port.js'
import { portNumber } from './port-number.js'

/** Asks for one port, or with PORTS.ANY for all. */
export const portStatsRequest = byVersion<{ readonly port_no?: number }>(
  [OF10, struct({ port_no: optional(portNumber, PORTS.ANY), _1: pad(6) })],
  [OF11, struct({ port_no: optional(portNumber, PORTS.ANY), _1: pad(4) })],
)

/** Counters by packet size and kind of fault (RFC 2819), in the order of Intel's extension. */
export const RFC2819 = [
  'rx_1_to_64_packets',
  'rx_65_to_127_packets',
  'rx_128_to_255_packets',
  'rx_256_to_511_packets',
  'rx_512_to_1023_packets',
  'rx_1024_to_1522_packets',
  'rx_1523_to_max_packets',
  'tx_1_to_64_packets',
  'tx_65_to_127_packets',
  'tx_128_to_255_packets',
  'tx_256_to_511_packets',
  'tx_512_to_1023_packets',
  'tx_1024_to_1522_packets',
  'tx_1523_to_max_packets',
  'tx_multicast_packets',
  'rx_broadcast_packets',
  'tx_broadcast_packets',
  'rx_undersized_errors',
  'rx_oversize_errors',
  'rx_fragmented_errors',
  'rx_jabber_errors',
] as const
export type Rfc2819Name = (typeof RFC2819)[number]
export type Rfc2819 = { readonly [K in Rfc2819Name]: bigint }

/** Counters of a port, 2^64 - 1 where the switch does not keep one. */
export interface PortStats {
  readonly port_no: number
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly rx_packets: bigint
  readonly tx_packets: bigint
  readonly rx_bytes: bigint
  readonly tx_bytes: bigint
  readonly rx_dropped: bigint
  readonly tx_dropped: bigint
  readonly rx_errors: bigint
  readonly tx_errors: bigint
  readonly rx_frame_err: bigint
  readonly rx_over_err: bigint
  readonly rx_crc_err: bigint
  readonly collisions: bigint
  /** OpenFlow 1.4+. */
  readonly rfc2819?: Rfc2819
  /** OpenFlow 1.4+: counters by names of the switch's own choice. */
  readonly custom?: readonly CustomCounter[]
  readonly other_properties?: readonly UnknownProperty[]
}

export interface CustomCounter {
  readonly name: string
  readonly value: bigint
}

const counters = {
  rx_packets: u64,
  tx_packets: u64,
  rx_bytes: u64,
  tx_bytes: u64,
  rx_dropped: u64,
  tx_dropped: u64,
  rx_errors: u64,
  tx_errors: u64,
} as const
const ethernetCounters = { rx_frame_err: u64, rx_over_err: u64, rx_crc_err: u64, collisions: u64 } as const
const ETHERNET_COUNTERS = ['rx_frame_err', 'rx_over_err', 'rx_crc_err', 'collisions'] as const
const noEthernetCounters = {
  rx_frame_err: UNKNOWN_U64,
  rx_over_err: UNKNOWN_U64,
  rx_crc_err: UNKNOWN_U64,
  collisions: UNKNOWN_U64,
}

const NO_DURATION = { duration_sec: 0xffffffff, duration_nsec: 0xffffffff }

/** Before OpenFlow 1.3, time is not counted. */
const timeless = <T extends object>(layout: Layout<T>): Layout<T & typeof NO_DURATION> =>
  mapped(layout, (stats) => ({ ...stats, ...NO_DURATION }), (stats: T & typeof NO_DURATION) => stats)

const portStats10: Layout<PortStats> = timeless(
  struct({ port_no: portNumber, _1: pad(6), ...counters, ...ethernetCounters }),
)
const portStats11: Layout<PortStats> = timeless(
  struct({ port_no: portNumber, _1: pad(4), ...counters, ...ethernetCounters }),
)
const portStats13: Layout<PortStats> = struct({
  port_no: portNumber,
  _1: pad(4),
  ...counters,
  ...ethernetCounters,
  ...duration,
})

const INTEL = 0x0000aa01
const MAX_NAME = 0xff
const COUNTER_BYTES = 9

/** A counter: the length of its name in a byte, the name, the value. */
function writeCounter(w: Parameters<Layout<unknown>['write']>[0], { name, value }: CustomCounter): void {
  const encoded = Buffer.from(name, 'utf8')
  if (encoded.length > MAX_NAME) throw new EncodeError(`"${name}" is longer than ${MAX_NAME} bytes`)
  w.u8(encoded.length)
  w.bytes(encoded)
  w.u64(value)
}

/** Counters preceded by their number. What is cut short and what follows them does not count. */
const customCounters: Layout<readonly CustomCounter[]> = {
  write(w, value) {
    w.u16(value.length)
    for (const counter of value) writeCounter(w, counter)
  },
  read(r) {
    const count = r.u16()
    const list: CustomCounter[] = []
    while (list.length < count && r.remaining >= COUNTER_BYTES) {
      const size = r.u8()
      if (r.remaining < size + COUNTER_BYTES - 1) break
      const name = r.bytes(size).toString('utf8')
      list.push({ name, value: r.u64() })
    }
    r.skip(r.remaining)
    return list
  },
}

const rfc2819Shape = Object.fromEntries(RFC2819.map((name) => [name, u64])) as { [K in Rfc2819Name]: Layout<bigint> }

const portStatsProperties = propertyList({
  ethernet: property(0, { _1: pad(4), ...ethernetCounters }),
  rfc2819: experimenterProperty(INTEL, 1, { _1: pad(4), ...rfc2819Shape }),
  custom: experimenterProperty(INTEL, 2, { _1: pad(2), counters: customCounters }),
})

const PORT_STATS14_BYTES = 80
const wirePortStats14 = struct({
  _length: length16,
  _1: pad(2),
  port_no: portNumber,
  ...duration,
  ...counters,
  properties: portStatsProperties,
})

const portStats14: Layout<PortStats> = mapped(
  sized(PORT_STATS14_BYTES, 0, wirePortStats14),
  ({ properties, ...port }) => {
    const other = properties.filter(isUnknown)
    const known = properties.findLast((item) => item.type === 'ethernet')
    const rfc2819 = properties.findLast((item) => item.type === 'rfc2819')
    const custom = properties.findLast((item) => item.type === 'custom')
    return {
      ...port,
      ...pick(known ?? noEthernetCounters, ETHERNET_COUNTERS),
      ...(rfc2819 && { rfc2819: pick(rfc2819, RFC2819) }),
      ...(custom && { custom: custom.counters }),
      ...(other.length > 0 && { other_properties: other }),
    }
  },
  ({ rx_frame_err, rx_over_err, rx_crc_err, collisions, rfc2819, custom, other_properties, ...port }) => ({
    ...port,
    properties: [
      { type: 'ethernet', rx_frame_err, rx_over_err, rx_crc_err, collisions } as const,
      ...(rfc2819 === undefined ? [] : [{ type: 'rfc2819', ...rfc2819 } as const]),
      ...(custom === undefined ? [] : [{ type: 'custom', counters: custom } as const]),
      ...(other_properties ?? []),
    ],
  }),
)

export const portStats = byVersion<PortStats>(
  [OF10, portStats10],
  [OF11, portStats11],
  [OF13, portStats13],
  [OF14, portStats14],
)
