import { setTimeout as sleep } from 'node:timers/promises'
import { BenchError } from './errors.js'

/** Seconds of a clock that only goes forward. */
export function now(): number {
  return performance.now() / 1000
}

export function rest(seconds: number): Promise<void> {
  return sleep(1000 * seconds)
}

/** Asks again every `everyS` seconds until the answer is true; the time at which it was. Throws after `limitS`. */
export async function until(
  what: string,
  limitS: number,
  everyS: number,
  isSo: () => Promise<boolean> | boolean,
): Promise<number> {
  const deadline = now() + limitS
  while (!(await isSo())) {
    if (now() > deadline) throw new BenchError(`not within ${limitS} s: ${what}`)
    await rest(everyS)
  }
  return now()
}
