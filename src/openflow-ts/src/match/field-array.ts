import type { Reader, Writer } from '../binary.js'
import { DecodeError } from '../errors.js'
import type { FieldName, Value } from '../spec/fields.js'
import { inOvsOrder } from '../spec/field-order.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { OfVersion } from '../version.js'
import { oxmIdOf, readOxmHeader } from './oxm.js'

/** Bits of a field; all of them where there is no mask. */
export interface FieldBits {
  readonly field: FieldName
  readonly mask?: Value
}

/** Fields with their bits, in OVS's order, none twice (OVS's `struct field_array`). */
export type FieldArray = readonly FieldBits[]

/** Ones in every bit of the field's bytes, also in those that a value never uses. */
const allBytes = (info: FieldInfo): Value =>
  info.wide ? (1n << BigInt(info.bytes * 8)) - 1n : 2 ** (info.bytes * 8) - 1

/** Whether these may be the bits of the field: all or none, where it cannot be masked. */
export const isBitsOf = (info: FieldInfo, mask: Value): boolean =>
  info.maskable || mask === allBytes(info) || BigInt(mask) === 0n

/** Fields with their bits as a canonical array. */
export function fieldArrayOf(bits: ReadonlyMap<FieldInfo, Value>): FieldArray {
  return inOvsOrder(bits.keys()).map((info) => {
    const mask = bits.get(info)
    return mask === undefined || mask === allBytes(info) ? { field: info.name } : { field: info.name, mask }
  })
}

/** The bits of every field that a text or a peer gives. */
export const fieldBits = (info: FieldInfo, mask: Value | undefined): Value => mask ?? allBytes(info)

/** Writes the fields as TLVs whose values are the masks. */
export function writeFieldArray(w: Writer, fields: FieldArray, version: OfVersion): void {
  for (const { field, mask } of fields) {
    const info = fieldInfo(field)
    const id = oxmIdOf(info, version)
    w.u32(id.exactHeader)
    if (id.oxmClass === 0xffff) w.u32(id.experimenter)
    w.uint(fieldBits(info, mask), id.bytes)
  }
}

const bad = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

/** Reads such TLVs to the end. @throws DecodeError OFPBMC_* */
export function readFieldArray(r: Reader): FieldArray {
  const bits = new Map<FieldInfo, Value>()
  while (r.remaining > 0) {
    const offset = r.offset
    const { id, masked } = readOxmHeader(r)
    const { info } = id
    if (r.remaining < id.bytes) throw bad(`${info.name} is cut short`, offset, 'OFPBMC_BAD_LEN')
    const mask = r.uint(id.bytes)
    if (masked || !isBitsOf(info, mask)) throw bad(`${info.name}: bad mask`, offset, 'OFPBMC_BAD_MASK')
    if (bits.has(info)) throw bad(`${info.name} is there twice`, offset, 'OFPBMC_DUP_FIELD')
    bits.set(info, mask)
  }
  return fieldArrayOf(bits)
}
