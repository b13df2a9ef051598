import type { KindName, Ref } from '../../src/model/catalog.js'
import { resourceUrl } from '../../src/api/routes.js'
import type { Client } from './client.js'
import { type Output, printData } from './get.js'
import { EXIT, type Io } from './io.js'
import { formatTable } from './table.js'

interface Counters {
  readonly rules: readonly string[]
  readonly packets: number
  readonly bytes: number
  readonly hosts: number
  readonly missing: readonly string[]
}

/** `heddle counters`: a line a rule. */
export async function counters(client: Client, kind: KindName, ref: Ref, output: Output, io: Io): Promise<number> {
  const { body } = await client.request<{ readonly items: readonly Counters[] }>('GET', `${resourceUrl(kind, ref)}/counters`)
  if (output === 'json' || output === 'yaml') await printData(body, output, io)
  else io.out(formatTable([['RULE', 'PACKETS', 'BYTES', 'HOSTS', 'NOT ASKED'], ...body.items.map(row)]))
  return EXIT.ok
}

function row({ rules, packets, bytes, hosts, missing }: Counters): string[] {
  return [rules.join(', '), String(packets), String(bytes), String(hosts), missing.length === 0 ? '-' : missing.join(' ')]
}
