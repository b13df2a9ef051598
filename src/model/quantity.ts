/** Quantities as people write them: `1.5Gbit`, `64kB`, `10kpps`, `100/s`. Prefixes are SI: k is 1,000. */

interface QuantityKind {
  /** What follows the prefix. */
  readonly unit: string
  readonly words: string
}

export const QUANTITIES = {
  bitRate: { unit: 'bit', words: 'bits a second, like 50Mbit or 1.5Gbit' },
  bytes: { unit: 'B', words: 'bytes, like 64kB' },
  packetRate: { unit: 'pps', words: 'packets a second, like 10kpps' },
  frequency: { unit: '/s', words: 'a number a second, like 100/s' },
} as const satisfies Record<string, QuantityKind>

export type QuantityName = keyof typeof QUANTITIES

const PREFIXES = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const
type Prefix = keyof typeof PREFIXES

/** Beyond a million million nothing that we know of goes, and numbers stay exact. */
const MOST = 1e12

/** The quantity in its plain unit, rounded to a whole number, or what is wrong with the text. */
export function parseQuantity(kind: QuantityName, text: string): { readonly value: number } | { readonly error: string } {
  const { unit, words } = QUANTITIES[kind]
  const match = /^([0-9]{1,12}(?:\.[0-9]{1,9})?)([kMGT]?)([a-z/B]+)$/.exec(text)
  const [, count = '', prefix = '', suffix] = match ?? []
  if (match === null || suffix !== unit) {
    return { error: `"${text.slice(0, 40)}" is not ${words} (${Object.keys(PREFIXES).map((p) => p + unit).join(', ')}; k is 1,000)` }
  }
  const value = Math.round(Number(count) * PREFIXES[prefix as Prefix])
  return value > MOST ? { error: `${text} is more than ${formatQuantity(kind, MOST)}` } : { value }
}

/** Throws TypeError for what `parseQuantity` refuses: for texts that have been validated. */
export function mustParseQuantity(kind: QuantityName, text: string): number {
  const parsed = parseQuantity(kind, text)
  if ('error' in parsed) throw new TypeError(parsed.error)
  return parsed.value
}

/** The shortest text that says exactly the value. */
export function formatQuantity(kind: QuantityName, value: number): string {
  const { unit } = QUANTITIES[kind]
  const prefixes = (Object.keys(PREFIXES) as Prefix[]).toReversed()
  const prefix = prefixes.find((name) => value >= PREFIXES[name]) ?? ''
  const scaled = value / PREFIXES[prefix]
  return `${Number(scaled.toFixed(9))}${prefix}${unit}`
}
