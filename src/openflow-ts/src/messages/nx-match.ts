import { Reader, Writer } from '../binary.js'
import { DecodeError } from '../errors.js'
import { decodeOfp10Match, encodeOfp10Match, OFP10_MATCH_BYTES } from '../match/ofp10.js'
import { encodeOfp11Match } from '../match/ofp11.js'
import { NO_COOKIE, type NxmRead, readMatchFields, readNxmFields, writeNxmCookie } from '../match/oxm.js'
import type { Match } from '../match/terms.js'
import { writeMatchFields } from '../match/write.js'
import { OF10 } from '../version.js'
import type { Scope } from './layout.js'
import { matchLayout } from './spec/parts.js'

/** A match as it stands in messages of OpenFlow 1.0 and of the Nicira extensions. */
export interface RawMatch {
  readonly match: Match
  /** Its bytes as they came, where `match` is written otherwise; they are what is sent. */
  readonly raw_match?: Uint8Array
}

/** The same, with the cookie that an NXM match may ask for. */
export interface NxMatch extends RawMatch {
  readonly cookie?: bigint
  readonly cookie_mask?: bigint
}

const scratch = new Writer(256)

/** `raw`, where it is not what has been written to the scratch. */
function unlikeWritten(raw: Uint8Array): { raw_match?: Uint8Array } {
  return scratch.take().equals(raw) ? {} : { raw_match: Uint8Array.from(raw) }
}

/** Reads the fixed match of OpenFlow 1.0. `normalize`: without fields that its packets do not have. */
export function readOfp10(r: Reader, normalize = false): RawMatch {
  const raw = r.bytes(OFP10_MATCH_BYTES)
  const match = decodeOfp10Match(new Reader(raw), normalize)
  scratch.reset()
  encodeOfp10Match(scratch, match)
  return { match, ...unlikeWritten(raw) }
}

export function writeOfp10(w: Writer, { match, raw_match }: RawMatch): void {
  if (raw_match === undefined) encodeOfp10Match(w, match)
  else w.bytes(raw_match)
}

/** Reads the match of OpenFlow 1.1, whatever its type. */
export function readOfp11(r: Reader, scope: Scope): RawMatch {
  const { offset } = r
  const match = matchLayout.read(r, scope)
  scratch.reset()
  encodeOfp11Match(scratch, match)
  return { match, ...unlikeWritten(r.copyFrom(offset)) }
}

const padding = (length: number): number => (8 - (length % 8)) % 8

/** Reads an NXM match of `length` bytes and its padding. `allowCookie`: it may ask for a cookie. */
export function readNxMatch(r: Reader, length: number, allowCookie = false): NxMatch {
  if (length + padding(length) > r.remaining) {
    throw new DecodeError(`match of ${length} bytes`, { offset: r.offset, reply: 'OFPBMC_BAD_LEN' })
  }
  const { offset } = r
  const end = r.narrow(length)
  const { match, cookie, asWritten } = allowCookie ? readNxmFields(r) : withoutCookie(readMatchFields(r))
  r.widen(end)
  const raw = asWritten ? undefined : r.copyFrom(offset)
  r.skip(padding(length))
  const read = cookie.mask === 0n ? { match } : { match, cookie: cookie.value, cookie_mask: cookie.mask }
  if (raw === undefined) return read
  scratch.reset()
  writeFields(scratch, read)
  return { ...read, ...unlikeWritten(raw) }
}

const withoutCookie = (match: Match): NxmRead => ({ match, cookie: NO_COOKIE, asWritten: false })

function writeFields(w: Writer, { match, cookie = 0n, cookie_mask = 0n }: NxMatch): void {
  writeMatchFields(w, match, OF10)
  writeNxmCookie(w, { value: cookie, mask: cookie_mask })
}

/** Writes an NXM match with its padding; returns its length without that. */
export function writeNxMatch(w: Writer, match: NxMatch): number {
  const start = w.length
  if (match.raw_match === undefined) writeFields(w, match)
  else w.bytes(match.raw_match)
  const length = w.length - start
  w.alignFrom(start, 8)
  return length
}

/** The fixed match of a message in bytes, as it came or as it would be sent. */
export function bytesOfOfp10(value: RawMatch): Buffer {
  scratch.reset()
  writeOfp10(scratch, value)
  return scratch.take()
}

/** The NXM match of a message in bytes, without padding. */
export function bytesOfNx(value: NxMatch): Buffer {
  scratch.reset()
  const length = writeNxMatch(scratch, value)
  return scratch.take().subarray(0, length)
}
