import { TextError } from '../errors.js'
import { type FieldArray, fieldArrayOf, fieldBits, isBitsOf } from '../match/field-array.js'
import { type Bucket, BUCKETS, defaultWeight, type GroupType } from '../messages/spec/group-bucket.js'
import type { GroupMod, GroupModCommand } from '../messages/spec/group-mod.js'
import { ALL_GROUPS, ANY_GROUP } from '../messages/spec/parts.js'
import { PORTS } from '../ports.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import type { Value } from '../spec/fields.js'
import { fieldByName, type FieldInfo } from '../spec/registry.js'
import { parseActionText } from './action-text.js'
import { prefixLength } from './addresses.js'
import { takeCommand } from './command-word.js'
import type { TextContext } from './context.js'
import { strToU16, strToU32, strToU64 } from './numbers.js'
import { portFromText } from './ports.js'
import { type KeyValue, scanKeyValues } from './scan.js'
import { parseMasked } from './values.js'

/** A group-mod as text gives it. */
export interface ParsedGroupMod {
  readonly mod: GroupMod
  /** The flow formats whose versions can carry all that the text says. */
  readonly usable: Protocols
}

type Draft = { -readonly [K in keyof GroupMod]: GroupMod[K] } & { buckets: Bucket[] }
type Part = 'type' | 'buckets' | 'bucket' | 'all_buckets'

/** What the text may say for each command, beside a group. */
const ALLOWED: Readonly<Record<GroupModCommand, readonly Part[]>> = {
  add: ['type', 'buckets'],
  modify: ['type', 'buckets'],
  add_or_mod: ['type', 'buckets'],
  delete: [],
  insert_bucket: ['buckets', 'bucket'],
  remove_bucket: ['bucket', 'all_buckets'],
}

/** In the order in which a word is taken for the beginning of one of them. */
const COMMANDS: readonly GroupModCommand[] = ['add', 'delete', 'modify', 'add_or_mod', 'insert_bucket', 'remove_bucket']

const MAX_GROUP = 0xffffff00
const MAX_METHOD = 15
/** Versions in which a group says how it selects, and buckets have ids. */
const WITH_IDS = PROTOCOLS.OF10_ANY | PROTOCOLS.OF15_UP

interface Reading {
  readonly draft: Draft
  readonly ctx: TextContext
  readonly allowed: readonly Part[]
  readonly given: Set<'type' | 'bucket'>
  usable: Protocols
}

const BUCKET_NAMES: Readonly<Record<string, number>> = { all: BUCKETS.ALL, first: BUCKETS.FIRST, last: BUCKETS.LAST }
const isReserved = (id: number): boolean => Object.values(BUCKET_NAMES).includes(id)

function takeCommandBucket(to: Reading, value: string): void {
  if (!to.allowed.includes('bucket')) throw new TextError('command bucket id is not needed')
  const id = BUCKET_NAMES[value] ?? strToU32(value)
  if (id > BUCKETS.MAX && !isReserved(id)) throw new TextError(`invalid command bucket id ${id}`)
  if (id === BUCKETS.ALL && !to.allowed.includes('all_buckets')) {
    throw new TextError('command_bucket_id=all is not permitted')
  }
  to.draft.command_bucket_id = id
  to.given.add('bucket')
}

function takeGroup(to: Reading, value: string): void {
  const group = value === 'all' ? ALL_GROUPS : strToU32(value)
  if (group !== ALL_GROUPS && group > MAX_GROUP) throw new TextError(`invalid group id ${group}`)
  to.draft.group_id = group
}

const TYPES: ReadonlyMap<string, GroupType> = new Map([
  ['all', 'all'],
  ['select', 'select'],
  ['indirect', 'indirect'],
  ['ff', 'ff'],
  ['fast_failover', 'ff'],
])

const needType = ({ allowed }: Reading, what: string): void => {
  if (!allowed.includes('type')) throw new TextError(`${what} not needed`)
}

function takeType(to: Reading, value: string): void {
  needType(to, 'type is')
  const type = TYPES.get(value)
  if (type === undefined) throw new TextError(`invalid group type ${value}`)
  to.draft.group_type = type
  to.given.add('type')
}

function takeMethod(to: Reading, value: string): void {
  needType(to, 'selection method is')
  if (Buffer.byteLength(value) > MAX_METHOD) {
    throw new TextError(`selection method is longer than ${MAX_METHOD} bytes long`)
  }
  to.draft.selection_method = value
  to.usable &= WITH_IDS
}

function takeParameter(to: Reading, value: string): void {
  needType(to, 'selection method param is')
  to.draft.selection_method_param = strToU64(value)
  to.usable &= WITH_IDS
}

/** Flow formats that can tell of these bits of a field. */
function usableWith(info: FieldInfo, mask: Value): Protocols {
  const { exact, cidr, bitwise } = info.usable
  if (mask === fieldBits(info, undefined)) return exact
  return cidr === bitwise || prefixLength(BigInt(mask), info.bits) !== undefined ? cidr : bitwise
}

/** What of a list is behind its `count` first pairs. */
function restOf(text: string, pairs: readonly KeyValue[], count: number): string {
  let at = 0
  for (const { key, value, delimiter } of pairs.slice(0, count)) {
    at = text.indexOf(key, at) + key.length
    if (delimiter !== '') at += 1 + value.length
    at++
  }
  return text.slice(at)
}

function takeFields(to: Reading, list: string): void {
  needType(to, 'fields are')
  const bits = new Map<FieldInfo, Value>()
  const pairs = scanKeyValues(list)
  pairs.forEach(({ key, value }, i) => {
    const info = fieldByName(key)
    if (info === undefined) throw new TextError(`${restOf(list, pairs, i + 1)}: unknown field ${key}`)
    if (bits.has(info)) throw new TextError(`${key}: duplicate field`)
    const mask = value === '' ? fieldBits(info, undefined) : parseBits(info, value, restOf(list, pairs, i + 1), to.ctx)
    bits.set(info, mask)
    to.usable &= usableWith(info, mask)
  })
  to.draft.selection_fields = joined(to.draft.selection_fields, bits)
  to.usable &= WITH_IDS
}

function joined(before: FieldArray | undefined, bits: ReadonlyMap<FieldInfo, Value>): FieldArray {
  const all = new Map<FieldInfo, Value>()
  for (const { field, mask } of before ?? []) {
    const info = fieldByName(field)
    if (info !== undefined) all.set(info, fieldBits(info, mask))
  }
  for (const [info, mask] of bits) all.set(info, mask)
  return fieldArrayOf(all)
}

function parseBits(info: FieldInfo, text: string, rest: string, ctx: TextContext): Value {
  const { value, mask } = parseMasked(info, text, ctx)
  if (mask !== undefined) throw new TextError(`${text}: wildcards not allowed here`)
  if (BigInt(value) === 0n && !info.name.startsWith('tun_metadata')) {
    throw new TextError(`${rest}: values are wildcards here and must not be all-zeros`)
  }
  if (!isBitsOf(info, value)) throw new TextError(`${text}: invalid mask for field ${info.printName}`)
  return value
}

const SETTERS: ReadonlyMap<string, (to: Reading, value: string) => void> = new Map([
  ['command_bucket_id', takeCommandBucket],
  ['group_id', takeGroup],
  ['type', takeType],
  ['selection_method', takeMethod],
  ['selection_method_param', takeParameter],
  ['fields', takeFields],
])

function takeHead(to: Reading, text: string): void {
  for (const { key, value } of scanKeyValues(text)) {
    const set = SETTERS.get(key)
    if (set === undefined) throw new TextError(`unknown keyword ${key}`)
    set(to, value)
  }
}

function checkHead({ draft, allowed, given }: Reading): void {
  const { selection_method = '', selection_method_param = 0n, selection_fields = [] } = draft
  if (draft.group_id === ANY_GROUP) throw new TextError('must specify a group_id')
  if (allowed.includes('type') && !given.has('type')) throw new TextError('must specify a type')
  if (selection_method !== 'hash' && selection_fields.length > 0) {
    throw new TextError('fields may only be specified with "selection_method=hash"')
  }
  if (selection_method === '' && selection_method_param !== 0n) {
    throw new TextError('selection_method_param is only allowed with "selection_method"')
  }
  const optional = allowed.includes('all_buckets')
  if (allowed.includes('bucket') && !optional && !given.has('bucket')) {
    throw new TextError('must specify a command bucket id')
  }
}

const isWatchable = (port: number): boolean =>
  port < PORTS.MAX || port === PORTS.CONTROLLER || port === PORTS.ANY

type BucketDraft = { -readonly [K in keyof Bucket]: Bucket[K] }

/** Takes what is not an action of the bucket; false of an action. */
function takeOfBucket(to: Reading, bucket: BucketDraft, { key, value }: KeyValue): boolean {
  switch (key.toLowerCase()) {
    case 'weight':
      bucket.weight = strToU16(value, 'weight')
      return true
    case 'watch_port': {
      const port = portFromText(value, to.ctx)
      if (port === undefined || !isWatchable(port)) throw new TextError(`${value}: invalid watch_port`)
      bucket.watch_port = port
      return true
    }
    case 'watch_group':
      bucket.watch_group = strToU32(value)
      if (bucket.watch_group > MAX_GROUP) throw new TextError(`invalid watch_group id ${bucket.watch_group}`)
      return true
    case 'bucket_id':
      bucket.bucket_id = strToU32(value)
      if (bucket.bucket_id > BUCKETS.MAX) throw new TextError(`invalid bucket_id id ${bucket.bucket_id}`)
      to.usable &= WITH_IDS
      return true
    default:
      return false
  }
}

/** One bucket: what is known of it may stand anywhere among its actions. */
function takeBucket(to: Reading, text: string): void {
  const type = to.draft.group_type
  const bucket: BucketDraft = { weight: defaultWeight(type), actions: [] }
  const actions: string[] = []
  for (const pair of scanKeyValues(text)) {
    if (takeOfBucket(to, bucket, pair)) continue
    const { key, value } = pair
    actions.push(/^actions?$/i.test(key) ? value : `${key}(${value})`)
  }
  if (actions.length === 0) throw new TextError('bucket must specify actions')
  const { watch_port = PORTS.ANY, watch_group = ANY_GROUP } = bucket
  if (type === 'ff' && watch_port === PORTS.ANY && watch_group === ANY_GROUP) {
    throw new TextError('fast failover bucket requires watch_port or watch_group')
  }
  const parsed = parseActionText(actions.join(','), to.ctx)
  // As in OVS, the actions of a bucket decide alone; what stood before them is forgotten.
  to.usable = parsed.usable
  bucket.actions = parsed.actions
  to.draft.buckets.push(bucket)
  const weighs = type === 'select' || to.draft.command === 'insert_bucket'
  if (!weighs && bucket.weight !== 0) throw new TextError('Only select groups can have bucket weights.')
}

const BUCKET = 'bucket='

/**
 * Parses what ovs-ofctl takes for add-group, mod-group, del-groups, insert-buckets and remove-buckets.
 * @param command undefined where the text may begin with it, as in bundle files; without it the group is added
 * @throws TextError
 */
export function parseGroupMod(
  command: GroupModCommand | undefined,
  text: string,
  ctx: TextContext = {},
): ParsedGroupMod {
  const [own, body] = command === undefined ? takeCommand(text, COMMANDS, 'add') : [command, text]
  const allowed = ALLOWED[own]
  const draft: Draft = {
    command: own,
    group_id: ANY_GROUP,
    group_type: 'all',
    command_bucket_id: BUCKETS.ALL,
    buckets: [],
  }
  const usable = allowed.includes('bucket') ? WITH_IDS : PROTOCOLS.ANY
  const to: Reading = { draft, ctx, allowed, given: new Set(), usable }
  if (own === 'delete' && body === '') return { mod: { ...draft, group_id: ALL_GROUPS }, usable }
  const at = body.indexOf(BUCKET)
  if (at >= 0 && !allowed.includes('buckets')) throw new TextError('bucket is not needed')
  takeHead(to, at < 0 ? body : body.slice(0, at))
  checkHead(to)
  if (at >= 0) for (const bucket of body.slice(at + BUCKET.length).split(BUCKET)) takeBucket(to, bucket)
  if (draft.group_type === 'indirect' && draft.buckets.length > 1) {
    throw new TextError('Indirect groups can have at most one bucket.')
  }
  return { mod: draft, usable: to.usable }
}
