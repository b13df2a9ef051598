import { TextError } from '../errors.js'
import { hexDigit } from './scan.js'

const LAST: readonly string[] = Array.from({ length: 256 }, (_, byte) => String(byte))
const FIRST: readonly string[] = LAST.map((byte) => `${byte}.`)

/** What tables have, though the compiler cannot know it. */
const entry = (table: readonly string[], at: number): string => table[at] ?? ''

export const formatIpv4 = (ip: number): string =>
  entry(FIRST, ip >>> 24) + entry(FIRST, (ip >>> 16) & 255) + entry(FIRST, (ip >>> 8) & 255) + entry(LAST, ip & 255)

const DOT = 46
const COLON = 58

/** Four decimal numbers of at most 255 up to `end` and nothing else; undefined for all other text. */
export function plainIpv4(text: string, end = text.length, start = 0): number | undefined {
  let ip = 0
  let part = -1
  let parts = 1
  for (let i = start; i <= end; i++) {
    const c = i < end ? text.charCodeAt(i) : DOT
    if (c >= 48 && c <= 57) part = (part < 0 ? 0 : part) * 10 + c - 48
    else if (c === DOT && part >= 0 && part <= 255) {
      ip = ip * 256 + part
      part = -1
      if (i < end) parts++
    } else return undefined
  }
  return parts === 4 ? ip : undefined
}

/** @throws TextError */
export function parseIpv4(text: string): number {
  const ip = plainIpv4(text)
  if (ip === undefined) throw new TextError(`${text}: invalid IP address`)
  return ip
}

const HEX2: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

export function formatMac(mac: bigint): string {
  const n = Number(mac)
  const low = n % 0x100000000
  const high = (n - low) / 0x100000000
  const byte = (word: number, shift: number): string => HEX2[(word >>> shift) & 255] ?? ''
  return `${byte(high, 8)}:${byte(high, 0)}:${byte(low, 24)}:${byte(low, 16)}:${byte(low, 8)}:${byte(low, 0)}`
}

/** Six numbers of two hexadecimal digits and nothing else; undefined for all other text. */
export function plainMac(text: string): bigint | undefined {
  if (text.length !== 17) return undefined
  let mac = 0
  for (let i = 0; i < 17; i += 3) {
    const high = hexDigit(text.charCodeAt(i))
    const low = hexDigit(text.charCodeAt(i + 1))
    if (high < 0 || low < 0 || (i < 15 && text.charCodeAt(i + 2) !== COLON)) return undefined
    mac = mac * 256 + high * 16 + low
  }
  return BigInt(mac)
}

/** The IPv6 address that is being read or printed: there is only one, so that none need become a bigint on its way. */
export const ipv6 = {
  octets: new DataView(new ArrayBuffer(16)),

  get value(): bigint {
    return (this.octets.getBigUint64(0) << 64n) | this.octets.getBigUint64(8)
  },

  set value(ip: bigint) {
    this.octets.setBigUint64(0, ip >> 64n)
    this.octets.setBigUint64(8, ip)
  },

  /** As inet_ntop writes it, with an IPv4 tail for compatible and mapped addresses. */
  text(): string {
    const groups: number[] = []
    for (let at = 0; at < 16; at += 2) groups.push(this.octets.getUint16(at))
    const { start, length } = longestZeros(groups)
    const mapped = length === 5 && groups[5] === 0xffff
    const compatible = length === 6
    if (start === 0 && (mapped || compatible)) return `::${mapped ? 'ffff:' : ''}${formatIpv4(this.octets.getUint32(12))}`
    if (length === 0) return hexGroups(groups, 0, 8)
    return `${hexGroups(groups, 0, start)}::${hexGroups(groups, start + length, 8)}`
  },

  /** Takes groups of hexadecimal digits alone, perhaps with `::`. False for all other text. */
  read(text: string): boolean {
    const { length } = text
    const groups: number[] = []
    let gap = -1
    for (let at = 0; at < length; ) {
      if (text.charCodeAt(at) === COLON) {
        // Only `::` may begin or end an address, and only once.
        if (text.charCodeAt(at + 1) !== COLON || gap >= 0) return false
        gap = groups.length
        at += 2
        continue
      }
      let group = 0
      let digits = 0
      for (; at < length; at++, digits++) {
        const digit = hexDigit(text.charCodeAt(at))
        if (digit < 0) break
        group = group * 16 + digit
      }
      if (digits < 1 || digits > 4) return false
      groups.push(group)
      if (at === length) break
      // A colon goes on to another group, unless it is the first of two.
      if (text.charCodeAt(at) !== COLON || at + 1 === length) return false
      if (text.charCodeAt(at + 1) !== COLON) at++
    }
    if (gap < 0 ? groups.length !== 8 : groups.length > 7) return false
    const missing = 8 - groups.length
    for (let i = 0; i < 8; i++) {
      const group = i < gap || gap < 0 ? groups[i] : i < gap + missing ? 0 : groups[i - missing]
      this.octets.setUint16(2 * i, group ?? 0)
    }
    return true
  },
}

/** Start and length of the longest run of zero groups, the first of equals; length 0 when no run has two. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let from = 0
  let best = -1
  let length = 1
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] !== 0) from = i + 1
    else if (i - from + 1 > length) {
      best = from
      length = i - from + 1
    }
  }
  return best < 0 ? { start: -1, length: 0 } : { start: best, length }
}

/** As inet_ntop writes it. */
export function formatIpv6(ip: bigint): string {
  ipv6.value = ip
  return ipv6.text()
}

function hexGroups(groups: readonly number[], from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += i === from ? (groups[i] ?? 0).toString(16) : `:${(groups[i] ?? 0).toString(16)}`
  return text
}

/** The groups of a text without `::`; undefined when it is none. An IPv4 address may end it. */
function groupsFromText(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      if (!/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/.test(part)) return undefined
      const bytes = part.split('.').map(Number)
      if (bytes.some((byte) => byte > 255) || /(?:^|\.)0[0-9]/.test(part)) return undefined
      const [a = 0, b = 0, c = 0, d = 0] = bytes
      groups.push(a * 256 + b, c * 256 + d)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(parseInt(part, 16))
    }
  }
  return groups
}

/** An address as inet_pton reads it; undefined when it is none. */
export function ipv6FromText(text: string): bigint | undefined {
  if (ipv6.read(text)) return ipv6.value
  const halves = text.split('::')
  const head = groupsFromText(halves[0] ?? '')
  const tail = groupsFromText(halves[1] ?? '')
  if (head === undefined || tail === undefined || halves.length > 2) return undefined
  // An IPv4 address ends the whole.
  if (halves.length === 2 && halves[0]?.includes('.') === true) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  let ip = 0n
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) ip = (ip << 16n) | BigInt(group)
  return ip
}

/** @throws TextError */
export function parseIpv6(text: string): bigint {
  const ip = ipv6FromText(text)
  if (ip === undefined) throw new TextError(`${text}: invalid IPv6 address`)
  return ip
}

/** The prefix length of a mask whose ones all stand before its zeros; undefined of others. */
export function prefixLength(mask: bigint, bits: number): number | undefined {
  if (bits === 32) return prefixLength32(Number(mask))
  const inverse = ((1n << BigInt(bits)) - 1n) ^ mask
  if ((inverse & (inverse + 1n)) !== 0n) return undefined
  return bits - (inverse === 0n ? 0 : inverse.toString(2).length)
}

/** The same of a mask of 32 bits. */
export function prefixLength32(mask: number): number | undefined {
  const inverse = ~mask >>> 0
  return (inverse & (inverse + 1)) === 0 ? Math.clz32(inverse) : undefined
}

/** The mask of 32 bits with so many ones. */
export const prefixMask32 = (length: number): number => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0)

export const prefixMask = (length: number, bits: number): bigint =>
  ((1n << BigInt(bits)) - 1n) ^ ((1n << BigInt(bits - length)) - 1n)
