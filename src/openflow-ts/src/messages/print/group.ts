import type { FieldBits } from '../../match/field-array.js'
import { PORTS } from '../../ports.js'
import { fieldInfo } from '../../spec/registry.js'
import { formatActions } from '../../text/action-text.js'
import { formatPort } from '../../text/ports.js'
import { formatValue } from '../../text/values.js'
import { OF11, OF14 } from '../../version.js'
import { type Bucket, BUCKETS, defaultWeight } from '../spec/group-bucket.js'
import type { GroupMod, GroupModCommand } from '../spec/group-mod.js'
import type { GroupProperties } from '../spec/group-properties.js'
import type { Group, GroupStats } from '../spec/group.js'
import { ALL_GROUPS, ANY_GROUP, UNKNOWN_U64 } from '../spec/parts.js'
import type { MultipartEntry } from '../table.js'
import { printActionBits } from './action-bits.js'
import { hex, hexOrZero, type PrintContext, printDuration } from './common.js'

export const printGroupId = (id: number): string =>
  id === ALL_GROUPS ? 'ALL' : id === ANY_GROUP ? 'ANY' : String(id)

function printBucket(bucket: Bucket, group: Group, showId: boolean, ctx: PrintContext): string {
  const { weight = 0, watch_port = PORTS.ANY, watch_group = ANY_GROUP } = bucket
  let text = 'bucket='
  if (showId && bucket.bucket_id !== undefined) text += `bucket_id:${printBucketId(bucket.bucket_id)},`
  if (weight !== defaultWeight(group.group_type)) text += `weight:${weight},`
  if (watch_port !== PORTS.ANY) text += `watch_port:${formatPort(watch_port, ctx)},`
  if (watch_group !== ANY_GROUP) text += `watch_group:${watch_group},`
  return `${text}actions=${formatActions(bucket.actions, ctx)}`
}

function printFieldBits({ field, mask }: FieldBits): string {
  const info = fieldInfo(field)
  return mask === undefined ? info.printName : `${info.printName}=${formatValue(info, mask, undefined, {})}`
}

function printSelection(group: GroupProperties): string {
  if (group.selection_method === undefined || group.selection_method === '') return ''
  const { selection_method_param: param = 0n, selection_fields: fields = [] } = group
  let text = `,selection_method=${group.selection_method}`
  if (param !== 0n) text += `,selection_method_param=${param.toString()}`
  if (fields.length === 0) return text
  const list = fields.map(printFieldBits).join(',')
  return `${text},${fields.length === 1 ? `fields=${list}` : `fields(${list})`}`
}

/** Versions that give buckets ids. */
const hasBucketIds = (version: number): boolean => version < OF11 || version > OF14

/** How a group is printed in a message of a version. */
export interface GroupPrint {
  readonly version: number
  readonly showType: boolean
}

/** A group as dump-groups prints it, without the space in front. */
export function printGroup(group: Group, { version, showType }: GroupPrint, ctx: PrintContext): string {
  let text = `group_id=${group.group_id}`
  if (showType) text += `,type=${typeof group.group_type === 'number' ? 'unknown' : group.group_type}`
  text += printSelection(group)
  for (const bucket of group.buckets) text += `,${printBucket(bucket, group, hasBucketIds(version), ctx)}`
  return text
}

export const printGroupDesc = (entries: readonly Group[], version: number, ctx: PrintContext): string =>
  entries.map((group) => `\n ${printGroup(group, { version, showType: true }, ctx)}`).join('')

const BUCKET_NAMES = new Map<number, string>([
  [BUCKETS.FIRST, 'first'],
  [BUCKETS.LAST, 'last'],
  [BUCKETS.ALL, 'all'],
])
const printBucketId = (id: number): string => BUCKET_NAMES.get(id) ?? String(id)

const COMMANDS: Readonly<Record<GroupModCommand, string>> = {
  add: 'ADD',
  modify: 'MOD',
  delete: 'DEL',
  insert_bucket: 'INSERT_BUCKET',
  remove_bucket: 'REMOVE_BUCKET',
  add_or_mod: 'ADD_OR_MOD',
}

/** OFPT_GROUP_MOD as ofp-print shows it. */
export function printGroupMod(mod: GroupMod, version: number, ctx: PrintContext): string {
  const ofBucket = mod.command === 'insert_bucket' || mod.command === 'remove_bucket'
  const bucket =
    ofBucket && hasBucketIds(version) ? `command_bucket_id:${printBucketId(mod.command_bucket_id ?? BUCKETS.ALL)},` : ''
  return `\n ${COMMANDS[mod.command]} ${bucket}${printGroup(mod, { version, showType: !ofBucket }, ctx)}\n`
}

const NOT_KNOWN = 0xffffffff

function printStats(stats: GroupStats): string {
  const { duration_sec = NOT_KNOWN, duration_nsec = NOT_KNOWN } = stats
  let text = `\n group_id=${stats.group_id},`
  if (duration_sec !== NOT_KNOWN) text += `duration=${printDuration(duration_sec, duration_nsec)},`
  text += `ref_count=${stats.ref_count},packet_count=${stats.packet_count.toString()},`
  text += `byte_count=${stats.byte_count.toString()}`
  stats.buckets.forEach(({ packet_count, byte_count }, i) => {
    if (packet_count === UNKNOWN_U64) return
    text += `,bucket${i}:packet_count=${packet_count.toString()},byte_count=${byte_count.toString()}`
  })
  return text
}

export const printGroupStats = (entries: readonly GroupStats[]): string => entries.map(printStats).join('')

const TYPES = ['all', 'select', 'indirect', 'fast failover']

function printFeaturesOf(entry: MultipartEntry<'GROUP_FEATURES_STATS'>, version: number): string {
  let text = `\n Group table:\n    Types:  ${hex(entry.types)}\n    Capabilities:  ${hex(entry.capabilities)}\n`
  TYPES.forEach((name, type) => {
    if ((entry.types & (1 << type)) === 0) return
    text += `    ${name} group:\n       max_groups=${hexOrZero(entry.max_groups[type] ?? 0)}\n`
    text += `       actions: ${printActionBits(entry.actions[type] ?? 0, version)}\n`
  })
  return text
}

export const printGroupFeatures = (
  entries: readonly MultipartEntry<'GROUP_FEATURES_STATS'>[],
  version: number,
): string =>
  entries.map((entry) => printFeaturesOf(entry, version)).join('')
