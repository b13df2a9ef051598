const NUMBERS = 200_000
const ROUNDS = 5

/**
 * CPU milliseconds of one fixed piece of work (sorting numbers) at this moment, the least of five rounds. Results of
 * runs between which it differs were not measured on equally fast cores: busy neighbours slow a core down without
 * taking its time.
 */
export function referenceCpuMs(): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = Array.from({ length: NUMBERS }, (_, i) => Math.imul(i, 0x9e37_79b1) >>> 0)
    const before = process.cpuUsage()
    numbers.sort((a, b) => a - b)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
