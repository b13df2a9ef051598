import type { Reader } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { type Layout, mapped } from '../layout.js'
import { NOT_KNOWN, UNKNOWN_U64 } from './parts.js'

/** Statistics of a flow as OpenFlow 1.5 sends them: a list of TLVs, all optional. */
export interface OxsStats {
  readonly duration_sec?: number
  readonly duration_nsec?: number
  /** Seconds since the last packet. */
  readonly idle_age?: number
  readonly flow_count?: number
  readonly packet_count?: bigint
  readonly byte_count?: bigint
  /** TLVs that this library does not know, as they came. */
  readonly other_stats?: Uint8Array
}

const OXS_CLASS = 0x8002
const OXS = { duration: 0, idle_time: 1, flow_count: 3, packet_count: 4, byte_count: 5 } as const
const HEADER = 4
const LENGTHS = new Map<number, number>([
  [OXS.duration, 8],
  [OXS.idle_time, 8],
  [OXS.flow_count, 4],
  [OXS.packet_count, 8],
  [OXS.byte_count, 8],
])

const fieldHeader = (field: number): number => OXS_CLASS * 0x10000 + field * 0x200 + (LENGTHS.get(field) ?? 0)

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const padding = (length: number): number => (8 - (length % 8)) % 8

const tooLong = (offset: number): DecodeError =>
  new DecodeError('statistics that do not end where they should', { offset, reply: 'OFPBMC_BAD_LEN' })

function readField(r: Reader, stats: Mutable<OxsStats>): void {
  const offset = r.offset
  const oxmClass = r.u16()
  const field = r.u8() >> 1
  const size = r.u8()
  if (size > r.remaining) throw tooLong(offset)
  const body = r.slice(size)
  if (oxmClass !== OXS_CLASS || LENGTHS.get(field) !== body.remaining) {
    body.skip(body.remaining)
    stats.other_stats = Buffer.concat([stats.other_stats ?? Buffer.alloc(0), r.copyFrom(offset)])
    return
  }
  switch (field) {
    case OXS.duration:
      stats.duration_sec = body.u32()
      stats.duration_nsec = body.u32()
      break
    case OXS.idle_time:
      stats.idle_age = body.u32()
      break
    case OXS.flow_count:
      stats.flow_count = body.u32()
      break
    case OXS.packet_count:
      stats.packet_count = body.u64()
      break
    default:
      stats.byte_count = body.u64()
  }
}

/** struct ofp_stats: a length without the padding to 8 bytes that follows. */
export const oxsStats: Layout<OxsStats> = {
  write(w, value) {
    const start = w.length
    w.u32(0)
    if (value.duration_sec !== undefined) {
      w.u32(fieldHeader(OXS.duration))
      w.u32(value.duration_sec)
      w.u32(value.duration_nsec ?? 0)
    }
    if (value.idle_age !== undefined) {
      w.u32(fieldHeader(OXS.idle_time))
      w.u32(value.idle_age)
      w.u32(0)
    }
    if (value.flow_count !== undefined) {
      w.u32(fieldHeader(OXS.flow_count))
      w.u32(value.flow_count)
    }
    if (value.packet_count !== undefined && value.packet_count !== UNKNOWN_U64) {
      w.u32(fieldHeader(OXS.packet_count))
      w.u64(value.packet_count)
    }
    if (value.byte_count !== undefined && value.byte_count !== UNKNOWN_U64) {
      w.u32(fieldHeader(OXS.byte_count))
      w.u64(value.byte_count)
    }
    if (value.other_stats !== undefined) w.bytes(value.other_stats)
    w.patch16(start + 2, w.length - start)
    w.alignFrom(start, 8)
  },
  read(r) {
    const offset = r.offset
    r.skip(2)
    const length = r.u16()
    if (length < HEADER || length - HEADER + padding(length) > r.remaining) throw tooLong(offset)
    const fields = r.slice(length - HEADER)
    r.skip(padding(length))
    const stats: Mutable<OxsStats> = {}
    while (fields.remaining > 0) readField(fields, stats)
    return stats
  },
}

/** The statistics of one flow, as every version before has them in fixed fields. */
export interface FlowCounters {
  readonly duration_sec: number
  readonly duration_nsec: number
  readonly n_packets: bigint
  readonly n_bytes: bigint
  readonly idle_age?: number
  readonly other_stats?: Uint8Array
}

/** What the TLVs do not tell is not known. */
const countersOf = ({ idle_age, other_stats, ...stats }: OxsStats): FlowCounters => ({
  duration_sec: stats.duration_sec ?? NOT_KNOWN,
  duration_nsec: stats.duration_nsec ?? NOT_KNOWN,
  n_packets: stats.packet_count ?? UNKNOWN_U64,
  n_bytes: stats.byte_count ?? UNKNOWN_U64,
  ...(idle_age !== undefined && { idle_age }),
  ...(other_stats && { other_stats }),
})

const statsOf = ({ duration_sec, duration_nsec, idle_age, other_stats, ...counts }: FlowCounters): OxsStats => ({
  ...((duration_sec !== NOT_KNOWN || duration_nsec !== NOT_KNOWN) && { duration_sec, duration_nsec }),
  packet_count: counts.n_packets,
  byte_count: counts.n_bytes,
  ...(idle_age !== undefined && { idle_age }),
  ...(other_stats && { other_stats }),
})

/** A layout with `stats` as the counters that older versions have in their place. */
export const withCounters = <T extends { readonly stats: OxsStats }>(
  layout: Layout<T>,
): Layout<Omit<T, 'stats'> & FlowCounters> =>
  mapped(
    layout,
    ({ stats, ...flow }) => ({ ...flow, ...countersOf(stats) }),
    (flow) => ({ ...flow, stats: statsOf(flow) }) as unknown as T,
  )
