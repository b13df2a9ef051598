import { addressOf } from '../../../src/explain/addresses.js'
import { Fabric } from '../../../src/explain/fabric.js'
import type { Service } from '../../../src/explain/probe.js'
import type { FabricSource } from '../../../src/explain/source.js'
import { Trips } from '../../../src/explain/trips.js'
import { Stages } from '../../../src/explain/way.js'
import type { Protocol } from './resources.js'
import type { Family } from '../../../src/model/address.js'

/** A new connection between pods, named TENANT/NETWORK/NAME. */
export interface Connection {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  /** Of TCP, UDP and SCTP. */
  readonly port?: number
  /** Of ICMP and ICMPv6. */
  readonly icmpType?: number
  readonly icmpCode?: number
}

/** Which connections succeed, computed from the flows of all hosts as they are when it is made. */
export class Reachability {
  readonly #fabric: Fabric
  readonly #stages = new Map<Family, Stages>()
  readonly #trips = new Map<string, Trips>()

  constructor(source: FabricSource) {
    this.#fabric = new Fabric(source)
  }

  /** Both ways: the packet comes to whom it is sent to, and the answer, where there is one, comes back. */
  reaches({ from, to, family, ...connection }: Connection): boolean {
    // What a pod sends to its own address stays within it.
    if (from === to) return this.#hasAddress(from, family)
    return this.#tripsOf(family, serviceOf(connection)).go(from, to)?.reaches ?? false
  }

  #hasAddress(pod: string, family: Family): boolean {
    const view = this.#fabric.source.view.pods.get(pod)
    return view !== undefined && addressOf(view, family) !== undefined
  }

  #tripsOf(family: Family, service: Service): Trips {
    const key = `${family} ${Object.values(service).join(' ')}`
    let trips = this.#trips.get(key)
    if (trips === undefined) this.#trips.set(key, (trips = new Trips(this.#stagesOf(family), service)))
    return trips
  }

  #stagesOf(family: Family): Stages {
    let stages = this.#stages.get(family)
    if (stages === undefined) this.#stages.set(family, (stages = new Stages(this.#fabric, family)))
    return stages
  }
}

/** What a probe of this connection asks for. */
export function serviceOf({ protocol, port = 0, icmpType, icmpCode = 0 }: Omit<Connection, 'from' | 'to' | 'family'>): Service {
  if (protocol !== 'ICMP' && protocol !== 'ICMPv6') return { protocol, port }
  return { protocol: 'ICMP', ...(icmpType !== undefined && { type: icmpType, code: icmpCode }) }
}
