import type { TextContext } from './context.js'
import { smallDecimal } from './scan.js'

/** A table by number, decimal alone, or name; undefined when it is neither. */
export function parseTable(text: string, ctx: TextContext): number | undefined {
  const small = smallDecimal(text)
  if (small >= 0) return small <= 255 ? small : undefined
  if (!/^[ \t\n\v\f\r]*\+?[0-9]+$/.test(text)) return ctx.tableNumber?.(text)
  const number = Number(text)
  return number <= 255 ? number : undefined
}
