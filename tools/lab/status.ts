import type { Lab, LabHost, LabPod } from './lab.js'
import { addressesOf } from './pods.js'

export interface HostStatus extends LabHost {
  /** Pids of the daemons; null for one that does not run. */
  readonly ovsdbServer: number | null
  readonly ovsVswitchd: number | null
}

export interface LabStatus {
  readonly name: string
  /** True when nobody uses the lab any more: `lab down --all-stale` removes it. */
  readonly stale: boolean
  readonly controllerAddress: string
  readonly dir: string
  readonly hosts: readonly HostStatus[]
  readonly pods: readonly LabPod[]
}

/** What is there of a lab, and what of it runs. */
export function labStatus(lab: Lab): LabStatus {
  return {
    name: lab.name,
    stale: lab.isStale(),
    controllerAddress: lab.controllerAddress,
    dir: lab.dir,
    hosts: lab.hosts.map((host) => ({
      ...host,
      ovsdbServer: lab.daemonPid(host.name, 'ovsdb-server') ?? null,
      ovsVswitchd: lab.daemonPid(host.name, 'ovs-vswitchd') ?? null,
    })),
    pods: lab.pods,
  }
}

export function printStatus(status: LabStatus): string {
  return [
    `lab ${status.name}${status.stale ? ' (stale)' : ''}: controller side ${status.controllerAddress}, files ${status.dir}`,
    ...status.hosts.map(
      (host) =>
        `  ${host.name}  management ${host.managementAddress}  underlay ${host.underlayAddress}` +
        `  ovsdb-server ${host.ovsdbServer ?? 'down'}  ovs-vswitchd ${host.ovsVswitchd ?? 'down'}`,
    ),
    ...status.pods.map(
      (pod) => `  ${pod.name}  on ${pod.host} as ${pod.interface}  ${printAddresses(pod)}  ${pod.mac}`,
    ),
  ].join('\n')
}

function printAddresses(pod: LabPod): string {
  return addressesOf(pod).map(({ address, prefixLength }) => `${address}/${prefixLength}`).join('  ')
}
