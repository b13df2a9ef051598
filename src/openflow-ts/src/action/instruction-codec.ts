import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { OF10, OF13, OF15, VERSION_NAMES, type OfVersion } from '../version.js'
import { decodeActions, encodeActions } from './codec.js'
import type { Action } from './types.js'

/** OFPIT_*: the instructions by their numbers. */
const OFPIT = {
  goto_table: 1,
  write_metadata: 2,
  write_actions: 3,
  apply_actions: 4,
  clear_actions: 5,
  meter: 6,
} as const

/** Place of an entry among the instructions, which is also the order in which a switch executes them. */
function rank(action: Action, version: OfVersion): number {
  switch (action.type) {
    case 'meter':
      return version < OF15 ? 0 : 1
    case 'clear_actions':
      return 2
    case 'write_actions':
      return 3
    case 'write_metadata':
      return 4
    case 'goto_table':
      return 6
    case 'unknown':
      return action.of === 'instruction' ? 5 : 1
    default:
      return 1
  }
}

const APPLY = 1

function header(w: Writer, type: number, length: number): void {
  w.u16(type)
  w.u16(length)
}

function writeList(w: Writer, type: number, actions: readonly Action[], version: OfVersion): void {
  const start = w.length
  header(w, type, 0)
  w.zeros(4)
  encodeActions(w, actions, version)
  const length = w.length - start
  if (length > 0xffff) throw new EncodeError(`an instruction is ${length} bytes long`)
  w.patch16(start + 2, length)
}

function writeInstruction(w: Writer, action: Action, version: OfVersion): void {
  switch (action.type) {
    case 'meter':
      if (version < OF13) throw new EncodeError(`meter cannot be sent in ${VERSION_NAMES[version]}`)
      header(w, OFPIT.meter, 8)
      w.u32(action.meter_id)
      return
    case 'clear_actions':
      header(w, OFPIT.clear_actions, 8)
      w.zeros(4)
      return
    case 'write_actions':
      writeList(w, OFPIT.write_actions, action.actions, version)
      return
    case 'write_metadata':
      header(w, OFPIT.write_metadata, 24)
      w.zeros(4)
      w.u64(action.value)
      w.u64(action.mask)
      return
    case 'goto_table':
      header(w, OFPIT.goto_table, 8)
      w.u8(action.table_id)
      w.zeros(3)
      return
    case 'unknown':
      w.bytes(action.raw)
      return
    default:
      throw new EncodeError(`${action.type} is not an instruction`)
  }
}

/** Ranks never fall: the entries already stand in the order of execution. */
function isOrdered(actions: readonly Action[], version: OfVersion): boolean {
  let last = 0
  for (const action of actions) {
    const own = rank(action, version)
    if (own < last) return false
    last = own
  }
  return true
}

/**
 * Writes instructions, in the order of their execution: meter, apply-actions with all that is no instruction,
 * clear_actions, write_actions, write_metadata, goto_table. For OpenFlow 1.0, which has none, the actions alone.
 * @throws EncodeError when the version cannot express an entry, or an instruction stands there twice
 */
export function encodeInstructions(w: Writer, a: readonly Action[], v: OfVersion): void {
  if (v === OF10) {
    encodeActions(w, a, v)
    return
  }
  const list = isOrdered(a, v) ? a : [...a].sort((x, y) => rank(x, v) - rank(y, v))
  let i = 0
  let last = -1
  while (i < list.length) {
    const action = list[i]
    if (action === undefined) break
    const own = rank(action, v)
    if (own === APPLY) {
      let end = i + 1
      for (let next = list[end]; next !== undefined && rank(next, v) === APPLY; next = list[end]) end++
      writeList(w, OFPIT.apply_actions, i === 0 && end === list.length ? list : list.slice(i, end), v)
      i = end
    } else {
      if (own === last && action.type !== 'unknown') throw new EncodeError(`${action.type} stands there twice`)
      writeInstruction(w, action, v)
      i++
    }
    last = own
  }
}

function readList(r: Reader, version: OfVersion): Action[] {
  r.skip(4)
  return decodeActions(r, r.remaining, version)
}

const LENGTHS: Readonly<Record<number, number>> = {
  [OFPIT.goto_table]: 8,
  [OFPIT.write_metadata]: 24,
  [OFPIT.clear_actions]: 8,
  [OFPIT.meter]: 8,
}

/** The entries of one instruction; undefined when it is not known. */
function readBody(r: Reader, type: number, version: OfVersion): readonly Action[] | undefined {
  switch (type) {
    case OFPIT.goto_table:
      return [{ type: 'goto_table', table_id: r.u8() }]
    case OFPIT.write_metadata: {
      r.skip(4)
      return [{ type: 'write_metadata', value: r.u64(), mask: r.u64() }]
    }
    case OFPIT.write_actions:
      return [{ type: 'write_actions', actions: readList(r, version) }]
    case OFPIT.apply_actions:
      return readList(r, version)
    case OFPIT.clear_actions:
      return [{ type: 'clear_actions' }]
    case OFPIT.meter:
      return version < OF13 || version >= OF15 ? undefined : [{ type: 'meter', meter_id: r.u32() }]
    default:
      return undefined
  }
}

/**
 * Reads `length` bytes of instructions into one list, as `encodeInstructions` takes it.
 * @throws DecodeError (OFPBIC_*, OFPBAC_*)
 */
export function decodeInstructions(r: Reader, length: number, v: OfVersion): Action[] {
  if (v === OF10) return decodeActions(r, length, v)
  const all = r.slice(length)
  const list: Action[] = []
  let seen = 0
  while (all.remaining > 0) {
    const offset = all.offset
    if (all.remaining < 4) throw new DecodeError('an instruction is cut short', { offset, reply: 'OFPBIC_BAD_LEN' })
    const type = all.u16()
    const size = all.u16()
    const tooLong = size - 4 > all.remaining
    if (size < 8 || size % 8 !== 0 || tooLong || (LENGTHS[type] ?? size) !== size) {
      throw new DecodeError(`instruction ${type} of ${size} bytes`, { offset, reply: 'OFPBIC_BAD_LEN' })
    }
    const entries = readBody(all.slice(size - 4), type, v)
    if (entries === undefined) {
      list.push({ type: 'unknown', of: 'instruction', raw: all.copyFrom(offset) })
      continue
    }
    if ((seen & (1 << type)) !== 0) {
      throw new DecodeError(`instruction ${type} stands there twice`, { offset, reply: 'OFPBIC_DUP_INST' })
    }
    seen |= 1 << type
    for (const entry of entries) list.push(entry)
  }
  return isOrdered(list, v) ? list : list.sort((x, y) => rank(x, v) - rank(y, v))
}
