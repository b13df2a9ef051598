import type { Reader, Writer } from '../binary.js'
import { DecodeError, TextError } from '../errors.js'
import { type FieldInfo, type OxmId, oxmByName, oxmByNumber } from '../spec/registry.js'
import { EXPERIMENTER_CLASS, type EntryHeader, readEntryHeader, readPayload } from './entry.js'

/** TLVs by name, as ovs-ofctl's debugging commands have them: `NXM_OF_ETH_TYPE(0800), NXM_OF_IP_SRC_W(0a000000/ff000000)`. */

const COOKIE = { name: 'NXM_NX_COOKIE', oxmClass: 1, number: 30, bytes: 8 }
const ANY = '<any>'

function nameOf({ oxmClass, number, masked, bytes, id }: EntryHeader): string {
  const suffix = masked ? '_W' : ''
  if (id !== undefined) return id.name + suffix
  const isCookie = oxmClass === COOKIE.oxmClass && number === COOKIE.number && bytes === COOKIE.bytes
  return isCookie ? COOKIE.name + suffix : `${oxmClass}:${number}`
}

/** More bytes than any value has. */
const MAX_VALUE_BYTES = 128

/**
 * What is shown of a value. Of fields of variable length ovs-ofctl shows the first bytes of their longest form, which
 * are mostly zero.
 */
function shown(data: Buffer, info: FieldInfo | undefined): string {
  const { length } = data
  if (info?.variableLength !== true) return data.toString('hex', 0, Math.min(length, MAX_VALUE_BYTES))
  const whole = Buffer.alloc(info.bytes)
  data.copy(whole, info.bytes - length)
  return whole.toString('hex', 0, length)
}

/** TLVs to the end of `r`, as ovs-ofctl prints them. */
export function formatMatchTlvs(r: Reader): string {
  if (r.remaining === 0) return ANY
  const parts: string[] = []
  while (r.remaining > 0) {
    let left = r.remaining
    try {
      const header = readEntryHeader(r)
      left = r.remaining
      const data = readPayload(r, header)
      left = r.remaining
      const { bytes, masked, id } = header
      const value = shown(data.subarray(0, bytes), id?.info)
      const mask = masked ? `/${shown(data.subarray(bytes, 2 * bytes), id?.info)}` : ''
      parts.push(`${nameOf(header)}(${value}${mask})`)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (error.reply === 'OFPBMC_BAD_WILDCARDS') left = r.remaining
      if (left > 0) parts.push(`<${left} invalid bytes>`)
      break
    }
  }
  return parts.join(', ')
}

/** A TLV type as its name gives it: bytes of the header, of the value, and whether a mask follows. */
interface NamedHeader {
  readonly oxmClass: number
  readonly number: number
  readonly experimenter: number
  readonly masked: boolean
  readonly bytes: number
  readonly info: FieldInfo | undefined
}

const headerOf = ({ info, oxmClass, number, experimenter, bytes }: OxmId, masked: boolean): NamedHeader => ({
  oxmClass,
  number,
  experimenter,
  masked,
  bytes,
  info,
})

/** The header that a name stands for: of a field, `_W` with a mask, or its bytes in hex. */
function headerByName(name: string): NamedHeader | undefined {
  const wild = name.length > 2 && name.endsWith('_W')
  const id = oxmByName(wild ? name.slice(0, -2) : name)
  if (id !== undefined && (!wild || id.info.maskable)) return headerOf(id, wild)
  if ((wild ? name.slice(0, -2) : name) === COOKIE.name) {
    return { ...COOKIE, experimenter: 0, masked: wild, info: undefined }
  }
  const hex = /^(?:[0-9a-fA-F]{8}|ffff[0-9a-fA-F]{12})$/i.test(name)
  return hex && /[^0]/.test(name) ? headerOfHex(name) : undefined
}

function headerOfHex(name: string): NamedHeader {
  const bytes = Buffer.from(name, 'hex')
  const oxmClass = bytes.readUInt16BE(0)
  const experimenter = bytes.length === 8 ? bytes.readUInt32BE(4) : 0
  const payload = (bytes[3] ?? 0) - (oxmClass === EXPERIMENTER_CLASS ? 4 : 0)
  const number = (bytes[2] ?? 0) >>> 1
  const masked = ((bytes[2] ?? 0) & 1) !== 0
  const size = masked ? Math.trunc(payload / 2) : payload
  const id = oxmByNumber(oxmClass, number, experimenter)
  return { oxmClass, number, experimenter, masked, bytes: size, info: id?.info }
}

/** Pairs of hex digits, with spaces before each. */
function scanBytes(text: string, from: number): { readonly data: Buffer; readonly end: number } {
  const digits: string[] = []
  let at = from
  for (;;) {
    const pair = /^[ \t\r\n]*([0-9a-fA-F]{2})/.exec(text.slice(at, at + 64))
    if (pair === null) break
    digits.push(pair[1] ?? '')
    at += pair[0].length
  }
  at += /^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0
  return { data: Buffer.from(digits.join(''), 'hex'), end: at }
}

function writeHeader(w: Writer, header: NamedHeader, bytes: number): void {
  const { oxmClass, number, experimenter, masked } = header
  const extra = oxmClass === EXPERIMENTER_CLASS ? 4 : 0
  w.u16(oxmClass)
  w.u8((number << 1) | (masked ? 1 : 0))
  w.u8((masked ? bytes * 2 : bytes) + extra)
  if (extra !== 0) w.u32(experimenter)
}

/** Writes the TLVs of a text. @throws TextError */
export function writeMatchTlvs(w: Writer, text: string): void {
  if (text === ANY) return
  let at = 0
  for (;;) {
    at += /^[, ]*/.exec(text.slice(at))?.[0].length ?? 0
    if (at >= text.length) return
    at = writeEntry(w, text, at)
  }
}

function writeEntry(w: Writer, text: string, from: number): number {
  const open = text.indexOf('(', from)
  if (open < 0) throw new TextError(`${text}: missing ( at end of nx_match`)
  const name = text.slice(from, open)
  const header = headerByName(name)
  if (header === undefined) throw new TextError(`${text}: unknown field \`${name}'`)
  const { data, end } = scanBytes(text, open + 1)
  checkLength(header, data.length)
  writeHeader(w, header, data.length)
  w.bytes(data)
  let at = end
  if (header.masked) {
    if (text[at] !== '/') throw new TextError(`${text}: missing / in masked field ${name}`)
    const mask = scanBytes(text, at + 1)
    at = mask.end
    if (mask.data.length !== data.length) throw new TextError(`${text.slice(at, at + 2)}: hex digits expected`)
    w.bytes(mask.data)
  }
  if (text[at] !== ')') throw new TextError(`${text}: missing ) following field ${name}`)
  return at + 1
}

function checkLength({ bytes, info }: NamedHeader, length: number): void {
  if (length === bytes) return
  if (info?.variableLength !== true) throw new TextError(`expected to read ${bytes} bytes but got ${length}`)
  if (length > info.bytes) throw new TextError(`expected to read at most ${info.bytes} bytes but got ${length}`)
}

