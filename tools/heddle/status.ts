import type { Client, Resource } from './client.js'
import { EXIT, type Io } from './io.js'
import { type Output, printData } from './get.js'
import { formatTable, resourceTable } from './table.js'

interface Status {
  readonly version: string
  readonly ready: boolean
  readonly revision: number
  readonly tenants: number
  readonly networks: number
  readonly hosts: { readonly total: number; readonly connected: number; readonly realized: number }
  readonly pods: { readonly total: number; readonly realized: number }
}

/** Unrealized resources that are shown; the counts tell how many there are. */
const SHOWN = 20

/** `heddle status`: exit 0 when the controller is ready, whatever the hosts are. */
export async function status(client: Client, output: Output, io: Io): Promise<number> {
  const { body } = await client.request<Status>('GET', '/v1/status')
  const lag = {
    hosts: body.hosts.realized < body.hosts.total ? await unrealized(client, 'hosts') : [],
    pods: body.pods.realized < body.pods.total ? await unrealized(client, 'pods') : [],
  }
  if (output === 'json' || output === 'yaml') {
    await printData({ server: client.server, ...body, unrealized: lag }, output, io)
  } else {
    io.out(summary(client.server, body))
    if (lag.hosts.length > 0) io.out(`\nHosts that are not realized:\n${resourceTable('Host', lag.hosts, true)}`)
    if (lag.pods.length > 0) io.out(`\nPods that are not realized:\n${resourceTable('Pod', lag.pods, true)}`)
  }
  return body.ready ? EXIT.ok : EXIT.failure
}

async function unrealized(client: Client, plural: string): Promise<readonly Resource[]> {
  const { body } = await client.request<{ readonly items: readonly Resource[] }>(
    'GET',
    `/v1/${plural}?realized=false&limit=${SHOWN}`,
  )
  return body.items
}

function summary(server: string, { version, ready, revision, tenants, networks, hosts, pods }: Status): string {
  return formatTable([
    ['controller', `${server} (${version}), ${ready ? 'ready' : 'not ready yet'}, revision ${revision}`],
    ['hosts', `${hosts.total}: ${hosts.connected} connected, ${hosts.realized} realized`],
    ['tenants', String(tenants)],
    ['networks', String(networks)],
    ['pods', `${pods.total}: ${pods.realized} realized`],
  ])
}
