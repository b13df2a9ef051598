import { OF10, OF11, OF14, OF15 } from '../../version.js'
import { type Layout, mac, mapped, optional, pad, slack, text, u32, u8 } from '../layout.js'
import { choice } from '../names.js'
import { byVersion, padSince, since } from '../versions.js'
import { property, propertyList, type UnknownProperty } from '../property.js'
import { length16, sized, struct } from '../struct.js'
import { PORTS } from '../../ports.js'
import { portNumber } from './port-number.js'

/** Bits of `config` (OFPPC_*). */
export const PORT_CONFIG = { PORT_DOWN: 1 << 0, NO_RECV: 1 << 2, NO_FWD: 1 << 5, NO_PACKET_IN: 1 << 6 } as const
/** Those of OpenFlow 1.0. */
export const PORT_CONFIG_OF10 = {
  PORT_DOWN: 1 << 0,
  NO_STP: 1 << 1,
  NO_RECV: 1 << 2,
  NO_RECV_STP: 1 << 3,
  NO_FLOOD: 1 << 4,
  NO_FWD: 1 << 5,
  NO_PACKET_IN: 1 << 6,
} as const
/** Bits of `state` (OFPPS_*). */
export const PORT_STATE = { LINK_DOWN: 1 << 0, BLOCKED: 1 << 1, LIVE: 1 << 2 } as const

const NAME_BYTES = 16

/** A port of a switch. Speeds in kb/s; `curr`, `advertised`, `supported`, `peer` are bits OFPPF_* of OpenFlow 1.1+. */
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

/** Features from here on (copper) are four bits higher since OpenFlow 1.1. */
const UNMOVED_FEATURES = 0x7f

/** Bits OFPPF_* of OpenFlow 1.0 as those of 1.1+. */
const features10: Layout<number> = mapped(
  u32,
  (bits) => ((bits & UNMOVED_FEATURES) | ((bits & ~UNMOVED_FEATURES) << 4)) >>> 0,
  (bits) => ((bits & UNMOVED_FEATURES) | ((bits >>> 4) & ~UNMOVED_FEATURES)) >>> 0,
)

/** The speed of the fastest feature of OpenFlow 1.0, in kb/s. */
function speedOf(features: number): number {
  if ((features & 0x40) !== 0) return 10_000_000
  if ((features & 0x30) !== 0) return 1_000_000
  if ((features & 0x0c) !== 0) return 100_000
  return (features & 0x03) !== 0 ? 10_000 : 0
}

const portHead = { hw_addr: mac, name: text(NAME_BYTES), config: u32, state: u32 } as const

const portDesc10: Layout<PortDesc> = mapped(
  struct({
    port_no: portNumber,
    ...portHead,
    curr: features10,
    advertised: features10,
    supported: features10,
    peer: features10,
  }),
  (port) => ({ ...port, curr_speed: speedOf(port.curr), max_speed: speedOf(port.supported) }),
  (port: PortDesc) => port,
)

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
  port_no: portNumber,
  _1: pad(4),
  hw_addr: mac,
  _2: pad(2),
  name: text(NAME_BYTES),
  config: u32,
  state: u32,
  ...ethernet,
})

const portProperties = propertyList({ ethernet: property(0, { _1: pad(4), ...ethernet }) })

const PORT14_BYTES = 40
const wirePort14 = struct({
  port_no: portNumber,
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
export const pick = <T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>

export const isUnknown = (item: { readonly type: string }): item is UnknownProperty => item.type === 'unknown'

const portDesc14: Layout<PortDesc> = mapped(
  sized(PORT14_BYTES, 4, wirePort14),
  ({ properties, ...port }) => {
    const other = properties.filter(isUnknown)
    const known = properties.findLast((item) => item.type === 'ethernet')
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

export const portDesc = byVersion<PortDesc>([OF10, portDesc10], [OF11, portDesc11], [OF14, portDesc14])

/** Why a port status comes (OFPPR_*). */
export const PORT_REASONS = { add: 0, delete: 1, modify: 2 } as const

export const portStatus = struct({
  reason: choice(u8, PORT_REASONS, 'NXBRC_BAD_REASON'),
  _1: pad(7),
  desc: portDesc,
  _2: slack(0),
})

export interface PortMod {
  readonly port_no: number
  readonly hw_addr: string
  readonly config: number
  /** The bits of `config` to change. */
  readonly mask: number
  /** Bits OFPPF_* (of OpenFlow 1.1+) to advertise; 0: as it is. */
  readonly advertise?: number
  readonly other_properties?: readonly UnknownProperty[]
}

const portMod10: Layout<PortMod> = struct({
  port_no: portNumber,
  hw_addr: mac,
  config: u32,
  mask: u32,
  advertise: optional(features10, 0),
  _1: pad(4),
})

const portMod11: Layout<PortMod> = struct({
  port_no: portNumber,
  _1: pad(4),
  hw_addr: mac,
  _2: pad(2),
  config: u32,
  mask: u32,
  advertise: optional(u32, 0),
  _3: pad(4),
})

const wirePortMod14 = struct({
  port_no: portNumber,
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
    const known = properties.findLast((item) => item.type === 'ethernet')
    const other = properties.filter(isUnknown)
    return { ...mod, advertise: known?.advertise ?? 0, ...(other.length > 0 && { other_properties: other }) }
  },
  ({ advertise = 0, other_properties = [], ...mod }: PortMod) => ({
    ...mod,
    properties: [...(advertise === 0 ? [] : [{ type: 'ethernet', advertise } as const]), ...other_properties],
  }),
)

export const portMod = byVersion<PortMod>([OF10, portMod10], [OF11, portMod11], [OF14, portMod14])

/** Asks what ports there are; before OpenFlow 1.5 always for all. */
export const portDescRequest = struct({ port_no: since(OF15, portNumber, PORTS.ANY), _1: padSince(OF15, 4) })
