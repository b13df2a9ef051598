import { TextError } from '../errors.js'
import { hexDigit } from './scan.js'

export const formatIpv4 = (ip: number): string => `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`

const DOT = 46
const COLON = 58

/** @throws TextError */
export function parseIpv4(text: string): number {
  let ip = 0
  let part = -1
  let parts = 1
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : DOT
    if (c >= 48 && c <= 57) part = Math.max(part, 0) * 10 + c - 48
    else if (c === DOT && part >= 0 && part <= 255) {
      ip = ip * 256 + part
      part = -1
      if (i < text.length) parts++
    } else throw new TextError(`${text}: invalid IP address`)
  }
  if (parts !== 4) throw new TextError(`${text}: invalid IP address`)
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

/** @throws TextError */
export function parseMac(text: string): bigint {
  let mac = 0
  let part = -1
  let parts = 1
  let digits = 0
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : COLON
    const digit = hexDigit(c)
    if (digit >= 0 && digits < 2) {
      part = Math.max(part, 0) * 16 + digit
      digits++
    } else if (c === COLON && part >= 0) {
      mac = mac * 256 + part
      part = -1
      digits = 0
      if (i < text.length) parts++
    } else throw new TextError(`${text}: invalid Ethernet address`)
  }
  if (parts !== 6) throw new TextError(`${text}: invalid Ethernet address`)
  return BigInt(mac)
}

const groupsOf = (ip: bigint): number[] =>
  Array.from({ length: 8 }, (_, i) => Number((ip >> BigInt(112 - 16 * i)) & 0xffffn))

/** Start and length of the longest run of zero groups, the first of equals; length 0 when no run has two. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 }
  let start = 0
  groups.forEach((group, i) => {
    if (group !== 0) start = i + 1
    else if (i - start + 1 > best.length) best = { start, length: i - start + 1 }
  })
  return best.length >= 2 ? best : { start: -1, length: 0 }
}

/** As inet_ntop writes it, with an IPv4 tail for compatible and mapped addresses. */
export function formatIpv6(ip: bigint): string {
  const groups = groupsOf(ip)
  const { start, length } = longestZeros(groups)
  const mapped = length === 5 && groups[5] === 0xffff
  const compatible = length === 6
  if (start === 0 && (mapped || compatible)) {
    return `::${mapped ? 'ffff:' : ''}${formatIpv4(Number(ip & 0xffffffffn))}`
  }
  const hex = (some: number[]): string => some.map((group) => group.toString(16)).join(':')
  if (length === 0) return hex(groups)
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function parseGroups(text: string, whole: string): number[] {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  parts.forEach((part, i) => {
    if (i === parts.length - 1 && part.includes('.')) {
      const ip = parseIpv4(part)
      groups.push(ip >>> 16, ip & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) throw new TextError(`${whole}: invalid IPv6 address`)
      groups.push(parseInt(part, 16))
    }
  })
  return groups
}

/** @throws TextError */
export function parseIpv6(text: string): bigint {
  const halves = text.split('::')
  const head = parseGroups(halves[0] ?? '', text)
  const tail = parseGroups(halves[1] ?? '', text)
  const missing = 8 - head.length - tail.length
  if (halves.length > 2 || (halves.length === 1 ? missing !== 0 : missing < 1)) {
    throw new TextError(`${text}: invalid IPv6 address`)
  }
  let ip = 0n
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) ip = (ip << 16n) | BigInt(group)
  return ip
}

/** The prefix length of a mask whose ones all stand before its zeros; undefined of others. */
export function prefixLength(mask: bigint, bits: number): number | undefined {
  const inverse = ((1n << BigInt(bits)) - 1n) ^ mask
  if ((inverse & (inverse + 1n)) !== 0n) return undefined
  return bits - (inverse === 0n ? 0 : inverse.toString(2).length)
}

export const prefixMask = (length: number, bits: number): bigint =>
  ((1n << BigInt(bits)) - 1n) ^ ((1n << BigInt(bits - length)) - 1n)
