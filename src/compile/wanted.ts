import type { Flow, Meter } from 'openflow-ts'

/** A port of br-int, or of another bridge, with its one interface; names are Interface.name and Port.name alike. */
export interface WantedPort {
  readonly name: string
  /** Where it is not br-int; null: on a bridge that the host's spec does not name, so it cannot be had. */
  readonly bridge?: string | null
  /** Interface.type: '' is a device that exists on the host. */
  readonly type: '' | 'vxlan' | 'gre' | 'patch'
  readonly options: Readonly<Record<string, string>>
  /** Null: whatever number; so on bridges whose flows are not ours. */
  readonly ofport_request: number | null
  /** Of the Interface. */
  readonly external_ids: Readonly<Record<string, string>>
}

/** A linux-htb of a port; its queues are wanted apart, since several units have queues of one. */
export interface WantedQos {
  /** Port.name. */
  readonly port: string
  /** The bridge that must have it. */
  readonly bridge: string
  readonly other_config: Readonly<Record<string, string>>
}

export interface WantedQueue {
  readonly port: string
  readonly queue_id: number
  readonly other_config: Readonly<Record<string, string>>
  /** Besides the key of ours. */
  readonly external_ids: Readonly<Record<string, string>>
}

export function queueKey({ port, queue_id }: Pick<WantedQueue, 'port' | 'queue_id'>): string {
  return `${port} ${queue_id}`
}

/** What one unit contributes to its host. */
export interface UnitOutput {
  readonly flows: readonly Flow[]
  readonly ports: readonly WantedPort[]
  readonly meters: readonly Meter[]
  readonly qos: readonly WantedQos[]
  readonly queues: readonly WantedQueue[]
}

/** Everything that a host must have; flows by `flowKey`, ports by name, meters by number, QoS by port, queues by `queueKey`. */
export interface HostWanted {
  readonly flows: ReadonlyMap<string, Flow>
  readonly ports: ReadonlyMap<string, WantedPort>
  readonly meters: ReadonlyMap<number, Meter>
  readonly qos: ReadonlyMap<string, WantedQos>
  readonly queues: ReadonlyMap<string, WantedQueue>
}

/** As it is now, whatever becomes of the host. */
export function copyOfWanted({ flows, ports, meters, qos, queues }: HostWanted): HostWanted {
  return { flows: new Map(flows), ports: new Map(ports), meters: new Map(meters), qos: new Map(qos), queues: new Map(queues) }
}

/** What changed for one host. Only differences: a unit that came out the same contributes nothing. */
export interface HostDelta {
  readonly host: string
  /** Store revision that this brings the host to. */
  readonly revision: number
  /** New or changed. */
  readonly flows: readonly Flow[]
  /** Gone. */
  readonly deletedFlows: readonly Flow[]
  /** Names whose wanted port is new, changed or gone. */
  readonly ports: readonly string[]
  /** Numbers whose wanted meter is new, changed or gone. */
  readonly meters: readonly number[]
  /** Names of ports whose wanted QoS or queues are new, changed or gone. */
  readonly qos: readonly string[]
}
