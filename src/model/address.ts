import ipaddr from 'ipaddr.js'

export type Family = 4 | 6

/** Bits of an address. */
export const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }

/** An address of either family. */
export interface Ip {
  readonly family: Family
  readonly value: bigint
}

/** A prefix of either family; `address` has no host bits. */
export interface Cidr {
  readonly family: Family
  readonly address: bigint
  readonly prefix: number
}

/** Dotted quad, or IPv6 in hexadecimal groups. Strict: `ipaddr.js` alone also takes `1`, `0x7f.1` and octal parts. */
export function parseIp(text: string): Ip | undefined {
  if (text.includes(':')) {
    const value = parseGroups(text)
    return value === undefined ? undefined : { family: 6, value }
  }
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(text).octets
  return { family: 4, value: BigInt(((a << 24) | (b << 16) | (c << 8) | d) >>> 0) }
}

const GROUP = /^[0-9a-fA-F]{1,4}$/

/**
 * RFC 4291, 2.2, forms 1 and 2: no dotted quad at the end, no zone id. `ipaddr.js` takes both, and `::10.1.0.5` for another
 * address than it is.
 */
function parseGroups(text: string): bigint | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const given = halves.flat()
  const missing = 8 - given.length
  const complete = halves.length === 1 ? missing === 0 : halves.length === 2 && missing > 0
  if (!complete || !given.every((group) => GROUP.test(group))) return undefined
  const [before = [], after = []] = halves
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return BigInt(`0x${groups.map((group) => group.padStart(4, '0')).join('')}`)
}

/** The one text of an address: for IPv6, that of RFC 5952. */
export function formatIp({ family, value }: Ip): string {
  const hex = value.toString(16).padStart(BITS[family] / 4, '0')
  const address = ipaddr.fromByteArray([...Buffer.from(hex, 'hex')])
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

/** The text that everybody else has for the same address; throws TypeError for what is none. */
export function canonicalIp(text: string): string {
  return formatIp(mustParseIp(text))
}

/** The netmask of a prefix length, 0 to `BITS`. */
export function netmask(family: Family, prefix: number): bigint {
  const hostBits = BigInt(BITS[family] - prefix)
  return ((1n << BigInt(BITS[family])) - 1n) ^ ((1n << hostBits) - 1n)
}

/** The prefix of that length around an address. */
export function prefixAround({ family, value }: Ip, prefix: number): Cidr {
  return { family, address: value & netmask(family, prefix), prefix }
}

/** The address alone: /32 or /128. */
export function hostCidr(ip: Ip): Cidr {
  return prefixAround(ip, BITS[ip.family])
}

/** `ADDRESS/LENGTH` without host bits, or why not. */
export function parseCidr(text: string): Cidr | { readonly error: string } {
  const slash = text.indexOf('/')
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (ip === undefined) return { error: `"${text}" is not a prefix like 10.1.0.0/16 or fd00:1::/64` }
  const length = slash < 0 ? '' : text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > BITS[ip.family]) {
    return { error: `"${text}" needs a prefix length from 0 to ${BITS[ip.family]}` }
  }
  const cidr = prefixAround(ip, Number(length))
  if (cidr.address !== ip.value) {
    return { error: `"${text}" has host bits set: did you mean ${formatCidr(cidr)}?` }
  }
  return cidr
}

/** A CIDR that is known to be valid (it came out of the store). */
export function mustParseCidr(text: string): Cidr {
  const cidr = parseCidr(text)
  if ('error' in cidr) throw new TypeError(cidr.error)
  return cidr
}

/** An address that is known to be valid (it came out of the store). */
export function mustParseIp(text: string): Ip {
  const ip = parseIp(text)
  if (ip === undefined) throw new TypeError(`"${text}" is not an IP address`)
  return ip
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp(ipAt(cidr, 0))}/${cidr.prefix}`
}

/** The address at a place of a prefix: 0 is the prefix's own. */
export function ipAt({ family, address }: Cidr, offset: number | bigint): Ip {
  return { family, value: address + BigInt(offset) }
}

/** The place of an address in a prefix that holds it, and that is small enough for its places to be numbers. */
export function offsetIn({ address }: Cidr, { value }: Ip): number {
  return Number(value - address)
}

export function contains({ family, address, prefix }: Cidr, ip: Ip): boolean {
  return family === ip.family && (ip.value & netmask(family, prefix)) === address
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value
}

/** Two prefixes overlap exactly when the shorter holds the longer's address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? contains(a, ipAt(b, 0)) : contains(b, ipAt(a, 0))
}

/** How many addresses a prefix has; exact up to 2^53. */
export function size({ family, prefix }: Cidr): number {
  return 2 ** (BITS[family] - prefix)
}

/** Six bytes as a 48-bit number, from `aa:bb:cc:dd:ee:ff` in either case. */
export function parseMac(text: string): bigint | undefined {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? BigInt(`0x${text.replaceAll(':', '')}`) : undefined
}

export function mustParseMac(text: string): bigint {
  const mac = parseMac(text)
  if (mac === undefined) throw new TypeError(`"${text}" is not an Ethernet address`)
  return mac
}

export function formatMac(mac: bigint): string {
  const hex = mac.toString(16).padStart(12, '0')
  return (hex.match(/../g) ?? []).join(':')
}

/** Group bit of the first byte: a source address may not have it. */
export function isMulticastMac(mac: bigint): boolean {
  return ((mac >> 40n) & 1n) === 1n
}

/** The address that a device makes up for itself on its link from its MAC: fe80::/64 and a modified EUI-64 (RFC 4291). */
export function linkLocalOf(mac: bigint): Ip {
  const eui64 = ((mac >> 24n) << 40n) | (0xfffen << 24n) | (mac & 0xff_ffffn)
  const universalBit = 1n << 57n
  return { family: 6, value: (0xfe80n << 112n) | (eui64 ^ universalBit) }
}
