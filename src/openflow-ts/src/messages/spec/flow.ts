import type { Flow } from '../../flow/flow.js'
import type { Match } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { OF11, OF14, OF15 } from '../../version.js'
import {
  byVersion,
  choice,
  type Layout,
  type LayoutValue,
  mapped,
  nameOrNumber,
  optional,
  pad,
  since,
  u16,
  u32,
  u64,
  u8,
} from '../layout.js'
import { length16, struct } from '../struct.js'
import { oxsStats } from './oxs.js'
import {
  ANY_GROUP,
  ALL_TABLES,
  duration,
  flowFlags,
  instructions,
  matchLayout,
  NO_BUFFER,
  UNKNOWN_U64,
} from './parts.js'

export const FLOW_MOD_COMMANDS = { add: 0, modify: 1, modify_strict: 2, delete: 3, delete_strict: 4 } as const
export type FlowModCommand = keyof typeof FLOW_MOD_COMMANDS

const noMatch: Match = []

/** OFPT_FLOW_MOD, OpenFlow 1.1+ (with an OXM match: 1.2+). */
export const flowMod = struct({
  cookie: optional(u64, 0n),
  cookie_mask: optional(u64, 0n),
  table_id: u8,
  command: choice(u8, FLOW_MOD_COMMANDS, 'OFPFMFC_BAD_COMMAND'),
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  priority: u16,
  buffer_id: optional(u32, NO_BUFFER),
  out_port: optional(u32, PORTS.ANY),
  out_group: optional(u32, ANY_GROUP),
  flags: flowFlags,
  importance: since(OF14, u16, 0, pad(2)),
  match: matchLayout,
  actions: optional(instructions, []),
})

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
  readonly table_id: number
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly idle_timeout: number
  readonly hard_timeout: number
  readonly n_packets: bigint
  readonly n_bytes: bigint
  readonly match: Match
  readonly other_stats?: Uint8Array
}

const flowRemoved11: Layout<FlowRemoved> = struct({
  cookie: u64,
  priority: u16,
  reason: nameOrNumber(u8, FLOW_REMOVED_REASONS),
  table_id: u8,
  ...duration,
  idle_timeout: u16,
  hard_timeout: u16,
  n_packets: u64,
  n_bytes: u64,
  match: matchLayout,
})

const wireFlowRemoved15 = struct({
  table_id: u8,
  reason: nameOrNumber(u8, FLOW_REMOVED_REASONS),
  priority: u16,
  idle_timeout: u16,
  hard_timeout: u16,
  cookie: u64,
  match: matchLayout,
  stats: oxsStats,
})

const flowRemoved15: Layout<FlowRemoved> = mapped(
  wireFlowRemoved15,
  ({ stats, ...flow }) => ({
    ...flow,
    duration_sec: stats.duration_sec ?? 0,
    duration_nsec: stats.duration_nsec ?? 0,
    n_packets: stats.packet_count ?? UNKNOWN_U64,
    n_bytes: stats.byte_count ?? UNKNOWN_U64,
    ...(stats.other_stats && { other_stats: stats.other_stats }),
  }),
  ({ duration_sec, duration_nsec, n_packets, n_bytes, other_stats, ...flow }) => ({
    ...flow,
    stats: {
      duration_sec,
      duration_nsec,
      packet_count: n_packets,
      byte_count: n_bytes,
      ...(other_stats && { other_stats }),
    },
  }),
)

export const flowRemoved = byVersion<FlowRemoved>([OF11, flowRemoved11], [OF15, flowRemoved15])

/** Which flows a dump or an aggregate is about: those that match at least `match`, and so on. */
export const flowStatsRequest = struct({
  table_id: optional(u8, ALL_TABLES),
  _1: pad(3),
  out_port: optional(u32, PORTS.ANY),
  out_group: optional(u32, ANY_GROUP),
  _2: pad(4),
  cookie: optional(u64, 0n),
  cookie_mask: optional(u64, 0n),
  match: optional(matchLayout, noMatch),
})
export type FlowStatsRequest = LayoutValue<typeof flowStatsRequest>

const flowStats11 = struct({
  _length: length16,
  table_id: u8,
  _1: pad(1),
  ...duration,
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  flags: flowFlags,
  importance: since(OF14, u16, 0, pad(2)),
  _2: pad(2),
  cookie: u64,
  n_packets: u64,
  n_bytes: u64,
  match: matchLayout,
  actions: instructions,
})

/** A flow on a switch, with its counters (2^64 - 1: not kept). */
export interface FlowStats extends Flow {
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly n_packets: bigint
  readonly n_bytes: bigint
  /** Seconds since the last packet, where the version tells. */
  readonly idle_age?: number
  readonly other_stats?: Uint8Array
}

const flowDesc15 = struct({
  _length: length16,
  _1: pad(2),
  table_id: u8,
  _2: pad(1),
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  flags: flowFlags,
  importance: optional(u16, 0),
  cookie: u64,
  match: matchLayout,
  stats: oxsStats,
  actions: instructions,
})

const flowStats15: Layout<FlowStats> = mapped(
  flowDesc15,
  ({ stats, ...flow }) => ({
    ...flow,
    duration_sec: stats.duration_sec ?? 0,
    duration_nsec: stats.duration_nsec ?? 0,
    n_packets: stats.packet_count ?? UNKNOWN_U64,
    n_bytes: stats.byte_count ?? UNKNOWN_U64,
    ...(stats.idle_age !== undefined && { idle_age: stats.idle_age }),
    ...(stats.other_stats && { other_stats: stats.other_stats }),
  }),
  ({ duration_sec, duration_nsec, n_packets, n_bytes, idle_age, other_stats, ...flow }) => ({
    ...flow,
    stats: {
      duration_sec,
      duration_nsec,
      packet_count: n_packets,
      byte_count: n_bytes,
      ...(idle_age !== undefined && { idle_age }),
      ...(other_stats && { other_stats }),
    },
  }),
)

/** One entry of a reply to OFPMP_FLOW (OFPMP_FLOW_DESC in 1.5). */
export const flowStats = byVersion<FlowStats>([OF11, flowStats11], [OF15, flowStats15])

export interface AggregateStats {
  readonly packet_count: bigint
  readonly byte_count: bigint
  readonly flow_count: number
}

const aggregate11: Layout<AggregateStats> = struct({
  packet_count: u64,
  byte_count: u64,
  flow_count: u32,
  _1: pad(4),
})

const aggregate15: Layout<AggregateStats> = mapped(
  oxsStats,
  (stats) => ({
    packet_count: stats.packet_count ?? UNKNOWN_U64,
    byte_count: stats.byte_count ?? UNKNOWN_U64,
    flow_count: stats.flow_count ?? 0,
  }),
  (value) => ({ ...value }),
)

export const aggregateStats = byVersion<AggregateStats>([OF11, aggregate11], [OF15, aggregate15])
