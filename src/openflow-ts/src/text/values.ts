import { joinWords } from '../binary.js'
import { TextError } from '../errors.js'
import type { FormatName } from '../spec/field-spec.js'
import type { Value } from '../spec/fields.js'
import type { FieldInfo } from '../spec/registry.js'
import * as addr from './addresses.js'
import type { TextContext } from './context.js'
import * as flags from './flags.js'
import { formatPort, portFromText } from './ports.js'
import { hexDigit, smallDecimal } from './scan.js'

/** A value as text has it, which may have bits beyond the field's own, and its mask; exact where it has none. */
export interface Parsed {
  readonly value: Value
  readonly mask: Value | undefined
}

/** How values of one form are written. */
interface ValueForm {
  readonly parse: (info: FieldInfo, text: string, ctx: TextContext) => Parsed
  /** `mask` is undefined when all bits count. */
  readonly print: (info: FieldInfo, value: Value, mask: Value | undefined, ctx: TextContext) => string
}

export const hex = (value: Value): string => `0x${value.toString(16)}`

/** As C's %#x: zero has no prefix. */
export const hexOrZero = (value: Value): string => (value === 0 || value === 0n ? '0' : hex(value))

/** In hex where that differs from decimal. */
const shortHex = (value: number): string => (value > 9 ? hex(value) : String(value))

const LATER = 2
const ANY = 1
/** Values and masks of ip_frag by name. */
const FRAGS = {
  no: [0, ANY | LATER],
  first: [ANY, ANY | LATER],
  later: [ANY | LATER, ANY | LATER],
  yes: [ANY, ANY],
  not_later: [0, LATER],
} as const

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)
const SPACES = /[ \t\n\v\f\r]/g
/** A number at the start of a text: where it ends, -1 where there is none, and its value if it fits. */
interface Scanned {
  readonly end: number
  readonly value: Value | undefined
}

/** Reads a number of at most `bytes` bytes from `from` on, as OVS does: spaces may stand between hex digits. */
export function scanNumber(text: string, from: number, bytes: number, wide: boolean): Scanned {
  const plain = smallDecimal(text, from)
  if (plain >= 0) {
    const value = bytes < 6 && plain >= 2 ** (8 * bytes) ? undefined : wide ? BigInt(plain) : plain
    return { end: text.length, value }
  }
  if (text.charCodeAt(from) === 48 && (text.charCodeAt(from + 1) | 32) === 120) return scanHex(text, from, bytes, wide)
  return scanDecimal(text, from, bytes, wide)
}

function scanHex(text: string, from: number, bytes: number, wide: boolean): Scanned {
  const { length } = text
  // The value so far: what is above the lowest 32 bits, which are in `low`.
  let high = 0
  let low = 0
  let digits = 0
  let at = from + 2
  for (; at < length; at++) {
    const c = text.charCodeAt(at)
    if (isSpace(c)) continue
    const digit = hexDigit(c)
    if (digit < 0) break
    if (digit === 0 && digits === 0) continue
    if (digits === bytes * 2) return { end: at, value: undefined }
    digits++
    high = high * 16 + (low >>> 28)
    low = ((low << 4) | digit) >>> 0
  }
  if (!wide) return { end: at, value: high * 0x100000000 + low }
  return { end: at, value: digits <= 16 ? joinWords(high, low) : BigInt(`0x${text.slice(from + 2, at).replace(SPACES, '')}`) }
}

function scanDecimal(text: string, from: number, bytes: number, wide: boolean): Scanned {
  const found = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(text.slice(from))
  if (found === null) return { end: -1, value: undefined }
  const [all, sign, digits = ''] = found
  const octal = /^0[0-7]/.test(digits)
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits)
  const end = from + all.length
  if (magnitude > 0xffffffffffffffffn) return { end, value: undefined }
  const value = BigInt.asUintN(64, sign === '-' ? -magnitude : magnitude)
  if (bytes < 8 && value >> BigInt(bytes * 8) !== 0n) return { end, value: undefined }
  return { end, value: wide ? value : Number(value) }
}

function parseInteger(info: FieldInfo, text: string): Parsed {
  const value = scanNumber(text, 0, info.bytes, info.wide)
  checkScanned(info, text, value, 'value')
  if (value.end === text.length) return { value: value.value ?? 0, mask: undefined }
  if (text[value.end] !== '/') throw syntaxError(info, text, 'value')
  const mask = scanNumber(text, value.end + 1, info.bytes, info.wide)
  checkScanned(info, text, mask, 'mask')
  if (mask.end !== text.length) throw syntaxError(info, text, 'mask')
  return { value: value.value ?? 0, mask: mask.value }
}

const syntaxError = (info: FieldInfo, text: string, part: string): TextError =>
  new TextError(`${text}: bad syntax for ${info.name} ${part}`)

function checkScanned(info: FieldInfo, text: string, { end, value }: Scanned, part: string): void {
  if (end < 0) throw syntaxError(info, text, part)
  if (value === undefined) throw new TextError(`${text}: ${part} too large for ${info.bytes}-byte field ${info.name}`)
}

const MAC_PARTS = Array.from({ length: 6 }, () => '[ \\t\\n\\v\\f\\r]*[+-]?(?:0[xX])?([0-9a-fA-F]+)').join(':')
const MAC = new RegExp(`^${MAC_PARTS}(?:/${MAC_PARTS})?$`)

/** Six numbers in hex of which the last two digits count. */
function macOf(parts: readonly (string | undefined)[]): bigint {
  let mac = 0
  for (const part of parts) mac = mac * 256 + (parseInt((part ?? '0').slice(-2), 16) & 255)
  return BigInt(mac)
}

function parseEthernet(_info: FieldInfo, text: string): Parsed {
  const plain = addr.plainMac(text)
  if (plain !== undefined) return { value: plain, mask: undefined }
  const found = MAC.exec(text)
  if (found === null) throw new TextError(`${text}: invalid Ethernet address`)
  return { value: macOf(found.slice(1, 7)), mask: found[7] === undefined ? undefined : macOf(found.slice(7)) }
}

const IP_PARTS = Array.from({ length: 4 }, () => '[ \\t\\n\\v\\f\\r]*[+-]?([0-9]+)').join('\\.')
const IP = new RegExp(`^${IP_PARTS}(?:/(?:${IP_PARTS}|[ \\t\\n\\v\\f\\r]*([+-]?[0-9]+)))?$`)

/** Four numbers of which the last eight bits count. */
const ipOf = (parts: readonly (string | undefined)[]): number =>
  parts.reduce((ip, part) => ip * 256 + (Number(part) & 255), 0)

const SLASH = 47

/** An address as it nearly always is, perhaps with a prefix length or another for its mask. */
function parsePlainIpv4(text: string): Parsed | undefined {
  const { length } = text
  let slash = 0
  while (slash < length && text.charCodeAt(slash) !== SLASH) slash++
  const value = addr.plainIpv4(text, slash)
  if (value === undefined || slash === length) return value === undefined ? undefined : { value, mask: undefined }
  const prefix = smallDecimal(text, slash + 1)
  if (prefix >= 0) return prefix > 32 ? undefined : { value, mask: addr.prefixMask32(prefix) }
  const mask = addr.plainIpv4(text, length, slash + 1)
  return mask === undefined ? undefined : { value, mask }
}

function parseIpv4Masked(_info: FieldInfo, text: string): Parsed {
  const plain = parsePlainIpv4(text)
  if (plain !== undefined) return plain
  const found = IP.exec(text)
  if (found === null) throw new TextError(`${text}: invalid IP address`)
  const value = ipOf(found.slice(1, 5))
  if (found[5] !== undefined) return { value, mask: ipOf(found.slice(5, 9)) }
  return found[9] === undefined ? { value, mask: undefined } : { value, mask: Number(prefixOf(text, found[9], 32, 4)) }
}

function prefixOf(text: string, digits: string, bits: number, version: number): bigint {
  const prefix = Number(digits)
  if (prefix >= 0 && prefix <= bits) return addr.prefixMask(prefix, bits)
  throw new TextError(`${text}: IPv${version} network prefix bits not between 0 and ${bits}, inclusive`)
}

const IP6 = /^[ \t\n\v\f\r]*([0-9a-fA-F:.]{1,46})(?:\/(?:[ \t\n\v\f\r]*([+-]?[0-9]+)|([0-9a-fA-F:.]{1,46}))(.*))?$/s

function parseIpv6Masked(_info: FieldInfo, text: string): Parsed {
  const found = IP6.exec(text)
  const value = addr.ipv6FromText(found?.[1] ?? '')
  if (found === null || value === undefined) throw new TextError(`${text}: invalid IPv6 address`)
  const [, , prefix, address, rest = ''] = found
  // What begins with digits is a prefix length, even where a mask was meant.
  const mask = prefix === undefined ? maskOf(address) : prefixOf(text, prefix, 128, 6)
  if (address !== undefined && mask === undefined) throw new TextError(`${text}: Invalid IPv6 mask`)
  if (rest !== '') throw new TextError(`${text}: invalid IPv6 address`)
  return { value, mask }
}

const maskOf = (address: string | undefined): bigint | undefined =>
  address === undefined ? undefined : addr.ipv6FromText(address)

function printAddress(one: (value: Value) => string): ValueForm['print'] {
  return (info, value, mask) => {
    if (mask === undefined) return one(value)
    const prefix = typeof mask === 'number' ? addr.prefixLength32(mask) : addr.prefixLength(mask, info.bits)
    return `${one(value)}/${prefix ?? one(mask)}`
  }
}

const ipv4 = (value: Value): string => addr.formatIpv4(Number(value))
const ipv6 = (value: Value): string => addr.formatIpv6(BigInt(value))
const mac = (value: Value): string => addr.formatMac(BigInt(value))

function flagForm(names: flags.FlagNames, what: string): ValueForm {
  const set = { names, what }
  const all = 2 ** names.length - 1
  return {
    parse: (_info, text) => flags.parseFlags(set, text),
    print: (_info, value, mask) =>
      mask === undefined || Number(mask) === all
        ? flags.formatFlagSet(names, Number(value))
        : flags.formatFlags(names, Number(value), Number(mask)),
  }
}

/** The textual forms of ovs-fields(7). */
export const VALUE_FORMS: Readonly<Record<FormatName, ValueForm>> = {
  decimal: {
    parse: parseInteger,
    print: (_info, value, mask) => (mask === undefined ? String(value) : `${String(value)}/${hex(mask)}`),
  },
  hexadecimal: {
    parse: parseInteger,
    print: (_info, value, mask) => (mask === undefined ? hexOrZero(value) : `${hexOrZero(value)}/${hex(mask)}`),
  },
  ethernet: {
    parse: parseEthernet,
    print: (_info, value, mask) => (mask === undefined ? mac(value) : `${mac(value)}/${mac(mask)}`),
  },
  ipv4: { parse: parseIpv4Masked, print: printAddress(ipv4) },
  ipv6: { parse: parseIpv6Masked, print: printAddress(ipv6) },
  port: {
    parse: (info, text, ctx) => {
      const port = portFromText(text, ctx)
      if (port !== undefined) return { value: port, mask: undefined }
      const what = info.name === 'in_port' ? 'invalid or unknown port for' : 'port value out of range for'
      throw new TextError(`${text}: ${what} ${info.name}`)
    },
    print: (_info, value, mask, ctx) =>
      mask === undefined ? formatPort(Number(value), ctx) : `${String(value)}/${hex(mask)}`,
  },
  frag: {
    parse: (_info, text) => {
      const wanted = text.toLowerCase()
      for (const [name, [value, mask]] of Object.entries(FRAGS)) {
        if (name === wanted) return { value, mask: mask === (ANY | LATER) ? undefined : mask }
      }
      const names = '"no", "yes", "first", "later", "not_later"'
      throw new TextError(`${text}: unknown fragment type (valid types are ${names}`)
    },
    print: (_info, value, mask = ANY | LATER) => {
      for (const [name, [v, m]] of Object.entries(FRAGS)) if (v === value && m === mask) return name
      return '<error>'
    },
  },
  ct_state: flagForm(flags.CT_STATE_NAMES, 'ct_state'),
  tun_flags: flagForm(flags.TUN_FLAG_NAMES, 'tunnel'),
  tcp_flags: flagForm(flags.TCP_FLAG_NAMES, 'TCP'),
  packet_type: {
    parse: (_info, text) => ({ value: parsePacketType(text), mask: undefined }),
    print: (_info, value) =>
      value === 0 ? 'eth' : `packet_type=(${shortHex(Number(value) >>> 16)},${shortHex(Number(value) & 0xffff)})`,
  },
}

/** `(NS,TYPE)` */
function parsePacketType(text: string): number {
  const wrong = (at: number, what: string): TextError =>
    new TextError(`${text.slice(at)}: bad syntax for packet type ${what}`)
  if (!text.startsWith('(')) throw wrong(0, "missing '('")
  const ns = scanNumber(text, 1, 2, false)
  if (ns.value === undefined) throw wrong(1, 'ns')
  if (text[ns.end] !== ',') throw wrong(1, "missing ','")
  const type = scanNumber(text, ns.end + 1, 2, false)
  if (type.value === undefined) throw wrong(ns.end + 1, 'ns_type')
  if (text[type.end] !== ')') throw wrong(ns.end + 1, "missing ')'")
  return Number(ns.value) * 0x10000 + Number(type.value)
}

/** Parses `value[/mask]` of a field, as ovs-ofctl does; `*` is any value. @throws TextError */
export function parseMasked(info: FieldInfo, text: string, ctx: TextContext): Parsed {
  if (text === '*') return { value: info.wide ? 0n : 0, mask: info.wide ? 0n : 0 }
  const { value, mask } = VALUE_FORMS[info.format].parse(info, text, ctx)
  if (mask === undefined || mask === info.byteOnes) return { value, mask: undefined }
  if (!info.maskable && mask !== 0 && mask !== 0n) throw new TextError(`${text}: invalid mask for field ${info.name}`)
  return { value, mask }
}

/** Prints a value as actions do; in matches a few fields differ. */
export function formatValue(info: FieldInfo, value: Value, mask: Value | undefined, ctx: TextContext): string {
  return VALUE_FORMS[info.format].print(info, value, mask === info.ones ? undefined : mask, ctx)
}
