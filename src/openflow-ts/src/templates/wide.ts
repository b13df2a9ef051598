/**
 * The number of up to 128 bits that is being read or written, in words of 32 bits, the lowest first. There is only one:
 * it goes from text to bytes, or back, without becoming a bigint in between.
 */
export const wide = new Uint32Array(4)

export const wordsOf = (bytes: number): number => (bytes + 3) >>> 2

/** The words of a bigint. */
export const toWords = (value: bigint): Uint32Array =>
  Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((value >> shift) & 0xffffffffn))

/** Takes `width` bytes, of which the first is the most significant. */
export function readWide(bytes: Uint8Array, at: number, width: number): void {
  let i = at + width - 1
  for (let word = 0, left = width; left > 0; word++, left -= 4) {
    let value = bytes[i] ?? 0
    if (left > 1) value |= (bytes[i - 1] ?? 0) << 8
    if (left > 2) value |= (bytes[i - 2] ?? 0) << 16
    if (left > 3) value |= (bytes[i - 3] ?? 0) << 24
    wide[word] = value
    i -= 4
  }
}

/** Sets the bits of the number in `width` bytes, which are zero where it may have ones. */
export function writeWide(bytes: Uint8Array, at: number, width: number): void {
  for (let i = at + width - 1, shift = 0, word = 0; i >= at; i--) {
    bytes[i] = (bytes[i] ?? 0) | ((wide[word] ?? 0) >>> shift)
    if (shift === 24) {
      shift = 0
      word++
    } else shift += 8
  }
}
