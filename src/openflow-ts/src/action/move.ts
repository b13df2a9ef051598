import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { Memo } from '../memo.js'
import { fieldInfo } from '../spec/registry.js'
import { strToU16 } from '../text/numbers.js'
import { anyFieldByName, formatSubfield, parseSubfield, scanSubfield, splitArrow } from '../text/subfield.js'
import type { OfVersion } from '../version.js'
import { type ActionSpec, define, nicira, OF10, OF13, OF14, OF15, onf, standard } from './spec.js'
import { checkDestination, checkSource } from './state.js'
import type { CheckPktLargerAction, DeleteFieldAction, MoveAction, PopAction, PushAction, Subfield } from './types.js'
import * as wire from './wire-fields.js'

interface CopyLayout {
  /** The version whose names of fields are used. */
  readonly own: OfVersion
  readonly before: number
  readonly between: number
  readonly form?: 'copy_field'
}

/** n_bits, both offsets, both fields: what all forms of copying have in common. */
const moveBody = ({ own, before, between, form }: CopyLayout) => ({
  encode(w: Writer, a: MoveAction): void {
    w.zeros(before)
    w.u16(a.dst.n_bits)
    w.u16(a.src.ofs)
    w.u16(a.dst.ofs)
    w.zeros(between)
    wire.writeFieldHeader(w, wire.infoOf(a.src), own)
    wire.writeFieldHeader(w, wire.infoOf(a.dst), own)
  },
  decode(r: Reader): MoveAction {
    const offset = r.offset
    r.skip(before)
    const nBits = r.u16()
    const srcOfs = r.u16()
    const dstOfs = r.u16()
    r.skip(between)
    const from = wire.readFieldHeader(r)
    const to = wire.readFieldHeader(r)
    wire.expectZeros(r, 'NXBRC_MUST_BE_ZERO')
    const src = wire.subfieldOf(from, srcOfs, nBits, offset)
    const dst = wire.destinationOf(to, dstOfs, nBits, offset)
    return form === undefined ? { type: 'move', src, dst } : { type: 'move', src, dst, form }
  },
})

/** `SRC->DST`, of one width. @throws TextError */
export function parseMove(arg: string): Move {
  return moves.get(arg) ?? moves.set(arg, readMove(arg))
}

interface Move {
  readonly src: Subfield
  readonly dst: Subfield
}

const moves = new Memo<Move>()

function readMove(arg: string): Move {
  const [src, rest] = scanSubfield(arg)
  if (!rest.startsWith('->')) throw new TextError(`${arg}: missing \`->' following source`)
  const dst = parseSubfield(rest.slice(2))
  if (src.n_bits !== dst.n_bits) {
    throw new TextError(`${arg}: source field is ${src.n_bits} bits wide but destination is ${dst.n_bits} bits wide`)
  }
  return { src, dst }
}

export const moveSpec = define<MoveAction>({
  name: 'move',
  doc: 'Copies bits of one field to another.',
  syntax: 'move:SUBFIELD->SUBFIELD',
  types: ['move'],
  inActionSet: true,
  forms: [
    standard('COPY_FIELD', 28, moveBody({ own: OF15, before: 0, between: 2 }), { since: OF15, bytes: 16, longer: true }),
    onf('COPY_FIELD', 3200, moveBody({ own: OF13, before: 2, between: 2, form: 'copy_field' }), {
      since: OF13,
      until: OF14,
      bytes: 24,
      longer: true,
    }),
    nicira('REG_MOVE', 6, moveBody({ own: OF10, before: 0, between: 0 }), { until: OF14, longer: true }),
  ],
  choose: (a, version) => (version >= OF15 ? 0 : version === OF13 && a.form === 'copy_field' ? 1 : 2),
  parse: (arg) => ({ type: 'move', ...parseMove(arg) }),
  format: (a) => `move:${formatSubfield(a.src)}->${formatSubfield(a.dst)}`,
  check: (a, state) => checkSource(a.src, state) ?? checkDestination(a.dst, state),
})

const stackBody = <A extends PushAction | PopAction>(bits: (a: A) => Subfield, make: (s: Subfield) => A) => ({
  encode(w: Writer, a: A): void {
    const s = bits(a)
    w.u16(s.ofs)
    wire.writeFieldHeader(w, wire.infoOf(s), OF10)
    w.u16(s.n_bits)
  },
  decode(r: Reader): A {
    const offset = r.offset
    const ofs = r.u16()
    const info = wire.readFieldHeader(r)
    const nBits = r.u16()
    wire.expectZeros(r, 'NXBRC_MUST_BE_ZERO')
    return make(wire.subfieldOf(info, ofs, nBits, offset))
  },
})

function parseStack(arg: string): Subfield {
  const [subfield, rest] = scanSubfield(arg)
  if (rest !== '') throw new TextError(`${rest}: trailing garbage following push or pop`)
  return subfield
}

const popBody = stackBody<PopAction>((a) => a.dst, (dst) => ({ type: 'pop', dst }))

export const stackSpecs: readonly ActionSpec[] = [
  define<PushAction>({
    name: 'push',
    doc: 'Pushes bits of a field on a stack.',
    syntax: 'push:SUBFIELD',
    types: ['push'],
    forms: [nicira('STACK_PUSH', 27, stackBody<PushAction>((a) => a.src, (src) => ({ type: 'push', src })), { bytes: 24 })],
    parse: (arg) => ({ type: 'push', src: parseStack(arg) }),
    format: (a) => `push:${formatSubfield(a.src)}`,
    check: (a, state) => checkSource(a.src, state),
  }),
  define<PopAction>({
    name: 'pop',
    doc: 'Pops what was pushed last off the stack into bits of a field.',
    syntax: 'pop:SUBFIELD',
    types: ['pop'],
    forms: [
      nicira(
        'STACK_POP',
        28,
        {
          encode(w, a) {
            popBody.encode(w, a)
          },
          decode(r) {
            const offset = r.offset
            const action = popBody.decode(r)
            if (!wire.infoOf(action.dst).writable) throw wire.bad('pop: read-only', offset, 'OFPBAC_BAD_SET_ARGUMENT')
            return action
          },
        },
        { bytes: 24 },
      ),
    ],
    parse: (arg) => ({ type: 'pop', dst: parseStack(arg) }),
    format: (a) => `pop:${formatSubfield(a.dst)}`,
    check: (a, state) => checkDestination(a.dst, state),
  }),
]

export const checkPktLargerSpec = define<CheckPktLargerAction>({
  name: 'check_pkt_larger',
  doc: 'Sets a bit when the packet is longer than so many bytes, and clears it when it is not.',
  syntax: 'check_pkt_larger(BYTES)->SUBFIELD',
  types: ['check_pkt_larger'],
  forms: [
    nicira(
      'CHECK_PKT_LARGER',
      49,
      {
        encode(w, a) {
          w.u16(a.pkt_len)
          w.u16(a.dst.ofs)
          wire.writeFieldHeader(w, wire.infoOf(a.dst), OF10)
        },
        decode(r) {
          const offset = r.offset
          const pktLen = r.u16()
          const ofs = r.u16()
          const info = wire.readFieldHeader(r)
          wire.expectZeros(r, 'NXBRC_MUST_BE_ZERO')
          return { type: 'check_pkt_larger', pkt_len: pktLen, dst: wire.destinationOf(info, ofs, 1, offset) }
        },
      },
      { bytes: 24, longer: true },
    ),
  ],
  parse(arg) {
    const [value, name] = splitArrow(arg)
    const dst = parseSubfield(name)
    if (dst.n_bits !== 1) throw new TextError('Only 1-bit destination field is allowed')
    return { type: 'check_pkt_larger', pkt_len: strToU16(value.replace(/\)$/, ''), '(null)'), dst }
  },
  format: (a) => `check_pkt_larger(${a.pkt_len})->${formatSubfield(a.dst)}`,
})

export const deleteFieldSpec = define<DeleteFieldAction>({
  name: 'delete_field',
  doc: "Takes a Geneve option, given as one of tun_metadata0 to tun_metadata63, out of the packet's tunnel header.",
  syntax: 'delete_field:FIELD',
  types: ['delete_field'],
  forms: [
    nicira(
      'DELETE_FIELD',
      50,
      {
        encode(w, a) {
          wire.writeFieldHeader(w, fieldInfo(a.field), OF10)
        },
        decode: (r) => ({ type: 'delete_field', field: wire.readFieldHeader(r).name }),
      },
      { bytes: 24 },
    ),
  ],
  parse(arg) {
    const info = anyFieldByName(arg)
    if (info === undefined) throw new TextError(`unknown field \`${arg}'`)
    return { type: 'delete_field', field: info.name }
  },
  format: (a) => `delete_field:${fieldInfo(a.field).printName}`,
  check: (a) => (a.field.startsWith('tun_metadata') ? undefined : 'OFPBAC_BAD_ARGUMENT'),
})
