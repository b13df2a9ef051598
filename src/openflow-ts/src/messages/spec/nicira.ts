import { pad, u32, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { struct } from '../struct.js'

/** Formats of flows in OpenFlow 1.0 (NXFF_*). */
const FLOW_FORMATS_OF10 = { openflow10: 0, nxm: 2 } as const

/** NXT_SET_FLOW_FORMAT: the format of flows from here on. */
export const setFlowFormat = struct({ format: nameOrNumber(u32, FLOW_FORMATS_OF10) })

/** NXT_FLOW_MOD_TABLE_ID: whether the high bits of a flow-mod's command are a table from here on. */
export const flowModTableId = struct({ set: u8, _1: pad(7) })
