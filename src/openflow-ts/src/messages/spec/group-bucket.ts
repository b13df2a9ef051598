import type { Action } from '../../action/types.js'
import type { Reader } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { isPort, PORTS } from '../../ports.js'
import { fault, judged } from '../faults.js'
import { type Layout, type LayoutValue, listOf, slack, u16, u32 } from '../layout.js'
import { property, propertyList, REFUSE_UNKNOWN } from '../property.js'
import { actionsToEnd, ANY_GROUP } from './parts.js'

export const GROUP_TYPES = { all: 0, select: 1, indirect: 2, ff: 3 } as const
export type GroupType = keyof typeof GROUP_TYPES

/** What `command_bucket_id` and `bucket_id` can be beside a bucket's id (OFPG_BUCKET_*). */
export const BUCKETS = { MAX: 0xffffff00, FIRST: 0xfffffffd, LAST: 0xfffffffe, ALL: 0xffffffff } as const

export interface Bucket {
  /** On the wire in OpenFlow 1.5 and OVS's extension of 1.0 only; given in the order of the buckets where absent. */
  readonly bucket_id?: number
  /** 1 in a select group, 0 in others, where absent. */
  readonly weight?: number
  readonly watch_port?: number
  readonly watch_group?: number
  readonly actions: readonly Action[]
}

const badWatch = (port: number, offset: number): DecodeError =>
  new DecodeError(`port ${port}`, { offset, reply: 'OFPGMFC_BAD_WATCH' })

const badBucket = (what: string, offset: number): DecodeError =>
  new DecodeError(what, { offset, reply: 'OFPGMFC_BAD_BUCKET' })

/** What of a bucket is behind its length, where that fits. */
function bucketBody(r: Reader, head: number): Reader {
  const { offset } = r
  if (r.remaining < head) throw badBucket(`${r.remaining} bytes of a bucket`, offset)
  const length = r.u16()
  if (length < head || length - 2 > r.remaining) throw badBucket(`bucket of length ${length}`, offset)
  return r.slice(length - 2)
}

const BUCKET11_HEAD = 16

/** The bucket of OpenFlow 1.1 to 1.4. */
export const bucket11: Layout<Bucket> = {
  write(w, { weight = 0, watch_port = PORTS.ANY, watch_group = ANY_GROUP, actions }, scope) {
    const start = w.length
    w.u16(0)
    u16.write(w, weight, scope)
    u32.write(w, watch_port, scope)
    u32.write(w, watch_group, scope)
    w.zeros(4)
    actionsToEnd.write(w, actions, scope)
    w.patch16(start, w.length - start)
  },
  read(r, scope) {
    const body = bucketBody(r, BUCKET11_HEAD)
    const { offset } = body
    const [weight, watch_port, watch_group] = [body.u16(), body.u32(), body.u32()]
    body.skip(4)
    const actions = actionsToEnd.read(body, scope)
    if (!isPort(watch_port)) throw badWatch(watch_port, offset)
    return { weight, watch_port, watch_group, actions }
  },
}

/** A bucket of OpenFlow 1.5 as it stands in bytes: what has its default is not there. */
export interface WireBucket {
  readonly bucket_id: number
  readonly actions: readonly Action[]
  readonly properties: BucketProperties
}

const bucketProperties = propertyList(
  {
    weight: property(0, { weight: u16, _1: slack(2) }),
    watch_port: property(1, { watch_port: u32 }),
    watch_group: property(2, { watch_group: u32 }),
  },
  REFUSE_UNKNOWN,
)
type BucketProperties = LayoutValue<typeof bucketProperties>

const BUCKET15_HEADER = 8

/** The length of the actions stands before the bucket's id, the actions behind it. */
const wireBucket15: Layout<WireBucket> = {
  write(w, { bucket_id, actions, properties }, scope) {
    const start = w.length
    w.u32(0)
    u32.write(w, bucket_id, scope)
    actionsToEnd.write(w, actions, scope)
    w.patch16(start + 2, w.length - start - BUCKET15_HEADER)
    bucketProperties.write(w, properties, scope)
    w.patch16(start, w.length - start)
  },
  read(r, scope) {
    const { offset } = r
    const body = bucketBody(r, BUCKET15_HEADER)
    const [actionsLength, bucket_id] = [body.u16(), body.u32()]
    if (actionsLength > body.remaining) throw badBucket(`${actionsLength} bytes of actions`, offset)
    const actions = actionsToEnd.read(body.slice(actionsLength), scope)
    const properties = bucketProperties.read(body, scope)
    const watched = properties.findLast((item) => item.type === 'watch_port')
    if (watched !== undefined && !isPort(watched.watch_port)) throw badWatch(watched.watch_port, offset)
    if (bucket_id > BUCKETS.MAX) throw badBucket(`bucket id ${bucket_id}`, offset)
    return { bucket_id, actions, properties }
  },
}

/** The weight of a bucket that does not say it. */
export const defaultWeight = (type: GroupType | number): number => (type === 'select' ? 1 : 0)

export function fromWireBucket({ properties, ...rest }: WireBucket, type: GroupType | number): Bucket {
  const bucket = { ...rest, weight: defaultWeight(type), watch_port: PORTS.ANY as number, watch_group: ANY_GROUP }
  for (const item of properties) {
    if (item.type === 'weight') bucket.weight = item.weight
    else if (item.type === 'watch_port') bucket.watch_port = item.watch_port
    else if (item.type === 'watch_group') bucket.watch_group = item.watch_group
  }
  return bucket
}

function toWireBucket(bucket: Bucket, bucket_id: number, type: GroupType | number): WireBucket {
  const { weight = defaultWeight(type), watch_port = PORTS.ANY, watch_group = ANY_GROUP, actions } = bucket
  const properties: BucketProperties = [
    ...(type === 'select' || weight !== 0 ? [{ type: 'weight', weight } as const] : []),
    ...(watch_port === PORTS.ANY ? [] : [{ type: 'watch_port', watch_port } as const]),
    ...(watch_group === ANY_GROUP ? [] : [{ type: 'watch_group', watch_group } as const]),
  ]
  return { bucket_id, actions, properties }
}

/** Buckets without an id get the lowest that no bucket behind the first of them has, as in OVS. */
export function toWireBuckets(buckets: readonly Bucket[], type: GroupType | number): WireBucket[] {
  const first = buckets.findIndex(({ bucket_id }) => bucket_id === undefined)
  const taken = new Set(buckets.slice(first).map(({ bucket_id }) => bucket_id))
  let next = 0
  return buckets.map((bucket) => {
    if (bucket.bucket_id !== undefined) return toWireBucket(bucket, bucket.bucket_id, type)
    while (taken.has(next)) next++
    return toWireBucket(bucket, next++, type)
  })
}

export const wireBuckets15 = judged(listOf(wireBucket15), (buckets) =>
  new Set(buckets.map(({ bucket_id }) => bucket_id)).size < buckets.length
    ? fault('two buckets have one id', 'OFPGMFC_BAD_BUCKET')
    : undefined,
)

/** Before OpenFlow 1.5 weights are always there, ids never: buckets are numbered as they stand. */
export const buckets11 = (type: GroupType | number, buckets: readonly Bucket[]): readonly Bucket[] =>
  buckets.map((bucket, bucket_id) => ({ weight: defaultWeight(type), ...bucket, bucket_id }))
