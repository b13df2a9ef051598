import { Reader, Writer } from '../binary.js'
import { DecodeError } from '../errors.js'
import { decodeOfp10Match, encodeOfp10Match, OFP10_MATCH_BYTES } from '../match/ofp10.js'
import { encodeOfp11Match } from '../match/ofp11.js'
import { readMatchFields, writeMatchFields } from '../match/oxm.js'
import type { Match } from '../match/terms.js'
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

/** NXM_NX_COOKIE, without and with a mask. */
const COOKIE = 0x00013c08
const COOKIE_W = 0x00013d10
const HEADER = 4
const ALL_BITS = 0xffffffffffffffffn

interface Split {
  readonly fields: Buffer
  readonly cookie?: bigint
  readonly cookie_mask?: bigint
}

/** Takes the cookie out of the fields of a match. */
function splitCookie(raw: Buffer): Split {
  for (let at = 0; at + HEADER <= raw.length; at += HEADER + raw.readUInt8(at + 3)) {
    const header = raw.readUInt32BE(at)
    const end = at + HEADER + (header & 0xff)
    if ((header !== COOKIE && header !== COOKIE_W) || end > raw.length) continue
    const cookie = raw.readBigUInt64BE(at + HEADER)
    const cookie_mask = header === COOKIE ? ALL_BITS : raw.readBigUInt64BE(at + HEADER + 8)
    return { fields: Buffer.concat([raw.subarray(0, at), raw.subarray(end)]), cookie, cookie_mask }
  }
  return { fields: raw }
}

const padding = (length: number): number => (8 - (length % 8)) % 8

/** Reads an NXM match of `length` bytes and its padding. `allowCookie`: it may ask for a cookie. */
export function readNxMatch(r: Reader, length: number, allowCookie = false): NxMatch {
  if (length + padding(length) > r.remaining) {
    throw new DecodeError(`match of ${length} bytes`, { offset: r.offset, reply: 'OFPBMC_BAD_LEN' })
  }
  const raw = r.bytes(length)
  r.skip(padding(length))
  const { fields, ...cookie } = allowCookie ? splitCookie(raw) : { fields: raw }
  const read: NxMatch = { match: readMatchFields(new Reader(fields)), ...cookie }
  scratch.reset()
  writeFields(scratch, read)
  return { ...read, ...unlikeWritten(raw) }
}

function writeFields(w: Writer, { match, cookie = 0n, cookie_mask = 0n }: NxMatch): void {
  writeMatchFields(w, match, OF10)
  if (cookie_mask === 0n) return
  w.u32(cookie_mask === ALL_BITS ? COOKIE : COOKIE_W)
  w.u64(cookie & cookie_mask)
  if (cookie_mask !== ALL_BITS) w.u64(cookie_mask)
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
