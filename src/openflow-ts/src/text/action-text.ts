import type { FormatEnv, ParseEnv } from '../action/spec.js'
import { specByKeyword, specByType } from '../action/table.js'
import type { Action, ActionType } from '../action/types.js'
import { TextError } from '../errors.js'
import type { FieldName } from '../spec/fields.js'
import { fieldInfo } from '../spec/registry.js'
import type { TextContext } from './context.js'
import { portFromText } from './ports.js'
import { type KeyValue, scanKeyValues } from './scan.js'

/** Instructions in the order in which they must stand in text. */
const INSTRUCTION_ORDER: readonly ActionType[] = ['clear_actions', 'write_actions', 'write_metadata', 'goto_table']
const isInstruction = (type: ActionType): boolean => type === 'meter' || INSTRUCTION_ORDER.includes(type)

/** Deeper nesting than any switch accepts. */
const MAX_DEPTH = 32

class Parser implements ParseEnv {
  readonly ctx: TextContext
  #depth = 0

  constructor(ctx: TextContext) {
    this.ctx = ctx
  }

  actions(text: string, within: ActionType): Action[] {
    if (++this.#depth > MAX_DEPTH) throw new TextError('actions are nested too deep')
    const list = this.list(text)
    this.#depth--
    for (const action of list) {
      if (isInstruction(action.type) && action.type !== 'meter') {
        throw new TextError(`${action.type} is an instruction and cannot stand in ${within}`)
      }
    }
    checkCtFields(list, within === 'ct')
    return list
  }

  list(text: string): Action[] {
    const list: Action[] = []
    let dropped = false
    const pairs = scanKeyValues(text)
    for (const pair of pairs) {
      if (pair.key.toLowerCase() === 'drop' && pair.value === '') dropped = true
      else this.#one(pair, list)
    }
    if (dropped && pairs.length > 1) {
      throw new TextError('"drop" must not be accompanied by any other action or instruction')
    }
    return list
  }

  #one(pair: KeyValue, list: Action[]): void {
    const keyword = pair.key.toLowerCase()
    const spec = specByKeyword(keyword)
    if (spec !== undefined) {
      const parsed = spec.parse(pair.value, this, keyword)
      if (isList(parsed)) list.push(...parsed)
      else list.push(parsed)
      return
    }
    const port = pair.delimiter === '' ? portFromText(pair.key, this.ctx) : undefined
    if (port === undefined) throw new TextError(`unknown action ${pair.key}`)
    list.push({ type: 'output', port })
  }
}

const isList = (parsed: Action | readonly Action[]): parsed is readonly Action[] => Array.isArray(parsed)

const CT_FIELDS: readonly FieldName[] = ['ct_mark', 'ct_label']

/** The field that an action sets, as far as connection tracking cares. */
function fieldSet(action: Action): FieldName | undefined {
  if (action.type === 'set_field') return action.field
  return action.type === 'load' || action.type === 'move' ? action.dst.field : undefined
}

/** Only within ct(exec(...)) do ct_mark and ct_label change, and nothing else does. */
function checkCtFields(list: readonly Action[], withinCt: boolean): void {
  for (const action of list) {
    const field = fieldSet(action)
    const isCtField = field !== undefined && CT_FIELDS.includes(field)
    if (isCtField && !withinCt) throw new TextError('cannot set CT fields outside of ct action')
    if (!withinCt || isCtField) continue
    const what = field === undefined ? `action ${action.type}` : `modification of ${fieldInfo(field).printName}`
    throw new TextError(`ct action doesn't support nested ${what}`)
  }
}

function checkOrder(list: readonly Action[]): void {
  let last = -1
  for (const { type } of list) {
    if (type === 'nat') throw new TextError('unknown action nat')
    const own = INSTRUCTION_ORDER.indexOf(type)
    if (own === last && own >= 0) {
      throw new TextError(`duplicate ${type} instruction not allowed, for OpenFlow 1.1+ compatibility`)
    }
    if (own < last) {
      const before = own < 0 ? 'apply_actions' : type
      const after = INSTRUCTION_ORDER[last] ?? ''
      throw new TextError(
        `invalid instruction ordering: ${before} must appear before ${after}, for OpenFlow 1.1+ compatibility`,
      )
    }
    last = own
  }
}

/**
 * Parses actions and instructions in ovs-ofctl's syntax, without the `actions=` before them; `drop` is none at all.
 * @throws TextError
 */
export function parseActions(text: string, ctx: TextContext = {}): Action[] {
  const list = new Parser(ctx).list(text)
  checkOrder(list)
  checkCtFields(list, false)
  return list
}

class Formatter implements FormatEnv {
  readonly ctx: TextContext

  constructor(ctx: TextContext) {
    this.ctx = ctx
  }

  actions(list: readonly Action[]): string {
    return list.map((action) => this.#one(action)).join(',')
  }

  #one(action: Action): string {
    if (action.type === 'unknown') return `unknown_${action.of}(${Buffer.from(action.raw).toString('hex')})`
    return specByType(action.type)?.format(action, this) ?? action.type
  }
}

/** Actions as ovs-ofctl prints them, without the `actions=` before them. */
export function formatActions(a: readonly Action[], ctx: TextContext = {}): string {
  return a.length === 0 ? 'drop' : new Formatter(ctx).actions(a)
}
