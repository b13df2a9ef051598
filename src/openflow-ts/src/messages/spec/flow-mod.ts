import type { Reader, Writer } from '../../binary.js'
import { checkConsistency } from '../../action/check.js'
import { decodeInstructions, encodeInstructions } from '../../action/instruction-codec.js'
import type { Action } from '../../action/types.js'
import { DecodeError, EncodeError } from '../../errors.js'
import type { FlowFlag } from '../../flow/flow.js'
import { hasConsistentCtAddresses, type Match } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { firstProtocol, protocolsOfVersion, withTableId } from '../../protocols.js'
import { OF10, OF11, OF14, type OfVersion } from '../../version.js'
import { type Layout, type MessageLayout, optional, pad, rest, type Scope, u16, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { byForm, byVersion, since } from '../versions.js'
import { readNxMatch, readOfp10, readOfp11, writeNxMatch, writeOfp10 } from '../nx-match.js'
import { struct } from '../struct.js'
import {
  ALL_TABLES,
  ANY_GROUP,
  flagFault,
  instructions,
  matchLayout,
  NO_BUFFER,
  port16,
  rawFlowFlags,
} from './parts.js'
import { checkPort } from './port-number.js'

export const FLOW_MOD_COMMANDS = { add: 0, modify: 1, modify_strict: 2, delete: 3, delete_strict: 4 } as const
export type FlowModCommand = keyof typeof FLOW_MOD_COMMANDS

/** What is to be done to flows. */
export interface FlowMod {
  /** The cookie to set or, with `cookie_mask`, to look for. */
  readonly cookie?: bigint
  readonly cookie_mask?: bigint
  /** The cookie to set where `cookie` is one to look for: in NXT_FLOW_MOD only. */
  readonly new_cookie?: bigint
  readonly table_id: number
  readonly command: FlowModCommand
  readonly idle_timeout?: number
  readonly hard_timeout?: number
  readonly priority: number
  readonly buffer_id?: number
  readonly out_port?: number
  readonly out_group?: number
  readonly flags?: readonly FlowFlag[]
  readonly importance?: number
  readonly match: Match
  readonly actions?: readonly Action[]
  /** OpenFlow 1.0 and 1.1 and NXM: the match as it came, where `match` is written otherwise. */
  readonly raw_match?: Uint8Array
}

interface Headed {
  readonly type: string
  readonly version: OfVersion
  readonly xid: number
}

type Draft = { -readonly [K in keyof FlowMod]: FlowMod[K] }

/** OFPTT_ALL is for deleting alone; in OpenFlow 1.1 for nothing. */
function checkTable({ table_id, command }: FlowMod, version: OfVersion, offset: number): void {
  if (table_id !== ALL_TABLES) return
  if (version !== OF11 && (command === 'delete' || command === 'delete_strict')) return
  throw new DecodeError('a flow-mod of all tables', { offset, reply: 'OFPFMFC_BAD_TABLE_ID' })
}

function checkCommand(command: FlowModCommand | number, offset: number): void {
  if (typeof command === 'number') {
    throw new DecodeError(`command ${command}`, { offset, reply: 'OFPFMFC_BAD_COMMAND' })
  }
}

/** What is checked when all has been read: flags, and whether actions and match suit each other. */
function checkWhole(mod: FlowMod, { version, strict }: Scope, offset: number): void {
  if (!hasConsistentCtAddresses(mod.match)) {
    throw new DecodeError('connections of another IP version', { offset, reply: 'OFPBAC_MATCH_INCONSISTENT' })
  }
  const fault = flagFault(mod.flags ?? [])
  if (fault !== undefined) {
    const reply = fault === 'emergency' ? emergencyReply(mod.idle_timeout, mod.hard_timeout) : 'OFPFMFC_BAD_FLAGS'
    throw new DecodeError(`${fault} flags`, { offset, reply })
  }
  if (!strict) return
  const needed = withTableId(firstProtocol(protocolsOfVersion(version)), true)
  const error = checkConsistency(mod.actions ?? [], mod.match, needed, { table_id: mod.table_id })
  if (error !== undefined) throw new DecodeError('actions that do not suit the match', { offset, reply: error })
}

/** Emergency flows of OpenFlow 1.0, which have no timeouts, are not supported. */
const emergencyReply = (idle = 0, hard = 0): string =>
  idle + hard === 0 ? 'OFPFMFC_TABLE_FULL' : 'OFPFMFC_BAD_EMERG_TIMEOUT'

/** Written in its place, read later: what is wrong with other fields comes first or last. */
const later = <T>(layout: Layout<readonly T[]>): Layout<readonly T[]> => ({
  write: (w, value, scope) => { layout.write(w, value, scope) },
  read: () => none,
})

const none: readonly never[] = []

const head11 = {
  cookie: optional(u64, 0n),
  cookie_mask: optional(u64, 0n),
  table_id: u8,
  command: nameOrNumber(u8, FLOW_MOD_COMMANDS) as Layout<FlowModCommand>,
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  priority: u16,
  buffer_id: optional(u32, NO_BUFFER),
  out_port: optional(u32, PORTS.ANY),
  out_group: optional(u32, ANY_GROUP),
  flags: rawFlowFlags,
  importance: since(OF14, u16, 0, pad(2)),
} as const
const flowMod11 = struct({
  ...head11,
  match: later(matchLayout),
  actions: optional(later(instructions), none),
})
/** With a match of OpenFlow 1.1 as it came. */
const rawFlowMod11 = struct({ ...head11, raw_match: rest, actions: optional(instructions, none) })

/** Reads the rest of a flow-mod, and checks it in OVS's order. */
function complete(mod: Draft, r: Reader, scope: Scope): FlowMod {
  const { offset } = r
  if (scope.version === OF11) Object.assign(mod, readOfp11(r, scope))
  else mod.match = matchLayout.read(r, scope)
  checkTable(mod, scope.version, offset)
  checkPort(mod.out_port ?? PORTS.ANY, offset)
  checkCommand(mod.command, offset)
  mod.actions = instructions.read(r, scope)
  checkWhole(mod, scope, offset)
  return mod
}

/** Bytes of the header and what stands before the match. */
const HEAD_BYTES = 56
/** Bytes that most actions do not exceed. */
const ACTION_BYTES = 24

/**
 * Makes room for a flow-mod. Going through all of it first is worth a tenth of the time where there are many flows: the
 * processor fetches what it finds then all at once, and not one thing after the other as they are written.
 */
function reserve(w: Writer, { match = none, actions = none }: Partial<FlowMod>): void {
  let bytes = HEAD_BYTES
  for (const { value, mask } of match) {
    const size = typeof value === 'bigint' ? 8 : 4
    bytes += 4 + (mask === undefined ? size : 2 * size)
  }
  for (const { type } of actions) bytes += type === 'goto_table' ? 8 : ACTION_BYTES
  w.reserve(bytes)
}

const checked11: MessageLayout<FlowMod> = {
  write(w, mod, scope) {
    reserve(w, mod)
    const { raw_match } = mod
    if (raw_match === undefined) flowMod11.write(w, mod, scope)
    else rawFlowMod11.write(w, { ...mod, raw_match }, scope)
  },
  read: (r, scope) => complete(flowMod11.read(r, scope), r, scope),
  readMessage: (r, scope, type) => complete(flowMod11.readMessage(r, scope, type), r, scope),
}

const COMMAND_NAMES = Object.keys(FLOW_MOD_COMMANDS) as FlowModCommand[]

/** OpenFlow 1.0: the table is the high byte of the command, where the switch has been asked to take it for that. */
function commandOf(both: number, offset: number): { command: FlowModCommand; table_id: number } {
  const command = COMMAND_NAMES[both & 0xff]
  if (command === undefined) throw new DecodeError(`command ${both}`, { offset, reply: 'OFPFMFC_BAD_COMMAND' })
  return { command, table_id: both >>> 8 }
}

function writeCommand(w: Writer, { command, table_id }: FlowMod): void {
  if (!Object.hasOwn(FLOW_MOD_COMMANDS, command)) throw new EncodeError(`unknown command "${command}"`)
  w.u8(table_id)
  w.u8(FLOW_MOD_COMMANDS[command])
}

/** What follows the command in both forms of OpenFlow 1.0. */
const rest10 = struct({
  idle_timeout: optional(u16, 0),
  hard_timeout: optional(u16, 0),
  priority: u16,
  buffer_id: optional(u32, NO_BUFFER),
  out_port: optional(port16, PORTS.ANY),
  flags: rawFlowFlags,
})

const flowMod10: MessageLayout<FlowMod> = {
  write(w, mod, scope) {
    writeOfp10(w, mod)
    w.u64(mod.cookie ?? 0n)
    writeCommand(w, mod)
    rest10.write(w, mod, scope)
    encodeInstructions(w, mod.actions ?? [], OF10)
  },
  read: (r, scope) => readFlowMod10(r, scope, 'FLOW_MOD'),
  readMessage: readFlowMod10,
}

function readFlowMod10(r: Reader, scope: Scope, type: string): FlowMod {
  const { offset } = r
  const { match, raw_match } = readOfp10(r, true)
  const cookie = r.u64()
  const named = commandOf(r.u16(), offset)
  const whole = draft10(type, scope, named, rest10.read(r, scope))
  whole.match = match
  whole.cookie = cookie
  if (raw_match !== undefined) whole.raw_match = raw_match
  whole.actions = decodeInstructions(r, r.remaining, OF10, scope)
  checkWhole(whole, scope, offset)
  return whole
}

type Named = Pick<FlowMod, 'command' | 'table_id'>
type Rest10 = ReturnType<typeof rest10.read>

/** What both forms of OpenFlow 1.0 have alike, to be filled. */
function draft10(type: string, { version, xid }: Scope, { command, table_id }: Named, rest: Rest10): Draft & Headed {
  return {
    type,
    version,
    xid,
    cookie: 0n,
    table_id,
    command,
    idle_timeout: rest.idle_timeout ?? 0,
    hard_timeout: rest.hard_timeout ?? 0,
    priority: rest.priority,
    buffer_id: rest.buffer_id ?? NO_BUFFER,
    out_port: rest.out_port ?? PORTS.ANY,
    flags: rest.flags ?? none,
    match: none,
    actions: none,
  }
}

const NOT_SET = 0xffffffffffffffffn
/** The cookie that a flow-mod sets when it looks for one and says nothing of another. */
const defaultCookie = ({ command }: FlowMod): bigint =>
  command === 'modify' || command === 'modify_strict' ? NOT_SET : 0n

const NX_PAD = 6

const nxFlowMod: MessageLayout<FlowMod> = {
  write(w, mod, scope) {
    const { cookie = 0n, cookie_mask = 0n } = mod
    w.u64(cookie_mask === 0n ? cookie : (mod.new_cookie ?? defaultCookie(mod)))
    writeCommand(w, mod)
    rest10.write(w, mod, scope)
    const at = w.length
    w.zeros(2 + NX_PAD)
    w.patch16(at, writeNxMatch(w, mod))
    encodeInstructions(w, mod.actions ?? [], scope.version)
  },
  read: (r, scope) => readNxFlowMod(r, scope, 'FLOW_MOD'),
  readMessage: readNxFlowMod,
}

function readNxFlowMod(r: Reader, scope: Scope, type: string): FlowMod {
  const { offset } = r
  const cookie = r.u64()
  const both = r.u16()
  const rest = rest10.read(r, scope)
  const length = r.u16()
  r.skip(NX_PAD)
  const match = readNxMatch(r, length, true)
  const searches = (match.cookie_mask ?? 0n) !== 0n
  if (searches && (both & 0xff) === FLOW_MOD_COMMANDS.add) {
    throw new DecodeError('an added flow with a cookie mask', { offset, reply: 'NXBRC_NXM_INVALID' })
  }
  const whole = draft10(type, scope, commandOf(both, offset), rest)
  whole.cookie = searches ? (match.cookie ?? 0n) : cookie
  whole.cookie_mask = match.cookie_mask ?? 0n
  whole.match = match.match
  if (searches) whole.new_cookie = cookie
  if (match.raw_match !== undefined) whole.raw_match = match.raw_match
  whole.actions = decodeInstructions(r, r.remaining, scope.version, scope)
  checkWhole(whole, scope, offset)
  return whole
}

/** OFPT_FLOW_MOD and NXT_FLOW_MOD. */
export const flowMod = byForm<FlowMod>(
  { NXT_FLOW_MOD: nxFlowMod },
  byVersion<FlowMod>([OF10, flowMod10], [OF11, checked11]),
)
