import type { Action } from '../action/types.js'
import { TextError } from '../errors.js'
import { type Flow, FLOW_FLAGS, type FlowFlag } from '../flow/flow.js'
import { resolveActions } from '../flow/resolve.js'
import { parseActions } from './action-text.js'
import type { TextContext } from './context.js'
import { DEFAULT_PRIORITY } from './flow-format.js'
import { MatchText } from './match-parse.js'
import { parsePort } from './ports.js'
import { type KeyValue, parseU64, parseUint, scanKeyValues } from './scan.js'

/** Parts of a flow that a text may leave out, and which this one gives. */
export type FlowPart = 'table' | 'priority' | 'cookie' | 'actions'

/** A flow as text gives it, and what commands on flows ask for beside it. */
export interface ParsedFlow extends Flow {
  /** What the text says; the rest has its default: table 0, priority 32768, cookie 0, no actions. */
  readonly given: ReadonlySet<FlowPart>
  readonly cookie_mask?: bigint
  readonly out_port?: number
  readonly out_group?: number
}

type Draft = { -readonly [K in keyof ParsedFlow]: ParsedFlow[K] }

/** Statistics that dump-flows prints; a text copied from there may hold them. */
const IGNORED = new Set(['duration', 'n_packets', 'n_bytes', 'idle_age', 'hard_age', 'allow_hidden_fields'])

const isFlag = (key: string): key is FlowFlag => Object.hasOwn(FLOW_FLAGS, key)

interface Reading {
  readonly draft: Draft
  readonly given: Set<FlowPart>
  readonly flags: Set<FlowFlag>
  readonly ctx: TextContext
}

function takeCookie(to: Reading, value: string): void {
  const [bits = '', mask] = value.split('/')
  if (mask !== undefined) to.draft.cookie_mask = parseCookie(mask)
  to.draft.cookie = parseCookie(bits)
  to.given.add('cookie')
}

const parseCookie = (text: string): bigint => (text === '-1' ? 0xffffffffffffffffn : parseU64(text, 'cookie'))

const SETTERS: Readonly<Record<string, (to: Reading, value: string) => void>> = {
  table: (to, value) => {
    to.draft.table_id = to.ctx.tableNumber?.(value) ?? parseTable(value)
    to.given.add('table')
  },
  priority: (to, value) => {
    to.draft.priority = parseUint(value, 0xffff, 'priority')
    to.given.add('priority')
  },
  cookie: takeCookie,
  idle_timeout: (to, value) => {
    to.draft.idle_timeout = parseUint(value, 0xffff, 'idle_timeout')
  },
  hard_timeout: (to, value) => {
    to.draft.hard_timeout = parseUint(value, 0xffff, 'hard_timeout')
  },
  importance: (to, value) => {
    to.draft.importance = parseUint(value, 0xffff, 'importance')
  },
  out_port: (to, value) => {
    to.draft.out_port = parsePort(value, to.ctx, 'out_port')
  },
  out_group: (to, value) => {
    to.draft.out_group = parseUint(value, 0xffffffff, 'out_group')
  },
}

function parseTable(text: string): number {
  const table = /^(?:0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : -1
  if (table < 0 || table > 255) throw new TextError(`unknown table "${text}"`)
  return table
}

function takePair(to: Reading, match: MatchText, pair: KeyValue): void {
  const { key, value, delimiter } = pair
  if (isFlag(key) && delimiter === '') {
    to.flags.add(key)
    return
  }
  if (IGNORED.has(key)) return
  const setter = SETTERS[key]
  if (setter !== undefined) {
    if (delimiter === '') throw new TextError(`field ${key} missing value`)
    setter(to, value)
    return
  }
  if (!match.take(pair)) throw new TextError(`unknown keyword ${key}`)
}

const ACTIONS = /\bactions?=/

/** The part before `actions=`, and the actions; undefined where there is no such thing. */
function splitActions(text: string): readonly [fields: string, actions: string | undefined] {
  const found = ACTIONS.exec(text)
  if (found === null) return [text, undefined]
  return [text.slice(0, found.index), text.slice(found.index + found[0].length)]
}

/**
 * Parses a flow in ovs-ofctl's syntax, as add-flow takes it or, without actions, del-flows and dump-flows do.
 * @throws TextError
 */
export function parseFlow(text: string, ctx: TextContext = {}): ParsedFlow {
  const [fields, actionText] = splitActions(text)
  const given = new Set<FlowPart>()
  const draft: Draft = { table_id: 0, priority: DEFAULT_PRIORITY, cookie: 0n, match: [], actions: [], given }
  const to: Reading = { draft, given, flags: new Set(), ctx }
  const match = new MatchText(ctx)
  for (const pair of scanKeyValues(fields)) takePair(to, match, pair)
  draft.match = match.build()
  if (to.flags.size > 0) draft.flags = [...to.flags]
  if (actionText !== undefined) {
    const actions: Action[] = parseActions(actionText, ctx)
    draft.actions = resolveActions(actions, draft.match)
    given.add('actions')
  }
  return draft
}
