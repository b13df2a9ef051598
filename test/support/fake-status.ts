import { describeRef, type Ref } from '../../src/model/kinds.js'
import { EventLog } from '../../src/hosts/events.js'
import type { HostDifference } from '../../src/explain/verify.js'
import type { LiveTrace } from '../../src/hosts/live-trace.js'
import type { Plan } from '../../src/hosts/plan.js'
import type { RuleCounters } from '../../src/hosts/rule-counters.js'
import type { PodRates } from '../../src/hosts/traffic-monitor.js'
import type { HostStatus, PodStatus, StatusSource } from '../../src/hosts/status.js'

/** A live side that realizes what the test says, when the test says it. */
export class FakeStatus implements StatusSource {
  readonly realized = new Set<string>()
  readonly hosts = new Map<string, HostStatus>()
  readonly waits: { readonly revision: number; readonly pod: Ref | undefined }[] = []
  isReady = true
  /** Resolves a wait; by default at once. */
  onWait: (revision: number, pod: Ref | undefined) => Promise<void> = () => Promise.resolve()

  pod(ref: Ref): PodStatus {
    if (this.realized.has(describeRef('Pod', ref))) return { realized: true }
    return { realized: false, reason: 'the host is not connected' }
  }

  host(name: string): HostStatus | undefined {
    return this.hosts.get(name)
  }

  readonly events = new EventLog()
  readonly counters: RuleCounters[] = []

  podsOfPolicy(): number {
    return 0
  }

  traffic(): readonly PodRates[] {
    return []
  }

  trafficOf(): PodRates | undefined {
    return undefined
  }

  plan(): Promise<Plan> {
    return Promise.resolve({ hosts: [], reachability: { changes: [], truncated: false, probes: 0 } })
  }

  liveTrace(): Promise<LiveTrace> {
    return Promise.resolve({ delivered: false, sightings: [] })
  }

  differences(): Promise<HostDifference[]> {
    return Promise.resolve([])
  }

  countRules(): Promise<RuleCounters[]> {
    return Promise.resolve(this.counters)
  }

  connect(name: string, realizedRevision = 0): void {
    this.hosts.set(name, {
      connected: true,
      realized: true,
      realizedRevision,
      ovsVersion: '3.1.0',
      datapathId: '0000000000000001',
      flows: 7,
      foreignFlows: 0,
      sent: { flowMods: 7, transactions: 1 },
    })
  }

  waitRealized(revision: number, pod: Ref | undefined, signal: AbortSignal): Promise<void> {
    this.waits.push({ revision, pod })
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason as Error)
      }
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      this.onWait(revision, pod).then(resolve, reject)
    })
  }

  ready(): boolean {
    return this.isReady
  }
}
