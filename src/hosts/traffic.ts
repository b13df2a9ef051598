import type { FlowStats, MessageOf, QueueStats } from 'openflow-ts'
import { type PodMeterUse, subjectOfMeter } from '../../flows/index.js'
import type { IntentView } from '../intent/view.js'

/** What pods send and receive, and what their limits do: made from a host's OpenFlow counters. */

export interface Count {
  readonly packets: number
  readonly bytes: number
}

/** Since the host's switch keeps count of it. */
export interface Counted extends Count {
  readonly dropped: number
}

export interface PodTraffic {
  /** TENANT/NETWORK/NAME. */
  readonly pod: string
  readonly host: string
  readonly sent: Counted
  readonly received: Counted
  /** What came to each of its meters, and what that dropped. */
  readonly meters: Readonly<Partial<Record<PodMeterUse, Counted>>>
  /** What left the host by its queue of the uplink, or past it; before the queue. */
  readonly uplink?: Count
  /** The queue of its own port. */
  readonly queue?: Counted
}

/** Counters of a host as they came. */
export interface RawCounters {
  readonly ports: MessageOf<'PORT_STATS_REPLY'>['entries']
  readonly queues: readonly QueueStats[]
  readonly meters: MessageOf<'METER_STATS_REPLY'>['entries']
  /** Flows of table `uplink`. */
  readonly uplink: readonly FlowStats[]
}

/** The traffic of the host's pods; `ofportOf` gives the number of a port, where it is known. */
export function trafficOf(
  view: IntentView,
  host: string,
  ofportOf: (port: string) => number | undefined,
  raw: RawCounters,
): PodTraffic[] {
  const ports = new Map(raw.ports.map((entry) => [entry.port_no, entry]))
  const queues = new Map(raw.queues.map((entry) => [entry.port_no, entry]))
  const meters = metersByPod(raw.meters)
  const uplink = new Map(raw.uplink.map((flow) => [inPortOf(flow), flow]))
  return Array.from(view.residents.podsOn(host)).flatMap((key): PodTraffic[] => {
    const record = view.pods.get(key)?.record
    const ofport = record && ofportOf(record.interface)
    const port = ofport === undefined ? undefined : ports.get(ofport)
    if (record === undefined || ofport === undefined || port === undefined) return []
    const queue = queues.get(ofport)
    const flow = uplink.get(ofport)
    return [
      {
        pod: key,
        host,
        // Seen from the switch, what the pod sends is received.
        sent: counted(port.rx_packets, port.rx_bytes, port.rx_dropped),
        received: counted(port.tx_packets, port.tx_bytes, port.tx_dropped),
        meters: meters.get(record.ofport) ?? {},
        ...(flow !== undefined && { uplink: { packets: Number(flow.n_packets), bytes: Number(flow.n_bytes) } }),
        ...(queue !== undefined && { queue: counted(queue.tx_packets, queue.tx_bytes, queue.tx_errors) }),
      },
    ]
  })
}

function inPortOf({ match }: FlowStats): number {
  return Number(match.find(({ field }) => field === 'in_port')?.value ?? 0)
}

function metersByPod(entries: RawCounters['meters']): ReadonlyMap<number, PodTraffic['meters']> {
  const pods = new Map<number, Partial<Record<PodMeterUse, Counted>>>()
  for (const { meter_id, packet_in_count, byte_in_count, bands } of entries) {
    const subject = subjectOfMeter(meter_id)
    if (subject?.type !== 'pod') continue
    const meters = pods.get(subject.number) ?? {}
    meters[subject.use] = counted(packet_in_count, byte_in_count, bands[0]?.packet_count ?? 0n)
    pods.set(subject.number, meters)
  }
  return pods
}

/** 2^64 - 1 is what a switch says that does not keep a count. */
const UNKNOWN = 2n ** 64n - 1n

function counted(packets: bigint, bytes: bigint, dropped: bigint): Counted {
  const plain = (value: bigint): number => (value === UNKNOWN ? 0 : Number(value))
  return { packets: plain(packets), bytes: plain(bytes), dropped: plain(dropped) }
}
