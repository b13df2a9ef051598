import type { Reader } from '../binary.js'
import { DecodeError } from '../errors.js'
import { type OxmId, oxmByNumber } from '../spec/registry.js'

export const EXPERIMENTER_CLASS = 0xffff
/** Exact lengths from here on are no length of a field. */
const TOO_LONG = 0x80

export const bad = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

/** The header of a TLV, and how its payload is divided. */
export interface EntryHeader {
  readonly oxmClass: number
  readonly number: number
  readonly masked: boolean
  /** Bytes after the header. */
  readonly payload: number
  /** Bytes of the value, and of the mask where there is one. */
  readonly bytes: number
  /** The field that it names, if it is known and may be as long. */
  readonly id: OxmId | undefined
}

/** Whether a TLV of that field may have values of so many bytes. */
const fits = (id: OxmId, bytes: number): boolean =>
  id.bytes === bytes || (id.info.variableLength && bytes + (id.oxmClass === EXPERIMENTER_CLASS ? 4 : 0) < TOO_LONG)

/** Reads a TLV header. @throws DecodeError OFPBMC_BAD_LEN */
export function readEntryHeader(r: Reader): EntryHeader {
  const offset = r.offset
  if (r.remaining < 4) throw bad('a match field is cut short', offset, 'OFPBMC_BAD_LEN')
  const oxmClass = r.u16()
  const fieldAndMask = r.u8()
  let payload = r.u8()
  let experimenter = 0
  if (oxmClass === EXPERIMENTER_CLASS) {
    if (payload < 4 || r.remaining < 4) throw bad('an experimenter field is cut short', offset, 'OFPBMC_BAD_LEN')
    experimenter = r.u32()
    payload -= 4
  }
  const number = fieldAndMask >>> 1
  const masked = (fieldAndMask & 1) !== 0
  const bytes = masked ? payload >>> 1 : payload
  const known = oxmByNumber(oxmClass, number, experimenter)
  return { oxmClass, number, masked, payload, bytes, id: known !== undefined && fits(known, bytes) ? known : undefined }
}

/**
 * Steps over the payload of a TLV and gives it.
 * @throws DecodeError OFPBMC_BAD_LEN, or OFPBMC_BAD_WILDCARDS when the value has bits outside its mask
 */
export function readPayload(r: Reader, { masked, payload, bytes }: EntryHeader): Buffer {
  const { offset } = r
  if (r.remaining < payload) throw bad('a match field is cut short', offset, 'OFPBMC_BAD_LEN')
  const data = r.bytes(payload)
  if (!masked) return data
  for (let i = 0; i < bytes; i++) {
    if (((data[i] ?? 0) & ~(data[bytes + i] ?? 0)) !== 0) {
      throw bad('the value of a match field has bits outside its mask', offset, 'OFPBMC_BAD_WILDCARDS')
    }
  }
  return data
}
