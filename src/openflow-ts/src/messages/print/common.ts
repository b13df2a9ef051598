import { formatIpv4, formatIpv6 } from '../../text/addresses.js'
import type { TextContext } from '../../text/context.js'
import { formatDuration } from '../../text/flow-format.js'
import { hex, hexOrZero } from '../../text/values.js'
import { UNKNOWN_U64 } from '../spec/parts.js'
import type { Message } from '../table.js'

export { hex, hexOrZero }

/** How messages are printed beyond what they hold. */
export interface PrintContext extends TextContext {
  /** How much to say: 1, unless given, is what commands print; one more for each -m. */
  readonly verbosity?: number
}

const NOT_KNOWN = 0xffffffff

/** A duration, `?` where it is not known. */
export const printDuration = (sec: number, nsec: number): string =>
  sec === NOT_KNOWN && nsec === NOT_KNOWN ? '?' : formatDuration(sec, nsec)

/** A counter, `?` where the switch does not keep it. */
export const counter = (value: bigint): string => (value === UNKNOWN_U64 ? '?' : value.toString())

/** The names of the bits that are on, in the table's order, then the rest in hex; `0` for none. */
export function bitNames(bits: number, table: Readonly<Record<string, number>>, separator = ' '): string {
  const names: string[] = []
  let rest = bits
  for (const [name, bit] of Object.entries(table)) {
    if ((rest & bit) === 0) continue
    names.push(name)
    rest &= ~bit
  }
  if (rest !== 0) names.push(hex(rest >>> 0))
  return names.length === 0 ? '0' : names.join(separator)
}

const PER_LINE = 16
const HEX_WIDTH = 9 + PER_LINE * 3

const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')

function hexLine(bytes: Uint8Array, at: number, withText: boolean): string {
  let line = `${at.toString(16).padStart(8, '0')} `
  let ascii = ''
  for (let i = 0; i < PER_LINE && at + i < bytes.length; i++) {
    const byte = bytes[at + i] ?? 0
    line += (i === PER_LINE / 2 ? '-' : ' ') + byte.toString(16).padStart(2, '0')
    ascii += printable(byte)
  }
  // A gap after a line's first half shows only where the other half would be.
  if (withText && bytes.length - at === PER_LINE / 2) line += '-'
  return withText ? `${line.padEnd(HEX_WIDTH)} |${ascii.padEnd(PER_LINE)}|\n` : `${line}\n`
}

/** Bytes as ovs-ofctl dumps them, sixteen a line, with or without their characters behind. */
export function hexDump(bytes: Uint8Array, withText = true): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PER_LINE) text += hexLine(bytes, at, withText)
  return text
}

/** How messages inside messages are printed. */
export interface Inner {
  message(m: Message, ctx: PrintContext): string
  bytes(bytes: Uint8Array, ctx: PrintContext): string
  /** The bytes of the message that is being printed. */
  source(): Buffer
}

const IPV4_MAPPED = 0xffffn

/** An address of 128 bits; those of IPv4 as such. */
export const addressText = (address: bigint): string =>
  address >> 32n === IPV4_MAPPED ? formatIpv4(Number(address & 0xffffffffn)) : formatIpv6(address)
