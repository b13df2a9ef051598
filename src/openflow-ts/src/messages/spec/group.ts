import type { Action } from '../../action/types.js'
import type { Reader } from '../../binary.js'
import { DecodeError, EncodeError } from '../../errors.js'
import { type FieldArray, readFieldArray, writeFieldArray } from '../../match/field-array.js'
import { isPort, PORTS } from '../../ports.js'
import { OF10, OF11, OF13, OF15 } from '../../version.js'
import {
  byVersion,
  type Fault,
  judged,
  judgedAhead,
  type Layout,
  type LayoutValue,
  listOf,
  mapped,
  nameOrNumber,
  optional,
  pad,
  slack,
  text,
  tuple,
  u16,
  u32,
  u64,
  u8,
} from '../layout.js'
import { experimenterProperty, property, propertyList, REFUSE_UNKNOWN } from '../property.js'
import { length16, struct } from '../struct.js'
import { actionsToEnd, ALL_GROUPS, ANY_GROUP, counted, duration } from './parts.js'

export const GROUP_TYPES = { all: 0, select: 1, indirect: 2, ff: 3 } as const
export type GroupType = keyof typeof GROUP_TYPES

/** `insert_bucket` and `remove_bucket`: OpenFlow 1.5. `add_or_mod`: OVS's own, in every version. */
export const GROUP_MOD_COMMANDS = {
  add: 0,
  modify: 1,
  delete: 2,
  insert_bucket: 3,
  remove_bucket: 5,
  add_or_mod: 0x8000,
} as const
export type GroupModCommand = keyof typeof GROUP_MOD_COMMANDS

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

/** What is said of a group beyond its buckets, in OpenFlow 1.5 and OVS's extension of 1.0 (NTR's property). */
export interface GroupProperties {
  /** `hash` or `dp_hash`. */
  readonly selection_method?: string
  readonly selection_method_param?: bigint
  /** Fields to select by, of `hash`. */
  readonly selection_fields?: FieldArray
}

export interface Group extends GroupProperties {
  readonly group_id: number
  /** A number where it has no name. */
  readonly group_type: GroupType | number
  readonly buckets: readonly Bucket[]
}

export interface GroupMod extends GroupProperties {
  readonly command: GroupModCommand
  readonly group_id: number
  readonly group_type: GroupType
  readonly command_bucket_id?: number
  readonly buckets: readonly Bucket[]
}

const fault = (what: string, reply: string): Fault => ({ what, reply })

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
const bucket11: Layout<Bucket> = {
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
interface WireBucket {
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

function fromWireBucket({ properties, ...rest }: WireBucket, type: GroupType | number): Bucket {
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
function toWireBuckets(buckets: readonly Bucket[], type: GroupType | number): WireBucket[] {
  const first = buckets.findIndex(({ bucket_id }) => bucket_id === undefined)
  const taken = new Set(buckets.slice(first).map(({ bucket_id }) => bucket_id))
  let next = 0
  return buckets.map((bucket) => {
    if (bucket.bucket_id !== undefined) return toWireBucket(bucket, bucket.bucket_id, type)
    while (taken.has(next)) next++
    return toWireBucket(bucket, next++, type)
  })
}

const wireBuckets15 = judged(listOf(wireBucket15), (buckets) =>
  new Set(buckets.map(({ bucket_id }) => bucket_id)).size < buckets.length
    ? fault('two buckets have one id', 'OFPGMFC_BAD_BUCKET')
    : undefined,
)

const METHOD_BYTES = 16

const methodText = text(METHOD_BYTES)

const selectionMethod: Layout<string> = {
  write: (w, method, scope) => {
    methodText.write(w, method, scope)
  },
  read(r) {
    const { offset } = r
    const raw = r.bytes(METHOD_BYTES)
    const method = raw.toString('latin1', 0, raw.indexOf(0))
    if (raw.includes(0) && (method === 'hash' || method === 'dp_hash')) return method
    throw new DecodeError(`selection method "${method}"`, { offset, reply: 'OFPBPC_BAD_VALUE' })
  },
}

const selectionFields: Layout<FieldArray> = {
  write(w, fields, { version }) {
    writeFieldArray(w, fields, version)
  },
  read: (r) => readFieldArray(r),
}

const selectionShape = {
  _1: pad(4),
  selection_method: selectionMethod,
  selection_method_param: u64,
  selection_fields: selectionFields,
}

const NTR = 0x0000154d
/** Under which the property went at first. */
const NTR_BEFORE = 0x00001540

const groupProperties = propertyList(
  {
    selection_method: experimenterProperty(NTR, 1, selectionShape),
    selection_method_before: experimenterProperty(NTR_BEFORE, 1, selectionShape),
  },
  REFUSE_UNKNOWN,
)
type WireGroupProperties = LayoutValue<typeof groupProperties>

function fromProperties(properties: WireGroupProperties): GroupProperties {
  const method = properties.findLast((item) => item.type !== 'unknown')
  if (method === undefined) return {}
  const { selection_method, selection_method_param, selection_fields } = method
  return { selection_method, selection_method_param, selection_fields }
}

function toProperties(group: GroupProperties): WireGroupProperties {
  const { selection_method = '', selection_method_param = 0n, selection_fields = [] } = group
  if (selection_method === '') return []
  return [{ type: 'selection_method', selection_method, selection_method_param, selection_fields }]
}

/** What all forms of a group-mod have in front. Types and commands are judged once all has been read, as OVS does. */
const groupModHead = {
  command: nameOrNumber(u16, GROUP_MOD_COMMANDS),
  group_type: nameOrNumber(u8, GROUP_TYPES),
  _1: pad(1),
  group_id: u32,
} as const

type AnyGroupMod = Omit<GroupMod, 'command' | 'group_type'> & {
  readonly command: GroupModCommand | number
  readonly group_type: GroupType | number
}

/** Before OpenFlow 1.5 weights are always there, ids never: buckets are numbered as they stand. */
const buckets11 = (type: GroupType | number, buckets: readonly Bucket[]): readonly Bucket[] =>
  buckets.map((bucket, bucket_id) => ({ weight: defaultWeight(type), ...bucket, bucket_id }))

/** @throws EncodeError in ovs-ofctl's words */
function commandBefore15(command: AnyGroupMod['command']): AnyGroupMod['command'] {
  if (command !== 'insert_bucket' && command !== 'remove_bucket') return command
  throw new EncodeError(`${command.replace('_', '-')} needs OpenFlow 1.5 or later ('-O OpenFlow15')`)
}

const groupMod11: Layout<AnyGroupMod> = mapped(
  struct({ ...groupModHead, buckets: listOf(bucket11) }),
  (mod) => ({ ...mod, buckets: buckets11(mod.group_type, mod.buckets) }),
  ({ command, group_type, group_id, buckets }) => ({
    command: commandBefore15(command),
    group_type,
    group_id,
    buckets: buckets11(group_type, buckets),
  }),
)

/** The buckets and, between their length and them, the bucket that the command is about. */
const groupModBody15: Layout<{ command_bucket_id: number; buckets: readonly WireBucket[] }> = {
  write(w, { command_bucket_id, buckets }, scope) {
    const at = w.length
    w.u32(0)
    u32.write(w, command_bucket_id, scope)
    const start = w.length
    wireBuckets15.write(w, buckets, scope)
    w.patch16(at, w.length - start)
  },
  read(r, scope) {
    const { offset } = r
    const length = r.u16()
    r.skip(2)
    const command_bucket_id = r.u32()
    if (length > r.remaining) throw new DecodeError(`${length} bytes of buckets`, { offset, reply: 'OFPBRC_BAD_LEN' })
    return { command_bucket_id, buckets: wireBuckets15.read(r.slice(length), scope) }
  },
}

const wireGroupMod15 = struct({ ...groupModHead, body: groupModBody15, properties: groupProperties })
type WireGroupMod15 = LayoutValue<typeof wireGroupMod15>

const isBucketId = (id: number): boolean => id <= BUCKETS.MAX || id === BUCKETS.FIRST || id === BUCKETS.LAST

const GROUP_MOD15_HEAD = 16

function faultOfCommandBucket(head: Buffer): Fault | undefined {
  const [command, id] = [head.readUInt16BE(0), head.readUInt32BE(12)]
  const { insert_bucket, remove_bucket } = GROUP_MOD_COMMANDS
  const ofBucket = (command === insert_bucket || command === remove_bucket) && isBucketId(id)
  const ofAll = command !== insert_bucket && id === BUCKETS.ALL
  return ofBucket || ofAll ? undefined : fault(`command bucket id ${id}`, 'OFPGMFC_BAD_BUCKET')
}

/** Commands that have no business with how a group selects. */
const NOT_SELECTING: readonly unknown[] = ['delete', 'insert_bucket', 'remove_bucket']

function faultOfMod15({ command, group_type, properties }: WireGroupMod15): Fault | undefined {
  const astray = properties.length > 0 && NOT_SELECTING.includes(command)
  return astray ? fault(`selection method in ${command}`, 'OFPBPC_BAD_VALUE') : faultOfSelection(group_type, properties)
}

function faultOfSelection(type: GroupType | number, properties: WireGroupProperties): Fault | undefined {
  const other = typeof type === 'string' && type !== 'select'
  if (properties.length > 0 && other) return fault('selection method of no select group', 'OFPBPC_BAD_VALUE')
  const others = properties.some(
    (item) => item.type !== 'unknown' && item.selection_method !== 'hash' && item.selection_fields.length > 0,
  )
  return others ? fault('fields of a selection method other than hash', 'OFPBPC_BAD_VALUE') : undefined
}

const groupMod15: Layout<AnyGroupMod> = mapped(
  judgedAhead(judged(wireGroupMod15, faultOfMod15), GROUP_MOD15_HEAD, faultOfCommandBucket),
  ({ body, properties, ...mod }) => ({
    ...mod,
    command_bucket_id: body.command_bucket_id,
    buckets: body.buckets.map((bucket) => fromWireBucket(bucket, mod.group_type)),
    ...fromProperties(properties),
  }),
  ({ command, group_type, group_id, command_bucket_id = BUCKETS.ALL, buckets, ...group }: AnyGroupMod) => ({
    command,
    group_type,
    group_id,
    body: { command_bucket_id, buckets: toWireBuckets(buckets, group_type) },
    properties: toProperties(group),
  }),
)

const faultOfDelete = ({ command, buckets }: AnyGroupMod): Fault | undefined =>
  command === 'delete' && buckets.length > 0 ? fault('buckets to delete', 'OFPGMFC_INVALID_GROUP') : undefined

const watches = ({ watch_port = PORTS.ANY, watch_group = ANY_GROUP }: Bucket): boolean =>
  watch_port !== PORTS.ANY || watch_group !== ANY_GROUP

/** A command that inserts buckets need not say of what type the group is. */
function faultOfBucket(type: GroupType, command: GroupModCommand, bucket: Bucket): Fault | undefined {
  const weighs = type === 'select' || command === 'insert_bucket'
  if (!weighs && (bucket.weight ?? 0) !== 0) return fault('weight in no select group', 'OFPGMFC_INVALID_GROUP')
  if (type === 'ff') return watches(bucket) ? undefined : fault('bucket watches nothing', 'OFPGMFC_INVALID_GROUP')
  return type !== 'select' && watches(bucket) ? fault(`watch in ${type}`, 'OFPGMFC_WATCH_UNSUPPORTED') : undefined
}

function faultOfMod({ command, group_type: type, buckets }: AnyGroupMod): Fault | undefined {
  if (type === 'indirect' && command !== 'delete' && buckets.length !== 1) {
    return fault(`indirect group with ${buckets.length} buckets`, 'OFPGMFC_INVALID_GROUP')
  }
  if (typeof type === 'number') return fault(`group type ${type}`, 'OFPGMFC_BAD_TYPE')
  if (typeof command === 'number') return fault(`command ${command}`, 'OFPGMFC_BAD_COMMAND')
  if (command === 'remove_bucket' && buckets.length > 0) return fault('buckets to remove', 'OFPGMFC_BAD_BUCKET')
  for (const bucket of buckets) {
    const found = faultOfBucket(type, command, bucket)
    if (found !== undefined) return found
  }
  return undefined
}

const anyGroupMod = byVersion<AnyGroupMod>(
  [OF10, groupMod15],
  [OF11, groupMod11],
  [OF13, judged(groupMod11, faultOfDelete)],
  [OF15, groupMod15],
)

/** OFPT_GROUP_MOD. What a switch would refuse is written as it is, and refused when it is read. */
export const groupMod = judged(anyGroupMod, faultOfMod) as Layout<GroupMod>

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
