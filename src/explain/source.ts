import { copyOfWanted, type HostWanted } from '../compile/wanted.js'
import type { Unit } from '../compile/units.js'
import type { IntentView } from '../intent/view.js'

/** What is read of the intent: names, addresses and places. */
export type FabricView = Pick<IntentView, 'hosts' | 'tenants' | 'networks' | 'pods' | 'policies' | 'arePeers'>

/** Where the pipelines come from: a `Compiler`, or what one had at some moment. */
export interface FabricSource {
  readonly view: FabricView
  wanted(host: string): HostWanted
  /** The number of a wanted port; undefined where it is not known. */
  ofport(host: string, port: string): number | undefined
  /** The units of a host by the cookie of their flows. */
  unitsOf(host: string): ReadonlyMap<bigint, Unit>
}

const NOTHING: HostWanted = { flows: new Map(), ports: new Map(), meters: new Map(), qos: new Map(), queues: new Map() }

/**
 * The source as it is now, whatever becomes of it: to compare before and after, and for work that lets others run in
 * between. Flows and records never change and are shared; only the maps are copied. What units, policies and peers there are, is not kept:
 * `unitsOf` goes on telling of the source, where flows of the same cookie are of the same unit at all times.
 */
export function freeze(source: FabricSource): FabricSource {
  const { hosts, tenants, networks, pods, policies, arePeers } = source.view
  const wanted = new Map<string, HostWanted>()
  const ofports = new Map<string, ReadonlyMap<string, number | undefined>>()
  for (const host of hosts.keys()) {
    const copy = copyOfWanted(source.wanted(host))
    wanted.set(host, copy)
    ofports.set(host, new Map(Array.from(copy.ports.keys(), (port) => [port, source.ofport(host, port)])))
  }
  return {
    view: {
      hosts: new Map(hosts),
      tenants: new Map(tenants),
      networks: new Map(networks),
      pods: new Map(pods),
      policies,
      arePeers,
    },
    wanted: (host) => wanted.get(host) ?? NOTHING,
    ofport: (host, port) => ofports.get(host)?.get(port),
    unitsOf: (host) => source.unitsOf(host),
  }
}
