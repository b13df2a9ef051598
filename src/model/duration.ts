const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `250ms`, `10s`, `2m`, `1h` in milliseconds; undefined for anything else, also for a number without a unit. */
export function parseDuration(text: string): number | undefined {
  const match = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text)
  const [, count, unit] = match ?? []
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNITS[unit] ?? 1)
}
