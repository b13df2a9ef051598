import { EncodeError } from '../../errors.js'
import { OF11, OF13, OF14, OF15 } from '../../version.js'
import {
  byVersion,
  type Layout,
  mac,
  mapped,
  nameOrNumber,
  optional,
  pad,
  padSince,
  rest,
  since,
  text,
  u32,
  u64,
  u8,
} from '../layout.js'
import { experimenterProperty, property, propertyList, type UnknownProperty } from '../property.js'
import { length16, struct } from '../struct.js'
import { PORTS } from '../../ports.js'
import { duration, UNKNOWN_U64 } from './parts.js'

/** Bits of `config` (OFPPC_*). */
export const PORT_CONFIG = { PORT_DOWN: 1 << 0, NO_RECV: 1 << 2, NO_FWD: 1 << 5, NO_PACKET_IN: 1 << 6 } as const
/** Bits of `state` (OFPPS_*). */
export const PORT_STATE = { LINK_DOWN: 1 << 0, BLOCKED: 1 << 1, LIVE: 1 << 2 } as const

const NAME_BYTES = 16

/** A port of a switch. Speeds in kb/s; `curr`, `advertised`, `supported`, `peer` are bits OFPPF_*. */
export interface PortDesc {
  readonly port_no: number
  readonly hw_addr: string
  readonly name: string
  readonly config: number
  readonly state: number
  readonly curr: number
  readonly advertised: number
  readonly supported: number
  readonly peer: number
  readonly curr_speed: number
  readonly max_speed: number
  /** OpenFlow 1.4+: properties that are not Ethernet's. */
  readonly other_properties?: readonly UnknownProperty[]
}

const ethernet = {
  curr: u32,
  advertised: u32,
  supported: u32,
  peer: u32,
  curr_speed: u32,
  max_speed: u32,
} as const
const ETHERNET = ['curr', 'advertised', 'supported', 'peer', 'curr_speed', 'max_speed'] as const
const noEthernet = { curr: 0, advertised: 0, supported: 0, peer: 0, curr_speed: 0, max_speed: 0 }

const portDesc11: Layout<PortDesc> = struct({
  port_no: u32,
  _1: pad(4),
  hw_addr: mac,
  _2: pad(2),
  name: text(NAME_BYTES),
  config: u32,
  state: u32,
  ...ethernet,
})

const portProperties = propertyList({ ethernet: property(0, { _1: pad(4), ...ethernet }) })

const wirePort14 = struct({
  port_no: u32,
  _length: length16,
  _1: pad(2),
  hw_addr: mac,
  _2: pad(2),
  name: text(NAME_BYTES),
  config: u32,
  state: u32,
  properties: portProperties,
})

/** The fields of a property without its type. */
const pick = <T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>

const isUnknown = (item: { readonly type: string }): item is UnknownProperty => item.type === 'unknown'

const portDesc14: Layout<PortDesc> = mapped(
  wirePort14,
  ({ properties, ...port }) => {
    const other = properties.filter(isUnknown)
    const known = properties.find((item) => item.type === 'ethernet')
    return { ...port, ...pick(known ?? noEthernet, ETHERNET), ...(other.length > 0 && { other_properties: other }) }
  },
  ({ port_no, hw_addr, name, config, state, other_properties, ...speeds }) => ({
    port_no,
    hw_addr,
    name,
    config,
    state,
    properties: [{ type: 'ethernet', ...speeds } as const, ...(other_properties ?? [])],
  }),
)

export const portDesc = byVersion<PortDesc>([OF11, portDesc11], [OF14, portDesc14])

/** Why a port status comes (OFPPR_*). */
export const PORT_REASONS = { add: 0, delete: 1, modify: 2 } as const

export const portStatus = struct({ reason: nameOrNumber(u8, PORT_REASONS), _1: pad(7), desc: portDesc })

export interface PortMod {
  readonly port_no: number
  readonly hw_addr: string
  readonly config: number
  /** The bits of `config` to change. */
  readonly mask: number
  /** Bits OFPPF_* to advertise; 0: as it is. */
  readonly advertise?: number
  readonly other_properties?: readonly UnknownProperty[]
}

const portMod11: Layout<PortMod> = struct({
  port_no: u32,
  _1: pad(4),
  hw_addr: mac,
  _2: pad(2),
  config: u32,
  mask: u32,
  advertise: optional(u32, 0),
  _3: pad(4),
})

const wirePortMod14 = struct({
  port_no: u32,
  _1: pad(4),
  hw_addr: mac,
  _2: pad(2),
  config: u32,
  mask: u32,
  properties: propertyList({ ethernet: property(0, { advertise: u32 }) }),
})

const portMod14: Layout<PortMod> = mapped(
  wirePortMod14,
  ({ properties, ...mod }) => {
    const known = properties.find((item) => item.type === 'ethernet')
    const other = properties.filter(isUnknown)
    return { ...mod, advertise: known?.advertise ?? 0, ...(other.length > 0 && { other_properties: other }) }
  },
  ({ advertise = 0, other_properties = [], ...mod }: PortMod) => ({
    ...mod,
    properties: [...(advertise === 0 ? [] : [{ type: 'ethernet', advertise } as const]), ...other_properties],
  }),
)

export const portMod = byVersion<PortMod>([OF11, portMod11], [OF14, portMod14])

/** Asks for one port, or with PORTS.ANY for all. */
export const portStatsRequest = struct({ port_no: optional(u32, PORTS.ANY), _1: pad(4) })

/** Asks what ports there are; before OpenFlow 1.5 always for all. */
export const portDescRequest = struct({ port_no: since(OF15, u32, PORTS.ANY), _1: padSince(OF15, 4) })

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

const portStats13: Layout<PortStats> = struct({
  port_no: u32,
  _1: pad(4),
  ...counters,
  ...ethernetCounters,
  ...duration,
})

const INTEL = 0x0000aa01
const MAX_NAME = 0xff

/** A counter: the length of its name in a byte, the name, the value. */
const customCounter: Layout<CustomCounter> = {
  write(w, { name, value }) {
    const encoded = Buffer.from(name, 'utf8')
    if (encoded.length > MAX_NAME) throw new EncodeError(`"${name}" is longer than ${MAX_NAME} bytes`)
    w.u8(encoded.length)
    w.bytes(encoded)
    w.u64(value)
  },
  read(r) {
    const name = r.bytes(r.u8()).toString('utf8')
    return { name, value: r.u64() }
  },
}

/** Counters preceded by their number; what follows them is padding. */
const customCounters: Layout<readonly CustomCounter[]> = {
  write(w, value, scope) {
    w.u16(value.length)
    for (const counter of value) customCounter.write(w, counter, scope)
  },
  read(r, scope) {
    const count = r.u16()
    const list: CustomCounter[] = []
    for (let i = 0; i < count; i++) list.push(customCounter.read(r, scope))
    r.skip(r.remaining)
    return list
  },
}

const portStatsProperties = propertyList({
  ethernet: property(0, { _1: pad(4), ...ethernetCounters }),
  custom: experimenterProperty(INTEL, 2, { _1: pad(2), counters: customCounters }),
})

const wirePortStats14 = struct({
  _length: length16,
  _1: pad(2),
  port_no: u32,
  ...duration,
  ...counters,
  properties: portStatsProperties,
})

const portStats14: Layout<PortStats> = mapped(
  wirePortStats14,
  ({ properties, ...port }) => {
    const other = properties.filter(isUnknown)
    const known = properties.find((item) => item.type === 'ethernet')
    const custom = properties.find((item) => item.type === 'custom')
    return {
      ...port,
      ...pick(known ?? noEthernetCounters, ETHERNET_COUNTERS),
      ...(custom && { custom: custom.counters }),
      ...(other.length > 0 && { other_properties: other }),
    }
  },
  ({ rx_frame_err, rx_over_err, rx_crc_err, collisions, custom, other_properties, ...port }) => ({
    ...port,
    properties: [
      { type: 'ethernet', rx_frame_err, rx_over_err, rx_crc_err, collisions } as const,
      ...(custom === undefined ? [] : [{ type: 'custom', counters: custom } as const]),
      ...(other_properties ?? []),
    ],
  }),
)

export const portStats = byVersion<PortStats>([OF13, portStats13], [OF14, portStats14])

export const queueStatsRequest = struct({ port_no: optional(u32, PORTS.ANY), queue_id: optional(u32, 0xffffffff) })

/** Counters of a queue. */
export interface QueueStats {
  readonly port_no: number
  readonly queue_id: number
  readonly tx_bytes: bigint
  readonly tx_packets: bigint
  readonly tx_errors: bigint
  readonly duration_sec: number
  readonly duration_nsec: number
  /** OpenFlow 1.4+: properties, as they came. */
  readonly properties?: Uint8Array
}

const queueCounters = {
  port_no: u32,
  queue_id: u32,
  tx_bytes: u64,
  tx_packets: u64,
  tx_errors: u64,
  ...duration,
} as const
const noProperties: Uint8Array = new Uint8Array()

export const queueStats = byVersion<QueueStats>(
  [OF13, struct(queueCounters)],
  [OF14, struct({ _length: length16, _1: pad(6), ...queueCounters, properties: optional(rest, noProperties) })],
)
