/**
 * Ranges for networks whose pods have given IPv4 addresses, and among which those of other networks lie: each address
 * gets the smallest range in which it is a pod's to have.
 */

interface Range {
  readonly base: number
  readonly prefix: number
}

/** Prefixes, none within another, that together hold the addresses of one network. */
export function rangesFor(addresses: readonly string[]): string[] {
  const all = addresses.map(parse)
  return outermost(all.map((address) => format(rangeFor(address, all))))
}

function rangeFor(address: number, all: readonly number[]): Range {
  for (let prefix = 30; prefix > 0; prefix--) {
    const range = around(address, prefix)
    if (!all.some((other) => holds(range, other) && reserves(range, other))) return range
  }
  throw new Error('an address that every range reserves')
}

/** Those of the IPv4 prefixes that none of the others holds, each once. */
export function outermost(cidrs: readonly string[]): string[] {
  const ranges = cidrs.map(parseRange)
  const isHeld = ({ base, prefix }: Range): boolean =>
    ranges.some((other) => other.prefix < prefix && holds(other, base))
  return [...new Set(ranges.filter((range) => !isHeld(range)).map(format))]
}

export function withoutHostBits(cidr: string): string {
  return format(parseRange(cidr))
}

/** The network's own address, its gateway's, and the broadcast address. */
function reserves(range: Range, address: number): boolean {
  return [0, 1, size(range) - 1].includes(address - range.base)
}

function holds(range: Range, address: number): boolean {
  return address >= range.base && address < range.base + size(range)
}

const size = ({ prefix }: Pick<Range, 'prefix'>): number => 2 ** (32 - prefix)

const around = (address: number, prefix: number): Range => ({ base: address - (address % size({ prefix })), prefix })

const parse = (address: string): number => address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0)

function parseRange(cidr: string): Range {
  const [address = '', prefix = '32'] = cidr.split('/')
  return around(parse(address), Number(prefix))
}

const format = ({ base, prefix }: Range): string =>
  `${[24, 16, 8, 0].map((shift) => (base >>> shift) & 255).join('.')}/${prefix}`
