import type { Match } from '../../match/terms.js'
import { OF10, OF11, OF15 } from '../../version.js'
import { DecodeError } from '../../errors.js'
import { type Layout, pad, u16, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { byForm, byVersion } from '../versions.js'
import { readNxMatch, readOfp10, writeNxMatch, writeOfp10 } from '../nx-match.js'
import { struct } from '../struct.js'
import { oxsStats, withCounters } from './oxs.js'
import { ALL_TABLES, duration, matchLayout } from './parts.js'

/** Why a flow went (OFPRR_*). */
export const FLOW_REMOVED_REASONS = {
  idle: 0,
  hard: 1,
  delete: 2,
  group_delete: 3,
  meter_delete: 4,
  eviction: 5,
} as const

/** What is known of a flow when it goes. */
export interface FlowRemoved {
  readonly cookie: bigint
  readonly priority: number
  readonly reason: keyof typeof FLOW_REMOVED_REASONS | number
  /** 255: not known. */
  readonly table_id: number
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly idle_timeout: number
  readonly hard_timeout: number
  readonly n_packets: bigint
  readonly n_bytes: bigint
  /** Seconds since the last packet: OpenFlow 1.5, where it tells. */
  readonly idle_age?: number
  readonly match: Match
  /** OpenFlow 1.0 and NXM: the match as it came, where `match` is written otherwise. */
  readonly raw_match?: Uint8Array
  readonly other_stats?: Uint8Array
}

const reason = nameOrNumber(u8, FLOW_REMOVED_REASONS)

const flowRemoved11: Layout<FlowRemoved> = struct({
  cookie: u64,
  priority: u16,
  reason,
  table_id: u8,
  ...duration,
  idle_timeout: u16,
  hard_timeout: u16,
  n_packets: u64,
  n_bytes: u64,
  match: matchLayout,
})

const flowRemoved15: Layout<FlowRemoved> = withCounters(struct({
  table_id: u8,
  reason,
  priority: u16,
  idle_timeout: u16,
  hard_timeout: u16,
  cookie: u64,
  match: matchLayout,
  stats: oxsStats,
}))

const wireFlowRemoved10 = struct({
  cookie: u64,
  priority: u16,
  reason,
  _1: pad(1),
  ...duration,
  idle_timeout: u16,
  _2: pad(2),
  n_packets: u64,
  n_bytes: u64,
})

const flowRemoved10: Layout<FlowRemoved> = {
  write(w, flow, scope) {
    writeOfp10(w, flow)
    wireFlowRemoved10.write(w, flow, scope)
  },
  read(r, scope) {
    const match = readOfp10(r)
    return { ...wireFlowRemoved10.read(r, scope), ...match, table_id: ALL_TABLES, hard_timeout: 0 }
  },
}

/** The table is one more than its number, 0 where it is not known. */
const nxTable: Layout<number> = {
  write(w, table) {
    w.u8((table + 1) & 0xff)
  },
  read: (r) => (r.u8() + 0xff) & 0xff,
}

const nxHead = struct({ cookie: u64, priority: u16, reason, table_id: nxTable, ...duration, idle_timeout: u16 })
const nxTail = struct({ n_packets: u64, n_bytes: u64 })

const nxFlowRemoved: Layout<FlowRemoved> = {
  write(w, flow, scope) {
    nxHead.write(w, flow, scope)
    const at = w.length
    w.u16(0)
    nxTail.write(w, flow, scope)
    w.patch16(at, writeNxMatch(w, flow))
  },
  read(r, scope) {
    const { offset } = r
    const head = nxHead.read(r, scope)
    const length = r.u16()
    const tail = nxTail.read(r, scope)
    const match = readNxMatch(r, length)
    if (r.remaining > 0) throw new DecodeError('bytes behind the match', { offset, reply: 'OFPBRC_BAD_LEN' })
    return { ...head, ...tail, ...match, hard_timeout: 0 }
  },
}

export const flowRemoved = byForm<FlowRemoved>(
  { NXT_FLOW_REMOVED: nxFlowRemoved },
  byVersion<FlowRemoved>([OF10, flowRemoved10], [OF11, flowRemoved11], [OF15, flowRemoved15]),
)
