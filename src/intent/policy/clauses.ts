import { type Cidr, mustParseCidr } from '../../model/address.js'
import type { IpBlock, PolicyPort, Protocol } from '../../model/policy.js'
import type { Rule } from './rule.js'

/**
 * A rule as conjunctive flows see it: dimensions (who sends, who receives, which service), of each the values of which
 * any may hold. Flows of rules that have a value in common share one flow for it.
 */

export const DIMENSIONS = ['sender', 'receiver', 'service'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** A value that a dimension may have. `any` fills up rules of fewer than two dimensions. */
export type Clause =
  | { readonly type: 'identity'; readonly dimension: 'sender' | 'receiver'; readonly identity: number }
  | { readonly type: 'address'; readonly dimension: 'sender' | 'receiver'; readonly prefix: string }
  | { readonly type: 'service'; readonly value: number; readonly mask: number }
  /** A port by its name: other numbers for other pods. */
  | { readonly type: 'named'; readonly protocol: Protocol; readonly name: string }
  | { readonly type: 'any' }

/** The dimensions that a rule restricts, in order: clause k of n is the k-th. At least two, with `any` for what lacks. */
export function dimensionsOf(rule: Rule): readonly (Dimension | 'any')[] {
  const restricted = [
    ...(rule.sender === undefined ? [] : (['sender'] as const)),
    ...(rule.receiver === undefined ? [] : (['receiver'] as const)),
    ...(rule.ports === undefined ? [] : (['service'] as const)),
  ]
  const missing = Math.max(0, 2 - restricted.length)
  return [...restricted, ...Array.from({ length: missing }, () => 'any' as const)]
}

export function dimensionOf(clause: Clause): Dimension | 'any' {
  switch (clause.type) {
    case 'identity':
    case 'address':
      return clause.dimension
    case 'service':
    case 'named':
      return 'service'
    case 'any':
      return 'any'
  }
}

/** IP protocol numbers. */
export const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132, ICMP: 1, ICMPv6: 58 }

/** A service as one number: protocol << 16 | port, or << 16 | type << 8 | code. */
export function serviceOf(protocol: Protocol, low: number): number {
  return (PROTOCOL_NUMBERS[protocol] << 16) | low
}

export function clausesOfPort({ protocol = 'TCP', port, endPort, icmpType, icmpCode }: PolicyPort): Clause[] {
  if (typeof port === 'string') return [{ type: 'named', protocol, name: port }]
  if (port !== undefined) {
    return coverRange(port, endPort ?? port).map(({ value, mask }) => ({
      type: 'service',
      value: serviceOf(protocol, value),
      mask: 0xff0000 | mask,
    }))
  }
  if (icmpType === undefined) return [{ type: 'service', value: serviceOf(protocol, 0), mask: 0xff0000 }]
  const value = serviceOf(protocol, (icmpType << 8) | (icmpCode ?? 0))
  return [{ type: 'service', value, mask: icmpCode === undefined ? 0xffff00 : 0xffffff }]
}

/** The fewest value/mask pairs of 16 bits that together are exactly `first` to `last`. */
export function coverRange(first: number, last: number): { readonly value: number; readonly mask: number }[] {
  const parts: { value: number; mask: number }[] = []
  let next = first
  while (next <= last) {
    let size = 1
    while (size < 0x10000 && next % (size * 2) === 0 && next + size * 2 - 1 <= last) size *= 2
    parts.push({ value: next, mask: 0x10000 - size })
    next += size
  }
  return parts
}

/** The prefixes that together are exactly the block: its CIDR without the exceptions. */
export function prefixesOf({ cidr, except = [] }: IpBlock): Cidr[] {
  const parts = except.map(mustParseCidr)
  const left: Cidr[] = []
  const cut = (prefix: Cidr, holes: readonly Cidr[]): void => {
    if (holes.length === 0) left.push(prefix)
    if (holes.length === 0 || holes.some((hole) => hole.prefix <= prefix.prefix)) return
    for (const half of halvesOf(prefix)) {
      cut(half, holes.filter((hole) => hole.address >> hostBits(half) === half.address >> hostBits(half)))
    }
  }
  cut(mustParseCidr(cidr), parts)
  return left
}

function hostBits({ family, prefix }: Cidr): bigint {
  return BigInt((family === 4 ? 32 : 128) - prefix)
}

function halvesOf({ family, address, prefix }: Cidr): Cidr[] {
  const low = { family, address, prefix: prefix + 1 }
  return [low, { ...low, address: address | (1n << hostBits(low)) }]
}
