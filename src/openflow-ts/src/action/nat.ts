import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { ETH_IPV4, ETH_IPV6 } from '../spec/prereqs.js'
import type { Value } from '../spec/fields.js'
import { formatIpv4, formatIpv6, parseIpv6 } from '../text/addresses.js'
import { scanKeyValues, smallDecimal } from '../text/scan.js'
import { define, nicira } from './spec.js'
import { NAT_FLAGS, type NatAction, type NatFlag } from './types.js'
import { bad } from './wire-fields.js'

const NAT_FLAG_NAMES = Object.keys(NAT_FLAGS) as NatFlag[]
const SRC = 1
const DST = 2
const ALL_FLAGS = 31
const RANGE = { ipv4_min: 1, ipv4_max: 2, ipv6_min: 4, ipv6_max: 8, proto_min: 16, proto_max: 32 } as const

type Range = NonNullable<NatAction['addr']>
type Ports = NonNullable<NatAction['port']>

const isZero = (value: Value | undefined): boolean => value === undefined || value === 0 || value === 0n

/** Zero is no address and no port. */
function writeNat(w: Writer, a: NatAction): void {
  let flags = a.kind === 'src' ? SRC : a.kind === 'dst' ? DST : 0
  for (const flag of a.flags ?? []) flags |= NAT_FLAGS[flag]
  const { addr, port } = a
  const v6 = typeof addr?.min === 'bigint'
  let present = 0
  if (!isZero(addr?.min)) present |= v6 ? RANGE.ipv6_min : RANGE.ipv4_min
  if (!isZero(addr?.max)) present |= v6 ? RANGE.ipv6_max : RANGE.ipv4_max
  if (!isZero(port?.min)) present |= RANGE.proto_min
  if (!isZero(port?.max)) present |= RANGE.proto_max
  w.zeros(2)
  w.u16(flags)
  w.u16(present)
  writeAddress(w, addr?.min)
  writeAddress(w, addr?.max)
  writePort(w, port?.min)
  writePort(w, port?.max)
}

function writeAddress(w: Writer, value: Value | undefined): void {
  if (value !== undefined && !isZero(value)) w.uint(value, typeof value === 'bigint' ? 16 : 4)
}

function writePort(w: Writer, value = 0): void {
  if (value !== 0) w.u16(value)
}

const makeRange = <T extends Value>(min: T, max: T | undefined): { min: T; max?: T } =>
  max === undefined ? { min } : { min, max }

/** Reads the parts of a range that are there, lowest first. */
class RangeReader {
  readonly #r: Reader
  readonly #present: number
  readonly #offset: number

  constructor(r: Reader, present: number, offset: number) {
    this.#r = r
    this.#present = present
    this.#offset = offset
  }

  wrong(what: string): Error {
    return bad(`nat: ${what}`, this.#offset, 'OFPBAC_BAD_ARGUMENT')
  }

  has(bits: number): boolean {
    return (this.#present & bits) !== 0
  }

  #one(bytes: number): Value {
    if (this.#r.remaining < bytes) throw this.wrong('a range is cut short')
    return this.#r.uint(bytes)
  }

  range(minBit: number, maxBit: number, bytes: number): { min: Value; max?: Value } | undefined {
    if (!this.has(minBit)) {
      if (this.has(maxBit)) throw this.wrong('an end of a range without its beginning')
      return undefined
    }
    const min = this.#one(bytes)
    if (isZero(min)) throw this.wrong('a range that begins at 0')
    if (!this.has(maxBit)) return { min }
    const max = this.#one(bytes)
    if (max < min) throw this.wrong('a range that ends before it begins')
    return { min, max }
  }
}

function readNat(r: Reader): NatAction {
  const offset = r.offset
  r.skip(2)
  const flags = r.u16()
  const ranges = new RangeReader(r, r.u16(), offset)
  const both = NAT_FLAGS.hash | NAT_FLAGS.random
  if ((flags & ~ALL_FLAGS) !== 0 || (flags & (SRC | DST)) === (SRC | DST) || (flags & both) === both) {
    throw ranges.wrong(`flags ${flags}`)
  }
  if (ranges.has(RANGE.ipv4_min) && ranges.has(RANGE.ipv6_min | RANGE.ipv6_max)) throw ranges.wrong('IPv4 and IPv6')
  const v4 = ranges.range(RANGE.ipv4_min, RANGE.ipv4_max, 4)
  const addr = v4 ?? ranges.range(RANGE.ipv6_min, RANGE.ipv6_max, 16)
  if (addr === undefined && ranges.has(RANGE.proto_min)) throw ranges.wrong('ports without an address')
  const ports = ranges.range(RANGE.proto_min, RANGE.proto_max, 2)
  const names = flags <= DST ? [] : NAT_FLAG_NAMES.filter((name) => (flags & NAT_FLAGS[name]) !== 0)
  const kind = (flags & SRC) !== 0 ? 'src' : (flags & DST) !== 0 ? 'dst' : undefined
  return {
    type: 'nat',
    ...(kind !== undefined && { kind }),
    ...(addr !== undefined && { addr }),
    ...(ports !== undefined && { port: ports as Ports }),
    ...(names.length > 0 && { flags: names }),
  }
}

function formatRange(addr: Range, port: Ports | undefined): string {
  const bracket = port !== undefined && port.min !== 0
  const address = (value: Value): string => {
    if (typeof value === 'number') return formatIpv4(value)
    return bracket ? `[${formatIpv6(value)}]` : formatIpv6(value)
  }
  let range = address(addr.min)
  if (addr.max !== undefined && !isZero(addr.max) && addr.max !== addr.min) range += `-${address(addr.max)}`
  if (port === undefined || port.min === 0) return range
  range += `:${port.min}`
  return port.max === undefined || port.max === 0 || port.max === port.min ? range : `${range}-${port.max}`
}

function formatNat(a: NatAction): string {
  if (a.kind === undefined) return 'nat'
  if (a.addr === undefined) return `nat(${a.kind})`
  let text = `nat(${a.kind}=${formatRange(a.addr, a.port)}`
  for (const flag of NAT_FLAG_NAMES) if (a.flags?.includes(flag) === true) text += `,${flag}`
  return `${text})`
}

const ZERO = 48
const DOT = 46
const isDigit = (c: number): boolean => c >= ZERO && c <= 57
const IPV6 = /[0-9a-fA-F:.]{1,46}/y
const IPV6_IN_BRACKETS = /\[([0-9a-fA-F:.]{1,46})\]/y
const PORT = /\s*[+-]?\d+/y

/** Scans a text piece by piece. */
class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) return undefined
    this.at += found[0].length
    return found
  }

  skip(sign: string): boolean {
    if (this.text[this.at] !== sign) return false
    this.at++
    return true
  }

  /** Four numbers of one to three digits. */
  ipv4(): number | undefined {
    const { text } = this
    let { at } = this
    let ip = 0
    for (let part = 0; part < 4; part++) {
      if (part > 0 && text.charCodeAt(at++) !== DOT) return undefined
      let value = 0
      const start = at
      for (; at - start < 3 && isDigit(text.charCodeAt(at)); at++) value = value * 10 + text.charCodeAt(at) - ZERO
      if (at === start || value > 255) return undefined
      ip = ip * 256 + value
    }
    this.at = at
    return ip
  }

  /** Steps over what looks like an address even where it is none. */
  ipv6(): bigint | undefined {
    const found = this.take(IPV6) ?? this.take(IPV6_IN_BRACKETS)
    if (found === undefined) return undefined
    try {
      return parseIpv6(found[1] ?? found[0])
    } catch (error) {
      if (error instanceof TextError) return undefined
      throw error
    }
  }

  port(): number | undefined {
    const small = smallDecimal(this.text, this.at)
    if (small >= 0) {
      this.at = this.text.length
      return small % 0x10000
    }
    const found = this.take(PORT)
    return found === undefined ? undefined : Number(BigInt.asUintN(16, BigInt(found[0].trim().replace('+', ''))))
  }
}

/** `MIN[-MAX]`, each read by `one`; undefined when there is none at all. */
function scanRange<T extends Value>(scanner: Scanner, one: () => T | undefined): { min: T; max?: T } | undefined {
  const min = one()
  if (min === undefined) return undefined
  if (!scanner.skip('-')) return { min }
  const max = one()
  if (max === undefined || max < min) throw new TextError(`invalid nat range "${scanner.text}"`)
  return makeRange(min, max)
}

function parseNatRange(text: string): Pick<NatAction, 'addr' | 'port'> {
  const scanner = new Scanner(text)
  const addr: Range | undefined = scanRange(scanner, () => scanner.ipv4()) ?? scanRange(scanner, () => scanner.ipv6())
  let port: Ports | undefined
  if (addr !== undefined && scanner.skip(':')) {
    port = scanRange(scanner, () => scanner.port())
    if (port === undefined) throw new TextError(`invalid nat range "${text}"`)
  }
  if (scanner.at !== text.length) {
    throw new TextError(`garbage (${text.slice(scanner.at)}) after nat range "${text}" (pos: ${scanner.at})`)
  }
  return { ...(addr === undefined ? {} : { addr }), ...(port === undefined ? {} : { port }) }
}

/** Parses what stands in the parentheses of nat(...). @throws TextError */
export function parseNat(arg: string): NatAction {
  let range: Pick<NatAction, 'addr' | 'port'> = {}
  const kinds = new Set<'src' | 'dst'>()
  const given = new Set<NatFlag>()
  for (const { key, value } of scanKeyValues(arg)) {
    if (key === 'src' || key === 'dst') {
      kinds.add(key)
      range = parseNatRange(value)
    } else if (key === 'persistent' || key === 'hash' || key === 'random') given.add(key)
    else throw new TextError(`invalid key "${key}" in "nat" argument`)
  }
  const [kind, second] = kinds
  if (second !== undefined) throw new TextError('May only specify one of "src" or "dst".')
  if (kind === undefined && given.size > 0) throw new TextError('Flags allowed only with "src" or "dst".')
  if (given.has('hash') && given.has('random')) throw new TextError('Both "hash" and "random" are not allowed.')
  const flags = NAT_FLAG_NAMES.filter((flag) => given.has(flag))
  return { type: 'nat', ...(kind === undefined ? {} : { kind }), ...range, ...(flags.length === 0 ? {} : { flags }) }
}

export const natSpec = define<NatAction>({
  name: 'nat',
  doc: "Translates addresses and ports of a connection, or applies the connection's own translation. Within ct only.",
  syntax: 'nat, nat(src|dst[=ADDR[-ADDR][:PORT[-PORT]]][,persistent][,hash|random])',
  types: ['nat'],
  forms: [nicira('NAT', 36, { encode: writeNat, decode: readNat }, { longer: true })],
  parse: (arg) => parseNat(arg),
  format: formatNat,
  check(a, state) {
    const { ethType } = state.kind
    const family = a.addr === undefined ? ethType : typeof a.addr.min === 'bigint' ? ETH_IPV6 : ETH_IPV4
    return state.isIp && family === ethType ? undefined : 'OFPBAC_MATCH_INCONSISTENT'
  },
})
