import type { Reader, Writer } from '../binary.js'
import { EncodeError } from '../errors.js'
import { widenPort } from '../ports.js'
import type { Value } from '../spec/fields.js'
import { oxmByHeader } from '../spec/headers.js'
import type { FieldInfo, OxmId } from '../spec/registry.js'
import { OF11, OF12, VERSION_NAMES, type OfVersion } from '../version.js'
import { MatchBuilder } from './builder.js'
import { bad, type EntryHeader, readEntryHeader, readPayload } from './entry.js'
import { plainAsWritten, readPlainFields, readValue } from './plain.js'
import { isValidValue, type Match } from './terms.js'
import { writeMatchFields } from './write.js'


const OFPMT_OXM = 1

/** Writes a match as `struct ofp_match` of type OFPMT_OXM (OpenFlow 1.2+), padded to 8 bytes. */
export function encodeMatch(w: Writer, m: Match, v: OfVersion): void {
  if (v < OF12) throw new EncodeError(`${VERSION_NAMES[v]} has no OXM matches`)
  const start = w.length
  w.u32(OFPMT_OXM * 0x10000)
  writeMatchFields(w, m, v)
  w.patch16(start + 2, w.length - start)
  w.alignFrom(start, 8)
}

/** Reads what `encodeMatch` writes. @throws DecodeError (OFPBMC_*) on anything that is not a valid match. */
export function decodeMatch(r: Reader, v: OfVersion, options: ReadOptions = {}): Match {
  if (v < OF11) throw bad(`${VERSION_NAMES[v]} has no OXM matches`, r.offset, 'OFPBMC_BAD_TYPE')
  const start = r.offset
  if (r.remaining < 4) throw bad('a match is cut short', start, 'OFPBMC_BAD_LEN')
  const type = r.u16()
  const length = r.u16()
  if (length < 4) throw bad(`match of ${length} bytes`, start, 'OFPBMC_BAD_LEN')
  if (type !== OFPMT_OXM) throw bad(`match of type ${type}`, start, 'OFPBMC_BAD_TYPE')
  const padding = (8 - (length % 8)) % 8
  if (r.remaining < length - 4 + padding) throw bad('a match is cut short', start, 'OFPBMC_BAD_LEN')
  const end = r.narrow(length - 4)
  const match = readMatchFields(r, options)
  r.widen(end)
  r.skip(padding)
  return match
}

/** How matches are read. */
export interface ReadOptions {
  /** Fields that are not known are skipped, and none needs its prerequisites, as where a switch only tells of a packet. */
  readonly loose?: boolean
}

/** A cookie that a match of NXM holds, as flow-mods and requests for statistics may. */
export interface NxmCookie {
  readonly value: bigint
  readonly mask: bigint
}

export const NO_COOKIE: NxmCookie = { value: 0n, mask: 0n }
const COOKIE_NUMBER = 30
const COOKIE_BYTES = 8
const isCookie = ({ oxmClass, number, bytes }: EntryHeader): boolean =>
  oxmClass === 1 && number === COOKIE_NUMBER && bytes === COOKIE_BYTES

/** Writes the cookie of a match of NXM, after its fields. */
export function writeNxmCookie(w: Writer, { value, mask }: NxmCookie): void {
  if (mask === 0n) return
  const masked = mask !== 0xffffffffffffffffn
  w.u32(masked ? 0x00013d10 : 0x00013c08)
  w.u64(value & mask)
  if (masked) w.u64(mask)
}

/** Matches do not hold matches: one builder serves all that are received. */
const receiving = new MatchBuilder()

/**
 * Reads TLVs to the end of `r`. Fields must come after their prerequisites, none twice.
 * @throws DecodeError OFPBMC_*
 */
export function readMatchFields(r: Reader, { loose = false }: ReadOptions = {}): Match {
  const start = r.offset
  const plain = readPlainFields(r)
  if (plain !== undefined) return plain
  r.rewind(start)
  const builder = receiving.reset()
  while (r.remaining > 0) {
    const { offset } = r
    const known = r.remaining < 4 ? undefined : oxmByHeader(r.peek32())
    if (known === undefined) {
      readEntry(r, readEntryHeader(r), offset, builder, loose)
    } else {
      r.skip(4)
      readField(r, known.id, known.id.bytes, known.masked, offset, builder, loose)
    }
  }
  return builder.build()
}

/** A match of NXM that has been read, and whether it would be written as it came: if not, it may still be. */
export interface NxmRead {
  readonly match: Match
  readonly cookie: NxmCookie
  readonly asWritten: boolean
}

/** The same of a match of NXM, which may hold a cookie. */
export function readNxmFields(r: Reader, { loose = false }: ReadOptions = {}): NxmRead {
  const start = r.offset
  const plain = readPlainFields(r)
  if (plain !== undefined) return { match: plain, cookie: NO_COOKIE, asWritten: plainAsWritten() }
  r.rewind(start)
  const builder = receiving.reset()
  let cookie = NO_COOKIE
  while (r.remaining > 0) {
    const { offset } = r
    const header = readEntryHeader(r)
    if (header.id === undefined && isCookie(header)) {
      const data = readPayload(r, header)
      if (cookie.mask !== 0n) throw bad('a match has two cookies', offset, 'OFPBMC_DUP_FIELD')
      const mask = header.masked ? data.readBigUInt64BE(COOKIE_BYTES) : 0xffffffffffffffffn
      cookie = { value: data.readBigUInt64BE(0), mask }
    } else {
      readEntry(r, header, offset, builder, loose)
    }
  }
  return { match: builder.build(), cookie, asWritten: false }
}

function readEntry(r: Reader, header: EntryHeader, offset: number, builder: MatchBuilder, loose: boolean): void {
  const { id, masked, bytes, payload } = header
  if (id === undefined) {
    readPayload(r, header)
    if (loose) return
    throw bad(`unknown match field ${header.oxmClass}:${header.number}`, offset, 'OFPBMC_BAD_FIELD')
  }
  if (r.remaining < payload) throw bad(`${id.info.name} is cut short`, offset, 'OFPBMC_BAD_LEN')
  const rest = r.remaining - payload
  readField(r, id, bytes, masked, offset, builder, loose)
  // An odd number of bytes for value and mask leaves one.
  r.skip(r.remaining - rest)
}

/** Reads value and mask, and adds them to the match. */
function readField(
  r: Reader,
  { info }: OxmId,
  bytes: number,
  masked: boolean,
  offset: number,
  builder: MatchBuilder,
  loose: boolean,
): void {
  if (r.remaining < (masked ? 2 * bytes : bytes)) throw bad(`${info.name} is cut short`, offset, 'OFPBMC_BAD_LEN')
  const isPort16 = info.format === 'port' && bytes === 2
  const given = readValue(r, info, bytes)
  const value = isPort16 ? widenPort(Number(given)) : given
  const mask = masked ? readMask(r, info, bytes) : undefined
  if (mask !== undefined) checkMask(info, given, mask, offset)
  if (!isValidValue(info, value)) {
    throw bad(`${info.name}: value out of range`, offset, 'OFPBMC_BAD_VALUE')
  }
  if (!loose && !info.prereqMet(builder.kind)) {
    throw bad(`${info.name}: prerequisite ${info.prereq} not matched`, offset, 'OFPBMC_BAD_PREREQ')
  }
  if (!builder.isWild(info)) throw bad(`${info.name} is matched twice`, offset, 'OFPBMC_DUP_FIELD')
  const failure = builder.set(info, value, mask === info.byteOnes ? undefined : mask)
  if (failure !== undefined) throw bad(failure, offset, 'OFPBMC_BAD_VALUE')
  builder.setPrereqOf(info)
}

/** A mask; of all ones in every byte also where a value has fewer bytes than the field. */
function readMask(r: Reader, info: FieldInfo, bytes: number): Value {
  const mask = readValue(r, info, bytes)
  const fewer = bytes < info.bytes && !info.variableLength
  return fewer && mask === 2 ** (8 * bytes) - 1 ? info.byteOnes : mask
}

function checkMask(info: FieldInfo, value: Value, mask: Value, offset: number): void {
  const outside = typeof value === 'number' ? value & ~Number(mask) : value & ~BigInt(mask)
  if (outside !== 0 && outside !== 0n) {
    throw bad(`${info.name}: value has bits outside its mask`, offset, 'OFPBMC_BAD_WILDCARDS')
  }
  if (!info.maskable && mask !== info.byteOnes && mask !== 0 && mask !== 0n) {
    throw bad(`${info.name} cannot be masked`, offset, 'OFPBMC_BAD_MASK')
  }
}
