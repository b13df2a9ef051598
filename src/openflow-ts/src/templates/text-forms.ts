/** How numbers are written in texts: each form once as a rule on strings, and once fast, from `wide` to bytes. */
import { formatIpv4, formatIpv6, formatMac, ipv6 } from '../text/addresses.js'
import { formatFraction, NSEC_PER_MSEC } from '../text/flow-format.js'
import { hex, hexOrZero } from '../text/values.js'
import type { ByteSink } from './sink.js'
import { wide } from './wide.js'

export interface TextForm {
  /** Undefined of numbers that are not written so. */
  text(value: bigint): string | undefined
  /** Writes `wide`, of so many words, for which there is room. False, and nothing is written, when it is not so written. */
  write(sink: ByteSink, words: number): boolean
  /** Another form, which differs for zero only. */
  readonly otherwise?: TextForm
}

/** Bytes that a number takes at most. */
export const MOST_TEXT = 48

const ZERO = 48
const DOT = 46
const COLON = 58
const X = 120
const HEX = Buffer.from('0123456789abcdef')
const WORD = 0x100000000
/** Higher words of more are no safe integers. */
const HIGH_LIMIT = 0x200000

function writeDecimal(sink: ByteSink, value: number): void {
  let digits = 1
  for (let power = 10; power <= value; power *= 10) digits++
  writeDigits(sink, value, digits)
}

function writeDigits(sink: ByteSink, value: number, digits: number): void {
  const { bytes, length } = sink
  let rest = value
  for (let i = length + digits - 1; i >= length; i--) {
    const tenth = Math.floor(rest / 10)
    bytes[i] = rest - tenth * 10 + ZERO
    rest = tenth
  }
  sink.length = length + digits
}

function writeHex(sink: ByteSink, words: number): void {
  const { bytes } = sink
  let word = words - 1
  while (word > 0 && wide[word] === 0) word--
  const top = wide[word] ?? 0
  let at = sink.length
  bytes[at++] = ZERO
  bytes[at++] = X
  for (let shift = top === 0 ? 0 : (31 - Math.clz32(top)) & ~3; shift >= 0; shift -= 4) bytes[at++] = HEX[(top >>> shift) & 15] ?? 0
  while (--word >= 0) {
    const value = wide[word] ?? 0
    for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = HEX[(value >>> shift) & 15] ?? 0
  }
  sink.length = at
}

function writeMac(sink: ByteSink, words: number): void {
  const { bytes } = sink
  const low = wide[0] ?? 0
  const high = words > 1 ? (wide[1] ?? 0) : 0
  let at = sink.length
  for (let i = 5; i >= 0; i--) {
    const byte = i > 3 ? high >>> (8 * (i - 4)) : low >>> (8 * i)
    bytes[at++] = HEX[(byte >>> 4) & 15] ?? 0
    bytes[at++] = HEX[byte & 15] ?? 0
    bytes[at++] = COLON
  }
  sink.length = at - 1
}

function writeIpv4(sink: ByteSink): void {
  const value = wide[0] ?? 0
  for (let shift = 24; shift >= 0; shift -= 8) {
    writeDecimal(sink, (value >>> shift) & 255)
    if (shift > 0) sink.bytes[sink.length++] = DOT
  }
}

const NANOSECONDS = 1_000_000_000

function writeFraction(sink: ByteSink): void {
  const nanoseconds = wide[0] ?? 0
  if (nanoseconds === 0) return
  sink.bytes[sink.length++] = DOT
  if (nanoseconds % NSEC_PER_MSEC === 0) {
    writeDigits(sink, nanoseconds / NSEC_PER_MSEC, 3)
    return
  }
  writeDigits(sink, nanoseconds, 9)
  while (sink.bytes[sink.length - 1] === ZERO) sink.length--
}

const fits = (bits: number, text: (value: bigint) => string) => (value: bigint): string | undefined =>
  value >> BigInt(bits) === 0n ? text(value) : undefined

function isZero(words: number): boolean {
  for (let i = 0; i < words; i++) if (wide[i] !== 0) return false
  return true
}

/** As C's `0x%x`; most are as its `%#x`, which has no prefix for zero. */
const HEX_FORM: TextForm = {
  text: hex,
  write(sink, words) {
    writeHex(sink, words)
    return true
  },
}

/** In the order in which they are tried: a fraction is more than the decimal number in it. */
export const TEXT_FORMS: readonly TextForm[] = [
  {
    text: (value) => (value < BigInt(NANOSECONDS) ? formatFraction(Number(value)) : undefined),
    write(sink) {
      writeFraction(sink)
      return true
    },
  },
  {
    text: fits(53, String),
    write(sink, words) {
      const high = words > 1 ? (wide[1] ?? 0) : 0
      if (words > 2 || high >= HIGH_LIMIT) return false
      writeDecimal(sink, high * WORD + (wide[0] ?? 0))
      return true
    },
  },
  {
    text: hexOrZero,
    write(sink, words) {
      if (isZero(words)) sink.bytes[sink.length++] = ZERO
      else writeHex(sink, words)
      return true
    },
    otherwise: HEX_FORM,
  },
  {
    text: fits(48, formatMac),
    write(sink, words) {
      writeMac(sink, words)
      return true
    },
  },
  {
    text: fits(32, (value) => formatIpv4(Number(value))),
    write(sink) {
      writeIpv4(sink)
      return true
    },
  },
  {
    text: formatIpv6,
    write(sink, words) {
      for (let word = 0; word < 4; word++) ipv6.octets.setUint32(12 - 4 * word, word < words ? (wide[word] ?? 0) : 0)
      sink.length += sink.bytes.write(ipv6.text(), sink.length, 'latin1')
      return true
    },
  },
]
