import type { ReplicaOf, RowChange, TypesOf } from 'ovsdb-client'
import type { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import {
  type ActualBridge,
  type ActualController,
  type ActualInterface,
  type ActualPort,
  type ActualRows,
  isOurs,
} from './diff-rows.js'
import { PATCH_PORTS } from '../model/reserved.js'
import { BRIDGE } from './wanted-bridge.js'

/** What of a host's database is held in memory. No statistics: they change every few seconds. */
export const MONITORED = {
  Open_vSwitch: ['bridges', 'ovs_version'],
  Bridge: [
    'name',
    'fail_mode',
    'datapath_type',
    'datapath_id',
    'other_config',
    'external_ids',
    'ports',
    'controller',
  ],
  Controller: ['target', 'connection_mode', 'inactivity_probe', 'max_backoff'],
  Port: ['name', 'interfaces'],
  Interface: ['name', 'type', 'options', 'ofport', 'ofport_request', 'external_ids', 'error'],
} as const

export type HostReplica = ReplicaOf<typeof OpenVSwitch, typeof MONITORED>
export type HostRowChange = RowChange<TypesOf<typeof OpenVSwitch>, typeof MONITORED>

/** A replica as the row channel looks at it. */
export class ReplicaRows implements ActualRows {
  readonly #replica: HostReplica

  constructor(replica: HostReplica) {
    this.#replica = replica
  }

  bridge(): ActualBridge | undefined {
    return this.bridgeNamed(BRIDGE)
  }

  bridgeNamed(name: string): ActualBridge | undefined {
    return this.#replica.find('Bridge', 'name', name)
  }

  bridgeOf({ port }: ActualPort): ActualBridge | undefined {
    for (const bridge of this.#replica.rows('Bridge')) if (bridge.ports.includes(port._uuid)) return bridge
    return undefined
  }

  controllers(bridge: ActualBridge): readonly ActualController[] {
    return bridge.controller.map((uuid) => this.#replica.get('Controller', uuid)).filter((row) => row !== undefined)
  }

  port(name: string): ActualPort | undefined {
    const port = this.#replica.find('Port', 'name', name)
    const first = port?.interfaces[0]
    const row: ActualInterface | undefined = first === undefined ? undefined : this.#replica.get('Interface', first)
    return port === undefined || row === undefined ? undefined : { port, interface: row }
  }

  *ourPorts(): Iterable<string> {
    const outer = this.port(PATCH_PORTS.outer)
    if (outer !== undefined && isOurs(outer.interface.external_ids)) yield outer.interface.name
    for (const uuid of this.bridge()?.ports ?? []) {
      const port = this.#replica.get('Port', uuid)
      const found = port && this.port(port.name)
      if (found !== undefined && isOurs(found.interface.external_ids)) yield found.interface.name
    }
  }

  ovsVersion(): string | undefined {
    for (const row of this.#replica.rows('Open_vSwitch')) return row.ovs_version ?? undefined
    return undefined
  }

  /** Names of ports whose rows changed; undefined when bridge or controller did, apart from the list of ports. */
  affectedPorts(changes: readonly HostRowChange[]): ReadonlySet<string> | undefined {
    const names = new Set<string>()
    for (const change of changes) {
      switch (change.table) {
        case 'Interface':
        case 'Port': {
          const row = change.new ?? change.old
          if (row !== undefined) names.add(row.name)
          break
        }
        case 'Bridge':
          if ((change.new ?? change.old)?.name !== BRIDGE) {
            // It may be the one that a port of ours waits for.
            names.add(PATCH_PORTS.outer)
            break
          }
          if (change.columns.some((column) => column !== 'ports' && column !== 'datapath_id')) return undefined
          this.#addRemovedPorts(change.old?.ports ?? [], change.new?.ports ?? [], names)
          break
        case 'Controller':
          return undefined
        case 'Open_vSwitch':
      }
    }
    return names
  }

  /** A port taken off the bridge may be garbage-collected in the same update, or live on elsewhere. */
  #addRemovedPorts(before: readonly string[], after: readonly string[], names: Set<string>): void {
    if (before.length <= after.length) return
    const kept = new Set(after)
    for (const uuid of before) {
      if (kept.has(uuid)) continue
      for (const port of this.#replica.rows('Port')) if (port._uuid === uuid) names.add(port.name)
    }
  }
}
