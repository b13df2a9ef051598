import type { Reader, Writer } from '../binary.js'
import { PacketKind } from '../spec/prereqs.js'
import type { FieldInfo } from '../spec/registry.js'
import { formatLearn, LEARN_FLAG_NAMES, parseLearn } from './learn-text.js'
import { define, nicira, OF10 } from './spec.js'
import { checkSource, type PacketState } from './state.js'
import { LEARN_FLAGS, type LearnAction, type LearnSpec, type Subfield } from './types.js'
import * as wire from './wire-fields.js'

const WRITE_RESULT = 4

/** Bits of the header of a spec; the lowest are its width. */
const IMMEDIATE = 1 << 13
const TO_LOAD = 1 << 11
const TO_OUTPUT = 2 << 11
const DST_BITS = 3 << 11
const WIDTH_BITS = 0x3ff

const widthOf = (spec: LearnSpec): number => (spec.to === 'output' ? spec.src.n_bits : spec.dst.n_bits)

function writeSubfield(w: Writer, s: Subfield): void {
  w.u32(wire.actionOxm(wire.infoOf(s), OF10).exactHeader)
  w.u16(s.ofs)
}

function writeSpec(w: Writer, spec: LearnSpec): void {
  const n = widthOf(spec)
  const to = spec.to === 'match' ? 0 : spec.to === 'load' ? TO_LOAD : TO_OUTPUT
  if ('value' in spec) {
    w.u16(n | to | IMMEDIATE)
    w.uint(spec.value, Math.ceil(n / 16) * 2)
  } else {
    w.u16(n | to)
    writeSubfield(w, spec.src)
  }
  if (spec.to !== 'output') writeSubfield(w, spec.dst)
}

function writeLearn(w: Writer, a: LearnAction): void {
  let flags = a.result_dst === undefined ? 0 : WRITE_RESULT
  for (const flag of a.flags) flags |= LEARN_FLAGS[flag]
  w.u16(a.idle_timeout)
  w.u16(a.hard_timeout)
  w.u16(a.priority)
  w.u64(a.cookie)
  w.u16(flags)
  w.u8(a.table_id)
  w.u8(0)
  w.u16(a.fin_idle_timeout)
  w.u16(a.fin_hard_timeout)
}

/** A subfield of which it is checked only later whether the field has the bits. */
function readSubfield(r: Reader, nBits: number): Subfield {
  const info = wire.readShortHeader(r)
  return { field: info.name, ofs: r.u16(), n_bits: nBits }
}

function readImmediate(r: Reader, nBits: number): bigint {
  const value = BigInt(r.uint(Math.ceil(nBits / 16) * 2))
  return BigInt.asUintN(Math.ceil(nBits / 8) * 8, value)
}

function readSpec(r: Reader, header: number): LearnSpec {
  const offset = r.offset
  const n = header & WIDTH_BITS
  const immediate = (header & IMMEDIATE) !== 0
  const to = header & DST_BITS
  if (to === DST_BITS || (to === TO_OUTPUT && immediate)) throw wire.bad('learn: a spec', offset, 'OFPBAC_BAD_ARGUMENT')
  const needed = (immediate ? Math.ceil(n / 16) * 2 : 6) + (to === TO_OUTPUT ? 0 : 6)
  if (r.remaining < needed) throw wire.bad('learn: a spec is cut short', offset, 'OFPBAC_BAD_LEN')
  const name = to === TO_LOAD ? 'load' : 'match'
  if (immediate) {
    const value = readImmediate(r, n)
    return { to: name, value, dst: readSubfield(r, n) }
  }
  const src = readSubfield(r, n)
  return to === TO_OUTPUT ? { to: 'output', src } : { to: name, src, dst: readSubfield(r, n) }
}

function readSpecs(r: Reader): LearnSpec[] {
  const specs: LearnSpec[] = []
  while (r.remaining > 0) {
    const header = r.u16()
    if (header === 0) break
    specs.push(readSpec(r, header))
  }
  wire.expectZeros(r, 'OFPBAC_BAD_ARGUMENT')
  return specs
}

interface Head {
  readonly action: LearnAction
  readonly flags: number
}

function readHead(r: Reader): Head {
  const offset = r.offset
  const [idle, hard, priority] = [r.u16(), r.u16(), r.u16()]
  const cookie = r.u64()
  const flags = r.u16()
  const table = r.u8()
  const zero = r.u8()
  if (zero !== 0 || table === 0xff) throw wire.bad(`learn: table ${table}`, offset, 'OFPBAC_BAD_ARGUMENT')
  const action: LearnAction = {
    type: 'learn',
    table_id: table,
    priority,
    cookie,
    idle_timeout: idle,
    hard_timeout: hard,
    fin_idle_timeout: r.u16(),
    fin_hard_timeout: r.u16(),
    flags: LEARN_FLAG_NAMES.filter((name) => (flags & LEARN_FLAGS[name]) !== 0),
    limit: 0,
    specs: [],
  }
  return { action, flags }
}

const NAMED_FLAGS = LEARN_FLAGS.send_flow_rem | LEARN_FLAGS.delete_learned

function readLearn(r: Reader): LearnAction {
  const offset = r.offset
  const { action, flags } = readHead(r)
  if ((flags & ~NAMED_FLAGS) !== 0) throw wire.bad(`learn: flags ${flags}`, offset, 'OFPBAC_BAD_ARGUMENT')
  return { ...action, specs: readSpecs(r) }
}

function readLearn2(r: Reader): LearnAction {
  const offset = r.offset
  const wrong = (what: string, reply = 'OFPBAC_BAD_ARGUMENT'): Error => wire.bad(`learn: ${what}`, offset, reply)
  const head = r.slice(22)
  const limit = r.u32()
  const ofs = r.u16()
  if (r.u16() !== 0) throw wrong('padding', 'NXBAC_MUST_BE_ZERO')
  const { action, flags } = readHead(head)
  if ((flags & ~(NAMED_FLAGS | WRITE_RESULT)) !== 0) throw wrong(`flags ${flags}`)
  const found = { ...action, limit, form: 'learn2' } as const
  if ((flags & WRITE_RESULT) === 0) {
    if (ofs !== 0) throw wrong('a place for a result that is not wanted')
    return { ...found, specs: readSpecs(r) }
  }
  const info = wire.readFieldHeader(r)
  if (!info.writable) throw wrong('the result goes to a field that cannot be set', 'OFPBAC_BAD_SET_ARGUMENT')
  return { ...found, result_dst: { field: info.name, ofs, n_bits: 1 }, specs: readSpecs(r) }
}

const inField = (s: Subfield): boolean => s.n_bits > 0 && s.ofs + s.n_bits <= wire.infoOf(s).subfieldBits

/** Sources must be in the packets that are learned from, destinations in those that the learned flow is for. */
function checkLearn(a: LearnAction, state: PacketState): string | undefined {
  const learned = new PacketKind()
  for (const spec of a.specs) {
    if (!('value' in spec)) {
      if (!inField(spec.src)) return 'OFPBAC_BAD_SET_LEN'
      const error = checkSource(spec.src, state)
      if (error !== undefined) return error
    }
    if (spec.to === 'output') continue
    if (!inField(spec.dst)) return 'OFPBAC_BAD_SET_LEN'
    const info = wire.infoOf(spec.dst)
    if (!info.prereqMet(learned)) return 'OFPBAC_MATCH_INCONSISTENT'
    if (spec.to === 'load' && !info.writable) return 'OFPBAC_BAD_SET_ARGUMENT'
    if (spec.to === 'match' && 'value' in spec) noteValue(learned, info, spec.dst, spec.value)
  }
  return undefined
}

function noteValue(kind: PacketKind, info: FieldInfo, { ofs, n_bits }: Subfield, value: bigint): void {
  const target = (info.view?.of[0] ?? info).place
  const { shift = 0, set = 0 } = info.view ?? {}
  const place = BigInt(ofs + Math.max(shift, 0))
  const mask = ((1n << BigInt(n_bits)) - 1n) << place
  target.note?.(kind, Number(value << place) | set, Number(mask) | set)
}

export const learnSpec = define<LearnAction>({
  name: 'learn',
  doc: 'Adds a flow made of parts of the packet and of constants, or changes it when it is there.',
  syntax:
    'learn(table=TABLE,idle_timeout=S,hard_timeout=S,fin_idle_timeout=S,fin_hard_timeout=S,priority=N,cookie=N,' +
    'send_flow_rem,delete_learned,limit=N,result_dst=BIT,FIELD=VALUE,SUBFIELD,SUBFIELD=SUBFIELD,load:VALUE->SUBFIELD,' +
    'load:SUBFIELD->SUBFIELD,output:SUBFIELD), all of them optional',
  types: ['learn'],
  forms: [
    nicira(
      'LEARN',
      16,
      {
        encode(w, a) {
          writeLearn(w, a)
          for (const spec of a.specs) writeSpec(w, spec)
        },
        decode: readLearn,
      },
      { bytes: 32, longer: true },
    ),
    nicira(
      'LEARN2',
      45,
      {
        encode(w, a) {
          writeLearn(w, a)
          w.u32(a.limit)
          w.u16(a.result_dst?.ofs ?? 0)
          w.zeros(2)
          if (a.result_dst !== undefined) wire.writeFieldHeader(w, wire.infoOf(a.result_dst), OF10)
          for (const spec of a.specs) writeSpec(w, spec)
        },
        decode: readLearn2,
      },
      { bytes: 40, longer: true },
    ),
  ],
  choose: (a) => (a.form === 'learn2' || a.limit !== 0 || a.result_dst !== undefined ? 1 : 0),
  parse: parseLearn,
  format: (a, env) => formatLearn(a, env.ctx),
  check: checkLearn,
})
