import type { FormatEnv, ParseEnv } from '../action/spec.js'
import { ACTION_TABLE, type ActionTable } from '../action/table.js'
import type { Action } from '../action/types.js'
import { type VerifyPlace, verifyActions } from '../action/verify.js'
import { TextError } from '../errors.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import { OF11 } from '../version.js'
import { PORTS } from '../ports.js'
import type { TextContext } from './context.js'
import { portFromText } from './ports.js'
import { type KeyValue, scanKeyValues } from './scan.js'

/** OVS's own limit. */
const MAX_DEPTH = 100

/** What OVS keeps of actions in memory is bounded; most of them take as much as an output does. */
const MAX_KEPT_BYTES = 0xffff
const KEPT_BYTES = 16

/** A text of so many characters cannot say more than may be kept: an action takes two at least, a byte of data one. */
const SURELY_KEPT = MAX_KEPT_BYTES / KEPT_BYTES

/** The bytes that OVS keeps of a list, as far as what is in it is of any length. */
function keptBytes(list: readonly Action[]): number {
  let bytes = list.length * KEPT_BYTES
  for (const action of list) {
    if ('actions' in action) bytes += keptBytes(action.actions)
    else if (action.type === 'note') bytes += action.data.length
    else if (action.type === 'controller') bytes += action.userdata?.length ?? 0
  }
  return bytes
}

/** Actions as text gives them. */
export interface ParsedActions {
  readonly actions: Action[]
  /** Flow formats in which each of them can be sent. */
  readonly usable: Protocols
}

/** Reads actions and instructions in ovs-ofctl's syntax. */
export class ActionParser implements ParseEnv {
  readonly ctx: TextContext
  readonly #table: ActionTable
  #usable: Protocols = PROTOCOLS.ANY
  #depth = 0

  constructor(ctx: TextContext, table: ActionTable = ACTION_TABLE) {
    this.ctx = ctx
    this.#table = table
  }

  /** @throws TextError */
  parse(text: string, instructions: boolean): ParsedActions {
    const actions = this.#list(text, instructions)
    return { actions, usable: this.#usable }
  }

  actions(text: string, within: string): Action[] {
    // As in OVS, what clone holds alone decides; what stood before it is forgotten.
    const before = this.#usable
    if (within !== 'write_actions') this.#usable = PROTOCOLS.ANY
    const list = this.#list(text, false, within)
    if (within === 'ct') this.#usable &= before
    return list
  }

  #list(text: string, instructions: boolean, within?: string): Action[] {
    if (this.#depth >= MAX_DEPTH) throw new TextError('Action nested too deeply')
    this.#depth++
    const list: Action[] = []
    let drop = false
    for (const pair of scanKeyValues(text)) {
      // Mostly it is a known word as it stands.
      const keyword = this.#table.byKeyword(pair.key) === undefined ? pair.key.toLowerCase() : pair.key
      if (keyword === 'drop') drop = true
      else this.#one(pair, keyword, instructions, list)
    }
    if (text.length > SURELY_KEPT && keptBytes(list) > MAX_KEPT_BYTES) throw new TextError('input too big')
    if (drop && list.length > 0) {
      throw new TextError('"drop" must not be accompanied by any other action or instruction')
    }
    const place: VerifyPlace = { version: OF11, instructions, table: this.#table, ...(within !== undefined && { within }) }
    const breach = verifyActions(list, place)
    if (breach !== undefined) throw new TextError(breach.message)
    this.#depth--
    return list
  }

  #one(pair: KeyValue, keyword: string, instructions: boolean, list: Action[]): void {
    const spec = this.#table.byKeyword(keyword)
    if (spec !== undefined) {
      const parsed = spec.parse(pair.value, this, keyword)
      for (const action of isList(parsed) ? parsed : [parsed]) {
        this.#usable &= this.#table.byType(action.type)?.protocols?.(action) ?? PROTOCOLS.ANY
        // Where there are no instructions it can only be the action of OpenFlow 1.5.
        if (action.type === 'meter' && !instructions) this.#usable &= PROTOCOLS.OF15_UP
        list.push(action)
      }
      return
    }
    if (keyword === 'apply_actions') throw new TextError('apply_actions is the default instruction')
    if (keyword === 'unroll_xlate') {
      throw new TextError("UNROLL is an internal action that shouldn't be used via OpenFlow")
    }
    const port = portFromText(pair.key, this.ctx)
    if (port === undefined) throw new TextError(`unknown action ${pair.key}`)
    list.push(port === PORTS.CONTROLLER ? { type: 'output', port, max_len: 0 } : { type: 'output', port })
  }
}

const isList = (parsed: Action | readonly Action[]): parsed is readonly Action[] => Array.isArray(parsed)

/**
 * Parses actions and instructions in ovs-ofctl's syntax, without the `actions=` before them; `drop` is none at all.
 * @throws TextError
 */
export const parseActions = (text: string, ctx: TextContext = {}): Action[] => parseInstructionText(text, ctx).actions

/** The same, with the flow formats in which they can be sent. @throws TextError */
export const parseInstructionText = (text: string, ctx: TextContext = {}): ParsedActions =>
  new ActionParser(ctx).parse(text, true)

/** Parses actions where there are no instructions: packet-outs, buckets. @throws TextError */
export const parseActionText = (text: string, ctx: TextContext = {}): ParsedActions =>
  new ActionParser(ctx).parse(text, false)

/** Prints actions in ovs-ofctl's syntax. */
export class ActionFormatter implements FormatEnv {
  readonly ctx: TextContext
  readonly #table: ActionTable

  constructor(ctx: TextContext, table: ActionTable = ACTION_TABLE) {
    this.ctx = ctx
    this.#table = table
  }

  actions(list: readonly Action[]): string {
    let text = ''
    let separator = ''
    for (const action of list) {
      text += separator + this.#one(action)
      separator = ','
    }
    return text
  }

  #one(action: Action): string {
    if (action.type === 'unknown') return `unknown_${action.of}(${Buffer.from(action.raw).toString('hex')})`
    return this.#table.byType(action.type)?.format(action, this) ?? action.type
  }
}

const NO_NAMES: TextContext = {}
/** That of the last context: flows are mostly printed many in a row. */
let formatter = new ActionFormatter(NO_NAMES)

/** Actions as ovs-ofctl prints them, without the `actions=` before them. */
export function formatActions(a: readonly Action[], ctx: TextContext = NO_NAMES): string {
  if (a.length === 0) return 'drop'
  if (formatter.ctx !== ctx) formatter = new ActionFormatter(ctx)
  return formatter.actions(a)
}
