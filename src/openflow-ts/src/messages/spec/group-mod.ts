import { DecodeError, EncodeError } from '../../errors.js'
import { PORTS } from '../../ports.js'
import { OF10, OF11, OF13, OF15 } from '../../version.js'
import { type Fault, fault, judged, judgedAhead } from '../faults.js'
import { type Layout, type LayoutValue, listOf, mapped, pad, u16, u32, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { struct } from '../struct.js'
import { byVersion } from '../versions.js'
import {
  type Bucket,
  bucket11,
  BUCKETS,
  buckets11,
  fromWireBucket,
  GROUP_TYPES,
  type GroupType,
  toWireBuckets,
  type WireBucket,
  wireBuckets15,
} from './group-bucket.js'
import {
  faultOfSelection,
  fromProperties,
  type GroupProperties,
  groupProperties,
  toProperties,
} from './group-properties.js'
import { ANY_GROUP } from './parts.js'

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

export interface GroupMod extends GroupProperties {
  readonly command: GroupModCommand
  readonly group_id: number
  readonly group_type: GroupType
  readonly command_bucket_id?: number
  readonly buckets: readonly Bucket[]
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
