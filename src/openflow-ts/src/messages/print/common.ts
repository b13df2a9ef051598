import type { TextContext } from '../../text/context.js'
import { formatDuration } from '../../text/flow-format.js'
import { UNKNOWN_U64 } from '../spec/parts.js'

/** How messages are printed beyond what they hold. */
export interface PrintContext extends TextContext {
  /** As many as -m: 0 unless asked for. */
  readonly verbosity?: number
}

const NOT_KNOWN = 0xffffffff

/** A duration, `?` where it is not known. */
export const printDuration = (sec: number, nsec: number): string =>
  sec === NOT_KNOWN && nsec === NOT_KNOWN ? '?' : formatDuration(sec, nsec)

/** A counter, `?` where the switch does not keep it. */
export const counter = (value: bigint): string => (value === UNKNOWN_U64 ? '?' : value.toString())

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`

/** As C's %#x: 0 is just 0. */
export const hexOrZero = (value: number | bigint): string => (value === 0 || value === 0n ? '0' : hex(value))

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

const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')

function hexLine(bytes: Uint8Array, at: number): string {
  let line = `${at.toString(16).padStart(8, '0')} `
  let ascii = ''
  for (let i = 0; i < PER_LINE; i++) {
    const byte = bytes[at + i]
    line += i === PER_LINE / 2 && at + i <= bytes.length ? '-' : ' '
    line += byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')
    ascii += byte === undefined ? ' ' : printable(byte)
  }
  return `${line} |${ascii}|\n`
}

/** Bytes as ovs-ofctl dumps them, sixteen a line. */
export function hexDump(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PER_LINE) text += hexLine(bytes, at)
  return text
}
