import {
  BITS,
  type Cidr,
  contains,
  type Family,
  type Ip,
  ipAt,
  mustParseCidr,
  prefixAround,
  sameIp,
  size,
} from '../model/address.js'
import type { NetworkSpec } from '../model/kinds.js'

/** How a network's ranges are cut: into blocks, and which addresses no pod gets. Pure in the network's spec. */

/** Routers answer at the first address of each range. */
export function gatewayOf(range: Cidr): Ip {
  return ipAt(range, 1)
}

/** Families of a network's ranges, IPv4 first. */
export function familiesOf(spec: NetworkSpec): Family[] {
  return ([4, 6] as const).filter((family) => rangesOf(spec, family).length > 0)
}

export function rangesOf(spec: NetworkSpec, family: Family): Cidr[] {
  return spec.cidrs.map(mustParseCidr).filter((range) => range.family === family)
}

/** The range that an address belongs to. */
export function rangeOf(spec: NetworkSpec, ip: Ip): Cidr | undefined {
  return spec.cidrs.map(mustParseCidr).find((range) => contains(range, ip))
}

/**
 * Prefix length of the blocks of one range: as asked, else 64 addresses (/26, /122) in large ranges and a sixteenth of
 * small ones, so that several hosts get a block each; never more than the range itself.
 */
export function blockPrefix(spec: NetworkSpec, { family, prefix }: Cidr): number {
  const bits = BITS[family]
  const asked = family === 4 ? spec.blockPrefix : spec.blockPrefix6
  return Math.max(asked ?? Math.max(bits - 6, Math.min(prefix + 4, bits - 2)), prefix)
}

export function blockOf(spec: NetworkSpec, range: Cidr, ip: Ip): Cidr {
  return prefixAround(ip, blockPrefix(spec, range))
}

export function blockAround(spec: NetworkSpec, ip: Ip): Cidr | undefined {
  const range = rangeOf(spec, ip)
  return range && blockOf(spec, range, ip)
}

export function* blocksOf(spec: NetworkSpec, range: Cidr): Iterable<Cidr> {
  const prefix = blockPrefix(spec, range)
  const step = 1n << BigInt(BITS[range.family] - prefix)
  const end = range.address + (1n << BigInt(BITS[range.family] - range.prefix))
  for (let { address } = range; address < end; address += step) yield { family: range.family, address, prefix }
}

/** The range's own address (in IPv6 every router's: RFC 4291, 2.6.1), its gateway, and IPv4's broadcast address. */
export function reservedAddresses(range: Cidr): Ip[] {
  const first = [ipAt(range, 0), gatewayOf(range)]
  return range.family === 4 ? [...first, ipAt(range, size(range) - 1)] : first
}

export function isReserved(range: Cidr, ip: Ip): boolean {
  return reservedAddresses(range).some((reserved) => sameIp(reserved, ip))
}

export function reservedAs(range: Cidr, ip: Ip): string {
  if (sameIp(ip, ipAt(range, 0))) return range.family === 4 ? 'the network itself' : 'the anycast address of all routers'
  return sameIp(ip, gatewayOf(range)) ? 'the gateway' : 'the broadcast address'
}
