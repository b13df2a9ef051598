import type { Reader } from '../binary.js'
import { DecodeError } from '../errors.js'
import type { OfVersion } from '../version.js'
import { type DecodeEnv, NX, ONF } from './spec.js'
import { ACTION_TABLE, type ActionTable } from './table.js'
import type { Action, UnknownAction } from './types.js'
import { isRuled, verifyActions } from './verify.js'

export { encodeActions, encoderOf } from './encoder.js'

const EXPERIMENTER = 0xffff
/** Deeper nesting than any switch accepts; what a peer sends must not overflow our stack. */
const MAX_DEPTH = 1000

/** How what a library of this age does not know is read. */
export interface DecodeOptions {
  /**
   * As Open vSwitch does: what is not known is an error, as are actions for tests of switches. Otherwise it comes as
   * `unknown` and is written back as it came.
   */
  readonly strict?: boolean
}

/** Forms that ovs-vswitchd and ovs-ofctl refuse unless they are told to be a test's. */
const DEBUG_CODES: readonly number[] = [254, 255]

/** An action whose body has not been read yet. */
interface ActionHead {
  readonly offset: number
  readonly length: number
  /** Bytes before the body: of a standard action, of one of an unknown vendor, of an extension. */
  readonly head: 4 | 8 | 10
  readonly remaining: number
}

const UNKNOWN_REPLIES = { 4: 'OFPBAC_BAD_TYPE', 8: 'OFPBAC_BAD_VENDOR', 10: 'OFPBAC_BAD_VENDOR_TYPE' } as const

/** The actions between two offsets, if they are well formed. A list made so long has no spare places, as one that grows. */
export function countActions(r: Reader, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at += Math.max(8, r.u16At(at + 2))) count++
  return count
}

/** Reads actions of one version. */
export class ActionDecoder implements DecodeEnv {
  readonly version: OfVersion
  readonly strict: boolean
  readonly #table: ActionTable
  #depth = 0
  /** Actions read of which rules have something to say. */
  #ruled = 0

  constructor(version: OfVersion, options: DecodeOptions = {}, table: ActionTable = ACTION_TABLE) {
    this.version = version
    this.strict = options.strict ?? false
    this.#table = table
  }

  /** Before actions that are within no others; what was being read may have ended in an error. */
  begin(): void {
    this.#depth = 0
  }

  /** Actions within an action or instruction. What is wrong with an action set is found out by `check` alone. */
  actions(r: Reader, within: string): Action[] {
    if (++this.#depth > MAX_DEPTH) throw wrong('actions are nested too deep', r.offset, 'OFPBAC_TOO_MANY')
    const list = within === 'write_actions' ? this.#actionSet(r) : this.verified(r, false, within)
    this.#depth--
    return list
  }

  /** All that the reader has left, in the order and place where it may stand. */
  verified(r: Reader, instructions: boolean, within?: string): Action[] {
    const { offset, remaining } = r
    if (remaining % 8 !== 0) throw wrong(`${remaining} bytes of actions`, offset, 'OFPBRC_BAD_LEN')
    const ruled = this.#ruled
    const list = this.list(r)
    if (this.#ruled !== ruled || within === 'ct') this.verify(list, instructions, offset, within)
    return list
  }

  verify(list: readonly Action[], instructions: boolean, offset: number, within?: string): void {
    const breach = verifyActions(list, { version: this.version, instructions, table: this.#table, within })
    if (breach !== undefined) throw wrong(breach.message, offset, breach.reply)
  }

  /** Grows with each action read that may break rules of order and nesting. */
  get ruled(): number {
    return this.#ruled
  }

  #actionSet(r: Reader): Action[] {
    const offset = r.offset
    const list = this.list(r)
    for (const { type } of list) {
      const allowed = type === 'unknown' || this.#table.byType(type)?.inActionSet === true
      if (!allowed) throw wrong(`${type} in an action set`, offset, 'OFPBAC_BAD_TYPE')
    }
    return list
  }

  /** All that the reader has left. */
  list(r: Reader): Action[] {
    const list = new Array<Action>(countActions(r, r.offset, r.end))
    this.fill(r, list, 0)
    return list
  }

  /** The same, into `list` from `at` on; gives where it ends. `ruled` tells whether any of it needs `verify`. */
  fill(r: Reader, list: Action[], at: number): number {
    let next = at
    while (r.remaining > 0) list[next++] = this.#one(r)
    return next
  }

  #one(r: Reader): Action {
    const offset = r.offset
    const { remaining } = r
    if (remaining < 8) throw wrong('an action is cut short', offset, 'OFPBAC_BAD_LEN')
    const type = r.u16()
    const length = r.u16()
    let vendor = 0
    let code = type
    let head: ActionHead['head'] = 4
    if (type === EXPERIMENTER) {
      vendor = r.u32()
      head = 8
      if (vendor === NX || vendor === ONF) {
        if (remaining < 16) throw wrong('an extension is cut short', offset, 'OFPBAC_BAD_LEN')
        code = r.u16()
        head = 10
      }
    }
    const known = head === 8 ? undefined : this.#table.byWire(this.version, vendor, code)
    if (known === undefined) return this.#unknown(r, { offset, length, head, remaining })
    const { form } = known
    if (length > remaining || length < form.bytes || (length > form.bytes && !form.longer) || length % 8 !== 0) {
      throw wrong(`${form.name} of ${length} bytes`, offset, 'OFPBAC_BAD_LEN')
    }
    if (this.strict && vendor === NX && DEBUG_CODES.includes(code)) throw wrong(form.name, offset, UNKNOWN_REPLIES[head])
    const end = r.narrow(length - head)
    const action = form.decode(r, this)
    r.widen(end)
    if (known.mayBreakRules && isRuled(action)) this.#ruled++
    return action
  }

  #unknown(r: Reader, at: ActionHead): UnknownAction {
    const { offset, length, head, remaining } = at
    const reply = UNKNOWN_REPLIES[head]
    if (this.strict) throw wrong('an unknown action', offset, reply)
    if (length < head || length % 8 !== 0 || length > remaining) {
      throw wrong(`an unknown action of ${length} bytes`, offset, 'OFPBAC_BAD_LEN')
    }
    r.skip(length - head)
    return { type: 'unknown', of: 'action', reply, raw: r.copyFrom(offset) }
  }
}

const wrong = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

const decoders: (ActionDecoder | undefined)[][] = [[], []]

/** The decoder of all actions; there is one for each version, strict and not. */
export function decoderOf(version: OfVersion, { strict = false }: DecodeOptions): ActionDecoder {
  const ofMode = decoders[strict ? 1 : 0] ?? []
  const decoder = (ofMode[version] ??= new ActionDecoder(version, { strict }))
  decoder.begin()
  return decoder
}

/**
 * Reads `length` bytes of actions.
 * @throws DecodeError (OFPBAC_*)
 */
export function decodeActions(r: Reader, length: number, v: OfVersion, options: DecodeOptions = {}): Action[] {
  if (length > r.remaining) {
    throw wrong(`${length} bytes of actions, ${r.remaining} left`, r.offset, 'OFPBRC_BAD_LEN')
  }
  return decoderOf(v, options).verified(r.slice(length), false)
}
