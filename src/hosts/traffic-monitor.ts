import { FLOOD_KINDS, type FloodKind } from '../model/bandwidth.js'
import type { FloodEvent } from './events.js'
import type { PodTraffic } from './traffic.js'
import { type Clock, systemClock } from './worker.js'

/** A pod's traffic with what it was a second, lately. */
export interface PodRates extends PodTraffic {
  readonly rates: {
    readonly sentBits: number
    readonly sentPackets: number
    readonly receivedBits: number
    readonly receivedPackets: number
    /** Packets that its meters and its queue dropped. */
    readonly dropped: number
  }
}

export interface TrafficMonitorOptions {
  /** Between two looks at a host, in milliseconds; 0: never. */
  readonly intervalMs: number
  readonly hosts: () => Iterable<string>
  /** Asks a host; undefined while it has no connection. */
  readonly ask: (host: string) => Promise<readonly PodTraffic[] | undefined>
  /** A flood guard has dropped packets since the last look. */
  readonly onFlood: (event: FloodEvent) => void
  readonly clock?: Clock
}

interface Look {
  readonly at: number
  readonly pods: ReadonlyMap<string, PodRates>
}

/** Looks at every host's counters from time to time, each by itself: a slow one delays no other. */
export class TrafficMonitor {
  readonly #options: TrafficMonitorOptions
  readonly #clock: Clock
  readonly #looks = new Map<string, Look>()
  readonly #asked = new Set<string>()
  #timer: { cancel(): void } | undefined

  constructor(options: TrafficMonitorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#schedule()
  }

  close(): void {
    this.#timer?.cancel()
  }

  /** As of the last look at each host. */
  pods(): PodRates[] {
    return [...this.#looks.values()].flatMap(({ pods }) => [...pods.values()])
  }

  pod(host: string, key: string): PodRates | undefined {
    return this.#looks.get(host)?.pods.get(key)
  }

  #schedule(): void {
    const { intervalMs } = this.#options
    if (intervalMs === 0) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#lookAround()
      this.#schedule()
    }, intervalMs)
  }

  #lookAround(): void {
    const hosts = new Set(this.#options.hosts())
    for (const host of this.#looks.keys()) if (!hosts.has(host)) this.#looks.delete(host)
    for (const host of hosts) {
      if (this.#asked.has(host)) continue
      this.#asked.add(host)
      // A connection that ends meanwhile tells nothing; the last look stands until the next.
      this.#look(host).catch(() => undefined).finally(() => this.#asked.delete(host))
    }
  }

  async #look(host: string): Promise<void> {
    const pods = await this.#options.ask(host)
    if (pods === undefined) return
    const at = this.#clock.now()
    const before = this.#looks.get(host)
    const seconds = before === undefined ? 0 : (at - before.at) / 1000
    const now = pods.map((pod) => withRates(pod, before?.pods.get(pod.pod), seconds))
    this.#looks.set(host, { at, pods: new Map(now.map((pod) => [pod.pod, pod])) })
    for (const pod of now) {
      for (const event of floodsOf(pod, before?.pods.get(pod.pod), new Date(at))) this.#options.onFlood(event)
    }
  }
}

function withRates(pod: PodTraffic, before: PodTraffic | undefined, seconds: number): PodRates {
  const rate = (now: number, then: number | undefined): number =>
    then === undefined || seconds === 0 ? 0 : since(now, then) / seconds
  return {
    ...pod,
    rates: {
      sentBits: rate(pod.sent.bytes, before?.sent.bytes) * 8,
      sentPackets: rate(pod.sent.packets, before?.sent.packets),
      receivedBits: rate(pod.received.bytes, before?.received.bytes) * 8,
      receivedPackets: rate(pod.received.packets, before?.received.packets),
      dropped: rate(droppedBy(pod), before && droppedBy(before)),
    },
  }
}

/** A count that is lower than before began anew: meters do when they are changed. */
function since(now: number, then: number): number {
  return now >= then ? now - then : now
}

function droppedBy({ meters, queue }: PodTraffic): number {
  return Object.values(meters).reduce((sum, { dropped }) => sum + dropped, queue?.dropped ?? 0)
}

function floodsOf(pod: PodTraffic, before: PodTraffic | undefined, time: Date): FloodEvent[] {
  return (['egress', 'ingress'] as const).flatMap((direction) =>
    FLOOD_KINDS.flatMap((kind: FloodKind): FloodEvent[] => {
      const use = `${direction}.floodGuard.${kind}` as const
      const dropped = since(pod.meters[use]?.dropped ?? 0, before?.meters[use]?.dropped ?? 0)
      if (dropped === 0) return []
      const [tenant = ''] = pod.pod.split('/')
      return [{ type: 'flood', time: time.toISOString(), host: pod.host, tenant, pod: pod.pod, direction, kind, dropped }]
    }),
  )
}
