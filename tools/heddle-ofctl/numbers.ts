import { FatalError } from '../cli/errors.js'

/** A number as C's strtoul with base 0 reads it, all of the text; undefined: it is none. */
function whole(text: string): bigint | undefined {
  const digits = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(text)?.[0]
  if (digits === undefined) return undefined
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`)
  return /^0[0-9]/.test(digits) ? undefined : BigInt(digits)
}

/** An unsigned number of at most `bits`. */
export function unsigned(text: string, bits: 16 | 32): number | undefined {
  const value = whole(text)
  return value === undefined || value >= 1n << BigInt(bits) ? undefined : Number(value)
}

/** As C's atoi: what the text begins with, 0 where that is no number. */
export const leading = (text: string): number => Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0)

/** How many bytes an echo is to carry. @throws FatalError */
export function payloadSize(text: string): number {
  const size = leading(text) >>> 0
  if (size > MAX_PAYLOAD) throw new FatalError(`payload must be between 0 and ${MAX_PAYLOAD} bytes`)
  return size
}

const MAX_PAYLOAD = 65535 - 8
