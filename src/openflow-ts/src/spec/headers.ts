import { FIELD_INFOS, type FieldInfo, type OxmId } from './registry.js'

/** A whole TLV header, which says what follows it. */
export interface KnownHeader {
  readonly id: OxmId
  readonly info: FieldInfo
  readonly masked: boolean
  /** Bytes of the value, and of the mask where there is one. */
  readonly bytes: number
  /** Bytes after the header. */
  readonly payload: number
}

/** The classes of OpenFlow (0x8000, 0x8001) and of Nicira (0, 1) are known by two of their bits; no others are here. */
const OTHER_CLASS_BITS = 0x7ffe

const slotOf = (header: number): number => ((header >>> 16) & 1) * 512 + (header >>> 31) * 256 + ((header >>> 8) & 0xff)

/** By class, field and whether there is a mask. A plain array: the keys of a Map would be numbers on the heap. */
const byHeader: (KnownHeader | undefined)[] = Array.from({ length: 1024 }, () => undefined)

for (const info of FIELD_INFOS) {
  if (info.variableLength) continue
  for (const id of info.allIds) {
    const { oxmClass, exactHeader, maskedHeader, bytes } = id
    if ((oxmClass & OTHER_CLASS_BITS) !== 0) continue
    byHeader[slotOf(exactHeader)] = { id, info, masked: false, bytes, payload: bytes }
    byHeader[slotOf(maskedHeader)] = { id, info, masked: true, bytes, payload: 2 * bytes }
  }
}

/** What a whole TLV header says, of fields of a fixed length, which are nearly all; else it takes a closer look. */
export function oxmByHeader(header: number): KnownHeader | undefined {
  if (((header >>> 16) & OTHER_CLASS_BITS) !== 0) return undefined
  const known = byHeader[slotOf(header)]
  return known?.payload === (header & 0xff) ? known : undefined
}
