import { isUuid } from '../data/atom.js'
import { datumFromJson } from '../data/notation.js'
import { bareDatum, datumText } from '../data/print.js'
import { canonicalJson, prettyJson } from '../json/canonical.js'
import type { Json } from '../json/value.js'
import type { ColumnType } from '../schema/types.js'

/** What stands in a table: a text, or a value in RFC 7047 notation with its type. */
export type TextCell = string | { readonly json: Json; readonly type?: ColumnType | undefined }

/** A table as ovs-vsctl and ovsdb-client print them. */
export interface TextTable {
  readonly caption?: string | undefined
  /** When it was made; printed above it, or as the member `time`. */
  readonly timestamp?: Date | undefined
  readonly headings: readonly string[]
  readonly rows: readonly (readonly TextCell[])[]
}

export interface TableStyle {
  /** Default `table`. */
  readonly format?: 'table' | 'list' | 'html' | 'csv' | 'json'
  /** How values are written (not with format json). Default `string`. */
  readonly data?: 'string' | 'bare' | 'json'
  /** Default true. */
  readonly headings?: boolean
  /** Whether JSON is broken into lines. */
  readonly pretty?: boolean
  /** With format table: how wide in bytes a column may be beyond its heading. Default: any. */
  readonly maxColumnWidth?: number | undefined
}

type CellText = (cell: TextCell) => string

/** Prints tables one after the other, as the options `--format`, `--data` and so on ask for. */
export class TablePrinter {
  readonly #style: TableStyle
  #printed = 0

  constructor(style: TableStyle = {}) {
    this.#style = style
  }

  /** The text of a table, with the empty line that parts it from the one before. */
  print(table: TextTable): string {
    const { format = 'table', headings = true, pretty = false, maxColumnWidth = Infinity } = this.#style
    const gap = this.#printed++ > 0 && format !== 'json' && format !== 'html' ? '\n' : ''
    if (format === 'json') return `${tableJson(table, pretty)}\n`
    const { timestamp } = table
    // ovs-vsctl has no place for it in CSV.
    const time = timestamp === undefined || format === 'csv' ? [] : [timestampText(timestamp)]
    const lines = [...time, ...FORMATS[format](table, this.#cell, headings, maxColumnWidth)]
    return gap + lines.map((line) => `${line}\n`).join('')
  }

  readonly #cell: CellText = (cell) => {
    if (typeof cell === 'string') return cell
    const { data = 'string' } = this.#style
    if (data === 'json' || cell.type === undefined) return canonicalJson(cell.json)
    const datum = datumFromJson(cell.json, cell.type)
    return data === 'bare' ? bareDatum(datum, cell.type) : datumText(datum, cell.type)
  }
}

function timestampText(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '')
}

function tableJson({ caption, timestamp, headings, rows }: TextTable, pretty: boolean): string {
  const json = {
    ...(caption === undefined ? {} : { caption }),
    ...(timestamp === undefined ? {} : { time: timestampText(timestamp) }),
    headings,
    data: rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.json))),
  }
  return pretty ? prettyJson(json) : canonicalJson(json)
}

type Format = (table: TextTable, text: CellText, headings: boolean, maxWidth: number) => readonly string[]

const FORMATS: Readonly<Record<'table' | 'list' | 'html' | 'csv', Format>> = {
  table: printAligned,
  list: printList,
  html: printHtml,
  csv: printCsv,
}

const captionLines = ({ caption }: TextTable): readonly string[] => (caption === undefined ? [] : [caption])

/** Columns are as wide as their widest cell in bytes, as ovs-vsctl counts. */
function printAligned(table: TextTable, text: CellText, headings: boolean, maxWidth: number): readonly string[] {
  const rows = table.rows.map((row) => row.map(text))
  const width = (cell: string): number => Buffer.byteLength(cell)
  const widths = table.headings.map((heading, x) =>
    Math.max(headings ? width(heading) : 0, ...rows.map((row) => Math.min(width(row[x] ?? ''), maxWidth))),
  )
  const fit = (cell: string, x: number): string => firstBytes(cell, widths[x] ?? 0)
  const line = (cells: readonly string[]): string =>
    cells
      .map(fit)
      .map((cell, x) => cell + ' '.repeat((widths[x] ?? 0) - width(cell)))
      .join(' ')
      .replace(/ +$/, '')
  const rule = widths.map((size) => '-'.repeat(size)).join(' ')
  return [...captionLines(table), ...(headings ? [line(table.headings), rule] : []), ...rows.map(line)]
}

const firstBytes = (text: string, count: number): string =>
  Buffer.byteLength(text) <= count ? text : Buffer.from(text).subarray(0, count).toString()

function printList(table: TextTable, text: CellText, headings: boolean): readonly string[] {
  const lines = table.rows.flatMap((row, y) => [
    ...(y > 0 ? [''] : []),
    ...row.map((cell, x) => (headings ? `${(table.headings[x] ?? '').padEnd(20)}: ${text(cell)}` : text(cell))),
  ])
  return [...captionLines(table), ...lines]
}

function printCsv(table: TextTable, text: CellText, headings: boolean): readonly string[] {
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => (/[\n",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
  const rows = table.rows.map((row) => line(row.map(text)))
  return [...captionLines(table), ...(headings ? [line(table.headings)] : []), ...rows]
}

const HTML_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (char) => HTML_ESCAPES[char] ?? char)
const UUIDS = /([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/

/** A cell; UUIDs in it are links to the rows. */
function htmlCell(element: string, content: string): string {
  const parts = content
    .split(UUIDS)
    .map((part) =>
      isUuid(part.toLowerCase()) ? `<a href="#${part}">${part.slice(0, 8)}</a>` : escapeHtml(part),
    )
  return `    <${element}>${parts.join('')}</${element}>`
}

function printHtml(table: TextTable, text: CellText, headings: boolean): readonly string[] {
  const row = (cells: readonly string[]): readonly string[] => ['  <tr>', ...cells, '  </tr>']
  const cell = (content: string, x: number): string => {
    if (table.headings[x] !== '_uuid') return htmlCell('td', content)
    return `    <td><a name="${escapeHtml(content)}">${escapeHtml(content.slice(0, 8))}</a></td>`
  }
  return [
    '<table border=1>',
    ...captionLines(table).map((caption) => htmlCell('caption', caption)),
    ...(headings ? row(table.headings.map((heading) => htmlCell('th', heading))) : []),
    ...table.rows.flatMap((cells) => row(cells.map((content, x) => cell(text(content), x)))),
    '</table>',
  ]
}
