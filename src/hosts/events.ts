import type { FloodKind } from '../model/bandwidth.js'

/** What happened on the hosts, for people who watch: the newest are kept, each has a number. */

export interface EventBase {
  /** ISO 8601. */
  readonly time: string
  readonly host: string
}

/** A rule that logs decided about a packet of a new connection. */
export interface PolicyEvent extends EventBase {
  readonly type: 'policy'
  readonly action: 'Allow' | 'Deny' | 'Pass'
  readonly direction: 'Ingress' | 'Egress'
  /** Where the rule is said, like `networkpolicies/red/web ingress 0`. */
  readonly rules: readonly string[]
  readonly tenant: string
  readonly from: Peer
  readonly to: Peer
  readonly protocol: string
  /** Source and destination port; type and code of ICMP. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly icmpType?: number
  readonly icmpCode?: number
}

/** A flood guard of a pod has dropped packets since its host was looked at before. */
export interface FloodEvent extends EventBase {
  readonly type: 'flood'
  readonly tenant: string
  /** TENANT/NETWORK/NAME. */
  readonly pod: string
  readonly direction: 'egress' | 'ingress'
  readonly kind: FloodKind
  readonly dropped: number
}

export interface Peer {
  readonly address: string
  /** `TENANT/NETWORK/NAME`, where the address is a pod's. */
  readonly pod?: string
}

export type HostEvent = PolicyEvent | FloodEvent

export type NumberedEvent = HostEvent & { readonly id: number }

/** What the API asks: what is kept, and what comes. */
export interface EventSource {
  /** Kept events after number `after`, oldest first. */
  since(after: number): readonly NumberedEvent[]
  /** Number of the newest event; 0 before the first. */
  readonly last: number
  /** Number of the oldest event that is kept; `last + 1` where none is. */
  readonly first: number
  /** Calls `listener` for each event from now on; returns the function that ends that. */
  subscribe(listener: (event: NumberedEvent) => void): () => void
}

const KEPT = 1_000

export class EventLog implements EventSource {
  readonly #events: NumberedEvent[] = []
  readonly #listeners = new Set<(event: NumberedEvent) => void>()
  #last = 0

  get last(): number {
    return this.#last
  }

  get first(): number {
    return this.#events[0]?.id ?? this.#last + 1
  }

  add(event: HostEvent): NumberedEvent {
    const numbered = { ...event, id: ++this.#last }
    this.#events.push(numbered)
    if (this.#events.length > KEPT) this.#events.shift()
    for (const listener of [...this.#listeners]) listener(numbered)
    return numbered
  }

  since(after: number): readonly NumberedEvent[] {
    return this.#events.filter(({ id }) => id > after)
  }

  subscribe(listener: (event: NumberedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
