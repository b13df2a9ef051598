/** One 64-bit integer seen as its two halves, to get from one to the other without arithmetic on bigints. */
export const whole = new BigUint64Array(1)
export const halves = new Uint32Array(whole.buffer)
whole[0] = 1n
export const LOW = halves[0] === 1 ? 0 : 1
export const HIGH = 1 - LOW

/** The 64 bits of two words. */
export function joinWords(high: number, low: number): bigint {
  if (high === 0 && low === 0) return 0n
  halves[HIGH] = high
  halves[LOW] = low
  return whole[0] ?? 0n
}
