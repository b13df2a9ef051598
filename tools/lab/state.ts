import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabError } from './errors.js'
import { withLock } from './lock.js'
import { checkLabName } from './names.js'

/** Which of OVS's datapaths carries a host's packets: the kernel's, or the one of ovs-vswitchd itself. */
export type Datapath = 'system' | 'netdev'

export interface LabHost {
  /** h1, h2, …; also the host's `external_ids:system-id`. */
  readonly name: string
  readonly namespace: string
  /** OVS_RUNDIR, OVS_DBDIR and OVS_LOGDIR of the host. */
  readonly rundir: string
  /** Unix socket of the host's ovsdb-server. */
  readonly ovsdbSocket: string
  /** IPv4 address on the management network, from which the host reaches the controller. */
  readonly managementAddress: string
  /** Address of br-phy, of either family: the tunnel endpoint. */
  readonly underlayAddress: string
  readonly underlayMac: string
  /** `datapath_type` of its br-phy, and of the bridges that shall use its tunnels. */
  readonly datapath: Datapath
}

/** An address of eth0, IPv4 or IPv6. */
export interface PodAddress {
  readonly address: string
  readonly prefixLength: number
  /** Next hop of the default route of its family; without it the pod has none. */
  readonly gateway?: string
}

export interface PodSpec extends PodAddress {
  readonly name: string
  /** Name of the veth's end in the host's namespace, to be added to a bridge by the controller; 15 characters at most. */
  readonly interface: string
  readonly mac: string
  /** All its addresses, where it has more than one. */
  readonly addresses?: readonly PodAddress[]
  /** MTU of both ends, in bytes. */
  readonly mtu: number
}

export interface LabPod extends PodSpec {
  readonly host: string
  readonly namespace: string
}

/** A process by its id and start time, since an id alone is used again. */
export interface Owner {
  readonly pid: number
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly started: string
}

/** What is written to the state file before anything is made, so that a crash leaves nothing untraceable. */
export interface LabState {
  readonly version: 1
  readonly name: string
  /** The process whose lab this is; null for one that is meant to outlive its maker. */
  readonly owner: Owner | null
  /** Present while the lab is being made: by whom. */
  readonly maker: Owner | null
  readonly created: string
  readonly dir: string
  readonly underlayNamespace: string
  readonly rootInterface: string
  readonly controllerAddress: string
  readonly underlayMtu: number
  readonly hosts: readonly LabHost[]
  readonly pods: readonly LabPod[]
}

/** Folder of the state files: $HEDDLE_LABS, else /run/heddle-labs (gone after a reboot, as namespaces are). */
export function registry(): string {
  return process.env['HEDDLE_LABS'] ?? '/run/heddle-labs'
}

function stateFile(name: string): string {
  checkLabName(name)
  return join(registry(), `${name}.json`)
}

/** Names of all labs that have a state file. */
export function listLabs(): string[] {
  try {
    return readdirSync(registry()).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Throws LAB_UNKNOWN when there is no such lab, LAB_STATE_INVALID when its file is no lab's. */
export function readState(name: string): LabState {
  const file = stateFile(name)
  let state: Partial<LabState> | null
  try {
    state = JSON.parse(readFileSync(file, 'utf8')) as Partial<LabState> | null
  } catch (error) {
    if (isMissing(error)) {
      throw new LabError('LAB_UNKNOWN', `no lab "${name}" (there is: ${listLabs().join(', ') || 'none'})`)
    }
    throw new LabError('LAB_STATE_INVALID', `${file}: ${String(error)}`, { cause: error })
  }
  if (state?.version !== 1 || state.name !== name || !Array.isArray(state.hosts) || !Array.isArray(state.pods)) {
    throw new LabError('LAB_STATE_INVALID', `${file}: not the state of lab "${name}"`)
  }
  return state as LabState
}

/** Replaces the file in one step: a reader, or a crash, never meets half of it. */
export function writeState(state: LabState): void {
  const file = stateFile(state.name)
  mkdirSync(registry(), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(state, null, 2), { mode: 0o600 })
  renameSync(temporary, file)
}

/** Removes the file, and the folder with the last one. Called under the lock "labs", as the making of a lab is. */
export function removeState(name: string): void {
  rmSync(stateFile(name), { force: true })
  try {
    rmdirSync(registry())
  } catch {
    // Other labs are in it, or it is gone already.
  }
}

/** Reads, changes and writes the state, while no other process does. */
export function updateState(name: string, change: (state: LabState) => LabState): Promise<LabState> {
  return withLock(`state/${name}`, () => {
    const state = change(readState(name))
    writeState(state)
    return state
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
