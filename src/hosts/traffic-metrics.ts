import { Counter, type Registry } from 'prom-client'
import type { Counted, Count } from './traffic.js'
import type { PodRates } from './traffic-monitor.js'

/** Metrics of pods, as of the last look at their hosts; names and units as Prometheus has them. */
export function registerTrafficMetrics(registry: Registry, pods: () => Iterable<PodRates>): void {
  const counter = (name: string, help: string, labels: readonly string[], read: (pod: PodRates) => readonly Line[]): void => {
    new Counter<string>({
      name,
      help,
      labelNames: ['host', 'tenant', 'network', 'pod', ...labels],
      registers: [registry],
      collect() {
        this.reset()
        for (const pod of pods()) {
          const [tenant = '', network = '', name = ''] = pod.pod.split('/')
          for (const { value, ...own } of read(pod)) this.inc({ host: pod.host, tenant, network, pod: name, ...own }, value)
        }
      },
    })
  }
  for (const unit of ['bytes', 'packets'] as const) {
    counter(`heddle_pod_${unit}_total`, `${unit} of the pod's port`, ['direction'], ({ sent, received }) => [
      { direction: 'egress', value: sent[unit] },
      { direction: 'ingress', value: received[unit] },
    ])
    counter(`heddle_pod_meter_${unit}_total`, `${unit} that came to a limit of the pod`, ['limit'], ({ meters }) =>
      Object.entries(meters).map(([limit, count]) => ({ limit, value: count[unit] })),
    )
    counter(`heddle_pod_queue_${unit}_total`, `${unit} of the pod by queue: its own on the uplink, and its port's`, ['queue'], (pod) =>
      queuesOf(pod).map(([queue, count]) => ({ queue, value: count[unit] })),
    )
  }
  counter('heddle_pod_dropped_packets_total', "Packets that the pod's port dropped", ['direction'], ({ sent, received }) => [
    { direction: 'egress', value: sent.dropped },
    { direction: 'ingress', value: received.dropped },
  ])
  counter('heddle_pod_meter_dropped_packets_total', 'Packets over a limit of the pod, which were dropped', ['limit'], ({ meters }) =>
    Object.entries(meters).map(([limit, { dropped }]) => ({ limit, value: dropped })),
  )
  counter('heddle_pod_queue_dropped_packets_total', "Packets that found no room in the queue of the pod's port", ['queue'], ({ queue }) =>
    queue === undefined ? [] : [{ queue: 'port', value: queue.dropped }],
  )
}

/** A value with the labels of its own. */
interface Line {
  readonly value: number
  readonly direction?: string
  readonly limit?: string
  readonly queue?: string
}

function queuesOf({ uplink, queue }: PodRates): (readonly [string, Count | Counted])[] {
  return [
    ...(uplink === undefined ? [] : [['uplink', uplink] as const]),
    ...(queue === undefined ? [] : [['port', queue] as const]),
  ]
}
