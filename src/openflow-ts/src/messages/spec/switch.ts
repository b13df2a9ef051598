import { DecodeError } from '../../errors.js'
import { OF10, OF13 } from '../../version.js'
import { type Layout, mapped, optional, pad, text, u16, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { byVersion, since } from '../versions.js'
import { struct } from '../struct.js'
import { type PortDesc, portDesc } from './port.js'
import { streamed } from './streamed.js'

/** Bits of `capabilities` (OFPC_*), OpenFlow 1.1+. */
export const CAPABILITIES = {
  FLOW_STATS: 1 << 0,
  TABLE_STATS: 1 << 1,
  PORT_STATS: 1 << 2,
  GROUP_STATS: 1 << 3,
  IP_REASM: 1 << 5,
  QUEUE_STATS: 1 << 6,
  PORT_BLOCKED: 1 << 8,
  BUNDLES: 1 << 9,
  FLOW_MONITORING: 1 << 10,
} as const

/** What a switch is. */
export interface SwitchFeatures {
  readonly datapath_id: bigint
  readonly n_buffers: number
  readonly n_tables: number
  /** OpenFlow 1.3+. */
  readonly auxiliary_id?: number
  readonly capabilities: number
  /** OpenFlow 1.0: the actions that it knows (bits OFPAT_*); without meaning since. */
  readonly reserved?: number
  /** Up to OpenFlow 1.2: its ports, if they all fit. */
  readonly ports?: readonly PortDesc[]
}

const featuresHead = struct({
  datapath_id: u64,
  n_buffers: u32,
  n_tables: u8,
  auxiliary_id: since(OF13, u8, 0, pad(1)),
  _1: pad(2),
  capabilities: u32,
  reserved: optional(u32, 0),
})

/** OFPT_FEATURES_REPLY. */
export const featuresReply = byVersion<SwitchFeatures>(
  [OF10, streamed(featuresHead, 'ports', portDesc)],
  [OF13, featuresHead],
)

/** How a switch treats IP fragments (OFPC_FRAG_*). */
export const FRAGMENTS = { normal: 0, drop: 1, reassemble: 2, 'nx-match': 3 } as const
export const FRAGMENTS_MASK = 3
/** Up to OpenFlow 1.2: packets whose TTL is too low go to the controller. */
export const INVALID_TTL_TO_CONTROLLER = 4

/** OFPT_GET_CONFIG_REPLY. */
export const switchConfig = struct({
  flags: nameOrNumber(u16, FRAGMENTS),
  miss_send_len: u16,
})

type SwitchConfig = typeof switchConfig extends Layout<infer T> ? T : never

function checkFlags(config: SwitchConfig, allowed: number): SwitchConfig {
  if (typeof config.flags === 'number' && (config.flags & ~allowed) !== 0) {
    throw new DecodeError(`flags ${config.flags}`, { offset: 0, reply: 'OFPSCFC_BAD_FLAGS' })
  }
  return config
}

const strictConfig = (allowed: number): Layout<SwitchConfig> =>
  mapped(switchConfig, (config) => checkFlags(config, allowed), (config: SwitchConfig) => config)

/** OFPT_SET_CONFIG, where flags must have a meaning. */
export const setConfig = byVersion<SwitchConfig>(
  [OF10, strictConfig(FRAGMENTS_MASK | INVALID_TTL_TO_CONTROLLER)],
  [OF13, strictConfig(FRAGMENTS_MASK)],
)

/** Body of OFPMP_DESC. */
export const switchDesc = struct({
  mfr_desc: text(256),
  hw_desc: text(256),
  sw_desc: text(256),
  serial_num: text(32),
  dp_desc: text(256),
})
