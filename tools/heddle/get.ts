import { CATALOG, type KindName } from '../../src/model/catalog.js'
import { resourceUrl } from '../../src/api/routes.js'
import type { Client, Resource } from './client.js'
import { EXIT, type Io, UsageError } from './io.js'
import { refOf, type Scope } from './names.js'
import { resourceTable } from './table.js'

export const OUTPUTS = ['table', 'wide', 'json', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

export interface GetOptions extends Scope {
  readonly output: Output
  readonly host?: string
  readonly label?: readonly string[]
}

/** `heddle get KIND [NAME...]` */
export async function get(
  client: Client,
  kind: KindName,
  names: readonly string[],
  options: GetOptions,
  io: Io,
): Promise<number> {
  if (names.length === 0) {
    const items = await client.list(kind, listQuery(kind, options))
    if (options.output === 'table' || options.output === 'wide') {
      if (items.length === 0) io.err(`no ${CATALOG[kind].plural}\n`)
      else io.out(resourceTable(kind, items, options.output === 'wide'))
    } else await printData({ kind: `${kind}List`, items }, options.output, io)
    return EXIT.ok
  }
  const urls = names.map((name) => resourceUrl(kind, refOf(kind, name, options)))
  const items: Resource[] = []
  for (const url of urls) items.push((await client.request<Resource>('GET', url)).body)
  if (options.output === 'table' || options.output === 'wide') {
    io.out(resourceTable(kind, items, options.output === 'wide'))
  } else await printData(items.length === 1 ? items[0] : { kind: `${kind}List`, items }, options.output, io)
  return EXIT.ok
}

function listQuery(kind: KindName, { tenant, network, host, label = [] }: GetOptions): URLSearchParams {
  const path: readonly string[] = CATALOG[kind].path
  const query = new URLSearchParams()
  for (const [field, value] of Object.entries({ tenant, network })) {
    if (value === undefined) continue
    if (!path.includes(field)) throw new UsageError(`--${field} means nothing for ${CATALOG[kind].plural}`)
    query.set(field, value)
  }
  if (kind !== 'Pod' && (host !== undefined || label.length > 0)) {
    throw new UsageError(`--host and --label are for pods, not for ${CATALOG[kind].plural}`)
  }
  if (host !== undefined) query.set('host', host)
  for (const term of label) query.append('label', term)
  return query
}

export async function printData(value: unknown, output: 'json' | 'yaml', io: Io): Promise<void> {
  if (output === 'json') {
    io.out(`${JSON.stringify(value, undefined, 2)}\n`)
    return
  }
  const { stringify } = await import('yaml')
  io.out(stringify(value))
}
