import { Reader, type Writer } from '../binary.js'
import { EncodeError } from '../errors.js'
import { bad, EXPERIMENTER_CLASS, readEntryHeader, readPayload } from '../match/entry.js'
import { readValue } from '../match/plain.js'
import { widenPort } from '../ports.js'
import type { Value } from '../spec/fields.js'
import { type KnownHeader, oxmByHeader } from '../spec/headers.js'
import { type FieldInfo, fieldInfo, type OxmId } from '../spec/registry.js'
import type { OfVersion } from '../version.js'
import type { Subfield } from './types.js'

export { bad }

/** @throws DecodeError unless the next `count` bytes, all that are left by default, are zero */
export function expectZeros(r: Reader, reply: string, count = r.remaining): void {
  const offset = r.offset
  if (!r.skipZeros(count)) throw bad('bytes that must be zero are not', offset, reply)
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

/** The name of a field, without a mask. @throws DecodeError */
export function readFieldHeader(r: Reader): FieldInfo {
  const known = r.remaining < 4 ? undefined : oxmByHeader(r.peek32())
  if (known?.masked === false) {
    r.skip(4)
    return known.id.info
  }
  const offset = r.offset
  const { id, masked, oxmClass, number } = readEntryHeader(r)
  if (id === undefined) throw bad(`no field ${oxmClass}:${number}`, offset, 'OFPBMC_BAD_FIELD')
  if (masked) throw bad(`${id.name}: a mask where there is no value`, offset, 'OFPBMC_BAD_MASK')
  return id.info
}

/** The name of a field in 32 bits; whether it says that there is a mask does not matter. @throws DecodeError */
export function readShortHeader(r: Reader): FieldInfo {
  const known = oxmByHeader(r.peek32())
  if (known !== undefined) {
    r.skip(4)
    return known.id.info
  }
  const header = r.bytes(4)
  const id = header.readUInt16BE() === EXPERIMENTER_CLASS ? undefined : readEntryHeader(new Reader(header)).id
  if (id === undefined) throw bad(`no field ${header.toString('hex')}`, r.offset - 4, 'OFPBAC_BAD_SET_TYPE')
  return id.info
}

function valueOf(info: FieldInfo, data: Buffer): Value {
  const value = new Reader(data).uint(data.length)
  return info.wide ? BigInt(value) : value
}

/** The header of an exact value that stands there whole as it is kept, and steps over it; undefined: take a closer look. */
export function plainHeader(r: Reader): KnownHeader | undefined {
  const known = r.remaining < 4 ? undefined : oxmByHeader(r.peek32())
  if (known === undefined || known.masked || known.info.format === 'port' || r.remaining < 4 + known.bytes) return undefined
  r.skip(4)
  return known
}

/** A field with its value and perhaps its mask. @throws DecodeError */
export function readFieldValue(r: Reader): { info: FieldInfo; value: Value; mask: Value | undefined } {
  const plain = plainHeader(r)
  if (plain !== undefined) return { info: plain.info, value: readValue(r, plain.info, plain.bytes), mask: undefined }
  const offset = r.offset
  const header = readEntryHeader(r)
  const { id, bytes } = header
  if (id === undefined) {
    const reply = bytes > 0 || header.oxmClass === EXPERIMENTER_CLASS ? 'OFPBAC_BAD_SET_LEN' : 'OFPBAC_BAD_SET_TYPE'
    throw bad(`no field ${header.oxmClass}:${header.number} of ${bytes} bytes`, offset, reply)
  }
  const { info } = id
  const data = readPayload(r, header)
  const value = valueOf(info, data.subarray(0, bytes))
  const mask = header.masked ? valueOf(info, data.subarray(bytes, 2 * bytes)) : undefined
  const isPort = info.format === 'port' && bytes === 2
  if (isPort && (mask ?? 0xffff) === 0xffff) return { info, value: widenPort(Number(value)), mask: undefined }
  return { info, value, mask }
}

/** @throws DecodeError when the bits are none, or not all in the field */
function checkBits(info: FieldInfo, ofs: number, nBits: number, offset: number): void {
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
