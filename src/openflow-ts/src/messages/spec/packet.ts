import type { Action } from '../../action/types.js'
import { match } from '../../match/match.js'
import { type Match, termOf } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { OF11, OF13, OF15 } from '../../version.js'
import {
  byVersion,
  type Layout,
  mapped,
  nameOrNumber,
  optional,
  pad,
  rest,
  since,
  u16,
  u32,
  u64,
  u8,
} from '../layout.js'
import { struct } from '../struct.js'
import { actionsToEnd, counted, matchLayout, NO_BUFFER } from './parts.js'

/** Why a packet comes to the controller (OFPR_*), by the names of OpenFlow 1.4+ (`no_match` is a table miss). */
export const PACKET_IN_REASONS = {
  no_match: 0,
  action: 1,
  invalid_ttl: 2,
  action_set: 3,
  group: 4,
  packet_out: 5,
} as const

/** OFPT_PACKET_IN, OpenFlow 1.2+. `match` is the packet's metadata: in_port, tun_id, registers ... */
export const packetIn = struct({
  buffer_id: optional(u32, NO_BUFFER),
  total_len: u16,
  reason: nameOrNumber(u8, PACKET_IN_REASONS),
  table_id: u8,
  cookie: since(OF13, u64, 0xffffffffffffffffn),
  match: matchLayout,
  _1: pad(2),
  data: rest,
})

export interface PacketOut {
  readonly buffer_id?: number
  /** Where the packet is said to come from: a port, PORTS.CONTROLLER ... */
  readonly in_port: number
  /** OpenFlow 1.5: all of the packet's metadata, `in_port` included, where that is not enough. */
  readonly match?: Match
  readonly actions: readonly Action[]
  readonly data: Uint8Array
}

const packetOut11 = struct({
  buffer_id: optional(u32, NO_BUFFER),
  in_port: u32,
  actions: counted(actionsToEnd, 6, 'OFPBRC_BAD_LEN'),
  data: rest,
})

interface WirePacketOut15 {
  readonly buffer_id: number
  readonly match: Match
  readonly actions: readonly Action[]
  readonly data: Uint8Array
}

/** In 1.5 the length of the actions stands before the match, the actions behind it. */
const wirePacketOut15: Layout<WirePacketOut15> = {
  write(w, value, scope) {
    u32.write(w, value.buffer_id, scope)
    const at = w.length
    w.u32(0)
    matchLayout.write(w, value.match, scope)
    const start = w.length
    actionsToEnd.write(w, value.actions, scope)
    w.patch16(at, w.length - start)
    w.bytes(value.data)
  },
  read(r, scope) {
    const buffer_id = r.u32()
    const length = r.u16()
    r.skip(2)
    const metadata = matchLayout.read(r, scope)
    const actions = actionsToEnd.read(r.slice(length), scope)
    return { buffer_id, match: metadata, actions, data: rest.read(r, scope) }
  },
}

const packetOut15: Layout<PacketOut> = mapped(
  wirePacketOut15,
  (out) => ({ ...out, in_port: Number(termOf(out.match, 'in_port')?.[0] ?? PORTS.ANY) }),
  ({ buffer_id = NO_BUFFER, in_port, match: metadata = match({ in_port }), actions, data }: PacketOut) => ({
    buffer_id,
    match: metadata,
    actions,
    data,
  }),
)

export const packetOut = byVersion<PacketOut>([OF11, packetOut11], [OF15, packetOut15])
