/** Writing of matches as TLVs. */
import type { Writer } from '../binary.js'
import { EncodeError } from '../errors.js'
import type { Value } from '../spec/fields.js'
import { PacketKind } from '../spec/prereqs.js'
import { fieldInfo, type FieldInfo, type OxmId } from '../spec/registry.js'
import { OF12, VERSION_NAMES, type OfVersion } from '../version.js'
import { lengthOfOption } from './builder.js'
import { EXPERIMENTER_CLASS } from './entry.js'
import type { Match, MatchTerm } from './terms.js'

const VLAN_VID_BITS = 0x1fff
const NW_TOS = fieldInfo('nw_tos')
const VLAN_VID = fieldInfo('vlan_vid')
const VLAN_PCP = fieldInfo('vlan_pcp')
const PACKET_TYPE = fieldInfo('packet_type')

/** Writes the TLV of one value under `id`. Without a mask the exact form is used. */
export function writeOxm(w: Writer, id: OxmId, value: Value, mask?: Value): void {
  const header = mask === undefined ? id.exactHeader : id.maskedHeader
  if (id.oxmClass === EXPERIMENTER_CLASS) {
    w.u32(header)
    w.u32(id.experimenter)
    w.uint(value, id.bytes)
  } else {
    w.tlv(header, value, id.bytes)
  }
  if (mask !== undefined) w.uint(mask, id.bytes)
}

/** Writes a value of variable length, mostly without leading zero bytes. */
export function writeOption(
  w: Writer,
  id: OxmId,
  value: Value,
  mask: Value | undefined,
  bytes = lengthOfOption(value, mask),
): void {
  const payload = mask === undefined ? bytes : bytes * 2
  w.u32(((mask === undefined ? id.exactHeader : id.maskedHeader) & ~0xff) | payload)
  w.uint(BigInt(value), bytes)
  if (mask !== undefined) w.uint(BigInt(mask), bytes)
}

/** The TLV type of a field in a match of a version. @throws EncodeError when the version has none. */
export function oxmIdOf(info: FieldInfo, version: OfVersion): OxmId {
  const id = info.matchIds[version]
  if (id === undefined) throw new EncodeError(`${info.name} cannot be sent in ${VERSION_NAMES[version]}`)
  return id
}

/** Whether a term leaves traces in a match that is sent. */
function isSent({ field, value, mask }: MatchTerm, info: FieldInfo, kind: PacketKind, version: OfVersion): boolean {
  if (field !== 'vlan_tci' || version < OF12) return info.sent(kind)
  const bits = Number(mask ?? 0xffff)
  return (bits & VLAN_VID_BITS) !== 0 || (Number(value) & VLAN_VID_BITS) !== 0
}

/** Writes the match as TLVs without a header around them: OXM from 1.2 on, NXM for 1.0 and 1.1. */
export function writeMatchFields(w: Writer, match: Match, version: OfVersion): void {
  const start = w.length
  if (writeTerms(w, match, version)) return
  // The match asks for Ethernet, but nothing that is sent says so.
  w.reset(start)
  writeOxm(w, oxmIdOf(PACKET_TYPE, version), 0)
  writeTerms(w, match, version)
}

/** What is known of the packets of the match that is being written. */
const current = new PacketKind()

/**
 * The same without what goes without saying: that fields of Ethernet packets ask for such. False when the match asks
 * for Ethernet and what has been written does not. Fields stand behind their prerequisites, so one pass knows them.
 */
export function writeTerms(w: Writer, match: Match, version: OfVersion): boolean {
  const kind = current
  kind.reset()
  let asksEthernet = false
  let saysEthernet = false
  for (let i = 0; i < match.length; i++) {
    const term = match[i]
    if (term === undefined) break
    const info = fieldInfo(term.field)
    const { note, packed } = info
    if (note !== undefined) note(kind, Number(term.value), Number(term.mask ?? info.place.ones))
    const id = info.plainIds[version]
    if (id !== undefined) {
      const asks = info.prereq !== 'none'
      if (asks) asksEthernet = true
      if (!info.alwaysSent && !info.sent(kind)) continue
      if (asks) saysEthernet = true
      writeOxm(w, id, term.value, info.maskable ? term.mask : undefined)
      continue
    }
    if (info.prereq !== 'none' || info === PACKET_TYPE) {
      asksEthernet = true
      if (info !== PACKET_TYPE && isSent(term, info, kind, version)) saysEthernet = true
    }
    if (packed !== undefined && version >= packed.since) {
      i += writePacked(w, match, i, packed.into, version)
    } else if (info === PACKET_TYPE) {
      if (term.value !== 0) writeOxm(w, oxmIdOf(info, version), term.value)
    } else if (info.sent(kind)) {
      writeTerm(w, term, info, version)
    }
  }
  return !asksEthernet || saysEthernet || kind.packetType !== 0
}

function writeTerm(w: Writer, term: MatchTerm, info: FieldInfo, version: OfVersion): void {
  const { field, value, mask } = term
  if (field === 'vlan_tci' && version >= OF12) writeVlan(w, Number(value), Number(mask ?? 0xffff), version)
  else if (field === 'ip_dscp' && version < OF12) writeOxm(w, oxmIdOf(NW_TOS, version), Number(value) << 2)
  else if (info.variableLength) writeOption(w, oxmIdOf(info, version), value, mask, term.bytes)
  else if (info.maskable) writeOxm(w, oxmIdOf(info, version), value, mask ?? (info.alwaysMasked ? info.kept : undefined))
  else writeOxm(w, oxmIdOf(info, version), value)
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
    writeOxm(w, oxmIdOf(VLAN_VID, version), vid, vidMask === VLAN_VID_BITS ? undefined : vidMask)
  }
  if (vid !== 0 && mask >>> 13 !== 0) writeOxm(w, oxmIdOf(VLAN_PCP, version), tci >>> 13)
}
