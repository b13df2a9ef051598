import type { Reader, Writer } from '../../binary.js'
import { decodeActions, encodeActions } from '../../action/codec.js'
import { decodeInstructions, encodeInstructions } from '../../action/instruction-codec.js'
import type { Action } from '../../action/types.js'
import { DecodeError, EncodeError } from '../../errors.js'
import type { Match } from '../../match/terms.js'
import { PORTS } from '../../ports.js'
import { type Layout, optional, pad, type Scope, u16, u32, u64, u8 } from '../layout.js'
import { flagSet, nameOrNumber } from '../names.js'
import { byForm } from '../versions.js'
import { readEntries } from '../entries.js'
import { readNxMatch, writeNxMatch } from '../nx-match.js'
import { struct } from '../struct.js'
import { FLOW_REMOVED_REASONS } from './flow-removed.js'
import { ALL_TABLES, ANY_GROUP, matchLayout, port16 } from './parts.js'
import { checkPort } from './port-number.js'

/** What a monitor is to tell, by the bits of OFPFMF_* that OVS takes. */
export const FLOW_MONITOR_FLAGS = { initial: 1, add: 2, delete: 4, modify: 8, actions: 16, own: 64 } as const
export type FlowMonitorFlag = keyof typeof FLOW_MONITOR_FLAGS

/** NXFMF_* */
const NX_FLAGS = { ...FLOW_MONITOR_FLAGS, own: 32 } as const
const CHANGES = ['add', 'delete', 'modify'] as const

export const FLOW_MONITOR_COMMANDS = { add: 0, modify: 1, delete: 2 } as const
export type FlowMonitorCommand = keyof typeof FLOW_MONITOR_COMMANDS

/** One monitor that is asked for. */
export interface FlowMonitorRequest {
  readonly id: number
  readonly flags: readonly FlowMonitorFlag[]
  readonly out_port?: number
  readonly out_group?: number
  readonly table_id?: number
  /** OpenFlow 1.4+. With `delete` the id alone counts. */
  readonly command?: FlowMonitorCommand | number
  readonly match: Match
  /** NXM: the match as it came, where `match` is written otherwise. */
  readonly raw_match?: Uint8Array
}

const BAD_FLAGS = 'OFPMOFC_BAD_FLAGS'

/** Stands for flags that have no meaning until they are checked. */
const UNKNOWN_FLAGS: readonly FlowMonitorFlag[] = Object.freeze([])

function rawMonitorFlags(table: Readonly<Record<FlowMonitorFlag, number>>): Layout<readonly FlowMonitorFlag[]> {
  const set = flagSet(u16, table, BAD_FLAGS)
  const known = Object.values(table).reduce((all, bit) => all | bit, 0)
  return {
    write: (w, flags, scope) => { set.write(w, flags, scope) },
    read(r, scope) {
      if ((r.peek16() & ~known) === 0) return set.read(r, scope)
      r.skip(2)
      return UNKNOWN_FLAGS
    },
  }
}

/** One flag at least must say of what the monitor is to tell. */
function checkFlags(flags: readonly FlowMonitorFlag[], offset: number): void {
  if (CHANGES.some((change) => flags.includes(change))) return
  throw new DecodeError('a monitor of nothing, or of what is not known', { offset, reply: BAD_FLAGS })
}

const head14 = struct({
  id: u32,
  out_port: optional(u32, PORTS.ANY),
  out_group: optional(u32, ANY_GROUP),
  flags: rawMonitorFlags(FLOW_MONITOR_FLAGS),
  table_id: optional(u8, ALL_TABLES),
  command: optional(nameOrNumber(u8, FLOW_MONITOR_COMMANDS), 'add'),
})

/** To end a monitor its id is enough; what else there is may be anything. */
const request14: Layout<FlowMonitorRequest> = {
  write(w, request, scope) {
    head14.write(w, request, scope)
    matchLayout.write(w, request.match, scope)
  },
  read(r, scope) {
    const { offset } = r
    const head = head14.read(r, scope)
    if (head.command !== 'delete') {
      checkFlags(head.flags, offset)
      checkPort(head.out_port ?? PORTS.ANY, offset)
    }
    return { ...head, match: matchLayout.read(r, scope) }
  },
}

/** Bytes that must be zero. */
const zeros = (count: number) => ({
  hidden: true as const,
  write(w: Writer): void {
    w.zeros(count)
  },
  read(r: Reader): undefined {
    const { offset } = r
    if (!r.bytes(count).every((byte) => byte === 0)) {
      throw new DecodeError('bytes that are not zero', { offset, reply: 'NXBRC_MUST_BE_ZERO' })
    }
    return undefined
  },
})

const nxFlags = rawMonitorFlags(NX_FLAGS)

/** Both extensions' forms: `port` and what follows it differ, and whether the match is NXM. */
function extended(port: Layout<number>, isNxm: boolean): Layout<FlowMonitorRequest> {
  const tail = struct({ table_id: optional(u8, ALL_TABLES), _1: zeros(isNxm ? 5 : 3) })
  return {
    write(w, request, scope) {
      w.u32(request.id)
      nxFlags.write(w, request.flags, scope)
      if (isNxm) port.write(w, request.out_port ?? PORTS.ANY, scope)
      const at = w.length
      w.u16(0)
      if (!isNxm) port.write(w, request.out_port ?? PORTS.ANY, scope)
      tail.write(w, request, scope)
      w.patch16(at, isNxm ? writeNxMatch(w, request) : writeOxm(w, request.match, scope))
    },
    read(r, scope) {
      const { offset } = r
      const id = r.u32()
      const flags = nxFlags.read(r, scope)
      checkFlags(flags, offset)
      const before = isNxm ? port.read(r, scope) : PORTS.ANY
      const length = r.u16()
      const out_port = isNxm ? before : port.read(r, scope)
      const rest = { id, flags, out_port, ...tail.read(r, scope) }
      checkPort(out_port, offset)
      return isNxm ? { ...rest, ...readNxMatch(r, length) } : { ...rest, match: matchLayout.read(r, scope) }
    },
  }
}

const OXM_HEADER = 4

/** Writes an OXM match; returns its length without padding, which stands in it. */
function writeOxm(w: Writer, match: Match, scope: Scope): number {
  const start = w.length
  matchLayout.write(w, match, scope)
  return w.u16At(start + OXM_HEADER - 2)
}

/** One monitor of a request of OFPMP_FLOW_MONITOR or NXST_FLOW_MONITOR. */
const flowMonitorRequest = byForm<FlowMonitorRequest>(
  {
    'NXST_FLOW_MONITOR request': extended(port16, true),
    'ONFST_FLOW_MONITOR request': extended(u32, false),
  },
  request14,
)

export const FLOW_UPDATE_EVENTS = {
  initial: 0,
  added: 1,
  deleted: 2,
  modified: 3,
  abbrev: 4,
  paused: 5,
  resumed: 6,
} as const
export type FlowUpdateEvent = keyof typeof FLOW_UPDATE_EVENTS

/** Events of the extensions, by number. */
const NX_EVENTS: readonly FlowUpdateEvent[] = ['added', 'deleted', 'modified', 'abbrev']
const EVENTS = Object.keys(FLOW_UPDATE_EVENTS) as FlowUpdateEvent[]

/** What happened to a flow; without match and so on for those events that are not about one. */
export interface FlowUpdate {
  readonly event: FlowUpdateEvent
  /** abbrev: which of the controller's own messages did it. */
  readonly xid?: number
  readonly reason?: keyof typeof FLOW_REMOVED_REASONS | number
  readonly table_id?: number
  readonly priority?: number
  readonly idle_timeout?: number
  readonly hard_timeout?: number
  readonly cookie?: bigint
  readonly match?: Match
  readonly actions?: readonly Action[]
  readonly raw_match?: Uint8Array
}

const reason8 = optional(nameOrNumber(u8, FLOW_REMOVED_REASONS), 'idle')
const reason16 = optional(nameOrNumber(u16, FLOW_REMOVED_REASONS), 'idle')
const timeouts = { idle_timeout: optional(u16, 0), hard_timeout: optional(u16, 0) } as const

const full14 = struct({
  table_id: optional(u8, 0),
  reason: reason8,
  ...timeouts,
  priority: optional(u16, 0),
  _1: pad(4),
  cookie: optional(u64, 0n),
  match: optional(matchLayout, []),
})
const nxFullHead = struct({ reason: reason16, priority: optional(u16, 0), ...timeouts })
const nxFullTail = struct({ table_id: optional(u8, 0), _1: pad(1), cookie: optional(u64, 0n) })

/** Which events there are, and how those that are about a flow go on after the event's number. */
interface UpdateForm {
  readonly events: readonly FlowUpdateEvent[]
  readonly writeFull: (w: Writer, update: FlowUpdate, scope: Scope) => void
  readonly readFull: (r: Reader, scope: Scope) => Omit<FlowUpdate, 'event'>
}

const standardUpdate: UpdateForm = {
  events: EVENTS,
  writeFull(w, update, scope) {
    full14.write(w, update, scope)
    encodeInstructions(w, update.actions ?? [], scope.version)
  },
  readFull(r, scope) {
    const full = full14.read(r, scope)
    return { ...full, actions: decodeInstructions(r, r.remaining, scope.version, scope) }
  },
}

const extendedUpdate = (isNxm: boolean): UpdateForm => ({
  events: NX_EVENTS,
  writeFull(w, update, scope) {
    nxFullHead.write(w, update, scope)
    const at = w.length
    w.u16(0)
    nxFullTail.write(w, update, scope)
    const { match = [] } = update
    w.patch16(at, isNxm ? writeNxMatch(w, rawOf(update)) : writeOxm(w, match, scope))
    if (isNxm) encodeActions(w, update.actions ?? [], scope.version)
    else encodeInstructions(w, update.actions ?? [], scope.version)
  },
  readFull(r, scope) {
    const head = nxFullHead.read(r, scope)
    const { offset } = r
    const length = r.u16()
    const rest = { ...head, ...nxFullTail.read(r, scope) }
    if (length > r.remaining) throw new DecodeError(`match of ${length} bytes`, { offset, reply: 'OFPBRC_BAD_LEN' })
    if (isNxm) {
      const match = readNxMatch(r, length)
      return { ...rest, ...match, actions: decodeActions(r, r.remaining, scope.version, scope) }
    }
    const match = matchLayout.read(r, scope)
    return { ...rest, match, actions: decodeInstructions(r, r.remaining, scope.version, scope) }
  },
})

const rawOf = ({ match = [], raw_match }: FlowUpdate): { match: Match; raw_match?: Uint8Array } => ({
  match,
  ...(raw_match && { raw_match }),
})

const UPDATE_HEADER = 4
const SHORT_BODY = 4
const isShort = (event: FlowUpdateEvent): boolean => event === 'abbrev' || event === 'paused' || event === 'resumed'

function updateLayout(form: UpdateForm): Layout<FlowUpdate> {
  return {
    write(w, update, scope) {
      const number = form.events.indexOf(update.event)
      if (number < 0) throw new EncodeError(`no event is called "${update.event}"`)
      const start = w.length
      w.u16(0)
      w.u16(number)
      if (isShort(update.event)) w.u32(update.event === 'abbrev' ? (update.xid ?? 0) : 0)
      else form.writeFull(w, update, scope)
      w.patch16(start, w.length - start)
    },
    read(r, scope) {
      const { offset } = r
      const bad = (length: number): DecodeError =>
        new DecodeError(`an update of ${length} bytes`, { offset, reply: 'OFPBRC_BAD_LEN' })
      if (r.remaining < UPDATE_HEADER) throw bad(r.remaining)
      const length = r.u16()
      const event = form.events[r.u16()]
      if (length < UPDATE_HEADER || length - UPDATE_HEADER > r.remaining || length % 8 !== 0) throw bad(length)
      if (event === undefined) throw new DecodeError('an unknown event', { offset, reply: 'NXBRC_FM_BAD_EVENT' })
      const body = r.slice(length - UPDATE_HEADER)
      if (!isShort(event)) return { event, ...form.readFull(body, scope) }
      if (body.remaining !== SHORT_BODY) throw bad(length)
      const xid = body.u32()
      return event === 'abbrev' ? { event, xid } : { event }
    },
  }
}

/** One entry of a reply to OFPMP_FLOW_MONITOR or NXST_FLOW_MONITOR. */
export const flowUpdate = byForm<FlowUpdate>(
  {
    'NXST_FLOW_MONITOR reply': updateLayout(extendedUpdate(true)),
    'ONFST_FLOW_MONITOR reply': updateLayout(extendedUpdate(false)),
  },
  updateLayout(standardUpdate),
)

/** A request of monitors: any number of them. */
export const flowMonitorRequests: Layout<{ readonly monitors: readonly FlowMonitorRequest[] }> = {
  write(w, { monitors }, scope) {
    for (const monitor of monitors) flowMonitorRequest.write(w, monitor, scope)
  },
  read: (r, scope) => readEntries(flowMonitorRequest, r, scope, (monitors) => ({ monitors })),
}

/** NXT_FLOW_MONITOR_CANCEL, ONFT_FLOW_MONITOR_CANCEL. */
export const flowMonitorCancel = struct({ id: u32 })
