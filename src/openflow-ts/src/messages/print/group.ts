import { PORTS } from '../../ports.js'
import { formatActions } from '../../text/action-text.js'
import { formatPort } from '../../text/ports.js'
import { type Bucket, BUCKETS, type Group, type GroupMod } from '../spec/group.js'
import { ALL_GROUPS, ANY_GROUP } from '../spec/parts.js'
import type { MultipartEntry } from '../table.js'
import { counter, hex, type PrintContext, printDuration } from './common.js'

export const printGroupId = (id: number): string =>
  id === ALL_GROUPS ? 'ALL' : id === ANY_GROUP ? 'ANY' : String(id)

function printBucket(bucket: Bucket, showId: boolean, ctx: PrintContext): string {
  const { weight = 0, watch_port = PORTS.ANY, watch_group = ANY_GROUP } = bucket
  let text = 'bucket='
  if (showId && bucket.bucket_id !== undefined) text += `bucket_id:${bucket.bucket_id},`
  if (weight !== 0) text += `weight:${weight},`
  if (watch_port !== PORTS.ANY) text += `watch_port:${formatPort(watch_port, ctx)},`
  if (watch_group !== ANY_GROUP) text += `watch_group:${watch_group},`
  return `${text}actions=${formatActions(bucket.actions, ctx)}`
}

/** A group as dump-groups prints it, without the space in front. */
export function printGroup(group: Group, ctx: PrintContext, showType = true): string {
  let text = `group_id=${group.group_id}`
  if (showType) text += `,type=${group.group_type}`
  if (group.selection_method !== undefined && group.selection_method !== '') {
    text += `,selection_method=${group.selection_method}`
    const param = group.selection_method_param ?? 0n
    if (param !== 0n) text += `,selection_method_param=${param.toString()}`
  }
  for (const bucket of group.buckets) text += `,${printBucket(bucket, true, ctx)}`
  return text
}

export const printGroupDesc = (entries: readonly Group[], ctx: PrintContext): string =>
  `\n${entries.map((group) => ` ${printGroup(group, ctx)}\n`).join('')}`

const BUCKET_NAMES = new Map<number, string>([
  [BUCKETS.FIRST, 'first'],
  [BUCKETS.LAST, 'last'],
  [BUCKETS.ALL, 'all'],
])

/** OFPT_GROUP_MOD as ofp-print shows it. */
export function printGroupMod(mod: GroupMod, ctx: PrintContext): string {
  const withBucket = mod.command === 'insert_bucket' || mod.command === 'remove_bucket'
  const names = { modify: 'MOD', delete: 'DEL', add_or_mod: 'ADD_OR_MOD' } as const
  const command = mod.command in names ? names[mod.command as keyof typeof names] : mod.command.toUpperCase()
  let text = `\n ${command} `
  if (withBucket) {
    const id = mod.command_bucket_id ?? BUCKETS.ALL
    text += `command_bucket_id:${BUCKET_NAMES.get(id) ?? id},`
  }
  const showType = !withBucket && mod.command !== 'delete'
  return `${text}${printGroup(mod, ctx, showType)}\n`.replace(/group_id=\d+/, `group_id=${printGroupId(mod.group_id)}`)
}

function printStats(stats: MultipartEntry<'GROUP_STATS'>): string {
  let text = ` group_id=${stats.group_id},duration=${printDuration(stats.duration_sec, stats.duration_nsec)},`
  text += `ref_count=${stats.ref_count},packet_count=${stats.packet_count.toString()},`
  text += `byte_count=${stats.byte_count.toString()}`
  stats.buckets.forEach((bucket, i) => {
    text += `,bucket${i}:packet_count=${counter(bucket.packet_count)},byte_count=${counter(bucket.byte_count)}`
  })
  return `${text}\n`
}

export const printGroupStats = (entries: readonly MultipartEntry<'GROUP_STATS'>[]): string =>
  `\n${entries.map(printStats).join('')}`

/** Names of OFPAT_* by bit number, as group features print them; unnamed ones are not printed. */
const ACTION_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0, 'output'],
  [22, 'group'],
  [25, 'set_field'],
  [18, 'strip_vlan'],
  [17, 'push_vlan'],
  [23, 'mod_nw_ttl'],
  [24, 'dec_ttl'],
  [15, 'set_mpls_ttl'],
  [16, 'dec_mpls_ttl'],
  [19, 'push_mpls'],
  [20, 'pop_mpls'],
  [21, 'set_queue'],
]

const TYPES = ['all', 'select', 'indirect', 'fast failover']

function printFeaturesOf(entry: MultipartEntry<'GROUP_FEATURES_STATS'>): string {
  let text = `\n Group table:\n    Types:  ${hex(entry.types)}\n    Capabilities:  ${hex(entry.capabilities)}\n`
  TYPES.forEach((name, type) => {
    if ((entry.types & (1 << type)) === 0) return
    const bits = entry.actions[type] ?? 0
    const actions = ACTION_NAMES.filter(([bit]) => (bits & (1 << bit)) !== 0).map(([, action]) => action)
    text += `    ${name} group:\n       max_groups=${hex(entry.max_groups[type] ?? 0)}\n`
    text += `       actions: ${actions.length === 0 ? '(none)' : actions.join(' ')}\n`
  })
  return text
}

export const printGroupFeatures = (entries: readonly MultipartEntry<'GROUP_FEATURES_STATS'>[]): string =>
  entries.map(printFeaturesOf).join('')
