import type { Meter } from 'openflow-ts'
import {
  type LimitedPod,
  type Limiting,
  limitReceived,
  limitSent,
  limitUplink,
  podMeter,
  type PodMeterUse,
  tenantMeter,
  totalOf,
} from '../../flows/index.js'
import { profileNameOf, queuesAct } from '../intent/bandwidth.js'
import { type BandwidthDirection, FLOOD_KINDS, type Limits, limitsOf, linkOf, type LinkSpec } from '../model/bandwidth.js'
import type { HostSpec } from '../model/kinds.js'
import { mustParseQuantity } from '../model/quantity.js'
import { NOTHING_YET, type Parts } from './parts.js'
import type { Tracker } from './tracker.js'
import type { Unit } from './units.js'
import type { WantedQos, WantedQueue } from './wanted.js'

/**
 * Units about how much pods may send and receive. What a pod sends is queued on the host's uplink where the datapath
 * honours queues; elsewhere its `max` is a meter. What it receives is queued on its own port, by every datapath.
 */

/** Where pods' ports are. */
const POD_BRIDGE = 'br-int'

/** Packets that go by no pod's queue: the host's own, and those of pods without a profile. */
const DEFAULT_QUEUE = 0
/** Of those who want idle bandwidth, they are the last; this part of the uplink is theirs, so that ARP gets through. */
const PRIORITY_OF_OTHERS = 7
const SHARE_OF_OTHERS = 0.01
const DEFAULT_PRIORITY = 4

/** The host's part: the uplink's QoS and its default queue. */
export function uplinkOf(spec: HostSpec): Pick<Parts, 'qos' | 'queues'> {
  const uplink = linkOf(spec)
  if (uplink === undefined || !queuesAct(spec)) return {}
  const bandwidth = mustParseQuantity('bitRate', uplink.bandwidth)
  const others = queueConfig({ guaranteed: bandwidth * SHARE_OF_OTHERS, max: bandwidth, priority: PRIORITY_OF_OTHERS })
  const port = uplink.interface
  return {
    qos: [{ port, bridge: uplink.bridge, other_config: { 'max-rate': String(bandwidth) } }],
    queues: [{ port, queue_id: DEFAULT_QUEUE, other_config: others, external_ids: {} }],
  }
}

/** Subject: a pod that has a profile. */
export function compileBandwidth({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const pod = read.pod(subject)
  const hostSpec = read.host(host)?.spec
  if (pod === undefined || hostSpec === undefined || pod.record.spec.host !== host) return undefined
  const { tenant, record } = pod
  const networkKey = `${tenant}/${pod.network}`
  const name = profileNameOf(record.spec, read.network(networkKey)?.record.spec)
  const profile = name === undefined ? undefined : read.profile(`${tenant}/${name}`)
  const zone = read.zone(host, networkKey)
  if (profile === undefined || zone === undefined) return undefined
  const egress = limitsOf(profile.egress)
  const ingress = limitsOf(profile.ingress)
  const link = queuesAct(hostSpec) ? linkOf(hostSpec) : undefined
  const metered = link === undefined && egress.max !== undefined
  const queues = link !== undefined && needsQueue(egress) ? [uplinkQueue(link, record.ofport, subject, egress)] : []
  const port = portQueue(record.interface, subject, ingress)
  const parts = {
    meters: metersOf(record.ofport, egress, ingress, metered),
    qos: port === undefined ? [] : [port.qos],
    queues: port === undefined ? queues : [...queues, port.queue],
  }
  const ofport = read.ofport(host, record.interface, record.ofport)
  if (ofport === undefined) return { ...parts, terms: NOTHING_YET }
  const limited: LimitedPod = {
    ofport,
    zone,
    sent: limiting(record.ofport, 'egress', egress),
    received: limiting(record.ofport, 'ingress', ingress),
    ...(queues.length > 0 && { queue: record.ofport }),
    ...(metered && { uplinkMeter: podMeter(record.ofport, 'egress.max') }),
  }
  return { ...parts, terms: () => [...limitSent(limited), ...limitUplink(limited), ...limitReceived(limited)] }
}

/** Subject: a tenant that has pods on the host. linux-htb has no class above those of its pods, so it is a meter. */
export function compileTotal({ host, subject }: Unit, read: Tracker): Parts | undefined {
  const tenant = read.tenant(subject)
  const name = tenant?.spec.bandwidth
  const profile = name === undefined ? undefined : read.profile(`${subject}/${name}`)
  if (tenant === undefined || profile === undefined || !read.hostHasTenant(host, subject)) return undefined
  const { domain } = tenant
  const meters: Meter[] = []
  const numbers: Partial<Record<BandwidthDirection, number>> = {}
  for (const direction of ['egress', 'ingress'] as const) {
    const { max, burst } = limitsOf(profile[direction])
    if (max === undefined) continue
    const number = tenantMeter(domain, `${direction}.max`)
    numbers[direction] = number
    meters.push(bitMeter(number, max, burst))
  }
  return { terms: () => totalOf(domain, numbers), meters }
}

function needsQueue({ guaranteed, max, priority }: Limits): boolean {
  return guaranteed !== undefined || max !== undefined || priority !== undefined
}

function uplinkQueue(link: LinkSpec, queue_id: number, pod: string, limits: Limits): WantedQueue {
  const bandwidth = mustParseQuantity('bitRate', link.bandwidth)
  const { max = bandwidth, priority = DEFAULT_PRIORITY } = limits
  const other_config = queueConfig({ ...limits, max: Math.min(max, bandwidth), priority })
  return { port: link.interface, queue_id, other_config, external_ids: { 'heddle-pod': pod } }
}

/** Nobody else is on the pod's port: its rate is its own and nothing is borrowed. */
function portQueue(
  port: string,
  pod: string,
  { max, burst }: Limits,
): { readonly qos: WantedQos; readonly queue: WantedQueue } | undefined {
  if (max === undefined) return undefined
  const other_config = queueConfig({ guaranteed: max, max, ...(burst !== undefined && { burst }) })
  return {
    qos: { port, bridge: POD_BRIDGE, other_config: { 'max-rate': String(max) } },
    queue: { port, queue_id: DEFAULT_QUEUE, other_config, external_ids: { 'heddle-pod': pod } },
  }
}

/** Queue.other_config of linux-htb; `burst` is in bits there. */
function queueConfig({ guaranteed, max, burst, priority }: Partial<Limits>): Record<string, string> {
  return {
    ...(guaranteed !== undefined && { 'min-rate': String(Math.round(guaranteed)) }),
    ...(max !== undefined && { 'max-rate': String(max) }),
    ...(burst !== undefined && { burst: String(burst * 8) }),
    ...(priority !== undefined && { priority: String(priority) }),
  }
}

function limiting(number: number, direction: BandwidthDirection, limits: Limits): Limiting {
  const { packetRate, newConnectionRate, floods, dscp } = limits
  const kinds = FLOOD_KINDS.filter((kind) => floods[kind] !== undefined)
  return {
    floods: Object.fromEntries(kinds.map((kind) => [kind, podMeter(number, `${direction}.floodGuard.${kind}`)])),
    ...(packetRate !== undefined && { packets: podMeter(number, `${direction}.packetRate`) }),
    ...(newConnectionRate !== undefined && { newConnections: podMeter(number, `${direction}.newConnectionRate`) }),
    ...(dscp !== undefined && { dscp }),
  }
}

function metersOf(number: number, egress: Limits, ingress: Limits, metered: boolean): Meter[] {
  const meters = metered && egress.max !== undefined ? [bitMeter(podMeter(number, 'egress.max'), egress.max, egress.burst)] : []
  for (const [direction, limits] of [['egress', egress], ['ingress', ingress]] as const) {
    const add = (use: PodMeterUse, rate: number | undefined, burst?: number): void => {
      if (rate !== undefined) meters.push(packetMeter(podMeter(number, use), rate, burst))
    }
    add(`${direction}.packetRate`, limits.packetRate, limits.packetBurst)
    add(`${direction}.newConnectionRate`, limits.newConnectionRate, limits.newConnectionRate)
    for (const kind of FLOOD_KINDS) add(`${direction}.floodGuard.${kind}`, limits.floods[kind], limits.floods[kind])
  }
  return meters
}

/** Without a burst of its own, a meter takes what comes in this time. */
const BURST_SECONDS = 0.1
/** The userspace datapath handles so many packets at a time: a smaller burst would cut each such batch. */
const LEAST_PACKET_BURST = 32
/** Likewise, two full packets of the largest MTU. */
const LEAST_BURST_KBIT = 150

function bitMeter(meter_id: number, bits: number, burstBytes = (bits / 8) * BURST_SECONDS): Meter {
  const burst_size = Math.max(Math.round((burstBytes * 8) / 1000), LEAST_BURST_KBIT)
  return { meter_id, flags: ['kbps', 'burst', 'stats'], bands: [{ type: 'drop', rate: Math.round(bits / 1000), burst_size }] }
}

function packetMeter(meter_id: number, rate: number, burst = rate * BURST_SECONDS): Meter {
  const burst_size = Math.max(Math.round(burst), LEAST_PACKET_BURST)
  return { meter_id, flags: ['pktps', 'burst', 'stats'], bands: [{ type: 'drop', rate, burst_size }] }
}
