import type { Family } from '../model/address.js'
import { addressOf } from './addresses.js'
import type { Fabric } from './fabric.js'
import { mergeRanges, type ServiceClass, serviceClasses, type ServiceRange, ServiceView } from './services.js'
import { push } from './lists.js'
import { type Service, serviceText } from './probe.js'
import type { Work } from './slices.js'
import { Trips } from './trips.js'
import { Stages } from './way.js'

/** Pods that gain or lose the same of the same others; of a pod that is on both sides, not itself. */
export interface ReachChange {
  readonly family: Family
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly gained: readonly ServiceRange[]
  readonly lost: readonly ServiceRange[]
}

export interface ReachDiff {
  readonly changes: readonly ReachChange[]
  /** There may be more changes: not all pairs were compared. */
  readonly truncated: boolean
  /** Probes that were compared. */
  readonly probes: number
}

export interface ReachDiffOptions {
  readonly maxProbes?: number
}

const MAX_PROBES = 5_000_000

/**
 * Which pairs of pods gain or lose which services, both ways, by a change of these hosts. Every service that flows of the
 * two pods' hosts may treat in a way of its own is probed once, before and after. Pairs neither of whose pods is, or was, on
 * one of the hosts are left out: other hosts see nothing of their packets (that this is so, `verify` tells). A step a pod.
 */
export function* reachDiff(
  before: Fabric,
  after: Fabric,
  hosts: ReadonlySet<string>,
  { maxProbes = MAX_PROBES }: ReachDiffOptions = {},
): Work<ReachDiff> {
  const pods = [...new Set([before, after].flatMap(({ source }) => [...source.view.pods.keys()]))].sort()
  const touched = pods.filter((pod) => placesOf(pod, before, after).some((host) => hosts.has(host)))
  const isTouched = new Set(touched)
  const changes: ReachChange[] = []
  let probes = 0
  for (const family of [4, 6] as const) {
    const comparison = new Comparison(before, after, family)
    const rows = new Map<string, Map<string, string[]>>()
    for (const from of pods) {
      if (probes >= maxProbes) return { changes: [...changes, ...comparison.changesOf(rows)], truncated: true, probes }
      const row = new Map<string, string[]>()
      for (const to of isTouched.has(from) ? pods : touched) {
        if (from === to) continue
        const { key, count } = comparison.compare(from, to)
        probes += count
        if (key !== '') push(row, key, to)
      }
      if (row.size > 0) rows.set(from, row)
      yield
    }
    changes.push(...comparison.changesOf(rows))
  }
  return { changes, truncated: false, probes }
}

interface Change {
  readonly gained: readonly ServiceRange[]
  readonly lost: readonly ServiceRange[]
}

/** Both states, side by side. */
class Comparison {
  readonly #family: Family
  readonly #sides: readonly [Side, Side]
  readonly #classes = new Map<string, readonly ServiceClass[]>()
  readonly #changes = new Map<string, Change>()

  constructor(before: Fabric, after: Fabric, family: Family) {
    this.#family = family
    this.#sides = [new Side(before, family), new Side(after, family)]
  }

  /** What changes from one pod to another, as a name for it (`''`: nothing), and how many services were probed. */
  compare(from: string, to: string): { readonly key: string; readonly count: number } {
    if (!this.#sides.some((side) => side.has(from) && side.has(to))) return { key: '', count: 0 }
    const [before, after] = this.#sides
    const classes = this.#classesOf(from, to)
    const gained: ServiceRange[] = []
    const lost: ServiceRange[] = []
    for (const { probe, ranges } of classes) {
      const [had, has] = [before.reaches(from, to, probe), after.reaches(from, to, probe)]
      if (has && !had) gained.push(...ranges)
      if (had && !has) lost.push(...ranges)
    }
    if (gained.length + lost.length === 0) return { key: '', count: classes.length }
    const change = { gained: mergeRanges(gained), lost: mergeRanges(lost) }
    const key = JSON.stringify(change)
    this.#changes.set(key, change)
    return { key, count: classes.length }
  }

  /** Rows of changes as sets of pods with the same. */
  changesOf(rows: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>): ReachChange[] {
    const columns = new Map<string, { readonly from: string; readonly to: readonly string[] }[]>()
    for (const [from, row] of rows) for (const [key, to] of row) push(columns, key, { from, to })
    return [...columns].flatMap(([key, list]) => {
      const { gained = [], lost = [] } = this.#changes.get(key) ?? {}
      return blocks(list).map(({ from, to }) => ({ family: this.#family, from, to, gained, lost }))
    })
  }

  /** Of the hosts that either pod is on, before or after. */
  #classesOf(from: string, to: string): readonly ServiceClass[] {
    const places = this.#sides.map((side) => side.hostsOf(from, to))
    const key = places.map((hosts) => hosts.join(' ')).join('|')
    let classes = this.#classes.get(key)
    if (classes === undefined) {
      const switches = this.#sides.flatMap((side, i) => (places[i] ?? []).map((host) => side.servicesOf(host)))
      this.#classes.set(key, (classes = serviceClasses(switches, this.#family)))
    }
    return classes
  }
}

/** One state. */
class Side {
  readonly #fabric: Fabric
  readonly #stages: Stages
  readonly #services = new Map<string, ServiceView>()
  readonly #trips = new Map<string, Trips>()

  constructor(fabric: Fabric, family: Family) {
    this.#fabric = fabric
    this.#stages = new Stages(fabric, family)
  }

  has(pod: string): boolean {
    const view = this.#fabric.source.view.pods.get(pod)
    return view !== undefined && addressOf(view, this.#stages.family) !== undefined
  }

  hostsOf(...pods: readonly string[]): string[] {
    const { pods: known } = this.#fabric.source.view
    const hosts = pods.flatMap((pod) => known.get(pod)?.record.spec.host ?? [])
    return [...new Set(hosts)].sort()
  }

  servicesOf(host: string): ServiceView {
    let services = this.#services.get(host)
    if (services === undefined) {
      services = new ServiceView(this.#fabric.host(host).model.flows(), this.#stages.family)
      this.#services.set(host, services)
    }
    return services
  }

  reaches(from: string, to: string, service: Service): boolean {
    const key = serviceText(service)
    let trips = this.#trips.get(key)
    if (trips === undefined) this.#trips.set(key, (trips = new Trips(this.#stages, service)))
    return trips.go(from, to)?.reaches === true
  }
}

interface Row {
  readonly from: string
  readonly to: readonly string[]
}

/** Rows with the same columns together; where a row lacks itself alone, that makes no difference. */
function blocks(rows: readonly Row[]): { readonly from: readonly string[]; readonly to: readonly string[] }[] {
  const plain = new Map<string, Row[]>()
  for (const row of rows) push(plain, row.to.join(' '), row)
  const grouped = [...plain.values()].filter((list) => list.length > 1)
  const mutual = new Map<string, Row[]>()
  for (const [row, ...others] of plain.values()) {
    if (row !== undefined && others.length === 0) push(mutual, [...row.to, row.from].sort().join(' '), row)
  }
  return [
    ...grouped.map((list) => ({ from: list.map(({ from }) => from), to: list[0]?.to ?? [] })),
    ...Array.from(mutual, ([all, list]) => {
      const [only, ...others] = list
      const to = others.length === 0 && only !== undefined ? only.to : all.split(' ')
      return { from: list.map(({ from }) => from), to }
    }),
  ]
}

function placesOf(pod: string, ...fabrics: readonly Fabric[]): string[] {
  return fabrics.flatMap(({ source }) => source.view.pods.get(pod)?.record.spec.host ?? [])
}
