import type { TextContext } from './context.js'

/** A table by number, decimal alone, or name; undefined when it is neither. */
export function parseTable(text: string, ctx: TextContext): number | undefined {
  if (!/^[ \t\n\v\f\r]*\+?[0-9]+$/.test(text)) return ctx.tableNumber?.(text)
  const number = Number(text)
  return number <= 255 ? number : undefined
}
