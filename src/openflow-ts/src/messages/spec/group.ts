import { DecodeError } from '../../errors.js'
import { OF10, OF11, OF13, OF15 } from '../../version.js'
import { judged } from '../faults.js'
import { type Layout, type LayoutValue, listOf, mapped, optional, pad, tuple, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { length16, struct } from '../struct.js'
import { byVersion } from '../versions.js'
import {
  type Bucket,
  bucket11,
  buckets11,
  fromWireBucket,
  GROUP_TYPES,
  type GroupType,
  toWireBuckets,
  wireBuckets15,
} from './group-bucket.js'
import {
  faultOfSelection,
  fromProperties,
  type GroupProperties,
  groupProperties,
  toProperties,
} from './group-properties.js'
import { ALL_GROUPS, counted, duration } from './parts.js'

export interface Group extends GroupProperties {
  readonly group_id: number
  /** A number where it has no name. */
  readonly group_type: GroupType | number
  readonly buckets: readonly Bucket[]
}

const groupDescHead = { _length: length16, group_type: nameOrNumber(u8, GROUP_TYPES) } as const

const wireGroupDesc15 = struct({
  ...groupDescHead,
  _1: pad(1),
  group_id: u32,
  buckets: counted(wireBuckets15, 6, 'OFPBRC_BAD_LEN'),
  properties: groupProperties,
})

const groupDesc15: Layout<Group> = mapped(
  judged(wireGroupDesc15, ({ group_type, properties }) => faultOfSelection(group_type, properties)),
  ({ properties, buckets, ...group }) => ({
    ...group,
    buckets: buckets.map((bucket) => fromWireBucket(bucket, group.group_type)),
    ...fromProperties(properties),
  }),
  ({ group_type, group_id, buckets, ...group }) => ({
    group_type,
    group_id,
    buckets: toWireBuckets(buckets, group_type),
    properties: toProperties(group),
  }),
)

const groupDesc11: Layout<Group> = mapped(
  struct({ ...groupDescHead, _1: pad(1), group_id: u32, buckets: listOf(bucket11) }),
  (group) => ({ ...group, buckets: buckets11(group.group_type, group.buckets) }),
  ({ group_type, group_id, buckets }) => ({ group_type, group_id, buckets: buckets11(group_type, buckets) }),
)

export const groupDesc = byVersion<Group>([OF10, groupDesc15], [OF11, groupDesc11], [OF15, groupDesc15])

const groupRequest = struct({ group_id: optional(u32, ALL_GROUPS), _1: pad(4) })

/** Asks for one group, or with ALL_GROUPS for all. */
export const groupStatsRequest = groupRequest

/** The same; from OpenFlow 1.1 to 1.4 the descriptions are always of all groups. */
export const groupDescRequest = byVersion<LayoutValue<typeof groupRequest>>(
  [OF10, groupRequest],
  [OF11, mapped(struct({}), () => ({ group_id: ALL_GROUPS }), () => ({}))],
  [OF15, groupRequest],
)

const bucketCounter = struct({ packet_count: u64, byte_count: u64 })

/** Counters of a group and its buckets. The time is not known before OpenFlow 1.3. */
export interface GroupStats {
  readonly group_id: number
  readonly ref_count: number
  readonly packet_count: bigint
  readonly byte_count: bigint
  readonly duration_sec?: number
  readonly duration_nsec?: number
  readonly buckets: readonly LayoutValue<typeof bucketCounter>[]
}

const groupStatsHead = { group_id: u32, ref_count: u32, _2: pad(4), packet_count: u64, byte_count: u64 } as const

/** The length of all does not say where the next entry begins: as in OVS, that is behind the last whole counter. */
const groupStatsOf = (head: Layout<Omit<GroupStats, 'buckets'>>, headBytes: number): Layout<GroupStats> => ({
  write(w, stats, scope) {
    const start = w.length
    w.u32(0)
    head.write(w, stats, scope)
    for (const bucket of stats.buckets) bucketCounter.write(w, bucket, scope)
    w.patch16(start, w.length - start)
  },
  read(r, scope) {
    const { offset } = r
    const length = r.u16()
    r.skip(2)
    const stats = head.read(r, scope)
    if (length < headBytes) throw new DecodeError(`group of length ${length}`, { offset, reply: 'OFPBRC_BAD_LEN' })
    const count = Math.floor((length - headBytes) / COUNTER_BYTES)
    return { ...stats, buckets: tuple(count, bucketCounter).read(r, scope) }
  },
})

const COUNTER_BYTES = 16
const groupStats11 = groupStatsOf(struct(groupStatsHead), 32)
const groupStats13 = groupStatsOf(struct({ ...groupStatsHead, ...duration }), 40)

export const groupStats = byVersion<GroupStats>([OF10, groupStats13], [OF11, groupStats11], [OF13, groupStats13])

/** Numbers and bits by group type: all, select, indirect, ff. */
export const groupFeatures = struct({
  types: u32,
  capabilities: u32,
  max_groups: tuple(4, u32),
  actions: tuple(4, u32),
})
