import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import type { Value } from '../spec/fields.js'
import { PacketKind } from '../spec/prereqs.js'
import { fieldInfo, type FieldInfo, oxmByNumber, type OxmId } from '../spec/registry.js'
import { OF12, VERSION_NAMES, type OfVersion } from '../version.js'
import { type Match, MatchBuilder, type MatchTerm } from './terms.js'

const OFPMT_OXM = 1
const EXPERIMENTER_CLASS = 0xffff
const VLAN_VID_BITS = 0x1fff

/** Writes the TLV of one value under `id`. Without a mask the exact form is used. */
export function writeOxm(w: Writer, id: OxmId, value: Value, mask?: Value): void {
  w.u32(mask === undefined ? id.exactHeader : id.maskedHeader)
  if (id.oxmClass === EXPERIMENTER_CLASS) w.u32(id.experimenter)
  w.uint(value, id.bytes)
  if (mask !== undefined) w.uint(mask, id.bytes)
}

/** The TLV type of a field in a match of a version. @throws EncodeError when the version has none. */
export function oxmIdOf(info: FieldInfo, version: OfVersion): OxmId {
  const id = info.matchIds[version]
  if (id === undefined) throw new EncodeError(`${info.name} cannot be sent in ${VERSION_NAMES[version]}`)
  return id
}

/** Writes the match as TLVs without a header around them: OXM from 1.2 on, NXM for 1.0 and 1.1. */
export function writeMatchFields(w: Writer, match: Match, version: OfVersion): void {
  for (let i = 0; i < match.length; i++) {
    const term = match[i]
    if (term === undefined) break
    const info = fieldInfo(term.field)
    const packed = info.packed
    if (packed !== undefined && version >= packed.since) {
      i += writePacked(w, match, i, packed.into, version)
    } else if (term.field === 'vlan_tci' && version >= OF12) {
      writeVlan(w, Number(term.value), Number(term.mask ?? info.ones), version)
    } else if (term.field === 'ip_dscp' && version < OF12) {
      writeOxm(w, oxmIdOf(fieldInfo('nw_tos'), version), Number(term.value) << 2)
    } else {
      writeOxm(w, oxmIdOf(info, version), term.value, term.mask ?? (info.alwaysMasked ? info.ones : undefined))
    }
  }
}

/** Writes the terms from `at` on that are parts of `into`; returns how many there were beyond the first. */
function writePacked(w: Writer, match: Match, at: number, into: FieldInfo, version: OfVersion): number {
  let value = 0n
  let mask = 0n
  let count = 0
  for (let i = at; i < match.length; i++) {
    const term = match[i]
    const info = term === undefined ? undefined : fieldInfo(term.field)
    if (term === undefined || info?.packed?.into !== into) break
    const shift = BigInt(into.bits - info.bits * (info.packed.position + 1))
    value |= BigInt(term.value) << shift
    mask |= BigInt(term.mask ?? info.ones) << shift
    count++
  }
  writeOxm(w, oxmIdOf(into, version), value, mask === into.ones ? undefined : mask)
  return count - 1
}

/** OXM knows no vlan_tci: its bits travel as vlan_vid (with the "present" bit) and vlan_pcp. */
function writeVlan(w: Writer, tci: number, mask: number, version: OfVersion): void {
  const vid = tci & VLAN_VID_BITS
  const vidMask = mask & VLAN_VID_BITS
  if (vidMask !== 0) {
    writeOxm(w, oxmIdOf(fieldInfo('vlan_vid'), version), vid, vidMask === VLAN_VID_BITS ? undefined : vidMask)
  }
  if (vid !== 0 && mask >>> 13 !== 0) writeOxm(w, oxmIdOf(fieldInfo('vlan_pcp'), version), tci >>> 13)
}

/** Writes a match as `struct ofp_match` of type OFPMT_OXM (OpenFlow 1.2+), padded to 8 bytes. */
export function encodeMatch(w: Writer, m: Match, v: OfVersion): void {
  if (v < OF12) throw new EncodeError(`${VERSION_NAMES[v]} has no OXM matches`)
  const start = w.length
  w.u16(OFPMT_OXM)
  w.u16(0)
  writeMatchFields(w, m, v)
  w.patch16(start + 2, w.length - start)
  w.alignFrom(start, 8)
}

/** Reads what `encodeMatch` writes. @throws DecodeError (OFPBMC_*) on anything that is not a valid match. */
export function decodeMatch(r: Reader, v: OfVersion): Match {
  if (v < OF12) throw bad(`${VERSION_NAMES[v]} has no OXM matches`, r.offset, 'OFPBMC_BAD_TYPE')
  const start = r.offset
  const type = r.u16()
  if (type !== OFPMT_OXM) throw new DecodeError(`match of type ${type}`, { offset: start, reply: 'OFPBMC_BAD_TYPE' })
  const length = r.u16()
  if (length < 4) throw new DecodeError(`match of ${length} bytes`, { offset: start, reply: 'OFPBMC_BAD_LEN' })
  const fields = r.slice(length - 4)
  r.skip((8 - (length % 8)) % 8)
  return readMatchFields(fields)
}

/** One TLV as received: its mask is all ones where the wire gave none. */
interface ReceivedOxm {
  readonly id: OxmId
  readonly value: Value
  readonly mask: Value | undefined
}

const bad = (what: string, offset: number, reply: string): DecodeError => new DecodeError(what, { offset, reply })

/** Reads a TLV header. @throws DecodeError OFPBMC_BAD_FIELD when the field is unknown or has another length. */
export function readOxmHeader(r: Reader, reply = 'OFPBMC_BAD_FIELD'): { readonly id: OxmId; readonly masked: boolean } {
  const offset = r.offset
  if (r.remaining < 4) throw bad('a match field is cut short', offset, 'OFPBMC_BAD_LEN')
  const oxmClass = r.u16()
  const fieldAndMask = r.u8()
  const length = r.u8()
  let experimenter = 0
  if (oxmClass === EXPERIMENTER_CLASS) {
    if (length < 4 || r.remaining < 4) throw bad('an experimenter field is cut short', offset, 'OFPBMC_BAD_LEN')
    experimenter = r.u32()
  }
  const id = oxmByNumber(oxmClass, fieldAndMask >>> 1, experimenter)
  if (id === undefined) throw bad(`unknown match field ${oxmClass}:${fieldAndMask >>> 1}`, offset, reply)
  const masked = (fieldAndMask & 1) !== 0
  if (length !== ((masked ? id.maskedHeader : id.exactHeader) & 0xff)) {
    throw bad(`${id.info.name}: a field of ${length} bytes`, offset, 'OFPBMC_BAD_LEN')
  }
  return { id, masked }
}

const outsideMask = (info: FieldInfo, offset: number): DecodeError =>
  bad(`${info.name}: value has bits outside its mask`, offset, 'OFPBMC_BAD_WILDCARDS')

/** Reads one TLV and checks that its value fits the field and its mask. */
export function readOxm(r: Reader, reply = 'OFPBMC_BAD_FIELD'): ReceivedOxm {
  const offset = r.offset
  const { id, masked } = readOxmHeader(r, reply)
  const { info, bytes } = id
  if (r.remaining < (masked ? bytes * 2 : bytes)) throw bad(`${info.name} is cut short`, offset, 'OFPBMC_BAD_LEN')
  let value = r.uint(bytes)
  if (info.format === 'port' && bytes === 2) value = widenPort(Number(value))
  if (value > info.ones) throw bad(`${info.name}: value out of range`, offset, 'OFPBMC_BAD_VALUE')
  if (!masked) return { id, value, mask: undefined }
  const mask = r.uint(bytes)
  if (typeof value === 'number' && typeof mask === 'number') {
    if ((value & ~mask) !== 0) throw outsideMask(info, offset)
    return { id, value, mask: (mask & Number(info.ones)) >>> 0 }
  }
  const wide = BigInt(value)
  const wideMask = BigInt(mask)
  if ((wide & wideMask) !== wide) throw outsideMask(info, offset)
  return { id, value: wide, mask: wideMask & BigInt(info.ones) }
}

/** A 16-bit port number of OpenFlow 1.0 as one of 32 bits. */
export const widenPort = (port: number): number => (port >= 0xff00 ? port + 0xffff0000 : port)

/**
 * Reads TLVs to the end of `r`. Fields must come after their prerequisites, none twice.
 * @throws DecodeError OFPBMC_*
 */
export function readMatchFields(r: Reader): Match {
  const kind = new PacketKind()
  const received: ReceivedOxm[] = []
  const terms: MatchTerm[] = []
  // As long as fields come in table order and none is part of another, they are the canonical terms already.
  let canonical = true
  let last = -1
  while (r.remaining > 0) {
    const offset = r.offset
    const oxm = readOxm(r)
    const { info } = oxm.id
    const mask = checkMask(info, oxm.mask, offset)
    if (mask === 0) continue
    if (!info.prereqMet(kind)) {
      throw bad(`${info.name}: prerequisite ${info.prereq} not matched`, offset, 'OFPBMC_BAD_PREREQ')
    }
    if (received.some((other) => other.id.info === info)) {
      throw bad(`${info.name} is matched twice`, offset, 'OFPBMC_DUP_FIELD')
    }
    received.push(oxm)
    const target = info.view?.of[0] ?? info
    if (target !== info && info.view?.whole !== true) canonical = false
    if (target.index <= last || target.name === 'packet_type') canonical = false
    last = target.index
    const { value } = oxm
    target.note?.(kind, Number(value), Number(mask ?? info.ones))
    terms.push(mask === undefined ? { field: target.name, value } : { field: target.name, value, mask })
  }
  return canonical ? terms : gather(received, r.offset)
}

/** The mask as a canonical term has it: none for all ones; 0 for a field that is not matched at all. */
function checkMask(info: FieldInfo, mask: Value | undefined, offset: number): Value | undefined {
  if (mask === undefined || mask === info.ones) return undefined
  if (mask === 0 || mask === 0n) return 0
  if (!info.maskable) throw bad(`${info.name} cannot be masked`, offset, 'OFPBMC_BAD_MASK')
  return mask
}

/** The canonical match of fields in any order, some of which are views of others. */
function gather(received: readonly ReceivedOxm[], offset: number): Match {
  const builder = new MatchBuilder()
  for (const { id, value, mask } of received) {
    if (builder.put(id.info, value, mask ?? id.info.ones) !== undefined) {
      throw bad(`${id.info.name} contradicts another field`, offset, 'OFPBMC_DUP_FIELD')
    }
  }
  return builder.build((info) => {
    throw bad(`${info.name}: prerequisite ${info.prereq} not matched`, offset, 'OFPBMC_BAD_PREREQ')
  })
}
