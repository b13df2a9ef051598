import type { Action } from '../../action/types.js'
import { PORTS } from '../../ports.js'
import { OF11, OF15 } from '../../version.js'
import {
  byVersion,
  choice,
  type Layout,
  listOf,
  mapped,
  optional,
  pad,
  padSince,
  rest,
  since,
  text,
  tuple,
  u16,
  u32,
  u64,
  u8,
} from '../layout.js'
import { experimenterProperty, property, propertyList, type UnknownProperty } from '../property.js'
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
  /** On the wire in OpenFlow 1.5 only. */
  readonly bucket_id?: number
  readonly weight?: number
  readonly watch_port?: number
  readonly watch_group?: number
  readonly actions: readonly Action[]
  readonly other_properties?: readonly UnknownProperty[]
}

/** What is said of a group beyond its buckets, OpenFlow 1.5 (NTR's selection method property). */
export interface GroupProperties {
  readonly selection_method?: string
  readonly selection_method_param?: bigint
  /** Fields to select by: TLVs, each with its mask as value. */
  readonly selection_fields?: Uint8Array
  readonly other_properties?: readonly UnknownProperty[]
}

export interface Group extends GroupProperties {
  readonly group_id: number
  readonly group_type: GroupType
  readonly buckets: readonly Bucket[]
}

export interface GroupMod extends GroupProperties {
  readonly command: GroupModCommand
  readonly group_id: number
  readonly group_type: GroupType
  readonly command_bucket_id?: number
  readonly buckets: readonly Bucket[]
}

const groupType = choice(u8, GROUP_TYPES, 'OFPGMFC_BAD_TYPE')
const groupCommand = choice(u16, GROUP_MOD_COMMANDS, 'OFPGMFC_BAD_COMMAND')
const isUnknown = (item: { readonly type: string }): item is UnknownProperty => item.type === 'unknown'

const bucket11: Layout<Bucket> = struct({
  _length: length16,
  weight: optional(u16, 0),
  watch_port: optional(u32, PORTS.ANY),
  watch_group: optional(u32, ANY_GROUP),
  _1: pad(4),
  actions: actionsToEnd,
})

const bucketProperties = propertyList({
  weight: property(0, { weight: u16, _1: pad(2) }),
  watch_port: property(1, { watch_port: u32 }),
  watch_group: property(2, { watch_group: u32 }),
})

/** In OpenFlow 1.5 the length of the actions stands before the bucket's id, the actions behind it. */
const bucketBody15: Layout<{ bucket_id: number; actions: readonly Action[] }> = {
  write(w, value, scope) {
    const at = w.length
    w.u16(0)
    u32.write(w, value.bucket_id, scope)
    const start = w.length
    actionsToEnd.write(w, value.actions, scope)
    w.patch16(at, w.length - start)
  },
  read(r, scope) {
    const length = r.u16()
    const bucket_id = r.u32()
    return { bucket_id, actions: actionsToEnd.read(r.slice(length), scope) }
  },
}

const wireBucket15 = struct({ _length: length16, body: bucketBody15, properties: bucketProperties })

const bucket15: Layout<Bucket> = mapped(
  wireBucket15,
  ({ body, properties }) => {
    const bucket = { ...body, weight: 0, watch_port: PORTS.ANY as number, watch_group: ANY_GROUP }
    for (const item of properties) {
      if (item.type === 'weight') bucket.weight = item.weight
      else if (item.type === 'watch_port') bucket.watch_port = item.watch_port
      else if (item.type === 'watch_group') bucket.watch_group = item.watch_group
    }
    const other = properties.filter(isUnknown)
    return other.length === 0 ? bucket : { ...bucket, other_properties: other }
  },
  (bucket: Bucket) => ({
    body: { bucket_id: bucket.bucket_id ?? 0, actions: bucket.actions },
    properties: bucketPropertiesOf(bucket),
  }),
)

function bucketPropertiesOf(bucket: Bucket): Parameters<typeof bucketProperties.write>[1] {
  const { weight = 0, watch_port = PORTS.ANY, watch_group = ANY_GROUP } = bucket
  return [
    ...(weight === 0 ? [] : [{ type: 'weight', weight } as const]),
    ...(watch_port === PORTS.ANY ? [] : [{ type: 'watch_port', watch_port } as const]),
    ...(watch_group === ANY_GROUP ? [] : [{ type: 'watch_group', watch_group } as const]),
    ...(bucket.other_properties ?? []),
  ]
}

const buckets = byVersion([OF11, listOf(bucket11)], [OF15, listOf(bucket15)])

const groupMod11 = struct({
  command: groupCommand,
  group_type: groupType,
  _1: pad(1),
  group_id: u32,
  buckets,
})

const NTR = 0x0000154d

const groupProperties = propertyList({
  selection_method: experimenterProperty(NTR, 1, {
    _1: pad(4),
    selection_method: text(16),
    selection_method_param: u64,
    selection_fields: rest,
  }),
})
type WireGroupProperties = Parameters<typeof groupProperties.write>[1]

function fromProperties(properties: WireGroupProperties): GroupProperties {
  const method = properties.find((item) => item.type === 'selection_method')
  const other = properties.filter(isUnknown)
  return {
    ...(method && {
      selection_method: method.selection_method,
      selection_method_param: method.selection_method_param,
      selection_fields: method.selection_fields,
    }),
    ...(other.length > 0 && { other_properties: other }),
  }
}

function toProperties(group: GroupProperties): WireGroupProperties {
  const { selection_method = '', selection_method_param = 0n, selection_fields = new Uint8Array() } = group
  return [
    ...(selection_method === ''
      ? []
      : [{ type: 'selection_method', selection_method, selection_method_param, selection_fields } as const]),
    ...(group.other_properties ?? []),
  ]
}

const buckets15 = counted(listOf(bucket15), 6, 'OFPBRC_BAD_LEN')

const wireGroupDesc15 = struct({
  _length: length16,
  group_type: groupType,
  _1: pad(1),
  group_id: u32,
  buckets: buckets15,
  properties: groupProperties,
})

/** In a group-mod the bucket that the command is about stands between the length of the buckets and these. */
const groupModBody15: Layout<{ command_bucket_id: number; buckets: readonly Bucket[] }> = {
  write(w, value, scope) {
    const at = w.length
    w.u32(0)
    u32.write(w, value.command_bucket_id, scope)
    const start = w.length
    buckets.write(w, value.buckets, scope)
    w.patch16(at, w.length - start)
  },
  read(r, scope) {
    const length = r.u16()
    r.skip(2)
    const command_bucket_id = r.u32()
    return { command_bucket_id, buckets: buckets.read(r.slice(length), scope) }
  },
}

const wireGroupMod15 = struct({
  command: groupCommand,
  group_type: groupType,
  _1: pad(1),
  group_id: u32,
  body: groupModBody15,
  properties: groupProperties,
})

const groupMod15: Layout<GroupMod> = mapped(
  wireGroupMod15,
  ({ body, properties, ...mod }) => ({ ...mod, ...body, ...fromProperties(properties) }),
  ({ command, group_type, group_id, command_bucket_id = BUCKETS.ALL, buckets, ...group }: GroupMod) => ({
    command,
    group_type,
    group_id,
    body: { command_bucket_id, buckets },
    properties: toProperties(group),
  }),
)

export const groupMod = byVersion<GroupMod>([OF11, groupMod11], [OF15, groupMod15])

const groupDesc15: Layout<Group> = mapped(
  wireGroupDesc15,
  ({ properties, ...group }) => ({ ...group, ...fromProperties(properties) }),
  ({ group_type, group_id, buckets, ...group }) => ({ group_type, group_id, buckets, properties: toProperties(group) }),
)

const groupDesc11: Layout<Group> = struct({
  _length: length16,
  group_type: groupType,
  _1: pad(1),
  group_id: u32,
  buckets,
})

export const groupDesc = byVersion<Group>([OF11, groupDesc11], [OF15, groupDesc15])

/** Asks for one group, or with ALL_GROUPS for all. */
export const groupStatsRequest = struct({ group_id: optional(u32, ALL_GROUPS), _1: pad(4) })

/** The same; before OpenFlow 1.5 the descriptions are always of all groups. */
export const groupDescRequest = struct({ group_id: since(OF15, u32, ALL_GROUPS), _1: padSince(OF15, 4) })

const bucketCounter = struct({ packet_count: u64, byte_count: u64 })

export const groupStats = struct({
  _length: length16,
  _1: pad(2),
  group_id: u32,
  ref_count: u32,
  _2: pad(4),
  packet_count: u64,
  byte_count: u64,
  ...duration,
  buckets: listOf(bucketCounter),
})

/** Numbers and bits by group type: all, select, indirect, ff. */
export const groupFeatures = struct({
  types: u32,
  capabilities: u32,
  max_groups: tuple(4, u32),
  actions: tuple(4, u32),
})
