import { type Flow, flowKey, parseFlow } from 'openflow-ts'
import type { Unit } from '../../../src/compile/units.js'
import type { WantedPort } from '../../../src/compile/wanted.js'
import { Fabric } from '../../../src/explain/fabric.js'
import type { Probe, Service } from '../../../src/explain/probe.js'
import type { FabricSource } from '../../../src/explain/source.js'
import { IntentView } from '../../../src/intent/view.js'
import { newWorld, type World } from '../intent/world.js'
import { compilerOf } from '../compile/support.js'

export const HTTP: Service = { protocol: 'TCP', port: 80 }

export function probeOf(from: string, to: string, service: Service = HTTP): Probe {
  return { from, to: { pod: to }, family: 4, service }
}

/**
 * A world of tenants red and blue with the same addresses on hosts h1 to h3, of which h1 and h2 have uplinks; each tenant
 * has a direct network, too, red's of 10.3.0.0/24 and blue's of 10.4.0.0/24. `pods` as `red/web/a@h1`.
 */
export async function worldOf(pods: readonly string[]): Promise<World & { readonly fabric: Fabric }> {
  const world = newWorld()
  const { admission } = world
  for (const n of [1, 2, 3]) {
    const uplink = n === 3 ? {} : { uplink: { bridge: 'br-phy' } }
    await admission.put('Host', { name: `h${n}` }, { tunnelAddress: `192.0.2.${n}`, ...uplink })
  }
  for (const tenant of ['red', 'blue']) {
    await admission.put('Tenant', { name: tenant }, {})
    await admission.put('Network', { tenant, name: 'web' }, { cidrs: ['10.1.0.0/16'] })
    await admission.put('Network', { tenant, name: 'db' }, { cidrs: ['10.2.0.0/24'], encapsulation: 'gre' })
    const cidrs = [tenant === 'red' ? '10.3.0.0/24' : '10.4.0.0/24']
    await admission.put('Network', { tenant, name: 'flat' }, { cidrs, encapsulation: 'direct' })
  }
  for (const text of pods) {
    const [path = '', host = ''] = text.split('@')
    const [tenant = '', network = '', name = ''] = path.split('/')
    await admission.put('Pod', { tenant, network, name }, { host })
  }
  return { ...world, fabric: new Fabric(compilerOf(world.store)) }
}

const POD_PORT = 16

/**
 * A fabric of flows that a test writes. Hosts h1 and h2, at 192.0.2.1 and .2, with a VXLAN port 1, and pods a (10.0.0.2, on
 * h1) and b (10.0.0.3, on h2) at port 16 each, a2 (10.0.0.4) at port 17 of h1.
 */
export function handmade(flows: Readonly<Record<string, readonly string[]>>, units: readonly Unit[] = []): FabricSource {
  const view = new IntentView()
  const pods = [
    { name: 'a', host: 'h1', address: '10.0.0.2', ofport: POD_PORT },
    { name: 'b', host: 'h2', address: '10.0.0.3', ofport: POD_PORT },
    { name: 'a2', host: 'h1', address: '10.0.0.4', ofport: POD_PORT + 1 },
  ]
  const value = (more: object): object => ({ uid: '', createdAt: '', updatedAt: '', ...more })
  const entries: [string, object][] = [
    ['hosts/h1', value({ spec: { tunnelAddress: '192.0.2.1' } })],
    ['hosts/h2', value({ spec: { tunnelAddress: '192.0.2.2' } })],
    ...pods.map(({ name, host, address, ofport }, i): [string, object] => [
      `pods/red/web/${name}`,
      value({ spec: { host }, addresses: [address], mac: `02:00:00:00:00:0${i + 1}`, interface: name, ofport, identity: 7, strays: [] }),
    ]),
  ]
  view.apply({ revision: 1, changes: entries.map(([key, value]) => ({ key, entry: { key, value, revision: 1 } })) })
  const port = (name: string, type: WantedPort['type'], ofport: number, more: Record<string, string>): WantedPort => ({
    name,
    type,
    options: {},
    ofport_request: ofport,
    external_ids: more,
  })
  const wanted = (host: string) => {
    const parsed = (flows[host] ?? []).map((text): [string, Flow] => {
      const flow = parseFlow(text)
      return [flowKey(flow), flow]
    })
    const own = pods.filter((pod) => pod.host === host)
    const ports = [
      port('heddle-vxlan', 'vxlan', 1, {}),
      ...own.map(({ name, ofport }) => port(name, '', ofport, { 'heddle-pod': `red/web/${name}` })),
    ]
    return { flows: new Map(parsed), ports: new Map(ports.map((one) => [one.name, one])), meters: new Map(), qos: new Map(), queues: new Map() }
  }
  return {
    view,
    wanted,
    ofport: (host, name) => wanted(host).ports.get(name)?.ofport_request ?? undefined,
    unitsOf: (host) => new Map(units.filter((unit) => unit.host === host).map((unit, i) => [BigInt(i + 1), unit])),
  }
}
