import { type BandwidthProfileSpec, linkOf } from '../model/bandwidth.js'
import type { HostSpec, NetworkSpec, PodSpec } from '../model/kinds.js'

/** Which profile a pod has, and which of it a host can keep. */

export function profileNameOf(pod: PodSpec, network: NetworkSpec | undefined): string | undefined {
  return pod.bandwidth ?? network?.bandwidth
}

/**
 * Whether packets of pods can be queued on their way out: `set_queue` is honoured by the kernel datapath alone (the
 * userspace datapath ignores it), and needs an uplink whose linux-htb is ours.
 */
export function queuesAct(host: HostSpec): boolean {
  return whyNoQueues(host) === undefined
}

function whyNoQueues(host: HostSpec): string | undefined {
  if (host.datapathType === 'netdev') return 'the userspace datapath ignores queues of the uplink'
  return linkOf(host) === undefined ? 'it has no uplink whose bandwidth is known' : undefined
}

export interface Unenforceable {
  readonly field: string
  readonly reason: string
}

/** What of a profile a host cannot keep; empty: all of it acts, by one means or another. */
export function unenforceableOn(name: string, host: HostSpec, { egress, ingress }: BandwidthProfileSpec): Unenforceable[] {
  const found: Unenforceable[] = []
  const noQueues = whyNoQueues(host)
  const on = `not enforceable on host ${name}`
  for (const field of ['guaranteed', 'priority'] as const) {
    if (egress?.[field] !== undefined && noQueues !== undefined) {
      found.push({ field: `egress.${field}`, reason: `${on}: ${noQueues}` })
    }
    if (ingress?.[field] !== undefined) {
      found.push({ field: `ingress.${field}`, reason: `${on}: what arrives first is decided where it is sent` })
    }
  }
  return found
}

/** Fields of a profile that mean something for all pods of a tenant together. */
const OF_A_TOTAL: ReadonlySet<string> = new Set(['max', 'burst'])

/** What of a profile says nothing about a tenant's total. */
export function unusedByTotal(profile: BandwidthProfileSpec): string[] {
  return Object.entries(profile).flatMap(([direction, limits]) =>
    Object.keys(limits).filter((field) => !OF_A_TOTAL.has(field)).map((field) => `${direction}.${field}`),
  )
}
