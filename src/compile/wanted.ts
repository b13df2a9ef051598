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

/** What one unit contributes to its host. */
export interface UnitOutput {
  readonly flows: readonly Flow[]
  readonly ports: readonly WantedPort[]
  readonly meters: readonly Meter[]
}

/** Everything that a host must have; flows by `flowKey`, ports by name, meters by number. */
export interface HostWanted {
  readonly flows: ReadonlyMap<string, Flow>
  readonly ports: ReadonlyMap<string, WantedPort>
  readonly meters: ReadonlyMap<number, Meter>
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
}
