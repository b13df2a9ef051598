import type { PodView } from '../intent/view.js'
import type { Family, Ip } from '../model/address.js'
import { addressOf, ipKey } from './addresses.js'
import type { Fabric } from './fabric.js'
import type { Service } from './probe.js'
import { serviceClasses, ServiceView } from './services.js'
import type { Work } from './slices.js'
import type { Ending } from './stage.js'
import { isPolicyTable } from './tables.js'
import { type TraceReport, traceProbe } from './trace.js'
import { Trips } from './trips.js'
import { Stages } from './way.js'

/** A case in which an invariant does not hold. */
export interface Violation {
  /**
   * `isolation`: a pod reaches one of a tenant that its own has no peering with. `delivery`: a packet to a pod of the
   * sender's tenant came neither to it nor, where a policy denies it, to the host that it is on.
   */
  readonly invariant: 'isolation' | 'delivery'
  readonly from: string
  /** The pod that was reached, or was not. */
  readonly to: string
  /** The packet that shows it. */
  readonly trace: TraceReport
}

export interface VerifyReport {
  /** Nothing was found that is not as it should be. */
  readonly ok: boolean
  readonly violations: readonly Violation[]
  /** There may be more than was found: not everything was tried. */
  readonly truncated: boolean
  /** Packets that were tried. */
  readonly packets: number
  /** What hosts lack and have beyond what is wanted, in text. Nothing is known of that here: who has the hosts fills it. */
  readonly hosts: readonly HostDifference[]
}

export interface HostDifference {
  readonly host: string
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  /** Why the host could not be asked. */
  readonly unreachable?: string
}

export interface VerifyOptions {
  /** Whether two tenants have agreed to reach each other: none has, unless this says so. */
  readonly peered?: (a: string, b: string) => boolean
  readonly maxPackets?: number
  readonly maxViolations?: number
}

const MAX_PACKETS = 20_000_000
const MAX_VIOLATIONS = 20
const MAX_SERVICES = 1_024

/**
 * The invariants over all hosts: packets from every pod to every address that any pod has, of every service that some
 * host's flows may treat in a way of its own. A step a sender and service.
 */
export function* verify(fabric: Fabric, options: VerifyOptions = {}): Work<VerifyReport> {
  const { maxPackets = MAX_PACKETS, maxViolations = MAX_VIOLATIONS } = options
  const judge = new Judge(fabric, options.peered ?? (() => false))
  let packets = 0
  let complete = true
  for (const family of [4, 6] as const) {
    const targets = targetsOf(fabric, family)
    const services = targets.length === 0 ? [] : servicesOf(fabric, family)
    const stages = new Stages(fabric, family)
    complete &&= services.length <= MAX_SERVICES
    for (const service of services.slice(0, MAX_SERVICES)) {
      const trips = new Trips(stages, service)
      for (const sender of judge.plugged) {
        if (packets >= maxPackets || judge.violations.length >= maxViolations) {
          return judge.report(packets, true)
        }
        for (const target of targets) {
          const ending = isOwn(target, sender) ? undefined : trips.forward(sender.key, target.ip)
          if (ending === undefined) continue
          packets++
          judge.see(sender, target, service, ending)
        }
        yield
      }
    }
  }
  return judge.report(packets, !complete)
}

/** An address, with the pods that have it: one of a tenant at most. */
interface Target {
  readonly ip: Ip
  readonly pods: ReadonlyMap<string, PodView>
}

class Judge {
  /** Pods that can send and receive: those whose ports have numbers. */
  readonly plugged: readonly PodView[]
  readonly violations: Violation[] = []
  readonly #fabric: Fabric
  readonly #peered: (a: string, b: string) => boolean
  readonly #seen = new Set<string>()

  constructor(fabric: Fabric, peered: (a: string, b: string) => boolean) {
    this.#fabric = fabric
    this.#peered = peered
    this.plugged = [...fabric.source.view.pods.values()].filter(({ key }) => fabric.entryOf(key) !== undefined)
  }

  see(sender: PodView, target: Target, service: Service, ending: Ending): void {
    const reached = ending.pod
    const [tenant = ''] = reached?.split('/') ?? []
    if (reached !== undefined && tenant !== sender.tenant && !this.#peered(sender.tenant, tenant)) {
      this.#note('isolation', sender, reached, target, service)
    }
    const receiver = target.pods.get(sender.tenant)
    if (receiver !== undefined && this.#fabric.entryOf(receiver.key) !== undefined && !isRouted(ending, receiver)) {
      this.#note('delivery', sender, receiver.key, target, service)
    }
  }

  report(packets: number, truncated: boolean): VerifyReport {
    const { violations } = this
    return { ok: violations.length === 0, violations, truncated, packets, hosts: [] }
  }

  #note(invariant: Violation['invariant'], { key: from }: PodView, to: string, { ip }: Target, service: Service): void {
    const name = `${invariant} ${from} ${to}`
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    const trace = traceProbe(this.#fabric, { from, to: { address: ip }, family: ip.family, service })
    if (trace !== undefined) this.violations.push({ invariant, from, to, trace })
  }
}

function isOwn({ pods }: Target, sender: PodView): boolean {
  return pods.get(sender.tenant)?.key === sender.key
}

/** A packet that policy denies has been brought to where that is decided. */
function isRouted({ pod, host, table }: Ending, receiver: PodView): boolean {
  return pod === receiver.key || (isPolicyTable(table) && host === receiver.record.spec.host)
}

function targetsOf({ source }: Fabric, family: Family): Target[] {
  const targets = new Map<string, { readonly ip: Ip; readonly pods: Map<string, PodView> }>()
  for (const pod of source.view.pods.values()) {
    const ip = addressOf(pod, family)
    if (ip === undefined) continue
    const target = targets.get(ipKey(ip)) ?? { ip, pods: new Map<string, PodView>() }
    targets.set(ipKey(ip), target)
    target.pods.set(pod.tenant, pod)
  }
  return [...targets.values()]
}

/** Multicast listener and neighbour discovery (RFC 2710, 3810, 4861): no router passes these on, nor do the hosts. */
const LINK_TALK: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143])

function isLinkTalk(family: Family, service: Service): boolean {
  return family === 6 && service.protocol === 'ICMP' && service.type !== undefined && LINK_TALK.has(service.type)
}

function servicesOf(fabric: Fabric, family: Family): Service[] {
  const hosts = [...fabric.source.view.hosts.keys()]
  const switches = hosts.map((host) => new ServiceView(fabric.host(host).model.flows(), family))
  return serviceClasses(switches, family)
    .map(({ probe }) => probe)
    .filter((service) => !isLinkTalk(family, service))
}
