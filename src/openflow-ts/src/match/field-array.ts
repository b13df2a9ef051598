import { Reader, type Writer } from '../binary.js'
import type { FieldName, Value } from '../spec/fields.js'
import { inOvsOrder } from '../spec/field-order.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { OfVersion } from '../version.js'
import { bad, readEntryHeader, readPayload } from './entry.js'
import { oxmIdOf } from './write.js'

/** Bits of a field; all of them where there is no mask. */
export interface FieldBits {
  readonly field: FieldName
  readonly mask?: Value
}

/** Fields with their bits, in OVS's order, none twice (OVS's `struct field_array`). */
export type FieldArray = readonly FieldBits[]

/** Ones in every bit of so many bytes: a TLV may have fewer than the field, as that of a port of 1.0. */
const ones = (bytes: number, wide: boolean): Value => (wide ? (1n << BigInt(bytes * 8)) - 1n : 2 ** (bytes * 8) - 1)

/** Whether these may be the bits of the field: all or none, where it cannot be masked. */
export const isBitsOf = (info: FieldInfo, mask: Value): boolean =>
  info.maskable || mask === info.byteOnes || BigInt(mask) === 0n

/** Fields with their bits as a canonical array. */
export function fieldArrayOf(bits: ReadonlyMap<FieldInfo, Value>): FieldArray {
  return inOvsOrder(bits.keys()).map((info) => {
    const mask = bits.get(info)
    return mask === undefined || mask === info.byteOnes ? { field: info.name } : { field: info.name, mask }
  })
}

/** The bits of every field that a text or a peer gives. */
export const fieldBits = (info: FieldInfo, mask: Value | undefined): Value => mask ?? info.byteOnes

/** Writes the fields as TLVs whose values are the masks. */
export function writeFieldArray(w: Writer, fields: FieldArray, version: OfVersion): void {
  for (const { field, mask } of fields) {
    const info = fieldInfo(field)
    const id = oxmIdOf(info, version)
    w.u32(id.exactHeader)
    if (id.oxmClass === 0xffff) w.u32(id.experimenter)
    w.uint(mask ?? ones(id.bytes, info.wide), id.bytes)
  }
}

/** Reads such TLVs to the end. @throws DecodeError OFPBMC_* */
export function readFieldArray(r: Reader): FieldArray {
  const bits = new Map<FieldInfo, Value>()
  while (r.remaining > 0) {
    const { offset } = r
    const header = readEntryHeader(r)
    const data = readPayload(r, header)
    if (header.masked) throw bad('a mask of a mask', offset, 'OFPBMC_BAD_MASK')
    if (header.id === undefined) throw bad('unknown field', offset, 'OFPBMC_BAD_FIELD')
    const { info } = header.id
    const bytes = new Reader(data).uint(data.length)
    const received = info.wide ? BigInt(bytes) : bytes
    const mask = data.length < info.bytes && received === ones(data.length, info.wide) ? info.byteOnes : received
    if (bits.has(info)) throw bad(`${info.name} is there twice`, offset, 'OFPBMC_DUP_FIELD')
    if (!isBitsOf(info, mask)) throw bad(`${info.name}: bad mask`, offset, 'OFPBMC_BAD_MASK')
    bits.set(info, mask)
  }
  return fieldArrayOf(bits)
}
