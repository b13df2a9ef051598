import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { readValue } from '../match/plain.js'
import { isValidValue } from '../match/terms.js'
import { writeOption, writeOxm } from '../match/write.js'
import type { FieldName, Value } from '../spec/fields.js'
import { type FieldInfo, fieldByName, fieldInfo } from '../spec/registry.js'
import { scanInteger } from '../text/numbers.js'
import { smallUint } from '../text/scan.js'
import { formatSubfield, parseSubfield, splitArrow } from '../text/subfield.js'
import { hexOrZero, parseMasked, VALUE_FORMS } from '../text/values.js'
import type { OfVersion } from '../version.js'
import { define, nicira, OF10, OF12, OF14, OF15, standard } from './spec.js'
import type { PacketState } from './state.js'
import type { Action, LoadAction, SetFieldAction } from './types.js'
import * as wire from './wire-fields.js'

/** The set_field that the names of a field and its values make; `mask` only where it leaves bits out. */
function setField(info: FieldInfo, value: Value, mask?: Value): SetFieldAction {
  return mask === undefined || mask === info.ones
    ? { type: 'set_field', field: info.name, value }
    : { type: 'set_field', field: info.name, value, mask }
}

/** Runs of adjacent ones in a mask, the lowest first, each of 64 bits at most: what one `load` can set. */
export function loadsOf(field: FieldName, value: bigint, mask: bigint): LoadAction[] {
  const { bits, subfieldBits, ones } = fieldInfo(field)
  if (subfieldBits <= 64 && subfieldBits === bits && BigInt(ones) === mask) {
    return [{ type: 'load', value: subfieldBits > 32 ? value : Number(value), dst: { field, ofs: 0, n_bits: subfieldBits } }]
  }
  const loads: LoadAction[] = []
  let rest = mask & ((1n << BigInt(subfieldBits)) - 1n)
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
    const part = (value >> BigInt(ofs)) & ((1n << BigInt(n_bits)) - 1n)
    loads.push({ type: 'load', value: n_bits > 32 ? part : Number(part), dst: { field, ofs, n_bits } })
    ofs += n_bits
  }
  return loads
}

/** A load of any width as those of 64 bits at most that travel and are printed for it. */
function partsOf(a: LoadAction): readonly LoadAction[] {
  if (a.dst.n_bits <= 64) return [a]
  const shift = BigInt(a.dst.ofs)
  return loadsOf(a.dst.field, BigInt(a.value) << shift, ((1n << BigInt(a.dst.n_bits)) - 1n) << shift)
}

function writeField(w: Writer, a: SetFieldAction, env: { readonly version: OfVersion }): void {
  const info = fieldInfo(a.field)
  const write = info.variableLength ? writeOption : writeOxm
  write(w, wire.actionOxm(info, env.version), a.value, a.mask)
}

const setFieldBody = (mayMask: boolean) => ({
  encode: writeField,
  decode(r: Reader, env: { readonly strict: boolean }): SetFieldAction {
    const offset = r.offset
    const plain = wire.plainHeader(r)
    if (plain?.info.anyValue === true && plain.info.writable) {
      const value = readValue(r, plain.info, plain.bytes)
      wire.expectZeros(r, 'OFPBAC_BAD_SET_ARGUMENT')
      return { type: 'set_field', field: plain.info.name, value }
    }
    r.rewind(offset)
    const { info, value, mask } = wire.readFieldValue(r)
    if (mask !== undefined && !mayMask) throw wire.bad(`${info.name}: a mask`, offset, 'OFPBAC_BAD_SET_MASK')
    wire.expectZeros(r, 'OFPBAC_BAD_SET_ARGUMENT')
    const fault = setFault(info, value, mask, env.strict)
    if (fault !== undefined) throw wire.bad(`${info.name}: ${fault}`, offset, 'OFPBAC_BAD_SET_ARGUMENT')
    return masked(info, value, mask)
  },
})

/** Why a field cannot be set to a value, if so. */
function setFault(info: FieldInfo, value: Value, mask: Value | undefined, strict: boolean): string | undefined {
  if (!info.writable || info.name === 'in_port_oxm') return 'cannot be set'
  if (info.anyValue) return undefined
  if (!isValidValue(info, value)) return 'value is out of range'
  const untagged = strict && info.name === 'vlan_vid' && (Number(value) & Number(mask ?? info.ones) & VLAN_PRESENT) === 0
  return untagged ? 'value does not say that there is a tag' : undefined
}

const regLoad2Body = {
  encode(w: Writer, a: SetFieldAction): void {
    writeField(w, a, { version: OF10 })
  },
  decode(r: Reader): SetFieldAction {
    const offset = r.offset
    const { info, value, mask } = wire.readFieldValue(r)
    wire.expectZeros(r, 'OFPBAC_BAD_SET_ARGUMENT')
    if (!info.writable) throw wire.bad(`${info.name} cannot be set`, offset, 'OFPBAC_BAD_SET_ARGUMENT')
    return { ...masked(info, value, mask), form: 'reg_load2' }
  },
}

/** A mask of all ones says nothing, but in a field with unused bits it is how `load` travels, and is kept. */
const masked = (info: FieldInfo, value: Value, mask: Value | undefined): SetFieldAction =>
  mask === undefined || mask === info.byteOnes
    ? { type: 'set_field', field: info.name, value }
    : { type: 'set_field', field: info.name, value, mask }

const VLAN_PRESENT = 0x1000

/** What vlan_tci is set to, in actions of OpenFlow 1.0 and 1.1: a tag, or none. */
function setTci(tci: number, version: OfVersion, hasVlan: boolean): Action[] {
  if ((tci & VLAN_PRESENT) === 0) return [{ type: version === OF10 ? 'strip_vlan' : 'pop_vlan' }]
  const [vid, pcp] = [tci & 0xfff, tci >>> 13]
  if (version === OF10) return [{ type: 'mod_vlan_vid', value: vid }, { type: 'mod_vlan_pcp', value: pcp }]
  const push: Action[] = hasVlan ? [] : [{ type: 'push_vlan', ethertype: 0x8100 }]
  return [...push, { type: 'set_vlan_vid', value: vid }, { type: 'set_vlan_pcp', value: pcp }]
}

/** Fields that OpenFlow 1.0 and 1.1 set with actions of their own. */
const LEGACY: Readonly<Partial<Record<FieldName, (value: Value, version: OfVersion, hasVlan: boolean) => Action[]>>> = {
  vlan_tci: (value, version, hasVlan) => setTci(Number(value), version, hasVlan),
  vlan_vid: (value, version) => [
    { type: version === OF10 ? 'mod_vlan_vid' : 'set_vlan_vid', value: Number(value) & 0xfff },
  ],
  vlan_pcp: (value, version) => [{ type: version === OF10 ? 'mod_vlan_pcp' : 'set_vlan_pcp', value: Number(value) }],
  eth_src: (value) => [{ type: 'mod_dl_src', value }],
  eth_dst: (value) => [{ type: 'mod_dl_dst', value }],
  nw_src: (value) => [{ type: 'mod_nw_src', value }],
  nw_dst: (value) => [{ type: 'mod_nw_dst', value }],
  ip_dscp: (value) => [{ type: 'mod_nw_tos', value: Number(value) << 2 }],
  nw_tos: (value) => [{ type: 'mod_nw_tos', value }],
  nw_ecn: (value) => [{ type: 'mod_nw_ecn', value }],
  tcp_src: (value) => [{ type: 'mod_tp_src', value: Number(value) }],
  tcp_dst: (value) => [{ type: 'mod_tp_dst', value: Number(value) }],
  udp_src: (value) => [{ type: 'mod_tp_src', value: Number(value) }],
  udp_dst: (value) => [{ type: 'mod_tp_dst', value: Number(value) }],
}

/** Fields whose names do not fit NXAST_REG_LOAD, or whose length is not their own. */
const needsLoad2 = (info: FieldInfo): boolean => wire.isExperimenter(info) || info.variableLength

const wholeInSetField = (a: SetFieldAction, version: OfVersion): boolean =>
  version >= OF12 && a.mask === undefined && a.form === undefined

export const setFieldSpec = define<SetFieldAction>({
  name: 'set_field',
  doc: 'Sets a field, or the bits of it that a mask has.',
  syntax: 'set_field:VALUE[/MASK]->FIELD',
  types: ['set_field'],
  inActionSet: true,
  protocols: (a) => fieldInfo(a.field).usable.exact,
  forms: [
    standard('SET_FIELD', 25, setFieldBody(true), { since: OF15, longer: true }),
    standard('SET_FIELD', 25, setFieldBody(false), { since: OF12, until: OF14, longer: true }),
    nicira('REG_LOAD2', 33, regLoad2Body, { until: OF14, longer: true }),
  ],
  choose: (a, version) => (version >= OF15 ? 0 : wholeInSetField(a, version) ? 1 : 2),
  lower(a, version) {
    if (version >= OF15 || a.form === 'reg_load2' || wholeInSetField(a, version)) return undefined
    const info = fieldInfo(a.field)
    const legacy = version < OF12 ? LEGACY[a.field] : undefined
    if (legacy !== undefined) return legacy(a.value, version, a.flow_has_vlan === true)
    return needsLoad2(info) ? undefined : loadsOf(a.field, BigInt(a.value), BigInt(a.mask ?? info.byteOnes))
  },
  parse(arg, env) {
    const [text, name] = splitArrow(arg)
    const info = fieldByName(name)
    if (info === undefined) throw new TextError(`${name} is not a valid OXM field name`)
    if (!info.writable) throw new TextError(`${name} is read-only`)
    const { value, mask } = parseMasked(info, text, env.ctx)
    if (!isValidValue(info, value)) throw new TextError(`${text} is not a valid value for field ${name}`)
    return masked(info, value, mask)
  },
  format(a, env) {
    const info = fieldInfo(a.field)
    return `set_field:${VALUE_FORMS[info.format].print(info, a.value, a.mask, env.ctx)}->${info.printName}`
  },
  check(a, state) {
    const info = fieldInfo(a.field)
    const [outer] = state.tags
    if (!info.prereqMet(state.kind) || (info.name === 'vlan_vid' && !outer)) return 'OFPBAC_MATCH_INCONSISTENT'
    if (info.name === 'vlan_tci') state.setTags((Number(a.value) & VLAN_PRESENT) !== 0, state.tags[1])
    return outer ? { ...a, flow_has_vlan: true } : undefined
  },
})

function parseLoad(arg: string): LoadAction {
  const [text, name] = splitArrow(arg)
  const dst = parseSubfield(name)
  const info = wire.infoOf(dst)
  const small = smallUint(text)
  // Bits of a subfield are bits of its field, so a value that fits the one fits the other.
  if (small >= 0 && small < 2 ** dst.n_bits) return { type: 'load', value: dst.n_bits > 32 ? BigInt(small) : small, dst }
  const scanned = scanInteger(text)?.value
  const value = scanned !== undefined && scanned < 0n ? BigInt.asUintN(64, scanned) : scanned
  if (value === undefined || value >> BigInt(info.bytes * 8) !== 0n) {
    throw new TextError(`${arg}: cannot parse integer value`)
  }
  if (value >> BigInt(dst.n_bits) !== 0n) {
    const shown = VALUE_FORMS[info.format].print(info, info.wide ? value : Number(value), undefined, {})
    throw new TextError(`${arg}: value ${shown} does not fit into ${dst.n_bits} bits`)
  }
  return { type: 'load', value: dst.n_bits > 32 ? value : Number(value), dst }
}

export const loadSpec = define<LoadAction>({
  name: 'set_field',
  doc: 'Sets adjacent bits of a field.',
  syntax: 'load:VALUE->SUBFIELD',
  types: ['load'],
  inActionSet: true,
  forms: [
    nicira(
      'REG_LOAD',
      7,
      {
        encode(w, a) {
          w.u16(wire.ofsNbits(a.dst))
          w.u32(wire.actionOxm(wire.infoOf(a.dst), OF10).exactHeader)
          w.u64(BigInt(a.value))
        },
        decode(r) {
          const offset = r.offset
          const packed = r.u16()
          const dst = wire.destinationOf(wire.readShortHeader(r), wire.ofsOf(packed), wire.nBitsOf(packed), offset)
          const value = r.u64()
          if (value >> BigInt(dst.n_bits) !== 0n) throw wire.bad('load: too wide a value', offset, 'OFPBAC_BAD_ARGUMENT')
          return { type: 'load', value: dst.n_bits > 32 ? value : Number(value), dst }
        },
      },
      { until: OF14, bytes: 24 },
    ),
  ],
  lower(a, version) {
    const info = wire.infoOf(a.dst)
    const load2 = needsLoad2(info)
    if (version < OF15 && !load2) return a.dst.n_bits <= 64 ? undefined : partsOf(a)
    const shift = BigInt(a.dst.ofs)
    const own = (v: bigint): Value => (info.wide ? v : Number(v))
    const set = masked(info, own(BigInt(a.value) << shift), own(((1n << BigInt(a.dst.n_bits)) - 1n) << shift))
    return [version < OF15 ? { ...set, form: 'reg_load2' } : set]
  },
  parse: parseLoad,
  format: (a) =>
    partsOf(a)
      .map((part) => `load:${hexOrZero(part.value)}->${formatSubfield(part.dst)}`)
      .join(','),
  check: (a, state) => checkLoad(a, state),
})

/** As that of set_field, whose kin it is in OVS: prerequisites matter, whether the field can be set was seen before. */
function checkLoad(a: LoadAction, state: PacketState): string | undefined {
  const info = wire.infoOf(a.dst)
  if (!info.prereqMet(state.kind) || (info.name === 'vlan_vid' && !state.tags[0])) return 'OFPBAC_MATCH_INCONSISTENT'
  if (info.name === 'vlan_tci') {
    state.setTags(((BigInt(a.value) << BigInt(a.dst.ofs)) & BigInt(VLAN_PRESENT)) !== 0n, state.tags[1])
  }
  return undefined
}

/** Set a field wholly, as later versions do with what OpenFlow 1.0 had an action of its own for. */
export const asSetField = (field: FieldName, value: Value): readonly Action[] => [setField(fieldInfo(field), value)]

