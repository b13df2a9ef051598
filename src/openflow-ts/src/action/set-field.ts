import { DecodeError, TextError } from '../errors.js'
import { readOxm, writeOxm } from '../match/oxm.js'
import type { FieldName, Value } from '../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import { anyFieldByName, formatSubfield, parseSubfield, splitArrow } from '../text/subfield.js'
import { parseBig } from '../text/scan.js'
import { hexOrZero, parseValue, VALUE_FORMS } from '../text/values.js'
import { define, nicira, OF10, OF12, OF14, OF15, standard } from './spec.js'
import type { OfVersion } from '../version.js'
import type { Action, LoadAction, SetFieldAction } from './types.js'
import { actionOxm, infoOf, ofsNbits, readFieldHeader, subfieldOfPacked } from './wire-fields.js'

/** The set_field that the names of a field and its values make; `mask` only where it leaves bits out. */
export function setField(info: FieldInfo, value: Value, mask?: Value): SetFieldAction {
  return mask === undefined || mask === info.ones
    ? { type: 'set_field', field: info.name, value }
    : { type: 'set_field', field: info.name, value, mask }
}

/** Runs of adjacent ones in a mask, the lowest first, each of 64 bits at most: what one `load` can set. */
export function loadsOf(field: FieldName, value: bigint, mask: bigint): LoadAction[] {
  const loads: LoadAction[] = []
  let rest = mask & ((1n << BigInt(fieldInfo(field).subfieldBits)) - 1n)
  let ofs = 0
  while (rest !== 0n) {
    while ((rest & 1n) === 0n) {
      rest >>= 1n
      ofs++
    }
    let n_bits = 0
    while ((rest & 1n) === 1n && n_bits < 64) {
      rest >>= 1n
      n_bits++
    }
    const bits = (value >> BigInt(ofs)) & ((1n << BigInt(n_bits)) - 1n)
    loads.push({ type: 'load', value: n_bits > 32 ? bits : Number(bits), dst: { field, ofs, n_bits } })
    ofs += n_bits
  }
  return loads
}

const setFieldBody = {
  encode(w: Parameters<typeof writeOxm>[0], a: SetFieldAction, env: { version: OfVersion }): void {
    const info = fieldInfo(a.field)
    writeOxm(w, actionOxm(info, env.version), a.value, a.mask)
  },
  decode(r: Parameters<typeof readOxm>[0]): SetFieldAction {
    const offset = r.offset
    const { id, value, mask } = readOxm(r, 'OFPBAC_BAD_SET_TYPE')
    if (!id.info.writable) {
      throw new DecodeError(`${id.info.name} cannot be set`, { offset, reply: 'OFPBAC_BAD_SET_ARGUMENT' })
    }
    return masked(id.info, value, mask)
  },
}

/** A mask of all ones says nothing, but in a field with unused bits it is how `load` travels, and is kept. */
const masked = (info: FieldInfo, value: Value, mask: Value | undefined): SetFieldAction =>
  mask === undefined || info.bits === info.bytes * 8
    ? setField(info, value, mask)
    : { type: 'set_field', field: info.name, value, mask }

/** Experimenter fields do not fit the 32 bits that REG_LOAD has for the name of its destination. */
const needsLoad2 = (info: FieldInfo): boolean => actionOxm(info, OF10).oxmClass === 0xffff

/** Fields that OpenFlow 1.0 and 1.1 set with actions of their own. */
const LEGACY: Readonly<Partial<Record<FieldName, (value: Value) => Action>>> = {
  vlan_vid: (value) => ({ type: 'mod_vlan_vid', value: Number(value) & 0xfff, flow_has_vlan: true }),
  vlan_pcp: (value) => ({ type: 'mod_vlan_pcp', value: Number(value), flow_has_vlan: true }),
  eth_src: (value) => ({ type: 'mod_dl_src', value }),
  eth_dst: (value) => ({ type: 'mod_dl_dst', value }),
  nw_src: (value) => ({ type: 'mod_nw_src', value }),
  nw_dst: (value) => ({ type: 'mod_nw_dst', value }),
  ip_dscp: (value) => ({ type: 'mod_nw_tos', value: Number(value) << 2 }),
  nw_tos: (value) => ({ type: 'mod_nw_tos', value }),
  tcp_src: (value) => ({ type: 'mod_tp_src', value: Number(value) }),
  tcp_dst: (value) => ({ type: 'mod_tp_dst', value: Number(value) }),
  udp_src: (value) => ({ type: 'mod_tp_src', value: Number(value) }),
  udp_dst: (value) => ({ type: 'mod_tp_dst', value: Number(value) }),
}

export const setFieldSpec = define<SetFieldAction>({
  types: ['set_field'],
  protocols: (a) => fieldInfo(a.field).usable.exact,
  forms: [standard(25, setFieldBody, OF12, OF15), nicira(33, setFieldBody, OF10, OF14)],
  choose: (a, version) => (version >= OF15 || (version >= OF12 && a.mask === undefined) ? 0 : 1),
  lower(a, version) {
    if (version >= OF15 || (version >= OF12 && a.mask === undefined)) return undefined
    const info = fieldInfo(a.field)
    const legacy = version < OF12 && a.mask === undefined ? LEGACY[a.field] : undefined
    if (legacy !== undefined) return [legacy(a.value)]
    return needsLoad2(info) ? undefined : loadsOf(a.field, BigInt(a.value), BigInt(a.mask ?? info.ones))
  },
  parse(arg, env) {
    const [text, name] = splitArrow(arg, 'set_field')
    const brackets = name.indexOf('[')
    const info = anyFieldByName(brackets < 0 ? name : name.slice(0, brackets))
    if (info === undefined) throw new TextError(`${name} is not a valid OXM field name`)
    if (!info.writable) throw new TextError(`${name} is read-only`)
    const [value, mask] = parseValue(info, text, env.ctx)
    if (brackets >= 0) return shifted(name, value, mask)
    return setField(info, typeof value === 'bigint' ? value & BigInt(mask) : (value & Number(mask)) >>> 0, mask)
  },
  format(a, env) {
    const info = fieldInfo(a.field)
    return `set_field:${VALUE_FORMS[info.format].print(info, a.value, a.mask, env.ctx)}->${info.printName}`
  },
})

/** `set_field:5->reg0[4..7]`: the bits within the field. */
function shifted(name: string, value: Value, mask: Value): SetFieldAction {
  const dst = parseSubfield(name)
  const info = infoOf(dst)
  const all = (1n << BigInt(dst.n_bits)) - 1n
  const bits = mask === info.ones ? all : BigInt(mask)
  if (BigInt(value) > all || bits > all) throw new TextError(`${name}: value does not fit ${dst.n_bits} bits`)
  const shift = BigInt(dst.ofs)
  const own = (v: bigint): Value => (info.wide ? v : Number(v))
  return setField(info, own((BigInt(value) & bits) << shift), own(bits << shift))
}

export const loadSpec = define<LoadAction>({
  types: ['load'],
  forms: [
    nicira(
      7,
      {
        encode(w, a) {
          w.u16(ofsNbits(a.dst))
          w.u32(actionOxm(infoOf(a.dst), OF10).exactHeader)
          w.u64(BigInt(a.value))
        },
        decode(r) {
          const offset = r.offset
          const packed = r.u16()
          const info = readFieldHeader(r)
          const dst = subfieldOfPacked(info, packed, offset)
          const value = r.u64()
          if (!info.writable || value >> BigInt(dst.n_bits) !== 0n) {
            throw new DecodeError(`load: bad value or field ${info.name}`, { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
          }
          return { type: 'load', value: dst.n_bits > 32 ? value : Number(value), dst }
        },
      },
      OF10,
      OF14,
    ),
  ],
  lower(a, version) {
    const info = infoOf(a.dst)
    const shift = BigInt(a.dst.ofs)
    const value = BigInt(a.value) << shift
    const mask = ((1n << BigInt(a.dst.n_bits)) - 1n) << shift
    if (version < OF15 && !needsLoad2(info)) return a.dst.n_bits <= 64 ? undefined : loadsOf(info.name, value, mask)
    const own = (v: bigint): Value => (info.wide ? v : Number(v))
    return [masked(info, own(value), own(mask))]
  },
  parse(arg) {
    const [text, name] = splitArrow(arg, 'load')
    const dst = parseSubfield(name)
    if (!infoOf(dst).writable) throw new TextError(`${name} is read-only`)
    const value = parseBig(text, 'value of load')
    if (value >> BigInt(dst.n_bits) !== 0n) {
      throw new TextError(`${arg}: value ${text} does not fit into ${dst.n_bits} bits`)
    }
    return { type: 'load', value: dst.n_bits > 32 ? value : Number(value), dst }
  },
  format: (a) => `load:${hexOrZero(a.value)}->${formatSubfield(a.dst)}`,
})

/** Set a field wholly, as later versions do with what OpenFlow 1.0 had an action of its own for. */
export const asSetField = (field: FieldName, value: Value): readonly Action[] => [setField(fieldInfo(field), value)]

