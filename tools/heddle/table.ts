import { CATALOG, type KindName } from '../../src/model/catalog.js'
import type { Resource } from './client.js'

/** Tables as people read them: columns without borders, `-` for what is not there. */

type Column = readonly [title: string, path: string]

/** What `-o wide` adds. */
const WIDE: Readonly<Record<KindName, readonly Column[]>> = {
  Tenant: [['CREATED', 'metadata.createdAt']],
  Network: [
    ['BLOCKS', 'status.blocks'],
    ['CREATED', 'metadata.createdAt'],
  ],
  Host: [
    ['UNDERLAY MTU', 'underlayMtu'],
    ['DATAPATH', 'datapathType'],
    ['REASON', 'status.reason'],
  ],
  Pod: [
    ['GATEWAY', 'status.gateway'],
    ['MTU', 'status.mtu'],
    ['OFPORT', 'status.ofport'],
    ['IDENTITY', 'status.identity'],
    ['LABELS', 'labels'],
    ['BANDWIDTH', 'status.bandwidth.profile'],
    ['REASON', 'status.reason'],
  ],
  NetworkPolicy: [['CREATED', 'metadata.createdAt']],
  AdminPolicy: [['CREATED', 'metadata.createdAt']],
  Peering: [['CREATED', 'metadata.createdAt']],
  BandwidthProfile: [
    ['NETWORKS', 'status.networks'],
    ['CREATED', 'metadata.createdAt'],
  ],
}

export function resourceTable(kind: KindName, resources: readonly Resource[], wide: boolean): string {
  const columns: readonly Column[] = [...CATALOG[kind].columns, ...(wide ? WIDE[kind] : [])]
  const rows = resources.map((resource) => columns.map(([, path]) => cell(valueAt(resource, path))))
  return formatTable([columns.map(([title]) => title), ...rows])
}

export function formatTable(rows: readonly (readonly string[])[]): string {
  const [titles = []] = rows
  const widths = titles.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) => `${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join('   ').trimEnd()}\n`)
    .join('')
}

function valueAt(resource: Resource, path: string): unknown {
  let value: unknown = resource
  for (const field of path.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[field]
  return value
}

function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map(String).join(',')
  if (typeof value === 'string') return printable(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, part]) => `${key}=${String(part)}`)
  return pairs.length === 0 ? '-' : pairs.join(',')
}

/** One line, and nothing that moves a terminal's cursor: descriptions are free text. */
function printable(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
