import { Document, isCollection } from 'yaml'
import type { LabHost } from '../lab/lab.js'

export type Tunnel = 'vxlan' | 'gre'

export interface DemoPod {
  readonly tenant: string
  readonly network: string
  readonly name: string
  readonly host: string
}

const TENANTS = ['red', 'blue'] as const
const NETWORK = 'web'
/** The same for both tenants: their addresses overlap completely. */
const RANGE = '10.1.0.0/16'

/** Two pods a tenant and host. */
export function demoPods(hosts: readonly LabHost[]): DemoPod[] {
  return TENANTS.flatMap((tenant) =>
    hosts.flatMap((host) =>
      ['a', 'b'].map((letter) => ({ tenant, network: NETWORK, name: `${host.name}-${letter}`, host: host.name })),
    ),
  )
}

/** The demo's resources as an operator would write them. */
export function demoYaml(hosts: readonly LabHost[], tunnel: Tunnel, underlayMtu: number): string {
  const resources = [
    ...hosts.map(({ name, underlayAddress }) => ({
      kind: 'Host',
      name,
      tunnelAddress: underlayAddress,
      underlayMtu,
      datapathType: 'netdev',
    })),
    ...TENANTS.flatMap((tenant) => [
      { kind: 'Tenant', name: tenant, description: `demo tenant ${tenant}` },
      { kind: 'Network', tenant, name: NETWORK, cidrs: [RANGE], encapsulation: tunnel },
    ]),
    ...demoPods(hosts).map((pod) => ({ kind: 'Pod', ...pod, labels: { app: NETWORK } })),
  ]
  return resources.map((resource) => `---\n${document(resource)}`).join('')
}

function document(resource: object): string {
  const doc = new Document(resource)
  for (const field of ['cidrs', 'labels']) {
    const node: unknown = doc.get(field)
    if (isCollection(node)) node.flow = true
  }
  return doc.toString()
}
