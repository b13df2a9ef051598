import type { Family } from '../model/address.js'
import { addressOf } from './addresses.js'
import type { Fabric } from './fabric.js'
import type { Service } from './probe.js'
import type { Work } from './slices.js'
import { Trips } from './trips.js'
import { Stages } from './way.js'

/** Who of a tenant reaches whom with a service, both ways. */
export interface ReachReport {
  readonly tenant: string
  readonly service: Service
  readonly family: Family
  /** Rows and columns, in this order. */
  readonly pods: readonly string[]
  /** One a sender, one character a receiver: `x` reaches it, `.` does not, `-` is itself. */
  readonly rows: readonly string[]
}

/** A step a row. */
export function* reach(fabric: Fabric, tenant: string, service: Service, family: Family): Work<ReachReport> {
  const pods = [...fabric.source.view.pods.values()]
    .filter((pod) => pod.tenant === tenant && addressOf(pod, family) !== undefined)
    .map(({ key }) => key)
    .sort()
  const trips = new Trips(new Stages(fabric, family), service)
  const rows: string[] = []
  for (const from of pods) {
    rows.push(pods.map((to) => (from === to ? '-' : trips.go(from, to)?.reaches === true ? 'x' : '.')).join(''))
    yield
  }
  return { tenant, service, family, pods, rows }
}
