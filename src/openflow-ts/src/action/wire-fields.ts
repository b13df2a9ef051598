import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { readOxmHeader } from '../match/oxm.js'
import { type FieldInfo, fieldInfo, type OxmId } from '../spec/registry.js'
import type { OfVersion } from '../version.js'
import type { Subfield } from './types.js'

/**
 * The TLV type by which actions name a field: set_field and copy_field by the version's own, Nicira's actions, whatever
 * the version, by the oldest (`NXM_`).
 */
export function actionOxm(info: FieldInfo, version: OfVersion): OxmId {
  const id = info.ids[version]
  if (id === undefined) throw new EncodeError(`${info.name} cannot be named in an action`)
  return id
}

/** Writes the 4 bytes (8 for an experimenter's) that name a field. */
export function writeFieldHeader(w: Writer, info: FieldInfo, version: OfVersion): void {
  const id = actionOxm(info, version)
  w.u32(id.exactHeader)
  if (id.oxmClass === 0xffff) w.u32(id.experimenter)
}

/** @throws DecodeError OFPBAC_BAD_SET_TYPE for a field that is not known, or masked */
export function readFieldHeader(r: Reader): FieldInfo {
  const offset = r.offset
  const { id, masked } = readOxmHeader(r, 'OFPBAC_BAD_SET_TYPE')
  if (masked) {
    throw new DecodeError(`${id.name}: a mask where there is no value`, { offset, reply: 'OFPBAC_BAD_SET_MASK' })
  }
  return id.info
}

/** @throws DecodeError OFPBAC_BAD_ARGUMENT when the bits are not all in the field */
export function subfieldOf(info: FieldInfo, ofs: number, nBits: number, offset: number): Subfield {
  if (nBits < 1 || ofs + nBits > info.subfieldBits) {
    const what = `${info.name} has no bits ${ofs}..${ofs + nBits - 1}`
    throw new DecodeError(what, { offset, reply: 'OFPBAC_BAD_ARGUMENT' })
  }
  return { field: info.name, ofs, n_bits: nBits }
}

/** Offset and width in 16 bits: ofs << 6 | (n_bits - 1). */
export const ofsNbits = (s: Subfield): number => (s.ofs << 6) | (s.n_bits - 1)

export const subfieldOfPacked = (info: FieldInfo, packed: number, offset: number): Subfield =>
  subfieldOf(info, packed >>> 6, (packed & 63) + 1, offset)

export const infoOf = (s: Subfield): FieldInfo => fieldInfo(s.field)
