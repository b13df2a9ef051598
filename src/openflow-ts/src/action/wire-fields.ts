import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import type { Value } from '../spec/fields.js'
import { type FieldInfo, fieldInfo, oxmByNumber, type OxmId } from '../spec/registry.js'
import type { OfVersion } from '../version.js'
import type { Subfield } from './types.js'

const EXPERIMENTER_CLASS = 0xffff

export const bad = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

/** @throws DecodeError unless the next `count` bytes, all that are left by default, are zero */
export function expectZeros(r: Reader, reply: string, count = r.remaining): void {
  const offset = r.offset
  for (let i = 0; i < count; i++) {
    if (r.u8() !== 0) throw bad('bytes that must be zero are not', offset, reply)
  }
}

/**
 * The TLV type by which actions name a field: set_field and copy_field by the version's own, Nicira's actions, whatever
 * the version, by the oldest (`NXM_`).
 */
export function actionOxm(info: FieldInfo, version: OfVersion): OxmId {
  const id = info.ids[version]
  if (id === undefined) throw new EncodeError(`${info.name} cannot be named in an action`)
  return id
}

/** The name of a field does not fit the 32 bits that older actions have for it. */
export const isExperimenter = (info: FieldInfo): boolean => info.allIds[0]?.oxmClass === EXPERIMENTER_CLASS

/** Writes the 4 bytes (8 for an experimenter's) that name a field. */
export function writeFieldHeader(w: Writer, info: FieldInfo, version: OfVersion): void {
  const id = actionOxm(info, version)
  w.u32(id.exactHeader)
  if (id.oxmClass === EXPERIMENTER_CLASS) w.u32(id.experimenter)
}

/** What is wrong with a name that is no field's, and with one of another length. */
interface HeaderReplies {
  readonly unknown: string
  readonly length: string
}

/** A TLV header of a field, masked or not. */
function readHeader(r: Reader, replies: HeaderReplies): { readonly id: OxmId; readonly masked: boolean } {
  const offset = r.offset
  if (r.remaining < 4) throw bad('the name of a field is cut short', offset, 'OFPBMC_BAD_LEN')
  const oxmClass = r.u16()
  const fieldAndMask = r.u8()
  const length = r.u8()
  const masked = (fieldAndMask & 1) !== 0
  let experimenter = 0
  if (oxmClass === EXPERIMENTER_CLASS) {
    if (r.remaining < 4) throw bad('an experimenter field is cut short', offset, replies.unknown)
    experimenter = r.u32()
  }
  const id = oxmByNumber(oxmClass, fieldAndMask >>> 1, experimenter)
  if (id === undefined) throw bad(`unknown field ${oxmClass}:${fieldAndMask >>> 1}`, offset, replies.unknown)
  if (length !== ((masked ? id.maskedHeader : id.exactHeader) & 0xff)) {
    const reply = oxmClass === EXPERIMENTER_CLASS ? replies.unknown : replies.length
    throw bad(`${id.info.name}: a field of ${length} bytes`, offset, reply)
  }
  return { id, masked }
}

const ALONE: HeaderReplies = { unknown: 'OFPBMC_BAD_FIELD', length: 'OFPBMC_BAD_FIELD' }
const SHORT: HeaderReplies = { unknown: 'OFPBAC_BAD_SET_TYPE', length: 'OFPBAC_BAD_SET_TYPE' }
const WITH_VALUE: HeaderReplies = { unknown: 'OFPBAC_BAD_SET_TYPE', length: 'OFPBAC_BAD_SET_LEN' }

/** The name of a field, without a mask. @throws DecodeError */
export function readFieldHeader(r: Reader): FieldInfo {
  const offset = r.offset
  const { id, masked } = readHeader(r, ALONE)
  if (masked) throw bad(`${id.name}: a mask where there is no value`, offset, 'OFPBMC_BAD_MASK')
  return id.info
}

/** The name of a field in 32 bits; whether it says that there is a mask does not matter. @throws DecodeError */
export const readShortHeader = (r: Reader): FieldInfo => readHeader(r.slice(4), SHORT).id.info

const wild = (value: Value, mask: Value): boolean =>
  typeof value === 'number' && typeof mask === 'number' ? (value & ~mask) !== 0 : (BigInt(value) & ~BigInt(mask)) !== 0n

/** A field with its value and perhaps its mask. @throws DecodeError */
export function readFieldValue(r: Reader): { info: FieldInfo; value: Value; mask: Value | undefined } {
  const offset = r.offset
  const { id, masked } = readHeader(r, WITH_VALUE)
  const { info, bytes } = id
  if (r.remaining < (masked ? 2 * bytes : bytes)) throw bad(`${info.name} is cut short`, offset, 'OFPBMC_BAD_LEN')
  const value = r.uint(bytes)
  if (!masked) return { info, value, mask: undefined }
  const mask = r.uint(bytes)
  if (wild(value, mask)) throw bad(`${info.name}: value has bits outside its mask`, offset, 'OFPBMC_BAD_WILDCARDS')
  return { info, value, mask }
}

/** @throws DecodeError when the bits are none, or not all in the field */
export function checkBits(info: FieldInfo, ofs: number, nBits: number, offset: number): void {
  if (nBits < 1 || ofs + nBits > info.subfieldBits) {
    throw bad(`${info.name} has no bits ${ofs}..${ofs + nBits - 1}`, offset, 'OFPBAC_BAD_SET_LEN')
  }
}

/** @throws DecodeError when the bits are not all in the field */
export function subfieldOf(info: FieldInfo, ofs: number, nBits: number, offset: number): Subfield {
  checkBits(info, ofs, nBits, offset)
  return { field: info.name, ofs, n_bits: nBits }
}

/** The same, for bits to be written. */
export function destinationOf(info: FieldInfo, ofs: number, nBits: number, offset: number): Subfield {
  const dst = subfieldOf(info, ofs, nBits, offset)
  if (!info.writable) throw bad(`${info.name} cannot be set`, offset, 'OFPBAC_BAD_SET_ARGUMENT')
  return dst
}

/** Offset and width in 16 bits: ofs << 6 | (n_bits - 1). */
export const ofsNbits = (s: Subfield): number => (s.ofs << 6) | (s.n_bits - 1)
export const ofsOf = (packed: number): number => packed >>> 6
export const nBitsOf = (packed: number): number => (packed & 63) + 1

export const infoOf = (s: Subfield): FieldInfo => fieldInfo(s.field)
