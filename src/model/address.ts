import ipaddr from 'ipaddr.js'

/** An IPv4 address as an unsigned 32-bit number. */
export type Ipv4 = number

/** An IPv4 prefix; `address` has no host bits. */
export interface Cidr {
  readonly address: Ipv4
  readonly prefix: number
}

/** Strict dotted quad: `ipaddr.js` alone also takes `1`, `0x7f.1` and octal parts. */
export function parseIpv4(text: string): Ipv4 | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(text).octets
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** The netmask of a prefix length, 0 to 32. */
export function netmask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
}

/** `a.b.c.d/n` without host bits, or why not. */
export function parseCidr(text: string): Cidr | { readonly error: string } {
  const slash = text.indexOf('/')
  const address = parseIpv4(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return { error: `"${text}" is not an IPv4 prefix like 10.1.0.0/16` }
  const length = slash < 0 ? '' : text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]?)$/.test(length) || Number(length) > 32) {
    return { error: `"${text}" needs a prefix length from 0 to 32` }
  }
  const prefix = Number(length)
  const base = (address & netmask(prefix)) >>> 0
  if (base !== address) {
    return { error: `"${text}" has host bits set: did you mean ${formatIpv4(base)}/${prefix}?` }
  }
  return { address, prefix }
}

/** A CIDR that is known to be valid (it came out of the store). */
export function mustParseCidr(text: string): Cidr {
  const cidr = parseCidr(text)
  if ('error' in cidr) throw new TypeError(cidr.error)
  return cidr
}

/** An address that is known to be valid (it came out of the store). */
export function mustParseIpv4(text: string): Ipv4 {
  const address = parseIpv4(text)
  if (address === undefined) throw new TypeError(`"${text}" is not an IPv4 address`)
  return address
}

export function formatCidr({ address, prefix }: Cidr): string {
  return `${formatIpv4(address)}/${prefix}`
}

export function contains({ address, prefix }: Cidr, ip: Ipv4): boolean {
  return ((ip & netmask(prefix)) >>> 0) === address
}

/** Two prefixes overlap exactly when the shorter holds the longer's address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? contains(a, b.address) : contains(b, a.address)
}

/** How many addresses a prefix has. */
export function size({ prefix }: Cidr): number {
  return 2 ** (32 - prefix)
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
