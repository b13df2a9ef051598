import { nameOrNumber, optional, pad, since, text, u16, u32, u64, u8 } from '../layout.js'
import { struct } from '../struct.js'
import { OF13 } from '../../version.js'

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

/** OFPT_FEATURES_REPLY, OpenFlow 1.3+. */
export const featuresReply = struct({
  datapath_id: u64,
  n_buffers: u32,
  n_tables: u8,
  auxiliary_id: since(OF13, u8, 0, pad(1)),
  _1: pad(2),
  capabilities: u32,
  reserved: optional(u32, 0),
})

/** How a switch treats IP fragments (OFPC_FRAG_*). */
export const FRAGMENTS = { normal: 0, drop: 1, reassemble: 2, 'nx-match': 3 } as const

/** OFPT_GET_CONFIG_REPLY and OFPT_SET_CONFIG. */
export const switchConfig = struct({
  flags: nameOrNumber(u16, FRAGMENTS),
  miss_send_len: u16,
})

/** Body of OFPMP_DESC. */
export const switchDesc = struct({
  mfr_desc: text(256),
  hw_desc: text(256),
  sw_desc: text(256),
  serial_num: text(32),
  dp_desc: text(256),
})
