import { TextError } from '../errors.js'

/** `01.02.ff` */
export const formatHexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('.')

const PAIR = /[ .\t\r\n]*([0-9a-fA-F]{2})/y

/** Pairs of hex digits with any spaces and dots before each; the rest of the text where they end. */
function scanHexBytes(text: string): readonly [bytes: Uint8Array, rest: string] {
  const bytes: number[] = []
  let at = 0
  for (;;) {
    PAIR.lastIndex = at
    const pair = PAIR.exec(text)
    if (pair === null) break
    bytes.push(parseInt(pair[1] ?? '', 16))
    at = PAIR.lastIndex
  }
  return [Uint8Array.from(bytes), text.slice(at).replace(/^[ .\t\r\n]+/, '')]
}

/** @throws TextError when the text is not all pairs of hex digits */
export function parseHexBytes(text: string, what: string): Uint8Array {
  const [bytes, rest] = scanHexBytes(text)
  if (rest !== '') throw new TextError(`bad hex digit in ${what}`)
  return bytes
}
