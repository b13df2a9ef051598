import type { Reader, Writer } from '../../binary.js'
import { decodeInstructions, encodeInstructions } from '../../action/instruction-codec.js'
import type { Action } from '../../action/types.js'
import { DecodeError, EncodeError } from '../../errors.js'
import type { Flow, FlowFlag } from '../../flow/flow.js'
import type { Match } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF13, OF14, OF15 } from '../../version.js'
import { type Layout, mapped, optional, pad, u16, u32, u64, u8 } from '../layout.js'
import { byForm, byVersion, since } from '../versions.js'
import { readNxMatch, readOfp10, writeNxMatch, writeOfp10 } from '../nx-match.js'
import { expectEnd, struct } from '../struct.js'
import { oxsStats, withCounters } from './oxs.js'
import {
  ALL_TABLES,
  ANY_GROUP,
  duration,
  flagFault,
  instructions,
  matchLayout,
  NOT_KNOWN,
  port16,
  port32,
  rawFlowFlags,
  UNKNOWN_U64,
} from './parts.js'

const noMatch: Match = []

/** Which flows a dump or an aggregate is about: those that match at least `match`, and so on. */
export interface FlowStatsRequest {
  readonly table_id?: number
  readonly out_port?: number
  readonly out_group?: number
  readonly cookie?: bigint
  readonly cookie_mask?: bigint
  readonly match?: Match
  /** OpenFlow 1.0 and NXM: the match as it came, where `match` is written otherwise. */
  readonly raw_match?: Uint8Array
}

const request11: Layout<FlowStatsRequest> = struct({
  table_id: optional(u8, ALL_TABLES),
  _1: pad(3),
  out_port: optional(port32, PORTS.ANY),
  out_group: optional(u32, ANY_GROUP),
  _2: pad(4),
  cookie: optional(u64, 0n),
  cookie_mask: optional(u64, 0n),
  match: optional(matchLayout, noMatch),
})

const tail10 = struct({ table_id: optional(u8, ALL_TABLES), _1: pad(1), out_port: optional(port16, PORTS.ANY) })

const request10: Layout<FlowStatsRequest> = {
  write(w, request, scope) {
    writeOfp10(w, { ...request, match: request.match ?? noMatch })
    tail10.write(w, request, scope)
  },
  read(r, scope) {
    const match = readOfp10(r)
    return { ...tail10.read(r, scope), ...match }
  },
}

const NX_REQUEST_PAD = 3

const nxRequest: Layout<FlowStatsRequest> = {
  write(w, request, scope) {
    port16.write(w, request.out_port ?? PORTS.ANY, scope)
    const at = w.length
    w.u16(0)
    w.u8(request.table_id ?? ALL_TABLES)
    w.zeros(NX_REQUEST_PAD)
    w.patch16(at, writeNxMatch(w, { ...request, match: request.match ?? noMatch }))
  },
  read(r, scope) {
    const out_port = port16.read(r, scope)
    const length = r.u16()
    const table_id = r.u8()
    r.skip(NX_REQUEST_PAD)
    const match = readNxMatch(r, length, true)
    expectEnd(r)
    return { table_id, out_port, ...match }
  },
}

/** Requests for OFPMP_FLOW and OFPMP_AGGREGATE, NXST_FLOW and NXST_AGGREGATE. */
export const flowStatsRequest = byForm<FlowStatsRequest>(
  { 'NXST_FLOW request': nxRequest, 'NXST_AGGREGATE request': nxRequest },
  byVersion<FlowStatsRequest>([OF10, request10], [OF11, request11]),
)

/** A flow on a switch, with its counters (2^64 - 1: not kept). */
export interface FlowStats extends Flow {
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly n_packets: bigint
  readonly n_bytes: bigint
  /** Seconds since the last packet, where the version tells. */
  readonly idle_age?: number
  /** Seconds since the flow was last changed: NXST_FLOW, where it tells. */
  readonly hard_age?: number
  readonly other_stats?: Uint8Array
  /** OpenFlow 1.0 and NXM: the match as it came, where `match` is written otherwise. */
  readonly raw_match?: Uint8Array
}

const body11 = struct({
  table_id: u8,
  _1: pad(1),
  ...duration,
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  flags: since(OF13, rawFlowFlags, [], pad(2)),
  importance: since(OF14, u16, 0, pad(2)),
  _2: pad(2),
  cookie: u64,
  n_packets: u64,
  n_bytes: u64,
  match: matchLayout,
})

/** Flags are looked at when the match is in order, and instructions after them. */
function flowEntry<T extends { readonly flags?: readonly FlowFlag[] }>(body: Layout<T>): Layout<T & Acting> {
  return {
    write(w, flow, scope) {
      writeEntry(w, () => {
        body.write(w, flow, scope)
        instructions.write(w, flow.actions, scope)
      })
    },
    read(r, scope) {
      const { offset } = r
      const missing = r.peek16() - r.remaining
      const entry = missing > 0 ? restOf(r) : entryOf(r)
      const flow = body.read(entry, scope)
      const fault = flagFault(flow.flags ?? [])
      if (fault !== undefined) throw new DecodeError(`${fault} flags`, { offset, reply: 'OFPFMFC_BAD_FLAGS' })
      if (missing > 0) throw new DecodeError(`${missing} bytes missing`, { offset, reply: 'OFPBIC_BAD_LEN' })
      const whole: T & { actions?: readonly Action[] } = flow
      whole.actions = instructions.read(entry, scope)
      return whole as T & Acting
    },
  }
}

interface Acting {
  readonly actions: readonly Action[]
}

const flowStats11: Layout<FlowStats> = flowEntry(body11)

const flowStats15: Layout<FlowStats> = withCounters(flowEntry(struct({
  _1: pad(2),
  table_id: u8,
  _2: pad(1),
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  flags: rawFlowFlags,
  importance: optional(u16, 0),
  cookie: u64,
  match: matchLayout,
  stats: oxsStats,
})))

/** Reads the length of an entry that began 2 bytes before, and gives a reader of what is left of it. */
function entryOf(r: Reader): Reader {
  const offset = r.offset
  const length = r.u16()
  if (length < 2 || length - 2 > r.remaining) {
    throw new DecodeError(`an entry of ${length} bytes`, { offset, reply: 'OFPBRC_BAD_LEN' })
  }
  return r.slice(length - 2)
}

/** What there is of an entry that is longer than what holds it. */
function restOf(r: Reader): Reader {
  r.skip(2)
  return r.slice(r.remaining)
}

function writeEntry(w: Writer, write: () => void): void {
  const start = w.length
  w.u16(0)
  write()
  const length = w.length - start
  if (length > 0xffff) throw new EncodeError(`a flow of ${length} bytes`)
  w.patch16(start, length)
}

const head10 = struct({ table_id: u8, _1: pad(1) })
const tailOfFlow10 = struct({
  ...duration,
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  _1: pad(6),
  cookie: u64,
  n_packets: u64,
  n_bytes: u64,
})

const flowStats10: Layout<FlowStats> = {
  write(w, flow, scope) {
    writeEntry(w, () => {
      head10.write(w, flow, scope)
      writeOfp10(w, flow)
      tailOfFlow10.write(w, flow, scope)
      encodeInstructions(w, flow.actions, OF10)
    })
  },
  read(r, scope) {
    const entry = entryOf(r)
    const head = head10.read(entry, scope)
    const match = readOfp10(entry)
    const tail = tailOfFlow10.read(entry, scope)
    return { ...head, ...match, ...tail, actions: decodeInstructions(entry, entry.remaining, OF10, scope) }
  },
}

const nxHead = struct({
  table_id: u8,
  _1: pad(1),
  ...duration,
  priority: u16,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
})
const nxTail = struct({ cookie: u64, n_packets: u64, n_bytes: u64 })

/** An age stands there plus one, 0 where it is not known. */
const writeAge = (w: Writer, age: number | undefined): void => { w.u16(age === undefined ? 0 : Math.min(age + 1, 0xffff)) }
const ageOf = <K extends string>(name: K, wire: number): { readonly [P in K]?: number } =>
  (wire === 0 ? {} : { [name]: wire - 1 }) as { readonly [P in K]?: number }

const nxFlowStats: Layout<FlowStats> = {
  write(w, flow, scope) {
    writeEntry(w, () => {
      nxHead.write(w, flow, scope)
      const at = w.length
      w.u16(0)
      writeAge(w, flow.idle_age)
      writeAge(w, flow.hard_age)
      nxTail.write(w, flow, scope)
      w.patch16(at, writeNxMatch(w, { match: flow.match, ...(flow.raw_match && { raw_match: flow.raw_match }) }))
      encodeInstructions(w, flow.actions, OF10)
    })
  },
  read(r, scope) {
    const entry = entryOf(r)
    const head = nxHead.read(entry, scope)
    const length = entry.u16()
    const ages = { ...ageOf('idle_age', entry.u16()), ...ageOf('hard_age', entry.u16()) }
    const tail = nxTail.read(entry, scope)
    const match = readNxMatch(entry, length)
    return { ...head, ...ages, ...tail, ...match, actions: decodeInstructions(entry, entry.remaining, OF10, scope) }
  },
}

/** One entry of a reply to OFPMP_FLOW (OFPMP_FLOW_DESC in 1.5) or NXST_FLOW. */
export const flowStats = byForm<FlowStats>(
  { 'NXST_FLOW reply': nxFlowStats },
  byVersion<FlowStats>([OF10, flowStats10], [OF11, flowStats11], [OF15, flowStats15]),
)

export interface AggregateStats {
  readonly packet_count: bigint
  readonly byte_count: bigint
  readonly flow_count: number
}

const aggregate10: Layout<AggregateStats> = struct({
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
    flow_count: stats.flow_count ?? NOT_KNOWN,
  }),
  ({ flow_count, ...counts }) => ({ ...counts, ...(flow_count !== NOT_KNOWN && { flow_count }) }),
)

export const aggregateStats = byVersion<AggregateStats>([OF10, aggregate10], [OF15, aggregate15])
