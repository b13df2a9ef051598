import { checkActions } from '../action/check.js'
import { TextError } from '../errors.js'
import { type Flow, FLOW_FLAGS, type FlowFlag } from '../flow/flow.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import { parseInstructionText } from './action-text.js'
import type { TextContext } from './context.js'
import { DEFAULT_PRIORITY } from './flow-format.js'
import { MatchText } from './match-parse.js'
import { strToU16, strToU64 } from './numbers.js'
import { portFromText } from './ports.js'
import { type KeyValue, scanKeyValues, smallDecimal } from './scan.js'

/** Parts of a flow that a text may leave out, and which this one gives. */
export type FlowPart = 'table' | 'priority' | 'cookie' | 'actions'

/** What a text of a flow is for: a flow-mod's command, a request for flows (`list`), or just a flow. */
export type FlowUse = 'add' | 'modify' | 'modify_strict' | 'delete' | 'delete_strict' | 'list' | 'flow'

/** A flow as text gives it, and what commands on flows ask for beside it. */
export interface ParsedFlow extends Flow {
  /** What the text says; the rest has its default: table 0, priority 32768, cookie 0, no actions. */
  readonly given: ReadonlySet<FlowPart>
  /** With it, `cookie` is one to look for. */
  readonly cookie_mask?: bigint
  /** The cookie to be set, in a text that both looks for one and sets one. */
  readonly new_cookie?: bigint
  readonly out_port?: number
  readonly out_group?: number
  /** The flow formats that can carry all that the text says. */
  readonly usable: Protocols
}

type Draft = { -readonly [K in keyof ParsedFlow]: ParsedFlow[K] }
type Part = 'actions' | 'timeouts' | 'priority' | 'flags' | 'importance' | 'out'

/** What the text of a flow may say for each use of it, beside a match, a table and a cookie. */
const ALLOWED: Readonly<Record<FlowUse, readonly Part[]>> = {
  add: ['actions', 'timeouts', 'priority', 'flags', 'importance'],
  modify: ['actions', 'timeouts', 'priority', 'flags'],
  modify_strict: ['actions', 'timeouts', 'priority', 'flags'],
  delete: ['out'],
  delete_strict: ['out', 'priority'],
  list: ['out'],
  flow: ['timeouts', 'priority', 'flags', 'importance', 'out'],
}

/** Flow formats that know a flag, where these are not all. */
const FLAG_PROTOCOLS: Readonly<Partial<Record<FlowFlag, Protocols>>> = {
  reset_counts: PROTOCOLS.OF12_UP,
  no_packet_counts: PROTOCOLS.OF13_UP,
  no_byte_counts: PROTOCOLS.OF13_UP,
}

const ALL_TABLES = 0xff
const ALL_GROUPS = 0xfffffffc
const ANY_GROUP = 0xffffffff

/** Words without a meaning, and statistics that dump-flows prints: a text copied from there may hold them. */
const IGNORED_WORDS = new Set(['no_readonly_table', 'allow_hidden_fields'])
const IGNORED = new Set(['duration', 'n_packets', 'n_bytes', 'idle_age', 'hard_age'])

const FLAGS: ReadonlySet<string> = new Set(Object.keys(FLOW_FLAGS))
const isFlag = (key: string): key is FlowFlag => FLAGS.has(key)

const GIVEN = { table: 1, priority: 2, cookie: 4, actions: 8 } as const satisfies Record<FlowPart, number>
const PARTS = Object.keys(GIVEN) as FlowPart[]
/** The sets of parts, by their bits. */
const GIVEN_SETS: readonly ReadonlySet<FlowPart>[] = Array.from(
  { length: 16 },
  (_, bits) => new Set(PARTS.filter((part) => (bits & GIVEN[part]) !== 0)),
)
const NOTHING_GIVEN: ReadonlySet<FlowPart> = new Set()

interface Reading {
  readonly use: FlowUse
  readonly draft: Draft
  /** Bits of GIVEN. */
  given: number
  flags: FlowFlag[] | undefined
  readonly ctx: TextContext
}

function takeTable(to: Reading, value: string): void {
  const table = tableNumber(value) ?? to.ctx.tableNumber?.(value)
  if (table === undefined) throw new TextError(`unknown table "${value}"`)
  to.draft.table_id = table
  if (table !== ALL_TABLES) to.draft.usable &= PROTOCOLS.TID
  to.given |= GIVEN.table
}

/** Numbers of tables are decimal only. */
function tableNumber(text: string): number | undefined {
  const small = smallDecimal(text)
  if (small >= 0) return small <= ALL_TABLES ? small : undefined
  if (!/^[ \t]*\+?[0-9]+$/.test(text)) return undefined
  const table = Number(text)
  return table <= ALL_TABLES ? table : undefined
}

/** `all`, `any` and numbers that a group can have. */
function groupNumber(text: string): number | undefined {
  const name = text.toLowerCase()
  if (name === 'all') return ALL_GROUPS
  if (name === 'any') return ANY_GROUP
  return /^[ \t]*\+?(?:0x[0-9a-f]+|\d+)$/i.test(text) && Number(text) <= ANY_GROUP ? Number(text) : undefined
}

function takeOutPort(to: Reading, value: string): void {
  const port = portFromText(value, to.ctx)
  if (port === undefined) throw new TextError(`${value} is not a valid OpenFlow port`)
  to.draft.out_port = port
}

function takeOutGroup(to: Reading, value: string): void {
  to.draft.usable &= PROTOCOLS.OF11_UP
  const group = groupNumber(value)
  if (group === undefined) throw new TextError(`${value} is not a valid OpenFlow group`)
  to.draft.out_group = group
}

/** With a mask a cookie is one to look for, else one to be set. */
function takeCookie(to: Reading, value: string): void {
  const { draft, use } = to
  const slash = value.indexOf('/')
  to.given |= GIVEN.cookie
  if (slash >= 0) {
    if (use === 'add') throw new TextError('flow additions cannot use a cookie mask')
    if (draft.cookie_mask === undefined && draft.cookie !== 0n) draft.new_cookie = draft.cookie
    draft.cookie = strToU64(value.slice(0, slash))
    draft.cookie_mask = strToU64(value.slice(slash + 1))
    if (draft.cookie_mask !== 0n) draft.usable &= PROTOCOLS.NXM_OF11_UP
    return
  }
  if (use === 'list' || use === 'delete' || use === 'delete_strict') {
    throw new TextError(`cannot set cookie (to match on a cookie, specify a mask, e.g. cookie=${value}/-1)`)
  }
  const cookie = strToU64(value)
  if (draft.cookie_mask === undefined) draft.cookie = cookie
  else draft.new_cookie = cookie
}

type Setter = (to: Reading, value: string) => void

const SETTERS = new Map<string, { readonly part?: Part; readonly set: Setter }>(Object.entries({
  table: { set: takeTable },
  out_port: { part: 'out', set: takeOutPort },
  out_group: { part: 'out', set: takeOutGroup },
  priority: {
    part: 'priority',
    set(to, value) {
      to.draft.priority = strToU16(value, 'priority')
      to.given |= GIVEN.priority
    },
  },
  idle_timeout: {
    part: 'timeouts',
    set(to, value) {
      to.draft.idle_timeout = strToU16(value, 'idle_timeout')
    },
  },
  hard_timeout: {
    part: 'timeouts',
    set(to, value) {
      to.draft.hard_timeout = strToU16(value, 'hard_timeout')
    },
  },
  importance: {
    part: 'importance',
    set(to, value) {
      to.draft.importance = strToU16(value, 'importance')
    },
  },
  cookie: { set: takeCookie },
} satisfies Record<string, { readonly part?: Part; readonly set: Setter }>))

/** Most words are of the match, no word of which means anything else. */
function takePair(to: Reading, match: MatchText, pair: KeyValue): void {
  if (!match.take(pair)) takeWord(to, pair)
}

function takeWord(to: Reading, { key, value }: KeyValue): void {
  const allowed = ALLOWED[to.use]
  if (isFlag(key) && allowed.includes('flags')) {
    to.flags ??= []
    if (!to.flags.includes(key)) to.flags.push(key)
    to.draft.usable &= FLAG_PROTOCOLS[key] ?? PROTOCOLS.ANY
    return
  }
  if (IGNORED_WORDS.has(key)) return
  if (value === '') throw new TextError(`field ${key} missing value`)
  const entry = SETTERS.get(key)
  if (entry !== undefined && (entry.part === undefined || allowed.includes(entry.part))) entry.set(to, value)
  else if (!IGNORED.has(key)) throw new TextError(`unknown keyword ${key}`)
}

/** The part before the word `action`, and what follows the next equals sign; undefined where there is no such thing. */
export function splitActions(text: string): readonly [fields: string, actions: string | undefined] {
  const at = indexOfAction(text)
  if (at < 0) return [text, undefined]
  const equals = text.indexOf('=', at)
  return [text.slice(0, at), equals < 0 ? undefined : text.slice(equals + 1)]
}

const A = 97
const C = 99

/** As `indexOf('action')`, which to call takes longer than to look. */
function indexOfAction(text: string): number {
  const last = text.length - 'action'.length
  for (let i = 0; i <= last; i++) {
    if (text.charCodeAt(i) === A && text.charCodeAt(i + 1) === C && text.startsWith('action', i)) return i
  }
  return -1
}

function takeActions({ draft, given, ctx }: Reading, text: string): void {
  const parsed = parseInstructionText(text, ctx)
  const table_id = (given & GIVEN.table) === 0 ? ALL_TABLES : draft.table_id
  const checked = checkActions(parsed.actions, draft.match, { table_id })
  draft.usable &= parsed.usable & checked.usable
  draft.actions = checked.actions
  const error = checked.error ?? (draft.usable === PROTOCOLS.NONE ? 'OFPBAC_MATCH_INCONSISTENT' : undefined)
  if (error !== undefined) throw new TextError(`actions are invalid with specified match (${error})`)
}

/**
 * Parses what ovs-ofctl takes as a flow for one of its commands.
 * @throws TextError, also on words that the command does not allow
 */
export function parseFlowFor(use: FlowUse, text: string, ctx: TextContext = {}): ParsedFlow {
  const takesActions = use === 'flow' || ALLOWED[use].includes('actions')
  const [fields, actions] = takesActions ? splitActions(text) : [text, undefined]
  if (actions === undefined && ALLOWED[use].includes('actions')) throw new TextError('must specify an action')
  const draft: Draft = {
    table_id: 0,
    priority: DEFAULT_PRIORITY,
    cookie: 0n,
    match: [],
    actions: [],
    given: NOTHING_GIVEN,
    usable: PROTOCOLS.ANY,
  }
  const to: Reading = { use, draft, given: 0, flags: undefined, ctx }
  const match = new MatchText(ctx)
  for (const pair of scanKeyValues(fields)) takePair(to, match, pair)
  draft.match = match.build()
  draft.usable &= match.usable
  if (to.flags !== undefined) draft.flags = to.flags
  if (actions !== undefined) {
    takeActions(to, actions)
    to.given |= GIVEN.actions
  }
  draft.given = GIVEN_SETS[to.given] ?? NOTHING_GIVEN
  return draft
}

/**
 * Parses a flow in ovs-ofctl's syntax, as add-flow takes it or, without actions, del-flows and dump-flows do.
 * @throws TextError
 */
export const parseFlow = (text: string, ctx: TextContext = {}): ParsedFlow => parseFlowFor('flow', text, ctx)
