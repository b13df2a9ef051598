/** Options of how tables are printed, which ovsdb-client and ovs-vsctl have in common. */
import type { TableStyle } from 'ovsdb-client'
import { FatalError } from '../cli/errors.js'
import { type Entry, none, required } from '../cli/options.js'

interface StyleOptions {
  style: TableStyle
}

const FORMATS = ['table', 'list', 'html', 'csv', 'json'] as const
const DATA_FORMATS = ['string', 'bare', 'json'] as const

function oneOf<T extends string>(words: readonly T[], text: string, what: string): T {
  const word = words.find((one) => one === text)
  if (word === undefined) throw new FatalError(`unknown ${what} format "${text}"`)
  return word
}

/** As C's atoi reads it; nothing or less is no limit. */
function parseWidth(text: string): number | undefined {
  const width = Number.parseInt(text, 10)
  return width > 0 ? width : undefined
}

const style =
  (change: (value: string) => TableStyle) =>
  (to: StyleOptions, value: string): void => {
    to.style = { ...to.style, ...change(value) }
  }

export const TABLE_ENTRIES: readonly Entry<StyleOptions>[] = [
  {
    long: 'format', short: 'f', ...required, help: 'table, list, html, csv or json',
    set: style((value) => ({ format: oneOf(FORMATS, value, 'output') })),
  },
  {
    long: 'data', short: 'd', ...required, help: 'cells as string (default), bare or json',
    set: style((value) => ({ data: oneOf(DATA_FORMATS, value, 'data') })),
  },
  { long: 'no-headings', ...none, help: 'omit table heading row', set: style(() => ({ headings: false })) },
  { long: 'pretty', ...none, help: 'pretty-print JSON in output', set: style(() => ({ pretty: true })) },
  {
    long: 'bare', ...none, help: '--format=list --data=bare --no-headings',
    set: style(() => ({ format: 'list', data: 'bare', headings: false })),
  },
  {
    long: 'max-column-width', ...required, help: 'cut cells of tables',
    set: style((value) => ({ maxColumnWidth: parseWidth(value) })),
  },
]
