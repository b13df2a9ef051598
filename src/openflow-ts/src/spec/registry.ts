import { PROTOCOLS, type Protocols } from '../protocols.js'
import { OF10, OF15, type OfVersion } from '../version.js'
import type { FieldSpec, FormatName, PrereqName, WireId } from './field-spec.js'
import { FIELDS, type FieldName, type Value } from './fields.js'
import { always, NOTES, type PacketKind, PREREQS } from './prereqs.js'

/** A TLV header of a field, ready to be written or recognized. */
export interface OxmId {
  readonly info: FieldInfo
  readonly name: string
  readonly oxmClass: number
  readonly number: number
  readonly experimenter: number
  readonly since: OfVersion
  /** Payload bytes of one value. */
  readonly bytes: number
  /** class:16 field:7 hasmask:1 length:8. */
  readonly exactHeader: number
  readonly maskedHeader: number
}

/** Part of a wider field: where a field's bits are in one that packs several. */
export interface Packed {
  readonly into: FieldInfo
  /** Index in the packing field, 0 the most significant. */
  readonly position: number
  readonly since: OfVersion
}

/** What a match holds of packets under one name or several. */
export interface Place {
  readonly index: number
  readonly name: string
  /** Values are bigint. */
  readonly wide: boolean
  /** The mask that asks for every bit. */
  ones: Value
  readonly note: ((kind: PacketKind, value: number, mask: number) => void) | undefined
  /** The fields that it may be, in table order. */
  readonly fields: FieldInfo[]
}

/** A field's entry, compiled. */
export interface FieldInfo {
  readonly index: number
  readonly name: FieldName
  readonly printName: string
  readonly aliases: readonly string[]
  readonly bits: number
  /** Bits that a subfield may cover. */
  readonly subfieldBits: number
  readonly bytes: number
  /** Values are bigint. */
  readonly wide: boolean
  readonly ones: Value
  /** All ones in all its bytes: the mask of an exact value as text and TLVs have it. */
  readonly byteOnes: Value
  /** The bits that a match keeps. */
  readonly kept: Value
  /** The bits that may be on in a value received. */
  readonly validMask: Value
  readonly validValues: readonly number[] | undefined
  readonly valueIsMask: boolean
  readonly variableLength: boolean
  readonly format: FormatName
  readonly maskable: boolean
  readonly alwaysMasked: boolean
  readonly writable: boolean
  readonly prereq: PrereqName
  /** Whether a match may have it. */
  readonly prereqMet: (kind: PacketKind) => boolean
  /** Whether a match that has it sends it. */
  readonly sent: (kind: PacketKind) => boolean
  /** Every match that has it does. */
  readonly alwaysSent: boolean
  readonly note: ((kind: PacketKind, value: number, mask: number) => void) | undefined
  /** A match has its values just as they are received, but for bits that it does not keep: it is no view of others. */
  readonly plain: boolean
  /** NXM may write it otherwise than it came, though under the same name. */
  readonly unlikeWritten: boolean
  /** Any value of its bytes will do. */
  readonly anyValue: boolean
  readonly place: Place
  /** Flow formats that can match it exactly, under a prefix, and under any mask. */
  readonly usable: { readonly exact: Protocols; readonly cidr: Protocols; readonly bitwise: Protocols }
  view: FieldViewInfo | undefined
  /** Index: OfVersion. */
  readonly ids: readonly (OxmId | undefined)[]
  /** The same for matches, which may go under the name of a view of all bits. */
  readonly matchIds: (OxmId | undefined)[]
  /** Those of versions in which a match sends it as it is, alone and under its own name. */
  readonly plainIds: (OxmId | undefined)[]
  readonly allIds: readonly OxmId[]
  packed: Packed | undefined
}

export interface FieldViewInfo {
  readonly of: readonly FieldInfo[]
  /** The one field of `of`. */
  readonly only: FieldInfo | undefined
  readonly shift: number
  readonly set: number
  /** It is the one field of `of`, all bits where they are, under another name. */
  readonly whole: boolean
  readonly packedSince: OfVersion | undefined
}

const bytesOf = (spec: FieldSpec): number => spec.bytes ?? (spec.bits <= 16 ? Math.ceil(spec.bits / 8) : spec.bits / 8)

function onesOf(bits: number): Value {
  if (bits > 32) return (1n << BigInt(bits)) - 1n
  return bits === 32 ? 0xffffffff : 2 ** bits - 1
}

function oxmId(info: FieldInfo, id: WireId): OxmId {
  const bytes = id.bytes ?? info.bytes
  const extra = id.experimenter === undefined ? 0 : 4
  const head = id.oxmClass * 0x10000 + id.number * 0x200
  return {
    info,
    name: id.name,
    oxmClass: id.oxmClass,
    number: id.number,
    experimenter: id.experimenter ?? 0,
    since: id.since,
    bytes,
    exactHeader: head + bytes + extra,
    maskedHeader: head + 0x100 + bytes * 2 + extra,
  }
}

/** The id under which a version sends the field: the newest that it knows or else, as in OVS, the oldest there is. */
function chooseId(ids: readonly OxmId[], version: number): OxmId | undefined {
  let best = ids[0]
  for (const id of ids) if (best === undefined || (id.since <= version && id.since > best.since)) best = id
  return best
}

const byName = new Map<string, FieldInfo>()
const byWireName = new Map<string, OxmId>()
const byWire = new Map<number, OxmId>()

/** Key of a TLV type: class and number, and for experimenter classes the experimenter. */
const wireKey = (oxmClass: number, number: number, experimenter: number): number =>
  oxmClass === 0xffff ? experimenter * 0x100 + number + 0x100000000 : oxmClass * 0x100 + number

function lookUp(name: string): FieldInfo {
  const info = byName.get(name)
  if (info === undefined) throw new Error(`the field table names an unknown field: ${name}`)
  return info
}

function usableOf({ of10, of11, wire, view }: FieldSpec): FieldInfo['usable'] {
  const { NXM_OXM_ANY, OF10_STD_ANY, OF11_STD, NONE } = PROTOCOLS
  if (wire.length === 0 && view === undefined) return { exact: NONE, cidr: NONE, bitwise: NONE }
  const bitwise = NXM_OXM_ANY | (of11 === 'bitwise' ? OF11_STD : NONE)
  return {
    exact: NXM_OXM_ANY | (of11 === undefined ? NONE : OF11_STD) | (of10 === undefined ? NONE : OF10_STD_ANY),
    cidr: bitwise | (of10 === 'cidr' ? OF10_STD_ANY : NONE),
    bitwise,
  }
}

const places = new Map<string, Place>()

/** The place of a field, as wide as the widest that shares it. */
function placeOf(spec: FieldSpec, kept: Value): Place {
  const name = spec.place ?? spec.name
  const known = places.get(name)
  if (known !== undefined) {
    if (kept > known.ones) known.ones = kept
    return known
  }
  const place = { index: places.size, name, wide: spec.bits > 32, ones: kept, note: NOTES[name], fields: [] }
  places.set(name, place)
  return place
}

function isPlain(spec: FieldSpec): boolean {
  const { view, variableLength, valueIsMask, name } = spec
  return view === undefined && !variableLength && !valueIsMask && name !== 'packet_type'
}

const isAnyValue = (spec: FieldSpec): boolean =>
  spec.validMask === undefined && spec.keptBits === undefined && spec.validValues === undefined && spec.format !== 'port' && spec.bits === bytesOf(spec) * 8

function compile(spec: FieldSpec & { readonly name: FieldName }, index: number): FieldInfo {
  const allIds: OxmId[] = []
  const ids: (OxmId | undefined)[] = []
  const kept = onesOf(spec.keptBits ?? bytesOf(spec) * 8)
  const info: FieldInfo = {
    index,
    name: spec.name,
    printName: spec.printName ?? spec.name,
    aliases: spec.aliases ?? [],
    bits: spec.bits,
    subfieldBits: spec.subfieldBits ?? spec.bits,
    bytes: bytesOf(spec),
    wide: spec.bits > 32,
    ones: onesOf(spec.bits),
    byteOnes: onesOf(bytesOf(spec) * 8),
    kept,
    validMask: spec.validMask ?? onesOf(spec.bits),
    validValues: spec.validValues,
    valueIsMask: spec.valueIsMask ?? false,
    variableLength: spec.variableLength ?? false,
    format: spec.format,
    maskable: spec.maskable,
    alwaysMasked: spec.alwaysMasked ?? false,
    writable: spec.writable,
    prereq: spec.prereq,
    prereqMet: PREREQS[spec.prereq].met,
    sent: PREREQS[spec.sentFor ?? spec.prereq].sent,
    alwaysSent: PREREQS[spec.sentFor ?? spec.prereq].sent === always,
    note: NOTES[spec.place ?? spec.name],
    plain: isPlain(spec),
    unlikeWritten: spec.name === 'vlan_tci' || spec.name === 'ip_dscp',
    anyValue: isAnyValue(spec),
    place: placeOf(spec, kept),
    usable: usableOf(spec),
    view: undefined,
    ids,
    matchIds: [],
    plainIds: [],
    allIds,
    packed: undefined,
  }
  info.place.fields.push(info)
  for (const id of spec.wire) allIds.push(oxmId(info, id))
  for (let version: number = OF10; version <= OF15; version++) ids[version] = chooseId(allIds, version)
  info.matchIds.push(...ids)
  return info
}

function claim<K>(map: Map<K, unknown>, key: K, what: string): void {
  if (map.has(key)) throw new Error(`the field table gives ${what} twice`)
}

/** The field table, compiled, in table order. */
export const FIELD_INFOS: readonly FieldInfo[] = FIELDS.map(compile)

for (const info of FIELD_INFOS) {
  for (const name of [info.name, ...info.aliases]) {
    claim(byName, name, name)
    byName.set(name, info)
  }
  for (const id of info.allIds) {
    claim(byWireName, id.name, id.name)
    byWireName.set(id.name, id)
    const key = wireKey(id.oxmClass, id.number, id.experimenter)
    claim(byWire, key, id.name)
    byWire.set(key, id)
  }
}
for (const spec of FIELDS as readonly FieldSpec[]) {
  const view = spec.view
  if (view === undefined) continue
  const info = lookUp(spec.name)
  const of = view.of.map(lookUp)
  const since = view.packedSince
  const only = of.length === 1 ? of[0] : undefined
  const whole = only?.bits === info.bits && view.shift === undefined && view.set === undefined
  info.view = { of, only, shift: view.shift ?? 0, set: view.set ?? 0, whole, packedSince: since }
  if (only !== undefined && whole) {
    info.ids.forEach((id, version) => {
      const own = only.matchIds[version]
      const newer = id !== undefined && id.since <= version && (own === undefined || own.since < id.since)
      if (newer) only.matchIds[version] = id
    })
  }
  if (since !== undefined) of.forEach((part, position) => (part.packed = { into: info, position, since }))
}

/** Whether a match sends the field as it is: a tag and what is part of nw_tos or of a wider field are sent otherwise. */
function isSentAsItIs(info: FieldInfo, version: number): boolean {
  const { plain, unlikeWritten, alwaysMasked, packed } = info
  return plain && !unlikeWritten && !alwaysMasked && (packed === undefined || version < packed.since)
}

for (const info of FIELD_INFOS) {
  for (const [version, id] of info.matchIds.entries()) {
    info.plainIds[version] = isSentAsItIs(info, version) ? id : undefined
  }
}

/** The field of a name or alias. */
export const fieldByName = (name: string): FieldInfo | undefined => byName.get(name)

/** The compiled entry of a field, by its canonical name. */
export const fieldInfo = (name: FieldName): FieldInfo => lookUp(name)

/** The TLV type of a name like NXM_NX_REG0. */
export const oxmByName = (name: string): OxmId | undefined => byWireName.get(name)

/** The TLV type of a class and number. */
export const oxmByNumber = (oxmClass: number, number: number, experimenter: number): OxmId | undefined =>
  byWire.get(wireKey(oxmClass, number, experimenter))
