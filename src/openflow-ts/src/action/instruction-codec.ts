import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { OF10, OF13, VERSION_NAMES, type OfVersion } from '../version.js'
import { type ActionDecoder, countActions, type DecodeOptions, decoderOf } from './codec.js'
import { type ActionEncoder, APPLY_RANK, type Encoding, encoderOfVersion } from './encoder.js'
import { INSTRUCTIONS } from './spec.js'
import { ACTION_TABLE } from './table.js'
import type { Action, ActionType } from './types.js'

const OFPIT_APPLY_ACTIONS = 4
const OFPIT_METER = 6
const OFPIT_EXPERIMENTER = 0xffff
/** An unknown instruction stands before goto_table. */
const UNKNOWN_RANK = INSTRUCTIONS.length - 1.5

/** Place of an entry among the instructions. */
function rank(action: Action, encoding: Encoding | undefined): number {
  if (action.type === 'unknown' && action.of === 'instruction') return UNKNOWN_RANK
  return encoding?.rank ?? APPLY_RANK
}

function beginApply(w: Writer): number {
  const start = w.length
  w.u32(OFPIT_APPLY_ACTIONS * 0x10000)
  w.u32(0)
  return start
}

/** Writes the length of what begins at `start`. */
function patchLength(w: Writer, start: number): void {
  const length = w.length - start
  if (length > 0xffff) throw new EncodeError(`an instruction is ${length} bytes long`)
  w.patch16(start + 2, length)
}

function writeInstruction(w: Writer, action: Action, encoding: Encoding | undefined, encoder: ActionEncoder): void {
  if (action.type === 'unknown') {
    w.bytes(action.raw)
    return
  }
  const { version } = encoder
  const form = encoding?.instruction
  if (form === undefined || version < form.since || version > form.until) {
    throw new EncodeError(`${action.type} cannot be sent in ${VERSION_NAMES[version]}`)
  }
  if (form.isEmpty?.(action, version) === true) return
  const start = w.length
  w.u32(form.type * 0x10000)
  form.encode(w, action, encoder)
  patchLength(w, start)
}

/** Ranks never fall: the entries already stand in the order of execution. */
function isOrdered(actions: readonly Action[], encoder: ActionEncoder): boolean {
  let last = 0
  let type: ActionType | undefined
  for (const action of actions) {
    // Mostly one type comes several times.
    if (action.type === type && type !== 'unknown') continue
    type = action.type
    const own = rank(action, encoder.encodingOf(type))
    if (own < last) return false
    last = own
  }
  return true
}

function byRank(list: readonly Action[], encoder: ActionEncoder): Action[] {
  const rankOf = (action: Action): number => rank(action, encoder.encodingOf(action.type))
  return [...list].sort((x, y) => rankOf(x) - rankOf(y))
}

/**
 * Writes instructions, in the order of their execution: meter, apply-actions with all that is no instruction,
 * clear_actions, write_actions, write_metadata, goto_table. For OpenFlow 1.0, which has none, the actions alone.
 * @throws EncodeError when the version cannot express an entry, or an instruction stands there twice
 */
export function encodeInstructions(w: Writer, a: readonly Action[], v: OfVersion): void {
  const encoder = encoderOfVersion(v)
  if (encoder === undefined) return
  if (v === OF10) {
    encoder.actions(w, a)
    return
  }
  let last = -1
  let type: ActionType | undefined
  let encoding: Encoding | undefined
  /** Where the apply_actions begins that is being written. */
  let apply = -1
  for (const action of isOrdered(a, encoder) ? a : byRank(a, encoder)) {
    if (action.type !== type) encoding = encoder.encodingOf((type = action.type))
    const own = rank(action, encoding)
    if (own === APPLY_RANK) {
      if (apply < 0) apply = beginApply(w)
      encoder.action(w, action, encoding)
    } else {
      if (apply >= 0) patchLength(w, apply)
      apply = -1
      if (own === last && action.type !== 'unknown') throw new EncodeError(`${action.type} stands there twice`)
      writeInstruction(w, action, encoding, encoder)
    }
    last = own
  }
  if (apply >= 0) patchLength(w, apply)
}

const wrong = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

/** An instruction as it stands in the message, its length checked. */
interface Received {
  readonly type: number
  readonly offset: number
  readonly body: Reader
}

/** Splits instructions; unknown ones go to `unknown`. @throws DecodeError (OFPBIC_*) */
function split(all: Reader, version: OfVersion, strict: boolean, unknown: Action[]): Received[] {
  const found: Received[] = []
  while (all.remaining > 0) {
    const offset = all.offset
    const type = all.u16()
    const size = all.u16()
    if (size < 8 || size % 8 !== 0 || size - 4 > all.remaining) {
      throw wrong(`instruction ${type} of ${size} bytes`, offset, 'OFPBIC_BAD_LEN')
    }
    const body = all.slice(size - 4)
    const form = ACTION_TABLE.instruction(version, type)
    // The length of a meter is looked at before it is found that OpenFlow 1.5 has no such instruction.
    const shape = form ?? ACTION_TABLE.instruction(OF13, type)
    if (shape !== undefined && (size < shape.bytes || (size > shape.bytes && !shape.longer))) {
      throw wrong(`instruction ${type} of ${size} bytes`, offset, 'OFPBIC_BAD_LEN')
    }
    if (form === undefined && type !== OFPIT_APPLY_ACTIONS) {
      const reply = type === OFPIT_EXPERIMENTER ? 'OFPBIC_BAD_EXPERIMENTER' : 'OFPBIC_UNKNOWN_INST'
      if (strict) throw wrong(`instruction ${type}`, offset, reply)
      unknown.push({ type: 'unknown', of: 'instruction', reply, raw: all.copyFrom(offset) })
      continue
    }
    if (ofType(found, type) !== undefined) {
      throw wrong(`instruction ${type} stands there twice`, offset, 'OFPBIC_DUP_INST')
    }
    found.push({ type, offset, body })
  }
  return found
}

function ofType(received: readonly Received[], type: number): Received | undefined {
  for (const one of received) if (one.type === type) return one
  return undefined
}

/** The order in which OVS looks into instructions. */
const READ_ORDER: readonly number[] = [OFPIT_METER, OFPIT_APPLY_ACTIONS, 5, 3, 2, 1]

/** Their places in that order, by type. */
const READ_PLACES = Array.from({ length: OFPIT_METER + 1 }, (_, type) => READ_ORDER.indexOf(type))

/**
 * The entries that `length` bytes of instructions make, where these are known, well formed and stand in that order, as
 * they are mostly sent; -1 otherwise.
 */
function countInOrder(r: Reader, length: number, version: OfVersion): number {
  const { offset } = r
  let count = 0
  let last = -1
  for (let at = offset; at < offset + length; ) {
    const type = r.u16At(at)
    const size = r.u16At(at + 2)
    const place = type <= OFPIT_METER ? (READ_PLACES[type] ?? -1) : -1
    if (place <= last || size < 8 || size % 8 !== 0 || at + size > offset + length) return -1
    if (type === OFPIT_APPLY_ACTIONS) {
      count += countActions(r, at + 8, at + size)
    } else {
      const form = ACTION_TABLE.instruction(version, type)
      if (form === undefined || size < form.bytes || (size > form.bytes && !form.longer)) return -1
      count++
    }
    last = place
    at += size
  }
  return count
}

/** Reads instructions of which `countInOrder` has counted the entries. */
function readInOrder(r: Reader, length: number, decoder: ActionDecoder, count: number): Action[] {
  const start = r.offset
  const end = r.narrow(length)
  const list = new Array<Action>(count)
  const { ruled } = decoder
  let at = 0
  while (r.remaining > 0) {
    const type = r.u16()
    const rest = r.narrow(r.u16() - 4)
    if (type === OFPIT_APPLY_ACTIONS) {
      r.skip(4)
      at = decoder.fill(r, list, at)
    } else {
      const action = ACTION_TABLE.instruction(decoder.version, type)?.decode(r, decoder)
      if (action !== undefined) list[at++] = action
    }
    r.widen(rest)
  }
  r.widen(end)
  // The instructions themselves stand in order.
  if (decoder.ruled !== ruled) decoder.verify(list, true, start)
  return list
}

/**
 * Reads `length` bytes of instructions into one list, as `encodeInstructions` takes it.
 * @throws DecodeError (OFPBIC_*, OFPBAC_*)
 */
export function decodeInstructions(r: Reader, length: number, v: OfVersion, options: DecodeOptions = {}): Action[] {
  const { strict = false } = options
  const decoder = decoderOf(v, options)
  const start = r.offset
  if (length > r.remaining) {
    throw wrong(`${length} bytes, ${r.remaining} left`, start, v === OF10 ? 'OFPBRC_BAD_LEN' : 'OFPBIC_BAD_LEN')
  }
  if (v === OF10) return decoder.verified(r.slice(length), true)
  if (length % 8 !== 0) throw wrong(`${length} bytes of instructions`, start, 'OFPBIC_BAD_LEN')
  const count = countInOrder(r, length, v)
  if (count >= 0) return readInOrder(r, length, decoder, count)
  const all = r.slice(length)
  const list: Action[] = []
  const unknown: Action[] = []
  const received = split(all, v, strict, unknown)
  for (const type of READ_ORDER) {
    const one = ofType(received, type)
    if (one === undefined) continue
    if (type === OFPIT_APPLY_ACTIONS) {
      one.body.skip(4)
      for (const action of decoder.list(one.body)) list.push(action)
    } else {
      const action = ACTION_TABLE.instruction(v, type)?.decode(one.body, decoder)
      if (action !== undefined) list.push(action)
    }
  }
  decoder.verify(list, true, start)
  const encoder = encoderOfVersion(v)
  return unknown.length === 0 || encoder === undefined ? list : byRank([...list, ...unknown], encoder)
}
