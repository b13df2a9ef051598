import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { fieldInfo } from '../spec/registry.js'
import { parseUint } from '../text/scan.js'
import { formatSubfield, parseSubfield, splitArrow } from '../text/subfield.js'
import type { OfVersion } from '../version.js'
import { define, nicira, OF10, OF13, OF14, OF15, ONF, standard } from './spec.js'
import type { CheckPktLargerAction, MoveAction, PopAction, PushAction, Subfield } from './types.js'
import { infoOf, readFieldHeader, subfieldOf, writeFieldHeader } from './wire-fields.js'

/** n_bits, both offsets, padding, both fields: what all forms of copying have in common. */
function moveBody(padding: number, own: OfVersion = OF10, lead = 0) {
  return {
    encode(w: Writer, a: MoveAction): void {
      w.zeros(lead)
      w.u16(a.dst.n_bits)
      w.u16(a.src.ofs)
      w.u16(a.dst.ofs)
      w.zeros(padding)
      writeFieldHeader(w, infoOf(a.src), own)
      writeFieldHeader(w, infoOf(a.dst), own)
    },
    decode(r: Reader): MoveAction {
      const offset = r.offset
      r.skip(lead)
      const nBits = r.u16()
      const srcOfs = r.u16()
      const dstOfs = r.u16()
      r.skip(padding)
      const src = subfieldOf(readFieldHeader(r), srcOfs, nBits, offset)
      return { type: 'move', src, dst: subfieldOf(readFieldHeader(r), dstOfs, nBits, offset) }
    },
  }
}

export const moveSpec = define<MoveAction>({
  types: ['move'],
  forms: [
    standard(28, moveBody(2, OF15), OF15, OF15),
    nicira(6, moveBody(0), OF10, OF14),
    { ...nicira(3200, moveBody(2, OF13, 2), OF13, OF14), vendor: ONF },
  ],
  choose: (_a, version) => (version >= OF15 ? 0 : 1),
  parse(arg) {
    const [from, to] = splitArrow(arg, 'move')
    const src = parseSubfield(from)
    const dst = parseSubfield(to)
    if (src.n_bits !== dst.n_bits) {
      throw new TextError(`${arg}: source field is ${src.n_bits} bits wide but destination is ${dst.n_bits} bits wide`)
    }
    if (!fieldInfo(dst.field).writable) throw new TextError(`${arg}: destination field is not writable`)
    return { type: 'move', src, dst }
  },
  format: (a) => `move:${formatSubfield(a.src)}->${formatSubfield(a.dst)}`,
})

function writeStack(w: Writer, s: Subfield): void {
  w.u16(s.ofs)
  writeFieldHeader(w, infoOf(s), OF10)
  w.u16(s.n_bits)
}

function readStack(r: Reader): Subfield {
  const offset = r.offset
  const ofs = r.u16()
  const info = readFieldHeader(r)
  return subfieldOf(info, ofs, r.u16(), offset)
}

export const pushSpec = define<PushAction>({
  types: ['push'],
  forms: [
    nicira(27, {
      encode: (w, a) => {
        writeStack(w, a.src)
      },
      decode: (r) => ({ type: 'push', src: readStack(r) }),
    }),
  ],
  parse: (arg) => ({ type: 'push', src: parseSubfield(arg) }),
  format: (a) => `push:${formatSubfield(a.src)}`,
})

export const popSpec = define<PopAction>({
  types: ['pop'],
  forms: [
    nicira(28, {
      encode: (w, a) => {
        writeStack(w, a.dst)
      },
      decode: (r) => ({ type: 'pop', dst: readStack(r) }),
    }),
  ],
  parse(arg) {
    const dst = parseSubfield(arg)
    if (!fieldInfo(dst.field).writable) throw new TextError(`${arg}: destination field is not writable`)
    return { type: 'pop', dst }
  },
  format: (a) => `pop:${formatSubfield(a.dst)}`,
})

export const checkPktLargerSpec = define<CheckPktLargerAction>({
  types: ['check_pkt_larger'],
  forms: [
    nicira(49, {
      encode(w, a) {
        w.u16(a.pkt_len)
        w.u16(a.dst.ofs)
        writeFieldHeader(w, infoOf(a.dst), OF10)
      },
      decode(r) {
        const offset = r.offset
        const pktLen = r.u16()
        const ofs = r.u16()
        return { type: 'check_pkt_larger', pkt_len: pktLen, dst: subfieldOf(readFieldHeader(r), ofs, 1, offset) }
      },
    }),
  ],
  parse(arg) {
    const at = arg.indexOf(')->')
    if (at < 0) throw new TextError(`${arg}: missing \`->' in \`check_pkt_larger' action`)
    const dst = parseSubfield(arg.slice(at + 3))
    if (dst.n_bits !== 1) throw new TextError(`${arg}: destination must be one bit`)
    return { type: 'check_pkt_larger', pkt_len: parseUint(arg.slice(0, at), 0xffff, 'packet length'), dst }
  },
  format: (a) => `check_pkt_larger(${a.pkt_len})->${formatSubfield(a.dst)}`,
})
